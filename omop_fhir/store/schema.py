"""Database -> `DatabaseSchema`: which CDM is there, and whether it is still the one that was seen.

What enters: a connection and the names of the CDM and vocabulary schemas. What leaves: the shape of the
database and a fingerprint of it. A table that is absent or may not be read is a fact about the database and
never an error.
Only lower-case names are served: OHDSI's DDL for PostgreSQL has no others.
https://ohdsi.github.io/CommonDataModel/cdm54.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

import asyncpg

from ..config import Settings
from ..errors import ConfigurationError
from ..mapping.model import Mapping as ResourceMapping
from ..omop.cdm import TABLES, VERSIONS
from ..omop.database import OWN_TABLES, DatabaseSchema, Index, OwnSchema, PresentTable
from ..omop.ddl import quote
from .migrate import read_history
from .migration import check_current, shipped_migrations
from .postgresql.connections import Connection
from .postgresql.hosts import split_hosts

VERSION_CONCEPTS = {756265: "5.4"}
"""cdm_source.cdm_version_concept_id, a column of CDM 5.4 -> version."""

_LOOKS = 10
"""How often a database is looked at that changes meanwhile, before the last look is taken as it is."""

_CHANGING = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InsufficientPrivilegeError,
)

_OWN_COLUMNS = {
    version: {
        (table.name, column.name)
        for table in TABLES.values()
        for column in table.columns
        if all(version in c.versions and len(c.versions) == 1 for c in table.columns if c.name == column.name)
    }
    for version in VERSIONS
}
"""(table, column) that only this version has."""

_FOUND = """
WITH found AS (
  SELECT w.schema, w.name, n.oid AS home, c.oid, c.relkind, c.relfilenode, c.reltuples,
         coalesce(has_schema_privilege(n.oid, 'USAGE'), false) AS usable,
         has_table_privilege(c.oid, 'INSERT')
           AND (w.name IN ('version', 'audit_event', 'audit_chain', 'audit_seal') OR has_table_privilege(c.oid, 'UPDATE'))
           AND (w.name IN ('document', 'version', 'audit_event', 'audit_chain', 'audit_seal')
                OR has_table_privilege(c.oid, 'DELETE'))
           AND pg_relation_is_updatable(c.oid, true) & 28 = 28 AND ($3::boolean OR NOT pg_is_in_recovery()) AS writable
  FROM unnest($1::text[], $2::text[]) AS w(schema, name)
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  LEFT JOIN pg_catalog.pg_class c
    ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
)
"""

_FINGERPRINT = f"""{_FOUND}
SELECT md5(string_agg(concat_ws(' ', f.schema, f.name, f.oid, f.relfilenode, f.relkind, f.usable, f.writable, a.columns),
                      '|' ORDER BY f.name, f.schema)) AS shape,
       max(a.readable) FILTER (WHERE f.name = 'cdm_source' AND f.usable) AS cdm_source,
       max(a.readable) FILTER (WHERE f.name = 'vocabulary' AND f.usable) AS vocabulary
