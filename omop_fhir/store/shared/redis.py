"""Redis, in which workers share what may be lost: a second level, and never more than that.

Work to be done in Redis enters, its result leaves, or None where Redis did not do it: one that is absent, slow or dead costs one
short time-out, is then left alone for a while, and changes no answer. What may not be lost (revocations, assertions that were
used, locked logins) is kept in PostgreSQL.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from time import monotonic
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ...errors import ConfigurationError

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT = 0.1
"""Seconds that Redis may take; the database is not much slower."""
PAUSE = 5.0
"""Seconds for which a Redis that failed is left alone."""


class Shared:
    """The door to Redis."""

    def __init__(self, url: str) -> None:
        try:
            self._redis = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
        except ValueError as error:
            raise ConfigurationError(f"--redis-url is not the URL of a Redis: {error}") from None
        self._url = url
        self._rests_until = 0.0
        self.is_up = True
        """Did it do what it was asked last?"""

    async def ask(self, work: Callable[[Redis], Awaitable[T]]) -> T | None:
        """What `work` gives; None where Redis does not do it, or rests."""
        if monotonic() < self._rests_until:
            return None
        try:
            done = await work(self._redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._rest(error)
            return None
        if not self.is_up:
            log.warning("Redis answers again")
        self.is_up = True
        return done

    async def watch(self) -> None:
        """Ask whether it is there, so that health and metrics know it also where nothing else is asked of it."""
        await self.ask(_pinged)

    def patient(self) -> Redis:
        """A Redis of its own, that waits for as long as nothing comes; whoever asked for it closes it."""
        return Redis.from_url(self._url, socket_connect_timeout=TIMEOUT, health_check_interval=30)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _rest(self, error: BaseException) -> None:
        if self.is_up:
            log.warning("Redis does not answer (%s): going on without it", type(error).__name__)
        self.is_up = False
        self._rests_until = monotonic() + PAUSE


def hidden(name: str) -> str:
    """A name for a key in Redis that does not tell whose it is."""
    return blake2b(name.encode(), digest_size=16).hexdigest()


async def _pinged(redis: Redis) -> bool:
    return bool(await redis.ping())
