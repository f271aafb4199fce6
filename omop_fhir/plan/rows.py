"""Projected columns become rows: those that hang together, one per standard concept, each in the table of its domain.

A filled projection enters; drafts of rows leave, in the order in which they can be inserted. A row whose required columns
cannot be filled is left out, and what it would have said is reported; without a row of the base there is none at all.
https://ohdsi.github.io/CommonDataModel/dataModelConventions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..mapping.codecs.base import Loss, Projection, is_said
from ..mapping.model import Source
from ..mapping.predicate import Column
from ..omop.cdm import TABLES
from ..omop.database import PresentTable
from ..omop.events import EVENTS, event_table
from .owned import KeyOf, OwnedRow, Span
from .target import Target, key_of_table

Columns = dict[str, Any]
"""By their names in CDM 5.4."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A row whose columns are not yet those of the database."""

    table: str
    role: str
    ordinal: int
    columns: Columns
    shared: bool = False


class NoRow(Exception):
    """There is no base row; why."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.reason)
        self.loss = loss


@dataclass(slots=True)
class Rows:
    """The rows of one resource in the making."""

    target: Target
    into: Projection
    filled: frozenset[Column]
    """Columns that a rule has filled: no element says them."""

    def build(self) -> tuple[OwnedRow, ...]:
        """All rows. Raises NoRow."""
        self._lose_unowned()
        owned = list(self._before())
        first = len(owned)
        owned += [self._finish(draft) for draft in self._base()]
        for draft in self._after(KeyOf(first)):
            try:
                owned.append(self._finish(draft))
            except NoRow as none:
                self._lose_alias(draft.role, none.loss.reason)
        return tuple(owned)

    def _lose_unowned(self) -> None:
        """Report what elements say of rows that are not written here, or in columns that this database lacks."""
        target, key = self.target, self.target.bound.mapping.key
        for column in sorted(self.into.columns.keys() - target.all_owned, key=str):
            value = self.into.columns[column]
            if not is_said(column.name, value) or (column == key and value == self.into.key):
                continue
            if column.alias not in target.owned:
                reason = f"rows of {target.bound.source(column.alias).table} are written by resources of their own"
            elif column == key:
                reason = "it is the server's own key"
            else:
                reason = f"this database has no column {target.bound.source(column.alias).table}.{column.name}"
            self.into.losses.append(Loss(target.expression(column), reason))

    def _columns(self, alias: str) -> Columns:
        return {column.name: self.into.columns.get(column) for column in self.target.owned[alias]}

    def _said(self, alias: str) -> bool:
        """Has an element something to say in a row of this alias?"""
        return any(is_said(column.name, self.into.columns.get(column)) for column in self.target.fed[alias])

    def _before(self) -> Iterator[OwnedRow]:
        """The rows that the base row refers to, such as an address; the base row gets their keys."""
        for number, source in enumerate(s for s in self._sources() if self.target.is_before(s)):
            [(_, link)] = source.join
            self.into.columns[link] = None
            if self._said(source.alias):
                shared = self.target.writing.rows[source.alias] == "shared"
                yield self._finish(Draft(source.table, source.alias, 0, self._columns(source.alias), shared))
                self.into.columns[link] = KeyOf(number)

    def _sources(self) -> list[Source]:
        """The joined sources that are written and there."""
        there = (alias for alias in self.target.writing.rows if alias in self.target.bound.tables)
        return [self.target.bound.source(alias) for alias in there]

    def _lose_alias(self, alias: str, reason: str) -> None:
        given = {c: value for c, value in self.into.columns.items() if c.alias == alias and c not in self.filled}
        said = (self.target.expression(column) for column, value in given.items() if is_said(column.name, value))
        for expression in dict.fromkeys(said):
            self.into.losses.append(Loss(expression, reason))

    def _after(self, base: KeyOf) -> Iterator[Draft]:
        """The rows that refer to the base row: a death, further races."""
        for source in self._sources():
            if self.target.is_before(source) or not self._said(source.alias):
                continue
            if all(self._holds(column, values) for column, values in source.where if column.alias != source.alias):
                fixed = {column.name: ids[0] for column, ids in source.where if column.alias == source.alias}
                columns = {**self._columns(source.alias), **fixed, **{own: base for own, _ in source.join}}
                for ordinal, each in enumerate(_one_by_one(columns) if source.many else (columns,)):
                    yield Draft(source.table, source.alias, ordinal, each)

    def _holds(self, column: Column, values: Sequence[int]) -> bool:
        return self.into.columns.get(column) in values

    def _base(self) -> list[Draft]:
        """The rows of the base: one, or where a concept is routed one for each standard concept, the home table's first."""
        base, route = self.target.base, self.target.writing.route
        columns = self._columns(base.alias)
        mapped = self.into.mapped.get(route) if route else None
        self._lose_further_concepts(route)
        if route is None or mapped is None:
            return [Draft(base.table, base.alias, 0, columns)]
        drafts = [draft for concept in mapped.standard for draft in self._routed(columns, route, concept.id, concept.domain)]
        if mapped.values and all("value_as_concept" not in EVENTS[draft.table].columns for draft in drafts):
            self.into.losses.append(Loss(mapped.expression, "the value that belongs to its concept has no column"))
        drafts.sort(key=lambda draft: draft.table != base.table)
        return [replace(draft, ordinal=number) for number, draft in enumerate(drafts)]

    def _lose_further_concepts(self, route: Column | None) -> None:
        for column, mapped in self.into.mapped.items():
            if column != route and len(mapped.standard) > 1:
                others = ", ".join(str(concept.id) for concept in mapped.standard[1:])
                self.into.losses.append(Loss(mapped.expression, f"{column} takes one concept; it maps to {others} too"))

    def _routed(self, columns: Columns, route: Column, concept: int, domain: str | None) -> Iterator[Draft]:
        """The rows of one standard concept; several where it has several values."""
        base = self.target.base
        table = event_table(domain) if domain else base.table
        own = {**columns, route.name: concept}
        if table != base.table:
            moved = self._moved(own, table)
            own, table = (moved, table) if moved is not None else (own, base.table)
        value_column = EVENTS[table].columns.get("value_as_concept")
        mapped = self.into.mapped[route]
        for value in mapped.values if value_column and mapped.values else (None,):
            yield Draft(table, base.alias, 0, {**own, value_column: value.id} if value_column and value else own)

    def _moved(self, columns: Columns, table: str) -> Columns | None:
        """The columns as another table of events has them; None, with a report, where the database lacks it."""
        home, other = EVENTS[self.target.base.table], EVENTS[table]
        if self.target.table(table) is None:
            self.into.losses.append(Loss(self.target.resource, f"the concept belongs into {table}, which is not there"))
            return None
        moved: Columns = dict.fromkeys(c for r, c in other.columns.items() if r in home.columns or r == "value_as_concept")
        kept = set()
        for name, value in columns.items():
            role = home.roles.get(name, "")
            if role in other.columns:
                moved[other.columns[role]] = value
                kept.add(self.target.expression(Column(self.target.base.alias, name)))
        self._lose_unmoved(columns, table, kept)
        return moved

    def _lose_unmoved(self, columns: Columns, table: str, kept: set[str]) -> None:
        """Report what the other table has no column for, unless the same element has found another there."""
        home, other = EVENTS[self.target.base.table], EVENTS[table]
        for name, value in columns.items():
            column = Column(self.target.base.alias, name)
            expression = self.target.expression(column)
            role = home.roles.get(name, "")
            if not is_said(name, value) or role in other.columns or column in self.filled:
                continue
            if role in ("end_date", "end_datetime") or expression not in kept:
                self.into.losses.append(Loss(expression, f"{table}, where its concept belongs, has no column for {name}"))

    def _finish(self, draft: Draft) -> OwnedRow:
        """The row in the database's own names. Raises NoRow where a required column stays empty."""
        table = self.target.database.tables[draft.table]
        columns = {}
        for name, value in draft.columns.items():
            own = table.column(name)
            if own is not None:
                columns[own] = self._fitted(value, own, table, name, draft)
            elif is_said(name, value):
                self._lose(draft, name, f"this database has no column {draft.table}.{name}")
        initial = dict(self._required(columns, table, draft))
        event = EVENTS.get(draft.table)
        anchors = frozenset(own for name in (event.anchors if event else ()) if (own := table.column(name)) in columns)
        return OwnedRow(
            draft.table, draft.role, draft.ordinal, key_of_table(draft.table), columns, initial, anchors, draft.shared
        )

    def _lose(self, draft: Draft, name: str, reason: str) -> None:
        self.into.losses.append(Loss(self._expression(draft, name), reason))

    def _expression(self, draft: Draft, name: str) -> str:
        """The element that a column of the draft comes from, be it in another table than the mapping's."""
        home, other = EVENTS.get(self.target.bound.source(draft.role).table), EVENTS.get(draft.table)
        if home and other and home is not other:
            name = home.columns.get(other.roles.get(name, ""), name)
        return self.target.expression(Column(draft.role, name))

    def _fitted(self, value: Any, own: str, table: PresentTable, name: str, draft: Draft) -> Any:
        """A value of the column's own type; one that it cannot take is reported."""
        type, limit = table.columns[own], table.lengths.get(own)
        if isinstance(value, str) and limit is not None and len(value) > limit:
            self._lose(draft, name, f"it has more than the {limit} characters of {draft.table}.{own}")
            return None
        if isinstance(value, str) and not can_encode(value, self.target.database.encoding):
            self._lose(draft, name, f"the database's encoding {self.target.database.encoding} lacks a character of it")
            return None
        if isinstance(value, Decimal) and type in _RANGES:
            if value == value.to_integral_value():
                return self._fitted(int(value), own, table, name, draft)
            self._lose(draft, name, f"{draft.table}.{own} takes whole numbers only")
            return None
        if isinstance(value, int) and type in _RANGES and value not in _RANGES[type]:
            self._lose(draft, name, f"{draft.table}.{own} is {type}: {value} is too large for it")
            return None
        return Decimal(value) if isinstance(value, int) and type == "numeric" else value

    def _required(self, columns: Columns, table: PresentTable, draft: Draft) -> Iterator[tuple[str, Any]]:
        """Fill what must not be null: an unknown concept is 0, and what lasts no longer than known ends as it starts."""
        event = EVENTS.get(draft.table)
        for name in sorted(table.required - {key_of_table(draft.table)}):
            if columns.get(name) is not None:
                continue
            if _is_concept(draft.table, name):
                if name in columns:
                    columns[name] = 0
                else:
                    yield name, 0
            elif event and event.roles.get(name) == "end_date" and columns.get(event.columns["start_date"]):
                columns[name] = columns[event.columns["start_date"]]
                reason = f"{draft.table}.{name} is required, and is filled with the day of the start"
                self.into.losses.append(Loss(self._expression(draft, name), reason, "imputed"))
            else:
                reason = f"OMOP has no {draft.table} without {name}"
                raise NoRow(Loss(self._expression(draft, name), reason))


