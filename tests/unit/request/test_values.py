# ruff: noqa: E501, PT017 - tables of cases read best as lines

"""Search values: what is malformed is refused by name, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.errors import Invalid, NotSupported, Problem
from omop_fhir.fhir.search_parameters import search_parameters
from omop_fhir.fhir.values import ReferenceValue, SearchValue, Token
from omop_fhir.request import values
from omop_fhir.request.search import parse_search

BASE = "https://fhir.example/fhir"


def parse(code: str, type: str, text: str) -> tuple[SearchValue, ...]:
    """The alternatives of a parameter without modifier."""
    return tuple(values.parse(code, type, None, part, BASE) for part in values.alternatives(code, text))


TYPES = ("Patient", "Encounter", "Procedure", "MedicationStatement", "Condition")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", Token(None, "a")), ("s|a", Token("s", "a")), ("|a", Token("", "a")), ("s|", Token("s", None)),
        (r"s|a\|b", Token("s", "a|b")), (r"a\,b", Token(None, "a,b")), (r"a\\", Token(None, "a\\")),
    ],
)  # fmt: skip
def test_tokens(text: str, value: Token) -> None:
    assert parse("code", "token", text) == (value,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", ReferenceValue(None, "5")), ("Patient/5", ReferenceValue("Patient", "5")), ("-5", ReferenceValue(None, "-5")),
        (f"{BASE}/Patient/5", ReferenceValue("Patient", "5")), ("https://other.example/Patient/5", ReferenceValue(None, "https://other.example/Patient/5", foreign=True)),
        ("urn:uuid:1", ReferenceValue(None, "urn:uuid:1", foreign=True)),
    ],
)  # fmt: skip
def test_references(text: str, value: ReferenceValue) -> None:
    assert parse("patient", "reference", text) == (value,)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("token", "a|b|c", "`a|b|c` is not a token"), ("token", "|", "`|` is not a token"), ("token", "a,", "`code` has an empty value"),
        ("token", "", "`code` has an empty value"), ("token", "a\x00", "`code` holds the character U+0000"), ("date", "2020-13", "`2020-13` is not a date"),
        ("date", "2020-02-30", "`2020-02-30` is not a date"), ("date", "2020-01-01T24:00", "`2020-01-01T24:00` is not a date"),
        ("date", "2020-01-01T10:00:00+99:00", "is not a date"), ("date", "ge", "`` is not a date"), ("date", "xx2020", "`xx2020` is not a date"),
        ("date", "0000", "`0000` is not a date"), ("reference", "a b", "`a b` is not a reference"), ("reference", "[http://", "is not a reference"),
        ("token", "\ud800", "`code` holds"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named(kind: str, text: str, message: str) -> None:
    with pytest.raises(Invalid) as error:
        parse("code", kind, text)
    assert message in str(error.value)
    assert error.value.expression == "http.code"


def test_a_version_is_not_searched_by() -> None:
    with pytest.raises(NotSupported, match="names a version"):
        parse("code", "reference", "Patient/1/_history/2")


NAMES = sorted({p.code for type in TYPES for p in search_parameters(type)})
SUFFIXES = ("", ":Patient", ":exact", ":missing", ":", ".name", ":Patient.name")


@given(
    type=st.sampled_from(TYPES),
    name=st.one_of(st.sampled_from([*NAMES, "_count", "_elements", "_summary"]), st.text(max_size=8)),
    suffix=st.sampled_from(SUFFIXES),
    value=st.one_of(st.text(max_size=30), st.from_regex(r"(eq|ap)?[0-9]{4}(-[0-9]{2}){0,2}(T[0-9]{2}:[0-9]{2}(Z|\+99:99)?)?", fullmatch=True)),
)  # fmt: skip
def test_any_pair_is_parsed_or_refused_by_name(type: str, name: str, suffix: str, value: str) -> None:
    try:
        parse_search(type, [(name + suffix, value)])
    except Problem as problem:
        assert 400 <= problem.status < 500
        assert str(problem)


def test_a_leap_second_is_the_second_before_it() -> None:
    """https://hl7.org/fhir/R4/datatypes.html#dateTime allows one; no calendar here knows which minutes have it."""
    assert parse("date", "date", "2016-12-31T23:59:60Z") == parse("date", "date", "2016-12-31T23:59:59Z")
    with pytest.raises(Invalid):
        parse("date", "date", "2016-12-31T23:59:61Z")
