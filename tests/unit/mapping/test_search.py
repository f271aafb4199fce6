# ruff: noqa: RUF001 - tables of cases read best as lines
"""A search finds exactly the rows whose rendered value matches by the words of R4."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from omop_fhir.fhir.dates import date_range
from omop_fhir.fhir.search_parameters import search_parameter
from omop_fhir.fhir.values import DateValue, ReferenceValue, Token
from omop_fhir.mapping.bind import Bound
from omop_fhir.mapping.model import Mapping, Parameter
from omop_fhir.mapping.site import Site

from .cdm_database import BERLIN, SITE, ZONELESS, bounds, renderer
from .oracle import codings, dates_match, holds, holds_somewhere, refers, says
from .rows import AllConcepts, rows

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
BASES = {
    "Patient.gender": "http://hl7.org/fhir/administrative-gender",
    "Practitioner.gender": "http://hl7.org/fhir/administrative-gender",
    "Encounter.status": "http://hl7.org/fhir/encounter-status",
    "Procedure.status": "http://hl7.org/fhir/event-status",
    "MedicationStatement.status": "http://hl7.org/fhir/CodeSystem/medication-statement-status",
}


def parameters(type: str) -> list[tuple[str, str]]:
    return [
        (name, code)
        for name, b in sorted(bounds().items())
        for code, p in b.search.items()
        if p.definition.type == type
    ]


def rendered(bound: Bound, row: tuple[Any, ...], site: Site, parameter: Parameter) -> Any:
    """The value that a parameter's element has in the rendered resource; a list of those of a list."""
    resource = json.loads(renderer(bound.mapping.name, zone="x" if site.zone else "")(row, AllConcepts()).json)
    return _at(resource, parameter.element.split("."), bound.mapping)


def _at(value: Any, path: list[str], mapping: Mapping) -> Any:
    if not path or value is None:
        return value
    if isinstance(value, list):
        return [found for item in value if (found := _at(item, path, mapping)) is not None]
    if path[0] == "extension":
        url = {"race": "us-core-race", "ethnicity": "us-core-ethnicity"}[path[1]]
        return [part["valueCoding"] for e in value.get("extension", ()) if e["url"].endswith(url)
                for part in e["extension"] if "valueCoding" in part]  # fmt: skip
    named = next((key for key in value if key == path[0] or _is_choice(key, path[0])), None)
    return _at(value.get(named), path[1:], mapping) if named else None


def _is_choice(key: str, name: str) -> bool:
    return key.startswith(name) and key.removeprefix(name) in ("DateTime", "Period", "CodeableConcept")


# Dates


@st.composite
def timestamps(draw: st.DrawFn) -> str | None:
    """Where rows and values are near each other: around both changes of the clock and the turn of a month."""
    clocks = ["00:00:00", "01:30:00", "02:00:00", "02:30:00", "02:59:59", "03:00:00", "03:10:00.5", "23:59:59"]
    days = ["2023-03-25", "2023-03-26", "2023-03-27", "2023-10-28", "2023-10-29", "2023-10-31", "2023-11-01"]
    skipped = [f"2023-03-26 {clock}" for clock in clocks if clock.startswith("02")]
    moments = [f"{day} {clock}" for day in days for clock in clocks]
    there = sorted(set(moments) - set(skipped))
    return draw(st.sampled_from([*there, *days, None, None, "infinity", "-infinity", "0044-03-15 BC"]))


def as_date(text: str | None) -> str | None:
    return text if text is None or not text[0].isdigit() or text.endswith("BC") else text[:10]


@st.composite
def date_rows(draw: st.DrawFn, name: str) -> tuple[Any, ...]:
    bound = bounds()[name]
    row = list(draw(rows(name)))
    for number, column in enumerate(bound.columns):
        if column.kind in ("date", "timestamp"):
            text = draw(timestamps())
            row[number] = as_date(text) if column.kind == "date" else text
            if column.kind == "timestamp" and text and len(text) == 10 and text[0].isdigit():
                row[number] = f"{text} 00:00:00"
        elif column.name.endswith(("year_of_birth", "month_of_birth", "day_of_birth")):
            choice = {
                "y": [None, 0, 2023, 2024, 10000, -1],
                "m": [None, 0, 1, 2, 10, 12, 13],
                "d": [None, 0, 1, 28, 29, 30, 31, 32],
            }
            row[number] = draw(st.sampled_from(choice[column.name[0]]))
    return tuple(row)


