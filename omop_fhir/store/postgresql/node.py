"""One PostgreSQL server of those that hold the database: its connections, and what it said of itself last.

There are three sets of connections: `keyed` for reads by key and patient pages, whose plans may be reused, `writes` for
transactions, and `scans` for all else, planned anew each time (a reused plan of a search can be thousands of times slower than
one made for its values). A server says whether it takes writes or follows another, and how far in the write-ahead log it is.
https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import asyncpg

from ...config import Settings
from .connections import Connection, Connections
from .hosts import host_of
from .pooler import Door

Role: TypeAlias = Literal["unknown", "primary", "replica", "outdated", "away"]
"""`outdated`: it takes writes, and another was promoted since; what it holds is not served."""

PROBE_LIMIT = 1.0
"""Seconds in which a server has to say how it is."""
_STATE = """
SELECT is_replica,
       CASE WHEN is_replica THEN coalesce(pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn()) ELSE pg_current_wal_flush_lsn() END
           - '0/0'::pg_lsn AS position,
       CASE WHEN NOT is_replica THEN ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::integer END
           AS timeline,
       coalesce(pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn(), true) AS is_drained
FROM (SELECT pg_is_in_recovery() AS is_replica) state
"""


@dataclass(frozen=True, slots=True)
class State:
    """What a server said: `position` counts the bytes of the log that it has flushed or, as a replica, replayed."""

    is_replica: bool
    position: int
    timeline: int | None
    """Of a primary: one more with each promotion."""
    is_drained: bool = True
    """Of a replica: has it replayed all that it received?"""


class Node:
    """One server, by the URL of one host."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.name = host_of(url)
        self.role: Role = "unknown"
        self.position = 0
        self.lag = 0.0
        """Seconds that a replica was behind when it was looked at last."""
        self.is_drained = True
        self._door = Door(url, settings.statement_cache)
        size = settings.pool_size
        self.keyed = Connections((size + 1) // 2, partial(self._door.connect, "keyed"))
        self.scans = Connections(max(1, size // 2), partial(self._door.connect, "scans"))
        self.writes = Connections(max(1, size // 2), partial(self._door.connect, "writes"))
        self._own = Connections(1, partial(self._door.connect, "keyed"))
        self._caught_up: asyncio.Future[int] | None = None

    @property
    def parts(self) -> dict[str, Connections]:
        """The sets of connections for requests, by name."""
        return {"keyed": self.keyed, "scans": self.scans, "writes": self.writes}

    @property
    def all(self) -> tuple[Connections, ...]:
        """Every set of connections."""
        return *self.parts.values(), self._own

    @property
    def lent(self) -> int:
        """Connections that are at work on reads."""
        return self.keyed.lent + self.scans.lent

    async def probe(self) -> State:
        """What the server says of itself. Raises what the database raises, and TimeoutError."""
        async with asyncio.timeout(PROBE_LIMIT), self._own.lend() as connection:
            return await _state(connection)

    async def ping(self) -> None:
        """Have it answer. Raises like `probe`."""
        async with asyncio.timeout(PROBE_LIMIT), self._own.lend() as connection:
            await connection.execute("SELECT 1")

    async def look(self) -> int:
        """How far in the log it is now; who asks while one look is under way waits for the next. Raises like `probe`."""
        if self._caught_up is not None:
            await asyncio.wait([self._caught_up])
        if self._caught_up is None:
            self._caught_up = asyncio.ensure_future(self._look())
            self._caught_up.add_done_callback(self._looked)
        return await asyncio.shield(self._caught_up)

    async def _look(self) -> int:
        state = await self.probe()
        self.position, self.is_drained = state.position, state.is_drained
        return self.position

    def _looked(self, done: asyncio.Future[int]) -> None:
        self._caught_up = None
        if not done.cancelled():
            done.exception()  # whoever waited has it

    def expire(self) -> None:
        """Use no connection again that was made before now."""
        for each in self.all:
            each.expire()

    def abandon(self) -> None:
        """Give up all connections, also those at work: the server does not answer."""
        for each in self.all:
            each.abandon()

    async def close(self) -> None:
        """Close all connections, waiting a moment for statements that are under way."""
        await asyncio.gather(*(each.close() for each in self.all))


async def _state(connection: Connection) -> State:
    row = await connection.fetchrow(_STATE)
    assert row is not None, "one row is selected"  # noqa: S101
    return State(row["is_replica"], int(row["position"]), row["timeline"], row["is_drained"])


ANSWERS_NOT = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a probe raises where a server is not there, or not as it should be."""
