"""What an index holds of one resource: an entry for each thing that a search parameter can find in it.

Entries are facts of one resource, by parameter type (https://hl7.org/fhir/R4/search.html#ptypes); which parameter is a number
(`number`). Every element that says anything has an entry, so that `:missing` can be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple


class TokenEntry(NamedTuple):
    """A code, identifier or boolean: `system` None where it has none, `code` None where only words are known.

    `text` is what `:text` searches: a display, the text of a CodeableConcept, the text of an identifier's type.
    """

    parameter: int
    system: str | None
    code: str | None
    text: str | None


class StringEntry(NamedTuple):
    """A text as it was sent, neither folded nor trimmed; of a HumanName or Address one entry for each of its parts."""

    parameter: int
    text: str


class DateEntry(NamedTuple):
    """The half-open range that a date, time or period covers, without zone, on the site's own clock.

    `datetime.min` and `datetime.max` stand for no bound, as PostgreSQL's infinities.
    """

    parameter: int
    low: datetime
    high: datetime


class QuantityEntry(NamedTuple):
    """A number or quantity, as sent and in its own unit: `low` equals `high` unless it is a range.

    Infinities stand for no bound, and both for a quantity that has a unit and no value.
    """

    parameter: int
    low: Decimal
    high: Decimal
    system: str | None
    code: str | None
    unit: str | None


class ReferenceEntry(NamedTuple):
    """A reference: `type` and `id` of a resource of this server, or the `url` of anything else.

    `type` is also told of a resource elsewhere where the reference does tell it. A reference without URL has neither id nor url.
    """

    parameter: int
    type: str | None
    id: str | None
    url: str | None


class UriEntry(NamedTuple):
    """A URI as it stands; of a canonical with a version there is another entry without it."""

    parameter: int
    uri: str


@dataclass(frozen=True, slots=True)
class Entries:
    """All entries of one resource, none twice."""

    tokens: tuple[TokenEntry, ...]
    strings: tuple[StringEntry, ...]
    dates: tuple[DateEntry, ...]
    quantities: tuple[QuantityEntry, ...]
    references: tuple[ReferenceEntry, ...]
    uris: tuple[UriEntry, ...]


@dataclass(slots=True)
class Found:
    """What has been found so far in a resource."""

    resource: Mapping[str, Any]
    tokens: list[TokenEntry] = field(default_factory=list)
    strings: list[StringEntry] = field(default_factory=list)
    dates: list[DateEntry] = field(default_factory=list)
    quantities: list[QuantityEntry] = field(default_factory=list)
    references: list[ReferenceEntry] = field(default_factory=list)
    uris: list[UriEntry] = field(default_factory=list)
    elements: list[Any] = field(default_factory=list)
    """The elements themselves, where an expression is asked for these."""

    def entries(self) -> Entries:
        """What was found, once each."""
        return Entries(
            tuple(dict.fromkeys(self.tokens)),
            tuple(dict.fromkeys(self.strings)),
            tuple(dict.fromkeys(self.dates)),
            tuple(dict.fromkeys(self.quantities)),
            tuple(dict.fromkeys(self.references)),
            tuple(dict.fromkeys(self.uris)),
        )
