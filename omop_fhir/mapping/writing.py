"""What the `write` section of a mapping file says, as data: which rows a resource becomes, and what no element says.

Without the section a mapping is read-only. See docs/mapping.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .predicate import Column
from .yaml import Mark

Setting: TypeAlias = Literal["keep", "report", "refuse"]
"""Of an element: kept in the resource; dropped from it, and named; or the whole resource refused."""

SETTINGS: tuple[Setting, ...] = ("keep", "report", "refuse")
RULES = ("value", "copy", "element", "parts", "received", "inherit")


@dataclass(frozen=True, slots=True)
class Path:
    """Where an element stands below its resource."""

    text: str
    """Names in FHIR, a choice without its type: `status`, `hospitalization.dischargeDisposition`, `medication`."""
    steps: tuple[tuple[str, ...], ...]
    """For each name what it may be in JSON: several names where it is a choice."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What an element must be: one of some codes, there (`present`) or not there (`absent`)."""

    element: Path
    codes: tuple[str, ...] = ()
    is_present: bool | None = None
    """True or False where it is only asked whether the element is there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to fill a column that no element fills."""

    value: int | None = None
    """A constant."""
    copy: Column | None = None
    """The date in another column."""
    lasting: Column | None = None
    """With `copy`: the last of so many days, of which the copied is the first."""
    element: Path | None = None
    """The date of an element."""
    parts: tuple[Column, ...] = ()
    """Year, month and day; where a part is not known, the first."""
    received: bool = False
    """The day on which the resource was received."""
    inherit: Path | None = None
    """A reference: what the row of the same mapping behind it holds in the same column."""
    when: tuple[Condition, ...] = ()

    @property
    def columns(self) -> Iterator[Column]:
        """The columns that the rule reads."""
        yield from (column for column in (self.copy, self.lasting, *self.parts) if column)


@dataclass(frozen=True, slots=True)
class ElementSetting:
    """The setting of one element, or of one extension of it."""

    path: Path
    setting: Setting
    url: str = ""
    """Where it is given, the setting is only for the extension with this url."""


@dataclass(frozen=True)
class Writing:
    """How resources become rows."""

    rows: Mapping[str, Literal["own", "shared"]]
    """Aliases that are written, beside the base: rows of the resource's own, or found by equal columns and shared."""
    rows_when: tuple[Condition, ...]
    """A resource that does not meet them all becomes no row; an element that it does not have holds nothing back."""
    columns: Mapping[Column, tuple[Rule, ...]]
    """Columns that no element fills -> rules, the first that gives something counts."""
    route: Column | None = None
    """The standard concept whose domain decides the table, and of which every one becomes a row."""
    elements: tuple[ElementSetting, ...] = ()
    unmapped: Setting = "keep"
    """The setting of top-level elements that the mapping does not have."""
    too_long: Literal["report", "refuse"] = "report"
    """What becomes of a text that exceeds its column."""
    deduplicate: bool | None = None
    """Does a plain create give what has one of its identifiers already? None: as the server's setting says."""
    writable: Literal["own", "all"] | None = None
    """May rows that came into the database otherwise be changed? None: as the server's setting says."""
    mark: Mark | None = field(default=None, compare=False)

    def constants(self) -> dict[Column, int]:
        """Columns and the last of the constants that they may get."""
        return {column: rule.value for column, rules in self.columns.items() for rule in rules if rule.value is not None}

    def named(self) -> Iterator[Column]:
        """Every column that the section names."""
        yield from self.columns
        for rules in self.columns.values():
            for rule in rules:
                yield from rule.columns
        if self.route:
            yield self.route
