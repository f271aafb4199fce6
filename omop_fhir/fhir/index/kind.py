"""The types that elements have, known before any resource is seen.

A type and a name enter, the JSON properties that hold such children leave, each with its type; none where the type has no
such element. https://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..datatypes import PRIMITIVES
from ..definitions import Element, ElementType, children


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of an element at one place."""

    code: str
    """`HumanName`, `code`, `BackboneElement`; of a resource its own type."""
    path: str
    """Where its children are defined: `HumanName`, `Patient.contact`."""
    binding: str | None = None
    """Name of the value set of a required binding."""
    targets: tuple[str, ...] = ()
    """Resource types that a Reference may point at."""
    is_one: bool = True
    """Can there be only one in a resource?"""


class Property(NamedTuple):
    """A property in JSON, and the type of what it holds."""

    name: str
    kind: Kind
    is_list: bool


_DEFINED_ELSEWHERE = (ElementType("BackboneElement"),)
BOOLEAN = Kind("boolean", "boolean")


def properties(kind: Kind, name: str) -> list[Property]:
    """The properties that hold the children `name` of a type: several for a choice (`value`), one for each of its types."""
    if kind.code in PRIMITIVES or kind.code == "Resource":
        return []
    return [
        Property(property, _kind(kind, element, type), element.is_list)
        for element in children(kind.path)
        for property, type in zip(element.properties, element.types or _DEFINED_ELSEWHERE, strict=False)
        if name in (element.name, property)
    ]


def _kind(parent: Kind, element: Element, type: ElementType) -> Kind:
    path = element.content or element.path if element.is_backbone else type.code
    targets = (type.profiles or ("Resource",)) if type.code == "Reference" else ()
    return Kind(type.code, path, element.binding, targets, parent.is_one and not element.is_list)
