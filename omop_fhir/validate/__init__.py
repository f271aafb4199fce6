"""Is this resource valid R4? The only door to JSON Schema validators of resources.

What enters: a resource as parsed JSON. What leaves: all issues at once, none if it is valid. Two witnesses
speak: our own checks, compiled from the tables of R4 (`structure`, `references`, `narrative`, `invariants`),
and, where these see nothing wrong, the published JSON Schema (`schema`). Not asked here: profiles, value sets
that are not required, and whether the target of a reference exists. https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from typing import Any

from ..errors import Issue
from .structure import check_resource

__all__ = ["Issue", "validate"]


def validate(resource: Any) -> list[Issue]:
    """All that is wrong with a resource, in the order of its elements; never raises on bad JSON values.

    `resource` is what a JSON parser gives; decimals may be int, float or `decimal.Decimal`.
    """
    name = resource.get("resourceType") if isinstance(resource, dict) else None
    root = name if isinstance(name, str) and name else "Resource"
    try:
        findings = check_resource(resource)
    except RecursionError:
        return [Issue("too-costly", "the resource is nested too deeply", "fatal", root)]
    return [Issue(found.code, found.text, found.severity, root + found.place) for found in findings]
