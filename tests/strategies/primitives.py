"""Values of the primitive types of R4 (https://hl7.org/fhir/R4/datatypes.html#primitive), the awkward ones too.

Texts hold any letter of Unicode and no control character; numbers have trailing zeros; dates are partial.
"""

from __future__ import annotations

import base64
from calendar import monthrange
from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from hypothesis import strategies as st

_LETTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r \u00a0\u3000aZ09\"\\<&'\u00e9\U0001f600")
TEXT = st.text(_LETTERS, min_size=1, max_size=12).filter(lambda text: not text.startswith("#"))
"""No text begins as a reference to a contained resource does: dom-3 would take it for one."""
ID = st.from_regex(r"[A-Za-z0-9\-.]{1,12}", fullmatch=True)
_WORD = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=5)
CODE = st.lists(_WORD, min_size=1, max_size=2).map(" ".join).filter(lambda text: not text.startswith("#"))
OID = st.lists(st.integers(0, 9999), min_size=1, max_size=4).map(lambda parts: "urn:oid:2." + ".".join(map(str, parts)))
UUID = st.uuids().map(lambda value: f"urn:uuid:{value}")
_TAIL = st.text(st.sampled_from("abcXYZ019-._~/?&=%|\u00e9"), max_size=10)
WEB = _TAIL.map(lambda tail: f"http://example.org/{tail}")
URI = WEB | WEB | OID | UUID | st.just("mailto:a@example.org")

_DIGITS = st.from_regex(r"-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,4}|\.[0-9]0{1,3})?", fullmatch=True)
DECIMAL = _DIGITS.map(lambda text: Decimal(text) if "." in text else int(text))

_MOMENT = st.tuples(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 31), st.integers(0, 23), st.integers(0, 59))
_FRACTION = st.sampled_from(["", "", ".5", ".000", ".123456789"])
_ZONE = st.sampled_from(["Z", "+00:00", "-00:00", "+14:00", "-05:30"])
_SECOND = st.sampled_from(["00", "07", "59", "59", "60"])


def _day(moment: tuple[int, int, int, int, int]) -> str:
    year, month, day, *_ = moment
    return f"{year:04}-{month:02}-{min(day, monthrange(year, month)[1]):02}"


def _instant(moment: tuple[int, int, int, int, int], second: str, fraction: str, zone: str) -> str:
    return f"{_day(moment)}T{moment[3]:02}:{moment[4]:02}:{second}{fraction}{zone}"


INSTANT = st.builds(_instant, _MOMENT, _SECOND, _FRACTION, _ZONE)
_PRECISION = st.sampled_from([4, 7, 10])
DATE = st.builds(lambda moment, size: _day(moment)[:size], _MOMENT, _PRECISION)
DATETIME = DATE | INSTANT
TIME = st.builds(
    lambda moment, second, fraction: f"{moment[3]:02}:{moment[4]:02}:{second}{fraction}", _MOMENT, _SECOND, _FRACTION
)


def _div(text: str, address: str) -> str:
    link = f'<a href="{escape(address)}">a</a>'
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(text)}x</p>{link}</div>'


XHTML = st.builds(_div, TEXT.map(lambda text: text.replace("\ufffe", "").replace("\uffff", "")), WEB)

PRIMITIVES: Mapping[str, st.SearchStrategy[Any]] = {
    "base64Binary": st.binary(min_size=1, max_size=9).map(lambda data: base64.b64encode(data).decode()),
    "boolean": st.booleans(),
    "canonical": URI,
    "code": CODE,
    "date": DATE,
    "dateTime": DATETIME,
    "decimal": DECIMAL,
    "id": ID,
    "instant": INSTANT,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "markdown": TEXT,
    "oid": OID,
    "positiveInt": st.integers(1, 2**31 - 1),
    "string": TEXT,
    "time": TIME,
    "unsignedInt": st.integers(0, 2**31 - 1),
    "uri": URI,
    "url": URI,
    "uuid": UUID,
    "xhtml": XHTML,
}
"""A strategy for each primitive type."""
