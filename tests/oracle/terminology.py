"""The hierarchy of a vocabulary, read by SQL: what is below or above a coding, within one vocabulary.

https://ohdsi.github.io/CommonDataModel/cdm54.html#concept_ancestor
"""

from __future__ import annotations

from dataclasses import dataclass, field

import asyncpg

from omop_fhir.omop.vocabulary import OHDSI, systems

Coding = tuple[str, str]
"""System and code."""


class Refused(Exception):
    """The server cannot answer this and should say so."""


@dataclass
class Hierarchy:
    """Concepts and what connects them."""

    vocabulary: dict[int, str] = field(default_factory=dict)
    coding: dict[int, Coding] = field(default_factory=dict)
    ancestors: dict[int, set[int]] = field(default_factory=dict)
    descendants: dict[int, set[int]] = field(default_factory=dict)
    parents: dict[int, set[int]] = field(default_factory=dict)
    children: dict[int, set[int]] = field(default_factory=dict)

    def concepts(self, system: str | None, code: str) -> list[int]:
        """The concepts that a token means."""
        return [id for id, (own, each) in self.coding.items() if each == code and system in (None, own)]

    def closure(self, system: str | None, code: str, *, above: bool) -> set[Coding]:
        """The codings at, and below (or above) the concepts that a token means. Raises Refused where nothing is known."""
        found: set[Coding] = set()
        for concept in self.concepts(system, code):
            reached = self._reached(concept, above)
            if reached is None:
                raise Refused(code)
            found |= {self.coding[id] for id in reached if self.vocabulary[id] == self.vocabulary[concept]}
        return found

    def _reached(self, concept: int, above: bool) -> set[int] | None:
        if concept in self.descendants:
            return (self.ancestors if above else self.descendants).get(concept, set()) | {concept}
        if concept not in self.parents and concept not in self.children:
            return None
        steps, reached, fresh = self.parents if above else self.children, {concept}, {concept}
        while fresh:
            near = set().union(*(steps.get(id, set()) for id in fresh))
            fresh = {id for id in near if self.vocabulary.get(id) == self.vocabulary[concept]} - reached
            reached |= fresh
        return reached


async def read_hierarchy(database: str, schema: str) -> Hierarchy:
    """All of it; the vocabularies of the tests are small."""
    known, found = systems(), Hierarchy()
    connection = await asyncpg.connect(database)
    try:
        for id, name, code in await connection.fetch(f"SELECT concept_id, vocabulary_id, concept_code FROM {schema}.concept"):
            if id:
                found.vocabulary[id] = name
                found.coding[id] = (str(known[name]), code) if name in known else (OHDSI, str(id))
        for high, low in await connection.fetch(
            f"SELECT ancestor_concept_id, descendant_concept_id FROM {schema}.concept_ancestor"
        ):
            _connect(found.descendants, found.ancestors, high, low)
        for child, parent in await connection.fetch(
            "SELECT concept_id_1, concept_id_2 FROM "
            f"{schema}.concept_relationship WHERE relationship_id = 'Is a' AND invalid_reason IS NULL"
        ):
            _connect(found.children, found.parents, parent, child)
    finally:
        await connection.close()
    return found


def _connect(down: dict[int, set[int]], up: dict[int, set[int]], high: int, low: int) -> None:
    down.setdefault(high, set()).add(low)
    up.setdefault(low, set()).add(high)
