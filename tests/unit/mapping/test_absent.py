"""A value that is not there is a reason in the place of the value, on either way."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from omop_fhir.fhir.absent import SYSTEM, absent
from omop_fhir.mapping.bind import Bound
from omop_fhir.mapping.predicate import NEVER, Column, IsBlank, IsNull, Not
from omop_fhir.mapping.yaml import MappingError
from omop_fhir.plan.projection import project
from omop_fhir.plan.target import targets

from ..plan.resources import VOCABULARY
from ..plan.vocabulary import Rows
from .cdm_database import SITE, bounds, database
from .test_override import rendered, served

UNKNOWN = absent("unknown")


def without_loss(bound: Bound, resource: dict[str, Any]) -> dict[str, Any]:
    """The columns that a resource becomes, of which nothing is lost."""
    found = project(resource, targets((bound,), SITE, database()), VOCABULARY, Rows(), date(2024, 7, 1))
    assert found.losses == ()
    return dict(found.rows[0].columns)


@pytest.mark.parametrize(
    ("name", "columns", "said"),
    [
        ("location", {"care_site_name": "A ward"}, {"name": "A ward"}),
        ("location", {"care_site_name": " "}, {"_name": UNKNOWN}),
        ("organization", {"care_site_name": "A hospital"}, {"name": "A hospital", "_active": UNKNOWN}),
        ("organization", {}, {"_name": UNKNOWN, "_active": UNKNOWN}),
        ("practitioner", {"provider_name": "Ada"}, {"name": [{"text": "Ada", "_family": absent("unsupported")}]}),
        ("practitioner", {}, {"name": [{"_family": UNKNOWN}]}),
        ("patient", {"year_of_birth": 1980}, {"name": [UNKNOWN]}),
    ],
)  # fmt: skip
def test_what_us_core_demands_is_there_or_says_why_not_and_reads_back(
    name: str, columns: dict[str, Any], said: dict[str, Any]
) -> None:
    bound = bounds()[name]
    resource = rendered(bound, **columns)
    shown = {key: value for key, value in resource.items() if key.removeprefix("_") in ("name", "active")}
    assert shown == said
    kept = without_loss(bound, {key: value for key, value in resource.items() if key in (*said, "resourceType", "birthDate")})
    assert {key: value for key, value in columns.items() if str(value).strip()}.items() <= kept.items()


MANY = """\
elements:
  performed:
    codec: first
    of:
      there: {codec: datetime, column: procedure.procedure_date}
      absent: {codec: absent, reason: not-asked, datatype: dateTime}
  statusReason:
    codec: backbone
    elements: {text: {codec: absent, reason: masked}}
  recorder: {codec: absent, reason: unsupported}
  extension:
    codec: list
    of:
      absent:
        codec: extension
        url: https://example.org/extension
        value: {codec: absent, reason: unknown, datatype: string}
"""


def test_a_choice_a_nested_element_a_reference_and_an_extension(tmp_path: Path) -> None:
    bound = served(tmp_path, {"procedure.yaml": MANY}, "procedure")
    resource = rendered(bound, person_id=7)
    assert resource["_performedDateTime"] == absent("not-asked")
    assert resource["statusReason"] == {"_text": absent("masked")}
    assert resource["recorder"] == absent("unsupported")
    assert resource["extension"] == [{"url": "https://example.org/extension", "_valueString": UNKNOWN}]
    assert rendered(bound, procedure_date="2020-01-02")["performedDateTime"] == "2020-01-02"


def test_the_reason_why_there_is_no_value_is_no_value_to_a_search() -> None:
    name = bounds()["location"].search["name"].codec.present(SITE)
    assert name == Not(IsBlank(Column("care_site", "care_site_name", "varchar")))
    subject = bounds()["procedure"].search["subject"].codec.present(SITE)
    assert subject == Not(IsNull(Column("procedure", "person_id", "integer")))
    assert bounds()["patient"].mapping.elements["name"].codec.present(SITE) == NEVER


def test_another_reason_than_the_row_gives_is_lost_and_no_text() -> None:
    said = {"resourceType": "Location", "_name": absent("masked")}
    place = project(said, targets((bounds()["location"],), SITE, database()), VOCABULARY, Rows(), date(2024, 7, 1))
    assert [loss.expression for loss in place.losses] == ["Location.name"]
    code = {"coding": [{"system": SYSTEM, "code": "masked"}]}
    said = {"resourceType": "Procedure", "status": "completed", "code": code, "performedDateTime": "2020-01-02",
            "subject": {"reference": "Patient/7"}}  # fmt: skip
    done = project(said, targets((bounds()["procedure"],), SITE, database()), VOCABULARY, Rows(), date(2024, 7, 1))
    assert done.rows[0].columns["procedure_source_value"] is None
    assert "Procedure.code.coding[0]" in [loss.expression for loss in done.losses]


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("performed: {codec: absent, reason: unknown}", r"the codec `absent` of Procedure.performed\[x\] needs `datatype`"),
        ("performed: {codec: absent, reason: unknown, datatype: code}", "takes Age or Period or Range or dateTime or string, "),
        ("_status: {codec: absent, reason: unknown}", "`_status` takes no `absent`, which `status` does"),
        ("instantiatesUri: {codec: list, of: {a: {codec: absent, reason: unknown}}}", "a list of primitives takes no"),
    ],
)  # fmt: skip
def test_where_a_reason_cannot_stand_the_mapping_is_refused(tmp_path: Path, element: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        served(tmp_path, {"procedure.yaml": f"elements:\n  {element}\n"}, "procedure")
