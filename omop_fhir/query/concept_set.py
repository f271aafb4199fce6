"""A set of concepts, resolved as far as it must be: ids, what lies below or above them, whole vocabularies.

Descendants stay a subquery in the statement; they are never listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..mapping.predicate import Placeholder
from ..omop.database import DatabaseSchema
from .scope import table_name
from .statement import Arguments

Through: TypeAlias = Literal["ancestor", "relationship"]

FEW = 1000
"""Sets of more concepts than these are not counted further."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The ids and all concepts below (or above) them, through `concept_ancestor` or hierarchical relationships.

    `vocabularies` bounds the result to these; empty: across vocabularies.
    """

    ids: tuple[int, ...]
    above: bool
    through: Through
    vocabularies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """The union of its parts, less `without`; `domain` (`=Name`, `!Name`) narrows it."""

    ids: tuple[int, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    vocabularies: tuple[str, ...] = ()
    mapped: tuple[ConceptSet, ...] = ()
    """Sets to which also the concepts count that map to them (`Maps to`)."""
    others: tuple[ConceptSet, ...] = ()
    """Further sets of the union."""
    within: tuple[ConceptSet, ...] = ()
    """Sets in all of which a concept must be, instead of the union."""
    without: ConceptSet | None = None
    domain: str | None = None
    counted: int | None = None
    """How many concepts it holds, counted as far as one more than `FEW`; None where nobody counted."""

    @property
    def size(self) -> int | None:
        """How many concepts it holds (more than `FEW` means many); None where that is not known."""
        return sum(1 for id in self.ids if id) if self.is_plain else self.counted

    @property
    def is_empty(self) -> bool:
        """Can no concept be in it?"""
        return not (self.ids or self.hierarchies or self.vocabularies or self.mapped or self.others or self.within)

    @property
    def is_union(self) -> bool:
        """Is it a union of its parts and no more?"""
        return not (self.within or self.without or self.domain)

    @property
    def is_plain(self) -> bool:
        """Is it nothing but a list of ids?"""
        return self.is_union and not (self.hierarchies or self.vocabularies or self.mapped or self.others)


@dataclass(frozen=True, slots=True)
class ConceptSets:
    """Writes membership in concept sets as SQL over the vocabulary tables at hand."""

    schema: DatabaseSchema
    args: Arguments

    def member(self, value: str, concepts: ConceptSet) -> str:
        """The condition that the concept id `value` (an SQL expression) is in the set."""
        if concepts.is_empty:
            return "FALSE"
        if concepts.is_plain:
            return self.among(value, tuple(id for id in concepts.ids if id))  # concept 0 is none
        return f"{value} IN ({self.query(concepts)})"

    def among(self, value: str, ids: tuple[int, ...] | Placeholder) -> str:
        """The condition that an integer is one of these."""
        match ids:
            case ():
                return "FALSE"
            case (one,) | (Placeholder(type="bigint") as one):
                return f"{value} = {self.args.bind(one)}"
            case _:
                return f"{value} = ANY ({self.args.bind(ids)})"

    def size(self, concepts: ConceptSet) -> str:
        """A query that counts the set, as far as one more than `FEW`."""
        return f"SELECT count(*) FROM (SELECT FROM ({self.query(concepts)}) counted LIMIT {FEW + 1}) counted"

    def query(self, concepts: ConceptSet) -> str:
        """A query of one column that gives every id of the set."""
        if concepts.is_empty:
            return "SELECT NULL::bigint WHERE FALSE"
        if concepts.within:
            union = " INTERSECT ".join(f"({self.query(each)})" for each in concepts.within)
        else:
            union = " UNION ".join(self._parts(concepts))
        if concepts.without is not None and not concepts.without.is_empty:
            union = f"({union}) EXCEPT ({self.query(concepts.without)})"
        if concepts.domain:
            operator = "=" if concepts.domain.startswith("=") else "<>"
            domain = self.args.bind(concepts.domain[1:])
            union = (
                f"SELECT c.concept_id FROM {self._table('concept')} c "
                f"WHERE c.concept_id IN ({union}) AND c.domain_id {operator} {domain}"
            )
        return union

    def _parts(self, concepts: ConceptSet) -> list[str]:
        parts = [self._hierarchy(each) for each in concepts.hierarchies]
        if concepts.ids:
            parts.append(f"SELECT unnest({self.args.bind(concepts.ids)})")
        if concepts.vocabularies:
            table, names = self._table("concept"), self.args.bind(concepts.vocabularies)
            parts.append(f"SELECT c.concept_id FROM {table} c WHERE c.vocabulary_id = ANY ({names})")
        parts += [self._mapped(each) for each in concepts.mapped]
        return [*parts, *(f"({self.query(each)})" for each in concepts.others)]

    def _mapped(self, concepts: ConceptSet) -> str:
        table, inner = self._table("concept_relationship"), self.query(concepts)
        return (
            f"SELECT r.concept_id_1 FROM {table} r WHERE r.relationship_id = 'Maps to' "
            f"AND r.invalid_reason IS NULL AND r.concept_id_2 IN ({inner}) UNION {inner}"
        )

    def _hierarchy(self, hierarchy: Hierarchy) -> str:
        walk = self._ancestors if hierarchy.through == "ancestor" else self._relationships
        ids = walk(hierarchy)
        if not hierarchy.vocabularies:
            return ids
        names = self.args.bind(hierarchy.vocabularies)
        return (
            f"SELECT c.concept_id FROM {self._table('concept')} c "
            f"WHERE c.concept_id IN ({ids}) AND c.vocabulary_id = ANY ({names})"
        )

    def _ancestors(self, hierarchy: Hierarchy) -> str:
        wanted, given = ("ancestor", "descendant") if hierarchy.above else ("descendant", "ancestor")
        ids = self.args.bind(hierarchy.ids)
        return (
            f"SELECT a.{wanted}_concept_id FROM {self._table('concept_ancestor')} a "
            f"WHERE a.{given}_concept_id = ANY ({ids}) UNION SELECT unnest({ids})"
        )

    def _relationships(self, hierarchy: Hierarchy) -> str:
        """Step by step along `Subsumes` (down) or `Is a` (up)."""
        name = "Is a" if hierarchy.above else "Subsumes"
        return (
            f"WITH RECURSIVE walk(id) AS (SELECT unnest({self.args.bind(hierarchy.ids)}) "
            f"UNION SELECT r.concept_id_2 FROM walk JOIN {self._table('concept_relationship')} r "
            f"ON r.concept_id_1 = walk.id AND r.relationship_id = '{name}' AND r.invalid_reason IS NULL) "
            "SELECT id FROM walk"
        )

    def _table(self, name: str) -> str:
        return table_name(self.schema.tables[name])
