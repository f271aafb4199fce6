"""Search values, parsed: what a parameter's value says, by its type (https://hl7.org/fhir/R4/search.html#ptypes)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

Prefix: TypeAlias = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
PREFIXES: tuple[Prefix, ...] = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
Hierarchy: TypeAlias = Literal["is", "below", "above"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token value: `code` (system None), `system|code`, `|code` (system ""), `system|` (code None).

    `hierarchy` is `below` or `above` where the modifier asks for a concept's descendants or ancestors with it.
    """

    system: str | None
    code: str | None
    hierarchy: Hierarchy = "is"

    def __str__(self) -> str:
        return (self.code or "") if self.system is None else f"{self.system}|{self.code or ''}"


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token parameter's `:text` value: the beginning of a text or display."""

    text: str


@dataclass(frozen=True, slots=True)
class ValueSetName:
    """A value set that `:in` or `:not-in` names by its canonical URL."""

    url: str


@dataclass(frozen=True, slots=True)
class TypedIdentifier:
    """An identifier's `:of-type` value: type system, type code, value."""

    system: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date value with its prefix: the half-open range [low, high) that it means.

    Both ends carry a time zone where the value did; a value without one is local to the site.
    """

    prefix: Prefix
    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class QuantityValue:
    """A number or quantity with its prefix: the range that its precision implies, and the unit if one is given.

    `value` is the number itself, for the prefixes that compare exactly.
    """

    prefix: Prefix
    value: Decimal
    low: Decimal
    high: Decimal
    system: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class StringValue:
    """A string value: `starts` (the default), `exact` or `contains`."""

    mode: Literal["starts", "exact", "contains"]
    text: str


@dataclass(frozen=True, slots=True)
class UriValue:
    """A uri value: exactly this, or what lies below or above it."""

    uri: str
    hierarchy: Hierarchy = "is"


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """A reference value: an id and, where the client or the parameter says so, the type.

    `foreign` is set for an absolute URL that is not of this server; `id` is then the whole of it.
    """

    type: str | None
    id: str
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceIdentifier:
    """A reference parameter's `:identifier` value, about Reference.identifier."""

    token: Token


SearchValue: TypeAlias = (
    Token
    | TokenText
    | ValueSetName
    | TypedIdentifier
    | DateValue
    | QuantityValue
    | StringValue
    | UriValue
    | ReferenceValue
    | ReferenceIdentifier
)
