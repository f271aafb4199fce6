"""Bound mappings -> CapabilityStatement: it claims what this server does with this database, and nothing else.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
VALIDATE = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_OAUTH_URIS = {
    "authorize": "authorization_endpoint",
    "token": "token_endpoint",
    "register": "registration_endpoint",
    "manage": "management_endpoint",
    "introspect": "introspection_endpoint",
    "revoke": "revocation_endpoint",
}
_SERVICES = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_COMPARTMENT = "http://hl7.org/fhir/CompartmentDefinition/"
_RESULTS = """
Results: `_sort` by any of a type's parameters, several, `-` for descending; what is missing comes last. `_count`, 0 for the
number of matches alone. `_total=none` (the default), `estimate` (PostgreSQL's), `accurate`. `_summary`, `_elements`,
`_include` and `_revinclude` with `:iterate` and `*`. Pages by `next`, `previous` and `first` links. Chains and `_has` of any
parameter, up to the server's limit. `Prefer: handling=lenient` leaves unknown parameters aside and says so; without it they
are errors.
"""
_HISTORY = """
History: resources that came in through FHIR keep all their versions, and histories of types and of the system hold those. A row
of the database has one version, the one that it is now, which vread and its own history show. `_since`, `_at`, `_count`.
"""
_WRITES = """
Writes: `If-Match`, `If-None-Match`, `If-None-Exist`; conditional update, patch and delete; `Prefer: return=minimal`,
`representation`, `OperationOutcome`. Ids that clients give are not numbers: those belong to the rows of the database.
"""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of resources that come in: the types with versions, those of which more may come, and how they go again."""

    types: Collection[str] = ()
    writable: Collection[str] = ()
    deletes_many: bool = False
    """May a conditional delete take away several at once?"""


def capability_statement(
    base: str, bounds: Catalog, *, site: Site, secured: bool, started: datetime, keeping: Keeping,
    smart: Mapping[str, Any] | None = None, audit: Catalog | None = None,
) -> dict[str, Any]:
    """The CapabilityStatement as a JSON object.

    `bounds` are the sources of each type that is served in this `site`, `secured` whether an access token is needed, `started`
    when this description came to be (with time zone), `smart` the SMART configuration, if there is one, `audit` the events that
    those who administer the server may read.
    """
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": started.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "omop-fhir", "version": __version__},
        "implementation": {"description": "FHIR R4 facade over an OMOP CDM database", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["json", "application/fhir+json"],
    }
    if keeping.writable:
        statement["patchFormat"] = ["application/json-patch+json", "application/fhir+json"]
    rest = _rest(bounds, site, _security(secured, smart), keeping)
    rest.get("resource", []).extend(_resource(type, audit or {}, site, Keeping()) for type in audit or ())
    return statement | {"rest": [rest]}


def _rest(bounds: Catalog, site: Site, security: dict[str, Any], keeping: Keeping) -> dict[str, Any]:
    told = f"{_RESULTS} {_HISTORY if keeping.types else ''} {_WRITES if keeping.writable else ''}"
    rest: dict[str, Any] = {"mode": "server", "documentation": " ".join(told.split()), "security": security}
    if bounds:
        rest["resource"] = [_resource(type, bounds, site, keeping) for type in sorted(bounds)]
        rest["interaction"] = [{"code": code} for code in _system_interactions(keeping)]
        rest["searchParam"] = list(_system_parameters(bounds, site))
        rest["compartment"] = [f"{_COMPARTMENT}{name.lower()}" for name in compartments(bounds, site)]
    return {name: value for name, value in rest.items() if value != []}


def _security(secured: bool, smart: Mapping[str, Any] | None) -> dict[str, Any]:
    """Whether and where tokens are got; the extension is how SMART told it before it had a configuration of its own."""
    if not secured:
        return {"cors": True, "description": "Open: no authorization is asked for."}
    security: dict[str, Any] = {"cors": True, "description": "Every request but this one needs a bearer token (RFC 6750)."}
    if not smart:
        return security
    uris = [{"url": name, "valueUri": smart[key]} for name, key in _OAUTH_URIS.items() if key in smart]
    return {
        "extension": [{"url": _OAUTH, "extension": uris}],
        "service": [{"coding": [{"system": _SERVICES, "code": "SMART-on-FHIR", "display": "SMART-on-FHIR"}]}],
        **security,
    }


def _system_interactions(keeping: Keeping) -> Iterator[str]:
    """In the order of R4's codes; a batch may hold reads alone."""
    if keeping.writable:
        yield "transaction"
    yield from ("batch", "search-system")
    if keeping.types:
        yield "history-system"


def _resource(type: str, bounds: Catalog, site: Site, keeping: Keeping) -> dict[str, Any]:
    sources, writes = bounds[type], type in keeping.writable
    profiles = sorted({profile for bound in sources for profile in bound.mapping.profiles})
    resource: dict[str, Any] = {"type": type}
    if profiles:
        resource["supportedProfile"] = profiles
    description = " ".join(bound.mapping.description for bound in sources if bound.mapping.description)
    if description:
        resource["documentation"] = description
    resource |= {"interaction": [{"code": code} for code in _interactions(type, keeping)], **_versions(type, site, keeping)}
    resource |= _conditions(writes, keeping)
    operations = (("everything", EVERYTHING, type == "Patient"), ("validate", VALIDATE, writes))
    optional = {
        "referencePolicy": _references(sources, writes),
        "searchInclude": list(_with_any(claims(type, bounds, site))),
        "searchRevInclude": list(_with_any(reverse_claims(type, bounds, site))),
        "searchParam": [_parameter(type, code) for code in supported(sources, site)],
        "operation": [{"name": name, "definition": url} for name, url, there in operations if there],
    }
    return resource | {name: value for name, value in optional.items() if value}


def _interactions(type: str, keeping: Keeping) -> Iterator[str]:
    yield "read"
    if type in keeping.types:
        yield "vread"
    if type in keeping.writable:
        yield from ("update", "patch", "delete")
    if type in keeping.types:
        yield from ("history-instance", "history-type")
    if type in keeping.writable:
        yield "create"
    yield "search-type"


def _versions(type: str, site: Site, keeping: Keeping) -> dict[str, Any]:
    """`If-Modified-Since` needs a time: all documents have one, rows where the database tells its release."""
    kept, writes = type in keeping.types, type in keeping.writable
    return {
        "versioning": "versioned-update" if writes else "versioned" if kept else "no-version",
        "readHistory": kept,
        "updateCreate": writes,
        "conditionalRead": "not-match" if site.last_updated is None else "full-support",
    }


def _conditions(writes: bool, keeping: Keeping) -> dict[str, Any]:
    deletes = "multiple" if keeping.deletes_many else "single"
    return {
        "conditionalCreate": writes,
        "conditionalUpdate": writes,
        "conditionalDelete": deletes if writes else "not-supported",
    }


def _references(sources: Sequence[Bound], writes: bool) -> list[str]:
    """What comes in may refer to other servers; what it refers to here must be there, and stays there."""
    if writes:
        return ["literal", "logical", "enforced"]
    return ["local"] if _has_references(sources) else []


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
