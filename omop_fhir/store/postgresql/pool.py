"""Connections to PostgreSQL: one door, bounded, without session state.

Statements go out with bound arguments, records come back; what PostgreSQL or the network has to complain about becomes
one of our own errors, without a word of SQL or data in it. Of several servers, which one is asked is decided in `route`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeAlias

import asyncpg

from ...config import Settings
from ...errors import ConfigurationError, Invalid, Problem, Timeout, TooCostly, Unavailable
from ...query.statement import Statement
from .cluster import Cluster
from .connections import CLOSE_LIMIT, Connection, Connections
from .marks import Marks, OtherMarks
from .node import ANSWERS_NOT, PROBE_LIMIT, Node
from .route import Router, usable

log = logging.getLogger(__name__)

Record: TypeAlias = asyncpg.Record
Records: TypeAlias = Sequence[Record]
Fetch: TypeAlias = Callable[[Statement], Awaitable[Sequence[Any]]]
"""Fetches the records of a statement, wherever it runs."""

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
_GONE = (*_AWAY, asyncpg.ReadOnlySQLTransactionError)
"""For a write: also where the server has become a replica."""
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


class ServerAway(Unavailable):
    """The server that was asked has gone away; another may answer."""


class Pool:
    """The servers of one database. Nothing is connected before the first statement."""

    def __init__(self, settings: Settings, others: OtherMarks | None = None) -> None:
        self._settings = settings
        self.cluster = Cluster(settings)
        marks = Marks(settings.replica_lag, others, lambda: self.cluster.primary)
        self._router = Router(self.cluster, marks, settings.replica_lag)
        self._is_open = False
        self.is_away = False
        """Did the database not answer when it was last asked?"""
        self._changed_at = float("-inf")
        """When it went away, or came back: what began before then says nothing of how it is since."""
        self.failures: Counter[str] = Counter()
        """How many statements failed, by reason."""

    async def open(self) -> None:
        """Let statements in; the database need not be there yet."""
        self._is_open = True

    async def watch(self) -> None:
        """Look whether servers come and go, where there are several; runs until cancelled."""
        await self.cluster.watch()

    @property
    def parts(self) -> dict[str, Connections]:
        """The sets of connections, by name; of several servers, with the host."""
        named = {node: "" if self.cluster.only else f" {node.name}" for node in self.cluster.nodes}
        return {f"{kind}{name}": pool for node, name in named.items() for kind, pool in node.parts.items()}

    async def close(self) -> None:
        """Close all connections, waiting a moment for statements that are under way."""
        await self.cluster.close()

    async def fetch(self, statement: Statement, *, keyed: bool = False) -> Records:
        """The records of a statement.

        Raises Timeout, Unavailable (after one more try on a fresh connection, or on another server) or SchemaChanged.
        """
        node = await self.reader()
        try:
            return await self._fetch(node, statement, keyed)
        except _AWAY:
            self._failed(node)
        node, began = await self.reader(failed=node), monotonic()
        try:
            return await self._fetch(node, statement, keyed)
        except _AWAY as error:
            self._failed(node)
            raise self._away(error, began) from None

    async def fetch_from(self, node: Node, statement: Statement) -> Records:
        """The records of a keyed statement on this node, which is tried once. Raises like `fetch`, ServerAway among it."""
        began = monotonic()
        try:
            return await self._fetch(node, statement, keyed=True)
        except _AWAY as error:
            self._failed(node)
            raise self._away(error, began) from None

    async def fetch_newest(self, statement: Statement) -> Records:
        """The records of a keyed statement on the server that takes writes, so that no commit is missed. Raises like `fetch`."""
        try:
            return await self.fetch_from(await self._writer(), statement)
        except ServerAway:
            return await self.fetch_from(await self._writer(), statement)

    async def reader(self, failed: Node | None = None) -> Node:
        """The node that the request in hand reads from. Raises Unavailable."""
        self._check_open()
        return await self._router.reader(failed)

    async def _fetch(self, node: Node, statement: Statement, keyed: bool) -> Records:
        try:
            return await self._run(node.keyed if keyed else node.scans, statement)
        except asyncpg.ReadOnlySQLTransactionError as error:
            raise _defect(error) from None  # who reads has no statement that writes

    async def _run(self, pool: Connections, statement: Statement) -> Records:
        if len(statement.args) > _MOST_ARGUMENTS:
            raise TooCostly(f"a statement takes at most {_MOST_ARGUMENTS} values, not {len(statement.args)}: ask for fewer")
        began = monotonic()
        async with self._acquired(pool) as connection:
            records: Records = await connection.fetch(statement.text, *statement.args)
        self._back(began)
        return records

    async def change(self, statement: Statement) -> Records:
        """The records of a statement that may write, which is a transaction of its own and never tried twice.

        Raises Timeout, Unavailable, SchemaChanged, and asyncpg's own where something is there already.
        """
        node, began = await self._writer(), monotonic()
        try:
            return await self._run(node.writes, statement)
        except _GONE as error:
            self._failed(node)
            raise self._away(error, began) from None

    def _failed(self, node: Node) -> None:
        node.expire()
        self.cluster.report()

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
        except (asyncpg.UniqueViolationError, asyncpg.ReadOnlySQLTransactionError):
            raise
        except asyncpg.PostgresError as error:
            raise _defect(error) from None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for introspection, to the primary if there is one. Raises like `fetch`."""
        node, began = await self._usable(), monotonic()
        try:
            async with self._acquired(node.scans) as connection:
                yield connection
            self._back(began)
        except _AWAY as error:
            self._failed(node)
            raise self._away(error, began) from None

    async def ping(self) -> None:
        """Raises Unavailable where no server answers soon."""
        node = await self._usable()
        for each in (node, *self.cluster.replicas) if self.cluster.only is None else (node,):
            began = monotonic()
            try:
                await self._ping(each)
                return
            except (*_AWAY, Timeout, TimeoutError) as error:
                if not isinstance(error, Timeout | TimeoutError):
                    self._failed(each)
                away = self._away(error, began)
        raise away

    async def _ping(self, node: Node) -> None:
        """By a connection of its own, however busy others are; by another where the server takes no more of them."""
        began = monotonic()
        try:
            await node.ping()
            self._back(began)
        except ANSWERS_NOT:
            async with asyncio.timeout(PROBE_LIMIT):
                await self._fetch(node, Statement("SELECT 1", ()), keyed=False)

    async def _usable(self) -> Node:
        self._check_open()
        await self.cluster.known()
        return usable(self.cluster)

    async def _writer(self) -> Node:
        self._check_open()
        return await self.cluster.writer()

    def _check_open(self) -> None:
        if not self._is_open:
            raise Unavailable("the server is still starting")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction that may write, committed at the end. Raises like `fetch`, and asyncpg's own where two met."""
        node, began = await self._writer(), monotonic()
        position = None
        try:
            async with self._acquired(node.writes) as connection:
                async with _transaction(connection):
                    yield connection
                if self.cluster.only is None:
                    position = await _position(connection)
            self._back(began)
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            raise
        except _GONE as error:
            self._failed(node)
            raise self._away(error, began) from None
        await self._router.wrote(node, position)

    def _away(self, error: BaseException, began: float) -> ServerAway:
        """Logged once, until it is back."""
        self.failures["away"] += 1
        if not self.is_away and not self.cluster.answers and began > self._changed_at:
            self.is_away, self._changed_at = True, monotonic()
            log.warning("database away: %s", _reason(error))
        return ServerAway("the database cannot be reached just now: try again in a moment")

    def _back(self, began: float) -> None:
        if self.is_away and began > self._changed_at:
            self.is_away, self._changed_at = False, monotonic()
            log.warning("database back")


@asynccontextmanager
async def _transaction(connection: Connection) -> AsyncIterator[None]:
    """As asyncpg's own, but for a server that does not even answer that it rolls back: the connection is given up."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await _rolled_back(connection, transaction)
        raise
    await transaction.commit()


async def _rolled_back(connection: Connection, transaction: asyncpg.transaction.Transaction) -> None:
    try:
        async with asyncio.timeout(CLOSE_LIMIT):
            await transaction.rollback()
    except ANSWERS_NOT:
        connection.terminate()


def _reason(error: BaseException) -> str:
    """The kind of an error and, of the system's own, what it says, which holds no data."""
    told = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


async def _position(connection: Connection) -> int | None:
    """How far the log is that holds a commit which was just made; None where that cannot be said any more."""
    try:
        return int(await connection.fetchval("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn"))
    except ANSWERS_NOT:
        return None


def _defect(error: BaseException) -> Problem:
    log.error("unexpected database error %s %s", getattr(error, "sqlstate", ""), type(error).__name__)
    return Problem("the database refused a statement of this server, which is a defect: report it")
