"""A read planned: which source and key an id names, within which compartment.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import Forbidden, NotFound
from ..mapping.bind import Bound
from ..mapping.keys import key_of
from ..mapping.predicate import ALWAYS, NEVER, And, Compare, Predicate, all_of
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
    others = _plan(id, documents if row is None or row.adopted is not None else (), criteria)
    gathered = None if row is None else _gathered(id, row, criteria)
    if gathered is None and others.is_empty:
        raise not_found(type, id)
    return others if gathered is None else replace(gathered, otherwise=None if others.is_empty else others)


def row_source(id: str, bounds: Sequence[Bound]) -> Bound | None:
    """The source whose row has the id; None where only a document can."""
    for bound in sorted(bounds, key=lambda bound: bound.mapping.prefix, reverse=True):
        key = key_of(id, bound.mapping.prefix)
        if bound.twin is None and key is not None and key not in bound.ours:
            return bound
    return None


def _plan(id: str, documents: Sequence[Bound], criteria: Criteria) -> SearchPlan:
    wanted = ((bound, all_of((has_id(bound, id), criteria.granted(bound, "read")))) for bound in documents)
    return SearchPlan(tuple(Branch(bound, where) for bound, where in wanted), limit=1)


def _gathered(id: str, bound: Bound, criteria: Criteria) -> ReadPlan | None:
    """The read of a row that can have the id; None where no row may be seen."""
    granted, key = criteria.granted(bound, "read"), key_of(id, bound.mapping.prefix)
    if granted == NEVER or key is None:
        return None
    match granted.parts if isinstance(granted, And) else (granted,):
        case [Compare(column, "=", int() as patient), *rest] if column == bound.mapping.compartment.get("Patient"):
            return ReadPlan(bound, key, patient, all_of(tuple(rest)))
        case _:
            return ReadPlan(bound, key, within=granted)


def not_found(type: str, id: str) -> NotFound:
    """The answer for what is not there, and for what the caller may not see: there is no telling them apart."""
    return NotFound(f"{type}/{id} was not found")
