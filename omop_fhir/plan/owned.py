"""What a resource becomes: the rows that it owns, what of it no row says, and why it has no row or is not taken.

Column values are integers, `decimal.Decimal`, dates, datetimes without zone, texts, None, or a `KeyOf`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..mapping.bind import Bound
from ..mapping.codecs.base import Loss


@dataclass(frozen=True, slots=True)
class KeyOf:
    """The key that the store gives to (or finds for) an earlier row of the same resource."""

    row: int
    """Its place in `Projected.rows`."""


@dataclass(frozen=True, slots=True)
class OwnedRow:
    """One row. Columns have the names of the database at hand; the key is left out, for the store assigns it."""

    table: str
    role: str
    """The alias of the mapping's `from` that the row stands for: `procedure`, `death`, `location`."""
    ordinal: int
    """Which of several rows of one role; with it a row is found again when the resource is updated."""
    key: str | None
    """The name of the key column; None: the table has none (`death`)."""
    columns: Mapping[str, Any]
    """Every column that the mapping owns: an update sets them all, and no others."""
    initial: Mapping[str, Any] = field(default_factory=dict)
    """Columns that the mapping does not own and an insert has to fill; an update leaves them alone."""
    anchors: frozenset[str] = frozenset()
    """Those of `columns` that tell whose row it is."""
    shared: bool = False
    """To be found by equal `columns`, or made; never updated in place, since others may use it."""
    kept: frozenset[str] = frozenset()
    """Those of `columns` that say what was read from the row: they stay in it as they are."""

    @property
    def is_kept(self) -> bool:
        """Does the whole row say what was read?"""
        return len(self.kept) == len(self.columns)


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which the rows say that a person was observed, for an `observation_period` that covers them."""

    person: Any
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Projected:
    """A resource and its rows."""

    resource: Mapping[str, Any]
    """As it is to be kept: without what settings drop."""
    bound: Bound | None
    """The source whose rows it becomes; None: no source of the type can be written."""
    rows: tuple[OwnedRow, ...] = ()
    """In the order in which they can be inserted."""
    losses: tuple[Loss, ...] = ()
    """Where resource and rows do not say the same."""
    gate: Loss | None = None
    """Why there is no row, where there is none; the resource is kept all the same."""
    refused: tuple[Loss, ...] = ()
    """Why the resource is not taken at all (422)."""
    span: Span | None = None
    is_kept: bool = False
    """Do the rows that are there stay as they are? Else those that are not among `rows` go."""
