"""How documents are searched: each parameter by the rows of an index table that were written with the document.

These codecs stand in no mapping file: every parameter of a type has one, by the parameter's type. They render nothing, for a
document is served as it was sent.
https://hl7.org/fhir/R4/search.html#ptypes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from ...fhir.index import type_system
from ...fhir.values import (
    DateValue,
    QuantityValue,
    ReferenceIdentifier,
    ReferenceValue,
    SearchValue,
    StringValue,
    Token,
    TokenText,
    TypedIdentifier,
    UriValue,
    ValueSetName,
)
from ..expression import Column, Day, Expression, Instant
from ..predicate import (
    ALWAYS,
    NEVER,
    Compare,
    HasConcept,
    InValueSet,
    IsNull,
    Joined,
    Matches,
    Not,
    Predicate,
    all_of,
    any_of,
)
from ..site import Site
from .base import Codec, Projection
from .datetime import matches
from .writer import Put, Writer

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True)
class Indexed(Codec):
    """A parameter with entries in the index table under `alias`."""

    name: ClassVar = "indexed"
    type: ClassVar = "Element"

    alias: str

    def emit(self, w: Writer, put: Put) -> None:
        """Nothing: the document says it."""

    def project(self, value: Any, into: Projection) -> None:
        """Nothing: the index is not made of columns."""

    def present(self, site: Site) -> Predicate:
        return Joined(self.alias, ALWAYS)

    def column(self, name: str, kind: str = "varchar") -> Column:
        """A column of the index table."""
        return Column(self.alias, name, kind)

    def is_text(self, name: str, text: str) -> Predicate:
        """The column holds this text."""
        return Compare(self.column(name), "=", text)


@dataclass(frozen=True, kw_only=True)
class IndexedToken(Indexed):
    """Codings, identifiers, codes, booleans."""

    searched_by: ClassVar = frozenset({"token"})

    of_type: str = ""
    """The alias of the identifiers with their types."""

    def search(self, value: SearchValue, site: Site) -> Predicate:
        concept = (Column(self.alias, "concept"),)
        match value:
            case Token(hierarchy="is"):
                return self.matches(value)
            case Token():
                return HasConcept(concept, value)
            case ValueSetName(url):
                return InValueSet(concept, url)
            case TokenText(text):
                return Matches(self.column("text"), "starts", text)
            case TypedIdentifier(system, code, text):
                typed = Token(type_system(system, code), text)
                return Joined(self.of_type, IndexedToken(alias=self.of_type).matches(typed)) if self.of_type else NEVER
            case _:
                return NEVER

    def matches(self, token: Token) -> Predicate:
        """The entries that a plain token means; `system` is "" where the value says that there is none."""
        parts = [] if token.code is None else [self.is_text("code", token.code)]
        if token.system is not None:
            none = IsNull(self.column("system"))
            parts.append(self.is_text("system", token.system) if token.system else none)
        return all_of(tuple(parts))

    def order(self, site: Site) -> Expression | None:
        return self.column("code")


@dataclass(frozen=True, kw_only=True)
class IndexedString(Indexed):
    """Texts, and the parts of names and addresses."""

    searched_by: ClassVar = frozenset({"string"})

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return Matches(self.column("text"), value.mode, value.text) if isinstance(value, StringValue) else NEVER

    def order(self, site: Site) -> Expression | None:
        return self.column("text")


@dataclass(frozen=True, slots=True)
class _Between:
    """A range whose ends are columns."""

    low: Column
    high: Column

    def starts_before(self, moment: datetime) -> Predicate:
        return Compare(self.low, "<", moment)

    def ends_after(self, moment: datetime) -> Predicate:
        return Compare(self.high, ">", moment)

    def starts_from(self, moment: datetime) -> Predicate:
        return Compare(self.low, ">=", moment)

    def ends_by(self, moment: datetime) -> Predicate:
        return Compare(self.high, "<=", moment)

    def within(self, low: datetime, high: datetime) -> Predicate:
        return all_of((self.starts_from(low), Compare(self.low, "<", high), self.ends_by(high)))

    def present(self) -> Predicate:
        return ALWAYS


@dataclass(frozen=True, slots=True)
class Point:
    """An instant in a column: it covers nothing beyond itself."""

    at: Column

    def starts_before(self, moment: datetime) -> Predicate:
        return Compare(self.at, "<", moment)

    def ends_after(self, moment: datetime) -> Predicate:
        return Compare(self.at, ">=", moment)

    starts_from = ends_after
    ends_by = starts_before

    def within(self, low: datetime, high: datetime) -> Predicate:
        return all_of((self.starts_from(low), self.ends_by(high)))

    def present(self) -> Predicate:
        return ALWAYS


@dataclass(frozen=True, kw_only=True)
class IndexedDate(Indexed):
    """Dates and periods, as ranges on the site's clock. `by_day`: other sources of the type order by the number of the day."""

    searched_by: ClassVar = frozenset({"date"})

    by_day: bool = False

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, DateValue):
            return NEVER
        return matches(value, _Between(self.column("low", "timestamp"), self.column("high", "timestamp")), site.zone)

    def order(self, site: Site) -> Expression | None:
        low = self.column("low", "timestamp")
        return Day(low) if self.by_day else low


