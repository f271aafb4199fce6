"""Is the audit as it was written? Each seal is made again, and compared; each event with its digest.

What enters: a database, the keys that seals were made with, and heads of chains that were kept elsewhere. What leaves: all that
was altered, removed, put in, put elsewhere or cut off, in words for people. It looks at one state of the database, and changes
nothing. What it cannot see is told in docs/audit.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from ...auth.audit_seal import SIZE, START, Anchor, Seal, digest, mark, name_of, text_of
from ...omop.ddl import quote
from ..migrate import own_tables
from ..postgresql.session import Session, session

BATCH = 200
"""Seals that are looked at together."""

_CHAINS = """
SELECT chain, c.worker, c.key, c.started_at FROM {schema}.audit_chain c
FULL JOIN (SELECT DISTINCT chain FROM {schema}.audit_seal UNION SELECT chain FROM {schema}.audit_checkpoint) s USING (chain)
ORDER BY chain
"""
_SEALS = """
SELECT chain, number, at, events, digests, anchors::text AS anchors, previous, hash FROM {schema}.audit_seal
WHERE chain = $1 AND number > $2 ORDER BY number LIMIT $3
"""
_CHECKPOINTS = "SELECT * FROM {schema}.audit_checkpoint WHERE chain = $1 ORDER BY first"
_EVENTS = "SELECT id, event::text AS event FROM {schema}.audit_event WHERE id = ANY ($1)"
_SEAL = "SELECT hash FROM {schema}.audit_seal WHERE chain = $1 AND number = $2"
_COVERED = "SELECT last, hash FROM {schema}.audit_checkpoint WHERE chain = $1 AND $2 BETWEEN first AND last"
_FOREIGN = """
SELECT e.id FROM {schema}.audit_event e
LEFT JOIN (SELECT unnest(events) AS id FROM {schema}.audit_seal) s USING (id)
LEFT JOIN {schema}.audit_unsealed u USING (id)
WHERE s.id IS NULL AND u.id IS NULL ORDER BY e.id LIMIT 100
"""
_WAITING = "SELECT count(*) AS number FROM {schema}.audit_unsealed"
_HEADS = """
SELECT c.chain, s.number, s.hash FROM {schema}.audit_chain c
CROSS JOIN LATERAL (SELECT number, hash FROM {schema}.audit_seal s WHERE s.chain = c.chain ORDER BY number DESC LIMIT 1) s
ORDER BY c.chain
"""


@dataclass(slots=True)
class Report:
    """What was found: how much was looked at, what is wrong, and what is worth knowing."""

    chains: int = 0
    seals: int = 0
    events: int = 0
    waiting: int = 0
    """Events of writes whose seals are still to be made."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Is nothing wrong?"""
        return not self.problems


async def verify(
    url: str,
    schema: str,
    keys: Sequence[bytes],
    limit: float,
    heads: Sequence[Anchor] = (),
    unkeyed: Collection[int] = (),
) -> Report:
    """The report on an audit; `unkeyed` are the chains that were made before there was a key.

    That a chain has no key is not believed of the database where there are keys: whoever alters it could say so of any.
    Raises ConfigurationError where the tables cannot be read, Timeout.
    """
    with own_tables(schema):
        async with session(url, limit) as found, found.connection.transaction(isolation="repeatable_read", readonly=True):
            work = _Verification(found, quote(schema), {name_of(key): key for key in keys}, frozenset(unkeyed))
            await work.run(heads)
            return work.report


async def heads(url: str, schema: str, limit: float) -> list[Anchor]:
    """The newest seal of each chain, to be kept where nobody who may change the database may change them."""
    with own_tables(schema):
        async with session(url, limit) as found:
            return [Anchor(*record) for record in await found.fetch(_HEADS.format(schema=quote(schema)))]


def seal_of(record: Any) -> Seal:
    """The seal of a record."""
    anchors = tuple(Anchor.of_json(each) for each in orjson.loads(record["anchors"]))
    events = tuple(record["events"])
    return Seal(record["chain"], record["number"], record["at"], events, record["digests"], anchors, record["previous"])


def checkpoint_mark(key: bytes | None, record: Any) -> bytes:
    """What a checkpoint is marked with."""
    values = [record[name] for name in ("chain", "first", "last", "events", "at")]
    return mark(key, "checkpoint", [*values, record["previous"].hex(), record["hash"].hex()])


