"""A bounded set of connections to one database, made when first needed.

The connection used last goes out first. asyncpg's own pool starts a task and a timer at every release, which cost
more than fetching a row; here a release is an append. A connection that was left in the middle of something is never
lent again: it is closed, and its place is free only then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeAlias

import asyncpg

from ...errors import Problem

Connection: TypeAlias = "asyncpg.Connection[Any]"

IDLE_LIMIT = 300.0
"""Seconds; what was idle for longer may have been forgotten by something in between, and is not used again."""
CLOSE_LIMIT = 5.0

LISTENERS: list[Callable[[Any], None]] = []
"""What is told each statement of the connections that are made from now on, as asyncpg's query loggers are."""


class Connections:
    """At most `size` connections at once; who finds none free waits in line."""

    def __init__(self, size: int, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[float, Connection]] = []
        self._current: set[Connection] = set()
        self._lent: set[Connection] = set()
        self._given_up = 0
        self._closing: set[asyncio.Task[None]] = set()
        self.size = size
        self.waiting = 0

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        """A connection for a while. Raises what connecting raises."""
        connection = await self._take()
        self._lent.add(connection)
        try:
            yield connection
        except (asyncpg.PostgresError, Problem):
            self._give_back(connection, sound=not connection.is_closed() and not connection.is_in_transaction())
            raise
        except BaseException as error:
            self._give_back(connection, sound=False)
            if isinstance(error, AttributeError) and connection.is_closed():  # what asyncpg says of one that was abandoned
                raise asyncpg.InterfaceError("connection was given up") from None
            raise
        self._give_back(connection, sound=True)

    async def _take(self) -> Connection:
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        given_up = self._given_up
        try:
            connection = self._newest() or await self._connected()
        except BaseException:
            self._places.release()
            raise
        if given_up != self._given_up:
            self._give_back(connection, sound=False)
            raise asyncpg.InterfaceError("connection was given up")
        return connection

    @property
    def idle(self) -> int:
        """How many are open and lent to nobody."""
        return len(self._idle)

    @property
    def lent(self) -> int:
        """How many are in use."""
        return len(self._lent)

    def _newest(self) -> Connection | None:
        """The idle connection that was used last; if that is too long ago, all are."""
        while self._idle:
            since, connection = self._idle.pop()
            if not connection.is_closed() and monotonic() - since < IDLE_LIMIT:
                return connection
            self._drop(connection)
        return None

    async def _connected(self) -> Connection:
        connection = await self._connect()
        for listener in LISTENERS:
            connection.add_query_logger(listener)
        self._current.add(connection)
        return connection

    def _give_back(self, connection: Connection, *, sound: bool) -> None:
        self._lent.discard(connection)
        if sound and connection in self._current and not connection.is_closed():
            self._idle.append((monotonic(), connection))
            self._places.release()
        else:
            self._drop(connection).add_done_callback(lambda _: self._places.release())

    def _drop(self, connection: Connection) -> asyncio.Task[None]:
        self._current.discard(connection)
        task = asyncio.ensure_future(_close(connection))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    def expire(self) -> None:
        """Use no connection again that was made before now."""
        self._current.clear()
        while self._idle:
            self._drop(self._idle.pop()[1])

    def abandon(self) -> None:
        """The same, and give up what is lent: who waits for an answer there gets an error at once."""
        self._given_up += 1
        self.expire()
        for connection in tuple(self._lent):
            connection.terminate()

    async def close(self) -> None:
        """Close all connections, waiting for `CLOSE_LIMIT` seconds for those that are lent."""
        try:
            async with asyncio.timeout(CLOSE_LIMIT):
                for _ in range(self.size):
                    await self._places.acquire()
        except TimeoutError:
            for connection in tuple(self._lent):
                connection.terminate()
        self.expire()
        await asyncio.gather(*self._closing)


async def _close(connection: Connection) -> None:
    """A statement that was given up is cancelled in the database first."""
    try:
        await connection.close(timeout=CLOSE_LIMIT)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
