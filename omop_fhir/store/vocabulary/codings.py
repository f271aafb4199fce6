"""Codings -> concepts, for what is written: all of a transaction in two statements, kept for the next.

A coding means the concept of its code in the vocabularies of its system; under OHDSI's own system the code is a concept_id. Of
several the standard one counts, then the lowest id.
https://www.ohdsi.org/web/wiki/doku.php?id=documentation:vocabulary:mapping
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from cachetools import LRUCache

from ...mapping.keys import key_of
from ...omop.concept import Concept
from ...omop.database import DatabaseSchema, PresentTable
from ...omop.vocabulary import OHDSI, vocabularies
from ...query.scope import table_name
from ...query.statement import Statement
from ..postgresql.pool import Fetch
from .concepts import read_concept

Coding: TypeAlias = tuple[str, str]
"""System and code."""

_SIZE = 100_000
_CONCEPT = "{0}.concept_id, {0}.concept_name, {0}.vocabulary_id, {0}.concept_code, {0}.domain_id, {0}.standard_concept"
_FOUND = f"""
SELECT {_CONCEPT.format("c")} FROM {{concept}} c WHERE c.concept_code = ANY ($1::text[])
UNION SELECT {_CONCEPT.format("c")} FROM {{concept}} c WHERE c.concept_id = ANY ($2::bigint[])
"""  # noqa: S608 - put together from constants
_MAPPED = f"""
SELECT r.concept_id_1 AS source, r.relationship_id AS relationship, {_CONCEPT.format("c")}
FROM {{relationship}} r JOIN {{concept}} c ON c.concept_id = r.concept_id_2
WHERE r.concept_id_1 = ANY ($1::bigint[]) AND r.relationship_id IN ('Maps to', 'Maps to value') AND r.invalid_reason IS NULL
ORDER BY r.concept_id_1, c.concept_id
"""  # noqa: S608 - put together from constants


@dataclass
class Codings:
    """What codings mean in one vocabulary; as `Terminology` it answers for those that were loaded."""

    schema: DatabaseSchema
    _concepts: LRUCache[Coding, Concept | None] = field(default_factory=lambda: LRUCache(_SIZE))
    _standard: LRUCache[int, tuple[Concept, ...]] = field(default_factory=lambda: LRUCache(_SIZE))
    _values: LRUCache[int, tuple[Concept, ...]] = field(default_factory=lambda: LRUCache(_SIZE))

    async def load(self, fetch: Fetch, codings: Iterable[Coding]) -> None:
        """Look up the codings that are not known yet, and what their concepts map to."""
        table = self.schema.tables.get("concept")
        unknown = [c for c in dict.fromkeys(codings) if c[0] in _systems() and c not in self._concepts]
        if not unknown:
            return
        found = await self._found(fetch, table, unknown) if table else ()
        for system, code in unknown:
            self._concepts[system, code] = _meant(system, code, found)
        await self._map(fetch, table, [c.id for coding in unknown if (c := self._concepts[coding]) is not None])

    async def _found(self, fetch: Fetch, table: PresentTable, codings: Sequence[Coding]) -> Sequence[Concept]:
        codes = sorted({code for _, code in codings})
        ids = sorted({key for system, code in codings if system == OHDSI and (key := key_of(code)) is not None})
        records = await fetch(Statement(_FOUND.format(concept=table_name(table)), (codes, ids)))
        return [read_concept(record) for record in records]

    async def _map(self, fetch: Fetch, table: PresentTable | None, ids: Sequence[int]) -> None:
        relationship = self.schema.tables.get("concept_relationship")
        unknown = sorted({id for id in ids if id not in self._standard})
        if not unknown:
            return
        records: Sequence[Any] = ()
        if table and relationship:
            text = _MAPPED.format(concept=table_name(table), relationship=table_name(relationship))
            records = await fetch(Statement(text, (unknown,)))
        for id in unknown:
            own = [record for record in records if record["source"] == id]
            to = [read_concept(record) for record in own if record["relationship"] == "Maps to"]
            self._standard[id] = tuple(concept for concept in to if concept.standard)
            self._values[id] = tuple(read_concept(record) for record in own if record["relationship"] == "Maps to value")

    def find(self, system: str, code: str) -> Concept | None:
        """The concept that a coding means, standard or not."""
        return self._concepts.get((system, code))

    def standard(self, concept: Concept) -> tuple[Concept, ...]:
        """The standard concepts that `Maps to` leads to; the concept itself where it is standard."""
        return (concept,) if concept.standard else self._standard.get(concept.id, ())

    def value(self, concept: Concept) -> tuple[Concept, ...]:
        """The concepts that `Maps to value` leads to."""
        return self._values.get(concept.id, ())


@cache
def _systems() -> frozenset[str]:
    """The systems whose codes are concepts: an identifier is none, and is never looked up."""
    return frozenset((OHDSI, *vocabularies()))


def _meant(system: str, code: str, found: Sequence[Concept]) -> Concept | None:
    names = vocabularies().get(system, ())
    if system == OHDSI:
        matching = [concept for concept in found if str(concept.id) == code]
    else:
        matching = [concept for concept in found if concept.code == code and concept.vocabulary in names]
    return min(matching, key=lambda concept: (not concept.standard, concept.id), default=None)

