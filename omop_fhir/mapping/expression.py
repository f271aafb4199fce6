"""Values that a search compares and a sort orders by, as data: columns, and what is made of them.

`query` turns them into SQL; what an expression says of a row is what the row's rendered value says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .predicate import Predicate


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source alias, such as `procedure.person_id`; `kind` is its CDM datatype."""

    alias: str
    name: str
    kind: str = field(default="integer", compare=False)

    def __str__(self) -> str:
        return f"{self.alias}.{self.name}"


@dataclass(frozen=True, slots=True)
class Moment:
    """The start (or the exclusive end) of a rendered date or dateTime, as a local timestamp.

    `columns` are tried in order; one that holds no date of the years 1 to 9999 counts as null. `upper` is the first
    instant after the value: a day later for a date (and for exact midnight, which renders as one), a second later for
    a time of day, a microsecond later for one with a fraction. `whole_days` is set where no time zone is declared.
    """

    columns: tuple[Column, ...]
    upper: bool = False
    whole_days: bool = False


@dataclass(frozen=True, slots=True)
class Until:
    """The first instant after a period; infinity where it has no end, or one before its start, which is an error."""

    start: Moment
    end: Moment
    given_end: Moment
    """The end by its own columns."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """The first day of a date known by year, month and day, as the number yyyymmdd; what is impossible counts as 1."""

    year: Column
    month: Column | None
    day: Column | None


@dataclass(frozen=True, slots=True)
class Day:
    """The day of a timestamp as the number yyyymmdd."""

    column: Column


@dataclass(frozen=True, slots=True)
class Instant:
    """When a resource was last changed, with its zone: what a column of documents holds, or one moment for all rows."""

    at: Column | datetime


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The minutes from one timestamp to another, null where either is a mere date or the end comes first."""

    start: Column
    end: Column


@dataclass(frozen=True, slots=True)
class FirstText:
    """The first of several text columns that is not blank."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class CodeOf:
    """The code of the first of several concept columns that holds a concept, as it is rendered."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The code that a table gives for a concept column; `otherwise` for what the table lacks, None: no code."""

    column: Column
    codes: tuple[tuple[int, str], ...]
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """The text of the first predicate that holds."""

    cases: tuple[tuple[Predicate, str], ...]


@dataclass(frozen=True, slots=True)
class When:
    """An expression where a predicate holds, else null."""

    where: Predicate
    value: Expression


@dataclass(frozen=True, slots=True)
class Coalesced:
    """The first of several expressions that is not null."""

    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Lowest:
    """The lowest value of an expression (or the highest) over the rows of a to-many source."""

    alias: str
    value: Expression
    highest: bool = False


Expression: TypeAlias = (
    Column | Moment | Until | PartialDate | Day | Instant | Elapsed | FirstText | CodeOf | Decoded | Cases | When | Coalesced
    | Lowest
)
