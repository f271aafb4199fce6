"""A read planned: which source and key an id names, within which compartment.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import Forbidden, NotFound
from ..mapping.bind import Bound
from ..mapping.keys import key_of
from ..mapping.predicate import ALWAYS, NEVER, Compare, Predicate, all_of
from .criteria import Criteria
from .search import Branch, SearchPlan


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """One row: `key` of the source, and the patient key that the row must belong to (None: any).

    `within` is what else the row must fulfil for the caller's sake; such a read is not gathered with others.
    """

    bound: Bound
    key: int
    patient: int | None = None
    within: Predicate = ALWAYS

    @property
    def is_plain(self) -> bool:
        """Is the row bound to its key and its patient alone?"""
        return self.within == ALWAYS

    def search(self) -> SearchPlan:
        """The read as a search for the key."""
        where = all_of((Compare(self.bound.mapping.key, "=", self.key), self.within))
        return SearchPlan((Branch(self.bound, where),), limit=1)


def plan_read(type: str, id: str, bounds: Sequence[Bound], criteria: Criteria) -> ReadPlan:
    """The plan of a read.

    Raises Forbidden where the grants do not cover the type, NotFound where no row can have the id.
    """
    if not criteria.grants.allow(type, "read"):
        raise Forbidden(f"the access token does not allow to read {type}")
    for bound in sorted(bounds, key=lambda bound: bound.mapping.prefix, reverse=True):
        key = key_of(id, bound.mapping.prefix)
        if key is not None and id.startswith(bound.mapping.prefix):
            return _within(ReadPlan(bound, key), criteria.granted(bound, "read"), type, id)
    raise not_found(type, id)


def _within(plan: ReadPlan, granted: Predicate, type: str, id: str) -> ReadPlan:
    """The plan within the grants: the common ones, one patient or all, stand beside the key."""
    if granted == NEVER:
        raise not_found(type, id)
    match granted:
        case Compare(column, "=", int() as patient) if column == plan.bound.mapping.compartment.get("Patient"):
            return replace(plan, patient=patient)
        case _:
            return replace(plan, within=granted)


def not_found(type: str, id: str) -> NotFound:
    """The answer for what is not there, and for what the caller may not see: there is no telling them apart."""
    return NotFound(f"{type}/{id} was not found")
