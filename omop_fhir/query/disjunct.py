"""The ways in which a row can come after (or before) a cursor, the nearest first.

With sort values s1, s2 and the key k, what follows a cursor (v1, v2, k) are the rows with s1 = v1, s2 = v2 and a greater
key; then those with s1 = v1 and s2 > v2, then s1 = v1 and s2 missing; then s1 > v1, then s1 missing. All rows of one disjunct
come before all rows of the next, so the next is needed only where those before did not fill the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from ..plan.order import Ordering
from ..plan.search import SearchPlan
from .sort_value import sort_value
from .where import Where

Last: TypeAlias = Literal["key", "all", "beyond", "missing", "present", "any"]


@dataclass(frozen=True, slots=True)
class Disjunct:
    """The first `equal` sort values are the cursor's; `last` says what sets the rows apart.

    `key`: all sort values are equal and the key lies beyond; `all`: all are equal, the source is a later one; `beyond`: the
    next sort value lies beyond; `missing`, `present`: it is (not) there; `any`: there is no cursor.
    """

    equal: int
    last: Last

    def sql(self, where: Where, order: tuple[Ordering, ...], plan: SearchPlan) -> list[str]:
        """The conditions of this disjunct."""
        if plan.cursor is None:
            return []
        values = [sort_value(where, ordering) for ordering in order]
        conditions = [
            f"{value} IS NULL" if given is None else f"{value} = {where.args.bind(typed(given, ordering))}"
            for value, given, ordering in zip(values[: self.equal], plan.cursor.values, order, strict=False)
        ]
        return [*conditions, *self._last(where, order, plan, values)]

    def _last(self, where: Where, order: tuple[Ordering, ...], plan: SearchPlan, values: list[str]) -> list[str]:
        assert plan.cursor is not None  # noqa: S101  asked by the caller
        if self.last == "key":
            operator = "<" if plan.key_descending != plan.backward else ">"
            return [f"{where.scope.key} {operator} {where.args.bind(plan.cursor.key)}"]
        if self.last == "all":
            return []
        value, ordering = values[self.equal], order[self.equal]
        if self.last == "beyond":
            given = plan.cursor.values[self.equal]
            operator = "<" if ordering.descending != plan.backward else ">"
            return [f"{value} {operator} {where.args.bind(typed(given or '', ordering))}"]
        return [f"{value} IS {'NULL' if self.last == 'missing' else 'NOT NULL'}"]


def disjuncts(plan: SearchPlan, branch: int) -> tuple[Disjunct, ...]:
    """The disjuncts of one branch, the nearest first."""
    if plan.cursor is None:
        return (Disjunct(0, "any"),)
    count = len(plan.sort)
    ties = _ties(plan, branch)
    beyond = [
        Disjunct(place, last)
        for place in range(count - 1, -1, -1)
        for last in _later(plan.cursor.values[place], plan.backward)
    ]
    found = ([Disjunct(count, ties)] if ties else []) + beyond
    return tuple(found)


def _ties(plan: SearchPlan, branch: int) -> Last | None:
    """Of rows with all sort values equal, those of later sources come later."""
    assert plan.cursor is not None  # noqa: S101  asked by the caller
    if branch == plan.at:
        return "key"
    return "all" if (branch > plan.at) != plan.backward else None


def _later(value: str | None, backward: bool) -> tuple[Last, ...]:
    """How the next sort value can lie beyond the cursor's; what is missing comes last."""
    if backward:
        return ("present",) if value is None else ("beyond",)
    return () if value is None else ("beyond", "missing")


def typed(text: str, ordering: Ordering) -> int | str | datetime | Decimal:
    """A sort value of a cursor, as the database compares it."""
    match ordering.type:
        case "bigint":
            return int(text)
        case "timestamp" | "timestamptz":
            return datetime.fromisoformat(text)
        case "numeric":
            return Decimal(text)
        case _:
            return text
