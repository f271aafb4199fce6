"""Takes away what need not be kept any longer: old events of the audit, superseded versions, ended authorizations.

What enters: how many days each is kept. What leaves: what went, or would go. Nothing of a patient under a legal hold goes, and of
the audit no seal with an event about him. Where seals go with their events, a checkpoint stays, so that the chain can still be
verified; what does not verify stays. All is done in pieces, each a transaction of its own, and may be done again at any time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from time import time_ns
from typing import Any

import asyncpg

from ..auth.audit import Event
from ..auth.audit_seal import key_of, name_of
from ..config import Settings
from ..errors import NotFound
from ..mapping.keys import key_of as person_key
from ..omop.ddl import quote
from .audit.trail import COMMAND, record_event
from .audit.verify import checkpoint_mark, seal_of
from .authorization.purge import ended, purge
from .migrate import own_tables
from .own_database import OwnDatabase
from .postgresql.connections import Connection
from .postgresql.pool import Pool
from .postgresql.session import connected

BATCH = 500
"""Seals, or versions, that go in one transaction."""
_DAY = 86_400_000

_HELD = "SELECT patient FROM {schema}.legal_hold ORDER BY patient"
_CHAINS = "SELECT chain, key FROM {schema}.audit_chain ORDER BY chain"
_SEALS = """
SELECT s.chain, s.number, s.at, s.events, s.digests, s.anchors::text AS anchors, s.previous, s.hash,
       EXISTS (SELECT FROM {schema}.audit_event e WHERE e.id = ANY (s.events) AND e.what && $4) AS held
FROM {schema}.audit_seal s WHERE s.chain = $1 AND s.number > $2 AND s.at < $3 ORDER BY s.number LIMIT 500
"""
_BEFORE = "SELECT * FROM {schema}.audit_checkpoint WHERE chain = $1 AND last = $2 - 1 FOR UPDATE"
_FORGET = "DELETE FROM {schema}.audit_checkpoint WHERE chain = $1 AND first = $2"
_CHECKPOINT = """
INSERT INTO {schema}.audit_checkpoint (chain, first, last, events, at, previous, hash, mark)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_EVENTS = "DELETE FROM {schema}.audit_event WHERE id = ANY ($1)"
_UNSEAL = "DELETE FROM {schema}.audit_seal WHERE chain = $1 AND number BETWEEN $2 AND $3"
_SUPERSEDED = """
SELECT v.document, v.version FROM {schema}.version v
JOIN {schema}.version n ON n.document = v.document AND n.version = (
    SELECT min(x.version) FROM {schema}.version x WHERE x.document = v.document AND x.version > v.version)
WHERE n.last_updated < clock_timestamp() - make_interval(days => $1)
  AND (v.person IS NULL OR NOT (v.person = ANY ($2::bigint[]) OR v.person IN (
      SELECT key FROM {schema}.document WHERE type = 'Patient' AND id = ANY ($3::text[]))))
"""


@dataclass(slots=True)
class Gone:
    """What went, or would go."""

    events: int = 0
    seals: int = 0
    held: int = 0
    """Seals that stay since an event of theirs is about a patient under a legal hold."""
    versions: int = 0
    ended: int = 0
    """Rows of sessions, launches, authorizations and the like."""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Terms:
    """How many days events of the audit, and versions after they were superseded, are kept; None: for ever."""

    audit_days: int | None = None
    history_days: int | None = None


async def retain(settings: Settings, keys: Sequence[str], terms: Terms, *, apply: bool) -> Gone:
    """What went, or without `apply` what would go. `keys` are the secrets of the seals. Raises ConfigurationError."""
    with own_tables(settings.own_schema):
        async with connected(settings.database_url, {"application_name": "omop-fhir"}) as connection:
            work = _Retention(connection, quote(settings.own_schema), [k for k in map(key_of, keys) if k], apply)
            await work.run(terms)
            gone = work.gone
        gone.ended = await _ended(settings, apply=apply)
    return gone


async def _ended(settings: Settings, *, apply: bool) -> int:
    pool = Pool(settings)
    await pool.open()
    try:
        database = OwnDatabase(pool, settings.own_schema)
        return await purge(database) if apply else await ended(database)
    finally:
        await pool.close()


