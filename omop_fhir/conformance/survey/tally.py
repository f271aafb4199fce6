"""Counts of what was found, in bounded memory.

What enters: resources and what was found about each. What leaves: counts by issue, each with its first example. The
indexes of a place do not count: `name[0].use` and `name[1].use` are one. Of more than `LIMIT` different issues the rest
is counted together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from omop_fhir.validate import Issue

LIMIT = 500
"""Different issues of a profile that are told apart."""
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Kind:
    """What is alike about issues."""

    severity: str
    code: str
    place: str
    """FHIRPath without indexes."""


@dataclass
class Found:
    """How often, and where first."""

    count: int
    resources: int
    example: str
    """`Patient/1`"""
    diagnostics: str


OTHERS = Kind("error", "incomplete", "(others)")


@dataclass
class Tally:
    """What was found about the resources of one type by one profile, or by R4 alone."""

    type: str
    profile: str
    """Canonical URL; `R4` where it is R4 alone."""
    resources: int = 0
    valid: int = 0
    issues: dict[Kind, Found] = field(default_factory=dict)
    unchecked: Counter[str] = field(default_factory=Counter)
    must_support: dict[str, list[int]] = field(default_factory=dict)
    """Element -> [filled, asked]."""

    def add(
        self, resource: Mapping[str, Any], issues: Iterable[Issue], unchecked: Iterable[str] = (),
        must_support: Mapping[str, bool] | None = None,
    ) -> None:  # fmt: skip
        """Count a resource."""
        self.resources += 1
        counted = Counter[Kind]()
        for issue in issues:
            counted[self._kind(issue, resource)] += 1
        for kind, count in counted.items():
            self.issues[kind].count += count
            self.issues[kind].resources += 1
        self.valid += not any(kind.severity in ("fatal", "error") for kind in counted)
        self.unchecked.update(set(unchecked))
        for element, is_filled in (must_support or {}).items():
            filled_and_asked = self.must_support.setdefault(element, [0, 0])
            filled_and_asked[0] += is_filled
            filled_and_asked[1] += 1

    def _kind(self, issue: Issue, resource: Mapping[str, Any]) -> Kind:
        kind = Kind(issue.severity, issue.code, _INDEX.sub("", issue.expression or ""))
        if kind not in self.issues and len(self.issues) >= LIMIT:
            kind = OTHERS
        if kind not in self.issues:
            example = f"{resource.get('resourceType')}/{resource.get('id')}"
            self.issues[kind] = Found(0, 0, example, issue.diagnostics)
        return kind

    @property
    def sorted_issues(self) -> list[tuple[Kind, Found]]:
        """The worst and most frequent first."""
        ranks = {"fatal": 0, "error": 1, "warning": 2, "information": 3}
        return sorted(self.issues.items(), key=lambda pair: (ranks.get(pair[0].severity, 4), -pair[1].count, pair[0].place))
