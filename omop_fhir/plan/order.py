"""`_sort` planned: for each rule the expression that a source is ordered by.

https://hl7.org/fhir/R4/search.html#sort. Dates are ordered by their start, tokens by their code, references by the
key that they hold, strings by code point. Of the rows of a to-many source the one counts that comes first in the direction
of the rule. What is missing comes last, ascending and descending. Ties are broken by source, and by key in the direction of
the last rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from ..errors import Invalid
from ..mapping.bind import Bound
from ..mapping.expression import Coalesced, Column, Day, Elapsed, Expression, Instant, Lowest, Moment, PartialDate, Until, When
from ..mapping.predicate import expression_columns
from ..mapping.site import Site
from ..request.search import SortKey
from .criteria import supported

SortType: TypeAlias = Literal["bigint", "text", "timestamp", "timestamptz", "numeric"]


@dataclass(frozen=True, slots=True)
class Ordering:
    """One rule of the order of a branch. `expression` is None where all rows of this source lack what they are ordered by."""

    expression: Expression | None
    descending: bool
    type: SortType

    @property
    def is_constant(self) -> bool:
        """Are all rows of this source equal?"""
        return self.expression is None or (isinstance(self.expression, Instant) and not isinstance(self.expression.at, Column))


def plan_order(keys: Sequence[SortKey], bounds: Sequence[Bound], site: Site) -> tuple[tuple[Ordering, ...], ...]:
    """The order of each source. Raises Invalid for a code that is no parameter, NotSupported for one without order."""
    for key in keys:
        _check(key, bounds, site)
    rows = [[_expression(key, bound, site) for key in keys] for bound in bounds]
    types = [_common(key, [row[n] for row in rows]) for n, key in enumerate(keys)]
    return tuple(
        tuple(Ordering(e, k.descending, t) for e, k, t in zip(row, keys, types, strict=True)) for row in rows
    )


def _check(key: SortKey, bounds: Sequence[Bound], site: Site) -> None:
    """Raises Invalid for a code by which none of the sources can be searched."""
    by_type: dict[str, list[Bound]] = {}
    for bound in bounds:
        by_type.setdefault(bound.mapping.resource, []).append(bound)
    known = {code for sources in by_type.values() for code in supported(sources, site)}
    if key.code not in known:
        possible = ", ".join(f"`{code}`" for code in sorted(known))
        message = f"`_sort={key.code}`: {', '.join(by_type)} cannot be ordered by it; possible are {possible}"
        raise Invalid(message, expression="http._sort")


def _expression(key: SortKey, bound: Bound, site: Site) -> Expression | None:
    if key.code == "_id":
        return bound.mapping.key
    if key.code == "_lastUpdated" and bound.twin is None:
        return None if site.last_updated is None else Instant(datetime.fromisoformat(site.last_updated))
    parameter = bound.search.get(key.code)
    if parameter is None:
        return None
    expression = parameter.codec.order(site)
    aliases = {column.alias for column in expression_columns(expression)} if expression is not None else set()
    many = [alias for alias in aliases if bound.source(alias).many]
    return Lowest(many[0], expression, key.descending) if many and expression is not None else expression


def _common(key: SortKey, expressions: Sequence[Expression | None]) -> SortType:
    types = {sort_type(expression) for expression in expressions if expression is not None}
    if len(types) > 1:
        raise Invalid(f"`_sort={key.code}` means different things in the sources searched", expression="http._sort")
    return types.pop() if types else "bigint"


def sort_type(expression: Expression) -> SortType:
    match expression:
        case Moment() | Until() | Column(kind="timestamp"):
            return "timestamp"
        case Instant():
            return "timestamptz"
        case Elapsed() | Column(kind="numeric"):
            return "numeric"
        case PartialDate() | Day() | Column(kind="integer"):
            return "bigint"
        case When(value=value) | Lowest(value=value):
            return sort_type(value)
        case Coalesced(values):
            types = {sort_type(value) for value in values}
            return types.pop() if len(types) == 1 else "text"
        case _:
            return "text"
