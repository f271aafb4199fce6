"""Documents whose rows do not stand as they were written: an ETL has changed, replaced or removed them.

Records of documents enter; the same leave, but for those whose rows say something else by now. Where columns of ours changed,
the elements that they feed come from the row, and all others from the document. A document whose row is gone, or is another
person's, or whose person is another by now, is withheld: `omop-fhir reconcile` names it. One statement looks at the rows of all
that changed, and one at all rows of those documents that own several.
"""

# ruff: noqa: S608 - identifiers come from the introspected schema, quoted

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

import orjson

from ...fhir.json import dumps, loads
from ...mapping.bind import Bound
from ...mapping.codecs.base import Codec
from ...mapping.codecs.combine import Several
from ...mapping.codecs.extension import Extension, OmbCategory
from ...mapping.documents import DOCUMENT, source_number
from ...mapping.model import Element
from ...omop.ddl import quote
from ...omop.events import EVENTS
from ...plan.search import SearchPlan
from ...query.scope import anchored, literal, table_name
from ...query.select import offsets
from ...query.statement import Statement
from ...render.compile import Row
from ..postgresql.pool import Fetch
from ..snapshot import Snapshot
from .owned import OwnedRows, owned_tables

log = logging.getLogger(__name__)

Elements: TypeAlias = Callable[[Bound, int], Awaitable[Mapping[str, Any]]]
"""The resource that a row, by its key, is rendered as."""

Fed: TypeAlias = tuple[str, str]
"""A column that elements may be fed by: the alias of its row, and its name here."""
Changed: TypeAlias = frozenset[Fed] | None
"""What changed of a document's rows; None: it is withheld."""
_NOTHING: frozenset[Fed] = frozenset()

