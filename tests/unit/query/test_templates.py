"""A statement out of a template is the one that would have been written, whatever values came before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.errors import Problem
from omop_fhir.fhir.values import Token
from omop_fhir.mapping.bind import Bound
from omop_fhir.mapping.expression import Column
from omop_fhir.mapping.predicate import (
    Among,
    And,
    Citation,
    Cited,
    Compare,
    HasConcept,
    HasDisplay,
    Holds,
    InValueSet,
    IsNull,
    Joined,
    Linked,
    Matches,
    Not,
    Or,
    Referred,
)
from omop_fhir.omop.database import DatabaseSchema
from omop_fhir.plan.order import Ordering
from omop_fhir.plan.search import Branch, Cursor, SearchPlan
from omop_fhir.query.concept_set import ConceptSet
from omop_fhir.query.count import count
from omop_fhir.query.select import search
from omop_fhir.query.statement import Statement
from omop_fhir.query.template import LONGEST, Templates, templated
from omop_fhir.request.search import SortKey

from .case import ZONE, Case, cases, concepts_of, files


def _planned() -> Iterator[tuple[Case, SearchPlan, DatabaseSchema]]:
    for case in (case for file in files() for case in cases(file)):
        try:
            plan = case.plan()
        except Problem:
            continue
        if isinstance(plan, SearchPlan):
            yield case, plan, case.snapshot().schema


PLANNED = list(_planned())


def inlined(statement: Statement) -> str:
    """The statement with its arguments in their places."""
    return re.sub(r"\$(\d+)", lambda found: repr(statement.args[int(found[1]) - 1]), statement.text)


def written(plan: SearchPlan, schema: DatabaseSchema) -> list[str]:
    return [inlined(write(plan, concepts_of(plan), schema, ZONE)) for write in (search, count)]


def from_template(plan: SearchPlan, schema: DatabaseSchema, templates: Templates) -> list[str]:
    return [inlined(templated(write, plan, concepts_of(plan), schema, ZONE, templates)) for write in (search, count)]


@pytest.mark.parametrize(("case", "plan", "schema"), [pytest.param(*each, id=each[0].name) for each in PLANNED])
def test_every_pair_is_the_same_out_of_a_template(case: Case, plan: SearchPlan, schema: DatabaseSchema) -> None:
    templates: Templates = {}
    for _ in range(2):
        assert from_template(plan, schema, templates) == written(plan, schema)


def test_what_differs_in_more_than_values_has_another_shape() -> None:
    """All pairs of one database, out of one store."""
    of: dict[int, Templates] = {}
    for _ in range(2):
        for case, plan, schema in PLANNED:
            assert from_template(plan, schema, of.setdefault(id(case.snapshot()), {})) == written(plan, schema), case.name


INTEGERS = st.sampled_from((0, 1, 7, 8507, 1_999_999_999, 2_000_000_000, 2_000_000_001, 2**31 - 1, 2**31, 2**63 - 1))
TEXTS = st.sampled_from(("7", "a", "A%", "_", "", "'; DROP TABLE person; --", "$1", "Ł"))


def _valued(value: Any, draw: Any) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return value
        case int():
            return draw(INTEGERS)
        case str():
            return draw(TEXTS)
        case Decimal():
            return Decimal(draw(st.integers(-9, 9)))
        case datetime():
            return draw(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))).replace(tzinfo=UTC if value.tzinfo else None)
        case _:
            return tuple(draw(st.lists(INTEGERS, min_size=1, max_size=3)))


def revalued(part: Any, draw: Any) -> Any:
    """The predicate with other values in the place of its own, behind links too."""
    match part:
        case Compare():
            return replace(part, value=_valued(part.value, draw))
        case Among():
            return replace(part, values=_valued(part.values, draw)) if part.values else part
        case Matches() | HasDisplay() | Holds():
            return replace(part, text=_valued(part.text, draw))
        case Referred():
            return replace(part, keys=_valued(part.keys, draw), where=revalued(part.where, draw))
        case HasConcept() | InValueSet() | Bound() | Column():
            return part
        case tuple():
            return tuple(revalued(each, draw) for each in part)
        case _ if is_dataclass(part) and not isinstance(part, type):
            kept = {field.name: getattr(part, field.name) for field in fields(part)}
            names = {name for name, value in kept.items() if name in ("part", "parts", "where", "by") and value is not None}
            return replace(part, **{name: revalued(kept[name], draw) for name in names})
        case _:
            return part


def other_values(plan: SearchPlan, draw: Any) -> SearchPlan:
    """The same search for other values."""
    cursor = replace(plan.cursor, key=draw(INTEGERS)) if plan.cursor else None
    branches = tuple(replace(branch, where=revalued(branch.where, draw)) for branch in plan.branches)
    return replace(plan, cursor=cursor, branches=branches)


@given(st.data(), st.sampled_from(PLANNED))
def test_no_value_shows_in_the_text(data: st.DataObject, planned: tuple[Case, SearchPlan, DatabaseSchema]) -> None:
    _, plan, schema = planned
    templates: Templates = {}
    from_template(plan, schema, templates)
    other = other_values(plan, data.draw)
    assert from_template(other, schema, templates) == written(other, schema)


SNAPSHOT = Case("", ["documents"]).snapshot()
ROWS, DOCUMENTS = SNAPSHOT.bounds["Encounter"]
PATIENT, PATIENT_DOCUMENT = SNAPSHOT.bounds["Patient"]
OWN, OTHER = Column("visit", "person_id"), Column("visit", "provider_id")
KEY, SITE = Column("person", "person_id"), Column("person", "care_site_id")
IS_7, IS_NULL = Compare(OWN, "=", 7), IsNull(OWN)
AT_7 = Compare(SITE, "=", 7)

FORMS = {
    "conjunction": And((IS_7, IS_NULL)),
    "of three": And((IS_7, IS_NULL, IS_NULL)),
    "disjunction": Or((IS_7, IS_NULL)),
    "nested": And((Or((IS_7, IS_NULL)), IS_NULL)),
    "nested otherwise": And((Or((IS_7, IS_NULL, IS_NULL)),)),
    "comparison": IS_7,
    "by another operator": Compare(OWN, "<", 7),
    "of another column": Compare(OTHER, "=", 7),
    "with a text": Compare(OWN, "=", "7"),
    "with a decimal": Compare(OWN, "=", Decimal(7)),
    "with a key of ours": Compare(OWN, "=", 2_000_000_007),
    "with a column of another kind": Compare(Column("visit", "person_id", "varchar"), "=", 7),
    "negation": Not(IS_7),
    "text": Matches(OWN, "exact", "a"),
    "text that contains": Matches(OWN, "contains", "a"),
    "text that begins": Matches(OWN, "starts", "a"),
    "text of another column": Matches(OTHER, "exact", "a"),
    "element": Holds(OWN, "a"),
    "element of another column": Holds(OTHER, "a"),
    "list": Among(OWN, (7, 8)),
    "list of one": Among(OWN, (7,)),
    "list of another column": Among(OTHER, (7, 8)),
    "empty list": Among(OWN, ()),
    "display": HasDisplay((OWN,), "a"),
    "display of another column": HasDisplay((OTHER,), "a"),
    "display in a domain": HasDisplay((OWN,), "a", "=Drug"),
    "joined": Joined("condition", IS_7),
    "joined with another": Joined("visit", IS_7),
    "link": Linked(OWN, PATIENT, KEY, AT_7),
    "link of another column": Linked(OTHER, PATIENT, KEY, AT_7),
    "link on another column": Linked(OWN, PATIENT, SITE, AT_7),
    "link to another source": Linked(OWN, PATIENT_DOCUMENT, KEY, AT_7),
    "referred": Referred(OWN, PATIENT, KEY, (7,), AT_7),
    "referred by another source": Referred(OWN, PATIENT_DOCUMENT, KEY, (7,), AT_7),
    "referred in another column": Referred(OWN, PATIENT, SITE, (7,), AT_7),
    "referred from another column": Referred(OTHER, PATIENT, KEY, (7,), AT_7),
    "cited": Cited(OWN, (Citation(PATIENT, KEY, AT_7),)),
    "cited twice": Cited(OWN, (Citation(PATIENT, KEY, AT_7), Citation(PATIENT, KEY, AT_7))),
    "cited from another column": Cited(OTHER, (Citation(PATIENT, KEY, AT_7),)),
    "cited by another source": Cited(OWN, (Citation(PATIENT_DOCUMENT, KEY, AT_7),)),
    "cited in another column": Cited(OWN, (Citation(PATIENT, SITE, AT_7),)),
    "cited under other conditions": Cited(OWN, (Citation(PATIENT, KEY, IsNull(SITE)),)),
}


def test_no_two_forms_share_a_template() -> None:
    templates: Templates = {}
    plans = [SearchPlan((Branch(ROWS, form),), limit=50) for form in FORMS.values()]
    order = (Ordering(OWN, descending=False, type="bigint"),)
    plans += [
        SearchPlan((Branch(ROWS, IS_7),), limit=10),
        SearchPlan((Branch(DOCUMENTS, IS_7),), limit=50),
        SearchPlan((Branch(ROWS, IS_7), Branch(DOCUMENTS, IS_7)), limit=50),
        SearchPlan((Branch(ROWS, IS_7, order),), limit=50, sort=(SortKey("subject"),)),
        SearchPlan((Branch(ROWS, IS_7, order),), limit=50, sort=(SortKey("subject", descending=True),)),
        SearchPlan((Branch(ROWS, IS_7, (replace(order[0], expression=OTHER),)),), limit=50, sort=(SortKey("subject"),)),
        SearchPlan((Branch(ROWS, IS_7),), limit=50, cursor=Cursor((), ROWS.mapping.name, 7)),
        SearchPlan((Branch(ROWS, IS_7),), limit=50, cursor=Cursor((), ROWS.mapping.name, 7, backward=True)),
    ]
    for plan in plans:
        templated(search, plan, {}, SNAPSHOT.schema, ZONE, templates)
    assert len(templates) == len(plans)
    for plan in plans:
        assert from_template(plan, SNAPSHOT.schema, templates) == written(plan, SNAPSHOT.schema)


def test_what_the_vocabulary_holds_of_a_code_is_part_of_the_form() -> None:
    templates: Templates = {}
    part = HasConcept((OWN,), Token(None, "A"))
    plan = SearchPlan((Branch(ROWS, part),), limit=50)
    for found in (ConceptSet((1,)), ConceptSet((2,)), ConceptSet((1, 2)), ConceptSet()):
        expected = search(plan, {part: found}, SNAPSHOT.schema, ZONE)
        assert inlined(templated(search, plan, {part: found}, SNAPSHOT.schema, ZONE, templates)) == inlined(expected)


def test_what_holds_many_values_is_written_each_time() -> None:
    """Its arguments are those of a statement that merges equal values, and no cache holds its text."""
    templates: Templates = {}
    plan = Case("Patient?birthdate=" + ",".join(str(1900 + n % 100) for n in range(400))).plan()
    assert isinstance(plan, SearchPlan)
    expected = search(plan, {}, SNAPSHOT.schema, ZONE)
    assert templated(search, plan, {}, SNAPSHOT.schema, ZONE, templates) == expected
    assert len(templates) == 0


def test_long_texts_are_not_kept() -> None:
    templates: Templates = {}
    parts = (And((IS_NULL, Linked(OWN, PATIENT, KEY, Compare(SITE, "=", n)))) for n in range(150))
    plan = SearchPlan((Branch(ROWS, Or(tuple(parts))),), limit=50)
    assert len(search(plan, {}, SNAPSHOT.schema, ZONE).text) > LONGEST
    for _ in range(2):
        assert from_template(plan, SNAPSHOT.schema, templates) == written(plan, SNAPSHOT.schema)
    assert len(templates) == 0


def shapes(*cases: Case) -> int:
    """How many templates these make."""
    templates: Templates = {}
    for case in cases:
        plan = case.plan()
        assert isinstance(plan, SearchPlan)
        templated(search, plan, concepts_of(plan), case.snapshot().schema, ZONE, templates)
    return len(templates)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(Case("Encounter?patient=7"), Case("Encounter?patient=8"), id="patients asked for"),
        pytest.param(Case("Encounter", ["patient=7"]), Case("Encounter", ["patient=8"]), id="patients of the caller"),
        pytest.param(Case("Encounter", ["care-site=7"]), Case("Encounter", ["care-site=8"]), id="care sites of the caller"),
        pytest.param(Case("Practitioner", ["patient=7"]), Case("Practitioner", ["patient=8"]), id="what a patient's refer to"),
        pytest.param(Case("Encounter", ["after=encounter/7"]), Case("Encounter", ["after=encounter/99"]), id="pages"),
        pytest.param(Case("Encounter?date=ge2020-01"), Case("Encounter?date=ge2021-02"), id="dates"),
        pytest.param(Case("Organization?name=A"), Case("Organization?name=b%25"), id="texts"),
        pytest.param(
            Case("Procedure?_include=Procedure:performer", ["keys=procedure/7,8"]),
            Case("Procedure?_include=Procedure:performer", ["keys=procedure/9"]),
            id="what a page refers to",
        ),
        pytest.param(
            Case("Patient?_revinclude=Encounter:patient", ["keys=patient/7,8"]),
            Case("Patient?_revinclude=Encounter:patient", ["keys=patient/9,10,11"]),
            id="what refers to a page",
        ),
        pytest.param(Case("Condition?code:text=a"), Case("Condition?code:text=b"), id="displays"),
    ],
)
def test_other_values_share_a_template(one: Case, other: Case) -> None:
    assert shapes(one, other) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(Case("Encounter", ["after=encounter/7"]), Case("Encounter", ["before=encounter/7"]), id="directions"),
        pytest.param(Case("Encounter?date=ge2020-01"), Case("Encounter?date=lt2020-01"), id="prefixes"),
        pytest.param(Case("Organization?name=A"), Case("Organization?name:exact=A"), id="modifiers"),
        pytest.param(Case("Procedure?code=44950"), Case("Procedure?code=unknown"), id="codes"),
        pytest.param(
            Case("Encounter?patient=7", ["documents", "care-site=3"]),
            Case("Encounter?patient=2000000007", ["documents", "care-site=3"]),
            id="patients of rows and of documents",
        ),
    ],
)
def test_other_forms_do_not(one: Case, other: Case) -> None:
    assert shapes(one, other) == 2
