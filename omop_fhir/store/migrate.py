"""Our own schema made and brought up to date: the only door by which it changes shape.

A database URL, the name of the schema and migrations enter; the same schema leaves, each migration in a transaction of its
own with its line of history in it. It may reject, with ConfigurationError, a history that does not fit, a schema that is
somebody else's, missing rights, and a script that fails. The CDM is not touched: scripts run without a search path.

Whoever comes takes a lock for the length of one migration and then looks what is left, so any number of processes may
start at once, also through a pooler that lends connections by the transaction.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

import asyncpg

from ..errors import ConfigurationError
from ..omop.ddl import quote
from .authorization.roles import seed
from .migration import Applied, Migration, check_current, lacking, pending, shipped_migrations
from .postgresql.connections import Connection
from .postgresql.lock import lock_number
from .postgresql.session import Absent, connected, one_line

Progress = Callable[[Migration, float], object]
"""Told after each migration, with the seconds that it took."""

HISTORY = "migration"
"""The table, in our own schema, of what was applied."""

_SETTINGS = {"application_name": "omop-fhir migrate"}
_LOCAL = "SET LOCAL search_path = ''; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0"

_SCHEMA = "SELECT oid FROM pg_namespace WHERE nspname = $1"

_TABLES = """
SELECT count(*), coalesce(bool_or(relname = $2), false) FROM pg_class
WHERE relnamespace = $1 AND relkind IN ('r', 'p', 'f', 'v', 'm')
"""

_MAY_MAKE = "SELECT has_database_privilege(current_database(), 'CREATE')"

_MAY_CHANGE = """
SELECT has_schema_privilege(n.oid, 'CREATE') AND NOT EXISTS (
    SELECT FROM pg_class WHERE relnamespace = n.oid AND relkind IN ('r', 'p', 'S') AND NOT pg_has_role(relowner, 'USAGE'))
FROM pg_namespace n WHERE n.oid = $1
"""

_MAKE_HISTORY = """
CREATE TABLE {table} (
    version integer PRIMARY KEY,
    description text NOT NULL,
    checksum text NOT NULL,
    installed_on timestamptz NOT NULL DEFAULT current_timestamp,
    execution_ms integer NOT NULL
)
"""


async def migrate(
    url: str, schema: str, migrations: Sequence[Migration] | None = None, progress: Progress | None = None
) -> tuple[Migration, ...]:
    """Apply what is pending, in order, and return it. Raises ConfigurationError; what was applied before stays."""
    wanted = shipped_migrations() if migrations is None else migrations
    applied: list[Migration] = []
    async with connected(url, _SETTINGS) as connection:
        while (done := await _step(connection, schema, wanted)) is not None:
            applied.append(done[0])
            if progress:
                progress(*done)
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", lock_number(f"omop-fhir migrate {schema}"))
            await seed(connection, schema)
    return tuple(applied)


async def missing(url: str, schema: str, migrations: Sequence[Migration] | None = None) -> tuple[Migration, ...]:
    """What `migrate` would apply; nothing is changed. Raises ConfigurationError."""
    wanted = shipped_migrations() if migrations is None else migrations
    async with connected(url, _SETTINGS | {"default_transaction_read_only": "on"}) as connection:
        return pending(wanted, await read_history(connection, schema) or ())


async def require_rights(url: str, schema: str) -> None:
    """Raises ConfigurationError where the role may not do what `migrate` does: make our own schema, or change what is in it."""
    async with connected(url, _SETTINGS | {"default_transaction_read_only": "on"}) as connection:
        oid = await connection.fetchval(_SCHEMA, schema)
        if oid is None and not await connection.fetchval(_MAY_MAKE):
            raise _cannot_make(connection, schema, "the role may not CREATE in the database")
        if oid is not None and not await connection.fetchval(_MAY_CHANGE, oid):
            message = f"the role {_user(connection)} may not change the schema {schema}: run it as the role that owns it"
            raise ConfigurationError(message)


async def require_current(url: str, schema: str) -> None:
    """Raises ConfigurationError where our own schema is absent or not what this program needs."""
    async with connected(url, {"default_transaction_read_only": "on"}) as connection:
        check_current(shipped_migrations(), await read_history(connection, schema), schema)


@contextmanager
def own_tables(schema: str) -> Iterator[None]:
    """A command's work with the tables of our own schema. Raises ConfigurationError for whatever the database refuses in it."""
    try:
        yield
    except (Absent, asyncpg.UndefinedTableError):
        raise lacking(schema) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ConfigurationError(f"the database refused: {one_line(error)}") from None


