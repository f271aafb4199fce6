"""Documents and the rows that they own, compared after an ETL has been at work; and what is to be done about it.

Settings and mappings enter. A `Report` leaves: one statement a table says what became of its rows, whatever their number. By
`repair` the documents leave in order again: batch by batch in transactions of their own, each of which finds anew what there is
to do, so that a run that was broken off is just started again. Rejected, with ConfigurationError: a database that has not our
schema, or that refuses.

The repairs, in their order: `relink` (a person has another key by now), `replay` (a row is gone, or its key another person's),
`accept` (an ETL changed columns of ours: that is a new version), `remember` (it changed others), `index` (the entries were made
by other rules than today's).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import asyncpg

from ...auth.audit import Event
from ...config import Settings
from ...errors import ConfigurationError, Problem
from ...mapping.model import Mapping as ResourceMapping
from ...omop.ddl import quote
from ..audit.trail import COMMAND, record_event
from ..facade import Facade
from ..migration import lacking
from ..postgresql.connections import Connection
from ..postgresql.pool import SchemaChanged
from ..postgresql.session import one_line
from ..snapshot import Snapshot
from .owned import OwnedRows, State, owned_tables, persons
from .renewal import Renewal

Repair: TypeAlias = Literal["relink", "replay", "accept", "remember", "index"]
REPAIRS: tuple[Repair, ...] = get_args(Repair)
Progress: TypeAlias = Callable[[Repair, int], object]
"""Told after each batch how many documents of a repair were done."""

BATCH = 500
MOST_FAILURES = 20
"""Messages that are kept; all failures are counted."""

_STATES: Mapping[Repair, tuple[State, ...]] = {
    "replay": ("gone", "another's"), "accept": ("changed",), "remember": ("beside",),
}  # fmt: skip
_FIRST = ("person", "death", "location", "care_site", "provider", "visit_occurrence", "visit_detail")
"""Tables that others refer to: their rows are written first."""

_OWNED = 'SELECT "table", count(*) FROM {own}.owned_row GROUP BY 1 ORDER BY 1'
_STALE = """
SELECT type, count(*) FROM {own}.document d JOIN unnest($1::text[], $2::integer[]) AS now(type, rules) USING (type)
WHERE d.content IS NOT NULL AND d.rules IS DISTINCT FROM now.rules GROUP BY 1 ORDER BY 1
"""
_STALE_ONES = """
SELECT document FROM {own}.document d JOIN unnest($1::text[], $2::integer[]) AS now(type, rules) USING (type)
WHERE d.content IS NOT NULL AND d.rules IS DISTINCT FROM now.rules AND document > $3 ORDER BY 1 LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """What became of the rows of one table: so many were written, and of documents of a type these do not stand so."""

    table: str
    owned: int
    found: tuple[tuple[str, State, tuple[str, ...], int], ...]
    """Type, state, the columns of ours that changed, and how many rows."""

    def count(self, *states: State) -> int:
        """How many are in one of the states."""
        return sum(each[3] for each in self.found if each[1] in states)

    @property
    def untouched(self) -> int:
        """How many stand as they were written."""
        return self.owned - sum(each[3] for each in self.found)


@dataclass(frozen=True, slots=True)
class Report:
    """All of one look."""

    rows: tuple[Rows, ...]
    movable: int
    """Documents whose person has another key by now, that is known."""
    orphaned: int
    """Documents whose person is gone, or another, and not found again."""
    stale: Mapping[str, int]
    """Type -> documents whose entries were made by other rules."""

    def due(self, repair: Repair) -> int:
        """How many rows (of `relink` and `index`: documents) a repair is for."""
        match repair:
            case "relink":
                return self.movable
            case "index":
                return sum(self.stale.values())
            case _:
                return sum(rows.count(*_STATES[repair]) for rows in self.rows)

    @property
    def is_clean(self) -> bool:
        """Is there nothing to say?"""
        return not self.orphaned and not any(self.due(repair) for repair in REPAIRS)


