"""A mapping as this database can be written through it: which elements it takes, which columns it owns, and their limits.

A bound mapping with a `write` section enters, a `Target` leaves; it is made once per database and serves every resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import ConfigurationError
from ..fhir.definitions import children, element
from ..mapping.bind import Bound
from ..mapping.codecs.base import Projection, yielded
from ..mapping.codecs.code import Filled
from ..mapping.codecs.combine import absences, single
from ..mapping.codecs.datetime import Duration
from ..mapping.codecs.identifier import Identifier
from ..mapping.codecs.status import Status
from ..mapping.inventory import Leaf, leaves
from ..mapping.model import Element, Source
from ..mapping.predicate import Column
from ..mapping.site import Site
from ..mapping.writing import Path, Writing
from ..omop.cdm import TABLES
from ..omop.concept import Concept
from ..omop.database import DatabaseSchema, PresentTable
from .owned import OwnedRow


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member of the resource goes."""

    element: Element
    expression: str
    """FHIRPath."""
    type: str
    """The type that a choice was made of; empty: it is none."""
    takes: tuple[str, ...]
    """The types that the codec takes."""


class _Nothing:
    """A vocabulary without concepts, and no rows to refer to."""

    def find(self, system: str, code: str) -> None:
        """No concept."""

    def standard(self, concept: Concept) -> tuple[Concept, ...]:
        """None."""
        return ()

    value = standard

    def key(self, type: str, id: str, prefix: str) -> None:
        """No row."""

    def held(self, type: str, id: str, prefix: str, column: str) -> None:
        """Nothing."""


@dataclass(frozen=True, eq=False)
class Target:
    """A source of a resource type that resources can be written to."""

    bound: Bound
    writing: Writing
    site: Site
    database: DatabaseSchema

    @property
    def resource(self) -> str:
        """The resource type."""
        return self.bound.mapping.resource

    @property
    def base(self) -> Source:
        """The source whose rows are the resources."""
        return self.bound.mapping.base

    def is_base(self, rows: Iterable[OwnedRow]) -> bool:
        """Is any of these a row of the source itself, rather than one that its concept leads elsewhere?"""
        return any((row.table, row.role) == (self.base.table, self.base.alias) for row in rows)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Member of the resource in JSON -> where it goes."""
        return {name: place for each in self.bound.mapping.elements.values() for name, place in self._places(each)}

    @cached_property
    def absences(self) -> Mapping[str, Any]:
        """Member of the resource in JSON -> the reason why a primitive is not there, where a row without it says one."""
        mapped = self.bound.mapping.elements.values()
        found = (absences(e.name, e.codec, is_choice=e.is_choice, is_list=e.wraps) for e in mapped)
        return {name: value for each in found for name, value in each.items()}

    @cached_property
    def named(self) -> Mapping[str, str]:
        """Member of the resource in JSON -> FHIRPath of the element."""
        below = children(self.resource)
        return {name: each.path.removesuffix("[x]") for each in below for name in each.properties}

    def _places(self, mapped: Element) -> Iterator[tuple[str, Place]]:
        expression = f"{self.resource}.{mapped.name.removeprefix('_')}"
        takes = yielded(mapped.codec)
        if not mapped.is_choice:
            yield mapped.name, Place(mapped, expression, "", takes)
            return
        for type in element(expression).types:
            yield mapped.name + type.suffix, Place(mapped, expression, type.code, takes)

    @cached_property
    def owned(self) -> Mapping[str, frozenset[Column]]:
        """Alias -> the columns that the mapping owns and the database has, without the key."""
        columns = {*self._projected(), *self._guarding(), *self.writing.columns, *self._joining()} - {self.bound.mapping.key}
        aliases = (self.base.alias, *self.writing.rows)
        return {alias: frozenset(c for c in columns if c.alias == alias and self.bound.name(c)) for alias in aliases}

    @cached_property
    def all_owned(self) -> frozenset[Column]:
        """The columns that the mapping owns, of whatever row."""
        return frozenset().union(*self.owned.values())

    def _projected(self) -> Iterator[Column]:
        """What an empty resource sets: every codec clears its columns where the element is absent."""
        for each in self.bound.mapping.elements.values():
            yield from self._of_nothing(each).columns

    def _of_nothing(self, element: Element) -> Projection:
        into = Projection(self.site, _Nothing(), _Nothing())
        project_element(element, None, into)
        return into

    @cached_property
    def clearing(self) -> Mapping[str, tuple[tuple[Column, Any], ...]]:
        """Element -> what it assigns to columns where it is absent, of those that do nothing else then.

        Most elements of most resources are absent: it is not worked out each time by way of their codecs.
        """
        projected = {each.name: self._of_nothing(each) for each in self.bound.mapping.elements.values()}
        return {name: tuple(into.columns.items()) for name, into in projected.items() if into.is_plain}

    def _guarding(self) -> Iterator[Column]:
        """Columns by which a value is told to be there, such as the type concept of what a patient says."""
        for leaf in leaves(self.bound.mapping):
            yield from (column for column, _ in leaf.when)

    def _joining(self) -> Iterator[Column]:
        """The columns by which the rows of a resource hang together."""
        for alias in self.writing.rows:
            source = self.bound.source(alias)
            yield from (other if self.is_before(source) else Column(alias, own) for own, other in source.join)
            yield from (column for column, _ in source.where if column.alias == alias)

    def is_before(self, source: Source) -> bool:
        """Does the base row refer to the row of this source, rather than the other way round?"""
        return key_of_table(source.table) in dict(source.join)

    @cached_property
    def inherited(self) -> Mapping[Column, tuple[Path, ...]]:
        """Columns of the base row that may be taken over from the row behind a reference, and the elements that refer to it."""
        found = ((column, tuple(r.inherit for r in rules if r.inherit)) for column, rules in self.writing.columns.items())
        return {column: paths for column, paths in found if paths}

    @cached_property
    def limits(self) -> Mapping[Column, int]:
        """Most characters of the columns that have a limit."""
        found = ((column, self._limit(column)) for columns in self.owned.values() for column in columns)
        return {column: limit for column, limit in found if limit is not None}

    def _limit(self, column: Column) -> int | None:
        return self.bound.tables[column.alias].lengths.get(self.bound.name(column) or "")

    @cached_property
    def domains(self) -> Mapping[Column, str]:
        """The domains that the CDM demands of concepts, but for the column whose concepts decide the table."""
        result = {}
        for column in (column for columns in self.owned.values() for column in columns):
            table = TABLES.get(self.bound.source(column.alias).table)
            known = table.column(column.name) if table else None
            if known and known.domain and column != self.writing.route:
                result[column] = known.domain
        return result

    @cached_property
    def expressions(self) -> Mapping[Column, str]:
        """Column -> FHIRPath of the element that it is filled from."""
        result: dict[Column, str] = {}
        for leaf in sorted(leaves(self.bound.mapping), key=_is_derived):
            for _, column in leaf.columns:
                result.setdefault(column, leaf.path)
        return result

    def expression(self, column: Column) -> str:
        """FHIRPath of the element that a column is filled from, or another of its row, or the type's name."""
        found = self.expressions.get(column)
        others = sorted(self.fed.get(column.alias, ()), key=str) if found is None and column.alias != self.base.alias else ()
        return found or next((self.expressions[other] for other in others if other in self.expressions), self.resource)

    @cached_property
    def fed(self) -> Mapping[str, frozenset[Column]]:
        """Alias -> the columns that elements fill, as against those that hold the rows together or follow by rule."""
        projected = frozenset(self._projected())
        return {alias: columns & projected for alias, columns in self.owned.items()}

    def table(self, name: str) -> PresentTable | None:
        """A table of the database."""
        return self.database.tables.get(name)


