"""Elements as references and URIs (https://hl7.org/fhir/R4/search.html#reference, https://hl7.org/fhir/R4/search.html#uri).

Reference, canonical, uri and a resource that stands in place enter, entries leave. The version of a resource is left out, as a
search for the resource finds it in any version; a canonical is found with its version and without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .entries import Found, ReferenceEntry, UriEntry
from .kind import Kind
from .parameter import Parameter
from .path import Step
from .target import literal, target_type
from .token import identified


def reference(parameter: Parameter, kind: Kind) -> Step:
    """Reference; its identifier is a token of the parameter's own `:identifier`."""
    number, root, targets = parameter.number(), f"{parameter.base}/", kind.targets
    add_identifier = identified(parameter.number("identifier"))

    def add(value: Any, found: Found) -> None:
        text = value.get("reference")
        type = target_type(value, found.resource, targets)
        if text is not None:
            found.references.append(_entry(number, type, text.removeprefix(root)))
        elif "identifier" in value or "display" in value or "type" in value:
            found.references.append(ReferenceEntry(number, type, None, None))
        if "identifier" in value:
            add_identifier(value["identifier"], found)

    return add


def _entry(number: int, type: str | None, text: str) -> ReferenceEntry:
    parts = literal(text)
    if parts is None:
        return ReferenceEntry(number, type, None, text)
    local = parts["url"].startswith(f"{parts['type']}/")
    return ReferenceEntry(number, parts["type"], parts["id"], None) if local else ReferenceEntry(number, type, None, parts["url"])


def resource(parameter: Parameter, kind: Kind) -> Step:
    """A resource that stands where a reference could."""
    number = parameter.number()

    def add(value: Any, found: Found) -> None:
        found.references.append(ReferenceEntry(number, value.get("resourceType"), value.get("id"), None))

    return add


def url(parameter: Parameter, kind: Kind) -> Step:
    """canonical or uri, of a reference parameter."""
    number, has_version = parameter.number(), kind.code == "canonical"

    def add(value: Any, found: Found) -> None:
        found.references.append(ReferenceEntry(number, None, None, value))
        if has_version and "|" in value:
            found.references.append(ReferenceEntry(number, None, None, value.partition("|")[0]))

    return add


def uri(parameter: Parameter, kind: Kind) -> Step:
    """uri, url or canonical, of a uri parameter."""
    number, has_version = parameter.number(), kind.code == "canonical"

    def add(value: Any, found: Found) -> None:
        found.uris.append(UriEntry(number, value))
        if has_version and "|" in value:
            found.uris.append(UriEntry(number, value.partition("|")[0]))

    return add


REFERENCES: Mapping[str, Callable[[Parameter, Kind], Step]] = {
    "Reference": reference,
    "Resource": resource,
    "canonical": url,
    "uri": url,
}
"""By datatype."""
URIS: Mapping[str, Callable[[Parameter, Kind], Step]] = dict.fromkeys(("uri", "url", "canonical", "oid", "uuid"), uri)
"""By datatype."""
