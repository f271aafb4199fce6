"""How often something may happen, by key (an address, a client): a bucket of tokens each, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from cachetools import LRUCache


class RateLimit:
    """At most `events` at once and in `seconds` on average. Of more than `keys` keys the one seen longest ago is forgotten."""

    def __init__(self, events: int, seconds: float, keys: int = 10_000, clock: Callable[[], float] = monotonic) -> None:
        self._events = events
        self._rate = events / seconds
        self._clock = clock
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(keys)

    def allows(self, key: str) -> bool:
        """May it happen now? It then counts as done."""
        now = self._clock()
        left, since = self._buckets.get(key, (float(self._events), now))
        left = min(float(self._events), left + (now - since) * self._rate)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        return allowed
