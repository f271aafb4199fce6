"""JSON in and out with nothing lost: decimals keep their digits, and a key that stands twice in an object is refused.

Bytes enter, Python values leave, numbers with a fraction or exponent as `decimal.Decimal`; and back. Rejected with ValueError,
which names line and column: whatever RFC 8259 does not allow, NaN and Infinity, repeated keys, text that is not UTF-8, lone
surrogates, integers of more than 4,300 digits, more than 200 levels.
https://hl7.org/fhir/R4/json.html#primitive, https://www.rfc-editor.org/rfc/rfc8259
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import orjson
from jiter import from_json

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_REPEATED = re.compile(r'Detected duplicate key "(?P<key>.*)" at (?P<place>line \d+ column \d+)', re.DOTALL)
_UNEXPECTED = re.compile(r"Internal error.* at (?P<place>line \d+ column \d+)", re.DOTALL)
_LEAST, _MOST = -(2**63), 2**64 - 1
_PLAIN_ZEROS = 30
"""A decimal with fewer zeros after its point than this is written without an exponent."""


def loads(body: bytes) -> Any:
    """The value of a JSON text; a byte order mark before it is left aside (RFC 8259 §8.1). Raises ValueError."""
    text = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        return from_json(text, allow_inf_nan=False, cache_mode="keys", catch_duplicate_keys=True, float_mode="decimal")
    except ValueError as error:
        raise ValueError(_reason(str(error))) from None


def _reason(text: str) -> str:
    if found := _REPEATED.fullmatch(text):
        return f"the key `{found['key'][:100]}` stands twice in one object, at {found['place']}"
    if found := _UNEXPECTED.fullmatch(text):
        return f"number out of range at {found['place']}"
    return text.replace("recursion limit exceeded", "nested too deeply (more than 200 levels)")


def dumps(value: Any) -> bytes:
    """The JSON text of a value. Raises TypeError for what JSON cannot hold, NaN among it."""
    try:
        return orjson.dumps(value, _other)
    except orjson.JSONEncodeError:
        return orjson.dumps(_with_wide_integers(value), _other)


def _with_wide_integers(value: Any) -> Any:
    """The value with integers of more than 64 bits, which orjson does not write, as decimals."""
    if isinstance(value, dict):
        return {name: _with_wide_integers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_wide_integers(item) for item in value]
    return Decimal(value) if type(value) is int and not _LEAST <= value <= _MOST else value


def _other(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(decimal_text(value))
    raise TypeError(f"{type(value).__name__} is not a value of JSON")


def decimal_text(value: Decimal) -> str:
    """The number with exactly its digits: `1.00` stays `1.00`, and `1E+2`, which has one digit, does not become `100`.

    >>> decimal_text(Decimal("1.00")), decimal_text(Decimal("0.0000001")), decimal_text(Decimal("1e2"))
    ('1.00', '0.0000001', '1E+2')
    """
    text = str(value)
    if "E-" in text and value.adjusted() > -_PLAIN_ZEROS:
        return format(value, "f")
    return text
