"""JWK sets at URLs: kept for a while, fetched again for a key that is not among them, and not too often.

A URL and a `kid` enter, a checked `KeySet` leaves. Rejected, with Invalid: what `Fetcher` and `key_set` reject.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from cachetools import LRUCache

from ...auth.assertion import KeySet, key_set
from ...errors import Invalid
from ..fetch import Fetcher, FetchError

KEPT = 3600.0
"""Seconds for which a set is used without asking again: so long may a key that its owner took away still be believed."""
PAUSE = 30.0
"""Seconds between two fetches for the sake of an unknown key, or after one that failed."""


@dataclass(slots=True)
class _Fetched:
    keys: KeySet | None = None
    tried_at: float = float("-inf")
    fetched_at: float = float("-inf")
    lock: Lock = field(default_factory=Lock)


class KeySets:
    """The sets that were fetched lately."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[dict[str, Any]]] | None = None,
        size: int = 1000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._fetch = fetch or Fetcher().get
        self._clock = clock
        self._known: LRUCache[str, _Fetched] = LRUCache(size)

    async def get(self, url: str, kid: str) -> KeySet:
        """The set at the URL, with this key if it can be had. Raises Invalid."""
        known = self._known.setdefault(url, _Fetched())
        async with known.lock:
            if self._should_fetch(known, kid):
                await self._renew(url, known)
        if known.keys is None or self._clock() - known.fetched_at > KEPT:
            raise Invalid("the keys could not be fetched just now")
        return known.keys

    async def _renew(self, url: str, known: _Fetched) -> None:
        known.tried_at = self._clock()
        try:
            known.keys, known.fetched_at = key_set(await self._fetch(url)), known.tried_at
        except FetchError as error:
            raise Invalid(str(error)) from None

    def _should_fetch(self, known: _Fetched, kid: str) -> bool:
        now = self._clock()
        if now - known.tried_at < PAUSE:
            return False
        is_known = known.keys is not None and any(key.kid == kid for key in known.keys.keys)
        return not is_known or now - known.fetched_at > KEPT
