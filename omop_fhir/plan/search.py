"""A search planned: for each source of the type its predicate, the compartment of the caller among it.

https://hl7.org/fhir/R4/http.html#search
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..auth.grants import Grants
from ..errors import Forbidden, NotSupported
from ..fhir.values import SearchValue, Token
from ..mapping.bind import Bound
from ..mapping.keys import key_of
from ..mapping.predicate import NEVER, And, Compare, HasConcept, Predicate, all_of, any_of, tokens_of
from ..mapping.site import Site
from ..request.search import Criterion, SearchRequest, Shape


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the branch and the key of its last resource."""

    branch: int
    key: int


@dataclass(frozen=True, slots=True)
class Branch:
    """One source of the type: which of its rows are wanted, beyond which key."""

    bound: Bound
    where: Predicate
    after: int | None = None

    @property
    def is_empty(self) -> bool:
        """Can no row fulfil the predicate?"""
        return self.where == NEVER


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """A page of a search: at most `limit` resources, in order of branch and key."""

    type: str
    branches: tuple[Branch, ...]
    limit: int
    shape: Shape

    @property
    def is_empty(self) -> bool:
        """Is the answer known to be empty without asking the database?"""
        return all(branch.is_empty for branch in self.branches)

    @property
    def is_keyed(self) -> bool:
        """Is every branch bound to a key or a patient, so that its plan may be reused for other values?"""
        return all(branch.is_empty or _is_keyed(branch) for branch in self.branches)

    def tokens(self) -> Iterator[HasConcept]:
        """The tokens whose concepts the store must resolve."""
        for branch in self.branches:
            yield from tokens_of(branch.where)


def plan_search(
    request: SearchRequest, bounds: Sequence[Bound], site: Site, grants: Grants, *, limit: int, after: Position | None
) -> SearchPlan:
    """The plan of one page.

    Raises Forbidden where the grants do not cover the type, NotSupported for a parameter that nothing stands behind.
    """
    if not grants.allow(request.type, "search-type"):
        raise Forbidden(f"the access token does not allow to search {request.type}")
    _check_supported(request, bounds)
    branches = tuple(
        Branch(bound, _where(request, bound, site, grants) if _comes(number, after) else NEVER, _after(number, after))
        for number, bound in enumerate(bounds)
    )
    return SearchPlan(request.type, branches, limit, request.shape)


def _is_keyed(branch: Branch) -> bool:
    mapping = branch.bound.mapping
    keys = {mapping.key, *mapping.compartment.values()}
    parts = branch.where.parts if isinstance(branch.where, And) else (branch.where,)
    return any(isinstance(part, Compare) and part.operator == "=" and part.left in keys for part in parts)


def supported(bounds: Sequence[Bound]) -> tuple[str, ...]:
    """The codes of all search parameters that the sources of one type can answer."""
    return ("_id", *sorted({code for bound in bounds for code in bound.search}))


def _check_supported(request: SearchRequest, bounds: Sequence[Bound]) -> None:
    known = supported(bounds)
    for criterion in request.criteria:
        if criterion.code not in known:
            possible = ", ".join(f"`{code}`" for code in known)
            raise NotSupported(
                f"{request.type} cannot be searched by `{criterion.code}` here; possible are {possible}",
                expression=f"http.{criterion.code}",
            )


def _comes(number: int, after: Position | None) -> bool:
    return after is None or number >= after.branch


def _after(number: int, after: Position | None) -> int | None:
    return after.key if after is not None and after.branch == number else None


def _where(request: SearchRequest, bound: Bound, site: Site, grants: Grants) -> Predicate:
    """The criteria and the caller's compartment; a source outside every compartment is hidden from a bound caller."""
    criteria = tuple(_criterion(criterion, bound, site) for criterion in request.criteria)
    return all_of((compartment(bound, grants), *criteria))


def compartment(bound: Bound, grants: Grants) -> Predicate:
    """The predicate of rows inside the patient compartment that the caller is bound to."""
    if grants.patient is None:
        return all_of(())
    column = bound.mapping.compartment.get("Patient")
    return NEVER if column is None else Compare(column, "=", grants.patient)


def _criterion(criterion: Criterion, bound: Bound, site: Site) -> Predicate:
    return any_of(tuple(_value(criterion.code, value, bound, site) for value in criterion.values))


def _value(code: str, value: SearchValue, bound: Bound, site: Site) -> Predicate:
    if code == "_id":
        return _id(value, bound)
    parameter = bound.search.get(code)
    return parameter.codec.search(value, site) if parameter else NEVER


def _id(value: SearchValue, bound: Bound) -> Predicate:
    if not isinstance(value, Token) or value.system or value.code is None:
        return NEVER
    key = key_of(value.code, bound.mapping.prefix)
    return NEVER if key is None else Compare(bound.mapping.key, "=", key)
