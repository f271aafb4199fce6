"""Rows of the database that become documents when they are first changed here.

Ids enter that no document has; documents leave, each the resource that its row is read as: held, as version 1, and not yet kept.
What is then changed is claimed: the document is kept, and owns the row and those that hang on it. Rejected with Conflict: to
delete a row that rows of tables refer to which no resource shows.
https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ...errors import Conflict
from ...fhir.json import dumps, loads
from ...mapping.bind import Bound
from ...mapping.documents import source_number
from ...mapping.keys import key_of
from ...mapping.model import Source
from ...omop.cdm import TABLES
from ...omop.ddl import quote
from ...plan.read import row_source
from ...plan.target import Target, key_of_table
from ...plan.write import Document
from ...query.scope import Scope, literal, table_name
from ...query.statement import Statement
from ...render.resource import Resource
from ..snapshot import Snapshot
from .documents import Documents, Version, later
from .step import Adopted, with_meta
from .targets import Key


class Reading(Protocol):
    """What is read within the transaction."""

    async def fetch(self, statement: Statement) -> Sequence[Any]:
        """The records of a statement."""

    async def rows(self, bound: Bound, keys: Sequence[int]) -> dict[int, Resource]:
        """What rows are rendered as, by their keys."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """Takes rows over within one transaction."""

    snapshot: Snapshot
    own_schema: str
    documents: Documents
    reading: Reading
    keys: Callable[[int], Awaitable[list[int]]]
    now: datetime

    async def found(self, wanted: Iterable[Key]) -> dict[Key, Adopted]:
        """The rows among these that may be taken over, held."""
        found: dict[Key, Adopted] = {}
        for bound, keys in self._by_source(wanted):
            found |= await self._of(bound, keys)
        return found

    async def held(self, wanted: Iterable[Key]) -> set[Key]:
        """Those of these rows that are there, and that nobody takes away until the transaction ends."""
        found: set[Key] = set()
        for bound, keys in self._by_source(wanted):
            there = await self._held(bound, list(keys), "KEY SHARE")
            found |= {each for key, each in keys.items() if key in there}
        return found

    def _by_source(self, wanted: Iterable[Key]) -> Iterable[tuple[Bound, dict[int, Key]]]:
        """Each source with those of its rows, by their keys."""
        by_source: dict[str, tuple[Bound, dict[int, Key]]] = {}
        for type, id in sorted(set(wanted)):
            bound = row_source(id, self.snapshot.bounds.get(type, ()))
            key = key_of(id, bound.mapping.prefix) if bound is not None and bound.adopts else None
            if bound is not None and key is not None:
                by_source.setdefault(bound.mapping.name, (bound, {}))[1][key] = (type, id)
        return by_source.values()

    async def _of(self, bound: Bound, keys: Mapping[int, Key]) -> dict[Key, Adopted]:
        persons = await self._held(bound, list(keys), "UPDATE")
        rendered = await self.reading.rows(bound, list(persons)) if persons else {}
        numbers = iter(await self.keys(len(rendered)))
        return {keys[key]: self._adopted(bound, key, next(numbers), persons[key], each) for key, each in rendered.items()}

    async def _held(self, bound: Bound, keys: Sequence[int], strength: str) -> dict[int, int | None]:
        """Key -> the person, of rows that are there and no document's; nobody else changes them until the transaction ends."""
        scope, column = Scope(bound, "UTC"), bound.mapping.compartment.get("Patient")
        text = f"""SELECT {scope.key}, {scope.value(column) if column else "NULL::bigint"}
            FROM {scope.table(bound.mapping.base.alias)} WHERE {scope.key} = ANY ($1) ORDER BY 1 FOR {strength}"""  # noqa: S608
        held = await self.reading.fetch(Statement(text, (list(keys),)))
        taken = f"""SELECT adopted FROM {quote(self.own_schema)}.document
            WHERE source = $1 AND adopted = ANY ($2)"""  # noqa: S608  asked once the rows are held: others may have come first
        number = source_number(bound.mapping.name)
        documents = {record[0] for record in await self.reading.fetch(Statement(taken, (number, list(keys))))}
        return {record[0]: record[1] for record in held if record[0] not in documents}

    def _adopted(self, bound: Bound, key: int, number: int, person: int | None, read: Resource) -> Adopted:
        updated = datetime.fromisoformat(read.last_updated) if read.last_updated else self.now
        source, type = source_number(bound.mapping.name), bound.mapping.resource
        document = Document(number, source, key, type, read.id, 1, later(updated, None), person, None, key)
        content = dumps(with_meta(loads(read.json), document)).decode()
        return Adopted(document.with_content(content), read.version, read.json.decode())

    async def claim(self, adopted: Sequence[Adopted]) -> None:
        """Keep the documents as they were found, with the rows that they own."""
        await self.documents.keep([Version(each.document, "PUT", None) for each in adopted])
        for each in adopted:
            target = next(t for t in self.snapshot.targets(each.document.type) if self._is_of(t, each.document))
            for statement in self._claims(target, each.document):
                await self.reading.fetch(statement)

    @staticmethod
    def _is_of(target: Target, document: Document) -> bool:
        return source_number(target.bound.mapping.name) == document.source

    def _claims(self, target: Target, document: Document) -> Iterable[Statement]:
        """Of a joined table that shows one row only that is claimed: what was never shown is not this document's."""
        yield self._claim(target, target.base, document)
        for alias, how in target.writing.rows.items():
            if how == "own" and alias in target.bound.tables:
                yield self._claim(target, target.bound.source(alias), document)

    def _claim(self, target: Target, source: Source, document: Document) -> Statement:
        bound, scope = target.bound, Scope(target.bound, "UTC")
        alias, key = scope.alias(source.alias), quote(key_of_table(source.table) or "person_id")
        names = sorted(bound.name(column) or "" for column in target.owned[source.alias])
        pairs = ", ".join(f"{literal(name)}, {alias}.{quote(name)}::text" for name in names)
        order = ", ".join(f"{alias}.{quote(name)}" for name in (*source.first, *source.many)) or f"{alias}.{key}"
        joined = source is not target.base
        tables = ", ".join(scope.table(each) for each in dict.fromkeys((target.base.alias, source.alias)))
        text = f"""INSERT INTO {quote(self.own_schema)}.owned_row (document, "table", part, key, columns, fingerprint)
            SELECT $1, {literal(source.table)}, {literal(source.alias)} || ':' || row_number() OVER (ORDER BY {order}) - 1,
                {alias}.{key}, jsonb_object(ARRAY[{pairs}]::text[]), md5({alias}::text)
            FROM {tables} WHERE {scope.key} = $2{f" AND {scope.condition(source)}" if joined else ""}
            ORDER BY {order}{"" if source.many else " LIMIT 1"}"""  # noqa: S608
        return Statement(text, (document.document, document.key))

    def _check_alone(self, target: Target, document: Document) -> None:
        """Raises Conflict where a row is a resource of another type too, such as a Location that is an Organization."""
        for bound in (each for bounds in self.snapshot.bounds.values() for each in bounds if each.twin is None):
            if bound.mapping.name != target.bound.mapping.name and bound.mapping.base.table == target.base.table:
                other = f"{bound.mapping.resource}/{bound.mapping.prefix}{document.key}"
                raise Conflict(f"{document.type}/{document.id} cannot be deleted: its row is {other} too")

    async def check_unreferenced(self, document: Document) -> None:
        """Raises Conflict where rows refer to the row that no resource shows, so that nobody else would say so."""
        tables, bounds = self.snapshot.schema.tables, (b for each in self.snapshot.bounds.values() for b in each)
        shown = {source.table for bound in bounds for source in bound.mapping.sources.values()}
        for target in self.snapshot.targets(document.type):
            if not self._is_of(target, document):
                continue
            self._check_alone(target, document)
            for name in sorted(tables.keys() & TABLES.keys() - shown):
                for column in TABLES[name].columns:
                    own = tables[name].column(column.name)
                    if column.references != (target.base.table, key_of_table(target.base.table)) or own is None:
                        continue
                    sql = f"SELECT EXISTS (SELECT FROM {table_name(tables[name])} WHERE {quote(own)} = $1)"  # noqa: S608
                    ((there,),) = await self.reading.fetch(Statement(sql, (document.key,)))
                    if there:
                        raise Conflict(f"{document.type}/{document.id} cannot be deleted: rows of {name} refer to it")
