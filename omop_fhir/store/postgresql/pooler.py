"""Connections to one host, whether PostgreSQL answers there or a pooler that lends connections by the transaction.

A URL enters, connections leave. PostgreSQL takes settings of ours when a connection begins and keeps prepared statements as
long as it lasts. PgBouncer in transaction mode refuses or ignores such settings, and before 1.21 (or with
`max_prepared_statements = 0`) it does not keep statements: what is prepared on one server connection is executed on another. So
the first who connects looks which of them it is, and nothing relies on the state of a session.
https://www.pgbouncer.org/features.html, https://www.pgbouncer.org/config.html#max_prepared_statements
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from secrets import token_hex
from typing import Literal, TypeAlias

import asyncpg

from .connections import Connection

log = logging.getLogger(__name__)

StatementCache: TypeAlias = Literal["auto", "on", "off"]
Kind: TypeAlias = Literal["keyed", "scans", "writes"]
"""What a connection is for: its plans may be reused (`keyed`), are made anew each time (`scans`), or it writes."""

CONNECT_LIMIT = 10.0
STATEMENTS = 1000
"""Prepared statements that a connection keeps."""
_TRIAL_LIMIT = 3.0
_TRIALS = 5
_COMMON = {"application_name": "omop-fhir", "datestyle": "ISO, YMD"}
"""What every pooler takes (https://www.pgbouncer.org/config.html#ignore_startup_parameters)."""
_OWN: Mapping[Kind, Mapping[str, str]] = {
    "keyed": {"plan_cache_mode": "auto", "default_transaction_read_only": "on"},
    "scans": {"plan_cache_mode": "force_custom_plan", "default_transaction_read_only": "on"},
    "writes": {"plan_cache_mode": "auto", "default_transaction_read_only": "off"},
}
_TAKEN = """
SELECT current_setting('plan_cache_mode') = 'force_custom_plan' AND current_setting('default_transaction_read_only') = 'on'
"""
_PID = "SELECT pg_catalog.pg_backend_pid()"
_FORGOTTEN = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class Door:
    """Connects to one host."""

    def __init__(self, url: str, cache: StatementCache = "auto") -> None:
        self._url = url
        self._cache = cache
        self._learning = asyncio.Lock()
        self.is_pooled: bool | None = None
        """Does something lend connections by the transaction there? None: nobody has connected yet."""
        self._keeps = cache != "off"

    async def connect(self, kind: Kind) -> Connection:
        """A connection for this kind of statements. Raises what connecting raises."""
        if self.is_pooled is None:
            async with self._learning:
                if self.is_pooled is None:
                    await self._learn()
        try:
            return await self._connected(kind)
        except asyncpg.ProtocolViolationError:
            self.is_pooled = None  # PostgreSQL's place was taken by a pooler
            raise

    async def _connected(self, kind: Kind) -> Connection:
        if not self.is_pooled:
            return await connect(self._url, {**_COMMON, **_OWN[kind]}, statements=STATEMENTS * (self._cache != "off"))
        keeps = self._keeps and kind != "scans"  # without `plan_cache_mode` a kept statement may get a plan for any values
        return await connect(self._url, _COMMON, statements=STATEMENTS * keeps)

    async def _learn(self) -> None:
        """Find out what answers there."""
        try:
            connection = await connect(self._url, {**_COMMON, **_OWN["scans"]}, statements=0)
        except asyncpg.ProtocolViolationError as error:
            if "startup parameter" not in str(error):
                raise
            is_pooled = True
        else:
            try:
                is_pooled = not await connection.fetchval(_TAKEN)
            finally:
                await connection.close(timeout=_TRIAL_LIMIT)
        if is_pooled and self._cache == "auto":
            self._keeps = await self._try()
        if is_pooled:
            log.info("connections are lent by a pooler, which %s prepared statements", "keeps" if self._keeps else "loses")
        self.is_pooled = is_pooled

    async def _try(self) -> bool:
        """Does the pooler keep prepared statements?"""
        try:
            async with asyncio.timeout(_TRIAL_LIMIT):
                one = await connect(self._url, _COMMON, statements=1)
                other = await connect(self._url, _COMMON, statements=0)
                try:
                    return await keeps_statements(one, other)
                finally:
                    one.terminate()
                    other.terminate()
        except _FORGOTTEN:
            return False


async def keeps_statements(one: Connection, other: Connection) -> bool:
    """Is a statement that `one` prepared found again on another server connection than it was prepared on?

    `other` takes the very server connection, so that `one` gets another; where that does not happen in a few trials, nothing is
    known, and the answer is no. Raises what the database does where a statement is lost.
    """
    statement = await one.prepare(_PID, name=f"omop_fhir_{token_hex(8)}")  # another worker may have used any other name there
    for _ in range(_TRIALS):
        prepared_on = await statement.fetchval()
        async with other.transaction():
            if await other.fetchval(_PID) == prepared_on:
                return bool(await statement.fetchval() != prepared_on)
    return False


async def connect(url: str, settings: Mapping[str, str], *, statements: int) -> Connection:
    """A connection with these settings that keeps so many prepared statements. Raises what asyncpg raises."""
    return await asyncpg.connect(
        url,
        timeout=CONNECT_LIMIT,
        statement_cache_size=statements,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings=dict(settings),
    )
