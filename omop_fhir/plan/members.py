"""Members of a resource by the names of their elements: what is there, its codes, and whether conditions are met.

A resource as parsed JSON enters, values leave; nothing is rejected, for what is asked of was validated before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..mapping.writing import Condition, Path


def values(resource: Mapping[str, Any], path: Path) -> Iterator[Any]:
    """Every value of an element."""
    found: Sequence[Any] = (resource,)
    for names in path.steps:
        found = [value for each in found if isinstance(each, Mapping) for value in _members(each, names)]
    yield from found


def _members(value: Mapping[str, Any], names: Sequence[str]) -> Iterator[Any]:
    for name in names:
        member = value.get(name)
        if member is not None:
            yield from member if isinstance(member, list) else (member,)


def codes(value: Any) -> Iterator[str]:
    """The codes that a code, Coding or CodeableConcept says; of a Reference, the type that it points at."""
    match value:
        case str():
            yield value
        case {"coding": list(codings)}:
            yield from (coding["code"] for coding in codings if "code" in coding)
        case {"code": str(code)}:
            yield code
        case {"reference": str(reference)}:
            yield reference.partition("/_history/")[0].rpartition("/")[0].rpartition("/")[2]


def meets(condition: Condition, resource: Mapping[str, Any], without: bool) -> bool:
    """Is the condition met? `without` is the answer where the element says nothing that could be compared."""
    found = list(values(resource, condition.element))
    if condition.is_present is not None:
        return bool(found) is condition.is_present
    said = {code for value in found for code in codes(value)}
    return not said.isdisjoint(condition.codes) if said else without
