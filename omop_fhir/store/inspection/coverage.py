"""How much of a database reaches FHIR: rows filled by element and column, and what no mapping reads.

Settings and mappings enter, a `Coverage` leaves. For each table that a mapping reads there are two statements (one
counts its columns, one its concepts by vocabulary) and one more for each join; huge tables may be sampled.
https://www.postgresql.org/docs/current/sql-select.html (TABLESAMPLE)
"""
# ruff: noqa: S608 - identifiers come from the introspected schema, quoted; values are bound

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...config import Settings
from ...mapping.bind import INTEGERS, NUMBERS, Bound, bind_all
from ...mapping.inventory import Leaf, is_concept, leaves, used_by_table
from ...mapping.model import Mapping as ResourceMapping
from ...mapping.model import Source
from ...mapping.predicate import Column
from ...omop.cdm import TABLES, current_names
from ...omop.database import DatabaseSchema, PresentTable
from ...omop.ddl import quote
from ...omop.vocabulary import systems
from ...query.scope import Scope, table_name
from ..postgresql.session import Session, session
from ..schema import look

COUNTED = 1_000_000
"""Tables that nothing reads are counted up to here."""
_UNCOUNTED: tuple[None, None, None, None, dict[str, int], None] = (None, None, None, None, {}, None)
_DATA = ("clinical", "health_system", "health_economics", "derived")


@dataclass
class ColumnCount:
    """What a column of a table holds."""

    filled: int
    """Rows that are neither null nor blank; of a concept, those other than 0."""
    zero: int | None = None
    """Rows with concept 0; None: not a concept."""
    by_vocabulary: dict[str | None, int] = field(default_factory=dict)
    """Rows by the vocabulary of their concept; None: `concept` lacks it."""
    by_id: dict[int, int] = field(default_factory=dict)
    """Rows by concept id, for columns that a code table reads."""


@dataclass(frozen=True, slots=True)
class TableCount:
    """What a table holds, or a sample of it."""

    name: str
    rows: int
    sample: float | None
    """Percent of the table's pages that were read; None: all."""
    columns: Mapping[str, ColumnCount]
    """By the name that CDM 5.4 gives the column."""


