"""A resource that takes the place of a row which it did not come from: what both say alike stays in the row as it is.

The resource that the row was read as and the one that it shall be enter; rows leave, each with the columns that are to be
kept. So what a row says beyond its resource, or says otherwise than this server would write it, outlives a change of something
else. Nothing is rejected but what `project` rejects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

from .members import meets
from .owned import KeyOf, OwnedRow, Projected
from .target import Target

JSON: TypeAlias = Mapping[str, Any]
Project: TypeAlias = Callable[[JSON, Sequence[Target]], Projected]
"""The rows of a resource in one of these targets."""


def revise(was: JSON, resource: JSON, target: Target, project: Project) -> Projected:
    """The rows of the resource; `target` is the source of the row that was read as `was`.

    A condition that the row does not fulfil either holds nothing back, and where the concepts are those of the row, it stays in
    its table whatever their domains are.
    """
    number = tuple(n for n, each in enumerate(target.writing.rows_when) if meets(each, was, without=True))
    target = _relaxed(target, number, routed=True)
    before, after = project(was, (target,)), project(resource, (target,))
    if _standing(before, target) == _standing(after, target):
        target = _relaxed(target, number, routed=False)
        before, after = project(was, (target,)), project(resource, (target,))
    if not before.rows and not after.rows and not after.refused:
        return replace(after, is_kept=not after.gate or after.gate == before.gate)
    said = {(row.table, row.role, row.ordinal): row.columns for row in before.rows}
    rows: list[OwnedRow] = []
    for row in after.rows:
        alike = said.get((row.table, row.role, row.ordinal), {})
        same = (name for name, value in row.columns.items() if name in alike and alike[name] == value)
        rows.append(replace(row, kept=frozenset(n for n in same if _stays(row.columns[n], rows))))
    return replace(after, rows=tuple(rows))


@lru_cache(maxsize=256)
def _relaxed(target: Target, conditions: tuple[int, ...], *, routed: bool) -> Target:
    """The target with some of its conditions, and without a route where it is not routed; kept, for it is made slowly."""
    writing = target.writing
    when = tuple(writing.rows_when[n] for n in conditions)
    return replace(target, writing=replace(writing, rows_when=when, route=writing.route if routed else None))


def _standing(projected: Projected, target: Target) -> list[tuple[str, Any]]:
    """Table and concept of each row of the base."""
    route = target.writing.route
    name = target.bound.name(route) if route else None
    rows = [row for row in projected.rows if row.role == target.base.alias]
    return [(row.table, row.columns.get(name or "")) for row in rows]


def _stays(value: Any, rows: Sequence[OwnedRow]) -> bool:
    """Of what refers to a shared row only that stays whose row does."""
    return not isinstance(value, KeyOf) or not rows[value.row].shared or rows[value.row].is_kept
