# ruff: noqa: E501 - tables of cases read best as lines
"""What a row renders goes back into columns that render the same.

The normal form: blank texts and concept 0 are as good as null; a concept that stands alone as the standard coding comes back
as the source too; an unknown gender is written as the source value `unknown`; a status, a length and an identifier that shows a key follow from other columns and are not written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.fhir.dates import date_range
from omop_fhir.mapping.bind import Bound
from omop_fhir.mapping.codecs.base import Projection
from omop_fhir.mapping.codecs.combine import single
from omop_fhir.mapping.keys import key_of
from omop_fhir.mapping.predicate import Column
from omop_fhir.mapping.site import Site
from omop_fhir.omop.concept import Concept
from omop_fhir.omop.vocabulary import OHDSI

from .cdm_database import SITE, ZONELESS, bounds, renderer
from .rows import AllConcepts, concept, rows


@dataclass(frozen=True)
class Known:
    """The terminology and the references of the rows at hand."""

    ids: frozenset[int]

    def find(self, system: str, code: str) -> Concept | None:
        for known in map(concept, self.ids):
            coding = known.coding()
            if (coding.get("system", ""), coding.get("code", "")) == (system, code):
                return known
        return None

    def standard(self, concept: Concept) -> tuple[Concept, ...]:
        return (concept,) if concept.standard else ()

    def value(self, concept: Concept) -> tuple[Concept, ...]:
        return ()

    def key(self, type: str, id: str, prefix: str) -> int | None:
        return key_of(id, prefix)

    def held(self, type: str, id: str, prefix: str, column: str) -> None:
        return None


def project(bound: Bound, resource: dict[str, Any], site: Site, ids: frozenset[int]) -> Projection:
    """The columns that a resource becomes."""
    known = Known(ids)
    into = Projection(site, known, known)
    for element in bound.mapping.elements.values():
        names = [key for key in resource if key == element.name or (element.is_choice and key.startswith(element.name))]
        value = resource[names[0]] if names else None
        if element.wraps:
            single(value, element.codec, "", into)
        else:
            element.codec.project(value, into)
    return into


def as_text(column: Column, value: Any) -> Any:
    """A projected value as PostgreSQL would hand it over."""
    if value is None or column.kind == "integer":
        return value
    return value.isoformat(" ") if column.kind == "timestamp" else str(value)


def stored(bound: Bound, key: int, into: Projection) -> tuple[Any, ...]:
    many = {s.alias for s in bound.mapping.sources.values() if s.many}
    return tuple(
        key if c == bound.mapping.key
        else None if c.alias in many and not isinstance(into.columns.get(c), list)
        else as_text(c, into.columns.get(c))
        for c in bound.columns
    )  # fmt: skip


GENDER = "https://ohdsi.github.io/CommonDataModel/cdm54.html#person.gender_source_concept_id"
DERIVED = ("status", "length", "diagnosis", "identifier", "clinicalStatus")


def _without_unknown(extension: dict[str, Any]) -> dict[str, Any] | None:
    """The source's gender without the text `unknown`."""
    if extension["url"] != GENDER or extension["valueCodeableConcept"].get("text") != "unknown":
        return extension
    value = {key: value for key, value in extension["valueCodeableConcept"].items() if key != "text"}
    return {**extension, "valueCodeableConcept": value} if value else None


def normal(resource: dict[str, Any]) -> Any:
    """Without what follows from other columns, and without userSelected."""
    if (
        resource.get("class", {}).get("code") == "UNK"
    ):  # a standard concept known as source only becomes the standard one
        resource = {key: value for key, value in resource.items() if key != "class"}
    extensions = [e for e in map(_without_unknown, resource.get("extension", ())) if e]
    resource = {key: value for key, value in resource.items() if key != "extension"}
    resource |= {"extension": extensions} if extensions else {}
    kept = {key: value for key, value in resource.items() if key not in (*DERIVED, "meta")}
    text = json.dumps(kept).replace(', "userSelected": true', "")
    return json.loads(re.sub(r'"\d{4}-\d\d-\d\dT[^"]*"', lambda found: json.dumps(str(_moment(found[0][1:-1]))), text))


