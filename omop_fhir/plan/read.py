"""A read planned: which source and key an id names, within which compartment.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..auth.grants import Grants
from ..errors import Forbidden, NotFound
from ..mapping.bind import Bound
from ..mapping.keys import key_of


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """One row: `key` of the source, and the patient key that the row must belong to (None: any)."""

    bound: Bound
    key: int
    patient: int | None


def plan_read(type: str, id: str, bounds: Sequence[Bound], grants: Grants) -> ReadPlan:
    """The plan of a read.

    Raises Forbidden where the grants do not cover the type, NotFound where no row can have the id.
    """
    if not grants.allow(type, "read"):
        raise Forbidden(f"the access token does not allow to read {type}")
    for bound in sorted(bounds, key=lambda bound: bound.mapping.prefix, reverse=True):
        key = key_of(id, bound.mapping.prefix)
        if key is not None and id.startswith(bound.mapping.prefix):
            return ReadPlan(bound, key, grants.patient)
    raise not_found(type, id)


def not_found(type: str, id: str) -> NotFound:
    """The answer for what is not there, and for what the caller may not see: there is no telling them apart."""
    return NotFound(f"{type}/{id} was not found")
