"""What workers must forget: each looks again and again, and so knows of every revocation within a stated time.

A transaction may commit its revocation after a later one was seen, so a look goes back for longer than any transaction takes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from ..own_database import OwnDatabase, OwnTransaction

BACKWARDS = 90
"""Seconds for which a look goes back; a transaction may take 30."""
LONGEST = timedelta(seconds=60)
"""Between two looks, by the clock of the database; after a longer pause (an outage, a machine that slept) all is forgotten."""
KEPT = 3600
"""Seconds for which revocations are kept: longer than any access token."""

_LOOK = """
SELECT clock_timestamp() AS now, coalesce(array_agg(id ORDER BY id), '{}') AS ids,
       coalesce(array_agg("authorization" ORDER BY id), '{}') AS authorizations
FROM {schema}.revocation WHERE at > clock_timestamp() - make_interval(secs => $1)
"""

Announce = Callable[[], Awaitable[None]]
Forget = Callable[[UUID | None], object]
"""Told of an authorization to forget, or of everything (None)."""


class Revocations:
    """The log of revocations, as one worker reads it."""

    def __init__(self, database: OwnDatabase) -> None:
        self._database = database
        self._seen: set[int] = set()
        self._listeners: list[Forget] = []
        self.announce: Announce | None = None
        """Called when something new was seen: other workers need not wait for their next look."""
        self.looked_at = float("-inf")
        """When the last look that succeeded began (monotonic seconds)."""
        self.seen_until: datetime | None = None
        """When that was, by the clock of the database."""

    def tell(self, listener: Forget) -> None:
        """Have `listener` told of whatever must be forgotten from now on."""
        self._listeners.append(listener)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[OwnTransaction]:
        """A transaction that revokes something, which this worker forgets as soon as it is committed."""
        async with self._database.transaction() as transaction:
            yield transaction
        await self.look()

    async def look(self) -> None:
        """Tell what was revoked since the last look. Raises what a statement raises."""
        begun = monotonic()
        ((now, ids, authorizations),) = await self._database.fetch(_LOOK, float(BACKWARDS))
        found = zip(ids, authorizations, strict=True)
        fresh = [authorization for id, authorization in found if id not in self._seen]
        if self.seen_until is not None and now - self.seen_until > LONGEST:
            fresh = [None]
        for authorization in dict.fromkeys(fresh):
            for listener in self._listeners:
                listener(authorization)
        self._seen, self.seen_until, self.looked_at = set(ids), now, begun
        if fresh and self.announce:
            await self.announce()
