# ruff: noqa: E501, RUF001 - tables of cases read best as lines
"""Plans keep every caller inside the grants."""

from __future__ import annotations

import pytest

from omop_fhir.auth.grants import ANYONE, Grants
from omop_fhir.errors import Forbidden, Invalid, NotFound, NotSupported
from omop_fhir.mapping.predicate import ALWAYS, And, Compare
from omop_fhir.plan.criteria import Criteria
from omop_fhir.plan.read import plan_read
from omop_fhir.plan.search import Cursor, plan_search
from omop_fhir.request.search import parse_search
from tests.unit.mapping.cdm_database import SITE, bounds

BOUND = Grants.reading("app", frozenset({"*"}), patient=5)
NARROW = Grants.reading("app", frozenset({"Patient"}))


def of(type: str) -> list:  # type: ignore[type-arg]
    return [bound for bound in bounds().values() if bound.mapping.resource == type]


def criteria(type: str, grants: Grants) -> Criteria:
    return Criteria({type: of(type)}, SITE, grants, SITE.base)


def search(type: str, *pairs: tuple[str, str], grants: Grants = ANYONE, cursor: Cursor | None = None):  # type: ignore[no-untyped-def]
    request = parse_search(type, pairs)
    return plan_search(request, of(type), criteria(type, grants), within=lambda bound: ALWAYS, limit=10, cursor=cursor)


@pytest.mark.parametrize("type", ["Patient", "Encounter", "Procedure", "MedicationStatement", "Condition"])
def test_a_bound_caller_stays_in_the_compartment(type: str) -> None:
    for branch in search(type, grants=BOUND).branches:
        assert branch.where == Compare(branch.bound.mapping.compartment["Patient"], "=", 5)


def test_criteria_are_added_to_the_compartment_never_put_beside_it() -> None:
    (branch,) = search("Procedure", ("patient", "6,7"), ("status", "completed"), grants=BOUND).branches
    assert isinstance(branch.where, And)
    assert Compare(branch.bound.mapping.compartment["Patient"], "=", 5) in branch.where.parts


@pytest.mark.parametrize("type", ["Practitioner", "Organization", "Location"])
def test_what_lies_outside_every_compartment_is_hidden_from_a_bound_caller(type: str) -> None:
    assert search(type, grants=BOUND).is_empty
    assert not search(type).is_empty


def test_a_type_outside_the_grants_is_forbidden_before_anything_else() -> None:
    with pytest.raises(Forbidden):
        search("Procedure", grants=NARROW)
    with pytest.raises(Forbidden):
        plan_read("Procedure", "not an id", of("Procedure"), criteria("Procedure", NARROW))


@pytest.mark.parametrize(
    "id", ["x", "05", "+5", "5.0", "", "detail-05", "detail-", "9223372036854775808", "５", "--5", "-0"]
)
def test_an_id_that_no_row_can_have_is_not_found(id: str) -> None:
    with pytest.raises(NotFound, match=r"Encounter/.* was not found"):
        plan_read("Encounter", id, of("Encounter"), criteria("Encounter", ANYONE))


@pytest.mark.parametrize(
    ("id", "name", "key"),
    [("5", "encounter", 5), ("-5", "encounter", -5), ("detail-5", "encounter-visit-detail", 5), ("detail--5", "encounter-visit-detail", -5),
     ("9223372036854775807", "encounter", 2**63 - 1), ("0", "encounter", 0)],
)  # fmt: skip
def test_an_id_names_one_source_and_key(id: str, name: str, key: int) -> None:
    plan = plan_read("Encounter", id, of("Encounter"), criteria("Encounter", BOUND))
    assert (plan.bound.mapping.name, plan.key, plan.patient) == (name, key, 5)


def test_a_page_goes_on_where_the_last_one_ended() -> None:
    plan = search("Encounter", cursor=Cursor((), "encounter-visit-detail", 15))
    assert plan.branches[plan.at].bound.mapping.name == "encounter-visit-detail"


def test_a_page_of_a_source_that_is_gone_is_refused() -> None:
    with pytest.raises(Invalid, match="the database has changed"):
        search("Procedure", cursor=Cursor((), "encounter", 15))


def test_a_parameter_without_data_is_refused_by_name() -> None:
    with pytest.raises(NotSupported, match=r"Patient cannot be searched by `telecom` here; possible are `_id`"):
        search("Patient", ("telecom", "x"))
