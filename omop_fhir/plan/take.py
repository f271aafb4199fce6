"""The elements of a resource go to their codecs, each with the value that it takes; what has no codec is reported.

A resource enters, a `Projection` is filled. Nothing is rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..mapping.codecs.base import Projection
from .target import Place, Target, project_element

_OWN = frozenset({"resourceType", "id", "meta"})
_NO_COLUMN = "no OMOP column holds it"
_SERVERS = frozenset({"versionId", "lastUpdated"})


def take(resource: Mapping[str, Any], target: Target, into: Projection) -> None:
    """Project every element, the absent ones too, and report what there is beside them."""
    found = _found(resource, target, into)
    for name, element in target.bound.mapping.elements.items():
        if name not in found and name in target.clearing:
            for column, cleared in target.clearing[name]:
                into.assign(column, cleared)
            continue
        value, into.path = found.get(name, (None, f"{target.resource}.{name}"))
        project_element(element, value, into)
    into.path = ""
    _lose_meta(resource.get("meta") or {}, target, into)


def _found(resource: Mapping[str, Any], target: Target, into: Projection) -> dict[str, tuple[Any, str]]:
    """Element of the mapping -> the value for its codec, and its FHIRPath."""
    found: dict[str, tuple[Any, str]] = {}
    for name, value in resource.items():
        place = target.places.get(name)
        if place is not None:
            fitted = _fitted(place, value, resource, into)
            if fitted is not None:
                found[place.element.name] = fitted
        elif name not in _OWN and not _is_absence(name, value, resource, target):
            plain = name.removeprefix("_")
            into.lose(target.named.get(plain, f"{target.resource}.{plain}"), _NO_COLUMN)
    return found


def _is_absence(name: str, value: Any, resource: Mapping[str, Any], target: Target) -> bool:
    """Does the member only say why a primitive is not there, in the words in which its row says so?"""
    return target.absences.get(name) == value and name.removeprefix("_") not in resource


def _fitted(place: Place, value: Any, resource: Mapping[str, Any], into: Projection) -> tuple[Any, str] | None:
    """The value of a choice as the codec takes it, and where it stands; None where it takes none of the type."""
    if not place.type or place.type in place.takes:
        return value, place.expression
    if place.type == "Reference" and "CodeableConcept" in place.takes:
        return _contained(value, place, resource, into)
    if place.type == "Period" and "dateTime" in place.takes and value.get("start"):
        into.lose(place.expression, "of a period only its start has a column")
        return value["start"], f"{place.expression}.start"
    into.lose(place.expression, f"OMOP takes a {' or a '.join(place.takes)} here, no {place.type}")
    return None


def _contained(value: Mapping[str, Any], place: Place, resource: Mapping[str, Any], into: Projection) -> tuple[Any, str] | None:
    """The code of a contained resource that stands in for a concept, such as a Medication's."""
    id = str(value.get("reference", ""))
    for number, inner in enumerate(resource.get("contained", ())):
        if id == f"#{inner.get('id')}" and isinstance(inner.get("code"), Mapping):
            into.lose(place.expression, "of what it refers to, OMOP takes the code alone")
            return inner["code"], f"{place.expression.partition('.')[0]}.contained[{number}].code"
    into.lose(place.expression, f"OMOP takes a code here, and {id or 'the reference'} is not contained")
    return None


def _lose_meta(meta: Mapping[str, Any], target: Target, into: Projection) -> None:
    for name, value in meta.items():
        given = name == "profile" and set(value) <= set(target.bound.mapping.profiles)
        if name not in _SERVERS and not given:
            into.lose(f"{target.resource}.meta.{name.removeprefix('_')}", _NO_COLUMN)