FROM found f
LEFT JOIN LATERAL (
  SELECT string_agg(concat_ws(' ', attname, atttypid, atttypmod, may_read), ',' ORDER BY attnum) AS columns,
         string_agg(attname, ',') FILTER (WHERE may_read) AS readable
  FROM (SELECT *, has_column_privilege(f.oid, attnum, 'SELECT') AS may_read FROM pg_catalog.pg_attribute
        WHERE attrelid = f.oid AND attnum > 0 AND NOT attisdropped) p
) a ON true
"""  # noqa: S608 - put together from constants

_KEYS = """
SELECT s.seqmin, s.seqmax, has_sequence_privilege(c.oid, 'USAGE') FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = 'key'
"""

_ADOPTING = "SELECT DISTINCT source FROM {own}.document WHERE adopted IS NOT NULL"

_SHAPE = f"""{_FOUND}
SELECT f.schema, f.name, f.oid, f.usable, f.writable,
  f.home IS NOT NULL AS has_schema, f.relkind IN ('v', 'm') AS is_view,
  CASE f.relkind
    WHEN 'v' THEN NULL
    WHEN 'p' THEN (SELECT sum(l.reltuples) FILTER (WHERE l.reltuples >= 0)
                   FROM pg_partition_tree(f.oid) p JOIN pg_catalog.pg_class l ON l.oid = p.relid
                   WHERE p.isleaf)
    ELSE nullif(f.reltuples, -1)
  END AS row_estimate,
  (SELECT min(relname::text) FROM pg_catalog.pg_class o
   WHERE o.relnamespace = f.home AND lower(o.relname) = f.name AND o.relname <> f.name) AS other_case,
  (SELECT json_agg(json_build_object(
      'name', attname, 'type', format_type(atttypid, NULL),
      'length', CASE WHEN atttypid IN (1042, 1043) AND atttypmod > 4 THEN atttypmod - 4 END,
      'required', attnotnull AND NOT atthasdef AND attidentity = '',
      'readable', has_column_privilege(f.oid, attnum, 'SELECT')) ORDER BY attnum)
   FROM pg_catalog.pg_attribute WHERE attrelid = f.oid AND attnum > 0 AND NOT attisdropped) AS columns,
  (SELECT json_agg(json_build_object(
      'name', i.relname, 'unique', x.indisunique, 'primary', x.indisprimary,
      'valid', x.indisvalid AND x.indisready AND x.indislive, 'method', m.amname,
      'predicate', pg_get_expr(x.indpred, x.indrelid),
      'columns', (SELECT json_agg(coalesce(k.attname::text, pg_get_indexdef(x.indexrelid, s.n + 1, true))
                                  ORDER BY s.n)
                  FROM generate_series(0, x.indnkeyatts - 1) AS s(n)
                  LEFT JOIN pg_catalog.pg_attribute k
                    ON k.attrelid = x.indrelid AND k.attnum = x.indkey[s.n] AND k.attnum > 0),
      'options', string_to_array(x.indoption::text, ' ')::int[]) ORDER BY i.relname)
   FROM pg_catalog.pg_index x
   JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
   JOIN pg_catalog.pg_am m ON m.oid = i.relam
   WHERE x.indrelid = f.oid) AS indexes
FROM found f
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class _Release:
    """What the database says of itself."""

    rows: tuple[Mapping[str, Any], ...] = ()
    """Rows of cdm_source, of the newest release first."""
    vocabulary: str | None = None
    """vocabulary_version of the vocabulary 'None', which stands for the whole."""

    @property
    def newest(self) -> Mapping[str, Any]:
        return self.rows[0] if self.rows else {}


async def introspect(
    connection: Connection,
    cdm_schema: str,
    vocabulary_schema: str,
    *,
    extra: Collection[str] = (),
    own_schema: str | None = None,
    has_primary: bool = False,
) -> DatabaseSchema:
    """Look at the CDM tables, at the `extra` ones that a mapping names, and at our own, in their schemas.

    The fingerprint is taken before and after: where a change came between, shape and release may be those of two states, and
    all is looked at again; one that comes later is noticed at the next comparison.
    A replica takes no writes, unless it `has_primary` that does; then its tables are as writable as they are there.
    Raises asyncpg.PostgresError only where the database cannot answer at all.
    """
    wanted = _wanted(cdm_schema, vocabulary_schema, extra, own_schema), has_primary
    for _ in range(_LOOKS):
        found = await _introspected(connection, cdm_schema, vocabulary_schema, extra, own_schema, has_primary)
        if (await _identity(connection, *wanted, own_schema))[0] == found.fingerprint:
            break
    return found


async def _introspected(
    connection: Connection,
    cdm_schema: str,
    vocabulary_schema: str,
    extra: Collection[str],
    own_schema: str | None,
    has_primary: bool,
) -> DatabaseSchema:
    wanted = _wanted(cdm_schema, vocabulary_schema, extra, own_schema), has_primary
    mark, release, current = await _identity(connection, *wanted, own_schema)
    rows = await connection.fetch(_SHAPE, *wanted[0], has_primary)
    found = [row for row in rows if row["schema"] != own_schema]
    tables = {row["name"]: _table(row) for row in found if _absence(row) is None}
    version, version_from = _version(release.newest, tables)
    return DatabaseSchema(
        version=version,
        version_from=version_from,
        server_version=connection.get_settings().server_version.split()[0],
        cdm_schema=cdm_schema,
        vocabulary_schema=vocabulary_schema,
        tables=tables,
        absent=_absences(found, version, extra),
        source_release_date=_date(release.newest.get("source_release_date")),
        cdm_release_date=_date(release.newest.get("cdm_release_date")),
        vocabulary_version=release.newest.get("vocabulary_version") or release.vocabulary,
        fingerprint=mark,
        encoding=connection.get_settings().server_encoding,
        own=await _own(connection, own_schema, [row for row in rows if row["schema"] == own_schema]) if current else None,
    )