def can_encode(text: str, encoding: str) -> bool:
    """Can a database of this encoding, as PostgreSQL names it, hold the text?

    >>> can_encode("Łódź", "UTF8"), can_encode("Łódź", "LATIN1"), can_encode("Łódź", "WIN1250")
    (True, False, True)
    """
    if encoding in ("UTF8", "SQL_ASCII"):
        return True
    try:
        text.encode(f"cp{encoding[3:]}" if encoding.startswith("WIN") else encoding)
    except UnicodeEncodeError:
        return False
    except LookupError:
        return text.isascii()
    return True


_RANGES = {"smallint": range(-(2**15), 2**15), "integer": range(-(2**31), 2**31), "bigint": range(-(2**63), 2**63)}


def _is_concept(table: str, name: str) -> bool:
    known = TABLES[table].column(name) if table in TABLES else None
    return known is not None and known.references == ("concept", "concept_id")


def _one_by_one(columns: Columns) -> Iterator[Columns]:
    """The rows of lists, value by value; what is no list is the same in each."""
    size = max((len(value) for value in columns.values() if isinstance(value, list)), default=0)
    for number in range(size):
        yield {name: value[number] if isinstance(value, list) else value for name, value in columns.items()}


def span(rows: Sequence[OwnedRow], base: str) -> Span | None:
    """The days on which the rows' person was observed; None where the base's rows are no events.

    What hangs on a person, such as further races, is no event, though it stands among observations.
    """
    rows = [row for row in rows if row.role == base]
    days = [day for row in rows for day in _days(row)]
    person = next((row.columns.get("person_id") for row in rows if _is_event(row)), None)
    return Span(person, min(days), max(days)) if days and person is not None else None


def _is_event(row: OwnedRow) -> bool:
    event = EVENTS.get(row.table)
    return event is not None and "start_date" in event.columns


def _days(row: OwnedRow) -> Iterator[date]:
    event = EVENTS.get(row.table)
    for role in ("start_date", "end_date"):
        day = row.columns.get(event.columns.get(role, "")) if event else None
        if day is not None and _is_event(row):
            yield day.date() if isinstance(day, datetime) else day
