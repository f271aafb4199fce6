"""Our own tables, statement by statement: documents, their versions, and the entries by which they are found.

Whatever a transaction writes goes out in one statement a table. https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...fhir.index import Entries
from ...omop.database import PresentTable
from ...omop.ddl import quote
from ...plan.write import Document, Method
from ...query.scope import table_name
from ..postgresql.connections import Connection
from ..postgresql.lock import lock_number

_COLUMNS = "document, source, key, type, id, version, last_updated, person, content, adopted"

_LOCK = """
SELECT {columns}, fingerprint IS NOT NULL
FROM {schema}.document JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)
ORDER BY document FOR {strength} OF document
"""
_HELD = """
SELECT type, id FROM {schema}.document JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)
WHERE content IS NOT NULL ORDER BY document FOR KEY SHARE OF document
"""

_KEYS = "SELECT nextval($1::regclass) FROM generate_series(1, $2)"

_DOCUMENTS = """
WITH kept AS (
INSERT INTO {schema}.document ({columns}, fingerprint, rules, anchor)
SELECT new.*, {anchor}
FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::text[], $5::text[], $6::integer[], $7::timestamptz[],
            $8::bigint[], $9::text[], $10::bigint[], $11::text[], $12::integer[]) AS new({columns}, fingerprint, rules)
ON CONFLICT (document) DO UPDATE
SET source = excluded.source, version = excluded.version, last_updated = excluded.last_updated, person = excluded.person,
    content = excluded.content, fingerprint = excluded.fingerprint, rules = excluded.rules, anchor = excluded.anchor
RETURNING document, version, source, last_updated, person, content)
INSERT INTO {schema}.version (document, version, source, last_updated, method, author, person, content)
SELECT document, version, source, last_updated, method, author, person, content
FROM kept JOIN unnest($1::bigint[], $13::text[], $14::text[]) AS made(document, method, author) USING (document)
"""

_INDEXES: Mapping[str, tuple[str, ...]] = {
    "token": ("document bigint", "parameter integer", "system text", "code text", "text text", "concept bigint"),
    "string": ("document bigint", "parameter integer", "text text"),
    "date": ("document bigint", "parameter integer", "low timestamp", "high timestamp"),
    "quantity": (
        "document bigint", "parameter integer", "low numeric", "high numeric", "system text", "code text", "unit text",
    ),
    "reference": (
        "document bigint", "parameter integer", "type text", "id text", "url text", "target integer", "key bigint",
    ),
    "uri": ("document bigint", "parameter integer", "uri text"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Version:
    """A version to be kept: the document as it becomes, how, by whom, and how its row looks (`fingerprint`)."""

    document: Document
    method: Method
    author: str | None
    fingerprint: str | None = None
    rules: int | None = None
    """By which rules its entries are made (`Snapshot.rules`)."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """The entries of one document; `concepts` are those of its tokens, `targets` the (source, key) of its references."""

    document: int
    entries: Entries
    concepts: Sequence[int | None]
    targets: Sequence[tuple[int, int] | None]


class Documents:
    """Our own tables through one connection."""

    def __init__(self, connection: Connection, schema: str, persons: PresentTable | None = None) -> None:
        self._connection = connection
        self._schema = quote(schema)
        self._anchor = anchor(persons, "new.person")

    async def locked(self, ids: Iterable[tuple[str, str]], *, whole: bool = True) -> dict[tuple[str, str], Document]:
        """The documents with these (type, id), held until the transaction ends; those that are not there are left out.

        Held as a `whole`, as for a delete, nobody can begin to refer to them meanwhile.
        """
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        types, names = zip(*wanted, strict=True)
        text = _LOCK.replace("{strength}", "UPDATE" if whole else "NO KEY UPDATE")
        records = await self._connection.fetch(self._sql(text), list(types), list(names))
        found = (Document(*record) for record in records)
        return {(each.type, each.id): each for each in found}

    async def held(self, ids: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of the documents that are there, and that nobody deletes until the transaction ends."""
        if not ids:
            return set()
        types, names = zip(*ids, strict=True)
        return {(r[0], r[1]) for r in await self._connection.fetch(self._sql(_HELD), list(types), list(names))}

    async def hold(self, *names: str) -> None:
        """Wait until no other transaction holds one of these names, and hold them until this one ends."""
        numbers = sorted({lock_number(f"{self._schema} {name}") for name in names})
        await self._connection.execute("SELECT pg_advisory_xact_lock(n) FROM unnest($1::bigint[]) n", numbers)

    async def keys(self, number: int) -> list[int]:
        """So many new keys of our own range."""
        if not number:
            return []
        return [record[0] for record in await self._connection.fetch(_KEYS, f"{self._schema}.key", number)]

    async def keep(self, versions: Sequence[Version]) -> None:
        """Write the documents, each with its new version."""
        if not versions:
            return
        rows = [each.document for each in versions]
        columns: list[list[Any]] = [[getattr(row, name) for row in rows] for name in _COLUMNS.split(", ")]
        beside = ([getattr(each, name) for each in versions] for name in ("fingerprint", "rules", "method", "author"))
        await self._connection.execute(self._sql(_DOCUMENTS), *columns, *beside)

    async def forget(self, documents: Sequence[int]) -> None:
        """Take away the entries of these documents."""
        if documents:
            deletes = [f"DELETE FROM {self._schema}.{quote(table)} WHERE document = ANY ($1)" for table in _INDEXES]  # noqa: S608
            await self._connection.execute(_as_one(deletes), documents)

    async def index(self, indexed: Sequence[Indexed]) -> None:
        """Write the entries of these documents."""
        inserts: list[str] = []
        arguments: list[list[Any]] = []
        for table, rows in _rows(indexed).items():
            if rows:
                inserts.append(self._insert(table, len(arguments)))
                arguments += map(list, zip(*rows, strict=True))
        if inserts:
            await self._connection.execute(_as_one(inserts), *arguments)

    def _insert(self, table: str, before: int) -> str:
        """The statement of one table, whose arguments come after so many others."""
        names, types = zip(*(column.split() for column in _INDEXES[table]), strict=True)
        arrays = ", ".join(f"${number}::{type}[]" for number, type in enumerate(types, before + 1))
        return f"INSERT INTO {self._schema}.{quote(table)} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608

    def _sql(self, text: str) -> str:
        return text.format(schema=self._schema, columns=_COLUMNS, anchor=self._anchor)


