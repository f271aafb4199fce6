"""Compartment searches planned: `Patient/1/Procedure`, `Patient/1/*`, `Encounter/1/Condition`, and `$everything`.

A resource is in a compartment where one of the parameters that R4's CompartmentDefinition names refers to it
(https://hl7.org/fhir/R4/compartmentdefinition.html). That widens the search, never the access: the grants stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import NotFound
from ..fhir.definitions import UnknownDefinition, compartment
from ..fhir.values import ReferenceValue
from ..mapping.bind import Bound
from ..mapping.keys import key_of
from ..mapping.predicate import NEVER, Compare, Predicate, any_of
from .criteria import Catalog, Criteria, joined_each

NAMES = ("Patient", "Encounter", "Practitioner", "Device", "RelatedPerson")


def members(name: str, catalog: Sequence[str]) -> tuple[str, ...]:
    """The served types that can be in a compartment; raises NotFound for what is no compartment."""
    try:
        types = compartment(name)
    except UnknownDefinition:
        raise NotFound(f"{name} has no compartment; there are {', '.join(NAMES)}") from None
    return tuple(type for type in catalog if type in types or type == name)


def served(catalog: Catalog) -> tuple[str, ...]:
    """The compartments that hold anything here: some parameter of a served type leads into them."""
    return tuple(name for name in NAMES if any(_leads(name, type, catalog) for type in catalog))


def _leads(name: str, type: str, catalog: Catalog) -> bool:
    return type == name or any(code in bound.search for code in compartment(name).get(type, ()) for bound in catalog[type])


def within(name: str, id: str, bound: Bound, criteria: Criteria) -> Predicate:
    """The rows of one source that are in the compartment `name/id`."""
    return any_of(tuple(_parts(name, id, bound, criteria)))


def _parts(name: str, id: str, bound: Bound, criteria: Criteria) -> Iterator[Predicate]:
    if bound.mapping.resource == name:
        key = key_of(id, bound.mapping.prefix)
        yield NEVER if key is None else Compare(bound.mapping.key, "=", key)
    for code in compartment(name).get(bound.mapping.resource, ()):
        parameter = bound.search.get(code)
        if parameter is not None:
            yield joined_each(bound, parameter.codec.search(ReferenceValue(name, id), criteria.site))
