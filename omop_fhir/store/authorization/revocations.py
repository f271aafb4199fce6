"""What workers must forget: each looks again and again, and so knows of every revocation within a stated time.

A transaction may commit its revocation after a later one was seen, so a look goes back for longer than any transaction takes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from uuid import UUID

from .database import OwnDatabase

BACKWARDS = 90
"""Seconds for which a look goes back; a transaction may take 30."""
KEPT = 3600
"""Seconds for which revocations are kept: longer than any access token."""

_LOOK = """
SELECT id, "authorization" FROM {schema}.revocation WHERE at > clock_timestamp() - make_interval(secs => $1) ORDER BY id
"""
EVERYTHING = 'INSERT INTO {schema}.revocation ("authorization") VALUES (NULL)'
"""Has every worker forget all that it remembers of tokens: for a transaction that changes an account, a client or a key."""

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

    def tell(self, listener: Forget) -> None:
        """Have `listener` told of whatever must be forgotten from now on."""
        self._listeners.append(listener)

    async def look(self) -> None:
        """Tell what was revoked since the last look. Raises what a statement raises."""
        begun = monotonic()
        records = await self._database.fetch(_LOOK, float(BACKWARDS))
        fresh = [record["authorization"] for record in records if record["id"] not in self._seen]
        self._seen = {record["id"] for record in records}
        for authorization in dict.fromkeys(fresh):
            for listener in self._listeners:
                listener(authorization)
        self.looked_at = begun
        if fresh and self.announce:
            await self.announce()