def _as_one(statements: Sequence[str]) -> str:
    """Several statements that change tables, each another, as one: one message to the database, and one answer."""
    *first, last = statements
    named = ", ".join(f"s{number} AS ({statement})" for number, statement in enumerate(first))
    return f"WITH {named} {last}" if named else last


def anchor(persons: PresentTable | None, key: str) -> str:
    """The SQL of what tells who a person is, beside a key that an ETL may give to another."""
    if persons is None or "person_source_value" not in persons.columns:
        return "NULL"
    return f"(SELECT min(p.person_source_value) FROM {table_name(persons)} p WHERE p.person_id = {key})"  # noqa: S608


def _rows(indexed: Sequence[Indexed]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each index table."""
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INDEXES}
    for each in indexed:
        id, entries = each.document, each.entries
        rows["token"] += ((id, *token, concept) for token, concept in zip(entries.tokens, each.concepts, strict=True))
        rows["string"] += ((id, *entry) for entry in entries.strings)
        rows["date"] += ((id, *entry) for entry in entries.dates)
        rows["quantity"] += ((id, *entry) for entry in entries.quantities)
        pairs = zip(entries.references, each.targets, strict=True)
        rows["reference"] += ((id, *reference, *(target or (None, None))) for reference, target in pairs)
        rows["uri"] += ((id, *entry) for entry in entries.uris)
    return rows


def later(now: datetime, before: datetime | None) -> datetime:
    """The instant of a new version: in milliseconds, and after the version before."""
    instant = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return instant if before is None or instant > before else before + timedelta(milliseconds=1)
