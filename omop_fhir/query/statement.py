"""A statement and its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..mapping.predicate import Placeholder


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with `$1`, `$2`, ... and the values of these."""

    text: str
    args: tuple[Any, ...]


@dataclass
class Arguments:
    """Collects values while text is written; each value is bound with its type, an equal one only once."""

    values: list[Any] = field(default_factory=list)
    _known: dict[tuple[str, Any], str] = field(default_factory=dict)
    _names: int = 0

    def bind(self, value: int | str | datetime | Decimal | Placeholder | Sequence[int] | Sequence[str]) -> str:
        """`$n::type` for the value."""
        type = type_of(value)
        key = (type, tuple(value) if isinstance(value, list) else value)
        if key not in self._known:
            self.values.append(list(value) if isinstance(value, tuple) else value)
            self._known[key] = f"${len(self.values)}::{type}"
        return self._known[key]

    def suffix(self) -> str:
        """A suffix for aliases that no other part of the statement has."""
        self._names += 1
        return f"_{self._names}"


def type_of(value: object) -> str:
    """The PostgreSQL type with which a value is bound."""
    match value:
        case Placeholder(type=type):
            return type
        case int():
            return "bigint"
        case str():
            return "text"
        case datetime(tzinfo=None):
            return "timestamp"
        case datetime():
            return "timestamptz"
        case Decimal():
            return "numeric"
        case [str(), *_]:
            return "text[]"
        case [] | [int(), *_]:
            return "bigint[]"
        case _:
            raise TypeError(f"no column is compared with a {value.__class__.__name__}")