async def read_history(connection: Connection, schema: str) -> tuple[Applied, ...] | None:
    """What was applied, by number; None where there is no history yet.

    Raises ConfigurationError for a schema that holds tables and no history: it is not ours.
    """
    oid = await connection.fetchval(_SCHEMA, schema)
    if oid is None:
        return None
    tables, has_history = await connection.fetchrow(_TABLES, oid, HISTORY) or (0, False)
    if not has_history and tables:
        raise ConfigurationError(f"the schema {schema} holds tables of somebody else: choose another by --own-schema")
    return await _read(connection, schema) if has_history else None


async def _read(connection: Connection, schema: str) -> tuple[Applied, ...]:
    sql = f"SELECT version, description, checksum FROM {_table(schema)} ORDER BY version"
    try:
        records = await connection.fetch(sql)
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigurationError(f"the history in the schema {schema} cannot be read: {one_line(error)}") from None
    except asyncpg.UndefinedColumnError:
        raise ConfigurationError(f"{schema}.{HISTORY} is not the history of our migrations") from None
    return tuple(Applied(*record) for record in records)


async def _step(connection: Connection, schema: str, wanted: Sequence[Migration]) -> tuple[Migration, float] | None:
    """Apply the first that is pending, and say how long it took; None where nothing is."""
    async with connection.transaction(isolation="read_committed"):
        await connection.execute(_LOCAL)
        await connection.execute("SELECT pg_advisory_xact_lock($1)", lock_number(f"omop-fhir migrate {schema}"))
        history = await read_history(connection, schema)
        if history is None:
            await _make_history(connection, schema)
        left = pending(wanted, history or ())
        return await _apply(connection, schema, left[0]) if left else None


async def _make_history(connection: Connection, schema: str) -> None:
    try:
        if await connection.fetchval(_SCHEMA, schema) is None:
            await connection.execute(f"CREATE SCHEMA {quote(schema)}")
        await connection.execute(_MAKE_HISTORY.format(table=_table(schema)))
    except asyncpg.InsufficientPrivilegeError as error:
        raise _cannot_make(connection, schema, one_line(error)) from None


def _cannot_make(connection: Connection, schema: str, why: str) -> ConfigurationError:
    help = f"let the owner of the database run CREATE SCHEMA {quote(schema)} AUTHORIZATION {quote(_user(connection))}"
    return ConfigurationError(f"the schema {schema} cannot be made: {why}; {help}")


def _user(connection: Connection) -> str:
    """The role that a connection works as, known without a statement: its transaction has failed."""
    return str(connection.get_settings().session_authorization)


async def _apply(connection: Connection, schema: str, migration: Migration) -> tuple[Migration, float]:
    start = perf_counter()
    try:
        await connection.execute(migration.sql(schema))
    except asyncpg.PostgresError as error:
        raise ConfigurationError(f"{migration.name} failed, nothing of it remains: {one_line(error)}") from None
    seconds = perf_counter() - start
    sql = f"INSERT INTO {_table(schema)} (version, description, checksum, execution_ms) VALUES ($1, $2, $3, $4)"
    await connection.execute(sql, migration.version, migration.description, migration.checksum, round(seconds * 1000))
    return migration, seconds


def _table(schema: str) -> str:
    return f"{quote(schema)}.{HISTORY}"
