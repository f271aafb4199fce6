"""Bound mappings -> CapabilityStatement: it claims what this server does with this database, and nothing else.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from . import FHIR_VERSION, __version__
from .fhir.search_parameters import search_parameter
from .mapping.bind import Bound
from .mapping.codecs.reference import Reference
from .mapping.rollup import walk
from .mapping.site import Site
from .plan.compartment import served as compartments
from .plan.criteria import COMMON, Catalog, supported
from .plan.include import claims, reverse_claims

EVERYTHING = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
_COMPARTMENT = "http://hl7.org/fhir/CompartmentDefinition/"
_RESULTS = """
Results: `_sort` by any of a type's parameters, several, `-` for descending; what is missing comes last. `_count`, 0 for the
number of matches alone. `_total=none` (the default), `estimate` (PostgreSQL's), `accurate`. `_summary`, `_elements`,
`_include` and `_revinclude` with `:iterate` and `*`. Pages by `next`, `previous` and `first` links. Chains and `_has` of any
parameter, up to the server's limit. `Prefer: handling=lenient` leaves unknown parameters aside and says so; without it they
are errors.
"""


def capability_statement(
    base: str, bounds: Catalog, *, site: Site, secured: bool, started: datetime
) -> dict[str, Any]:
    """The CapabilityStatement as a JSON object.

    `bounds` are the sources of each type that is served in this `site`, `secured` whether an access token is needed, `started`
    when this description came to be (with time zone).
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
        "rest": [_rest(bounds, site, secured)],
    }


def _rest(bounds: Catalog, site: Site, secured: bool) -> dict[str, Any]:
    rest: dict[str, Any] = {"mode": "server", "documentation": " ".join(_RESULTS.split())}
    if secured:
        rest["security"] = {"cors": True, "description": "Every request but this one needs a bearer token (RFC 6750)."}
    else:
        rest["security"] = {"cors": True, "description": "Open: no authorization is asked for."}
    if bounds:
        rest["resource"] = [_resource(type, bounds, site) for type in sorted(bounds)]
        rest["interaction"] = [{"code": "search-system"}]
        rest["searchParam"] = list(_system_parameters(bounds, site))
        rest["compartment"] = [f"{_COMPARTMENT}{name.lower()}" for name in compartments(bounds, site)]
    return {name: value for name, value in rest.items() if value != []}


def _resource(type: str, bounds: Catalog, site: Site) -> dict[str, Any]:
    sources = bounds[type]
    profiles = sorted({profile for bound in sources for profile in bound.mapping.profiles})
    resource: dict[str, Any] = {"type": type}
    if profiles:
        resource["supportedProfile"] = profiles
    description = " ".join(bound.mapping.description for bound in sources if bound.mapping.description)
    if description:
        resource["documentation"] = description
    resource |= {
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
    }
    optional = {
        "referencePolicy": ["local"] if _has_references(sources) else [],
        "searchInclude": list(_with_any(claims(type, bounds, site))),
        "searchRevInclude": list(_with_any(reverse_claims(type, bounds, site))),
        "searchParam": [_parameter(type, code) for code in supported(sources, site)],
        "operation": [{"name": "everything", "definition": EVERYTHING}] if type == "Patient" else [],
    }
    return resource | {name: value for name, value in optional.items() if value}


def _with_any(claimed: Sequence[str]) -> Sequence[str]:
    """`*` is any of them."""
    return ("*", *claimed) if claimed else ()


def _system_parameters(bounds: Catalog, site: Site) -> Iterator[dict[str, str]]:
    """What every type can be searched by."""
    each = [set(supported(sources, site)) for sources in bounds.values()]
    for code in COMMON:
        if all(code in codes for codes in each):
            yield _parameter(next(iter(bounds)), code)
    yield {"name": "_type", "type": "token", "documentation": "Types of resources, separated by commas."}


def _has_references(sources: Sequence[Bound]) -> bool:
    codecs = (element.codec for bound in sources for element in bound.mapping.elements.values())
    return any(isinstance(each, Reference) for codec in codecs for each in walk(codec))


def _parameter(type: str, code: str) -> dict[str, str]:
    definition = search_parameter(type, code)
    if definition is None:
        raise LookupError(f"{type} has no search parameter {code}")
    return {"name": code, "definition": definition.url, "type": definition.type}
