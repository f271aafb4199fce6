"""The audit as tables of this server's own schema: events are gathered, written in batches, and sealed.

What is read is recorded at the next flush, at most `audit_interval` seconds later: that is what a kill takes away. What is
written has its events in its own transaction, and they are sealed at the next flush; where a worker died before that, another
seals them. Without an own schema that may be written to, events go to the log. Where the database refuses them, they wait; once
`audit_queue` of them do, nothing more is answered, or (`audit_overflow=log`) the log takes them. See docs/audit.md.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from time import time_ns
from typing import Any

import asyncpg
import orjson
from cachetools import LRUCache

from ...auth.audit import Event, now
from ...auth.audit_seal import START, Anchor, Seal, digest, key_of, name_of, text_of
from ...auth.grants import Caller
from ...config import Settings
from ...errors import Unavailable
from ...omop.database import OwnSchema
from ...omop.ddl import quote
from ...query.statement import Statement
from ..postgresql.connections import Connection
from ..postgresql.pool import Pool
from ..snapshot import Snapshot
from .log import UNAUDITED, AuditLog

log = logging.getLogger(__name__)

BATCH = 1000
"""Events of one flush: so many are written without waiting for the interval."""
ANCHORED = 60.0
"""Seconds between two looks at other chains' seals, and at events that nobody has sealed."""
_SERVER = Caller("omop-fhir")
COMMAND = Caller("omop-fhir command")
"""Who does what is done at the terminal."""

_INSERT = """
WITH made AS (INSERT INTO {schema}.audit_event (event)
              SELECT new.event FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS new(event, n) ORDER BY n RETURNING id)
SELECT array_agg(id ORDER BY id) FROM made
"""
"""One list of all costs less than many texts; they are numbered in its order."""
INSERT_UNSEALED = """
WITH new AS (INSERT INTO {schema}.audit_event (event)
             SELECT new.event::jsonb FROM unnest($1::text[]) WITH ORDINALITY AS new(event, n) ORDER BY n RETURNING id),
     unsealed AS (INSERT INTO {schema}.audit_unsealed (id) SELECT id FROM new)
SELECT id FROM new
"""
_SEAL = """
INSERT INTO {schema}.audit_seal (chain, number, at, events, digests, anchors, previous, hash)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
"""
_CHAIN = "INSERT INTO {schema}.audit_chain (worker, key) VALUES ($1, $2) RETURNING chain"
_SEALED = "DELETE FROM {schema}.audit_unsealed WHERE id = ANY ($1)"
_LEFT_BEHIND = """
SELECT id, e.event::text AS event FROM {schema}.audit_unsealed u JOIN {schema}.audit_event e USING (id)
WHERE u.since < clock_timestamp() - make_interval(secs => $1) ORDER BY id LIMIT 1000 FOR UPDATE OF u SKIP LOCKED
"""
_HEADS = """
SELECT c.chain, s.number, s.hash FROM {schema}.audit_chain c
CROSS JOIN LATERAL (SELECT number, hash FROM {schema}.audit_seal s
                    WHERE s.chain = c.chain AND s.events <> '{{}}' ORDER BY number DESC LIMIT 1) s
WHERE c.chain <> $1 ORDER BY c.chain DESC LIMIT 1000
"""
_NAMES = "SELECT key, id FROM {schema}.document WHERE type = 'Patient' AND key = ANY ($1)"