@pytest.mark.parametrize("zone", ["", "Europe/Berlin"])
@pytest.mark.parametrize("name", sorted(bounds()))
@given(data=st.data())
def test_a_row_comes_back(name: str, zone: str, data: st.DataObject) -> None:
    bound, site = bounds()[name], SITE if zone else ZONELESS
    row = data.draw(rows(name))
    ids = frozenset(
        i for value in row for i in (value if isinstance(value, list) else [value]) if isinstance(i, int) and i
    )
    render = renderer(name, zone=zone)
    first = json.loads(render(row, AllConcepts()).json)
    into = project(bound, first, site, ids)
    if any(loss.kind != "unmapped" for loss in into.losses):
        return
    again = json.loads(render(stored(bound, row[0], into), AllConcepts()).json)
    kept = normal(first)
    assert {key: value for key, value in normal(again).items() if key in kept or key != "class"} == kept


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("procedure", {
            "person_id": 5, "procedure_concept_id": 4, "procedure_source_concept_id": 8, "procedure_source_value": "x",
            "procedure_date": "2020-01-02", "procedure_datetime": "2020-01-02 03:04:05", "visit_occurrence_id": 7, "quantity": 3,
            "procedure_type_concept_id": 1, "provider_id": 9, "procedure_end_date": "2020-01-03",
        }),
        ("medication-statement", {
            "person_id": 5, "drug_concept_id": 4, "drug_source_concept_id": 8, "drug_source_value": "x", "stop_reason": "rash",
            "drug_exposure_start_date": "2020-01-02", "verbatim_end_date": "2020-02-02", "sig": "twice", "route_concept_id": 9,
            "drug_type_concept_id": 32865, "quantity": "30.50", "days_supply": 30, "refills": 2, "lot_number": "L1",
            "visit_detail_id": 70,
        }),
        ("patient", {
            "gender_concept_id": 8507, "year_of_birth": 1980, "month_of_birth": 2, "day_of_birth": 29, "race_concept_id": 8515,
            "ethnicity_concept_id": 38003563, "person_source_value": "MRN 1", "provider_id": 3, "care_site_id": 4,
            "birth_datetime": "1980-02-29 10:20:30", "death_date": "2020-05-05", "race_source_value": "asian", "city": "Ulm",
            "address_1": "A 1", "address_2": "B", "latitude": "48.40", "longitude": "9.99",
        }),
        ("encounter", {
            "person_id": 5, "visit_concept_id": 9201, "visit_start_date": "2020-01-02", "visit_end_date": "2020-01-05",
            "visit_source_value": "v", "care_site_id": 4, "provider_id": 3, "admitted_from_concept_id": 8870,
            "discharged_to_concept_id": 8536, "preceding_visit_occurrence_id": 6,
        }),
    ],
)  # fmt: skip
def test_every_filled_column_comes_back_without_loss(name: str, columns: dict[str, Any]) -> None:
    bound = bounds()[name]
    row = tuple(1 if c == bound.mapping.key else columns.get(c.name) for c in bound.columns)
    assert set(columns) <= {c.name for c in bound.columns}
    resource = json.loads(renderer(name)(row, AllConcepts()).json, parse_float=str)
    into = project(bound, resource, SITE, frozenset(v for v in columns.values() if isinstance(v, int)))
    back = {c.name: as_text(c, v) for c, v in into.columns.items() if c.name in columns and v is not None}
    assert back == columns
    assert into.losses == []


@given(data=st.data())
@pytest.mark.parametrize("name", sorted(bounds()))
def test_a_value_comes_back_or_its_loss_is_reported(name: str, data: st.DataObject) -> None:
    """Dates of other zones and forms, through the dateTime and Period elements of each mapping."""
    bound = bounds()[name]
    text = data.draw(st.sampled_from([
        "2020", "2020-02", "2020-02-29", "2020-05-05T10:00:00Z", "2020-05-05T10:00:00.25+05:30", "2020-05-05T00:00:00+02:00",
        "2023-10-29T02:30:00+01:00", "2023-10-29T02:30:00+02:00", "1850-01-01T12:00:00Z", "2020-05-05T22:00:00Z",
        "9999-12-31T23:30:00Z", "0001-01-01T00:30:00+14:00", "2020-05-05T10:00:00.1234567Z",
    ]))  # fmt: skip
    for element in bound.mapping.elements.values():
        if element.codec.type not in ("dateTime", "Period"):
            continue
        into = Projection(SITE, Known(frozenset()), Known(frozenset()))
        element.codec.project({"start": text} if element.codec.type == "Period" else text, into)
        if into.losses:
            continue
        again = json.loads(renderer(name)(stored(bound, 1, into), AllConcepts()).json)
        value = next(value for key, value in again.items() if key.startswith(element.name))
        value = value if isinstance(value, str) else value["start"]
        assert _moment(value) == _moment(text)


def _moment(text: str) -> Any:
    low, high = date_range(text)
    try:
        return (low, high) if low.tzinfo is None else low.astimezone(UTC)
    except OverflowError:
        return low


def test_codings_beyond_what_columns_hold_are_reported() -> None:
    codec = bounds()["procedure"].mapping.elements["code"].codec
    known = Known(frozenset({4, 8, 9, 14}))
    into = Projection(SITE, known, known)
    codings = [concept(id).coding() for id in (4, 9, 14)]
    codec.project({"coding": [*codings, {"system": OHDSI, "code": "unheard"}]}, into)
    assert {loss.expression for loss in into.losses} == {"coding[2]", "coding[3]"}
    assert any("unheard" in loss.reason for loss in into.losses)
