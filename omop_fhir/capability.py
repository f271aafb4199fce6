"""Bound mappings -> CapabilityStatement: it claims what this server does with this database, and nothing else.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from . import FHIR_VERSION, __version__
from .fhir.search_parameters import search_parameter
from .mapping.bind import Bound
from .mapping.codecs.reference import Reference
from .mapping.rollup import walk
from .plan.search import supported


def capability_statement(
    base: str, bounds: Mapping[str, Sequence[Bound]], *, secured: bool, started: datetime
) -> dict[str, Any]:
    """The CapabilityStatement as a JSON object.

    `bounds` are the sources of each type that is served, `secured` whether an access token is needed, `started` when
    this description came to be (with time zone).
    """
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": started.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "omop-fhir", "version": __version__},
        "implementation": {"description": "FHIR R4 facade over an OMOP CDM database", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["json", "application/fhir+json"],
        "rest": [_rest(bounds, secured)],
    }


def _rest(bounds: Mapping[str, Sequence[Bound]], secured: bool) -> dict[str, Any]:
    rest: dict[str, Any] = {"mode": "server"}
    if secured:
        rest["security"] = {"cors": True, "description": "Every request but this one needs a bearer token (RFC 6750)."}
    else:
        rest["security"] = {"cors": True, "description": "Open: no authorization is asked for."}
    if bounds:
        rest["resource"] = [_resource(type, sources) for type, sources in sorted(bounds.items())]
    return rest


def _resource(type: str, sources: Sequence[Bound]) -> dict[str, Any]:
    profiles = sorted({profile for bound in sources for profile in bound.mapping.profiles})
    resource: dict[str, Any] = {"type": type}
    if profiles:
        resource["supportedProfile"] = profiles
    description = " ".join(bound.mapping.description for bound in sources if bound.mapping.description)
    if description:
        resource["documentation"] = description
    return resource | {
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        **({"referencePolicy": ["local"]} if _has_references(sources) else {}),
        "searchParam": [_parameter(type, code) for code in supported(sources)],
    }


def _has_references(sources: Sequence[Bound]) -> bool:
    codecs = (element.codec for bound in sources for element in bound.mapping.elements.values())
    return any(isinstance(each, Reference) for codec in codecs for each in walk(codec))


def _parameter(type: str, code: str) -> dict[str, str]:
    definition = search_parameter(type, code)
    if definition is None:
        raise LookupError(f"{type} has no search parameter {code}")
    return {"name": code, "definition": definition.url, "type": definition.type}
