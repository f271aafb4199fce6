"""A CapabilityStatement as frozen claims.

What enters: the resource as parsed JSON. What leaves: `Claims`. What is rejected, with `Invalid`: a statement that
describes no server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omop_fhir.errors import Invalid

JSON = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TypeClaims:
    """What is claimed of a resource type (CapabilityStatement.rest.resource)."""

    type: str
    interactions: frozenset[str]
    parameters: Mapping[str, str]
    """Code -> type."""
    includes: tuple[str, ...]
    reverse_includes: tuple[str, ...]
    operations: frozenset[str]

    @property
    def can_search(self) -> bool:
        return "search-type" in self.interactions

    @property
    def can_search_by_id(self) -> bool:
        return self.can_search and "_id" in self.parameters


@dataclass(frozen=True, slots=True)
class Claims:
    """What is claimed of a server."""

    types: tuple[TypeClaims, ...]
    interactions: frozenset[str]
    parameters: Mapping[str, str]
    """Of searches over all types: code -> type."""
    operations: frozenset[str]
    formats: tuple[str, ...]
    compartments: tuple[str, ...]
    """Names: `Patient`."""

    def of(self, type: str) -> TypeClaims | None:
        return next((each for each in self.types if each.type == type), None)


def parse_claims(statement: JSON) -> Claims:
    """The claims of a CapabilityStatement. Raises Invalid."""
    rest = next((row for row in statement.get("rest", ()) if row.get("mode") == "server"), None)
    if rest is None:
        raise Invalid("the CapabilityStatement describes no server (rest.mode)")
    return Claims(
        types=tuple(_type(row) for row in rest.get("resource", ())),
        interactions=frozenset(row["code"] for row in rest.get("interaction", ())),
        parameters=_parameters(rest),
        operations=_operations(rest),
        formats=tuple(statement.get("format", ())),
        compartments=tuple(_compartment(url) for url in rest.get("compartment", ())),
    )


def _type(row: JSON) -> TypeClaims:
    return TypeClaims(
        type=row["type"],
        interactions=frozenset(each["code"] for each in row.get("interaction", ())),
        parameters=_parameters(row),
        includes=tuple(row.get("searchInclude", ())),
        reverse_includes=tuple(row.get("searchRevInclude", ())),
        operations=_operations(row),
    )


def _parameters(row: JSON) -> Mapping[str, str]:
    return {each["name"]: each["type"] for each in row.get("searchParam", ())}


def _operations(row: JSON) -> frozenset[str]:
    return frozenset(str(each["name"]).removeprefix("$") for each in row.get("operation", ()))


def _compartment(url: str) -> str:
    """`http://hl7.org/fhir/CompartmentDefinition/patient` -> `Patient`; RelatedPerson is the one with two capitals."""
    name = url.rpartition("/")[2].partition("|")[0]
    return "RelatedPerson" if name.lower() == "relatedperson" else name[:1].upper() + name[1:]
