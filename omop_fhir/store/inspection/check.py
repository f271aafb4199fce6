"""Mappings against a database: what can be served, what is served with less, what would be better.

Settings and mappings enter, `Findings` leave. Nothing about a database is an error here but that it cannot be reached.
https://ohdsi.github.io/CommonDataModel/cdm54.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ...config import Settings
from ...mapping.bind import NUMBERS, Bound, Withdrawn
from ...mapping.codecs.identifier import Identifier
from ...mapping.inventory import Leaf, leaves, used_columns
from ...mapping.model import Mapping
from ...mapping.predicate import Column
from ...mapping.rollup import rolled_up
from ...mapping.table import Table
from ...omop.cdm import TABLES
from ...omop.database import DatabaseSchema
from ...query.indexes import NoWant, Want, order_wants, vocabulary_wants, wants
from ...query.ordering import OrderIndex
from ...query.scope import table_name
from ..postgresql.session import session
from ..schema import look
from ..snapshot import Snapshot, make_snapshot
from .finding import Finding, Findings, Level, names
from .survey import Key, Survey, survey
from .writable import LARGEST_INTEGER, writing

OLDEST = 130000
_DATES = {"date": ("date",), "timestamp": ("timestamp without time zone", "timestamp with time zone", "date")}
_NAMED = "name it in a site file: `system` of"


@dataclass(frozen=True, slots=True)
class Checked:
    """A database that was looked at."""

    schema: DatabaseSchema
    bounds: tuple[Bound, ...]
    withdrawn: tuple[Withdrawn, ...]
    survey: Survey
    settings: Settings
    snapshot: Snapshot
    mappings: tuple[Mapping, ...]


async def check(settings: Settings, mappings: Sequence[Mapping], *, deep: bool = False) -> Findings:
    """Look at the database and judge; `deep` reads whole tables. Raises ConfigurationError, Timeout."""
    async with session(settings.database_url, settings.statement_timeout) as at:
        schema = await look(at.connection, settings, mappings)
        snapshot = make_snapshot(settings, settings.base_url or "{base}", mappings, schema, {})
        bounds = tuple(bound for sources in snapshot.bounds.values() for bound in sources)
        asked = {id for mapping in mappings for id in concept_ids(mapping)}
        found = await survey(at, schema, bounds, asked, deep=deep)
        targets = [target for type in snapshot.bounds for target in snapshot.targets(type)]
        written = await writing(at, settings, schema, targets, deep=deep)
    judged = judge(Checked(schema, bounds, snapshot.withdrawn, found, settings, snapshot, tuple(mappings)), deep)
    return Findings((*judged.all, *written))


def judge(checked: Checked, deep: bool) -> Findings:
    """All findings of a database; pure."""
    return Findings((
        *_database(checked.schema, checked.survey),
        *_rights(checked),
        *_resources(checked),
        *_columns(checked),
        *_concepts(checked),
        *_time(checked),
        *_identifiers(checked),
        *(finding for key in checked.survey.keys for finding in _key(key)),
        *_references(checked.survey, deep),
        *_indexes(checked),
    ))  # fmt: skip


def _database(schema: DatabaseSchema, found: Survey) -> Iterator[Finding]:
    place = f"CDM in schema {schema.cdm_schema}, vocabulary in schema {schema.vocabulary_schema}"
    yield Finding("Database", "ok", f"PostgreSQL {schema.server_version}; {place}")
    if found.server < OLDEST:
        yield Finding("Database", "warning", f"PostgreSQL {schema.server_version} is not tested", "use 13 or newer")
    if schema.version is None:
        yield Finding("Database", "warning", f"CDM version unknown: {schema.version_from}", "fill cdm_source")
    else:
        level: Level = "warning" if "though" in schema.version_from else "ok"
        yield Finding("Database", level, f"CDM {schema.version}: {schema.version_from}")
    if schema.vocabulary_version:
        yield Finding("Database", "ok", f"vocabulary {schema.vocabulary_version}")
    if found.is_replica:
        yield Finding("Database", "ok", "a read replica")


def _rights(checked: Checked) -> Iterator[Finding]:
    found = checked.survey
    if found.is_superuser:
        todo = "a role with USAGE on the schemas and SELECT on their tables is enough"
        yield Finding("Rights", "advice", f"role {found.role} is a superuser", todo)
    elif found.writable:
        message = f"role {found.role} may change {names(found.writable, 4)}"
        yield Finding("Rights", "advice", message, "reads need only SELECT")
    else:
        yield Finding("Rights", "ok", f"role {found.role} may read and not write")
    for table, columns in found.hidden.items():
        message = f"role {found.role} may not read {names(f'{table}.{column}' for column in columns)}"
        yield Finding("Rights", "warning", message, f"GRANT SELECT ON {table}, if they may be served")


def _resources(checked: Checked) -> Iterator[Finding]:
    if checked.snapshot.is_elsewhere:
        found = checked.survey.elsewhere
        todo = f"--cdm-schema names the one that does{': ' if found else ''}{names(found)}"
        yield Finding("Resources", "error", f"the schema {checked.schema.cdm_schema} holds no table of a CDM", todo)
        return
    for gone in checked.withdrawn:
        message = f"{_title(gone.mapping)} is not served: {gone.reason}"
        yield Finding("Resources", "error", message, "make it readable, or say `enabled: false` in a site file")
    if not checked.bounds and not checked.withdrawn:
        yield Finding("Resources", "error", "no mapping is enabled", "enable one")
    for bound in checked.bounds:
        yield Finding("Resources", "ok", f"{_title(bound.mapping)} is served from {bound.mapping.base.table}")
        for source in bound.mapping.sources.values():
            if source.alias not in bound.tables:
                yield _unjoined(checked.schema, bound, source.alias, source.table)
    absent = [name for name in checked.schema.absent if name in TABLES and not _is_used(checked, name)]
    if absent:
        yield Finding("Resources", "ok", f"CDM tables that are absent and not needed: {names(absent)}")


def _title(mapping: Mapping) -> str:
    return mapping.resource if not mapping.prefix else f"{mapping.resource} ({mapping.name})"


def _is_used(checked: Checked, table: str) -> bool:
    return any(source.table == table for mapping in checked.mappings for source in mapping.sources.values())


def _unjoined(schema: DatabaseSchema, bound: Bound, alias: str, table: str) -> Finding:
    empty = [leaf.name for leaf in leaves(bound.mapping) if any(c.alias == alias for _, c in leaf.columns)]
    reason = schema.absent.get(table, "it lacks the columns of the join")
    message = f"{bound.mapping.resource}: {names(empty)} stays empty: table {table}: {reason}"
    return Finding("Resources", "warning", message, "make it readable, if there are such data")


def _columns(checked: Checked) -> Iterator[Finding]:
    for bound in checked.bounds:
        for column in sorted(used_columns(bound.mapping), key=str):
            if column.alias in bound.tables:
                yield from _column(checked.schema, bound, column)
        for code in bound.mapping.search.keys() - bound.search.keys():
            yield Finding("Columns", "warning", f"{bound.mapping.resource}?{code} is not offered: no column behind it")


def _column(schema: DatabaseSchema, bound: Bound, column: Column) -> Iterator[Finding]:
    """What is to be said of one column in its database."""
    table = bound.tables[column.alias]
    place, name = f"{table.name}.{column.name}", table.column(column.name)
    if name is None:
        feeds = names(leaf.name for leaf in leaves(bound.mapping) if any(c == column for _, c in leaf.columns))
        if schema.version and not _is_of(table.name, column.name, schema.version):
            yield Finding("Columns", "ok", f"CDM {schema.version} has no {place} ({bound.mapping.resource}: {feeds})")
        else:
            message = f"{place} is absent: {bound.mapping.resource}: {feeds or 'a join'} without it"
            yield Finding("Columns", "warning", message, "add it, if there are such data")
        return
    if name != column.name:
        yield Finding("Columns", "ok", f"{table.name}.{name} serves as {column.name}: CDM 5.3 names it so")
    yield from _type(bound, column, f"{table.name}.{name}", table.columns[name])


def _is_of(table: str, column: str, version: str) -> bool:
    known = TABLES[table].of(version).column(column) if table in TABLES else None
    return known is not None


def _type(bound: Bound, column: Column, place: str, type: str) -> Iterator[Finding]:
    kind = TABLES[bound.source(column.alias).table].column(column.name) if _knows(bound, column) else None
    wanted = kind.type if kind else ""
    if wanted == "integer" and type not in NUMBERS:
        message = f"{place} is {type} and not a number: it is served as absent"
        yield Finding("Columns", "warning", message, f"alter its type, or lay a view over {place.partition('.')[0]}")
    elif wanted in _DATES and type not in _DATES[wanted] and type != "timestamp without time zone":
        message = f"{place} is {type} and not a {wanted}: searches by it fail"
        yield Finding("Columns", "warning", message, f"alter its type to {wanted}")
    elif wanted == "timestamp" and type == "timestamp with time zone":
        yield Finding("Columns", "ok", f"{place} has a time zone: it is put on the site's clock")


def _knows(bound: Bound, column: Column) -> bool:
    return bound.source(column.alias).table in TABLES


def concept_ids(mapping: Mapping) -> frozenset[int]:
    """Every concept id that a mapping or one of its code tables names."""
    fixed = {id for source in mapping.sources.values() for _, ids in source.where for id in ids}
    fixed |= set(mapping.write.values())
    return frozenset(fixed | {id for leaf in leaves(mapping) for id in _leaf_ids(leaf)})


def _leaf_ids(leaf: Leaf) -> Iterator[int]:
    yield from (int(id) for _, ids in leaf.when for id in ids)
    for item in fields(leaf.codec):
        value: Any = getattr(leaf.codec, item.name)
        if isinstance(value, Table):
            yield from value.entries
        elif isinstance(value, dict):
            yield from (int(id) for ids in value.values() if isinstance(ids, tuple) for id in ids)


def _concepts(checked: Checked) -> Iterator[Finding]:
    known = checked.survey.concepts
    if known is None or not checked.survey.has_concepts:
        reason = checked.schema.absent.get("concept", "it is empty")
        message = f"no concepts: table concept: {reason}; codings are concept ids without display"
        yield Finding("Concepts", "warning", message, "load a vocabulary from https://athena.ohdsi.org")
        return
    tables = {leaf.table.name: leaf.table for m in checked.mappings for leaf in leaves(m) if leaf.table}
    yield from (finding for table in tables.values() for finding in _code_table(table, known))
    of_tables = {id for table in tables.values() for id in table.entries}
    for mapping in checked.mappings:
        lost = sorted(id for id in concept_ids(mapping) - of_tables if id and id not in known)
        if lost:
            yield Finding("Concepts", "advice", f"{mapping.name}.yaml names concepts that are absent: {names(lost)}")
    if rolled_up(checked.mappings) and "concept_ancestor" not in checked.schema.tables:
        message = "no concept_ancestor: code tables that roll up see only their own concepts"
        yield Finding("Concepts", "warning", message, "load it with the vocabulary")


def _code_table(table: Table, known: Any) -> Iterator[Finding]:
    lost = [id for id in table.entries if id and id not in known]
    other = [id for id, e in table.entries.items() if id in known and known[id] != "S" and e.write != "no"]
    if lost:
        message = f"tables/{table.name}.csv: {len(lost)} of {len(table.entries)} concepts are absent: {names(lost)}"
        yield Finding("Concepts", "advice", message, "its codes are rendered all the same; concepts shown lack their name")
    if other:
        yield Finding("Concepts", "advice", f"tables/{table.name}.csv: concepts that are not standard: {names(other)}")
    if not lost and not other:
        yield Finding("Concepts", "ok", f"tables/{table.name}.csv: all {len(table.entries)} concepts are there")


def _time(checked: Checked) -> Iterator[Finding]:
    schema, zone = checked.schema, checked.settings.time_zone
    if zone is None:
        message = "no time zone declared: timestamps are served as dates"
        yield Finding("Time", "warning", message, "say --time-zone, such as Europe/Berlin")
    else:
        yield Finding("Time", "ok", f"timestamps are on the clock of {zone.key}")
    rows = checked.survey.releases
    if not rows:
        reason = schema.absent.get("cdm_source", "it is empty")
        message = f"no cdm_source: {reason}; statuses are `unknown`, no meta.lastUpdated, no _lastUpdated"
        yield Finding("Time", "warning", message, "let the ETL write one row")
        return
    if rows > 1:
        yield Finding("Time", "advice", f"cdm_source has {rows} rows: the newest cdm_release_date counts")
    yield from _release("source_release_date", schema.source_release_date, "statuses are `unknown`")
    yield from _release("cdm_release_date", schema.cdm_release_date, "no meta.lastUpdated, no _lastUpdated")


def _release(name: str, value: object, consequence: str) -> Iterator[Finding]:
    if value is None:
        message = f"cdm_source.{name} is empty: {consequence}"
        yield Finding("Time", "warning", message, "let the ETL write it")
    else:
        yield Finding("Time", "ok", f"cdm_source.{name} is {value}")


def _identifiers(checked: Checked) -> Iterator[Finding]:
    """Identifiers from the source whose system only this server knows; a key has no better one."""
    for bound in checked.bounds:
        for leaf in leaves(bound.mapping):
            codec = leaf.codec
            if isinstance(codec, Identifier) and codec.system.startswith("{base}") and codec.value != bound.mapping.key:
                message = f"{bound.mapping.resource}.identifier from {codec.value} has no system of its own"
                yield Finding("Identifiers", "advice", message, f"{_NAMED} {leaf.name} in {bound.mapping.name}.yaml")


def _key(key: Key) -> Iterator[Finding]:
    place = f"{key.table}.{key.column}"
    if key.duplicates:
        message = f"{place} is not unique: {names(key.duplicates)}; a read gives one of the rows"
        yield Finding("Keys", "warning", message, "let the ETL number its rows")
    if key.largest is None:
        known = "there are no rows" if key.is_read else "its largest value was not looked up: no index; say --deep"
        yield Finding("Keys", "ok", f"{place} is {key.type}; {known}")
    elif key.largest > LARGEST_INTEGER:
        yield Finding("Keys", "ok", f"{place} goes up to {key.largest:,}, above 2^31")
    else:
        left = 100 * (LARGEST_INTEGER - key.largest) // LARGEST_INTEGER
        level: Level = "warning" if left < 10 and key.type == "integer" else "ok"
        todo = "make it bigint before it is full" if level == "warning" else ""
        message = f"{place} is {key.type} and goes up to {key.largest:,}: {left} % left to 2^31"
        yield Finding("Keys", level, message, todo)


def _references(found: Survey, deep: bool) -> Iterator[Finding]:
    if not deep:
        yield Finding("References", "ok", "not looked at: say --deep to count references that point at nothing")
    for each in found.dangling:
        place = f"{each.mapping}: {each.element} from {each.column}"
        if each.rows:
            message = f"{place}: {each.rows:,} rows point at no {each.target}"
            yield Finding("References", "warning", message, "clients get 404 for these: mend the ETL")
        else:
            yield Finding("References", "ok", f"{place}: every {each.target} is there")


def _indexes(checked: Checked) -> Iterator[Finding]:
    tables = checked.schema.tables
    found, without = wants(checked.bounds, checked.snapshot.site)
    vocabulary = vocabulary_wants(tables.get("concept"), tables.get("concept_ancestor"))
    yield from (_index(want) for want in (*found, *vocabulary))
    limit, snapshot = checked.settings.sort_row_limit, checked.snapshot
    for purpose, index in order_wants(checked.bounds, snapshot.site, checked.schema, snapshot.zone, limit):
        yield _order_index(purpose, index)
    yield from _helpless(without)
    if blind := checked.survey.unanalysed:
        message = f"never analysed, so that the planner guesses: {names(table.name for table in blind)}"
        yield Finding("Indexes", "advice", message, "", f"ANALYZE {', '.join(map(table_name, blind))};")


def _index(want: Want) -> Finding:
    place = f"{want.table.name} ({', '.join(want.columns)}) for {names(want.purposes, 5)}"
    if want.index is not None:
        return Finding("Indexes", "ok", f"{place}: {want.index.name}")
    if want.table.is_view:
        return Finding("Indexes", "advice", f"{place}: a view", "index the tables behind it")
    standard = f" (OHDSI standard: {want.standard})" if want.standard else ""
    return Finding("Indexes", "advice", f"{place}: no index{standard}", "", want.sql)


def _order_index(purpose: str, index: OrderIndex) -> Finding:
    if index.is_there:
        return Finding("Indexes", "ok", f"{index.table.name} for {purpose}: {index.name}")
    message = f"{index.table.name} for {purpose}, slow or refused without it: no index"
    return Finding("Indexes", "advice", message, "or `omop-fhir index`", index.sql)


def _helpless(without: Sequence[NoWant]) -> Iterator[Finding]:
    for reason in dict.fromkeys(none.reason for none in without):
        purposes = names((none.purpose for none in without if none.reason == reason), 20)
        yield Finding("Indexes", "ok", f"no plain index serves {purposes}: {reason}; search within a patient")
