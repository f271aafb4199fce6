"""How much somebody may ask: a budget that fills with time, from which each request takes what it costs (a token bucket).

A request is let in as long as anything is left, and may leave a debt: what costs more than the whole budget is possible once in a
while, and is paid for by waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from cachetools import LRUCache


class Budgets(Protocol):
    """The budgets of all clients, wherever they are kept."""

    async def spend(self, client: str, cost: float) -> float:
        """0, and the cost is taken; or the seconds until the client has something again, and nothing is taken."""


class OwnBudgets:
    """Kept by this process alone; of more than `clients` the one seen longest ago is forgotten.

    `rate`: units a second; `burst`: units that somebody has who did not ask for long.
    """

    def __init__(self, rate: float, burst: float, *, clients: int = 10_000, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._left: LRUCache[str, tuple[float, float]] = LRUCache(clients)

    async def spend(self, client: str, cost: float) -> float:
        """See `Budgets`."""
        now = self._clock()
        left, since = self._left.get(client, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        if left <= 0:
            return -left / self._rate or 1 / self._rate
        self._left[client] = (left - cost, now)
        return 0.0
