"""JSON in and out: nothing is lost, what is not JSON is refused; Python's own parser, made strict, is the oracle."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omop_fhir.fhir.json import dumps, loads

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@pytest.mark.parametrize("number", ["1.00", "0.10", "-0.0", "100", "0.0000001", "12345678901234567890.0100", "1E+2", "9" * 100])
def test_a_decimal_keeps_its_digits(number: str) -> None:
    assert dumps(loads(b'{"value":%b}' % number.encode())) == b'{"value":%b}' % number.encode()


@given(NUMBERS)
def test_any_number_keeps_value_and_digits(number: str) -> None:
    again = dumps(loads(number.encode())).decode()
    assert Decimal(again) == Decimal(number)
    if "." in number:
        assert Decimal(again).as_tuple() == Decimal(number).as_tuple()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)


@given(VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert loads(dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a":{"b":1,"b":2}}', "the key `b` stands twice in one object, at line 1 column 17"),
        (b'{"\xc3\xa9":1,"\\u00e9":2}', "the key `\u00e9` stands twice in one object"),
        (b"[NaN]", "line 1 column 2"),
        (b"[-Infinity]", "line 1 column 3"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "nested too deeply"),
        (b'["\\ud800"]', "hex escape"),
        (b'["\\udc00"]', "surrogate"),
        (b'["\xed\xa0\x80"]', "unicode"),
        (b'["\xff"]', "unicode"),
        (b'["\x00"]', "control character"),
        (b"[%b]" % (b"9" * 5000), "number out of range"),
        (b"[1e-999999999999999999999]", "number out of range at line 1 column 26"),
        (b"", "EOF"),
        (b"{} x", "trailing characters"),
        (b"null\x00", "trailing characters"),
        (b"[01]", "invalid number"),
        (b"[1.]", "invalid number"),
        (b'{"a":1,}', "trailing comma"),
        (b"['a']", "expected value"),
        ("{}".encode("utf-16"), "expected value"),
    ],
)
def test_what_is_not_json_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=r"at line \d+ column \d+") as error:
        loads(text)
    assert reason in str(error.value)


def test_a_byte_order_mark_is_left_aside() -> None:
    assert loads(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("-Infinity"), {1, 2}, b"x", 1j])
def test_what_json_cannot_hold_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        dumps({"a": value})


def strict(text: bytes) -> Any:
    """Python's own parser without its leniencies. Raises ValueError."""

    def constant(name: str) -> None:
        raise ValueError(name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("repeated")
        return dict(pairs)

    decoded = text.decode("utf-8")
    if decoded.strip() != decoded.strip(" \t\r\n"):
        raise ValueError("foreign space")
    value = json.loads(decoded, parse_float=Decimal, parse_constant=constant, object_pairs_hook=once)
    json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")  # lone surrogates fail here
    return value


PIECES = st.sampled_from(
    ['{"a":', '"a"', "}", "{", "[", "]", ",", ":", "1", "1.0", "-0", "01", "1e5", "true", "null", "NaN", " ", "\n", '"\\u0041"',
     '"\\ud83d\\ude00"', '"\\ud800"', '"\\"', "\\", '"', "\u00e9", "\x00", "\x0b", '"b":1', '"a":2']
)  # fmt: skip


@given(st.lists(PIECES, max_size=9).map("".join).map(str.encode) | st.binary(max_size=12))
@example(b'{"a":1,"a":2}')
@example(b'{"a":1,"\\u0061":2}')
def test_it_agrees_with_the_oracle(text: bytes) -> None:
    try:
        expected = strict(text)
    except ValueError:
        with pytest.raises(ValueError, match="at line"):
            loads(text)
    else:
        assert loads(text) == expected
