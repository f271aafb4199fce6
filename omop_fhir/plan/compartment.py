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
from ..mapping.codecs.links import links
from ..mapping.predicate import Predicate, any_of
from ..mapping.site import Site
from .criteria import Catalog, Criteria, has_id, joined_each

NAMES = ("Patient", "Encounter", "Practitioner", "Device", "RelatedPerson")


def members(name: str, catalog: Sequence[str]) -> tuple[str, ...]:
    """The served types that can be in a compartment; raises NotFound for what is no compartment."""
    try:
        types = compartment(name)
    except UnknownDefinition:
        raise NotFound(f"{name} has no compartment; there are {', '.join(NAMES)}") from None
    return tuple(type for type in catalog if type in types or type == name)


def served(catalog: Catalog, site: Site) -> tuple[str, ...]:
    """The compartments that can hold anything here: some reference leads into them."""
    return tuple(name for name in NAMES if name in catalog and any(_leads(name, type, catalog, site) for type in catalog))


def _leads(name: str, type: str, catalog: Catalog, site: Site) -> bool:
    """Has a source of the type a parameter of the compartment that refers to what it is named after?"""
    codes = compartment(name).get(type, ())
    parameters = (bound.search[code] for bound in catalog[type] for code in codes if code in bound.search)
    return any(link.target == name for parameter in parameters for link in links(parameter.codec, site))


def within(name: str, id: str, bound: Bound, criteria: Criteria) -> Predicate:
    """The rows of one source that are in the compartment `name/id`."""
    return any_of(tuple(_parts(name, id, bound, criteria)))


def _parts(name: str, id: str, bound: Bound, criteria: Criteria) -> Iterator[Predicate]:
    if bound.mapping.resource == name:
        yield has_id(bound, id)
    for code in compartment(name).get(bound.mapping.resource, ()):
        parameter = bound.search.get(code)
        if parameter is not None:
            yield joined_each(bound, parameter.codec.search(ReferenceValue(name, id), criteria.site))
