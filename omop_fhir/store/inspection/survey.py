"""What a check must ask the database beyond its shape: rights, releases, concepts, keys, references.

A session, bound mappings and the introspected schema enter, a `Survey` leaves. Every statement is cheap unless `deep`.
"""

# ruff: noqa: S608 - identifiers come from the introspected schema, quoted; there are no other values

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...mapping.bind import Bound
from ...mapping.codecs.reference import Reference
from ...mapping.inventory import leaves
from ...omop.cdm import TABLES
from ...omop.database import DatabaseSchema, PresentTable
from ...omop.ddl import quote
from ...query.scope import Scope, table_name
from ..postgresql.session import Session

SMALL = 2_000_000
"""Tables of at most so many rows are read whole without `deep`."""

_ROLE = """
SELECT current_user AS name, r.rolsuper AS is_super, pg_is_in_recovery() AS is_replica,
       current_setting('server_version_num')::int AS version
FROM pg_roles r WHERE r.rolname = current_user
"""
_WRITABLE = """
SELECT c.relname FROM unnest($1::oid[]) o JOIN pg_class c ON c.oid = o
WHERE has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE')
   OR has_table_privilege(c.oid, 'DELETE') ORDER BY 1
"""
_ELSEWHERE = """
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'person' AND c.relkind IN ('r', 'v', 'm', 'f', 'p') ORDER BY 1
"""
_HIDDEN = """
SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.oid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key column of a base table."""

    table: str
    column: str
    type: str
    largest: int | None
    """None: not looked up, or no rows."""
    is_read: bool
    """Was it looked up? Not where there is neither an index nor a small table."""
    duplicates: tuple[int, ...] | None
    """Some values that stand more than once; None: not looked up."""


@dataclass(frozen=True, slots=True)
class Dangling:
    """References that point at no row."""

    mapping: str
    element: str
    column: str
    target: str
    rows: int


@dataclass(frozen=True, slots=True)
class Survey:
    """The answers."""

    role: str
    is_superuser: bool
    is_replica: bool
    server: int
    """As server_version_num: 150018 for 15.18."""
    writable: tuple[str, ...]
    hidden: Mapping[str, tuple[str, ...]]
    """Table -> columns that the role may not read."""
    releases: int | None
    """Rows of cdm_source; None: the table is not there."""
    concepts: Mapping[int, str | None] | None
    """Asked concept ids that are there -> standard_concept; None: there is no table `concept`."""
    has_concepts: bool
    keys: tuple[Key, ...]
    unanalysed: tuple[PresentTable, ...]
    """Tables with rows that were never analysed."""
    dangling: tuple[Dangling, ...]
    elsewhere: tuple[str, ...]
    """Schemas that have a table of persons, where none is bound."""


async def survey(
    at: Session, schema: DatabaseSchema, bounds: Collection[Bound], concepts: Collection[int], *, deep: bool
) -> Survey:
    """Ask. Raises what the session raises."""
    (role,) = await at.fetch(_ROLE)
    oids = [table.oid for name, table in schema.tables.items() if name in TABLES]
    concept = schema.tables.get("concept")
    return Survey(
        role=role["name"],
        is_superuser=role["is_super"],
        is_replica=role["is_replica"],
        server=role["version"],
        writable=tuple(row[0] for row in await at.fetch(_WRITABLE, oids)),
        hidden={row["table"]: tuple(row["columns"]) for row in await at.fetch(_HIDDEN, oids)},
        releases=await _count(at, schema.tables.get("cdm_source")),
        concepts=await _concepts(at, concept, concepts),
        has_concepts=concept is not None and await _has_rows(at, concept),
        keys=tuple([await _key(at, bound, deep) for bound in _by_table(bounds)]),
        unanalysed=tuple([table for table in _unanalysed(bounds) if await _has_rows(at, table)]),
        dangling=tuple([found async for found in _dangling(at, bounds)]) if deep else (),
        elsewhere=() if bounds else tuple(row[0] for row in await at.fetch(_ELSEWHERE)),
    )


async def _has_rows(at: Session, table: PresentTable) -> bool:
    return bool(await at.value(f"SELECT EXISTS (SELECT FROM {table_name(table)})"))


def _unanalysed(bounds: Iterable[Bound]) -> Iterable[PresentTable]:
    read = {table.name: table for bound in bounds for table in bound.tables.values()}
    return [table for table in read.values() if table.row_estimate is None and not table.is_view]


async def _count(at: Session, table: PresentTable | None) -> int | None:
    return None if table is None else int(await at.value(f"SELECT count(*) FROM {table_name(table)}"))


async def _concepts(at: Session, table: PresentTable | None, ids: Collection[int]) -> dict[int, str | None] | None:
    if table is None:
        return None
    text = f"SELECT concept_id, standard_concept FROM {table_name(table)} WHERE concept_id = ANY ($1::bigint[])"
    return {row["concept_id"]: row["standard_concept"] for row in await at.fetch(text, sorted(ids))}


def _by_table(bounds: Iterable[Bound]) -> Iterator[Bound]:
    """One bound mapping of each base table."""
    yield from {bound.mapping.base.table: bound for bound in bounds}.values()


async def _key(at: Session, bound: Bound, deep: bool) -> Key:
    table = bound.tables[bound.mapping.base.alias]
    name = bound.name(bound.mapping.key) or ""
    key = Scope(bound, "UTC").value(bound.mapping.key)
    source = f"{table_name(table)} {quote(bound.mapping.base.alias)}"
    small = deep or (table.row_estimate is not None and table.row_estimate <= SMALL)
    largest, is_read = None, small or table.has_index(name)
    if is_read:
        largest = await at.value(f"SELECT max({key}) FROM {source}")
    duplicates = None
    if small and not _is_unique(table, name):
        text = f"SELECT {key} FROM {source} GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 5"
        duplicates = tuple(row[0] for row in await at.fetch(text))
    return Key(table.name, name, table.columns[name], largest, is_read, duplicates)


def _is_unique(table: PresentTable, column: str) -> bool:
    return any(index.unique and index.valid and index.columns == (column,) for index in table.indexes)


async def _dangling(at: Session, bounds: Collection[Bound]) -> AsyncIterator[Dangling]:
    for bound in bounds:
        for leaf in leaves(bound.mapping):
            if isinstance(leaf.codec, Reference) and leaf.codec.column.alias == bound.mapping.base.alias:
                target = _target(leaf.codec, bounds)
                if target is not None and bound.name(leaf.codec.column):
                    rows = await at.value(_dangling_statement(bound, leaf.codec, target))
                    yield Dangling(bound.mapping.name, leaf.name, str(leaf.codec.column), leaf.codec.target, rows)


def _target(codec: Reference, bounds: Collection[Bound]) -> Bound | None:
    """The source of the type that the reference points at."""
    found = (b for b in bounds if (b.mapping.resource, b.mapping.prefix) == (codec.target, codec.prefix))
    return next(found, None)


def _dangling_statement(bound: Bound, codec: Reference, target: Bound) -> str:
    value = Scope(bound, "UTC").value(codec.column)
    base, other = bound.mapping.base.alias, target.mapping.base.alias
    key = Scope(target, "UTC").value(target.mapping.key)
    inner, outer = f"{table_name(target.tables[other])} {quote(other)}", table_name(bound.tables[base])
    keys = f"SELECT {key} AS key FROM {inner}"
    return (
        f"SELECT count(*) FROM {outer} {quote(base)} WHERE {value} IS NOT NULL"
        f" AND NOT EXISTS (SELECT FROM ({keys}) there WHERE there.key = {value})"
    )
