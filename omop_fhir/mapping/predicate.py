"""What a search asks of rows, as data: codecs make it, `query` turns it into SQL.

Nothing here holds SQL. A `Column` names an alias of the mapping's `from` and one of its columns; values
are bound later, never written into a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from ..fhir.values import Token

Operator: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]
Value: TypeAlias = int | str | datetime


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
class Compare:
    """`left operator value`, false where `left` is null."""

    left: Column | Moment
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Among:
    """The column holds one of the integers."""

    column: Column
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HasConcept:
    """One of the columns holds a concept that the token means; the store resolves the token to concept ids."""

    columns: tuple[Column, ...]
    token: Token
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class IsNull:
    """The column, or every column of the moment, is null."""

    left: Column | Moment


@dataclass(frozen=True, slots=True)
class IsBlank:
    """The text column is null or holds nothing but white space: it renders as nothing."""

    column: Column


@dataclass(frozen=True, slots=True)
class EndsBefore:
    """Both moments are there, and the first (an end, exclusive) is not after the second (a start)."""

    end: Moment
    start: Moment


@dataclass(frozen=True, slots=True)
class And:
    """All hold."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one holds."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold (two-valued: a null counts as not holding)."""

    part: Predicate


Predicate: TypeAlias = Compare | Among | HasConcept | IsNull | IsBlank | EndsBefore | And | Or | Not

ALWAYS: Predicate = And(())
NEVER: Predicate = Or(())


def all_of(parts: tuple[Predicate, ...]) -> Predicate:
    """The conjunction, simplified: NEVER wins, ALWAYS vanishes, one part stands alone."""
    kept = tuple(part for part in parts if part != ALWAYS)
    if NEVER in kept:
        return NEVER
    return kept[0] if len(kept) == 1 else And(kept)


def any_of(parts: tuple[Predicate, ...]) -> Predicate:
    """The disjunction, simplified: ALWAYS wins, NEVER vanishes, one part stands alone."""
    kept = tuple(part for part in parts if part != NEVER)
    if ALWAYS in kept:
        return ALWAYS
    return kept[0] if len(kept) == 1 else Or(kept)


def columns_of(predicate: Predicate) -> Iterator[Column]:
    """Every column that the predicate reads."""
    match predicate:
        case And(parts) | Or(parts):
            for part in parts:
                yield from columns_of(part)
        case Not(part):
            yield from columns_of(part)
        case HasConcept(columns=columns):
            yield from columns
        case Compare(left=left) | IsNull(left=left):
            yield from left.columns if isinstance(left, Moment) else (left,)
        case EndsBefore(end, start):
            yield from (*end.columns, *start.columns)
        case Among(column=column) | IsBlank(column):
            yield column


def tokens_of(predicate: Predicate) -> Iterator[HasConcept]:
    """Every part that needs a token resolved."""
    match predicate:
        case And(parts) | Or(parts):
            for part in parts:
                yield from tokens_of(part)
        case Not(part):
            yield from tokens_of(part)
        case HasConcept():
            yield predicate
