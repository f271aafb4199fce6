"""Transactions against the database: begun, run, committed, and tried again where they met another.

https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import uniform
from typing import Any, TypeVar

import asyncpg

from ...auth.audit import NO_OCCASION, Event, Kind, Occasion
from ...auth.grants import Caller
from ...errors import Conflict, MethodNotAllowed
from ...mapping.bind import Bound
from ...plan.criteria import Criteria
from ...plan.history import HistoryPlan
from ...plan.search import SearchPlan
from ...query.select import offsets
from ...query.statement import Statement
from ...render.resource import Resource
from ..facade import Facade
from ..postgresql.connections import Connection
from ..snapshot import Snapshot
from .adoption import Adoption
from .documents import Documents
from .following import Following
from .periods import Periods
from .rows import Rows
from .standing import VERSION
from .transaction import Transaction

T = TypeVar("T")

ATTEMPTS = 6
"""How often a transaction is tried that deadlocked, or wanted an id that another took at the same time."""
_KINDS: Mapping[str, Kind] = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_MET = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.UniqueViolationError)


class _Reading:
    """Reads within a transaction."""

    def __init__(self, facade: Facade, snapshot: Snapshot, connection: Connection) -> None:
        self._facade = facade
        self._snapshot = snapshot
        self._connection = connection

    async def search(self, plan: SearchPlan) -> Sequence[Any]:
        """The records of a plan."""
        return () if plan.is_empty else await self.fetch(await self._facade.search_statement(self._snapshot, plan))

    async def fetch(self, statement: Statement) -> Sequence[Any]:
        """The records of a statement."""
        records: Sequence[Any] = await self._connection.fetch(statement.text, *statement.args)
        return records

    async def history(self, plan: HistoryPlan) -> bool:
        """Does a plan find a version that holds a resource?"""
        found = () if plan.is_empty else await self.fetch(await self._facade.history_statement(self._snapshot, plan))
        return any(record["content"] is not None for record in found)

    async def rows(self, bound: Bound, keys: Sequence[int]) -> dict[int, Resource]:
        """What rows are rendered as, by their keys."""
        return await self._facade.rows(self._snapshot, bound, keys, self.fetch)

    async def version(self, plan: SearchPlan) -> str | None:
        """The version of the document that a plan finds, as it is shown; None where it is withheld."""
        shown = await self._facade.settled(self._snapshot, plan, await self.search(plan))
        at = offsets([branch.bound for branch in plan.branches], 0)
        return str(shown[0][at[shown[0][0]] + VERSION]) if shown else None


async def transact(
    facade: Facade, snapshot: Snapshot, criteria: Criteria, author: str | None, work: Callable[[Transaction], Awaitable[T]],
    occasion: Occasion = NO_OCCASION,
) -> T:
    """The result of `work`, committed, and with it an event for each write.

    Raises what it raises, with nothing written; MethodNotAllowed where nothing can be, Conflict where others kept coming first.
    """
    if not snapshot.is_writable:
        raise MethodNotAllowed("nothing can be written to this server", "GET, HEAD, OPTIONS")
    for attempt in range(ATTEMPTS):
        try:
            async with facade.pool.transaction() as connection:
                transaction = _begun(facade, snapshot, criteria, author, connection)
                result = await work(transaction)
                kept = await facade.audit.keep(connection, list(_events(transaction, criteria.grants.caller, occasion)))
            facade.audit.committed(kept)
            return result
        except _MET:
            await asyncio.sleep(uniform(0, 0.02 * 2**attempt))  # noqa: S311
    raise _others()


def _events(transaction: Transaction, caller: Caller, occasion: Occasion) -> Iterator[Event]:
    for method, type, id, persons in transaction.touched:
        resources = (f"{type}/{id}",) if id else ()
        yield Event(_KINDS[method], caller, type=type, resources=resources, patients=persons, occasion=occasion)


async def rehearse(
    facade: Facade, snapshot: Snapshot, criteria: Criteria, author: str | None, work: Callable[[Transaction], Awaitable[T]]
) -> T:
    """The result of `work`, of which nothing remains. Raises what it raises."""
    try:
        async with facade.pool.transaction() as connection:
            undone = connection.transaction()
            await undone.start()
            try:
                return await work(_begun(facade, snapshot, criteria, author, connection))
            finally:
                await undone.rollback()
    except _MET:
        raise _others() from None


def _begun(
    facade: Facade, snapshot: Snapshot, criteria: Criteria, author: str | None, connection: Connection
) -> Transaction:
    documents = Documents(connection, facade.settings.own_schema, snapshot.schema.tables.get("person"))
    rows = Rows(connection, snapshot.schema, facade.settings.own_schema, documents.keys)
    reading, checks = _Reading(facade, snapshot, connection), facade.settings.check_references
    periods = _periods(facade, snapshot, connection, documents)
    adoption = Adoption(snapshot, facade.settings.own_schema, documents, reading, documents.keys, datetime.now(UTC))
    following = Following(facade, snapshot, connection, periods)
    return Transaction(
        snapshot, documents, rows, criteria, reading, author, checks_references=checks, periods=periods, adoption=adoption,
        following=following,
        deduplicates=facade.settings.deduplicate or criteria.grants.deduplicates,
    )  # fmt: skip


def _periods(facade: Facade, snapshot: Snapshot, connection: Connection, documents: Documents) -> Periods | None:
    """What keeps observation periods, where that is wanted and they can be kept."""
    own, tables = snapshot.schema.own, snapshot.schema.tables
    person, period = tables.get("person"), tables.get("observation_period")
    if facade.settings.observation_period == "off" or own is None or person is None or period is None:
        return None
    return Periods(connection, own, person, period, documents.keys)


def _others() -> Conflict:
    return Conflict("others were writing the same at the same time, again and again: try again in a moment")
