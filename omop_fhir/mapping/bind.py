"""A mapping meets a database: which of its tables and columns are there, and where each stands in a record.

A `Mapping` and the `DatabaseSchema` at hand enter; a `Bound` mapping leaves. A column or joined table that is absent
renders as absence and takes its search parameters with it; without its base table the mapping is withdrawn, with
the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass
from functools import cached_property

from ..omop.cdm import TABLES
from ..omop.database import DatabaseSchema, PresentTable
from .model import Mapping, Parameter, Source
from .predicate import ALWAYS, Column, Predicate
from .yaml import MappingError, Mark

INTEGERS = frozenset({"smallint", "integer", "bigint"})
NUMBERS = INTEGERS | {"numeric", "real", "double precision"}
MOMENTS = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_SERVING = {"integer": NUMBERS, "timestamp": MOMENTS, "date": MOMENTS}


@dataclass(frozen=True, eq=False)
class Bound:
    """A mapping as this database can serve it."""

    mapping: Mapping
    tables: Mapping_[str, PresentTable]
    """alias -> the table, for those that are there"""
    columns: tuple[Column, ...]
    """What a record holds, in order, the key first."""
    absent: tuple[Column, ...]
    search: Mapping_[str, Parameter]
    """The declared search parameters that have data behind them."""
    filter: Predicate = ALWAYS
    """Which rows of the base table are resources of this source."""
    ours: range = range(0)
    """Keys that are ours: rows with these belong to documents, persons with these are documents."""
    twin: Bound | None = None
    """Of documents: the source whose resources they are."""
    adopted: PresentTable | None = None
    """Our table of documents, where rows beside `ours` may have become documents; None: none have."""
    adopts: bool = False
    """May rows become documents?"""

    def name(self, column: Column) -> str | None:
        """The column's name in this database, None where it is absent."""
        table = self.tables.get(column.alias)
        return table.column(column.name) if table else None

    def type(self, column: Column) -> str:
        """The column's PostgreSQL type."""
        return self.tables[column.alias].columns[self.name(column) or ""]

    def source(self, alias: str) -> Source:
        """The entry of `from` with this alias."""
        return self.mapping.sources[alias]

    def may_hold(self, *, is_ours: bool) -> bool:
        """Can a resource of this source have a key that is ours, or one that is not? A document may have been a row before."""
        if self.twin is None:
            return not (is_ours and self.ours)
        return is_ours or self.twin.adopted is not None

    @cached_property
    def joins(self) -> tuple[Source, ...]:
        """The joined sources that are there, in the order of the mapping."""
        return tuple(s for s in self.mapping.sources.values() if s.key is None and s.alias in self.tables)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A mapping that this database cannot serve, and why."""

    mapping: Mapping
    reason: str


def bind(mapping: Mapping, database: DatabaseSchema) -> Bound | Withdrawn:
    """The mapping as `database` can serve it.

    Raises MappingError where a site's mapping names a table or column that neither the CDM nor the database knows.
    """
    tables = {alias: database.tables[s.table] for alias, s in mapping.sources.items() if s.table in database.tables}
    _check_names(mapping, tables)
    if mapping.base.alias not in tables:
        reason = database.absent.get(mapping.base.table, "it is not there")
        return Withdrawn(mapping, f"table {mapping.base.table}: {reason}")
    tables = {alias: table for alias, table in tables.items() if _joinable(mapping.sources[alias], tables)}
    wanted = tuple(dict.fromkeys(mapping.columns()))
    there = tuple(column for column in wanted if _has(tables, column))
    if mapping.key not in there or any(column not in there for column in mapping.compartment.values()):
        return Withdrawn(mapping, f"table {mapping.base.table} lacks its key or the column of its compartment")
    search = {code: parameter for code, parameter in mapping.search.items() if _is_answerable(parameter, tables)}
    return Bound(mapping, tables, there, tuple(c for c in wanted if c not in there), search)


def _is_answerable(parameter: Parameter, tables: Mapping_[str, PresentTable]) -> bool:
    """Has the database one of the columns that the element is made of, or needs it none?"""
    needed = parameter.codec.search_columns() or tuple(parameter.codec.columns())
    return not needed or any(_has(tables, column) for column in needed)


def _has(tables: Mapping_[str, PresentTable], column: Column) -> bool:
    """Is the column there, with a type that can serve? A key, concept id or date kept as text cannot."""
    table = tables.get(column.alias)
    name = table.column(column.name) if table else None
    return bool(table and name and table.columns[name] in _SERVING.get(column.kind, (table.columns[name],)))


def _joinable(source: Source, tables: Mapping_[str, PresentTable]) -> bool:
    own = [Column(source.alias, name) for name, _ in source.join]
    others = [column for _, column in source.join] + [column for column, _ in source.where]
    return all(_has(tables, column) for column in (*own, *others))


def _check_names(mapping: Mapping, tables: Mapping_[str, PresentTable]) -> None:
    for source in mapping.sources.values():
        if source.table not in TABLES and source.alias not in tables:
            raise MappingError(mapping.mark, f"`{source.table}` is neither a CDM table nor in the database")
    for column, mark in _named(mapping):
        cdm = TABLES.get(mapping.sources[column.alias].table)
        known = cdm is not None and cdm.column(column.name) is not None
        if not known and not _has(tables, column):
            raise MappingError(mark, f"`{column}` is neither a CDM column nor in the database, with a type that serves")


def _named(mapping: Mapping) -> Iterator[tuple[Column, Mark]]:
    """Every column that the mapping names, and where."""
    for source in mapping.sources.values():
        keys = (source.key,) if source.key else ()
        for name in (*keys, *(own for own, _ in source.join)):
            yield Column(source.alias, name), source.mark or mapping.mark
        for name in (*source.first, *source.many):
            yield Column(source.alias, name, "varchar"), source.mark or mapping.mark
        for column in (*(other for _, other in source.join), *(column for column, _ in source.where)):
            yield column, source.mark or mapping.mark
    yield from ((column, mapping.mark) for column in mapping.compartment.values())
    if mapping.writing:
        yield from ((column, mapping.writing.mark or mapping.mark) for column in mapping.writing.named())
    for element in mapping.elements.values():
        yield from ((column, element.mark) for column in element.codec.columns())


def bind_all(mappings: Iterable[Mapping], database: DatabaseSchema) -> tuple[tuple[Bound, ...], tuple[Withdrawn, ...]]:
    """Bind each mapping: those that can be served, and those that cannot."""
    results = [bind(mapping, database) for mapping in mappings]
    bound = tuple(result for result in results if isinstance(result, Bound))
    return bound, tuple(result for result in results if isinstance(result, Withdrawn))
