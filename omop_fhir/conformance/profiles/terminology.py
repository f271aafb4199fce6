"""The codes of value sets, as far as they can be known without a terminology server.

What enters: ValueSets and CodeSystems of packages, and the tables of R4. What leaves: the (system, code) of a value
set, or None where they cannot be known: a whole code system that is not here, a filter.
https://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from omop_fhir.fhir.definitions import UnknownDefinition, codings

JSON = Mapping[str, Any]
Codes = frozenset[tuple[str, str]]
CORE = "http://hl7.org/fhir/ValueSet/"


class Terminology:
    """Expands value sets; each once."""

    def __init__(self, value_sets: Mapping[str, JSON], code_systems: Mapping[str, JSON]) -> None:
        self._value_sets = value_sets
        self._code_systems = code_systems
        self._known: dict[str, Codes | None] = {}

    def codes(self, canonical: str) -> Codes | None:
        """The codes of a value set, None where they cannot be known."""
        url = canonical.partition("|")[0]
        if url not in self._known:
            self._known[url] = None  # a value set that includes itself
            self._known[url] = self._expanded(url)
        return self._known[url]

    def _expanded(self, url: str) -> Codes | None:
        value_set = self._value_sets.get(url)
        if value_set is None:
            return _of_r4(url)
        compose = value_set.get("compose") or {}
        included = [self._part(row) for row in compose.get("include", ())]
        excluded = [self._part(row) for row in compose.get("exclude", ())]
        if not included or None in included or None in excluded:
            return None
        return _union(included) - _union(excluded)

    def _part(self, row: JSON) -> Codes | None:
        """What one include or exclude holds: the concepts that all of its conditions allow."""
        parts = [self.codes(url) for url in row.get("valueSet", ())]
        if "system" in row:
            parts.append(self._of_system(row))
        if not parts or None in parts:
            return None
        return frozenset.intersection(*(part for part in parts if part is not None))

    def _of_system(self, row: JSON) -> Codes | None:
        if "filter" in row:
            return None
        if "concept" in row:
            return frozenset((row["system"], concept["code"]) for concept in row["concept"])
        system = self._code_systems.get(row["system"])
        if system is None or system.get("content") != "complete":
            return None
        return frozenset((row["system"], code) for code in _all_codes(system))


def _union(parts: list[Codes | None]) -> Codes:
    return frozenset[tuple[str, str]]().union(*(part for part in parts if part is not None))


def _all_codes(node: JSON) -> Iterator[str]:
    for concept in node.get("concept", ()):
        yield concept["code"]
        yield from _all_codes(concept)


def _of_r4(url: str) -> Codes | None:
    if not url.startswith(CORE):
        return None
    try:
        return codings(url.removeprefix(CORE))
    except UnknownDefinition:
        return None
