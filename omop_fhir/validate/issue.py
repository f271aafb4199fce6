"""The findings that issues are made of.

A finding knows its place relative to the value that was checked; each level above puts its own name before
it, so that paths are built only where something is wrong. https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ..fhir.json import dumps

Severity = Literal["fatal", "error", "warning", "information"]


class Finding(NamedTuple):
    """What is wrong with a value, or with what lies at `place` (`.name[0].use`) below it."""

    place: str
    code: str
    text: str
    severity: Severity = "error"


Findings = Sequence[Finding]
NONE: Findings = ()


def below(name: str, findings: Findings) -> list[Finding]:
    """The findings of a child, seen from its parent."""
    return [finding._replace(place=name + finding.place) for finding in findings]


def shown(value: object) -> str:
    """A value in a message: short, and on one line."""
    text = repr(value) if isinstance(value, str) else dumps(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."
