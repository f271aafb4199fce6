"""What a token means in this vocabulary: `system|code` -> concept ids.

A code of a vocabulary with a FHIR system is its `concept_code`; a concept of any other vocabulary, and one that
`concept` lacks, is coded by its concept_id under OHDSI's system, and is found by that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from ..fhir.values import Token
from ..mapping.keys import key_of
from ..mapping.predicate import HasConcept
from ..omop.vocabulary import OHDSI, systems, vocabularies


class Row(Protocol):
    """A record read by name."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A concept that has one of the codes or ids."""

    id: int
    vocabulary: str
    code: str
    domain: str


def codes(parts: Iterable[HasConcept]) -> list[str]:
    """The codes to look for."""
    return sorted({part.token.code for part in parts if part.token.code is not None})


def ids(parts: Iterable[HasConcept]) -> list[int]:
    """The concept ids to look for: what the tokens say, taken as ids."""
    keys = {key_of(part.token.code) for part in parts if part.token.code and part.token.system in (None, OHDSI)}
    return sorted(key for key in keys if key is not None)


def resolve(parts: Iterable[HasConcept], rows: Iterable[Row]) -> dict[HasConcept, tuple[int, ...]]:
    """The concept ids of each part, from the rows that the look-up gave."""
    found = [Candidate(r["concept_id"], r["vocabulary_id"], r["concept_code"], r["domain_id"]) for r in rows]
    return {part: tuple(sorted(_matching(part, found))) for part in parts}


def _matching(part: HasConcept, found: list[Candidate]) -> set[int]:
    matching = {c.id for c in found if _means(part.token, c) and _in_domain(part.domain, c.domain)}
    return matching | _bare(part, found)


def _bare(part: HasConcept, found: list[Candidate]) -> set[int]:
    """An id that `concept` lacks is rendered as it stands, and so it is found."""
    key = key_of(part.token.code or "") if part.token.system in (None, OHDSI) else None
    known = {candidate.id for candidate in found}
    return {key} if key is not None and key not in known and not (part.domain or "").startswith("=") else set()


def _means(token: Token, concept: Candidate) -> bool:
    if concept.vocabulary not in systems():
        return token.system in (None, OHDSI) and token.code == str(concept.id)
    if token.code != concept.code:
        return False
    return token.system is None or concept.vocabulary in vocabularies().get(token.system, ())


def _in_domain(wanted: str | None, domain: str) -> bool:
    if wanted is None:
        return True
    return (domain == wanted[1:]) is wanted.startswith("=")
