"""What a mapping renders, value by value: for the tools that document, check and count.

A `Mapping` enters; its `Leaf`s and the columns that it uses for anything at all leave. Nothing is rejected. FHIR paths
are FHIRPath (https://hl7.org/fhirpath/N1/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from ..omop.cdm import TABLES
from .codecs import Codec, Guarded
from .model import Element, Mapping
from .predicate import Column
from .table import Table
from .yaml import Mark


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of a resource and the codec that renders it."""

    name: str
    """The path in the mapping file: `identifier.person_id`, `performer.actor`."""
    path: str
    """FHIRPath of the value: `Procedure.performer.actor`."""
    codec: Codec
    element: str
    """The top-level element, as the mapping names it."""
    mark: Mark
    """Where the element stands."""
    when: tuple[tuple[Column, tuple[str, ...]], ...] = ()
    """The value is there only where each column holds one of its integers."""

    @property
    def columns(self) -> tuple[tuple[str, Column], ...]:
        """(argument of the codec, column) pairs: what the value is made of."""
        found = ((item.name, getattr(self.codec, item.name)) for item in fields(self.codec))
        return tuple((name, column) for name, value in found for column in _columns(value))

    @property
    def table(self) -> Table | None:
        """The code table that the codec reads."""
        found = getattr(self.codec, "table", None)
        return found if isinstance(found, Table) else None


def _columns(value: object) -> Iterator[Column]:
    if isinstance(value, Column):
        yield value
    elif isinstance(value, tuple | dict):
        for item in value:
            yield from _columns(item)


def leaves(mapping: Mapping) -> Iterator[Leaf]:
    """Every value that the mapping renders, in the order of its file."""
    for element in mapping.elements.values():
        yield from _below(_top(mapping, element))


def _top(mapping: Mapping, element: Element) -> Leaf:
    path = f"{mapping.resource}.{element.name.removeprefix('_')}"
    return Leaf(element.name, path, element.codec, element.name, element.mark)


def _below(leaf: Leaf) -> Iterator[Leaf]:
    """The leaves inside a codec that is made of codecs, or the leaf itself."""
    if isinstance(leaf.codec, Guarded):
        yield from _below(replace(leaf, codec=leaf.codec.inner, when=(*leaf.when, *leaf.codec.when.items())))
        return
    inner = list(_inner(leaf))
    if not inner:
        yield replace(leaf, path=_extended(leaf))
    for each in inner:
        yield from _below(each)


def _inner(leaf: Leaf) -> Iterator[Leaf]:
    for item in fields(leaf.codec):
        value = getattr(leaf.codec, item.name)
        if isinstance(value, Codec):
            yield replace(leaf, codec=value, path=f"{_extended(leaf)}.value")
        elif isinstance(value, dict):
            for name, codec in value.items():
                if isinstance(codec, Codec):
                    path = f"{leaf.path}.{name}" if item.name == "elements" else leaf.path
                    yield replace(leaf, codec=codec, name=f"{leaf.name}.{name}", path=path)


def _extended(leaf: Leaf) -> str:
    """The path of an extension, with its url."""
    url = getattr(leaf.codec, "url", None)
    return f"{leaf.path}('{url}')" if url else leaf.path


def used_columns(mapping: Mapping) -> frozenset[Column]:
    """Every column that the mapping reads for whatever purpose: elements, access, joins and their order."""
    return frozenset((*mapping.columns(), *_joining(mapping)))


def _joining(mapping: Mapping) -> Iterator[Column]:
    for source in mapping.sources.values():
        for own, other in source.join:
            yield Column(source.alias, own)
            yield other
        yield from (column for column, _ in source.where)
        yield from (Column(source.alias, name) for name in (*source.first, *source.many))


def tables_of(mapping: Mapping) -> tuple[str, ...]:
    """The tables that the mapping reads, the base first."""
    return tuple(dict.fromkeys(source.table for source in mapping.sources.values()))


def used_by_table(mappings: tuple[Mapping, ...]) -> dict[str, frozenset[str]]:
    """Table -> the names (of CDM 5.4) of its columns that some mapping uses."""
    used: dict[str, frozenset[str]] = {}
    for mapping in mappings:
        for table in tables_of(mapping):
            used.setdefault(table, frozenset())
        for column in used_columns(mapping):
            table = mapping.sources[column.alias].table
            used[table] = used[table] | {column.name}
    return used


def is_concept(table: str, column: str) -> bool:
    """Does the CDM define the column as the id of a concept?"""
    known = TABLES[table].column(column) if table in TABLES else None
    return known is not None and known.references == ("concept", "concept_id")
