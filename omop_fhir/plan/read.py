"""A read planned: which source and key an id names, within which compartment.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import Forbidden, NotFound
from ..mapping.bind import Bound
from ..mapping.keys import key_of
from ..mapping.predicate import ALWAYS, And, Compare, Predicate, all_of
from .criteria import Criteria, has_id
from .search import Branch, SearchPlan


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """One row, gathered with others: `key` of the source, and the patient key that the row must belong to (None: any).

    Only those gather that are within the same.
    """

    bound: Bound
    key: int
    patient: int | None = None
    within: Predicate = ALWAYS
    """What else the grants ask of the row."""
    otherwise: SearchPlan | None = None
    """Where else the id may be, if there is no such row: among documents, where rows become such."""


def plan_read(type: str, id: str, bounds: Sequence[Bound], criteria: Criteria) -> ReadPlan | SearchPlan:
    """The plan of a read; a search for the id among documents.

    Raises Forbidden where the grants do not cover the type, NotFound where nothing can have the id.
    """
    if not criteria.grants.allow(type, "read"):
        raise Forbidden(f"the access token does not allow to read {type}")
    row, documents = row_source(id, bounds), tuple(bound for bound in bounds if bound.twin is not None)
    plan = _plan(id, documents if row is None else (row,), criteria)
    if row is not None and row.adopted is not None:
        either, gathered = _plan(id, (row, *documents), criteria), _gathered(plan)
        if not either.is_empty:
            return either if gathered is None else replace(gathered, otherwise=_plan(id, documents, criteria))
    if plan.is_empty:
        raise not_found(type, id)
    return _gathered(plan) or plan


def row_source(id: str, bounds: Sequence[Bound]) -> Bound | None:
    """The source whose row has the id; None where only a document can."""
    for bound in sorted(bounds, key=lambda bound: bound.mapping.prefix, reverse=True):
        key = key_of(id, bound.mapping.prefix)
        if bound.twin is None and key is not None and key not in bound.ours:
            return bound
    return None


def _plan(id: str, sources: Sequence[Bound], criteria: Criteria) -> SearchPlan:
    return SearchPlan(tuple(_branch(id, source, criteria) for source in sources), limit=1)


def _branch(id: str, bound: Bound, criteria: Criteria) -> Branch:
    return Branch(bound, all_of((has_id(bound, id), criteria.granted(bound, "read"))))


def _gathered(plan: SearchPlan) -> ReadPlan | None:
    """The plan, where it is for a row alone."""
    branch, *others = plan.branches
    parts = branch.where.parts if isinstance(branch.where, And) else (branch.where,)
    match parts:
        case [Compare(key, "=", int() as wanted), *rest] if key == branch.bound.mapping.key and not others:
            match rest:
                case [Compare(column, "=", int() as patient), *more] if column == branch.bound.mapping.compartment.get("Patient"):
                    return ReadPlan(branch.bound, wanted, patient, all_of(tuple(more)))
                case _:
                    return ReadPlan(branch.bound, wanted, within=all_of(tuple(rest)))
    return None


def not_found(type: str, id: str) -> NotFound:
    """The answer for what is not there, and for what the caller may not see: there is no telling them apart."""
    return NotFound(f"{type}/{id} was not found")
