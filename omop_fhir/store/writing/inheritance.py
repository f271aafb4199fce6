"""What rows take over from the rows that they refer to, such as the visit of the stay that a stay is part of.

Resources with the sources that they go to enter; what their rules `inherit` ask of rows of the database is looked up, and those
of one transaction come in an order in which each can take over from the others. A circle takes over nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from ...mapping.codecs.reference import local_parts
from ...plan.members import values
from ...plan.owned import Projected
from ...plan.target import Target as Goal
from ...plan.write import JSON
from .rows import Rows
from .targets import Key, Targets

T = TypeVar("T")
Made: TypeAlias = tuple[Key, JSON, Goal]
"""Type and id of a resource, the resource, and where it goes."""


async def load_held(made: Sequence[Made], targets: Targets, rows: Rows) -> None:
    """Look up what these take over from rows that are there; nothing is taken over from what is made here but by `tell_held`."""
    here = {key for key, _, _ in made}
    for goal in {id(goal): goal for _, _, goal in made if goal.inherited}.values():
        others = {key for _, resource, of in made if of is goal for key in _parents(resource, goal)} - here
        keys = {found.key for each in others if (found := targets.get(*each)) and found.mapping == goal.bound.mapping.name}
        for column in goal.inherited:
            for key, value in (await rows.column(goal.base.table, column.name, sorted(keys))).items():
                targets.tell(goal.bound.mapping.name, key, column.name, value)


def tell_held(key: Key, goal: Goal, done: Projected, targets: Targets) -> None:
    """Say what the row of a resource that is made here holds, for those that take over from it."""
    found, row = targets.get(*key), next((row for row in done.rows if row.role == goal.base.alias), None)
    if found is None or row is None:
        return
    for column in goal.inherited:
        targets.tell(goal.bound.mapping.name, found.key, column.name, row.columns.get(goal.bound.name(column) or ""))


def parents_first(items: Sequence[T], made: Callable[[T], Made | None]) -> Iterator[T]:
    """The same, each after those that it takes over from."""
    found = {of[0]: (item, of) for item in items if (of := made(item)) is not None and of[2].inherited}
    left = dict(found)

    def upwards(key: Key) -> Iterator[T]:
        item, (_, resource, goal) = left.pop(key)
        for parent in _parents(resource, goal):
            if parent in left:
                yield from upwards(parent)
        yield item

    yield from (item for item in items if (of := made(item)) is None or of[0] not in found)
    while left:
        yield from upwards(next(iter(left)))


def _parents(resource: JSON, goal: Goal) -> Iterator[Key]:
    """Type and id of the resources from whose rows the resource's takes something over."""
    for path in dict.fromkeys(path for paths in goal.inherited.values() for path in paths):
        for value in values(resource, path):
            type, id, _ = local_parts(value, goal.site)
            if type == goal.resource:
                yield type, id
