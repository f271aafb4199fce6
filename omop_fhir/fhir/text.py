"""FHIR strings and codes (https://hl7.org/fhir/R4/datatypes.html#string): any text in, what R4 allows out.

R4's `string` takes printable characters, tab, line feed, carriage return and the plain space. A control character
becomes U+FFFD, any other white space a plain space; nothing is cut but what exceeds 1,048,576 characters, and that
is marked.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 1_048_576
_CUT = " [truncated]"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_SPACE = re.compile(r"[^\S \r\n\t]|\ufeff")
_INNER_SPACE = re.compile(r"\s\s")


def string(value: str | None) -> str | None:
    """`value` as a FHIR string; None where nothing is left to say."""
    if value is None:
        return None
    if not value.isprintable():
        value = _SPACE.sub(" ", _CONTROL.sub("\ufffd", value))
    if len(value) > LIMIT:
        value = value[: LIMIT - len(_CUT)] + _CUT
    return None if not value or value.isspace() else value


def code(value: str | None) -> str | None:
    """`value` as a FHIR code, without white space at its ends; None where it cannot be one."""
    if value is None:
        return None
    value = value.strip()
    return value if value and not _INNER_SPACE.search(value) and string(value) == value else None


_MARKS = re.compile("[\u0300-\u036f]")


def fold(value: str) -> str:
    """`value` without accents and in lower case, as strings are searched (https://hl7.org/fhir/R4/search.html#string)."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", value)).lower()
