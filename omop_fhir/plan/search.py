"""A search planned: for each source of the wanted types its predicate, the compartment of the caller among it.

https://hl7.org/fhir/R4/http.html#search
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ..errors import Invalid
from ..fhir.definitions import compartment
from ..mapping.bind import Bound
from ..mapping.documents import alias_of
from ..mapping.expression import Column
from ..mapping.predicate import NEVER, Compare, Joined, Placeholder, Predicate, Resolvable, all_of, conjuncts, resolvables
from ..request.search import SearchRequest, SortKey
from .criteria import Criteria
from .order import Ordering, plan_order

_TOGETHER = 3
"""Types that are asked for by one statement at most, where they need not be sorted together."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place beside a resource: its sort values (as text), the name of its mapping, its key.

    `backward`: what comes before it is wanted.
    """

    values: tuple[str | None, ...]
    source: str
    key: int | Placeholder
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """One source: which of its rows are wanted, in which order."""

    bound: Bound
    where: Predicate
    order: tuple[Ordering, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Can no row fulfil the predicate?"""
        return self.where == NEVER

    @property
    def is_keyed(self) -> bool:
        """Is it bound to a key or a patient, so that its plan may be reused for other values?"""
        mapping = self.bound.mapping
        keys = {mapping.key, *mapping.compartment.values()}
        if self.bound.twin is not None:
            keys |= {Column(mapping.base.alias, "id"), *_subjects(mapping.resource)}
        return any(_is_one_of(part, keys) for part in conjuncts(self.where))


def _is_one_of(part: Predicate, keys: Collection[Column]) -> bool:
    """Does it ask for one value of a key?"""
    if isinstance(part, Joined):
        return any(_is_one_of(inner, keys) for inner in conjuncts(part.where))
    return isinstance(part, Compare) and part.operator == "=" and part.left in keys


@cache
def _subjects(type: str) -> frozenset[Column]:
    """Where the index of documents has the ids of those whom a resource is about."""
    codes = (*compartment("Patient").get(type, ()), "subject")
    return frozenset(Column(alias_of(code), "id") for code in codes)


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """A page of a search: at most `limit` resources, by the sort rules, then source, then key."""

    branches: tuple[Branch, ...]
    limit: int
    sort: tuple[SortKey, ...] = ()
    cursor: Cursor | None = None

    @property
    def is_empty(self) -> bool:
        """Is the answer known to be empty without asking the database?"""
        return all(branch.is_empty for branch in self.branches)

    @property
    def is_keyed(self) -> bool:
        """May the statement's plan be reused for other values?"""
        return all(branch.is_empty or branch.is_keyed for branch in self.branches)

    @property
    def at(self) -> int:
        """The number of the source that the cursor lies in."""
        names = [branch.bound.mapping.name for branch in self.branches]
        return names.index(self.cursor.source) if self.cursor else 0

    @property
    def backward(self) -> bool:
        """Does the page lie before the cursor?"""
        return self.cursor is not None and self.cursor.backward

    @property
    def key_descending(self) -> bool:
        """Keys break ties in the direction of the last rule."""
        return bool(self.sort) and self.sort[-1].descending

    def in_turn(self) -> tuple[SearchPlan, ...]:
        """Plans whose pages, one after another until this one's is full, are this one's: of many unsorted types each alone.

        For PostgreSQL takes several times as long to plan a statement of many types as to answer for those that fill the page.
        A row and the document that it may become are of one type, and so in one statement.
        """
        types = {branch.bound.mapping.resource for branch in self.branches if not branch.is_empty}
        if self.sort or len(types) <= _TOGETHER:
            return (self,)
        ahead = self.branches[: self.at + 1] if self.backward else self.branches[self.at :]
        wanted = dict.fromkeys(branch.bound.mapping.resource for branch in ahead if not branch.is_empty)
        return tuple(self._of(type) for type in (reversed(wanted) if self.backward else wanted))

    def _of(self, type: str) -> SearchPlan:
        alone = (each if each.bound.mapping.resource == type else replace(each, where=NEVER) for each in self.branches)
        return replace(self, branches=tuple(alone))

    def resolvables(self) -> Iterator[Resolvable]:
        """The parts whose concepts the store must resolve."""
        for branch in self.branches:
            yield from resolvables(branch.where)


def plan_search(
    request: SearchRequest,
    bounds: Sequence[Bound],
    criteria: Criteria,
    *,
    within: Callable[[Bound], Predicate],
    limit: int,
    cursor: Cursor | None,
) -> SearchPlan:
    """The plan of one page over the given sources, each within a predicate of its own (a compartment).

    Raises Forbidden where the grants do not cover a type, NotSupported for a parameter that nothing stands behind.
    """
    order = plan_order(request.sort, bounds, criteria.site)
    branches = tuple(
        Branch(bound, all_of((within(bound), criteria.all(request.criteria, bound))), rules)
        for bound, rules in zip(bounds, order, strict=True)
    )
    return SearchPlan(branches, limit, request.sort, _checked(cursor, request, bounds))


def _checked(cursor: Cursor | None, request: SearchRequest, bounds: Sequence[Bound]) -> Cursor | None:
    if cursor is None:
        return None
    if len(cursor.values) != len(request.sort):
        raise Invalid("this paging link does not fit the search", expression="http._page")
    if cursor.source not in {bound.mapping.name for bound in bounds}:
        raise Invalid("the database has changed since this paging link was made: search again", expression="http._page")
    return cursor
