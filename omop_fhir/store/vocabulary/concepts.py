"""Concepts by id: a bounded cache that render functions read like a dict, and the one statement that fills it.

A look-up that misses records the id and gives a placeholder; the caller then fetches all misses at once and renders
again. The cache is a plain dict bounded by two generations: a third of the cost of an LRU per look-up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from ...omop.concept import Concept
from ...omop.database import PresentTable
from ...query.scope import literal, table_name
from ...query.statement import Statement
from ...render.concepts import RenderedConcept

_PLACEHOLDER = RenderedConcept(Concept(0))


class ConceptCache(dict[int, RenderedConcept]):
    """At most `limit` concepts: the younger generation, with the older behind it."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._half = max(1, limit // 2)
        self._older: dict[int, RenderedConcept] = {}
        self._missed: set[int] = set()

    def __missing__(self, id: int) -> RenderedConcept:
        found = self._older.get(id)
        if found is None:
            self._missed.add(id)
            return _PLACEHOLDER
        self._keep(id, found)
        return found

    def take_missed(self) -> Collection[int]:
        """The ids missed since the last call."""
        missed, self._missed = self._missed, set()
        return missed

    def add(self, concepts: Iterable[Concept]) -> None:
        """Keep concepts that were fetched."""
        for concept in concepts:
            self._keep(concept.id, RenderedConcept(concept))

    def _keep(self, id: int, concept: RenderedConcept) -> None:
        if len(self) >= self._half:
            self._older = dict(self)
            self.clear()
        self[id] = concept


def concepts_statement(table: PresentTable, ids: Collection[int]) -> Statement:
    """Fetches the concepts with these ids; every record, of which there is at least one, tells which table answered."""
    columns = "concept_id, concept_name, vocabulary_id, concept_code, domain_id, standard_concept"
    found = f"SELECT {columns} FROM {table_name(table)} WHERE concept_id = ANY ($1::bigint[])"
    return Statement(identified(table, found), (list(ids),))


def identified(table: PresentTable, found: str) -> str:
    """What was found, or one record of nulls, beside the identity of the table that was looked in."""
    oid = f"{literal(table_name(table))}::regclass::oid::bigint AS oid"
    return f"SELECT {oid}, found.* FROM (SELECT 1) one LEFT JOIN ({found}) found ON TRUE"


def read_concept(record: Any) -> Concept:
    """The concept that a record's columns, named as the table's, hold."""
    return Concept(
        id=record["concept_id"],
        name=record["concept_name"],
        vocabulary=record["vocabulary_id"],
        code=record["concept_code"],
        domain=record["domain_id"],
        standard=record["standard_concept"] == "S",
    )
