"""What a check of a database finds: one fact, how much it matters, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["error", "warning", "advice", "ok"]
Group: TypeAlias = Literal[
    "Database", "Rights", "Resources", "Columns", "Concepts", "Time", "Identifiers", "Keys", "References", "Indexes", "Writes"
]


@dataclass(frozen=True, slots=True)
class Finding:
    """`error`: something cannot be served; `warning`: served with less; `advice`: could be better; `ok`: a fact."""

    group: Group
    level: Level
    message: str
    todo: str = ""
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """All of one check."""

    all: tuple[Finding, ...]

    @property
    def serves_all(self) -> bool:
        """Can everything that the mappings promise be served?"""
        return not any(finding.level == "error" for finding in self.all)

    def of(self, group: Group) -> tuple[Finding, ...]:
        """The findings of one group, the gravest first."""
        order = ("error", "warning", "advice", "ok")
        return tuple(sorted((f for f in self.all if f.group == group), key=lambda f: order.index(f.level)))

    def count(self, level: Level) -> int:
        """How many findings of a level there are."""
        return sum(finding.level == level for finding in self.all)


def names(items: Iterable[object], limit: int = 8) -> str:
    """`a, b, c`, and how many more where there are more than `limit`."""
    texts = [str(item) for item in items]
    rest = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + rest