@dataclass(slots=True)
class _Retention:
    """One run, on one connection."""

    connection: Connection
    schema: str
    keys: Sequence[bytes]
    apply: bool
    gone: Gone = field(default_factory=Gone)

    async def run(self, terms: Terms) -> None:
        """Let go of what is older than the terms say."""
        held = [record["patient"] for record in await self._fetch(_HELD)]
        if terms.audit_days is not None:
            before = time_ns() // 1_000_000 - terms.audit_days * _DAY
            for record in await self._fetch(_CHAINS):
                await self._chain(record["chain"], record["key"], before, [f"Patient/{patient}" for patient in held])
        if terms.history_days is not None:
            await self._versions(terms.history_days, held)

    async def _chain(self, chain: int, name: str | None, before: int, held: list[str]) -> None:
        """Let go of the seals of a chain that were made before a time, as far as none is held."""
        keys: dict[str | None, bytes | None] = {None: None, **{name_of(key): key for key in self.keys}}
        if name not in keys:
            self.gone.problems.append(f"chain {chain} stays: the key ({name}) of its seals is not given")
            return
        after = -1
        while records := await self._fetch(_SEALS, chain, after, before, held):
            after = records[-1]["number"]
            for run in _runs(records):
                if not _is_sound(run, keys[name]):
                    self.gone.problems.append(f"chain {chain} stays from seal {run[0]['number']}: see `omop-fhir audit verify`")
                    return
                await self._let_go(chain, keys[name], run)
            self.gone.held += sum(1 for record in records if record["held"])

    async def _let_go(self, chain: int, key: bytes | None, run: Sequence[Any]) -> None:
        """Replace seals that follow each other by a checkpoint, which takes in the one before."""
        events = [id for record in run for id in record["events"]]
        self.gone.seals += len(run)
        self.gone.events += len(events)
        if not self.apply:
            return
        first, last = run[0], run[-1]
        async with self._changing():
            made = {"chain": chain, "first": first["number"], "last": last["number"], "events": len(events), "at": last["at"],
                    "previous": first["previous"], "hash": last["hash"]}  # fmt: skip
            for before in await self._fetch(_BEFORE, chain, first["number"]):
                made |= {"first": before["first"], "events": before["events"] + len(events), "previous": before["previous"]}
                await self._fetch(_FORGET, chain, before["first"])
            await self._fetch(_CHECKPOINT, *made.values(), checkpoint_mark(key, made))
            await self._fetch(_EVENTS, events)
            await self._fetch(_UNSEAL, chain, first["number"], last["number"])
            await self._note("retention", f"audit-{len(events)}-events")

    async def _versions(self, days: int, held: Sequence[str]) -> None:
        """Let go of versions that others have superseded for so long; what a document is now stays, and so does its deletion."""
        args = days, [key for id in held if (key := person_key(id)) is not None], list(held)
        if not self.apply:
            (record,) = await self._fetch(f"SELECT count(*) AS number FROM ({_SUPERSEDED}) old", *args)  # noqa: S608
            self.gone.versions = record["number"]
            return
        limited = f"{_SUPERSEDED} LIMIT {BATCH}"
        sql = f"""DELETE FROM {{schema}}.version v USING ({limited}) old
            WHERE v.document = old.document AND v.version = old.version RETURNING 1"""  # noqa: S608
        done = BATCH
        while done == BATCH:
            async with self._changing():
                done = len(await self._fetch(sql, *args))
                self.gone.versions += done
                if done:
                    await self._note("retention", f"history-{done}-versions")

    async def _note(self, kind: Any, reason: str) -> None:
        await record_event(self.connection, self.schema, Event(kind, COMMAND, reason=reason))

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        """A transaction in which rows of the audit may go."""
        async with self.connection.transaction():
            await self.connection.execute("SET LOCAL omop_fhir.retention = 'on'")
            yield

    async def _fetch(self, text: str, *args: Any) -> list[asyncpg.Record]:
        records: list[asyncpg.Record] = await self.connection.fetch(text.format(schema=self.schema), *args)
        return records


def _runs(records: Sequence[Any]) -> list[list[Any]]:
    """Seals that follow each other, none of which is held."""
    runs: list[list[Any]] = [[]]
    for each in records:
        if runs[-1] and (each["held"] or each["number"] != runs[-1][-1]["number"] + 1):
            runs.append([])
        if not each["held"]:
            runs[-1].append(each)
    return [run for run in runs if run]


def _is_sound(run: Sequence[Any], key: bytes | None) -> bool:
    """Are the seals those that were made, each upon the one before?"""
    follows = all(later["previous"] == earlier["hash"] for earlier, later in pairwise(run))
    return follows and all(seal_of(each).hash(key) == each["hash"] for each in run)


@asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[Connection]:
    with own_tables(settings.own_schema):
        async with connected(settings.database_url) as connection:
            yield connection


async def holds(settings: Settings) -> Sequence[Any]:
    """The patients whose data nothing takes away: patient, reason, since. Raises ConfigurationError."""
    sql = "SELECT patient, reason, since FROM {schema}.legal_hold ORDER BY patient"
    async with _connection(settings) as connection:
        records: Sequence[Any] = await connection.fetch(sql.format(schema=quote(settings.own_schema)))
        return records


async def hold(settings: Settings, patient: str, reason: str) -> None:
    """Have nothing of a patient taken away. Raises ConfigurationError."""
    schema = quote(settings.own_schema)
    sql = f"""INSERT INTO {schema}.legal_hold (patient, reason) VALUES ($1, $2)
        ON CONFLICT (patient) DO UPDATE SET reason = excluded.reason"""  # noqa: S608
    async with _connection(settings) as connection, connection.transaction():
        await connection.execute(sql, patient, reason)
        await record_event(connection, schema, Event("hold", COMMAND, reason="add", resources=(f"Patient/{patient}",)))


async def release(settings: Settings, patient: str) -> None:
    """End a hold. Raises NotFound where there is none, ConfigurationError."""
    schema = quote(settings.own_schema)
    async with _connection(settings) as connection, connection.transaction():
        sql = f"DELETE FROM {schema}.legal_hold WHERE patient = $1 RETURNING 1"  # noqa: S608
        if not await connection.fetch(sql, patient):
            raise NotFound(f"there is no hold on Patient/{patient}")
        await record_event(connection, schema, Event("hold", COMMAND, reason="remove", resources=(f"Patient/{patient}",)))
