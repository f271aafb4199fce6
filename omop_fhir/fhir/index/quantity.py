"""Elements as numbers and quantities (https://hl7.org/fhir/R4/search.html#quantity).

Quantity and its kin, Range, Money, SampledData and numbers enter, entries leave: the exact number, or the range that the element
says. Units are kept as they were sent. A comparator makes a range that reaches from its number, that included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

from .entries import Found, QuantityEntry
from .kind import Kind
from .parameter import Parameter
from .path import Step

_LOWEST, _HIGHEST = Decimal("-Infinity"), Decimal("Infinity")
_FARTHEST = 300
"""A number beyond 1E+300, or finer than 1E-300, is a range: no numeric of PostgreSQL holds all that JSON can write."""
_ZERO, _EDGE, _FINEST = Decimal(0), Decimal(1).scaleb(_FARTHEST), Decimal(1).scaleb(-_FARTHEST)
_EXACT = Context(prec=3 * _FARTHEST, traps=[])
_CURRENCIES = "urn:iso:std:iso:4217"


def quantity(parameter: Parameter, kind: Kind) -> Step:
    """Quantity, Age, Count, Distance, Duration."""
    number = parameter.number()

    def add(value: Any, found: Found) -> None:
        entry = QuantityEntry(number, *_limits(value), value.get("system"), value.get("code"), value.get("unit"))
        if entry[1:] != (_LOWEST, _HIGHEST, None, None, None):
            found.quantities.append(entry)

    return add


def _limits(value: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    if "value" not in value:
        return _LOWEST, _HIGHEST
    low, high = _bounds(value["value"])
    comparator = value.get("comparator", "")
    return (_LOWEST if "<" in comparator else low, _HIGHEST if ">" in comparator else high)


def _bounds(value: Decimal | int) -> tuple[Decimal, Decimal]:
    exact = Decimal(value)
    if exact == 0:
        return _ZERO, _ZERO
    if exact.is_infinite() or exact.adjusted() > _FARTHEST:
        return (_EDGE, _HIGHEST) if exact > 0 else (_LOWEST, -_EDGE)
    if int(exact.as_tuple().exponent) >= -_FARTHEST:
        return exact, exact
    return exact.quantize(_FINEST, ROUND_FLOOR, _EXACT), exact.quantize(_FINEST, ROUND_CEILING, _EXACT)


def range_(parameter: Parameter, kind: Kind) -> Step:
    """Range: from its low to its high, in the unit of whichever there is."""
    number = parameter.number()

    def add(value: Any, found: Found) -> None:
        low, high = value.get("low", {}), value.get("high", {})
        unit = low if "value" in low else high
        if "value" in unit:
            limits = (_limits(low)[0], _limits(high)[1])
            found.quantities.append(QuantityEntry(number, *limits, unit.get("system"), unit.get("code"), unit.get("unit")))

    return add


def money(parameter: Parameter, kind: Kind) -> Step:
    """Money: the currency is the unit."""
    number = parameter.number()

    def add(value: Any, found: Found) -> None:
        if "value" in value:
            currency = value.get("currency")
            system = _CURRENCIES if currency else None
            found.quantities.append(QuantityEntry(number, *_bounds(value["value"]), system, currency, currency))

    return add


def sampled(parameter: Parameter, kind: Kind) -> Step:
    """SampledData: from the least to the greatest of its values; nothing where none is a number."""
    number = parameter.number()

    def add(value: Any, found: Found) -> None:
        values, unit = list(_samples(value)), value["origin"]
        if values:
            limits = (_bounds(min(values))[0], _bounds(max(values))[1])
            found.quantities.append(QuantityEntry(number, *limits, unit.get("system"), unit.get("code"), unit.get("unit")))

    return add


def _samples(value: Mapping[str, Any]) -> Iterator[Decimal]:
    """https://hl7.org/fhir/R4/datatypes.html#SampledData"""
    factor, origin = Decimal(value.get("factor", 1)), Decimal(value["origin"].get("value", 0))
    marks = {"L": value.get("lowerLimit"), "U": value.get("upperLimit")}
    for text in value.get("data", "").split():
        sample = marks.get(text, text)
        if sample is not None:
            number = _EXACT.fma(factor, _EXACT.create_decimal(sample), origin)
            if not number.is_nan():  # `E`, and what is no number
                yield number


def plain(parameter: Parameter, kind: Kind) -> Step:
    """decimal or integer."""
    number = parameter.number()
    return lambda value, found: found.quantities.append(QuantityEntry(number, *_bounds(value), None, None, None))


NUMBERS: Mapping[str, Callable[[Parameter, Kind], Step]] = dict.fromkeys(
    ("decimal", "integer", "positiveInt", "unsignedInt"), plain
)
"""By datatype."""
QUANTITIES: Mapping[str, Callable[[Parameter, Kind], Step]] = {
    **dict.fromkeys(("Quantity", "Age", "Count", "Distance", "Duration"), quantity),
    "Range": range_,
    "Money": money,
    "SampledData": sampled,
}
"""By datatype."""