async def _own(connection: Connection, schema: str | None, rows: Sequence[Mapping[str, Any]]) -> OwnSchema | None:
    """Our own tables, if all are there and may be read."""
    if schema is None or any(_absence(row) for row in rows):
        return None
    keys = await connection.fetchrow(_KEYS, schema)
    if keys is None:
        return None
    first, last, usable = keys
    tables = {row["name"]: _table(row) for row in rows}
    adopting = await connection.fetch(_ADOPTING.format(own=quote(schema)))
    writable = usable and all(table.is_writable for table in tables.values())
    return OwnSchema(tables, first, last, writable, frozenset(record[0] for record in adopting))


async def fingerprint(
    connection: Connection,
    cdm_schema: str,
    vocabulary_schema: str,
    *,
    extra: Collection[str] = (),
    own_schema: str | None = None,
    has_primary: bool = False,
) -> str:
    """The fingerprint that `introspect` with the same arguments would give; two small statements."""
    wanted = _wanted(cdm_schema, vocabulary_schema, extra, own_schema), has_primary
    return (await _identity(connection, *wanted, own_schema))[0]


async def look(connection: Connection, settings: Settings, mappings: Iterable[ResourceMapping]) -> DatabaseSchema:
    """`introspect` for a site: its schemas, and the tables that its mappings name beside the CDM's."""
    return await introspect(
        connection, settings.cdm_schema, settings.vocabulary, extra=tables_of(mappings), own_schema=settings.own_schema,
        has_primary=len(split_hosts(settings.database_url)) > 1,
    )  # fmt: skip


async def mark(connection: Connection, settings: Settings, mappings: Iterable[ResourceMapping]) -> str:
    """`fingerprint` for a site: what `look` gave as long as nothing changes."""
    return await fingerprint(
        connection, settings.cdm_schema, settings.vocabulary, extra=tables_of(mappings), own_schema=settings.own_schema,
        has_primary=len(split_hosts(settings.database_url)) > 1,
    )  # fmt: skip


def tables_of(mappings: Iterable[ResourceMapping]) -> frozenset[str]:
    """Every table that the mappings name."""
    return frozenset(source.table for mapping in mappings for source in mapping.sources.values())


def _wanted(
    cdm_schema: str, vocabulary_schema: str, extra: Collection[str], own_schema: str | None
) -> tuple[list[str], list[str]]:
    names = sorted({*TABLES, *extra})
    in_vocabulary = {name for name, table in TABLES.items() if table.area == "vocabulary"}
    schemas = [vocabulary_schema if name in in_vocabulary else cdm_schema for name in names]
    own = OWN_TABLES if own_schema is not None else ()
    return [*schemas, *(own_schema or "" for _ in own)], [*names, *own]


