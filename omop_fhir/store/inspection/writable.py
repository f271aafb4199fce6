"""What a check says of writing: our own schema, the keys that are ours, rights, what refers, and documents that are withheld.

A session, the introspected schema and the sources that are written enter, findings leave. Every statement is cheap, but those
that count what is withheld: they read all rows that documents own, and are left out where these are many unless `deep`.
"""

# ruff: noqa: S608 - identifiers come from the introspected schema, quoted

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from ...config import Settings
from ...errors import ConfigurationError
from ...omop.database import DatabaseSchema, OwnSchema, PresentTable
from ...omop.ddl import quote
from ...plan.target import Target, key_of_table
from ...query.scope import table_name
from ..migrate import missing
from ..postgresql.session import Session
from ..writing.owned import owned_tables
from .finding import Finding, Level, names

SMALL = 2_000_000
"""Owned rows up to which they are looked at without `deep`."""
LARGEST_INTEGER = 2**31 - 1

_KEYS = "SELECT last_value FROM pg_sequences WHERE schemaname = $1 AND sequencename = 'key'"
_RIGHTS = """
SELECT c.relname, current_user AS role, array_remove(ARRAY[
    CASE WHEN NOT has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
    CASE WHEN NOT has_table_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
    CASE WHEN NOT has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END], NULL) AS lacking
FROM unnest($1::oid[]) o JOIN pg_class c ON c.oid = o ORDER BY 1
"""
_FOREIGN = """
SELECT c.conname, t.relname AS table, a.attname AS column, f.relname AS target, f.relname = 'concept' AS is_concept
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.conrelid = ANY ($1::oid[]) ORDER BY 2, 3
"""


async def writing(
    at: Session, settings: Settings, schema: DatabaseSchema, targets: Sequence[Target], *, deep: bool
) -> tuple[Finding, ...]:
    """All that a check says of writing. Raises what the session raises."""
    try:
        left = await missing(settings.database_url, settings.own_schema)
    except ConfigurationError as error:
        return (Finding("Writes", "warning", str(error)),)
    if schema.own is None or left:
        there = f"lacks {names(each.name for each in left)}" if left and schema.own else "is not there, or not whole"
        message = f"the schema {settings.own_schema} {there}: nothing is written, nor read of what was"
        return (Finding("Writes", "advice", message, "omop-fhir migrate, if this server shall write"),)
    found = [Finding("Writes", "ok", f"the schema {settings.own_schema} is there and current")]
    found += [each async for each in _of_keys(at, settings, schema.own)]
    found += [each async for each in _of_tables(at, schema, schema.own, targets, settings)]
    found += [each async for each in _withheld(at, settings, schema, deep=deep)]
    return tuple(found)


async def _of_keys(at: Session, settings: Settings, own: OwnSchema) -> AsyncIterator[Finding]:
    used = await at.value(_KEYS, settings.own_schema)
    left = own.last - (used if used is not None else own.first - 1)
    share = 100 * left // (own.last - own.first + 1)
    level: Level = "warning" if share < 10 else "ok"
    beyond = max(0, min(LARGEST_INTEGER, own.last) - (used or own.first - 1))
    message = f"keys {own.first:,} to {own.last:,} are ours: {left:,} left ({share} %), {beyond:,} of them up to 2^31"
    yield Finding("Writes", level, message, "give the sequence a larger end, where the keys are bigint" if level != "ok" else "")


async def _of_tables(
    at: Session, schema: DatabaseSchema, own: OwnSchema, targets: Sequence[Target], settings: Settings
) -> AsyncIterator[Finding]:
    written, shared = _written(targets)
    tables = [table for name in sorted(written | shared) if (table := schema.tables.get(name))]
    for finding in _rights(await at.fetch(_RIGHTS, [table.oid for table in tables]), schema):
        yield finding
    for table in tables:
        if table.name in written:
            yield await _range(at, settings, own, table)
    for finding in _foreign(await at.fetch(_FOREIGN, [table.oid for table in tables]), await _has_zero(at, schema)):
        yield finding


