"""Predicates as SQL. Two-valued throughout: what is null does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..mapping.bind import Bound
from ..mapping.predicate import (
    Among,
    And,
    Column,
    Compare,
    EndsBefore,
    HasConcept,
    IsBlank,
    IsNull,
    Moment,
    Not,
    Or,
    Predicate,
)
from .statement import Arguments, value_of


@dataclass(frozen=True)
class Where:
    """Writes the predicates of one bound mapping.

    `concepts` holds the concept ids of every token that the predicates ask for.
    """

    bound: Bound
    args: Arguments
    concepts: Mapping[HasConcept, tuple[int, ...]]
    zone: str

    def sql(self, predicate: Predicate) -> str:
        """The predicate as an SQL condition."""
        match predicate:
            case And(parts):
                return self._join(" AND ", parts, "TRUE")
            case Or(parts):
                return self._join(" OR ", parts, "FALSE")
            case Not(part):
                return f"({self.sql(part)}) IS NOT TRUE"
            case Compare():
                return self._compare(predicate)
            case Among(column, values):
                return self._among(column, values)
            case HasConcept(columns=columns):
                ids = tuple(id for id in self.concepts[predicate] if id)
                return self._any(tuple(Among(column, ids) for column in columns))
            case IsNull(left):
                value = self._value(left)
                return "TRUE" if value is None else f"{value} IS NULL"
            case IsBlank(column):
                return self._blank(column)
            case EndsBefore(end, start):
                upper, lower = self._value(end), self._value(start)
                return f"{upper} <= {lower}" if upper and lower else "FALSE"

    def _join(self, word: str, parts: tuple[Predicate, ...], nothing: str) -> str:
        texts = [self.sql(part) for part in parts]
        return f"({word.join(texts)})" if len(texts) > 1 else texts[0] if texts else nothing

    def _any(self, parts: tuple[Predicate, ...]) -> str:
        return self._join(" OR ", parts, "FALSE")

    def _compare(self, predicate: Compare) -> str:
        value = self._value(predicate.left)
        if value is None:
            return "FALSE"
        if isinstance(predicate.value, str) and self.bound.type(_column(predicate.left)) not in _TEXTS:
            value = f"{value}::text"
        return f"{value} {predicate.operator} {self.args.bind(predicate.value)}"

    def _blank(self, column: Column) -> str:
        value = self._value(column)
        return "TRUE" if value is None else f"COALESCE(btrim({value}::text, E' \\t\\r\\n\\u00a0'), '') = ''"

    def _among(self, column: Column, values: tuple[int, ...]) -> str:
        value = self._value(column)
        if value is None or not values:
            return "FALSE"
        if len(values) == 1:
            return f"{value} = {self.args.bind(values[0])}"
        return f"{value} = ANY ({self.args.bind(values)})"

    def _value(self, left: Column | Moment) -> str | None:
        """The SQL of a column or moment, None where the database has nothing of it."""
        if isinstance(left, Column):
            return value_of(self.bound, left, self.zone) if self._has(left) else None
        columns = [column for column in left.columns if self._has(column)]
        return self._moment(left, columns) if columns else None

    def _has(self, column: Column) -> bool:
        return self.bound.name(column) is not None

    def _moment(self, moment: Moment, columns: list[Column]) -> str:
        cast = "date::timestamp" if moment.whole_days else "timestamp"
        values = [f"({_usable(value_of(self.bound, column, self.zone))})::{cast}" for column in columns]
        value = values[0] if len(values) == 1 else f"COALESCE({', '.join(values)})"
        if not moment.upper:
            return value
        if moment.whole_days or all(self.bound.type(column) == "date" for column in columns):
            return f"({value} + interval '1 day')"
        return (
            f"({value} + CASE {value} WHEN date_trunc('day', {value}) THEN interval '1 day'"
            f" WHEN date_trunc('second', {value}) THEN interval '1 second' ELSE interval '1 microsecond' END)"
        )


def _usable(value: str) -> str:
    """Null for what FHIR cannot say: infinity, BC, years above 9999."""
    return f"CASE WHEN {value} >= '0001-01-01' AND {value} < '10000-01-01' THEN {value} END"


_TEXTS = frozenset({"text", "character varying", "character"})


def _column(left: Column | Moment) -> Column:
    return left if isinstance(left, Column) else left.columns[0]
