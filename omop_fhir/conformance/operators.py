"""The operators of assertions.

What enters: the values that were seen, the operator, and the value that the script names. What leaves: whether it
holds. What is rejected, with `Broken`: values that cannot be compared.
https://hl7.org/fhir/R4/valueset-assert-operator-codes.html

Several values are equal to one value only where each of them is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

from omop_fhir.fhir.dates import date_range

from .verdict import Broken

Test = Callable[[Sequence[str], str], bool]


def holds(seen: Sequence[str], operator: str, wanted: str | None) -> bool:
    """Whether what was seen fulfils the operator. Raises Broken."""
    if operator in _UNARY:
        return _UNARY[operator](seen)
    if operator not in _BINARY:
        raise Broken(f"{operator!r} is not an operator for this assertion")
    if wanted is None:
        raise Broken(f"{operator} needs a value to compare with")
    return _BINARY[operator](seen, wanted)


def described(operator: str, wanted: str | None) -> str:
    """What was wanted, for people: `in 200,201`."""
    return operator if operator in _UNARY or wanted is None else f"{operator} {wanted}"


def _equals(seen: Sequence[str], wanted: str) -> bool:
    return bool(seen) and all(value == wanted for value in seen)


def _in(seen: Sequence[str], wanted: str) -> bool:
    allowed = {part.strip() for part in wanted.split(",")}
    return bool(seen) and all(value in allowed for value in seen)


def _contains(seen: Sequence[str], wanted: str) -> bool:
    return any(wanted in value for value in seen)


def _order(seen: Sequence[str], wanted: str) -> int:
    """-1, 0 or 1: numbers as such, dates as far as both are precise."""
    if len(seen) != 1:
        raise Broken(f"{len(seen)} values, where one is to be compared with {wanted}")
    try:
        left, right = Decimal(seen[0]), Decimal(wanted)
        return (left > right) - (left < right)
    except InvalidOperation:
        return _date_order(seen[0], wanted)


def _date_order(left: str, right: str) -> int:
    """Dates are compared as far as both are precise; without a zone on both sides, as they are written."""
    try:
        (first, past), (begin, end) = date_range(left), date_range(right)
    except ValueError:
        raise Broken(f"{left!r} and {right!r} are neither numbers nor dates") from None
    if (first.tzinfo is None) != (begin.tzinfo is None):
        first, past, begin, end = (moment.replace(tzinfo=None) for moment in (first, past, begin, end))
    return (first >= end) - (past <= begin)


def _is_empty(seen: Sequence[str]) -> bool:
    return not any(value != "" for value in seen)


_UNARY: dict[str, Callable[[Sequence[str]], bool]] = {
    "empty": _is_empty,
    "notEmpty": lambda seen: not _is_empty(seen),
}
_BINARY: dict[str, Test] = {
    "equals": _equals,
    "notEquals": lambda seen, wanted: not _equals(seen, wanted),
    "in": _in,
    "notIn": lambda seen, wanted: not any(_in([value], wanted) for value in seen),
    "greaterThan": lambda seen, wanted: _order(seen, wanted) > 0,
    "lessThan": lambda seen, wanted: _order(seen, wanted) < 0,
    "contains": _contains,
    "notContains": lambda seen, wanted: not _contains(seen, wanted),
}
