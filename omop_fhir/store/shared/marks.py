"""How far in PostgreSQL's log each caller's last commit is, shared by workers in Redis.

A Redis that has lost its memory would say that nobody wrote: one that is younger than marks live is not believed. Names of
callers are hashed. Of two marks of one caller the further one stays, whichever comes last.
"""

from __future__ import annotations

import asyncio
from math import ceil

from redis.asyncio import Redis

from .redis import Shared, hidden

_PREFIX = "omop-fhir:mark"
_THERE, _YOUNG = f"{_PREFIX}s", f"{_PREFIX}s:young"

_PUT = """
if tonumber(redis.call('GET', KEYS[1]) or '-1') < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
return 1
"""
_GET = """
if redis.call('SETNX', KEYS[1], '1') == 1 then redis.call('SET', KEYS[2], '1', 'EX', ARGV[1]) end
if redis.call('EXISTS', KEYS[2]) == 1 then return false end
return redis.call('MGET', unpack(KEYS, 3))
"""
_MOST = 256
"""Callers of one look."""


class SharedMarks:
    """Marks that live for `lifetime` seconds."""

    def __init__(self, shared: Shared, lifetime: float) -> None:
        self._shared = shared
        self._lifetime = ceil(lifetime)
        self._waiting: dict[str, asyncio.Future[int | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def put(self, caller: str, position: int) -> bool:
        """Tell the other workers; False where they may not have been told."""

        async def keep(redis: Redis) -> int:
            return int(await redis.eval(_PUT, 1, _key(caller), str(position), str(self._lifetime)))

        return await self._shared.ask(keep) is not None

    async def get(self, caller: str) -> int | None:
        """What any worker told, 0 for nothing; None where that is not known.

        Who asks while a look is under way waits for the next.
        """
        future = self._waiting.get(caller)
        if future is None:
            future = self._waiting[caller] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
        return await asyncio.shield(future)

    async def _ask(self) -> None:
        try:
            while self._waiting:
                batch = dict(list(self._waiting.items())[:_MOST])
                for caller in batch:
                    del self._waiting[caller]
                found: dict[str, int | None] = {}
                try:
                    found = await self._fetched(list(batch))
                finally:
                    for caller, future in batch.items():
                        if not future.done():
                            future.set_result(found.get(caller))
        finally:
            self._asking = None

    async def _fetched(self, callers: list[str]) -> dict[str, int | None]:
        keys = [_THERE, _YOUNG, *map(_key, callers)]

        async def fetch(redis: Redis) -> list[bytes | None] | None:
            found: list[bytes | None] | None = await redis.eval(_GET, len(keys), *keys, str(self._lifetime))
            return found

        found = await self._shared.ask(fetch)
        return {} if found is None else {caller: int(at or 0) for caller, at in zip(callers, found, strict=True)}


def _key(caller: str) -> str:
    return f"{_PREFIX}:{hidden(caller)}"