@dataclass
class Done:
    """What repairs did: documents by repair, and why some could not be."""

    documents: dict[Repair, int] = field(default_factory=dict)
    failed: int = 0
    messages: list[str] = field(default_factory=list)

    def fail(self, problem: str) -> None:
        """Count a document that could not be repaired."""
        self.failed += 1
        if len(self.messages) < MOST_FAILURES:
            self.messages.append(problem)


@asynccontextmanager
async def reconciler(settings: Settings, base: str, mappings: Sequence[ResourceMapping]) -> AsyncIterator[Reconciler]:
    """A reconciler of the database. Raises ConfigurationError, Unavailable."""
    facade = Facade(settings, base, mappings)
    await facade.open()
    try:
        snapshot = await facade.snapshot()
        if snapshot.schema.own is None:
            raise lacking(settings.own_schema)
        yield Reconciler(facade, snapshot)
    except SchemaChanged:
        raise ConfigurationError("the database was altered meanwhile, or a right is missing: start again") from None
    except asyncpg.PostgresError as error:
        raise ConfigurationError(f"the database refused: {one_line(error)}") from None
    finally:
        await facade.close()


@dataclass
class Reconciler:
    """Looks, and repairs."""

    facade: Facade
    snapshot: Snapshot

    @property
    def _own(self) -> str:
        return quote(self.facade.settings.own_schema)

    async def look(self) -> Report:
        """What became of everything. Raises Timeout, Unavailable."""
        async with self.facade.pool.connection() as connection:
            owned = {record[0]: record[1] for record in await connection.fetch(_OWNED.format(own=self._own))}
            rows = [await self._rows(connection, table, owned) for table in self._tables(owned)]
            lost = [Rows(name, n, (("", "gone", (), n),)) for name, n in owned.items() if name not in self.snapshot.schema.tables]
            moved = await self._moved(connection)
            stale = await connection.fetch(_STALE.format(own=self._own), *self._rules())
        return Report(tuple(rows + lost), *moved, {record[0]: record[1] for record in stale})

    async def _rows(self, connection: Connection, table: OwnedRows, owned: Mapping[str, int]) -> Rows:
        found = await connection.fetch(table.counted())
        listed = tuple((r["type"], r["state"], tuple(r["changed"]), r["count"]) for r in found)
        return Rows(table.table.name, owned[table.table.name], listed)

    async def _moved(self, connection: Connection) -> tuple[int, int]:
        person = self.snapshot.schema.tables.get("person")
        if person is None:
            return 0, 0
        counts = "count(*) FILTER (WHERE found IS NOT NULL), count(*) FILTER (WHERE found IS NULL)"
        sql = f"SELECT {counts} FROM ({persons(person, self._own)}) x"  # noqa: S608
        movable, orphaned = await connection.fetchrow(sql) or (0, 0)
        return movable, orphaned

    def _rules(self) -> tuple[list[str], list[int]]:
        types = [type for type in self.snapshot.bounds if self.snapshot.targets(type)]
        return types, [self.snapshot.rules(type) for type in types]

    def _tables(self, names: Iterable[str]) -> tuple[OwnedRows, ...]:
        order = sorted(names, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
        return owned_tables(self.snapshot.schema, self.facade.settings.own_schema, order)

    async def repair(self, repairs: Collection[Repair], progress: Progress = lambda repair, done: None) -> Done:
        """Do these repairs, in their order. What cannot be repaired is told, and does not hold up the rest."""
        done = Done()
        async with self.facade.pool.connection() as connection:
            names = [record[0] for record in await connection.fetch(_OWNED.format(own=self._own))]
        tables = self._tables(names)
        for repair in _ordered(repairs):
            async for batch in self._batches(repair, tables):
                await self._do(repair, batch, tables, done)
                progress(repair, done.documents.get(repair, 0))
        return done

    async def _batches(self, repair: Repair, tables: Sequence[OwnedRows]) -> AsyncIterator[dict[int, Any]]:
        """Document -> what is known of it, batch by batch, each asked for when the one before is done."""
        if repair in _STATES:
            for table in tables:
                async for records in self._after(table.listed(), list(_STATES[repair])):
                    yield {record["document"]: table for record in records}
        elif repair == "relink" and (person := self.snapshot.schema.tables.get("person")):
            text = persons(person, self._own, "d.document > $2 AND $1::text[] IS NOT NULL")
            sql = f"SELECT * FROM ({text}) x WHERE found IS NOT NULL ORDER BY document LIMIT $3"  # noqa: S608
            async for records in self._after(sql, []):
                yield {record["document"]: (record["person"], record["found"]) for record in records}
        elif repair == "index":
            after = 0
            while records := await self._fetch(_STALE_ONES.format(own=self._own), *self._rules(), after, BATCH):
                yield {record["document"]: None for record in records}
                after = records[-1]["document"]

    async def _after(self, sql: str, states: list[State]) -> AsyncIterator[Sequence[Any]]:
        after = -1
        while records := await self._fetch(sql, states, after, BATCH):
            last = records[-1]["document"]
            if len(records) == BATCH and (whole := [r for r in records if r["document"] != last]):
                records = whole
            yield records
            after = records[-1]["document"]

    async def _fetch(self, sql: str, *args: Any) -> Sequence[Any]:
        async with self.facade.pool.connection() as connection:
            found: Sequence[Any] = await connection.fetch(sql, *args)
        return found

    async def _do(self, repair: Repair, batch: Mapping[int, Any], tables: Sequence[OwnedRows], done: Done) -> None:
        """A batch in one transaction; where that fails, its documents one by one."""
        try:
            number = await self._in_transaction(repair, batch, tables, done)
        except (Problem, asyncpg.PostgresError) as problem:
            if len(batch) == 1:
                done.fail(str(problem) if isinstance(problem, Problem) else one_line(problem))
                return
            for document, known in batch.items():
                await self._do(repair, {document: known}, tables, done)
            return
        done.documents[repair] = done.documents.get(repair, 0) + number

    async def _note(self, connection: Connection, repair: Repair, documents: Sequence[int]) -> None:
        """Have the audit know of a repair, and of which resources."""
        names = await connection.fetch(_NAMED.format(own=self._own), documents)
        resources = tuple(record["name"] for record in names)
        await record_event(connection, self._own, Event("reconcile", COMMAND, reason=repair, resources=resources))

    async def _in_transaction(
        self, repair: Repair, batch: Mapping[int, Any], tables: Sequence[OwnedRows], done: Done
    ) -> int:
        async with self.facade.pool.transaction() as connection:
            renewal = Renewal(self.facade, self.snapshot, connection, tables)
            work: Mapping[Repair, Callable[[], Awaitable[int]]] = {
                "relink": lambda: renewal.relink(batch),
                "replay": lambda: renewal.replay(list(batch)),
                "accept": lambda: renewal.accept(next(iter(batch.values())), list(batch)),
                "remember": lambda: renewal.remember(next(iter(batch.values())), list(batch)),
                "index": lambda: renewal.index(list(batch)),
            }
            number = await work[repair]()
            await self._note(connection, repair, list(batch))
        for message in renewal.left:
            done.fail(message)
        return number


_NAMED = "SELECT type || '/' || id AS name FROM {own}.document WHERE document = ANY ($1) ORDER BY document"


def _ordered(repairs: Collection[Repair]) -> list[Repair]:
    """In their order; a person that was replayed under a new key takes its documents along, so `relink` comes again."""
    found = [repair for repair in REPAIRS if repair in repairs]
    if "relink" in found and "replay" in found:
        found.insert(found.index("replay") + 1, "relink")
    return found