@dataclass(frozen=True, kw_only=True)
class IndexedQuantity(Indexed):
    """Numbers and quantities; a unit is found as it was sent, without conversion."""

    searched_by: ClassVar = frozenset({"number", "quantity"})

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return all_of((self._number(value), *self._unit(value))) if isinstance(value, QuantityValue) else NEVER

    def _number(self, value: QuantityValue) -> Predicate:
        """The prefixes of https://hl7.org/fhir/R4/search.html#number."""
        low, high = self.column("low", "numeric"), self.column("high", "numeric")
        inside = all_of((Compare(low, ">=", value.low), Compare(high, "<", value.high)))
        slack = abs(value.value) / 10
        match value.prefix:
            case "eq":
                return inside
            case "ne":
                return Not(inside)
            case "gt" | "sa":
                return Compare(high if value.prefix == "gt" else low, ">", value.value)
            case "lt" | "eb":
                return Compare(low if value.prefix == "lt" else high, "<", value.value)
            case "ge":
                return Compare(high, ">=", value.value)
            case "le":
                return Compare(low, "<=", value.value)
            case "ap":
                return all_of((Compare(high, ">=", value.value - slack), Compare(low, "<=", value.value + slack)))

    def _unit(self, value: QuantityValue) -> tuple[Predicate, ...]:
        system = (self.is_text("system", value.system),) if value.system else ()
        if value.code is None:
            return system
        code = self.is_text("code", value.code)
        return (*system, code if value.system else any_of((code, self.is_text("unit", value.code))))

    def order(self, site: Site) -> Expression | None:
        return self.column("low", "numeric")


@dataclass(frozen=True, kw_only=True)
class IndexedUri(Indexed):
    """URIs and canonicals."""

    searched_by: ClassVar = frozenset({"uri"})

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, UriValue):
            return NEVER
        exact = self.is_text("uri", value.uri)
        if value.hierarchy == "below":
            return any_of((exact, Matches(self.column("uri"), "prefix", value.uri.rstrip("/") + "/")))
        if value.hierarchy == "above":
            return any_of((exact, *(self.is_text("uri", above) for above in _above(value.uri))))
        return exact

    def order(self, site: Site) -> Expression | None:
        return self.column("uri")


def _above(uri: str) -> list[str]:
    """What a URI lies below: it without its last segments, with and without the slash."""
    parts = uri.split("/")
    found = ["/".join(parts[:size]) for size in range(1, len(parts))]
    return [each + end for each in found for end in ("", "/") if each and not each.endswith(":")]


@dataclass(frozen=True, kw_only=True)
class IndexedReference(Indexed):
    """References. `targets` leads from (type, prefix) to the alias of the entries whose key is of that source."""

    searched_by: ClassVar = frozenset({"reference"})

    identifier: str
    """The alias of the tokens of Reference.identifier."""
    targets: Mapping[tuple[str, str], str] = field(default_factory=dict, hash=False)

    def search(self, value: SearchValue, site: Site) -> Predicate:
        match value:
            case ReferenceValue(id=url, foreign=True):
                return self.is_text("url", url)
            case ReferenceValue(None, id):
                return self.is_text("id", id)
            case ReferenceValue(type, id):
                return all_of((self.is_text("id", id), self.is_text("type", type or "")))
            case ReferenceIdentifier(token):
                return Joined(self.identifier, IndexedToken(alias=self.identifier).matches(token))
            case _:
                return NEVER

    def order(self, site: Site) -> Expression | None:
        return Column(self.alias, "key")


@dataclass(frozen=True, kw_only=True)
class DocumentId(Indexed):
    """`_id`."""

    searched_by: ClassVar = frozenset({"token"})

    def search(self, value: SearchValue, site: Site) -> Predicate:
        match value:
            case Token(system=None | "", code=str() as id, hierarchy="is"):  # an id has no system
                return self.is_text("id", id)
            case _:
                return NEVER

    def present(self, site: Site) -> Predicate:
        return ALWAYS


@dataclass(frozen=True, kw_only=True)
class DocumentInstant(Indexed):
    """`_lastUpdated`: an instant is a point, not a range."""

    searched_by: ClassVar = frozenset({"date"})

    def search(self, value: SearchValue, site: Site) -> Predicate:
        instant = Point(self.column("last_updated", "timestamp"))
        return matches(value, instant, site.zone or _UTC) if isinstance(value, DateValue) else NEVER

    def order(self, site: Site) -> Expression | None:
        return Instant(self.column("last_updated", "timestamp"))

    def present(self, site: Site) -> Predicate:
        return ALWAYS
