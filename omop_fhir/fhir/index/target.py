"""What a reference points at, as far as the reference itself tells (https://hl7.org/fhir/R4/references.html)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_LITERAL = re.compile(
    r"(?P<url>(?:https?://\S*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64}))"
    r"(?:/_history/(?P<version>[A-Za-z0-9\-.]{1,64}))?(?:#\S*)?",
    re.ASCII,
)
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?", re.ASCII)
_PROFILE = "http://hl7.org/fhir/StructureDefinition/"

literal = _LITERAL.fullmatch
"""The parts of a URL that ends in `Type/id`, with a version or without: `url` (without it), `type`, `id`, `version`; or None."""


def target_type(reference: Mapping[str, Any], resource: Mapping[str, Any], targets: tuple[str, ...]) -> str | None:
    """The type of the resource that a Reference of a resource points at; None if that cannot be told.

    `targets` are the types that the element may point at: one of them alone tells it too, as `Reference.type` does.
    """
    text = reference.get("reference")
    told = _told(text, resource) if text else None
    if told:
        return told
    declared: str | None = reference.get("type")
    if declared:
        return declared.removeprefix(_PROFILE)
    return targets[0] if len(targets) == 1 and targets != ("Resource",) else None


def _told(text: str, resource: Mapping[str, Any]) -> str | None:
    if text.startswith("#"):
        return _contained(text[1:], resource)
    found = literal(text)
    if found:
        return found["type"]
    conditional = _CONDITIONAL.match(text)
    return conditional[1] if conditional else None


def _contained(id: str, resource: Mapping[str, Any]) -> str | None:
    inner = (each.get("resourceType") for each in resource.get("contained", ()) if each.get("id") == id)
    return next(inner, None) if id else resource.get("resourceType")