@dataclass(frozen=True, slots=True)
class ElementCount:
    """One column of one element. The counts are None where there are none, and `note` says why."""

    element: str
    path: str
    codec: str
    argument: str
    column: str
    table: str
    filled: int | None
    percent: float | None
    zero: int | None
    absent: int | None
    """Rows with a concept that `concept` lacks."""
    without_system: Mapping[str, int]
    """Rows by vocabulary, of those that have no FHIR code system; only where the concept becomes a coding."""
    untabled: int | None
    """Rows whose concept (other than 0) the element's code table lacks."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class JoinCount:
    """Rows of the base for which a joined table has something; None: not counted."""

    alias: str
    table: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class ResourceCoverage:
    """One mapping."""

    mapping: str
    resource: str
    table: str
    rows: int
    sample: float | None
    elements: tuple[ElementCount, ...]
    joins: tuple[JoinCount, ...]
    unread: tuple[tuple[str, int], ...]
    """Columns of its tables that no mapping reads, with rows filled; empty columns left out."""


@dataclass(frozen=True, slots=True)
class UnreadTable:
    """A table with rows that no mapping reads, or of which only some are read."""

    name: str
    rows: int
    is_more: bool
    """There are more than that."""
    note: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """All of a database."""

    version: str | None
    vocabulary_version: str | None
    resources: tuple[ResourceCoverage, ...]
    withdrawn: tuple[tuple[str, str], ...]
    """(mapping, reason) of what cannot be served."""
    unread: tuple[UnreadTable, ...]
    has_concepts: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """Read only `percent` of the pages of tables that have more than `above` rows."""

    percent: float
    above: int
    foreign: frozenset[int] = frozenset()
    """Tables of other servers by oid, which PostgreSQL cannot sample."""

    def of(self, table: PresentTable) -> float | None:
        """The percent for a table; None: read it whole, as a view must be."""
        whole = table.is_view or table.oid in self.foreign
        return self.percent if not whole and (table.row_estimate or 0) > self.above else None


async def coverage(
    settings: Settings, mappings: Sequence[ResourceMapping], off: Collection[ResourceMapping], sample: Sample | None
) -> Coverage:
    """Count. `off` are mappings that are not enabled, to be named. Raises ConfigurationError, Timeout."""
    async with session(settings.database_url, settings.statement_timeout) as at:
        schema = await look(at.connection, settings, mappings)
        bounds, withdrawn = bind_all(mappings, schema)
        counter = _Counter(at, schema, await known(at, sample) if sample else None)
        tables = {name: await counter.table(name, _tabled(bounds, name)) for name in _read(bounds)}
        joins = {bound.mapping.name: [await counter.join(bound, source) for source in bound.joins] for bound in bounds}
        unread = tuple([found async for found in counter.unread(bounds, off)])
    used = used_by_table(tuple(bound.mapping for bound in bounds))
    return Coverage(
        version=schema.version,
        vocabulary_version=schema.vocabulary_version,
        resources=tuple(_resource(bound, tables, tuple(joins[bound.mapping.name]), used) for bound in bounds),
        withdrawn=tuple((gone.mapping.name, gone.reason) for gone in withdrawn),
        unread=unread,
        has_concepts="concept" in schema.tables,
    )


async def known(at: Session, sample: Sample) -> Sample:
    """The sample, knowing which tables of the database are foreign."""
    foreign = await at.fetch("SELECT oid::bigint FROM pg_catalog.pg_class WHERE relkind = 'f'")
    return replace(sample, foreign=frozenset(row[0] for row in foreign))


def _read(bounds: Sequence[Bound]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(table.name for bound in bounds for table in bound.tables.values()))


def _tabled(bounds: Sequence[Bound], table: str) -> frozenset[str]:
    """The columns of a table that some code table reads."""
    found = ((bound, leaf) for bound in bounds for leaf in leaves(bound.mapping) if leaf.table)
    columns = ((bound, column) for bound, leaf in found for _, column in leaf.columns)
    return frozenset(c.name for bound, c in columns if bound.source(c.alias).table == table)


@dataclass(frozen=True, slots=True)
class _Counter:
    """Runs the statements of one database."""

    at: Session
    schema: DatabaseSchema
    sample: Sample | None

    async def table(self, name: str, tabled: frozenset[str]) -> TableCount:
        """What a table holds."""
        table = self.schema.tables[name]
        percent = self.sample.of(table) if self.sample else None
        columns = tuple(table.columns)
        parts = [part for column in columns for part in _counts(table, column)]
        text = f"SELECT count(*), {', '.join(parts)} FROM {_sampled(table, percent)}"
        (record,) = await self.at.fetch(text)
        values = iter(tuple(record)[1:])
        counts = {
            current_names(name).get(column, column): ColumnCount(
                next(values), next(values) if _is_concept(table, column) else None
            )
            for column in columns
        }
        await self._concepts(table, percent, counts, tabled)
        return TableCount(name, record[0], percent, counts)

    async def _concepts(
        self, table: PresentTable, percent: float | None, counts: dict[str, ColumnCount], tabled: frozenset[str]
    ) -> None:
        concept = self.schema.tables.get("concept")
        names = {current_names(table.name).get(c, c): c for c in table.columns if _is_concept(table, c)}
        if not names or concept is None:
            return
        pairs = ", ".join(f"(${n}::text, {_integer(table, column)})" for n, column in enumerate(names.values(), 2))
        ids = f"SELECT x.name, x.id, count(*) AS n FROM {_sampled(table, percent)} CROSS JOIN LATERAL (VALUES {pairs})"
        text = (
            "SELECT i.name, CASE WHEN i.name = ANY ($1::text[]) THEN i.id END AS id, c.vocabulary_id,"
            " c.concept_id IS NOT NULL AS known, sum(i.n)::bigint AS n"
            f" FROM ({ids} x(name, id) WHERE x.id <> 0 GROUP BY 1, 2) i"
            f" LEFT JOIN {table_name(concept)} c ON c.concept_id = i.id GROUP BY 1, 2, 3, 4"
        )
        for row in await self.at.fetch(text, list(tabled), *names):
            count = counts[row["name"]]
            vocabulary = (row["vocabulary_id"] or "") if row["known"] else None
            count.by_vocabulary[vocabulary] = count.by_vocabulary.get(vocabulary, 0) + row["n"]
            if row["id"] is not None:
                count.by_id[row["id"]] = row["n"]

    async def join(self, bound: Bound, source: Source) -> JoinCount:
        """For how many rows of the base a joined table has something."""
        base = bound.mapping.base.alias
        others = {column.alias for _, column in source.join} | {column.alias for column, _ in source.where}
        rows = None
        if others <= {base, source.alias}:
            table = bound.tables[base]
            percent = self.sample.of(table) if self.sample else None
            rows = await self.at.value(
                f"SELECT count(*) FROM {table_name(table)} {quote(base)} {_tablesample(percent)}"
                f" WHERE EXISTS (SELECT FROM {table_name(bound.tables[source.alias])} {quote(source.alias)}"
                f" WHERE {Scope(bound, 'UTC').condition(source)})"
            )
        return JoinCount(source.alias, source.table, rows)

    async def unread(self, bounds: Sequence[Bound], off: Collection[ResourceMapping]) -> AsyncIterator[UnreadTable]:
        """Tables with rows that no mapping reads whole."""
        whole = {s.table for bound in bounds for s in bound.mapping.sources.values() if not s.where}
        for name, table in sorted(self.schema.tables.items()):
            if name not in TABLES or TABLES[name].area not in _DATA or name in whole:
                continue
            counted = f"SELECT count(*) FROM (SELECT FROM {table_name(table)} LIMIT {COUNTED + 1}) rows_"
            rows = await self.at.value(counted)
            if rows:
                known = max(min(rows, COUNTED), table.row_estimate or 0) if rows > COUNTED else rows
                yield UnreadTable(name, known, rows > COUNTED, _note(name, bounds, off))


def _note(table: str, bounds: Sequence[Bound], off: Collection[ResourceMapping]) -> str:
    partly = [b.mapping.resource for b in bounds if table in {s.table for s in b.mapping.sources.values()}]
    if partly:
        return f"only some rows are read, for {', '.join(partly)}"
    switched = [mapping.name for mapping in off if mapping.base.table == table]
    return f"mapping {switched[0]} is off" if switched else ""


def _sampled(table: PresentTable, percent: float | None) -> str:
    return f"{table_name(table)} AS base_ {_tablesample(percent)}"


def _tablesample(percent: float | None) -> str:
    return "" if percent is None else f"TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1)"


def _is_concept(table: PresentTable, column: str) -> bool:
    """Is it a concept column whose type can hold an id?"""
    current = current_names(table.name).get(column, column)
    return is_concept(table.name, current) and table.columns[column] in NUMBERS


def _integer(table: PresentTable, column: str) -> str:
    name = f"base_.{quote(column)}"
    if table.columns[column] in INTEGERS:
        return f"{name}::bigint"
    return f"CASE WHEN abs({name}) < 9e18 THEN {name}::bigint END"


def _counts(table: PresentTable, column: str) -> Iterator[str]:
    """The expressions that count what a column holds: filled and, of a concept, zero."""
    name = f"base_.{quote(column)}"
    if _is_concept(table, column):
        yield f"count(*) FILTER (WHERE {name} <> 0)"
        yield f"count(*) FILTER (WHERE {name} = 0)"
    elif table.columns[column] in ("text", "character varying", "character"):
        yield f"count(*) FILTER (WHERE btrim({name}) <> '')"
    else:
        yield f"count({name})"


def _resource(
    bound: Bound,
    tables: Mapping[str, TableCount],
    joins: tuple[JoinCount, ...],
    used: Mapping[str, frozenset[str]],
) -> ResourceCoverage:
    mapping = bound.mapping
    base = tables[mapping.base.table]
    elements = tuple(
        _element(bound, leaf, argument, column, tables)
        for leaf in leaves(mapping)
        for argument, column in leaf.columns or (("", None),)
    )
    own = dict.fromkeys(table.name for alias, table in bound.tables.items() if not bound.source(alias).where)
    unread = tuple(
        (f"{name}.{column}", count.filled)
        for name in own
        for column, count in tables[name].columns.items()
        if column not in used[name] and count.filled
    )
    return ResourceCoverage(mapping.name, mapping.resource, base.name, base.rows, base.sample, elements, joins, unread)


def _element(
    bound: Bound, leaf: Leaf, argument: str, column: Column | None, tables: Mapping[str, TableCount]
) -> ElementCount:
    name = getattr(leaf.codec, "name", "")
    if column is None:
        return ElementCount(leaf.name, leaf.path, name, argument, "", "", *_UNCOUNTED)
    source = bound.source(column.alias)
    place = f"{source.table}.{column.name}"
    count = tables[source.table].columns.get(column.name) if column.alias in bound.tables else None
    if count is None or source.where:
        note = "absent" if count is None else "only some rows are read"
        return ElementCount(leaf.name, leaf.path, name, argument, place, source.table, *_UNCOUNTED, note)
    rows = tables[source.table].rows
    return ElementCount(
        element=leaf.name,
        path=leaf.path,
        codec=name,
        argument=argument,
        column=place,
        table=source.table,
        filled=count.filled,
        percent=round(100 * count.filled / rows, 1) if rows else None,
        zero=count.zero,
        absent=count.by_vocabulary.get(None, 0) if count.zero is not None else None,
        without_system=_without_system(count) if name == "concept" else {},
        untabled=_untabled(leaf, argument, count),
    )


def _without_system(count: ColumnCount) -> dict[str, int]:
    known = systems()
    found = {vocabulary: n for vocabulary, n in count.by_vocabulary.items() if vocabulary is not None}
    return {v: n for v, n in sorted(found.items(), key=lambda pair: -pair[1]) if v not in known}


def _untabled(leaf: Leaf, argument: str, count: ColumnCount) -> int | None:
    """Rows that the code table says nothing of; of a column that is not the table's own, none are counted."""
    if leaf.table is None or count.zero is None or argument == "source":
        return None
    return sum(rows for id, rows in count.by_id.items() if id not in leaf.table.entries)
