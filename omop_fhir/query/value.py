"""Expressions as SQL: what columns hold, as searches compare and order it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..mapping.expression import (
    Cases,
    Coalesced,
    CodeOf,
    Column,
    Day,
    Decoded,
    Elapsed,
    Expression,
    FirstText,
    Instant,
    Lowest,
    Moment,
    PartialDate,
    Until,
    When,
)
from ..mapping.predicate import Predicate
from ..omop.database import DatabaseSchema
from ..omop.vocabulary import systems
from ..plan.order import sort_type
from .scope import Scope, table_name
from .statement import Arguments


@dataclass(frozen=True, slots=True)
class Values:
    """Writes the expressions of one scope. `condition` writes the predicates that some depend on."""

    scope: Scope
    args: Arguments
    schema: DatabaseSchema
    condition: Callable[[Predicate], str]

    def sql(self, left: Expression) -> str | None:
        """The SQL of an expression, None where the database has nothing of it."""
        return _EXPRESSIONS[type(left)](self, left)

    def _there(self, columns: tuple[Column, ...]) -> list[Column]:
        return [column for column in columns if self.scope.has(column)]

    def _column(self, column: Column) -> str | None:
        return self.scope.value(column) if self.scope.has(column) else None

    def _instant(self, left: Instant) -> str:
        return f"{self.args.bind(left.at)}::timestamptz" if isinstance(left.at, datetime) else self.scope.raw(left.at)

    def _day(self, left: Day) -> str | None:
        column = self._column(left.column)
        return None if column is None else f"to_char({column}, 'YYYYMMDD')::bigint"

    def _first_text(self, left: FirstText) -> str | None:
        texts = [self.scope.text(column) for column in self._there(left.columns)]
        return _coalesced([f"CASE WHEN {trimmed(text)} <> '' THEN {text} END" for text in texts])

    def _cases(self, left: Cases) -> str:
        whens = " ".join(f"WHEN {self.condition(where)} THEN {self.args.bind(text)}" for where, text in left.cases)
        return f"(CASE {whens} END)"

    def _when(self, left: When) -> str | None:
        value = self.sql(left.value)
        return None if value is None else f"(CASE WHEN {self.condition(left.where)} THEN {value} END)"

    def _coalesced(self, left: Coalesced) -> str | None:
        parts = [value for inner in left.values if (value := self.sql(inner)) is not None]
        types = {sort_type(inner) for inner in left.values}
        return _coalesced(parts if len(types) == 1 else [f"({part})::text" for part in parts])

    def _until(self, left: Until) -> str | None:
        start, end, given = self.sql(left.start), self.sql(left.end), self.sql(left.given_end)
        if start is None:
            return end
        closed = f"COALESCE({end}, 'infinity'::timestamp)" if end else "'infinity'::timestamp"
        error = f"WHEN {given} <= {start} THEN 'infinity'::timestamp " if given else ""
        return f"(CASE {error}WHEN {start} IS NOT NULL THEN {closed}{f' ELSE {end}' if end else ''} END)"

    def _lowest(self, left: Lowest) -> str | None:
        if left.alias not in self.scope.bound.tables:
            return None
        value, condition = self.sql(left.value), self.scope.condition(self.scope.bound.source(left.alias))
        by = ' COLLATE "C"' if sort_type(left.value) == "text" else ""
        best = f"{'max' if left.highest else 'min'}({value}{by})"
        return None if value is None else f"(SELECT {best} FROM {self.scope.table(left.alias)} WHERE {condition})"

    def _partial_date(self, left: PartialDate) -> str | None:
        """yyyymmdd; an impossible month or day counts as unknown, and the unknown as the first."""
        year = self._column(left.year)
        month, day = ((self._column(column) if column else None) or "NULL::int" for column in (left.month, left.day))
        if year is None:
            return None
        length = f"extract(day FROM make_date({year}::int, {month}::int, 1) + interval '1 month' - interval '1 day')"
        good_day = f"CASE WHEN {day} BETWEEN 1 AND {length} THEN {month} * 100 + {day} ELSE {month} * 100 + 1 END"
        rest = f"CASE WHEN {month} BETWEEN 1 AND 12 THEN {good_day} ELSE 101 END"
        return f"(CASE WHEN {year} BETWEEN 1 AND 9999 THEN {year}::bigint * 10000 + {rest} END)"

    def _moment(self, moment: Moment) -> str | None:
        columns = self._there(moment.columns)
        cast = "date::timestamp" if moment.whole_days else "timestamp"
        values = [f"({_usable(self.scope.value(column))})::{cast}" for column in columns]
        value = _coalesced(values)
        if value is None or not moment.upper:
            return value
        if moment.whole_days or all(self.scope.bound.type(column) == "date" for column in columns):
            return f"({value} + interval '1 day')"
        return (
            f"({value} + CASE {value} WHEN date_trunc('day', {value}) THEN interval '1 day'"
            f" WHEN date_trunc('second', {value}) THEN interval '1 second' ELSE interval '1 microsecond' END)"
        )

    def _elapsed(self, left: Elapsed) -> str | None:
        first, last = self._column(left.start), self._column(left.end)
        if first is None or last is None:
            return None
        zone = f"AT TIME ZONE '{self.scope.zone}'"
        timed = " AND ".join(f"{v} <> date_trunc('day', {v})" for v in (first, last))
        minutes = f"extract(epoch FROM ({last} {zone}) - ({first} {zone}))::numeric / 60"
        return f"(CASE WHEN {timed} AND {last} {zone} >= {first} {zone} THEN round({minutes}, 3) END)"

    def _code(self, left: CodeOf) -> str | None:
        """The code that a concept is rendered with, looked up row by row."""
        id = _coalesced([f"NULLIF({self.scope.value(column)}, 0)" for column in self._there(left.columns)])
        if id is None:
            return None
        table = self.schema.tables.get("concept")
        if table is None:
            return f"({id})::text"
        known = self.args.bind(tuple(systems()))
        code = f"CASE WHEN c.vocabulary_id = ANY ({known}) THEN btrim(c.concept_code) END"
        found = f"SELECT {code} FROM {table_name(table)} c WHERE c.concept_id = {id}"
        return f"COALESCE(({found}), ({id})::text)"

    def _decoded(self, decoded: Decoded) -> str | None:
        if not self.scope.has(decoded.column):
            return None if decoded.otherwise is None else f"{self.args.bind(decoded.otherwise)}"
        ids, codes = zip(*decoded.codes, strict=True)
        place = f"array_position({self.args.bind(ids)}, {self.scope.value(decoded.column)}::bigint)"
        code = f"({self.args.bind(codes)})[{place}]"
        return code if decoded.otherwise is None else f"COALESCE({code}, {self.args.bind(decoded.otherwise)})"


_EXPRESSIONS: Mapping[type, Callable[[Values, Any], str | None]] = {
    Cases: Values._cases,
    Coalesced: Values._coalesced,
    CodeOf: Values._code,
    Column: Values._column,
    Day: Values._day,
    Decoded: Values._decoded,
    Elapsed: Values._elapsed,
    FirstText: Values._first_text,
    Instant: Values._instant,
    Lowest: Values._lowest,
    Moment: Values._moment,
    PartialDate: Values._partial_date,
    Until: Values._until,
    When: Values._when,
}
"""What writes which expression."""


def _coalesced(values: list[str]) -> str | None:
    return f"COALESCE({', '.join(values)})" if len(values) > 1 else values[0] if values else None


def trimmed(text: str) -> str:
    """A text without white space at its ends."""
    return f"btrim({text}, E' \\t\\r\\n\\u00a0')"


def _usable(value: str) -> str:
    """Null for what FHIR cannot say: infinity, BC, years above 9999."""
    return f"CASE WHEN {value} >= '0001-01-01' AND {value} < '10000-01-01' THEN {value} END"
