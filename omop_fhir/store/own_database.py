"""Statements over the tables of our own schema, which they name as `{schema}`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ..omop.ddl import quote
from ..query.statement import Statement
from .migration import lacking
from .postgresql.connections import Connection
from .postgresql.pool import Pool, Record, Records, SchemaChanged


class _Statements(ABC):
    """Runs statements, one way or the other."""

    schema: str

    @abstractmethod
    async def fetch(self, sql: str, *args: Any) -> Records:
        """The records of a statement."""

    async def first(self, sql: str, *args: Any) -> Record | None:
        """The first record, if there is any."""
        records = await self.fetch(sql, *args)
        return records[0] if records else None

    def _text(self, sql: str) -> str:
        return sql.replace("{schema}", quote(self.schema))


class OwnDatabase(_Statements):
    """Our own schema on the server that takes writes: what was just revoked is read as revoked."""

    def __init__(self, pool: Pool, schema: str) -> None:
        self.schema = schema
        self._pool = pool

    async def fetch(self, sql: str, *args: Any) -> Records:
        """The records of one statement, which is its own transaction; one that only reads is tried twice.

        Raises what `Pool.change` does, ConfigurationError.
        """
        statement = Statement(self._text(sql), args)
        try:
            if sql.lstrip().startswith("SELECT"):
                return await self._pool.fetch_newest(statement)
            return await self._pool.change(statement)
        except SchemaChanged:
            raise lacking(self.schema) from None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[OwnTransaction]:
        """Several statements at once or none. Raises what `Pool.transaction` does, ConfigurationError."""
        try:
            async with self._pool.transaction() as connection:
                yield OwnTransaction(connection, self.schema)
        except SchemaChanged:
            raise lacking(self.schema) from None


class OwnTransaction(_Statements):
    """Statements of one transaction."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self._connection = connection
        self.schema = schema

    async def fetch(self, sql: str, *args: Any) -> Records:
        """The records of a statement."""
        records: Records = await self._connection.fetch(self._text(sql), *args)
        return records