async def _identity(
    connection: Connection, pairs: tuple[list[str], list[str]], has_primary: bool, own_schema: str | None
) -> tuple[str, _Release, bool]:
    """The fingerprint, the release, and whether our own schema has the shape that this program needs."""
    row = await connection.fetchrow(_FINGERPRINT, *pairs, has_primary)
    assert row is not None, "an aggregate without GROUP BY has one row"  # noqa: S101
    schemas = dict(zip(pairs[1], pairs[0], strict=True))
    readable = {
        (schemas[name], name): frozenset(row[name].split(","))
        for name in ("cdm_source", "vocabulary")
        if row[name]
    }
    release = await _release(connection, readable)
    current = own_schema is not None and await _is_current(connection, own_schema)
    text = json.dumps([row["shape"], release.rows, release.vocabulary, current], sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest(), release, current


async def _is_current(connection: Connection, schema: str) -> bool:
    try:
        check_current(shipped_migrations(), await read_history(connection, schema), schema)
    except (ConfigurationError, *_CHANGING):
        return False
    return True


async def _release(connection: Connection, readable: Mapping[tuple[str, str], frozenset[str]]) -> _Release:
    statement = " UNION ALL ".join(_release_statements(readable))
    try:
        found = await connection.fetch(statement) if statement else []
    except _CHANGING:
        return _Release()
    rows = [json.loads(row["fact"]) for row in found if row["kind"] == "cdm_source"]
    versions = [row["fact"] for row in found if row["kind"] == "vocabulary"]
    return _Release(tuple(sorted(rows, key=_recency, reverse=True)), next(iter(versions), None))


def _release_statements(readable: Mapping[tuple[str, str], frozenset[str]]) -> Iterator[str]:
    for (schema, name), columns in readable.items():
        table = f"{quote(schema)}.{quote(name)}"
        if name == "cdm_source":
            kept = sorted({column.name for column in TABLES[name].columns} & columns)
            parts = ", ".join(f"'{column}', {quote(column)}" for column in kept)
            fact = f"jsonb_build_object({parts})::text"
            yield f"(SELECT '{name}' AS kind, {fact} AS fact FROM {table} LIMIT 1000)"  # noqa: S608
        elif {"vocabulary_id", "vocabulary_version"} <= columns:
            yield (
                f"SELECT '{name}' AS kind, vocabulary_version::text AS fact FROM {table}"  # noqa: S608
                " WHERE vocabulary_id = 'None'"
            )


def _recency(row: Mapping[str, Any]) -> tuple[date, date, str]:
    release, source = (_date(row.get(name)) for name in ("cdm_release_date", "source_release_date"))
    return release or date.min, source or date.min, json.dumps(row, sort_keys=True)


def _date(value: object) -> date | None:
    """The date of a JSON date or timestamp; None for NULL, infinity and years that Python does not count."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _absence(row: Mapping[str, Any]) -> str | None:
    """Why the table is not served; None: it is."""
    place = f"{row['schema']}.{row['name']}"
    if not row["has_schema"]:
        return f"there is no schema {row['schema']}"
    if row["oid"] is None:
        other = row["other_case"]
        named = f"; {other!r} is named in upper case, and only lower-case names are served" if other else ""
        return f"there is no table {place}{named}"
    if not row["usable"]:
        return f"no USAGE privilege on schema {row['schema']}"
    if not any(column["readable"] for column in _json(row["columns"])):
        return f"no SELECT privilege on {place}"
    return None


def _absences(
    rows: Sequence[Mapping[str, Any]], version: str | None, extra: Collection[str]
) -> dict[str, str]:
    expected = {n for n, table in TABLES.items() if version is None or version in table.versions} | set(extra)
    reasons = ((row["name"], _absence(row)) for row in rows if row["name"] in expected)
    return {name: reason for name, reason in reasons if reason is not None}


def _json(text: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text) if text else []
    return found


def _table(row: Mapping[str, Any]) -> PresentTable:
    columns = [column for column in _json(row["columns"]) if column["readable"]]
    estimate = row["row_estimate"]
    return PresentTable(
        schema=row["schema"],
        name=row["name"],
        oid=row["oid"],
        columns={column["name"]: column["type"] for column in columns},
        lengths={column["name"]: column["length"] for column in columns if column["length"]},
        required=frozenset(column["name"] for column in columns if column["required"]),
        indexes=tuple(_index(index) for index in _json(row["indexes"])),
        row_estimate=None if estimate is None else int(estimate),
        is_view=row["is_view"],
        is_writable=bool(row["writable"]),
    )


def _index(index: Mapping[str, Any]) -> Index:
    return Index(
        name=index["name"],
        columns=tuple(index["columns"]),
        unique=index["unique"],
        primary=index["primary"],
        valid=index["valid"],
        descending=tuple(bool(option & 1) for option in index["options"]),
        nulls_first=tuple(bool(option & 2) for option in index["options"]),
        method=index["method"],
        predicate=index["predicate"],
    )


def _version(row: Mapping[str, Any], tables: Mapping[str, PresentTable]) -> tuple[str | None, str]:
    """The version and how it was decided: by what cdm_source says, else by the columns."""
    seen = _version_by_columns(tables)
    for column, stated in _stated_versions(row):
        if stated in VERSIONS:
            doubt = f", though the columns are those of CDM {seen}" if seen not in (None, stated) else ""
            return stated, f"cdm_source.{column} is {row[column]!r}{doubt}"
    if seen:
        return seen, "cdm_source names no version that is served; by the columns of the tables"
    return None, "neither cdm_source nor the columns of the tables tell"


def _stated_versions(row: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    match = re.search(r"\d+\.\d+", str(row.get("cdm_version") or ""))
    yield "cdm_version", match and match[0]
    yield "cdm_version_concept_id", VERSION_CONCEPTS.get(row.get("cdm_version_concept_id") or 0)


def _version_by_columns(tables: Mapping[str, PresentTable]) -> str | None:
    """The version with the most columns that no other version has; None on a tie."""
    seen = {(table.name, column) for table in tables.values() for column in table.columns}
    counts = {version: len(own & seen) for version, own in _OWN_COLUMNS.items()}
    best = max(counts, key=lambda version: counts[version])
    return best if list(counts.values()).count(counts[best]) == 1 else None