@st.composite
def date_values(draw: st.DrawFn) -> str:
    return draw(st.sampled_from([
        "2023", "2024", "2022", "2023-03", "2023-10", "2023-02", "2024-02", "2023-01", "2023-12", "2023-03-26", "2023-10-29",
        "2023-02-28", "2024-02-29", "2023-01-01", "2023-12-31", "2023-10-31", "9999", "9999-12-31", "0001", "0001-01-01",
        "2023-10-29T02:30", "2023-10-29T02:30:00", "2023-10-29T02:30:00+02:00", "2023-10-29T02:30:00+01:00",
        "2023-10-29T00:30:00Z", "2023-10-29T01:30:00Z", "2023-10-29T01:00:00Z", "2023-10-29T00:59:59Z",
        "2023-03-26T01:30:00+01:00", "2023-03-26T03:00:00+02:00", "2023-03-26T03:10:00.5+02:00", "2023-03-26T03:10:00.5",
        "2023-10-31T23:59:59+01:00", "2023-10-28T00:00:00", "2023-10-28T22:00:00Z", "2023-02-28T12:00",
    ]))  # fmt: skip


@pytest.mark.parametrize("site", [SITE, ZONELESS], ids=["Berlin", "zoneless"])
@pytest.mark.parametrize(("name", "code"), parameters("date"))
@given(data=st.data(), prefix=st.sampled_from(PREFIXES), text=date_values())
def test_dates(name: str, code: str, site: Site, data: st.DataObject, prefix: Any, text: str) -> None:
    bound = bounds()[name]
    parameter = bound.search[code]
    row = data.draw(date_rows(name))
    sought = DateValue(prefix, *date_range(text))
    assume(text[:4] not in ("9999", "0001") or prefix != "ap")
    value = rendered(bound, row, site, parameter)
    assume(not (text.startswith("9999") and isinstance(value, dict) and "end" not in value))  # infinity beside infinity
    if site.zone is None and sought.low.tzinfo:
        sought = DateValue(prefix, sought.low.replace(tzinfo=None), sought.high.replace(tzinfo=None))
    found = holds(parameter.codec.search(sought, site), dict(zip(bound.columns, row, strict=True)))
    assert found == dates_match(sought, value, site), value


@given(
    minutes=st.integers(-180, 180), other=st.integers(-180, 180), prefix=st.sampled_from(PREFIXES),
    day=st.sampled_from(["2023-10-29", "2024-10-27"]), seconds=st.integers(0, 59),
)  # fmt: skip
@example(minutes=30, other=30, prefix="eq", day="2023-10-29", seconds=0)
def test_the_hour_that_a_clock_shows_twice(minutes: int, other: int, prefix: Any, day: str, seconds: int) -> None:
    bound = bounds()["procedure"]
    parameter = bound.search["date"]
    middle = datetime.fromisoformat(f"{day} 01:00:00+00:00")
    there = datetime.fromisoformat(f"{day} 02:00:00") + timedelta(minutes=minutes, seconds=seconds)
    row = [None] * len(bound.columns)
    row[0] = 1
    row[[c.name for c in bound.columns].index("procedure_datetime")] = there.isoformat(" ")
    low = middle + timedelta(minutes=other)
    sought = DateValue(prefix, low, low + timedelta(seconds=1))
    value = rendered(bound, tuple(row), SITE, parameter)
    found = holds(parameter.codec.search(sought, SITE), dict(zip(bound.columns, row, strict=True)))
    assert found == dates_match(sought, value, SITE), (value, str(low.astimezone(BERLIN)))


# Tokens


@pytest.mark.parametrize(("name", "code"), parameters("token"))
@given(data=st.data())
def test_tokens(name: str, code: str, data: st.DataObject) -> None:
    bound = bounds()[name]
    parameter = bound.search[code]
    row = tuple(map(_plain, data.draw(rows(name))))
    system = BASES.get(f"{bound.mapping.resource}.{parameter.element}", "")
    value = rendered(bound, row, SITE, parameter)
    there = list(codings(value, system)) if code != "deceased" else _deceased(value)
    token = data.draw(st.one_of(tokens_of(there), st.just(Token(None, "nothing-like-this")), any_token()))
    found = holds_somewhere(parameter.codec.search(token, SITE), dict(zip(bound.columns, row, strict=True)))
    named = code == "deceased" and token.system is not None  # the system of booleans "is never actually used"
    assert found == (not named and any(says(token, coding) for coding in there)), there


