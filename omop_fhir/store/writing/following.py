"""Rows follow the rows that they refer to: none refers to one that has gone, and what waited for one that comes gets it.

Resources whose rows come or go in a transaction enter, by type and id; documents that refer to them have their rows written
again, and so on downwards. No version is made, for the resources stay as they are. Left alone are rows that an ETL has changed,
and those of documents that began as rows of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from ...omop.ddl import quote
from ..facade import Facade
from ..postgresql.connections import Connection
from ..snapshot import Snapshot
from .periods import Periods
from .renewal import Renewal
from .targets import Key

_REFERRING = """
SELECT DISTINCT d.document FROM unnest($1::text[], $2::text[]) AS wanted(type, id)
JOIN {own}.reference r USING (type, id) JOIN {own}.document d USING (document)
WHERE d.content IS NOT NULL AND d.adopted IS NULL AND d.document <> ALL ($3)
"""
_WITH_ROWS = "SELECT type, id FROM {own}.document WHERE document = ANY ($1) AND fingerprint IS NOT NULL"


@dataclass
class Following:
    """Renews what refers to rows that come or go, within one transaction."""

    facade: Facade
    snapshot: Snapshot
    connection: Connection
    periods: Periods | None = None
    lost: set[Key] = field(default_factory=set)
    """Those that have no row any more, be it that this is still to be written."""

    async def leave(self, keys: Collection[Key], but: Collection[int]) -> None:
        """Have nothing refer to the rows of these any more, before they go; `but` are documents that are written anyway."""
        self.lost |= set(keys)
        await self._follow(keys, but)

    async def join(self, keys: Collection[Key], but: Collection[int]) -> None:
        """Have what refers to these refer to their rows, once they have come."""
        self.lost -= set(keys)
        await self._follow(keys, but)

    async def _follow(self, keys: Collection[Key], but: Collection[int]) -> None:
        waiting = set(keys)
        while waiting:  # rows only come, or only go, so this ends
            documents = await self._referring(waiting, but)
            before = await self._with_rows(documents)
            await self._renew(documents)
            after = await self._with_rows(documents)
            self.lost = (self.lost | (before - after)) - (after - before)
            waiting = before ^ after

    async def _referring(self, keys: Collection[Key], but: Collection[int]) -> set[int]:
        types, ids = zip(*sorted(keys), strict=True)
        records = await self.connection.fetch(self._sql(_REFERRING), types, ids, list(but))
        return {record[0] for record in records}

    async def _with_rows(self, documents: Collection[int]) -> set[Key]:
        found = await self.connection.fetch(self._sql(_WITH_ROWS), list(documents)) if documents else ()
        return {(record[0], record[1]) for record in found}

    async def _renew(self, documents: Collection[int]) -> None:
        renewal = Renewal(self.facade, self.snapshot, self.connection, (), lost=self.lost)
        standing = set(documents) - await renewal.rows.drifted(sorted(documents))
        await renewal.replay(sorted(standing))
        if self.periods:
            await self.periods.cover(renewal.spans)

    def _sql(self, text: str) -> str:
        return text.format(own=quote(self.facade.settings.own_schema))
