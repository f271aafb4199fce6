"""Documents whose rows do not stand as they were written: an ETL has changed, replaced or removed them.

Records of documents enter; the same leave, but for those whose row says something else by now. Where columns of ours changed,
the elements that they feed come from the row, and all others from the document. A document whose row is gone, or is another
person's, is withheld: `omop-fhir reconcile` names it. One statement looks at the rows of all that changed.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

import orjson

from ..fhir.json import dumps, loads
from ..mapping.bind import Bound
from ..mapping.codecs.base import Codec
from ..mapping.codecs.combine import Several
from ..mapping.codecs.extension import Extension, OmbCategory
from ..mapping.model import Element
from ..omop.ddl import quote
from ..plan.search import SearchPlan
from ..query.scope import table_name
from ..query.select import offsets
from ..query.statement import Statement
from ..render.compile import Row
from .snapshot import Snapshot

log = logging.getLogger(__name__)

Fetch: TypeAlias = Callable[[Statement], Awaitable[Sequence[Any]]]
Elements: TypeAlias = Callable[[Bound, int], Awaitable[Mapping[str, Any]]]
"""The resource that a row, by its key, is rendered as."""

ID, VERSION, CONTENT, WRITTEN, ACTUAL = 1, 2, 3, 4, 5
"""Places in a document's record, behind its key."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Looks at documents' rows, in one schema of our own."""

    snapshot: Snapshot
    own_schema: str
    fetch: Fetch
    elements: Elements

    async def settled(self, plan: SearchPlan, records: Sequence[Row]) -> Sequence[Row]:
        """The records as they are to be shown, in their order; what is withheld is left out."""
        places = offsets([branch.bound for branch in plan.branches], len(plan.sort))
        twins = {n: branch.bound.twin for n, branch in enumerate(plan.branches) if branch.bound.twin is not None}
        changed: dict[int, list[int]] = {}
        for number, record in enumerate(records) if twins else ():
            if record[0] in twins and record[(at := places[record[0]]) + WRITTEN] != record[at + ACTUAL]:
                changed.setdefault(record[0], []).append(number)
        if not changed:
            return records
        shown: list[Row | None] = list(records)
        for branch, numbers in changed.items():
            bound = plan.branches[branch].bound
            fresh = await self._settled(bound, places[branch], [records[number] for number in numbers])
            for number, settled in zip(numbers, fresh, strict=True):
                shown[number] = settled
        return [record for record in shown if record is not None]

    async def _settled(self, bound: Bound, at: int, records: Sequence[Row]) -> list[Row | None]:
        keys = [record[at] for record in records]
        written, actual = await self._written(bound, keys), await self._actual(bound, keys)
        return [await self._one(bound, at, r, written.get(r[at]), actual.get(r[at])) for r in records]

    async def _one(
        self, bound: Bound, at: int, record: Row, written: Mapping[str, Any] | None, actual: Row | None
    ) -> Row | None:
        twin = bound.twin
        if twin is None or written is None or actual is None:
            _report(bound, record[at])
            return None
        now = {name: actual[n] for n, name in enumerate(_columns(twin), 1)}
        different = {name for name, value in written.items() if name in now and now[name] != value}
        if _is_anothers(twin, written, different):
            _report(bound, record[at])
            return None
        return record if not different else await self._merged(twin, at, record, different)

    async def _merged(self, twin: Bound, at: int, record: Row, different: set[str]) -> Row:
        """The document with the elements that changed columns feed, as the row has them now."""
        row = await self.elements(twin, record[at])
        resource = loads(record[at + CONTENT].encode())
        changed = {(twin.mapping.base.alias, name) for name in different}
        for element in twin.mapping.elements.values():
            resource = with_element(twin, element, resource, row, changed)
        mark = blake2b(dumps({**resource, "meta": None}), digest_size=4).hexdigest()
        version = f"{record[at + VERSION]}-{mark}"
        resource["meta"] = {**resource["meta"], "versionId": version}
        values = list(record)  # type: ignore[call-overload]
        values[at + VERSION], values[at + CONTENT] = version, dumps(resource).decode()
        return tuple(values)

    async def _written(self, bound: Bound, keys: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        """Key -> the columns of the row as they were written."""
        twin = bound.twin or bound
        sql = f"""SELECT o.key, o.columns FROM {quote(self.own_schema)}.owned_row o
            WHERE o."table" = $1 AND o.key = ANY ($2)"""  # noqa: S608
        records = await self.fetch(Statement(sql, (twin.mapping.base.table, list(keys))))
        return {record[0]: orjson.loads(record[1]) for record in records}

    async def _actual(self, bound: Bound, keys: Sequence[int]) -> dict[int, Row]:
        """Key -> the row as it is, its columns as text."""
        twin = bound.twin or bound
        table = twin.tables[twin.mapping.base.alias]
        key = quote(twin.name(twin.mapping.key) or "")
        columns = ", ".join((key, *(f"{quote(name)}::text" for name in _columns(twin))))
        sql = f"SELECT {columns} FROM {table_name(table)} WHERE {key} = ANY ($1)"  # noqa: S608
        return {record[0]: record for record in await self.fetch(Statement(sql, (list(keys),)))}


def with_element(
    twin: Bound, element: Element, resource: dict[str, Any], row: Mapping[str, Any], different: Collection[tuple[str, str]]
) -> dict[str, Any]:
    """The resource with one element as the row has it, if a changed column (its alias, and its name here) feeds it.

    Of several extensions those that changed columns feed come from the row, by their URLs, and all others stay.
    """
    if isinstance(element.codec, Several) and element.name == "extension":
        extensions = [each for each in element.codec.of.values() if isinstance(each, Extension | OmbCategory)]
        urls = {each.url for each in extensions if _feeds(twin, each, different)}
        kept = [each for each in resource.get(element.name, ()) if each.get("url") not in urls]
        fresh = [each for each in row.get(element.name, ()) if each.get("url") in urls]
        rest = {name: value for name, value in resource.items() if name != element.name}
        return {**rest, element.name: [*kept, *fresh]} if kept or fresh else rest
    if not _feeds(twin, element.codec, different):
        return resource
    rest = {name: value for name, value in resource.items() if not element.holds(name)}
    return rest | {name: value for name, value in row.items() if element.holds(name)}


def _feeds(twin: Bound, codec: Codec, different: Collection[tuple[str, str]]) -> bool:
    """Does a changed column feed what the codec renders?"""
    return any((column.alias, twin.name(column)) in different for column in codec.columns())


def _report(bound: Bound, key: int) -> None:
    log.warning("%s %s is withheld: its row is gone, or another's: see omop-fhir reconcile", bound.mapping.resource, key)


def _columns(twin: Bound) -> tuple[str, ...]:
    return tuple(twin.tables[twin.mapping.base.alias].columns)


def _is_anothers(twin: Bound, written: Mapping[str, Any], different: set[str]) -> bool:
    """Is the row another person's by now? A person is whom its source value names, where it names one."""
    if twin.mapping.base.table == "person" and written.get("person_source_value") is not None:
        return "person_source_value" in different
    return bool(different & _anchors(twin))


def _anchors(twin: Bound) -> set[str]:
    """The columns that tell whose the row is."""
    return {name for column in twin.mapping.compartment.values() if (name := twin.name(column)) and column != twin.mapping.key}
