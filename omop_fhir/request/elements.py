"""Elements of a resource by FHIRPath, with the places where they stand in JSON, so that they can be changed.

A path and a resource enter, elements leave. Understood is what a patch needs: names, indexes, `first()`, `last()`, `single()`,
`extension(url)`, `ofType(type)` and `where(criteria)`; the criteria are given to fhirpathpy, with functions that take a bounded
time. Rejected with ValueError: other functions, names that R4 does not have. https://hl7.org/fhir/R4/fhirpatch.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from ..fhir.datatypes import PRIMITIVES
from ..fhir.definitions import Element, ElementType, UnknownDefinition, children, resource_types

JSON: TypeAlias = dict[str, Any]

_LENGTH = 1000
_EFFORT = 100_000
"""Elements times characters of criteria: takes about a second."""
_STEP = re.compile(r"\s*\.?\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|`(?P<quoted>[^`]*)`)(?P<call>\s*\()?", re.ASCII)
_INDEX = re.compile(r"\s*\[\s*(?P<index>[0-9]{1,6})\s*\]", re.ASCII)
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(", re.ASCII)
_CRITERIA = frozenset(
    ("exists", "empty", "not", "first", "last", "count", "startsWith", "endsWith", "contains", "extension", "ofType", "as",
     "hasValue", "lower", "upper", "length", "and", "or", "xor", "implies", "in")
)  # fmt: skip
"""Functions of criteria (and operators before a bracket): none of them walks the resource over and over."""


@dataclass(frozen=True, slots=True)
class Place:
    """An element where it stands: `holder[name]`, with `index` in a list; its definition, and the type that it has here.

    A place may also stand for the resource itself: `element` is None, `holder` the resource.
    """

    holder: JSON
    name: str
    index: int | None
    element: Element | None
    kind: ElementType | None

    @property
    def value(self) -> Any:
        """The value; None where a primitive has extensions only."""
        if self.element is None:
            return self.holder
        value = self.holder.get(self.name)
        if self.index is None:
            return value
        return value[self.index] if isinstance(value, list) and self.index < len(value) else None

    @property
    def is_primitive(self) -> bool:
        return self.kind is not None and self.kind.code in PRIMITIVES

    @property
    def path(self) -> str:
        """The path of the definition of its children: `Patient.contact`, `HumanName`."""
        if self.element is None or self.kind is None:
            return str(self.holder.get("resourceType"))
        if self.element.content is not None:
            return self.element.content
        if self.element.is_backbone:
            return self.element.path
        if self.kind.code == "Resource" and isinstance(self.value, dict):
            return str(self.value.get("resourceType"))
        return self.kind.code

    @property
    def object(self) -> JSON | None:
        """The JSON object that holds its children; for a primitive, that of its id and extensions."""
        if not self.is_primitive:
            return self.value if isinstance(self.value, dict) else None
        shadow = self.holder.get(f"_{self.name}")
        if self.index is not None:
            shadow = shadow[self.index] if isinstance(shadow, list) and self.index < len(shadow) else None
        return shadow if isinstance(shadow, dict) else None


@dataclass(frozen=True, slots=True)
class Collection:
    """The list `holder[name]`, which may not be there yet."""

    parent: Place
    element: Element


def root(resource: JSON) -> Place:
    """The resource as a place."""
    return Place(resource, "", None, None, None)


def child(parent: Place, name: str) -> Element:
    """The definition of an element below a place. Raises ValueError."""
    path = "Element" if parent.is_primitive else parent.path
    try:
        found = next((each for each in children(path) if name == each.name or name in each.properties), None)
    except UnknownDefinition:
        found = None
    if found is None:
        raise ValueError(f"{path} has no element `{name}`")
    return found


def find(resource: JSON, path: str) -> list[Place]:
    """The elements that a path leads to. Raises ValueError."""
    places, rest = _start(resource, path)
    while rest.strip():
        places, rest = _step(places, rest)
    return places


def find_collection(resource: JSON, path: str) -> Collection:
    """The list that a path names by its last step. Raises ValueError, also where more than one element would hold it."""
    _check_length(path)
    head, name = _split(path)
    parents = find(resource, head) if head else [root(resource)]
    if len(parents) != 1:
        raise ValueError(f"`{head}` leads to {len(parents)} elements, not to one")
    element = child(parents[0], name)
    if not element.is_list:
        raise ValueError(f"`{element.path}` is no list")
    return Collection(parents[0], element)


def _check_length(path: str) -> None:
    if len(path) > _LENGTH:
        raise ValueError(f"the path has more than {_LENGTH} characters")


def _split(path: str) -> tuple[str, str]:
    """The path without its last step, and the name in that step."""
    last = re.search(r"(?:^|\.)\s*(?:`(?P<quoted>[^`]*)`|(?P<name>[A-Za-z_][A-Za-z0-9_]*))\s*$", path)
    if last is None:
        raise ValueError("the path does not end in the name of a list")
    return path[: last.start()], last["quoted"] or last["name"]


def _start(resource: JSON, path: str) -> tuple[list[Place], str]:
    _check_length(path)
    found = _STEP.match(path)
    if found is None or path.lstrip()[:1] == ".":
        raise ValueError("the path does not begin with a name")
    first = found["name"] or found["quoted"]
    if found["call"] is None and first in (resource["resourceType"], "Resource", "DomainResource"):
        return [root(resource)], path[found.end() :]
    if found["call"] is None and first in resource_types():
        raise ValueError(f"the path is for a {first}, and the resource is a {resource['resourceType']}")
    return [root(resource)], path


def _step(places: list[Place], rest: str) -> tuple[list[Place], str]:
    if found := _INDEX.match(rest):
        index = int(found["index"])
        return places[index : index + 1], rest[found.end() :]
    found = _STEP.match(rest)
    if found is None:
        raise ValueError(f"`{rest.strip()[:50]}` is not understood")
    name = found["name"] or found["quoted"] or ""
    if found["call"] is None:
        return [below for place in places for below in _below(place, name)], rest[found.end() :]
    argument, after = _argument(rest[found.end() :])
    return _called(places, name, argument), after


def _argument(text: str) -> tuple[str, str]:
    """What stands before the closing bracket, and what after it."""
    depth, position = 1, 0
    while position < len(text):
        quoted = _TEXT.match(text, position)
        if quoted:
            position = quoted.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return text[:position].strip(), text[position + 1 :]
        position += 1
    raise ValueError("a bracket is not closed")


def _below(place: Place, name: str) -> Iterator[Place]:
    element = child(place, name)
    holder = place.object
    if holder is None:
        return
    kinds = element.types or (ElementType("BackboneElement"),)
    for property, kind in zip(element.properties, kinds, strict=False):
        value, shadow = holder.get(property), holder.get(f"_{property}")
        if element.is_list:
            lengths = [len(each) for each in (value, shadow) if isinstance(each, list)]
            yield from (Place(holder, property, index, element, kind) for index in range(max(lengths, default=0)))
        elif value is not None or shadow is not None:
            yield Place(holder, property, None, element, kind)


def _called(places: list[Place], name: str, argument: str) -> list[Place]:
    function = _FUNCTIONS.get(name)
    if function is None:
        raise ValueError(f"`{name}()` is not supported in the path of a patch; {', '.join(sorted(_FUNCTIONS))} are")
    return function(places, argument)


def _none(argument: str) -> None:
    if argument:
        raise ValueError("a function that takes nothing is given something")


def _first(places: list[Place], argument: str) -> list[Place]:
    _none(argument)
    return places[:1]


def _last(places: list[Place], argument: str) -> list[Place]:
    _none(argument)
    return places[-1:]


def _single(places: list[Place], argument: str) -> list[Place]:
    _none(argument)
    if len(places) > 1:
        raise ValueError(f"single() finds {len(places)} elements")
    return places


def _extension(places: list[Place], argument: str) -> list[Place]:
    if not _TEXT.fullmatch(argument):
        raise ValueError("extension() takes a URL in single quotes")
    found = [below for place in places for below in _below(place, "extension")]
    return _where(found, f"url = {argument}")


def _of_type(places: list[Place], argument: str) -> list[Place]:
    type = argument.rpartition(".")[2].strip("`")
    return [place for place in places if place.kind is not None and type in (place.kind.code, place.path)]


def _where(places: list[Place], argument: str) -> list[Place]:
    for name in _CALL.findall(_TEXT.sub("''", argument)):
        if name not in _CRITERIA:
            raise ValueError(f"`{name}()` is not supported in criteria; {', '.join(sorted(_CRITERIA))} are")
    if len(places) * len(argument) > _EFFORT:
        raise ValueError("the criteria are too long for so many elements")
    return [place for place in places if _holds(place, argument)]


def _holds(place: Place, criteria: str) -> bool:
    from ..fhir.fhirpath import node  # loaded when first needed, see `_compiled`

    value: Any = place.object if place.value is None else place.value
    try:
        found = _compiled(criteria)(node(value, place.path), None)
    except Exception:  # the library raises whatever comes to hand
        raise ValueError(f"the criteria `{criteria[:100]}` cannot be evaluated") from None
    if found not in ([], [True], [False]):
        raise ValueError(f"the criteria `{criteria[:100]}` are neither true nor false")
    return found == [True]


@lru_cache(maxsize=64)
def _compiled(criteria: str) -> Callable[..., list[Any]]:
    # Loaded when first needed: few servers are ever sent such a patch.
    from ..fhir.fhirpath import compiled

    return compiled(criteria)


_FUNCTIONS: dict[str, Callable[[list[Place], str], list[Place]]] = {
    "extension": _extension,
    "first": _first,
    "last": _last,
    "ofType": _of_type,
    "single": _single,
    "where": _where,
}
