"""Whatever is sent: the rows can be inserted, and each element reads back the same or is among the losses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omop_fhir.errors import ConfigurationError
from omop_fhir.fhir.dates import date_range
from omop_fhir.fhir.definitions import UnknownDefinition, children, element
from omop_fhir.mapping.bind import Bound
from omop_fhir.mapping.predicate import Column
from omop_fhir.omop.cdm import TABLES
from omop_fhir.omop.concept import Concept
from omop_fhir.plan.owned import KeyOf, OwnedRow, Projected
from omop_fhir.plan.projection import asked, project
from omop_fhir.plan.target import Target, targets
from omop_fhir.render.concepts import RenderedConcept
from tests.strategies.resources import resources as r4_resources

from ..mapping.cdm_database import SITE, bounds, database, renderer
from .resources import VOCABULARY, resources
from .vocabulary import Rows

RECEIVED = date(2024, 7, 1)
SUBJECT = {"subject": {"reference": "Patient/7"}}
USUAL: dict[str, dict[str, Any]] = {
    "Patient": {"birthDate": "1980-02-29"},
    "Encounter": {**SUBJECT, "status": "finished", "period": {"start": "2020-03-04", "end": "2020-03-05"}},
    "Procedure": {**SUBJECT, "status": "completed", "performedDateTime": "2020-03-04"},
    "MedicationStatement": {**SUBJECT, "status": "active", "effectivePeriod": {"start": "2020-03-04"}},
    "Condition": {**SUBJECT, "onsetDateTime": "2020-03-04"},
    "Practitioner": {},
    "Organization": {"name": "A hospital"},
    "Location": {"name": "A ward"},
}
"""What a resource needs to become a row; a generated one often has it."""
LIKELY = {
    "Patient": ("gender", "address", "deceased", "identifier", "extension", "generalPractitioner"),
    "Encounter": ("type", "participant", "hospitalization", "serviceProvider", "location", "extension"),
    "Procedure": ("code", "encounter", "performer", "bodySite", "extension"),
    "MedicationStatement": ("context", "informationSource", "dosage", "statusReason", "extension"),
    "Condition": ("code", "abatement", "category", "clinicalStatus", "encounter", "asserter", "extension"),
    "Practitioner": ("name", "identifier", "gender", "birthDate", "extension"),
    "Organization": ("identifier", "type", "address"),
    "Location": ("identifier", "type", "address", "position", "managingOrganization"),
}


@cache
def of_type(type: str) -> tuple[Target, ...]:
    """All sources of a type, in a whole CDM 5.4."""
    found = [bound for bound in bounds().values() if bound.mapping.resource == type]
    return targets(sorted(found, key=lambda bound: bound.mapping.prefix), SITE, database())


def projected(resource: dict[str, Any], key: int | None = None) -> Projected:
    """The resource, projected by the shipped mappings."""
    return project(resource, of_type(resource["resourceType"]), VOCABULARY, Rows(), RECEIVED, key)


@st.composite
def any_of_r4(draw: st.DrawFn, type: str) -> dict[str, Any]:
    """Any valid resource, often with what it needs to become a row."""
    resource = draw(r4_resources(type))
    for name, value in USUAL[type].items():
        if draw(st.integers(0, 9)):
            choices = next(each.properties for each in children(type) if name in each.properties)
            resource = {key: kept for key, kept in resource.items() if key.removeprefix("_") not in choices} | {name: value}
    return resource


def insertable(row: OwnedRow, number: int) -> None:
    """Would PostgreSQL take the row?"""
    table = database().tables[row.table]
    known = TABLES[row.table].of("5.4")
    given = {**row.columns, **row.initial}
    assert row.key not in given
    assert not row.columns.keys() & row.initial.keys()
    assert row.anchors <= row.columns.keys()
    for name in table.required - {row.key}:
        assert given.get(name) is not None, (row.table, name)
    for name, value in given.items():
        column = known.column(name)
        assert column is not None, (row.table, name)
        match column.type.partition("(")[0], value:
            case _, None:
                pass
            case "integer", KeyOf(earlier):
                assert earlier < number
            case "integer", int():
                assert -(2**31) <= value < 2**31
            case "numeric", Decimal():
                assert value.is_finite()
            case "date", date():
                assert not isinstance(value, datetime)
            case "timestamp", datetime():
                assert value.tzinfo is None
            case "varchar" | "text", str():
                assert column.length is None or len(value) <= column.length
            case kind, _:
                raise AssertionError(f"{row.table}.{name} is {kind}, not {value!r}")


class Concepts(dict[int, RenderedConcept]):
    """The concepts of the vocabulary, rendered; others are not in `concept`."""

    def __missing__(self, id: int) -> RenderedConcept:
        return RenderedConcept(VOCABULARY.concepts.get(id, Concept(id)))


def record(bound: Bound, rows: tuple[OwnedRow, ...]) -> tuple[Any, ...]:
    """The record that would be read of the rows."""
    many = {source.alias for source in bound.mapping.sources.values() if source.many}

    def value(column: Column) -> Any:
        mine = [row for row in rows if row.role == column.alias]
        if column == bound.mapping.key:
            return 12
        values = [as_text(column, row.columns.get(bound.name(column) or "")) for row in mine]
        return (values or None) if column.alias in many else next(iter(values), None)

    return tuple(value(column) for column in bound.columns)


def is_at_home(bound: Bound, rows: tuple[OwnedRow, ...]) -> bool:
    """Is there one row of the base, in its own table?"""
    return [row.table for row in rows if row.role == bound.mapping.base.alias] == [bound.mapping.base.table]


def as_text(column: Column, value: Any) -> Any:
    """A value as PostgreSQL hands it over."""
    if isinstance(value, KeyOf):
        return 99
    if value is None or column.kind == "integer":
        return value
    return value.isoformat(" ") if column.kind == "timestamp" else f"{value:f}" if isinstance(value, Decimal) else str(value)


def missing(sent: Any, read: Any, path: str) -> Iterator[str]:
    """FHIRPaths, without indexes, of what was sent and is not read."""
    if isinstance(sent, dict) and isinstance(read, dict):
        for name, value in sent.items():
            if name not in ("display", "userSelected") and (name, "reference" in sent) != ("type", True):
                here = f"{path}.{plain(path, name)}" if path else name
                yield from missing(value, read.get(name), here)
    elif isinstance(sent, list):
        for item in sent:
            if not any(not list(missing(item, other, path)) for other in (read if isinstance(read, list) else [])):
                yield path
    elif not same(sent, read):
        yield path


def plain(path: str, name: str) -> str:
    """The name of a member in FHIRPath: a choice without its type, an extension of a primitive with the primitive's."""
    name = name.removeprefix("_")
    try:
        element(f"{path}.{name}")
    except UnknownDefinition:
        for size in range(len(name) - 1, 0, -1):
            try:
                if name[size].isupper() and element(f"{path}.{name[:size]}").is_choice:
                    return name[:size]
            except UnknownDefinition:
                continue
    return "value" if name.startswith("value") and name != "value" else name


