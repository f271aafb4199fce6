"""The primitive types of FHIR R4: which JSON values are of each.

What enters: one value as the JSON parser gave it. What leaves: None if it is of the type, else what is wrong
with it, in words that begin after the name of the value ("is not a date").
https://hl7.org/fhir/R4/datatypes.html#primitive Stricter than the published patterns where the text is: dates
exist in the calendar, integers have 32 bits, base64 decodes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from types import MappingProxyType

PrimitiveCheck = Callable[[object], str | None]

STRING_LIMIT = 1024 * 1024
"""Characters of a string."""

_DECIMAL_DIGITS = 1000
_DECIMAL_EXPONENT = 1000
_DECIMAL_MOST = 10**_DECIMAL_DIGITS
_TOO_LARGE = f"has more than {_DECIMAL_DIGITS} digits, or an exponent beyond {_DECIMAL_EXPONENT}"

_YEAR = r"(?!0000)[0-9]{4}"
_DAY = rf"{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_DATE = re.compile(rf"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?|{_DAY}").fullmatch
_DATETIME = re.compile(rf"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?|{_DAY}(?:T{_CLOCK}{_ZONE})?").fullmatch
_ZONELESS = re.compile(rf"{_DAY}T{_CLOCK}").fullmatch
_INSTANT = re.compile(rf"{_DAY}T{_CLOCK}{_ZONE}").fullmatch
_TIME = re.compile(_CLOCK).fullmatch
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}").fullmatch
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_CODE = re.compile(r"[^ \t\r\n]+(?: [^ \t\r\n]+)*").fullmatch
_XML_SPACE = re.compile(r"[ \t\r\n]")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]").search
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def check_string(value: object) -> str | None:
    """https://hl7.org/fhir/R4/datatypes.html#string"""
    if type(value) is not str:
        return "is not a string"
    if not value:
        return "is empty"
    if len(value) > STRING_LIMIT:
        return f"has more than {STRING_LIMIT} characters"
    if value.isprintable():
        return None
    wrong = _FORBIDDEN(value)
    return f"holds the character U+{ord(wrong[0]):04X}" if wrong else None


def check_id(value: object) -> str | None:
    if type(value) is str and _ID(value):
        return None
    return "is not an id: 1 to 64 of A-Z a-z 0-9 - and ."


def check_code(value: object) -> str | None:
    if type(value) is str and _CODE(value) and not _FORBIDDEN(value):
        return None
    return "is not a code: no space at its ends, no white space within but single spaces"


def check_uri(value: object) -> str | None:
    """Also url and canonical. An OID or UUID in it must be a right one."""
    problem = check_string(value)
    if problem is not None or type(value) is not str:
        return problem
    if _XML_SPACE.search(value):
        return "is not a URI: it holds white space"
    if value.startswith("urn:"):
        if value.startswith("urn:oid:"):
            return check_oid(value)
        if value.startswith("urn:uuid:"):
            return check_uuid(value)
    return None


def check_oid(value: object) -> str | None:
    return None if type(value) is str and _OID(value) else "is not an OID (urn:oid:...)"


def check_uuid(value: object) -> str | None:
    return None if type(value) is str and _UUID(value) else "is not a UUID (urn:uuid:..., in lower case)"


def check_boolean(value: object) -> str | None:
    return None if value is True or value is False else "is not true or false"


def _integer_check(name: str, least: int) -> PrimitiveCheck:
    def check(value: object) -> str | None:
        if type(value) is int and least <= value < 2**31:
            return None
        return f"is not of type {name} ({least} to {2**31 - 1})"

    return check


def check_decimal(value: object) -> str | None:
    """A JSON number; the parser may give int, float or decimal.Decimal.

    R4 asks for 18 digits at least; a number that no other system could read is refused.
    """
    if isinstance(value, Decimal):
        return _check_size(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "is not a number"
    if isinstance(value, int):
        return None if -_DECIMAL_MOST < value < _DECIMAL_MOST else _TOO_LARGE
    return None if isfinite(value) else "is not a finite number"


def _check_size(value: Decimal) -> str | None:
    if not value.is_finite():
        return "is not a finite number"
    if len(value.as_tuple().digits) > _DECIMAL_DIGITS or abs(value.adjusted()) > _DECIMAL_EXPONENT:
        return _TOO_LARGE
    return None


def check_date(value: object) -> str | None:
    if type(value) is str and _DATE(value):
        return _calendar(value)
    return "is not a date (YYYY, YYYY-MM or YYYY-MM-DD)"


def check_datetime(value: object) -> str | None:
    if type(value) is not str:
        return "is not a dateTime"
    if _DATETIME(value):
        return _calendar(value)
    if _ZONELESS(value):
        return "is a dateTime with a time and no time zone"
    return "is not a dateTime (YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz)"


def check_instant(value: object) -> str | None:
    if type(value) is str and _INSTANT(value):
        return _calendar(value)
    return "is not an instant (YYYY-MM-DDThh:mm:ss.sss+zz:zz)"


def _calendar(value: str) -> str | None:
    """A text of the right form may still name a day that its month does not have."""
    if value[8:10] <= "28":
        return None
    year, month, day = int(value[:4]), int(value[5:7]), int(value[8:10])
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return None if day <= _MONTH_DAYS[month - 1] + leap else "is not a day of the calendar"


def check_time(value: object) -> str | None:
    return None if type(value) is str and _TIME(value) else "is not a time (hh:mm:ss)"


def check_base64(value: object) -> str | None:
    if type(value) is not str or not value:
        return "is not base64"
    try:
        binascii.a2b_base64(_XML_SPACE.sub("", value).encode("ascii"), strict_mode=True)
    except ValueError:
        return "is not base64"
    return None


PRIMITIVES: Mapping[str, PrimitiveCheck] = MappingProxyType(
    {
        "base64Binary": check_base64,
        "boolean": check_boolean,
        "canonical": check_uri,
        "code": check_code,
        "date": check_date,
        "dateTime": check_datetime,
        "decimal": check_decimal,
        "id": check_id,
        "instant": check_instant,
        "integer": _integer_check("integer", -(2**31)),
        "markdown": check_string,
        "oid": check_oid,
        "positiveInt": _integer_check("positiveInt", 1),
        "string": check_string,
        "time": check_time,
        "unsignedInt": _integer_check("unsignedInt", 0),
        "uri": check_uri,
        "url": check_uri,
        "uuid": check_uuid,
        "xhtml": check_string,
    }
)
"""The check of each primitive type. That of `xhtml` sees a string only: what may stand in it is the
narrative's matter."""
