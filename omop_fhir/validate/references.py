"""References: do they have a form that R4 knows, and may they point where they point?

What enters: a `Reference` and the types that its element allows. What leaves: findings. Whether the target
exists in the store is not asked here. https://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omop_fhir.fhir.definitions import resource_types

from .issue import NONE, Finding, Findings, shown

_LITERAL = re.compile(
    r"(?P<base>https?://[^\s?#]*/)?(?P<type>[A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/[A-Za-z0-9.-]{1,64})?(?:#\S+)?"
).fullmatch
_CONDITIONAL = re.compile(r"(?P<type>[A-Za-z]+)\?\S+").fullmatch
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+").fullmatch
_ANY = ("Resource",)
_ENOUGH = ("identifier", "display", "extension", "_reference", "_display")


@dataclass(frozen=True, slots=True)
class Scope:
    """What surrounds a value within its resource."""

    resource: Mapping[str, Any]
    """The resource that contains; of a contained one, its container."""
    contained: Mapping[str, str]
    """Id -> type of the contained resources."""


def check_reference(value: Mapping[str, Any], targets: tuple[str, ...], scope: Scope) -> Findings:
    """Form and target type of `Reference.reference` and `Reference.type`; ref-1 for contained ones."""
    reference, declared = value.get("reference"), value.get("type")
    target: str | None = None
    if type(reference) is str:
        target = _target(reference, scope)
        if target == "":
            return [Finding(".reference", "value", _unresolved(reference))]
        if target is not None and not _allowed(target, targets):
            return [Finding(".reference", "value", _wrong(reference, target, targets))]
    elif reference is None and not any(name in value for name in _ENOUGH):
        return [Finding("", "required", "a reference has a reference, an identifier or a display")]
    return _check_type(declared, target, targets) if declared is not None else NONE


def _check_type(declared: object, target: str | None, targets: tuple[str, ...]) -> Findings:
    if type(declared) is not str or ":" in declared:
        return NONE
    if declared not in resource_types():
        return [Finding(".type", "value", f"{shown(declared)} is not a resource type of R4")]
    if not _allowed(declared, targets):
        return [Finding(".type", "value", f"{declared} may not be referred to here, only {_names(targets)}")]
    if target is not None and target != declared:
        return [Finding(".type", "value", f"type is {declared}, but the reference is to a {target}")]
    return NONE


def _target(reference: str, scope: Scope) -> str | None:
    """The type that is pointed at; None if the form does not tell; "" if there is no such thing."""
    if reference[:1] == "#":
        return _inner(reference[1:], scope)
    match = _LITERAL(reference) or _CONDITIONAL(reference)
    if match is not None and match["type"] in resource_types():
        return match["type"]
    return None if _ABSOLUTE(reference) else ""


def _inner(name: str, scope: Scope) -> str | None:
    if not name:
        own = scope.resource.get("resourceType")
        return own if isinstance(own, str) else None
    return scope.contained.get(name, "")


def _allowed(target: str, targets: tuple[str, ...]) -> bool:
    return targets == _ANY or target in targets


def _names(targets: tuple[str, ...]) -> str:
    return " or ".join(targets)


def _wrong(reference: str, target: str, targets: tuple[str, ...]) -> str:
    return f"{shown(reference)} is a {target}; allowed here: {_names(targets)}"


def _unresolved(reference: str) -> str:
    if reference[:1] == "#":
        return f"ref-1: {shown(reference)} is not among the contained resources"
    return f"{shown(reference)} is not a reference: neither Type/id of R4, nor an absolute address, nor #id"
