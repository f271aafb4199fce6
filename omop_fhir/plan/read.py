"""A read planned: which source and key an id names, within which compartment.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import Forbidden, NotFound
from ..mapping.bind import Bound
from ..mapping.keys import key_of
from ..mapping.predicate import ALWAYS, NEVER, Compare, Predicate, all_of, conjuncts
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
    """The plan of a read: of a row, where one can have the id and may be seen; else the search of a document.

    Raises Forbidden where the grants do not cover the type, NotFound where nothing can have the id.
    """
    if not criteria.grants.allow(type, "read"):
        raise Forbidden(f"the access token does not allow to read {type}")
    row = _row(id, bounds)
    read = None if row is None else _read(*row, criteria)
    documents = () if row and row[0].adopted is None else tuple(bound for bound in bounds if bound.twin is not None)
    search = SearchPlan(tuple(_document(id, bound, criteria) for bound in documents), limit=1)
    if read is None and search.is_empty:
        raise not_found(type, id)
    return search if read is None else replace(read, otherwise=None if search.is_empty else search)


def row_source(id: str, bounds: Sequence[Bound]) -> Bound | None:
    """The source whose row has the id; None where only a document can."""
    row = _row(id, bounds)
    return row[0] if row else None


def _row(id: str, bounds: Sequence[Bound]) -> tuple[Bound, int] | None:
    """The source whose row has the id, and its key."""
    for bound in sorted(bounds, key=lambda bound: bound.mapping.prefix, reverse=True):
        key = key_of(id, bound.mapping.prefix)
        if bound.twin is None and key is not None and key not in bound.ours:
            return bound, key
    return None


def _read(bound: Bound, key: int, criteria: Criteria) -> ReadPlan | None:
    """The read of a row, by the patient that the grants name; None where they cover no row."""
    granted, own = criteria.granted(bound, "read"), bound.mapping.compartment.get("Patient")
    for part in conjuncts(granted):
        match part:
            case Compare(column, "=", int() as patient) if column == own:
                rest = tuple(other for other in conjuncts(granted) if other is not part)
                return ReadPlan(bound, key, patient, all_of(rest))
    return None if granted == NEVER else ReadPlan(bound, key, within=granted)


def _document(id: str, bound: Bound, criteria: Criteria) -> Branch:
    return Branch(bound, all_of((has_id(bound, id), criteria.granted(bound, "read"))))


def not_found(type: str, id: str) -> NotFound:
    """The answer for what is not there, and for what the caller may not see: there is no telling them apart."""
    return NotFound(f"{type}/{id} was not found")
