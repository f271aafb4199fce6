"""Which concepts the code tables of some mappings want rolled up through `concept_ancestor`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from .codecs import Codec
from .model import Mapping
from .table import Table


def rolled_up(mappings: Iterable[Mapping]) -> frozenset[int]:
    """The concept ids of every code table that a codec reads with `roll_up`."""
    codecs = (element.codec for mapping in mappings for element in mapping.elements.values())
    tables = (table for codec in codecs for each in walk(codec) if (table := _table(each)))
    return frozenset(id for table in tables for id in table.entries)


def walk(codec: Codec) -> Iterator[Codec]:
    """The codec and all inside it."""
    yield codec
    for item in fields(codec):
        value = getattr(codec, item.name)
        inner = value.values() if isinstance(value, dict) else (value,)
        for each in inner:
            if isinstance(each, Codec):
                yield from walk(each)


def _table(codec: Codec) -> Table | None:
    table = getattr(codec, "table", None)
    return table if getattr(codec, "roll_up", False) and isinstance(table, Table) else None