def same(sent: Any, read: Any) -> bool:
    """Do both mean the same? Moments are compared as such, numbers by value."""
    if sent == read or (isinstance(sent, str) and sent == f"{SITE.base}/{read}"):
        return True
    if isinstance(sent, Decimal | float) and isinstance(read, Decimal | float | int):
        return Decimal(str(sent)) == Decimal(str(read))
    if isinstance(sent, str) and isinstance(read, str) and "T" in sent and "T" in read:
        try:
            return date_range(sent)[0] == date_range(read)[0]
        except ValueError:
            return False
    return sent in ("", None) and read is None


def reported(path: str, losses: set[str]) -> bool:
    """Is there a loss at the path, above it or below it?"""
    return any(f"{path}.".startswith(f"{loss}.") or f"{loss}.".startswith(f"{path}.") for loss in losses)


def without_indexes(expression: str) -> str:
    """`Patient.name` for `Patient.name[0]`, `Patient.extension` for one with its url."""
    return re.sub(r"\[\d+\]|\('[^']*'\)", "", expression)


@pytest.mark.parametrize("type", sorted(LIKELY))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(data=st.data())
def test_every_element_reads_back_or_is_a_loss(type: str, data: st.DataObject) -> None:
    resource = data.draw(st.one_of(resources(type, LIKELY[type], USUAL[type]), any_of_r4(type)))
    found = projected(resource, key=12)
    assert found.resource == resource
    for number, row in enumerate(found.rows):
        insertable(row, number)
    assert bool(found.rows) is (found.gate is None)
    if found.bound is None or found.gate or not is_at_home(found.bound, found.rows):
        return
    render = renderer(found.bound.mapping.name)
    read = json.loads(render(record(found.bound, found.rows), Concepts()).json, parse_float=Decimal)
    losses = {without_indexes(loss.expression) for loss in found.losses}
    content = {name: value for name, value in resource.items() if name not in ("id", "resourceType")}
    if "meta" in content:  # whose version and time are the server's
        content["meta"] = {k: v for k, v in content["meta"].items() if k not in ("versionId", "lastUpdated")}
    silent = [path for path in missing(content, read, type) if not reported(path, losses)]
    assert silent == [], (read, found.losses)


