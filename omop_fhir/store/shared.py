"""Concepts shared by workers in Redis: a second level behind each worker's own cache, and never more than that.

Ids enter, the concepts that Redis has leave; the database has the rest. A Redis that is absent, slow or dead costs one
short time-out, is then left alone for a while, and changes no answer. Keys carry the fingerprint of the vocabulary, so
that an exchanged vocabulary finds nothing of the old one.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from hashlib import blake2b
from time import monotonic

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ..errors import ConfigurationError
from ..omop.concept import Concept

log = logging.getLogger(__name__)

TIMEOUT = 0.1
"""Seconds that Redis may take; the database is not much slower."""
PAUSE = 5.0
"""Seconds for which a Redis that failed is left alone."""
LIFETIME = 86_400
"""Seconds that a concept is kept."""


class SharedConcepts:
    """The concepts of one vocabulary in Redis."""

    def __init__(self, url: str) -> None:
        try:
            self._redis = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
        except ValueError as error:
            raise ConfigurationError(f"--redis-url is not the URL of a Redis: {error}") from None
        self._rests_until = 0.0

    async def get(self, fingerprint: str, ids: Collection[int]) -> dict[int, Concept]:
        """The concepts that are there, by id; nothing where Redis does not answer."""
        if monotonic() < self._rests_until:
            return {}
        try:
            values = await self._redis.mget([_key(fingerprint, id) for id in ids])
        except (RedisError, OSError, TimeoutError) as error:
            self._rest(error)
            return {}
        found = zip(ids, values, strict=True)
        return {id: _concept(id, value) for id, value in found if value is not None}

    async def put(self, fingerprint: str, concepts: Iterable[Concept]) -> None:
        """Keep concepts for the other workers."""
        if monotonic() < self._rests_until:
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for concept in concepts:
                    pipeline.set(_key(fingerprint, concept.id), _value(concept), ex=LIFETIME)
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._rest(error)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _rest(self, error: BaseException) -> None:
        log.warning("Redis does not answer (%s): going on without it for %g s", type(error).__name__, PAUSE)
        self._rests_until = monotonic() + PAUSE


def _key(fingerprint: str, id: int) -> str:
    return f"omop-fhir:concept:{blake2b(fingerprint.encode(), digest_size=8).hexdigest()}:{id}"


def _value(concept: Concept) -> bytes:
    return orjson.dumps([concept.name, concept.vocabulary, concept.code, concept.domain, concept.standard])


def _concept(id: int, value: bytes | str) -> Concept:
    name, vocabulary, code, domain, standard = orjson.loads(value)
    return Concept(id, name, vocabulary, code, domain, standard)
