"""Concepts shared by workers in Redis: a second level behind each worker's own cache.

Ids enter, the concepts that Redis has leave; the database has the rest. Keys carry the fingerprint of the vocabulary, so that an
exchanged vocabulary finds nothing of the old one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b

import orjson
from redis.asyncio import Redis

from ...omop.concept import Concept
from .redis import Shared

LIFETIME = 86_400
"""Seconds that a concept is kept."""


class SharedConcepts:
    """The concepts of one vocabulary in Redis."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def get(self, fingerprint: str, ids: Collection[int]) -> dict[int, Concept]:
        """The concepts that are there, by id; nothing where Redis does not answer."""

        async def fetch(redis: Redis) -> list[bytes | str | None]:
            return list(await redis.mget([_key(fingerprint, id) for id in ids]))

        found = zip(ids, await self._shared.ask(fetch) or [None] * len(ids), strict=True)
        return {id: _concept(id, value) for id, value in found if value is not None}

    async def put(self, fingerprint: str, concepts: Iterable[Concept]) -> None:
        """Keep concepts for the other workers."""

        async def keep(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for concept in concepts:
                    pipeline.set(_key(fingerprint, concept.id), _value(concept), ex=LIFETIME)
                await pipeline.execute()

        await self._shared.ask(keep)


def _key(fingerprint: str, id: int) -> str:
    return f"omop-fhir:concept:{blake2b(fingerprint.encode(), digest_size=8).hexdigest()}:{id}"


def _value(concept: Concept) -> bytes:
    return orjson.dumps([concept.name, concept.vocabulary, concept.code, concept.domain, concept.standard])


def _concept(id: int, value: bytes | str) -> Concept:
    name, vocabulary, code, domain, standard = orjson.loads(value)
    return Concept(id, name, vocabulary, code, domain, standard)