@dataclass(slots=True)
class _Verification:
    """One look at the chains, with the keys by their names."""

    session: Session
    schema: str
    keys: dict[str | None, bytes]
    unkeyed: frozenset[int]
    report: Report = field(default_factory=Report)
    anchors: list[tuple[str, Anchor]] = field(default_factory=list)

    async def run(self, heads: Sequence[Anchor]) -> None:
        """Look at all chains, then at what they say of each other."""
        for record in await self._fetch(_CHAINS):
            self.report.chains += 1
            chain, name, began = record["chain"], record["key"], record["started_at"]
            if began is None:
                self._wrong(f"chain {chain} has seals and no beginning")
            elif name is not None and name not in self.keys:
                self._wrong(f"chain {chain} was made with a key ({name}) that is not given")
            elif name is None and self.keys and chain not in self.unkeyed:
                self._wrong(f"chain {chain} has seals that anybody can make, and a key was given: see --unkeyed")
            is_known = began is not None and (name is None or name in self.keys)
            await self._chain(chain, self.keys.get(name), is_known=is_known)
        self.anchors += (("a head that was kept elsewhere", head) for head in heads)
        for anchor, witness in {anchor: witness for witness, anchor in self.anchors}.items():
            await self._anchor(witness, anchor)
        for record in await self._fetch(_FOREIGN):
            self._wrong(f"event {record['id']} was put in without a seal, or its seal was removed")
        self.report.waiting = (await self._fetch(_WAITING))[0]["number"]

    async def _chain(self, chain: int, key: bytes | None, *, is_known: bool) -> None:
        """Walk the seals and checkpoints of a chain."""
        walk = _Walk(chain, key, is_known, list(await self._fetch(_CHECKPOINTS, chain)), self.report)
        async for records in self._seals(chain):
            for record in records:
                self.report.seals += 1
                seal = walk.step(record)
                self.anchors += ((f"chain {chain}", anchor) for anchor in seal.anchors)
            await self._events(records, walk)
        walk.end()

    async def _seals(self, chain: int) -> AsyncIterator[Sequence[Any]]:
        after = -1
        while records := await self._fetch(_SEALS, chain, after, BATCH):
            yield records
            after = records[-1]["number"]

    async def _events(self, records: Sequence[Any], walk: _Walk) -> None:
        """Compare the events of some seals with their digests."""
        ids = [id for record in records for id in record["events"]]
        found = {record["id"]: record["event"] for record in await self._fetch(_EVENTS, ids)}
        for record in records:
            digests = record["digests"]
            for n, id in enumerate(record["events"]):
                self.report.events += 1
                event = found.get(id)
                if event is None:
                    self._wrong(f"event {id} was removed (seal {record['number']} of chain {walk.chain})")
                elif digest(text_of(orjson.loads(event))) != digests[n * SIZE : (n + 1) * SIZE]:
                    self._wrong(f"event {id} was altered (seal {record['number']} of chain {walk.chain})")
        if records[-1]["events"]:
            walk.last_event = found.get(records[-1]["events"][-1])

    async def _anchor(self, witness: str, anchor: Anchor) -> None:
        """Is the seal that a witness saw still there?"""
        seals = await self._fetch(_SEAL, anchor.chain, anchor.number)
        if seals and seals[0]["hash"] != anchor.hash:
            self._wrong(f"seal {anchor.number} of chain {anchor.chain} is not the one that {witness} saw")
        if seals:
            return
        covered = await self._fetch(_COVERED, anchor.chain, anchor.number)
        if not covered:
            self._wrong(f"chain {anchor.chain} was cut off: {witness} saw its seal {anchor.number}")
        elif covered[0]["last"] == anchor.number and covered[0]["hash"] != anchor.hash:
            self._wrong(f"the checkpoint of chain {anchor.chain} ends with another seal {anchor.number} than {witness} saw")

    async def _fetch(self, text: str, *args: Any) -> Sequence[Any]:
        return await self.session.fetch(text.format(schema=self.schema), *args)

    def _wrong(self, text: str) -> None:
        self.report.problems.append(text)


@dataclass(slots=True)
class _Walk:
    """Where a walk along one chain stands."""

    chain: int
    key: bytes | None
    is_known: bool
    checkpoints: list[Any]
    report: Report
    expected: int = 1
    previous: bytes | None = START
    """None: not known, since something is missing there."""
    at: int = 0
    last_event: str | None = None

    def step(self, record: Any) -> Seal:
        """The next seal."""
        self._pass_checkpoints()
        seal = seal_of(record)
        if seal.number > self.expected:
            self._wrong(f"seals {self.expected} to {seal.number - 1} of chain {self.chain} were removed")
            self.previous = None
        elif seal.number < self.expected:
            self._wrong(f"seal {seal.number} of chain {self.chain} is there though a checkpoint says that it went")
        if self.is_known and seal.hash(self.key) != record["hash"]:
            self._wrong(f"seal {seal.number} of chain {self.chain} was altered")
        if self.previous is not None and seal.previous != self.previous:
            self._wrong(f"seal {seal.number} of chain {self.chain} does not follow seal {seal.number - 1}")
        self.expected, self.previous, self.at = seal.number + 1, record["hash"], seal.at
        return seal

    def end(self) -> None:
        """There are no more seals."""
        self._pass_checkpoints()
        for record in self.checkpoints:
            self._wrong(f"a checkpoint of chain {self.chain} says that seals from {record['first']} went, which are not known")
        if self.expected == 1:
            self._wrong(f"all seals of chain {self.chain} were removed")
        elif self.last_event is not None and orjson.loads(self.last_event).get("kind") != "audit-stop":
            when = datetime.fromtimestamp(self.at / 1000, UTC).isoformat(timespec="seconds")
            self.report.notes.append(f"chain {self.chain} is open: its worker runs, or was killed after {when}")

    def _pass_checkpoints(self) -> None:
        while self.checkpoints and self.checkpoints[0]["first"] <= self.expected:
            record = self.checkpoints.pop(0)
            if self.is_known and checkpoint_mark(self.key, record) != record["mark"]:
                self._wrong(f"the checkpoint at seal {record['last']} of chain {self.chain} is not one that this server made")
            if record["first"] < self.expected or (self.previous is not None and record["previous"] != self.previous):
                self._wrong(f"the checkpoint at seal {record['last']} of chain {self.chain} does not follow what is before it")
            self.expected, self.previous, self.at = record["last"] + 1, record["hash"], record["at"]

    def _wrong(self, text: str) -> None:
        self.report.problems.append(text)
