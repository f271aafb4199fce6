"""Budgets of clients, shared by workers in Redis; each worker's own where Redis does not answer.

A client and a cost enter, the seconds to wait leave. Redis counts by its own clock and forgets budgets that are full again.
Without it a client may ask as much of each worker as it may of all together: still bounded.
"""

from __future__ import annotations

from redis.asyncio import Redis

from ...auth.budget import Budgets
from .redis import Shared, hidden

_SPEND = """
local time, rate, burst, cost = redis.call('TIME'), tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = math.min(burst, (tonumber(kept[1]) or burst) + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
if left <= 0 then return tostring(left < 0 and -left / rate or 1 / rate) end
left = left - cost
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - left) / rate * 1000) + 1000)
return '0'
"""


class SharedBudgets:
    """Budgets of `rate` units a second and at most `burst`; `name` tells them from others."""

    def __init__(self, shared: Shared, own: Budgets, name: str, rate: float, burst: float) -> None:
        self._shared = shared
        self._own = own
        self._name = name
        self._bounds = repr(rate), repr(burst)

    async def spend(self, client: str, cost: float) -> float:
        """See `Budgets`."""
        key = f"omop-fhir:{self._name}:{hidden(client)}"

        async def ask(redis: Redis) -> float:
            return float(await redis.eval(_SPEND, 1, key, *self._bounds, repr(cost)))

        wait = await self._shared.ask(ask)
        return await self._own.spend(client, cost) if wait is None else wait
