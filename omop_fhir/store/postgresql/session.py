"""One connection for a command that looks at a database: read-only, with the database's complaints as one line.

The server itself uses `pool`; a tool may wait longer, and says what the database said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from ...errors import ConfigurationError, Timeout
from .connections import Connection
from .hosts import split_hosts

_TAKEN_BY_POOLERS = ("application_name", "datestyle")
_REFUSALS = (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)


class Unreachable(ConfigurationError):
    """No connection to the database can be had."""


class Absent(ConfigurationError):
    """A table that a statement names is not there."""


class Session:
    """Runs statements on one connection."""

    def __init__(self, connection: Connection, limit: float) -> None:
        self.connection = connection
        self._limit = limit

    async def fetch(self, text: str, *args: Any) -> list[asyncpg.Record]:
        """The records of a statement. Raises Timeout, Absent, and ConfigurationError with what the database said."""
        try:
            records: list[asyncpg.Record] = await self.connection.fetch(text, *args)
        except (asyncpg.QueryCanceledError, TimeoutError):
            limit = f"{self._limit:g} s"
            raise Timeout(f"a statement took longer than {limit}: give more by --statement-timeout") from None
        except asyncpg.UndefinedTableError as error:
            raise Absent(f"the database refused: {one_line(error)}") from None
        except _REFUSALS as error:
            raise ConfigurationError(f"the database refused: {one_line(error)}") from None
        return records

    async def value(self, text: str, *args: Any) -> Any:
        """The first value of the first record."""
        return (await self.fetch(text, *args))[0][0]


@asynccontextmanager
async def session(url: str, limit: float) -> AsyncIterator[Session]:
    """A read-only session; a statement may take `limit` seconds. Raises ConfigurationError where none can be had."""
    settings = {
        "application_name": "omop-fhir",
        "datestyle": "ISO, YMD",
        "default_transaction_read_only": "on",
        "statement_timeout": str(round(limit * 1000)),
    }
    async with connected(url, settings, limit) as connection:
        yield Session(connection, limit)


@asynccontextmanager
async def connected(
    url: str, settings: Mapping[str, str] | None = None, limit: float | None = None
) -> AsyncIterator[Connection]:
    """A connection with these settings of PostgreSQL's, to the primary where the URL names several hosts.

    A pooler between may take no settings; then only `limit` holds, the seconds of a statement.
    Raises ConfigurationError where none can be had.
    """
    try:
        connection = await _connect(url, settings or {}, limit)
    except TimeoutError:
        raise Unreachable("cannot connect to the database: no answer within 10 s") from None
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unreachable(f"cannot connect to the database: {one_line(error)}") from None
    try:
        yield connection
    finally:
        with suppress(asyncpg.InterfaceError, OSError, TimeoutError):
            await connection.close(timeout=10)


async def _connect(url: str, settings: Mapping[str, str], limit: float | None) -> Connection:
    wanted = SessionAttribute.primary if len(split_hosts(url)) > 1 else None
    try:
        return await asyncpg.connect(url, server_settings=dict(settings), timeout=10, target_session_attrs=wanted)
    except asyncpg.ProtocolViolationError:
        taken = {name: value for name, value in settings.items() if name in _TAKEN_BY_POOLERS}
        return await asyncpg.connect(
            url, server_settings=taken, timeout=10, target_session_attrs=wanted, command_timeout=limit, statement_cache_size=0
        )


def one_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