def _rights(records: Sequence[Any], schema: DatabaseSchema) -> Iterator[Finding]:
    """What the role may not do, and the statement that lets it."""
    tables: dict[tuple[str, ...], list[str]] = {}
    for record in records:
        if record["lacking"]:
            tables.setdefault(tuple(record["lacking"]), []).append(record["relname"])
    for rights, found in tables.items():
        message = f"the role may not {names(rights)} in {names(found, 20)}: what becomes of these is only read"
        places = ", ".join(table_name(schema.tables[name]) for name in found)
        sql = f"GRANT {', '.join(rights)} ON {places} TO {quote(records[0]['role'])};"
        yield Finding("Writes", "advice", message, "if this server shall write", sql)


def _written(targets: Iterable[Target]) -> tuple[set[str], set[str]]:
    """Tables whose rows documents own, and tables whose rows they share with others."""
    owned: set[str] = set()
    shared: set[str] = set()
    for target in targets:
        owned.add(target.base.table)
        for alias, how in target.writing.rows.items():
            (shared if how == "shared" else owned).add(target.bound.source(alias).table)
    return {name for name in owned if key_of_table(name)}, shared


async def _range(at: Session, settings: Settings, own: OwnSchema, table: PresentTable) -> Finding:
    key = quote(key_of_table(table.name) or "")
    text = f"""SELECT t.{key} FROM {table_name(table)} t WHERE t.{key} BETWEEN $1 AND $2 AND NOT EXISTS (
        SELECT FROM {quote(settings.own_schema)}.owned_row o WHERE o."table" = $3 AND o.key = t.{key}) ORDER BY 1 LIMIT 5"""
    found = [record[0] for record in await at.fetch(text, own.first, own.last, table.name)]
    if not found:
        return Finding("Writes", "ok", f"{table.name}: our range of keys holds no rows of others")
    message = f"{table.name}: others have rows in our range of keys: {names(found)}; they are not served, and may be in the way"
    return Finding("Writes", "warning", message, "let the ETL number its rows below, or move our sequence `key`")


async def _has_zero(at: Session, schema: DatabaseSchema) -> bool:
    concept = schema.tables.get("concept")
    sql = f"SELECT EXISTS (SELECT FROM {table_name(concept)} WHERE concept_id = 0)" if concept else ""
    return bool(concept and await at.value(sql))


def _foreign(records: Iterable[Any], has_zero: bool) -> Iterator[Finding]:
    """Foreign keys refuse rows that refer to what is not there."""
    columns: dict[str, list[str]] = {}
    to_concept = False
    for record in records:
        columns.setdefault(record["table"], []).append(record["column"])
        to_concept = to_concept or bool(record["is_concept"])
    for table, found in columns.items():
        message = f"{table}: foreign keys refuse (422) rows that point at nothing: {names(found)}"
        yield Finding("Writes", "ok", message)
    if to_concept and not has_zero:
        message = "foreign keys demand concepts, and the concept 0 (No matching concept) is absent: what is unmapped is refused"
        yield Finding("Writes", "warning", message, "load the vocabulary with its concept 0")


async def _withheld(at: Session, settings: Settings, schema: DatabaseSchema, *, deep: bool) -> AsyncIterator[Finding]:
    own = quote(settings.own_schema)
    estimate = schema.own.tables["owned_row"].row_estimate if schema.own else None
    if not deep and (estimate or 0) > SMALL:
        yield Finding("Writes", "ok", "what an ETL did to rows of ours was not looked at: say --deep, or omop-fhir reconcile")
        return
    used = [record[0] for record in await at.fetch(f'SELECT DISTINCT "table" FROM {own}.owned_row')]
    counts = {"gone": 0, "another's": 0, "changed": 0}
    for table in owned_tables(schema, settings.own_schema, used):
        for record in await at.fetch(table.counted()):
            counts[record["state"]] = counts.get(record["state"], 0) + record["count"]
    withheld = counts["gone"] + counts["another's"]
    if withheld or counts["changed"]:
        lost = f"{withheld:,} rows of documents are gone or another person's: these are withheld"
        message = f"{lost}; {counts['changed']:,} changed"
        yield Finding("Writes", "warning" if withheld else "advice", message, "omop-fhir reconcile")
    else:
        yield Finding("Writes", "ok", "no document is withheld: the rows stand as they were written")
