"""What rows take over from the rows that they refer to, such as the visit of the stay that a stay is part of.

Resources with the sources that they go to enter; what their rules `inherit` ask of rows of the database is looked up, and those
of one transaction come in an order in which each can take over from the others; a circle takes over nothing. When such a row
changes, so do the rows of documents that took over from it, but for those that an ETL has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from ...mapping.codecs.links import links
from ...mapping.codecs.reference import local_parts
from ...mapping.documents import source_number
from ...omop.ddl import quote
from ...plan.members import values
from ...plan.owned import Projected
from ...plan.target import Target as Goal
from ...plan.target import key_of_table
from ...plan.write import JSON
from ...query.scope import table_name
from .rows import Rows
from .targets import Key, Targets

_UPDATE = """
WITH RECURSIVE moved(key, type, id, value) AS (
    SELECT d.key, d.type, d.id, r.{column} FROM {own}.document d JOIN {table} r ON r.{key} = d.key
    WHERE d.source = $1 AND d.key = ANY ($2)
    UNION
    SELECT c.{key}, d.type, d.id, m.value FROM moved m
    JOIN {own}.reference f ON f.type = m.type AND f.id = m.id
    JOIN {own}.document d ON d.document = f.document AND d.source = $1
    JOIN {own}.owned_row o ON o.document = d.document AND o."table" = $3
    JOIN {table} c ON c.{key} = o.key AND c.{link} = m.key AND md5(c::text) = o.fingerprint
), changed AS (
    UPDATE {table} c SET {column} = m.value FROM moved m WHERE c.{key} = m.key AND c.{column} IS DISTINCT FROM m.value
    RETURNING c.{key} AS key, md5(c::text) AS mark, c.{column}::text AS value
), owned AS (
    UPDATE {own}.owned_row o SET fingerprint = c.mark, columns = o.columns || jsonb_build_object($4::text, c.value)
    FROM changed c WHERE o."table" = $3 AND o.key = c.key RETURNING o.document, o.key, o.fingerprint
)
UPDATE {own}.document d SET fingerprint = o.fingerprint FROM owned o
WHERE d.document = o.document AND d.source = $1 AND d.key = o.key
"""

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


async def pass_on(changed: Sequence[tuple[Goal, int]], rows: Rows) -> None:
    """Have the rows of documents that took over from these, by their keys, say what these say now, and so on downwards."""
    for goal in {id(goal): goal for goal, _ in changed if goal.inherited}.values():
        keys = [key for of, key in changed if of is goal]
        for column, link in _links(goal):
            names = {"column": quote(column), "link": quote(link), "key": quote(key_of_table(goal.base.table) or "")}
            table = table_name(goal.bound.tables[goal.base.alias])
            text = _UPDATE.format(own=quote(rows.own_schema), table=table, **names)
            await rows.connection.execute(text, source_number(goal.bound.mapping.name), keys, goal.base.table, column)


def _links(goal: Goal) -> Iterator[tuple[str, str]]:
    """Columns that are taken over and those that hold the key of the row from which, by their names in the database."""
    of = goal.bound.mapping
    for column, paths in goal.inherited.items():
        elements = [of.elements[path.text] for path in paths if path.text in of.elements]
        for link in (link for element in elements for link in links(element.codec, goal.site)):
            own, name = goal.bound.name(column), goal.bound.name(link.column)
            if own and name and (link.target, link.prefix) == (of.resource, of.prefix):
                yield own, name


def parents_first(items: Sequence[T], made: Callable[[T], Made | None]) -> Iterator[T]:
    """The same, each after those that it takes over from."""
    found = {of[0]: (item, of) for item in items if (of := made(item)) is not None and of[2].inherited}
    yield from (item for item in items if (of := made(item)) is None or of[0] not in found)
    left = dict(found)

    def enter(key: Key) -> tuple[T, Iterator[Key]]:
        item, (_, resource, goal) = left.pop(key)
        return item, _parents(resource, goal)

    while left:
        path = [enter(next(iter(left)))]  # a list, for what is sent may hang together deeper than Python calls itself
        while path:
            parents = path[-1][1]
            above = next((each for each in parents if each in left), None)
            if above is not None:
                path.append(enter(above))
            else:
                yield path.pop()[0]


def _parents(resource: JSON, goal: Goal) -> Iterator[Key]:
    """Type and id of the resources from whose rows the resource's takes something over."""
    for path in dict.fromkeys(path for paths in goal.inherited.values() for path in paths):
        for value in values(resource, path):
            type, id, _ = local_parts(value, goal.site)
            if type == goal.resource:
                yield type, id
