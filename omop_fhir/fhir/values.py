"""Search values, parsed: what a token, date or reference parameter says (https://hl7.org/fhir/R4/search.html#ptypes)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Prefix: TypeAlias = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token value: `code` (system None), `system|code`, `|code` (system ""), `system|` (code None)."""

    system: str | None
    code: str | None

    def __str__(self) -> str:
        return (self.code or "") if self.system is None else f"{self.system}|{self.code or ''}"


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date value with its prefix: the half-open range [low, high) that it means.

    Both ends carry a time zone where the value did; a value without one is local to the site.
    """

    prefix: Prefix
    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """A reference value: an id and, where the client or the parameter says so, the type."""

    type: str | None
    id: str


SearchValue: TypeAlias = Token | DateValue | ReferenceValue
