"""What a caller may do. No plan is made without grants, so no statement runs without them.

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Interaction: TypeAlias = Literal["read", "search-type"]
ALL_TYPES = "*"


@dataclass(frozen=True, slots=True)
class Grants:
    """`holder` names the caller (a paging link is good for nobody else); `types` are the resource types that may be
    read (`*`: all); `patient` is the key of the only patient whose compartment may be seen, None: no such bound.
    """

    holder: str
    types: frozenset[str]
    patient: int | None = None

    def allow(self, type: str, interaction: Interaction) -> bool:
        """May the caller do this to resources of this type at all?"""
        return interaction in ("read", "search-type") and (ALL_TYPES in self.types or type in self.types)


ANYONE = Grants("anyone", frozenset({ALL_TYPES}))
"""For a server that runs open, on loopback."""
