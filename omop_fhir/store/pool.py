"""Connections to PostgreSQL: one door, bounded, without session state.

Statements go out with bound arguments, records come back; what PostgreSQL or the network has to complain about becomes
one of our own errors, without a word of SQL or data in it. There are three pools: `keyed` for reads by key and patient
pages, whose plans may be reused, `writes` for transactions, and `scans` for all else, planned anew each time (a reused plan
of a search can be thousands of times slower than one made for its values).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg

from ..config import Settings
from ..errors import ConfigurationError, Invalid, Problem, Timeout, TooCostly, Unavailable
from ..query.statement import Statement
from .connections import Connection, Connections

log = logging.getLogger(__name__)

Record: TypeAlias = asyncpg.Record
Records: TypeAlias = Sequence[Record]

_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that died between two messages
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.SerializationError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
_CHANGED = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.DatatypeMismatchError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.WrongObjectTypeError,
    asyncpg.InternalServerError,  # a table that was dropped between two looks of the planner has no name of its own
)
_MOST_ARGUMENTS = 32_767
"""PostgreSQL's bound (https://www.postgresql.org/docs/current/limits.html is 65,535; asyncpg counts in 16 bits, signed)."""
_UNWRITABLE = (asyncpg.UntranslatableCharacterError, asyncpg.CharacterNotInRepertoireError)


class SchemaChanged(Exception):
    """The database is no longer what it was when the statement was made: look at it again, plan again."""


class Pool:
    """Both pools of one database. Nothing is connected before the first statement."""

    def __init__(self, settings: Settings) -> None:
        _check_url(settings.database_url)
        self._settings = settings
        self._keyed: Connections | None = None
        self._scans: Connections | None = None
        self._writes: Connections | None = None
        self.is_away = False
        """Did the database not answer when it was last asked?"""
        self.failures: Counter[str] = Counter()
        """How many statements failed, by reason."""

    async def open(self) -> None:
        """Make the pools; the database need not be there yet."""
        size = self._settings.pool_size
        self._keyed = self._connections((size + 1) // 2, "auto")
        self._scans = self._connections(max(1, size // 2), "force_custom_plan")
        self._writes = self._connections(max(1, size // 2), "auto", read_only="off")

    def _connections(self, size: int, plan_cache_mode: str, read_only: str = "on") -> Connections:
        async def connect() -> Connection:
            return await asyncpg.connect(
                self._settings.database_url,
                timeout=10,
                statement_cache_size=1000,
                max_cached_statement_lifetime=0,
                max_cacheable_statement_size=0,
                server_settings={
                    "application_name": "omop-fhir",
                    "datestyle": "ISO, YMD",
                    "plan_cache_mode": plan_cache_mode,
                    "default_transaction_read_only": read_only,
                },
            )

        return Connections(size, connect)

    @property
    def parts(self) -> dict[str, Connections]:
        """The pools that are open, by name."""
        named = {"keyed": self._keyed, "scans": self._scans, "writes": self._writes}
        return {name: pool for name, pool in named.items() if pool is not None}

    async def close(self) -> None:
        """Close both pools, waiting a moment for statements that are under way."""
        for pool in (self._keyed, self._scans, self._writes):
            if pool is not None:
                await pool.close()

    async def fetch(self, statement: Statement, *, keyed: bool = False) -> Records:
        """The records of a statement.

        Raises Timeout, Unavailable (after one more try on a fresh connection) or SchemaChanged.
        """
        pool = self._opened(self._keyed if keyed else self._scans)
        try:
            return await self._fetch(pool, statement)
        except _AWAY:
            pool.expire()
        try:
            return await self._fetch(pool, statement)
        except _AWAY as error:
            raise self._away(error) from None

    async def _fetch(self, pool: Connections, statement: Statement) -> Records:
        if len(statement.args) > _MOST_ARGUMENTS:
            raise TooCostly(f"a statement takes at most {_MOST_ARGUMENTS} values, not {len(statement.args)}: ask for fewer")
        async with self._acquired(pool) as connection:
            records: Records = await connection.fetch(statement.text, *statement.args)
        self._back()
        return records

    async def change(self, statement: Statement) -> Records:
        """The records of a statement that may write, which is a transaction of its own and never tried twice.

        Raises Timeout, Unavailable, SchemaChanged, and asyncpg's own where something is there already.
        """
        pool = self._opened(self._writes)
        try:
            return await self._fetch(pool, statement)
        except _AWAY as error:
            pool.expire()
            raise self._away(error) from None

    @asynccontextmanager
    async def _acquired(self, pool: Connections) -> AsyncIterator[Connection]:
        """A connection for as long as a statement may take; the database's complaints become ours."""
        limit, lent = self._settings.statement_timeout, False
        try:
            async with asyncio.timeout(limit), pool.lend() as connection:
                lent = True
                yield connection
        except (TimeoutError, asyncpg.QueryCanceledError):
            self.failures["timeout" if lent else "no connection"] += 1
            if not lent:
                raise Unavailable("no connection to the database is free: try again in a moment") from None
            raise Timeout(f"the database did not answer within {limit:g} s: narrow the search") from None
        except _CHANGED as error:
            raise SchemaChanged(type(error).__name__) from None
        except _UNWRITABLE:
            raise Invalid("a value holds a character that the encoding of the database lacks") from None
        except _AWAY as error:
            if isinstance(error, asyncpg.exceptions.ClientConfigurationError):
                raise ConfigurationError(f"the database URL cannot be used: {error}") from None
            if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
                raise _defect(error) from None  # arguments or settings that no other connection would take
            raise
        except asyncpg.UniqueViolationError:
            raise
        except asyncpg.PostgresError as error:
            raise _defect(error) from None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for introspection. Raises like `fetch`."""
        pool = self._opened(self._scans)
        try:
            async with self._acquired(pool) as connection:
                yield connection
            self._back()
        except _AWAY as error:
            pool.expire()
            raise self._away(error) from None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction that may write, committed at the end. Raises like `fetch`, and asyncpg's own where two met."""
        pool = self._opened(self._writes)
        try:
            async with self._acquired(pool) as connection, connection.transaction():
                yield connection
            self._back()
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            raise
        except _AWAY as error:
            pool.expire()
            raise self._away(error) from None

    def _away(self, error: BaseException) -> Unavailable:
        """Logged once, until it is back."""
        self.failures["away"] += 1
        if not self.is_away:
            log.warning("database away: %s", type(error).__name__)
        self.is_away = True
        return Unavailable("the database cannot be reached just now: try again in a moment")

    def _back(self) -> None:
        if self.is_away:
            log.warning("database back")
        self.is_away = False

    @staticmethod
    def _opened(pool: Connections | None) -> Connections:
        if pool is None:
            raise Unavailable("the server is still starting")
        return pool


def _check_url(url: str) -> None:
    """Raises ConfigurationError, without a word of the URL, which may hold a password."""
    try:
        parts = urlsplit(url)
        if "," not in parts.netloc:  # several hosts have ports of their own, which asyncpg reads
            _ = parts.port
    except ValueError:
        message = "the database URL cannot be read: percent-encode what is special in user and password"
        raise ConfigurationError(message) from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise ConfigurationError("the database URL must begin with postgresql://")


def _defect(error: BaseException) -> Problem:
    log.error("unexpected database error %s %s", getattr(error, "sqlstate", ""), type(error).__name__)
    return Problem("the database refused a statement of this server, which is a defect: report it")