def _deceased(value: Any) -> list[Any]:
    """R4: `Patient.deceased.exists() and Patient.deceased != false`, a boolean that is always there."""
    dead = value is not None and value is not False
    return [{"system": "http://terminology.hl7.org/CodeSystem/special-values", "code": "true" if dead else "false"}]


def _plain(value: Any) -> Any:
    """A search compares what is stored; characters that FHIR does not take are replaced only when rendered."""
    changed = isinstance(value, str) and not value.isprintable() and value.strip(" \t\r\n\u00a0")
    return "plain" if changed else value


def tokens_of(there: list[Any]) -> st.SearchStrategy[Token]:
    """Tokens that mean, or nearly mean, what is there."""
    if not there:
        return any_token()
    forms = []
    for coding in there:
        system, code = coding.get("system", ""), coding.get("code", coding.get("value"))
        forms += [
            Token(system, code),
            Token(None, code),
            Token(system, None),
            Token("", code),
            Token(system + "x", code),
        ]
    return st.sampled_from([token for token in forms if token.code or token.system])


def any_token() -> st.SearchStrategy[Token]:
    systems = [None, "", *BASES.values(), "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
               "http://terminology.hl7.org/CodeSystem/data-absent-reason", "http://snomed.info/sct"]  # fmt: skip
    codes = [
        "male",
        "unknown",
        "UNK",
        "completed",
        "finished",
        "active",
        "stopped",
        "IMP",
        "resolved",
        "confirmed",
        "2028-9",
    ]
    return st.builds(Token, st.sampled_from(systems), st.sampled_from(codes))


# References


@pytest.mark.parametrize(("name", "code"), parameters("reference"))
@given(data=st.data())
def test_references(name: str, code: str, data: st.DataObject) -> None:
    bound = bounds()[name]
    parameter = bound.search[code]
    row = data.draw(rows(name))
    value = rendered(bound, row, SITE, parameter)
    there = [v for v in (value if isinstance(value, list) else [value]) if v and "reference" in v]
    sought = data.draw(st.one_of(st.sampled_from(_references(there) or [ReferenceValue(None, "1")]), any_reference()))
    found = holds_somewhere(parameter.codec.search(sought, SITE), dict(zip(bound.columns, row, strict=True)))
    assert found == any(refers(sought, each) for each in there), there


def _references(there: list[Any]) -> list[ReferenceValue]:
    pairs = [each["reference"].rpartition("/") for each in there]
    return [
        v
        for type, _, id in pairs
        for v in (ReferenceValue(type, id), ReferenceValue(None, id), ReferenceValue("Group", id))
    ]


def any_reference() -> st.SearchStrategy[ReferenceValue]:
    ids = ["0", "1", "-1", "01", "+1", "1e3", "detail-1", "detail--1", "detail-", "x", "9223372036854775808", "１"]
    return st.builds(
        ReferenceValue,
        st.sampled_from([None, "Patient", "Practitioner", "Encounter", "", "Group"]),
        st.sampled_from(ids),
    )


def test_every_kind_of_parameter_is_covered() -> None:
    kinds = {p.definition.type for bound in bounds().values() for p in bound.search.values()}
    assert kinds == {"date", "token", "reference", "string", "quantity"}  # the last two: tests/integration/search
    assert search_parameter("Patient", "birthdate")


def test_a_time_that_the_clock_skipped_is_found_by_its_day() -> None:
    bound = bounds()["procedure"]
    column = next(c for c in bound.columns if c.name == "procedure_datetime")
    row = {column: "2023-03-26 02:30:00"}
    codec = bound.search["date"].codec
    found = {}
    for text in ("2023-03-26", "2023-03-26T02:30:00+01:00", "2023-03-26T03:30:00+02:00"):
        low, high = date_range(text)
        found[text] = holds(codec.search(DateValue("eq", low, high), SITE), row)
    assert found == {"2023-03-26": True, "2023-03-26T02:30:00+01:00": False, "2023-03-26T03:30:00+02:00": False}