@dataclass(slots=True)
class _Chain:
    """What this worker knows of its chain: the tables that it lies in, and the seal made last."""

    tables: int
    number: int = 0
    head: bytes = START
    id: int = 0
    """0: not begun yet."""
    tried: tuple[int, bytes] | None = None
    """Number and hash of a seal of which it is not known whether it was committed."""
    looked: float = -ANCHORED
    anchors: dict[int, Anchor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """Events that were written with a transaction; they are there once that is committed."""

    sealable: tuple[tuple[int, bytes], ...]


class AuditTrail:
    """Takes events, and writes them."""

    def __init__(self, settings: Settings, pool: Pool, snapshot: Callable[[], Awaitable[Snapshot]]) -> None:
        self._pool, self._snapshot = pool, snapshot
        self._schema = quote(settings.own_schema)
        self._key = key_of(settings.audit_key)
        self._interval, self._limit = settings.audit_interval, settings.audit_queue
        self._spills = settings.audit_overflow == "log"
        self._queue: deque[Event | bytes] = deque()
        """Events as they are kept, or as they came where the ids of their patients must be looked up."""
        self._lines: list[bytes] = []
        self._unsealed: list[tuple[int, bytes]] = []
        self._something, self._much = asyncio.Event(), asyncio.Event()
        self._lock = asyncio.Lock()
        self._chain: _Chain | None = None
        self._names: LRUCache[int, str] = LRUCache(10_000)
        self._prefix = ""
        self._ours = range(2_000_000_000, 2**31)
        self._is_unicode = True
        """Does the database take every character?"""
        self._log = AuditLog()
        self._is_failing = False
        self.failures = 0
        """How often events could not be written."""

    @property
    def waiting(self) -> int:
        """Events that are not written yet."""
        return len(self._queue) + len(self._lines)

    def record(self, event: Event) -> None:
        """Have the event written at the next flush."""
        queue = self._queue
        if not event.at:
            event = event._replace(at=now())
        if self._spills and self.waiting >= self._limit:
            self._log.record(event)
            return
        if event.patients and max(event.patients) >= self._ours.start:
            queue.append(event)
        else:
            queue.extend([text_of(part) for part in event.to_json(self._name if self._prefix else None)])
        if not self._something.is_set():
            self._something.set()
        if len(queue) >= BATCH and not self._much.is_set():
            self._much.set()

    def check(self) -> None:
        """Raises Unavailable where too many events wait, unless the log takes them."""
        if len(self._queue) >= self._limit:
            if not self._spills:
                raise Unavailable(UNAUDITED)
            self._log.check()

    async def keep(self, connection: Connection, events: Sequence[Event]) -> Kept:
        """Write events within a transaction. Raises asyncpg's errors."""
        await self._know([key for event in events for key in event.patients], connection)
        found = [self._fitting(text) for event in events for text in self._texts(event)]
        records = await connection.fetch(self._sql(INSERT_UNSEALED), [text.decode() for text in found])
        return Kept(tuple((record[0], digest(text)) for record, text in zip(records, found, strict=True)))

    def committed(self, kept: Kept) -> None:
        """The transaction that `kept` these is committed: have them sealed."""
        self._unsealed += kept.sealable
        self._something.set()

    async def run(self) -> None:
        """Flush again and again; runs until cancelled."""
        self.record(Event("audit-start", _SERVER))
        while True:
            await self._something.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._much.wait()
            if not await self.flush():
                await asyncio.sleep(self._interval)

    async def close(self) -> None:
        """Write what waits, and say that this worker ends."""
        self.record(Event("audit-stop", _SERVER))
        if not await self.flush():
            for line in self._lines:
                self._log.write(line.decode())
            while self._queue:
                for line in self._texts(self._queue.popleft()):
                    self._log.write(line.decode())

    async def flush(self) -> bool:
        """Write all that waits; False where that failed, and it goes on waiting."""
        async with self._lock:
            self._something.clear()
            while self._queue or self._lines or self._unsealed:
                self._much.clear()
                try:
                    await self._write(await self._snapshot())
                except Exception as error:  # whatever it is: what waits must not be forgotten for it
                    self._fail(error)
                    self._something.set()
                    return False
        self._is_failing = False
        return True

    def _fail(self, error: Exception) -> None:
        self.failures += 1
        if not self._is_failing:
            log.error("audit events wait: they cannot be written (%s)", type(error).__name__)
        self._is_failing = True

    async def _write(self, snapshot: Snapshot) -> None:
        """Write one batch, to the tables or to the log."""
        own = snapshot.schema.own
        self._is_unicode = snapshot.schema.encoding == "UTF8"
        self._prefix = next((b.mapping.prefix for b in snapshot.bounds.get("Patient", ()) if b.twin is None), "")
        if own is None or not own.is_writable:
            self._log.check()
            self._take()
            for line in self._lines:
                self._log.write(line.decode())
            self._lines, self._unsealed = [], []
            return
        self._ours = range(own.first, own.last + 1)
        if not self._lines:
            batch = islice(self._queue, BATCH)
            await self._know([key for event in batch if isinstance(event, Event) for key in event.patients])
            self._take()
        await self._sealed(own)

    def _take(self) -> None:
        """A batch of events as they are kept; what is taken stays the same until it is written."""
        if not self._lines:
            events = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            self._lines = [self._fitting(text) for event in events for text in self._texts(event)]

    async def _sealed(self, own: OwnSchema) -> None:
        """Write the batch and its seal in one transaction."""
        chain = self._chain
        tables = own.tables["audit_event"].oid
        if chain is None or chain.tables != tables:
            chain = self._chain = _Chain(tables)
        lines, unsealed, before = self._lines, self._unsealed[: 10 * BATCH], chain.tried
        try:
            async with self._pool.transaction() as connection:
                id = chain.id or await connection.fetchval(self._sql(_CHAIN), _worker(), name_of(self._key))
                heads, found = await self._seen(chain, id, connection)
                anchors = [head for head in heads if chain.anchors.get(head.chain) != head]
                ids = await connection.fetchval(self._sql(_INSERT), f"[{b','.join(lines).decode()}]") if lines else ()
                fresh = [(number, digest(line)) for number, line in zip(ids, lines, strict=True)]
                seal = self._made(chain, id, [*fresh, *unsealed, *found], anchors)
                chain.tried = seal.number, seal.hash(self._key)
                await self._insert(connection, seal, [each[0] for each in (*unsealed, *found)])
        except asyncpg.UniqueViolationError:
            if before is None or not chain.id:
                raise
            id, heads, chain.tried = chain.id, [], before  # that attempt was committed after all, and with it this batch
        chain.id, (chain.number, chain.head), chain.tried = id, chain.tried, None
        chain.anchors |= {head.chain: head for head in heads}
        self._lines = []
        self._unsealed = self._unsealed[len(unsealed) :]

    def _made(self, chain: _Chain, id: int, events: Sequence[tuple[int, bytes]], anchors: Sequence[Anchor]) -> Seal:
        ids, digests = tuple(each for each, _ in events), b"".join(each for _, each in events)
        return Seal(id, chain.number + 1, time_ns() // 1_000_000, ids, digests, tuple(anchors), chain.head)

    async def _insert(self, connection: Connection, seal: Seal, unsealed: Sequence[int]) -> None:
        anchors = orjson.dumps([anchor.to_json() for anchor in seal.anchors]).decode()
        await connection.execute(
            self._sql(_SEAL), seal.chain, seal.number, seal.at, seal.events, seal.digests, anchors, seal.previous,
            seal.hash(self._key),
        )  # fmt: skip
        if unsealed:
            await connection.execute(self._sql(_SEALED), unsealed)

    async def _seen(self, chain: _Chain, id: int, connection: Connection) -> tuple[list[Anchor], list[tuple[int, bytes]]]:
        """The newest seals of others, looked for now and then, and events that others have left without a seal."""
        now = asyncio.get_running_loop().time()
        if now - chain.looked < ANCHORED:
            return [], []
        chain.looked = now
        heads = [Anchor(*record) for record in await connection.fetch(self._sql(_HEADS), id)]
        left = await connection.fetch(self._sql(_LEFT_BEHIND), ANCHORED)
        return heads, [(record["id"], digest(text_of(orjson.loads(record["event"])))) for record in left]

    async def _know(self, keys: Sequence[int], connection: Connection | None = None) -> None:
        """Have the ids of patients at hand that came in through FHIR, whose ids may be clients' own."""
        unknown = [key for key in dict.fromkeys(keys) if key in self._ours and key not in self._names]
        if unknown:
            sql = self._sql(_NAMES)
            fetched: Any = await connection.fetch(sql, unknown) if connection else await self._pool.fetch(
                Statement(sql, (unknown,)), keyed=True
            )
            self._names.update(fetched)

    def _texts(self, event: Event | bytes) -> Sequence[bytes]:
        """An event as it is kept."""
        return (event,) if isinstance(event, bytes) else [text_of(part) for part in event.to_json(self._name)]

    def _fitting(self, text: bytes) -> bytes:
        """The text with `?` for what the encoding of the database may lack: a name must not keep an event from being written."""
        return text if self._is_unicode or text.isascii() else text.decode().encode("ascii", "replace")

    def _name(self, key: int) -> str:
        return (key in self._ours and self._names.get(key)) or f"{self._prefix}{key}"

    def _sql(self, text: str) -> str:
        return text.format(schema=self._schema)


async def record_event(connection: Connection, schema: str, event: Event) -> None:
    """Write an event with the current transaction; a server seals it. `schema` is quoted."""
    await connection.fetch(INSERT_UNSEALED.format(schema=schema), lines_of(event))


def lines_of(event: Event) -> list[str]:
    """What `INSERT_UNSEALED` takes."""
    return [text_of(part).decode() for part in event.to_json()]


def _worker() -> str:
    return f"{socket.gethostname()} {os.getpid()}"
