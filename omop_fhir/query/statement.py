"""A statement and its arguments, and the few ways in which SQL text is put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..mapping.bind import INTEGERS, Bound
from ..mapping.predicate import Column
from ..omop.database import PresentTable


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with `$1`, `$2`, ... and the values of these."""

    text: str
    args: tuple[Any, ...]


@dataclass
class Arguments:
    """Collects values while text is written; each value is bound with its type."""

    values: list[Any] = field(default_factory=list)

    def bind(self, value: int | str | datetime | Sequence[int]) -> str:
        """`$n::type` for the value."""
        self.values.append(value)
        return f"${len(self.values)}::{_type(value)}"


def _type(value: object) -> str:
    match value:
        case int():
            return "bigint"
        case str():
            return "text"
        case datetime():
            return "timestamp"
        case _:
            return "bigint[]"


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant of our own (a table's or zone's name), never a value of a request."""
    return "'" + text.replace("'", "''") + "'"


def table_name(table: PresentTable) -> str:
    """The schema-qualified name."""
    return f"{quoted(table.schema)}.{quoted(table.name)}"


def value_of(bound: Bound, column: Column, zone: str) -> str:
    """The SQL expression of a column as its CDM datatype, whatever the database made of it.

    An integer kept as a number is read as one where it fits; a timestamp with zone is put on the site's clock.
    """
    name = f"{quoted(column.alias)}.{quoted(bound.name(column) or '')}"
    type = bound.type(column)
    if column.kind == "integer" and type not in INTEGERS:
        return f"CASE WHEN abs({name}) < 9e18 THEN {name}::bigint END"
    if type == "timestamp with time zone":
        return f"({name} AT TIME ZONE {literal(zone)})"
    return name


def selected(bound: Bound, column: Column, zone: str) -> str:
    """What a record holds for the column: an int, or PostgreSQL's text of it."""
    value = value_of(bound, column, zone)
    return value if column.kind == "integer" else f"{value}::text"
