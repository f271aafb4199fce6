"""A concept of the OMOP standardized vocabularies, as FHIR sees it.

https://ohdsi.github.io/CommonDataModel/cdm54.html#concept
"""

from __future__ import annotations

from dataclasses import dataclass

from ..fhir import text
from .vocabulary import OHDSI, systems


@dataclass(frozen=True, slots=True)
class Concept:
    """One row of `concept`, or only its id where `concept` lacks it."""

    id: int
    name: str | None = None
    vocabulary: str | None = None
    code: str | None = None
    domain: str | None = None
    standard: bool = False

    def coding(self) -> dict[str, str]:
        """A FHIR Coding: system, code and display, each where there is one."""
        system = systems().get(self.vocabulary or "")
        parts = {
            "system": system or OHDSI,
            "code": text.code(self.code) if system else str(self.id),
            "display": text.string(self.name),
        }
        return {key: value for key, value in parts.items() if value is not None}