def project_element(element: Element, value: Any, into: Projection) -> None:
    """Project the value of an element; None where it is absent."""
    if element.wraps:
        single(value, element.codec, "", into)
    else:
        element.codec.project(value, into)


def _is_derived(leaf: Leaf) -> bool:
    """Does the value only show what other elements say, or the key?"""
    is_key = isinstance(leaf.codec, Identifier) and leaf.codec.value.kind == "integer"
    return is_key or isinstance(leaf.codec, Status | Filled | Duration)


def key_of_table(table: str) -> str | None:
    """The name of a CDM table's key column."""
    return TABLES[table].primary_key if table in TABLES else None


def targets(bounds: Sequence[Bound], site: Site, database: DatabaseSchema) -> tuple[Target, ...]:
    """The sources that can be written, in the order in which a resource is offered to them.

    Raises ConfigurationError where a row that a mapping writes does not hang on the base row.
    """
    found = tuple(Target(bound, bound.mapping.writing, site, database) for bound in bounds if bound.mapping.writing)
    for target in found:
        for alias in target.writing.rows:
            _check_join(target, target.bound.source(alias))
    return found


def _check_join(target: Target, source: Source) -> None:
    base, key = target.base.alias, target.bound.mapping.key
    if target.is_before(source):
        hangs = len(source.join) == 1 and source.join[0][1].alias == base
    else:
        hangs = any(other == key for _, other in source.join) and all(other.alias == base for _, other in source.join)
    if not hangs:
        raise ConfigurationError(f"{source.mark}: `{source.alias}` is written, so it must be joined to {base} by a key")
