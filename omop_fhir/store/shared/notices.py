"""Notices between workers by way of Redis: that there is something to look at in the database, and not what.

Nothing may depend on one: a notice gets lost where Redis is not there. https://redis.io/docs/latest/develop/interact/pubsub/
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .redis import PAUSE, Shared


class SharedNotices:
    """Notices of one kind."""

    def __init__(self, shared: Shared, name: str) -> None:
        self._shared = shared
        self._channel = f"omop-fhir:{name}"

    async def send(self) -> None:
        """Have all workers that listen hear it, this one too."""

        async def publish(redis: Redis) -> int:
            return int(await redis.publish(self._channel, b""))

        await self._shared.ask(publish)

    async def listen(self, heard: Callable[[], object]) -> None:
        """Call `heard` at each notice, and whenever some may have been missed; runs until cancelled."""
        while True:
            redis = self._shared.patient()
            try:
                async with redis.pubsub(ignore_subscribe_messages=True) as notices:
                    await notices.subscribe(self._channel)
                    heard()
                    async for _ in notices.listen():
                        heard()
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(PAUSE)
            finally:
                await redis.aclose()
