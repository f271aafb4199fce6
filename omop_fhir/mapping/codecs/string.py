"""Plain values: `string`, `markdown`, `integer`, `decimal`, `quantity`, `human_name` and `absent`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from ...fhir import text
from ...fhir.absent import absent
from ...fhir.datatypes import PRIMITIVES
from ...fhir.values import SearchValue, StringValue
from ..expression import Column, Expression, FirstText
from ..predicate import NEVER, IsBlank, Matches, Not, Predicate, all_of, any_of
from ..site import Site
from .base import Codec, Projection, codec
from .writer import Put, Writer

_DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def matches_text(value: SearchValue, columns: tuple[Column, ...]) -> Predicate:
    """The predicate of rows in which one of the text columns matches a string value."""
    if not isinstance(value, StringValue):
        return NEVER
    return any_of(tuple(all_of((Not(IsBlank(c)), Matches(c, value.mode, value.text))) for c in columns))


@codec("string", "string")
@dataclass(frozen=True, kw_only=True)
class String(Codec):
    """A string."""

    searched_by: ClassVar = frozenset({"string"})

    column: Column

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("t")
        w.line(f"{value} = {w.constant(text.string, 'string')}({w.read(self.column)})")
        with w.block(f"if {value} is not None:"):
            put(value, self.type)

    def project(self, value: Any, into: Projection) -> None:
        into.write(self.column, value)

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return matches_text(value, (self.column,))

    def order(self, site: Site) -> Expression | None:
        return FirstText((self.column,))

    def present(self, site: Site) -> Predicate:
        return Not(IsBlank(self.column))


@codec("integer", "integer")
@dataclass(frozen=True, kw_only=True)
class Integer(Codec):
    """An integer of 32 bits; anything larger is left out, since FHIR's integer cannot hold it."""

    integers: ClassVar = frozenset({"column"})

    column: Column

    def emit(self, w: Writer, put: Put) -> None:
        value = w.load(self.column)
        with w.block(f"if {value} is not None and -2147483648 <= {value} <= 2147483647:"):
            put(value, self.type)

    def project(self, value: Any, into: Projection) -> None:
        into.assign(self.column, value)


class Numbers:
    """A numeric column's text as a JSON number with all its digits; None for NaN, infinity and absence."""

    def __init__(self, decimal: Callable[[str], object]) -> None:
        self.decimal = decimal

    def __call__(self, value: str | int | None) -> Any:
        """The number, or None."""
        if value is None or isinstance(value, int):
            return value
        return self.decimal(value) if _DECIMAL.fullmatch(value) else None


def number_of(value: Any) -> Decimal | None:
    """A JSON number with all its digits; None for absence."""
    return None if value is None else value if isinstance(value, Decimal) else Decimal(str(value))


@codec("decimal", "decimal")
@dataclass(frozen=True, kw_only=True)
class Number(Codec):
    """A decimal, with the digits that the database holds."""

    column: Column

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("n")
        w.line(f"{value} = {w.constant(Numbers(w.decimal), 'number')}({w.read(self.column)})")
        with w.block(f"if {value} is not None:"):
            put(value, self.type)

    def project(self, value: Any, into: Projection) -> None:
        into.assign(self.column, number_of(value))


@codec("quantity", "Quantity")
@dataclass(frozen=True, kw_only=True)
class Quantity(Codec):
    """A Quantity: a number and, where it is known, a fixed UCUM unit."""

    value: Column
    unit: str = ""
    code: str = ""

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("n")
        w.line(f"{value} = {w.constant(Numbers(w.decimal), 'number')}({w.read(self.value)})")
        with w.block(f"if {value} is not None:"):
            put(f"{{'value': {value}{self._unit()}}}", self.type)

    def _unit(self) -> str:
        unit = {"unit": self.unit} if self.unit else {}
        coded = {"system": "http://unitsofmeasure.org", "code": self.code} if self.code else {}
        return "".join(f", {key!r}: {value!r}" for key, value in {**unit, **coded}.items())

    def project(self, value: Any, into: Projection) -> None:
        into.lose_others(value or {}, {"value", "unit", "system", "code"})
        if value and (value.get("code", ""), value.get("unit", "")) != (self.code, self.unit):
            into.lose("unit", f"the column holds {self.code or self.unit or 'numbers without unit'}")
        into.assign(self.value, number_of((value or {}).get("value")))


def _composed(name: dict[str, Any]) -> str | None:
    """The parts of a name in the order in which a name is written."""
    parts = (*name.get("prefix", ()), *name.get("given", ()), name.get("family"), *name.get("suffix", ()))
    return " ".join(part for part in parts if part) or None


@codec("human_name", "HumanName")
@dataclass(frozen=True, kw_only=True)
class Name(Codec):
    """A HumanName of which only the whole text is known: OMOP does not split names, and neither do we."""

    searched_by: ClassVar = frozenset({"string"})

    text: Column
    family: str = ""
    """A data-absent-reason for the family name, where a profile demands one beside the text."""
    absent: str = ""
    """A data-absent-reason where there is no text: of the family name, where one is demanded, else of the name."""

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("t")
        w.line(f"{value} = {w.constant(text.string, 'string')}({w.read(self.text)})")
        with w.block(f"if {value} is not None:"):
            family = f", '_family': {w.fixed(absent(self.family), 'absent')}" if self.family else ""
            put(f"{{'text': {value}{family}}}", self.type)
        if self.absent:
            with w.block("else:"):
                put(w.fixed(self._absent(), "absent"), self.type)

    def _absent(self) -> dict[str, Any]:
        return {"_family": absent(self.absent)} if self.family else absent(self.absent)

    def project(self, value: Any, into: Projection) -> None:
        name = {} if self.absent and value == self._absent() else value or {}
        said = {"_family"} if self.family and name.get("_family") == absent(self.family) else set()
        into.lose_others(name, {"text", *said})
        into.write(self.text, name.get("text") or _composed(name), "text")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return matches_text(value, (self.text,))

    def order(self, site: Site) -> Expression | None:
        return FirstText((self.text,))

    def present(self, site: Site) -> Predicate:
        return Not(IsBlank(self.text))


@codec("absent", "Element")
@dataclass(frozen=True, kw_only=True)
class Absent(Codec):
    """An element that a profile demands and OMOP has not: only the reason why there is nothing."""

    reason: str
    datatype: str = ""
    """What the value would be; the loader fills it in, except for a choice."""

    def emit(self, w: Writer, put: Put) -> None:
        put(w.fixed(absent(self.reason), "absent"), self._type)

    @property
    def _type(self) -> str:
        return f"_{self.datatype}" if self.datatype in PRIMITIVES else self.datatype

    def absence(self) -> Mapping[str, Any]:
        return {self._type: absent(self.reason)}

    def present(self, site: Site) -> Predicate:
        """The reason why there is no value is none."""
        return NEVER

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return NEVER

    def order(self, site: Site) -> Expression | None:
        return None

    def project(self, value: Any, into: Projection) -> None:
        if value is not None and value != absent(self.reason):
            into.lose("", "no OMOP column holds it")