@pytest.mark.parametrize("type", sorted(LIKELY))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(data=st.data())
def test_every_row_holds_exactly_the_columns_that_are_owned(type: str, data: st.DataObject) -> None:
    """So that an update which omits an element clears it, and no other column is touched."""
    found = projected(data.draw(resources(type, LIKELY[type], USUAL[type])))
    if found.bound is None:
        return
    target = next(target for target in of_type(type) if target.bound is found.bound)
    for row in found.rows:
        own = found.bound.source(row.role)
        if row.table == own.table:
            fixed = {column for column, _ in own.join if column != row.key}
            fixed |= {column.name for column, _ in own.where if column.alias == row.role}
            assert row.columns.keys() == {column.name for column in target.owned[row.role]} | fixed


def test_what_is_to_be_looked_up() -> None:
    resource = {
        "resourceType": "Procedure",
        "contained": [{"resourceType": "Practitioner", "qualification": [{"code": {"coding": [{"system": "s", "code": "a"}]}}]}],
        "code": {"coding": [{"system": "s", "code": "b"}, {"system": "s"}]},
        "subject": {"reference": "Patient/7"},
        "performer": [{"actor": {"reference": "#p"}}, {"actor": {"display": "x"}}],
    }
    wanted = asked(resource)
    assert wanted.codings == {("s", "a"), ("s", "b")}
    assert wanted.references == {"Patient/7", "#p"}


def test_a_mapping_without_a_write_section_is_read_only() -> None:
    found = [bound for bound in bounds().values() if bound.mapping.resource == "Procedure"]
    read_only = [replace(bound, mapping=replace(bound.mapping, writing=None)) for bound in found]
    assert targets(read_only, SITE, database()) == ()
    gate = project({"resourceType": "Procedure"}, (), VOCABULARY, Rows(), RECEIVED).gate
    assert gate is not None
    assert (gate.expression, gate.reason) == ("Procedure", "no mapping writes this type")


def test_rows_that_do_not_hang_together_are_told() -> None:
    bound = bounds()["patient"]
    assert bound.mapping.writing is not None
    source = replace(bound.mapping.sources["death"], join=(("person_id", Column("person", "provider_id")),))
    mapping = replace(bound.mapping, sources={**bound.mapping.sources, "death": source})
    with pytest.raises(ConfigurationError, match=r"patient\.yaml:.*`death` is written, so it must be joined to person by a key"):
        targets([replace(bound, mapping=mapping)], SITE, database())


@pytest.mark.parametrize(
    ("resource", "anchors"),
    [
        ({"resourceType": "Patient", "birthDate": "1980"}, {"person_source_value"}),
        ({"resourceType": "Procedure", "status": "completed", "subject": {"reference": "Patient/7"},
          "code": {"coding": [{"system": "http://loinc.org", "code": "L104"}]}, "performedDateTime": "2020"},
         {"person_id", "measurement_source_value"}),
        ({"resourceType": "Organization", "name": "H"}, {"care_site_source_value"}),
    ],
)  # fmt: skip
def test_anchors_tell_whose_row_it_is(resource: dict[str, Any], anchors: set[str]) -> None:
    assert projected(resource).rows[-1].anchors == anchors
