"""The indexes that are worth having beyond those that are there: found, and made on demand.

Settings and mappings enter; `Proposal`s leave, and by `make` an index of the database. It rejects, with ConfigurationError, a
database that cannot be reached or that refuses.
https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from ...config import Settings
from ...errors import ConfigurationError
from ...mapping.model import Mapping
from ...omop.database import DatabaseSchema
from ...omop.ddl import quote
from ...query.indexes import order_wants, vocabulary_wants, wants
from ...query.ordering import PREFIX
from ..postgresql.session import connected, one_line, session
from ..schema import look
from ..snapshot import Snapshot, make_snapshot


@dataclass(frozen=True, slots=True)
class Proposal:
    """An index, what it serves, and what must be dropped before: one of this name that was left half made."""

    name: str
    table: str
    schema: str
    purposes: tuple[str, ...]
    sql: str
    half_made: bool

    @property
    def drop(self) -> str | None:
        """The statement that takes away what an interrupted CREATE INDEX CONCURRENTLY left."""
        name = f"{quote(self.schema)}.{quote(self.name)}"
        return f"DROP INDEX CONCURRENTLY {name};" if self.half_made and self.name.startswith(PREFIX) else None


async def proposals(settings: Settings, mappings: Sequence[Mapping]) -> tuple[Proposal, ...]:
    """Every index that the mappings could use and the database lacks. Raises ConfigurationError, Timeout."""
    async with session(settings.database_url, settings.statement_timeout) as at:
        schema = await look(at.connection, settings, mappings)
    snapshot = make_snapshot(settings, settings.base_url or "{base}", mappings, schema, {})
    return tuple(_missing(snapshot, schema, settings.sort_row_limit))


def _missing(snapshot: Snapshot, schema: DatabaseSchema, limit: int) -> Iterator[Proposal]:
    bounds = [bound for sources in snapshot.bounds.values() for bound in sources]
    found, _ = wants(bounds, snapshot.site)
    vocabulary = vocabulary_wants(schema.tables.get("concept"), schema.tables.get("concept_ancestor"))
    for want in (*found, *vocabulary):
        if want.index is None and not want.table.is_view:
            half = any(i.name == want.name for i in want.table.indexes)
            yield Proposal(want.name, want.table.name, want.table.schema, want.purposes, want.sql, half)
    for purpose, index in order_wants(bounds, snapshot.site, schema, snapshot.zone, limit):
        if not index.is_there:
            half = any(i.name == index.name for i in index.table.indexes)
            yield Proposal(index.name, index.table.name, index.table.schema, (purpose,), index.sql, half)


async def make(url: str, proposal: Proposal) -> None:
    """Make the index, without locking out writers; it may take long. Raises ConfigurationError."""
    async with connected(url) as connection:
        try:
            if proposal.drop:
                await connection.execute(proposal.drop)
            await connection.execute(proposal.sql)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise ConfigurationError(f"{proposal.name}: the database refused: {one_line(error)}") from None