ID, VERSION, CONTENT, WRITTEN, ACTUAL, PERSON, ELSEWHERE, ANCHORED = range(1, 9)
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
            if record[0] in twins and _is_doubtful(record, places[record[0]]):
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
        """Each record as it is to be shown; None where it is withheld."""
        twin = bound.twin or bound
        drifted = [record[at] for record in records if record[at + WRITTEN] != record[at + ACTUAL]]
        written, actual = (await self._written(twin, drifted), await self._actual(twin, drifted)) if drifted else ({}, {})
        several = [record[at] for record in records if record[at + ELSEWHERE] == "true"]
        beside = await self._beside(twin, several) if several else {}
        shown: list[Row | None] = []
        for record in records:
            key = record[at]
            own: Changed = _NOTHING
            if record[at + WRITTEN] != record[at + ACTUAL]:
                own = _changed(twin, written.get(key), actual.get(key))
            more = beside.get(key, _NOTHING)
            if own is None or more is None or record[at + ANCHORED] == "false":
                log.warning("%s %s is withheld: its rows or its person are others by now", twin.mapping.resource, key)
                shown.append(None)
            else:
                shown.append(await self._merged(twin, at, record, own | more) if own or more else record)
        return shown

    async def _beside(self, twin: Bound, keys: Sequence[int]) -> dict[int, Changed]:
        """Key of a document -> what changed of the rows that it owns beside its own."""
        condition = 'd.source = $1 AND d.key = ANY ($2) AND (o.key <> d.key OR o."table" <> $3)'
        statement = " UNION ALL ".join(
            f"SELECT own_key, part, state, changed, {literal(table.table.name)} AS name FROM ({table.found(condition)}) f"
            for table in self._tables(twin)
        )
        base = twin.mapping.base
        args = (source_number(twin.mapping.name), list(keys), base.table)
        found: dict[int, Changed] = {}
        for key, part, state, names, table in await self.fetch(Statement(statement, args)):
            alias, before = part.partition(":")[0], found.get(key, _NOTHING)
            if before is None or state == "beside" or (alias == base.alias and state == "changed"):
                continue  # of several rows of one concept each no element shows the others
            if alias == base.alias:
                found[key] = None
            else:
                columns = names if state == "changed" else self.snapshot.schema.tables[table].columns
                found[key] = before | {(alias, name) for name in columns}
        return found

    def _tables(self, twin: Bound) -> tuple[OwnedRows, ...]:
        """The tables that documents of a source can own rows in."""
        writing = twin.mapping.writing
        names = {twin.mapping.base.table, *(twin.source(alias).table for alias in (writing.rows if writing else ()))}
        if writing and writing.route:
            names |= {name for name, event in EVENTS.items() if event.domain}
        return owned_tables(self.snapshot.schema, self.own_schema, sorted(names))

    async def withheld(self, bounds: Iterable[Bound], documents: Collection[int]) -> set[int]:
        """Those of the documents (of these sources of documents, deleted ones too) that are not shown in any version."""
        if not documents:
            return set()
        first, *others = {bound.mapping.name: bound for bound in bounds}.values()
        tables = {table.table.name: table for bound in (first, *others) for table in self._tables(bound.twin or bound)}
        aliases = sorted({(bound.twin or bound).mapping.base.alias for bound in (first, *others)})
        lost = (
            f"SELECT document FROM ({table.of()}) f WHERE state IN ('gone', 'another''s') AND split_part(part, ':', 1) = ANY ($2)"
            for table in tables.values()
        )
        own = f"""SELECT d.document FROM {table_name(first.tables[DOCUMENT])} d
            WHERE d.document = ANY ($1) AND NOT ({anchored(first, "d")})"""
        statement = Statement(" UNION ".join((own, *lost)), (list(documents), aliases))
        return {record[0] for record in await self.fetch(statement)}

    async def _merged(self, twin: Bound, at: int, record: Row, changed: Collection[Fed]) -> Row:
        """The document with the elements that changed columns feed, as the rows have them now."""
        row = await self.elements(twin, record[at])
        resource = loads(record[at + CONTENT].encode())
        for element in twin.mapping.elements.values():
            resource = with_element(twin, element, resource, row, changed)
        mark = blake2b(dumps({**resource, "meta": None}), digest_size=4).hexdigest()
        version = f"{record[at + VERSION]}-{mark}"
        resource["meta"] = {**resource["meta"], "versionId": version}
        values = list(record)  # type: ignore[call-overload]
        values[at + VERSION], values[at + CONTENT] = version, dumps(resource).decode()
        return tuple(values)

    async def _written(self, twin: Bound, keys: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        """Key -> the columns of the row as they were written."""
        own = quote(self.own_schema)  # two sources may have one row, such as a Location and an Organization
        sql = f"""SELECT o.key, o.columns FROM {own}.owned_row o JOIN {own}.document d USING (document)
            WHERE o."table" = $1 AND o.key = ANY ($2) AND d.source = $3"""
        records = await self.fetch(Statement(sql, (twin.mapping.base.table, list(keys), source_number(twin.mapping.name))))
        return {record[0]: orjson.loads(record[1]) for record in records}

    async def _actual(self, twin: Bound, keys: Sequence[int]) -> dict[int, Row]:
        """Key -> the row as it is, its columns as text."""
        table = twin.tables[twin.mapping.base.alias]
        key = quote(twin.name(twin.mapping.key) or "")
        columns = ", ".join((key, *(f"{quote(name)}::text" for name in _columns(twin))))
        sql = f"SELECT {columns} FROM {table_name(table)} WHERE {key} = ANY ($1)"
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


def _is_doubtful(record: Row, at: int) -> bool:
    """Is there anything to be looked at?"""
    changed = record[at + WRITTEN] != record[at + ACTUAL]
    return bool(changed or record[at + ELSEWHERE] == "true" or record[at + ANCHORED] == "false")


def _changed(twin: Bound, written: Mapping[str, Any] | None, actual: Row | None) -> Changed:
    """What changed of the row of a document; None where it is gone, or another's."""
    if written is None or actual is None:
        return None
    now = {name: actual[n] for n, name in enumerate(_columns(twin), 1)}
    different = {name for name, value in written.items() if name in now and now[name] != value}
    return None if _is_anothers(twin, written, different) else frozenset((twin.mapping.base.alias, name) for name in different)


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
