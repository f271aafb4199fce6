"""A small vocabulary, and rows that references lead to, for what is projected without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omop_fhir.mapping.keys import key_of
from omop_fhir.omop.concept import Concept
from omop_fhir.omop.vocabulary import vocabularies


@dataclass(frozen=True)
class Vocabulary:
    """Concepts by id, and where they map to."""

    concepts: Mapping[int, Concept]
    maps_to: Mapping[int, Sequence[int]]
    values: Mapping[int, Sequence[int]]

    def find(self, system: str, code: str) -> Concept | None:
        """The concept of a coding."""
        names = vocabularies().get(system, ())
        found = (c for c in self.concepts.values() if c.vocabulary in names and c.code == code)
        return next(found, None) or next((c for c in self.concepts.values() if c.coding() | {"display": ""} == {
            "system": system, "code": code, "display": ""}), None)  # fmt: skip

    def standard(self, concept: Concept) -> tuple[Concept, ...]:
        """The concept itself where it is standard, else what it maps to."""
        ids = (concept.id,) if concept.standard else self.maps_to.get(concept.id, ())
        return tuple(self.concepts[id] for id in ids)

    def value(self, concept: Concept) -> tuple[Concept, ...]:
        """What it maps to as a value."""
        return tuple(self.concepts[id] for id in self.values.get(concept.id, ()))


class Rows:
    """Every id that is a number is the key of a row; no other is known."""

    def key(self, type: str, id: str, prefix: str) -> int | None:
        """The number in the id."""
        return key_of(id, prefix)

    def held(self, type: str, id: str, prefix: str, column: str) -> int | None:
        """Each row belongs to the one whose key is a tenth of its own, if it has one of more than a digit."""
        key = key_of(id, prefix)
        return key // 10 * 10 if key is not None and key > 9 else None


def vocabulary(rows: Sequence[Mapping[str, Any]]) -> Vocabulary:
    """The vocabulary that a case file lists."""
    concepts = {row["id"]: _concept(row) for row in rows}
    maps = {row["id"]: row["maps_to"] for row in rows if "maps_to" in row}
    values = {row["id"]: row["value"] for row in rows if "value" in row}
    return Vocabulary(concepts, maps, values)


def _concept(row: Mapping[str, Any]) -> Concept:
    standard = row.get("standard", False)
    return Concept(row["id"], row.get("name"), row["vocabulary"], str(row["code"]), row["domain"], standard)
