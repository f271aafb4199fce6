"""What a search asks of rows, as data: codecs make it, `query` turns it into SQL.

Nothing here holds SQL. A `Column` names an alias of the mapping's `from` and one of its columns; values
are bound later, never written into a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..fhir.values import Token
from .expression import (
    Cases,
    Coalesced,
    CodeOf,
    Day,
    Decoded,
    Elapsed,
    Expression,
    FirstText,
    Instant,
    Lowest,
    PartialDate,
    Until,
    When,
)
from .expression import (
    Column as Column,
)
from .expression import (
    Moment as Moment,
)

if TYPE_CHECKING:
    from .bind import Bound

Operator: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Stands for a value that is not known while a statement is written."""

    number: int
    type: str
    """PostgreSQL's."""
    is_ours: bool
    """Is it a key that is ours?"""


Value: TypeAlias = int | str | datetime | Decimal | Placeholder


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator value`, false where `left` is null."""

    left: Expression
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Among:
    """The column holds one of the integers."""

    column: Column
    values: tuple[int, ...] | Placeholder


@dataclass(frozen=True, slots=True)
class Matches:
    """A text column begins with, contains or is a text; but for `exact` and `prefix`, case and accents do not count."""

    column: Column
    mode: Literal["starts", "contains", "exact", "prefix"]
    text: str | Placeholder
    """The placeholder is for what a column is compared with: a pattern, where the mode asks for one."""


@dataclass(frozen=True, slots=True)
class HasConcept:
    """One of the columns holds a concept that the token means; the store resolves the token to concepts.

    `domain` is `=Name` or `!Name`: only concepts (not) of that domain count.
    """

    columns: tuple[Column, ...]
    token: Token
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class InValueSet:
    """One of the columns holds a concept of the value set with this URL; the store resolves it."""

    columns: tuple[Column, ...]
    url: str
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class HasDisplay:
    """One of the concept columns holds a concept whose name begins with the text; case and accents do not count."""

    columns: tuple[Column, ...]
    text: str | Placeholder
    """The placeholder is for the pattern that the name is compared with."""
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class OfDomain:
    """The column holds a concept of this domain."""

    column: Column
    domain: str


@dataclass(frozen=True, slots=True)
class Holds:
    """The text is among those of the array column."""

    column: Column
    text: str | Placeholder


@dataclass(frozen=True, slots=True)
class IsNull:
    """The expression is null."""

    left: Expression


@dataclass(frozen=True, slots=True)
class IsBlank:
    """The text column is null or holds nothing but white space: it renders as nothing."""

    column: Column


@dataclass(frozen=True, slots=True)
class IsCodeOf:
    """The text column repeats the code of the concept in the other column."""

    column: Column
    concept: Column


@dataclass(frozen=True, slots=True)
class EndsBefore:
    """Both moments are there, and the first (an end, exclusive) is not after the second (a start)."""

    end: Moment
    start: Moment


@dataclass(frozen=True, slots=True)
class Joined:
    """Some row of a joined source of the same mapping fulfils `where`."""

    alias: str
    where: Predicate


@dataclass(frozen=True, slots=True)
class Linked:
    """Some row of another mapping, whose column `on` equals `column` here, fulfils `where`."""

    column: Column
    target: Bound
    on: Column
    where: Predicate


@dataclass(frozen=True, slots=True)
class Referred:
    """The column is among the values of `of` in the rows of `source` that have one of the keys and fulfil `where`."""

    column: Column
    source: Bound
    of: Column
    keys: tuple[int, ...] | Placeholder
    where: Predicate


@dataclass(frozen=True, slots=True)
class Citation:
    """The values of the column `of` in the rows of `source` that fulfil `where`."""

    source: Bound
    of: Column
    where: Predicate


@dataclass(frozen=True, slots=True)
class Cited:
    """The column is among the values of any of the citations."""

    column: Column
    by: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Same:
    """Two columns hold the same, and are not null."""

    left: Column
    right: Column


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


Resolvable: TypeAlias = HasConcept | InValueSet
Predicate: TypeAlias = (
    Compare
    | Among
    | Matches
    | HasConcept
    | InValueSet
    | HasDisplay
    | OfDomain
    | Holds
    | IsNull
    | IsBlank
    | IsCodeOf
    | EndsBefore
    | Joined
    | Linked
    | Referred
    | Cited
    | Same
    | And
    | Or
    | Not
)

ALWAYS: Predicate = And(())
NEVER: Predicate = Or(())


def conjuncts(where: Predicate) -> tuple[Predicate, ...]:
    """The predicates that must all hold."""
    return where.parts if isinstance(where, And) else (where,)


def all_of(parts: tuple[Predicate, ...]) -> Predicate:
    """The conjunction, simplified: NEVER wins, ALWAYS vanishes, one part stands alone, nested ones are laid flat.

    That a row is linked to another goes without saying where a further part demands the same of it, and more.
    """
    flat = tuple(inner for part in parts for inner in conjuncts(part))
    kept = _without_implied(tuple(dict.fromkeys(flat)))
    if NEVER in kept:
        return NEVER
    return kept[0] if len(kept) == 1 else And(kept)


def any_of(parts: tuple[Predicate, ...]) -> Predicate:
    """The disjunction, simplified: ALWAYS wins, NEVER vanishes, one part stands alone, nested ones are laid flat."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
    kept = tuple(dict.fromkeys(flat))
    if ALWAYS in kept:
        return ALWAYS
    return kept[0] if len(kept) == 1 else Or(kept)


_SHORT = 40
"""Parts that are held against each other; a request may have a thousand alternatives, and each of them as many comparisons."""


def _without_implied(parts: tuple[Predicate, ...]) -> tuple[Predicate, ...]:
    """Without links that others imply, such as to a patient of the caller's, where the patient is asked for by a chain."""
    kept = list(parts)
    for part in [part for part in parts if is_link(part)]:
        if any(other is not part and implies(other, part) for other in kept if is_link(other)):
            kept.remove(part)
    return tuple(kept)


def is_link(part: Predicate) -> bool:
    """Does it hold just where one of several links leads to a row?"""
    parts = part.parts if isinstance(part, Or) else (part,)
    return part != NEVER and all(isinstance(each, Linked) for each in parts)


def implies(part: Predicate, other: Predicate) -> bool:
    """Does `other` hold wherever `part` does, as far as their form tells? Of long lists nothing is told: it would take long."""
    if part == other:
        return True
    if any(isinstance(each, And | Or) and len(each.parts) > _SHORT for each in (part, other)):
        return False
    match part, other:
        case _, And(parts):
            return all(implies(part, each) for each in parts)
        case Or(parts), _:
            return all(implies(each, other) for each in parts)
        case _, Or(parts):
            return any(implies(part, each) for each in parts)
        case And(parts), _:
            return any(implies(each, other) for each in parts)
        case Linked(column, target, on, where), Linked():
            return (column, target, on) == (other.column, other.target, other.on) and implies(where, other.where)
        case _:
            return False


def negation(part: Predicate) -> Predicate:
    """What holds where `part` does not."""
    if part in (ALWAYS, NEVER):
        return NEVER if part == ALWAYS else ALWAYS
    return part.part if isinstance(part, Not) else Not(part)


def needs_row(predicate: Predicate) -> bool:
    """Is the predicate false where every column that it reads is null?"""
    match predicate:
        case And(parts):
            return any(needs_row(part) for part in parts)
        case Or(parts):
            return all(needs_row(part) for part in parts)
        case Not(IsNull(left)) | Compare(left=left):
            return isinstance(left, Column | Moment | Until | PartialDate | FirstText)
        case Among() | Matches() | Holds() | HasConcept() | InValueSet() | HasDisplay() | OfDomain() | IsCodeOf() | EndsBefore():
            return True
        case _:
            return False


def columns_of(predicate: Predicate) -> Iterator[Column]:
    """Every column of the row itself that the predicate reads."""
    match predicate:
        case And(parts) | Or(parts):
            for part in parts:
                yield from columns_of(part)
        case Not(part):
            yield from columns_of(part)
        case HasConcept(columns=columns) | InValueSet(columns=columns) | HasDisplay(columns=columns):
            yield from columns
        case Compare(left=left) | IsNull(left=left):
            yield from expression_columns(left)
        case IsCodeOf(column, concept):
            yield from (column, concept)
        case Same(left, right):
            yield from (left, right)
        case EndsBefore(end, start):
            yield from (*end.columns, *start.columns)
        case Among(column=column) | Matches(column=column) | OfDomain(column=column) | IsBlank(column=column):
            yield column
        case Holds(column=column):
            yield column
        case Linked(column=column) | Referred(column=column) | Cited(column=column):
            yield column


def expression_columns(expression: Expression) -> Iterator[Column]:
    """The columns of the row itself that an expression reads."""
    match expression:
        case Column():
            yield expression
        case Moment(columns=columns) | FirstText(columns=columns) | CodeOf(columns=columns):
            yield from columns
        case Until(start, end, given_end):
            yield from dict.fromkeys((*start.columns, *end.columns, *given_end.columns))
        case PartialDate(year, month, day):
            yield from (column for column in (year, month, day) if column)
        case Elapsed(start, end):
            yield from (start, end)
        case Decoded(column=column) | Day(column):
            yield column
        case Instant(at):
            yield from (at,) if isinstance(at, Column) else ()
        case Cases(cases):
            for where, _ in cases:
                yield from columns_of(where)
        case When(where, value):
            yield from columns_of(where)
            yield from expression_columns(value)
        case Coalesced(values):
            for value in values:
                yield from expression_columns(value)
        case Lowest():
            return


def resolvables(predicate: Predicate) -> Iterator[Resolvable]:
    """Every part whose concepts must be resolved, in rows behind links too."""
    match predicate:
        case And(parts) | Or(parts):
            for part in parts:
                yield from resolvables(part)
        case Not(part):
            yield from resolvables(part)
        case Joined(where=where) | Linked(where=where) | Referred(where=where):
            yield from resolvables(where)
        case Cited(by=by):
            for citation in by:
                yield from resolvables(citation.where)
        case HasConcept() | InValueSet():
            yield predicate
