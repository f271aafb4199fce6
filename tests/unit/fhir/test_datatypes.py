"""Primitive types: what is of them and what is not."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.fhir.datatypes import PRIMITIVES


@given(st.dates())
def test_every_date_of_the_calendar_is_one(value: object) -> None:
    text = str(value)
    assert PRIMITIVES["date"](text) is None
    assert PRIMITIVES["dateTime"](text) is None
    assert PRIMITIVES["date"](text[:7]) is None


@given(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32))
def test_a_date_is_one_of_the_calendar(year: int, month: int, day: int) -> None:
    try:
        datetime(year, month, day, tzinfo=UTC)
        exists = True
    except ValueError:
        exists = False
    assert (PRIMITIVES["date"](f"{year:04}-{month:02}-{day:02}") is None) == exists


@given(st.binary(min_size=1))
def test_every_base64_text_is_one(value: bytes) -> None:
    assert PRIMITIVES["base64Binary"](base64.b64encode(value).decode()) is None


@given(st.uuids())
def test_every_uuid_is_one(value: object) -> None:
    assert PRIMITIVES["uuid"](f"urn:uuid:{value}") is None
    assert PRIMITIVES["uri"](f"urn:uuid:{value}") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("boolean", False),
        ("code", "a b"),
        ("code", "a\u00a0b"),
        ("decimal", 1),
        ("decimal", 1e-300),
        ("id", "-.A9"),
        ("instant", "2015-02-07T13:28:17.239+02:00"),
        ("integer", -(2**31)),
        ("markdown", "a\n\tb"),
        ("oid", "urn:oid:1.2.0"),
        ("positiveInt", 2**31 - 1),
        ("string", "\u3000\ufeff"),
        ("string", " "),
        ("time", "23:59:60"),
        ("unsignedInt", 0),
        ("uri", "a:\u00e9"),
        ("url", "http://example.org"),
        ("dateTime", "2015-02-07T13:28:17-14:00"),
    ],
)
def test_of_the_type(name: str, value: object) -> None:
    assert PRIMITIVES[name](value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("boolean", 1),
        ("boolean", "true"),
        ("code", " a"),
        ("code", "a  b"),
        ("code", "a\tb"),
        ("code", ""),
        ("decimal", True),
        ("decimal", "1"),
        ("decimal", float("inf")),
        ("id", ""),
        ("id", "a_b"),
        ("id", "a\n"),
        ("instant", "2015-02-07"),
        ("instant", "2015-02-30T13:28:17Z"),
        ("integer", 2**31),
        ("integer", 1.0),
        ("integer", False),
        ("oid", "1.2"),
        ("positiveInt", 0),
        ("string", ""),
        ("string", "\x00"),
        ("string", 1),
        ("time", "24:00:00"),
        ("time", "10:00"),
        ("unsignedInt", -1),
        ("uri", "a b"),
        ("uri", ""),
        ("date", "2015-00"),
        ("date", "2015-02-07T00:00:00Z"),
        ("date", 2015),
        ("dateTime", "2015-02-07T13:28:17"),
        ("dateTime", "2015-02-07T13:28Z"),
        ("dateTime", "2015-02-07T13:28:17+15:00"),
        ("base64Binary", "AAA"),
        ("base64Binary", ""),
        ("base64Binary", "\u00e9"),
        ("uuid", "urn:uuid:x"),
        ("date", "2015-02-07\n"),
        ("date", "\u0662\u0660\u0661\u0665"),
    ],
)
def test_not_of_the_type(name: str, value: object) -> None:
    assert PRIMITIVES[name](value) is not None
