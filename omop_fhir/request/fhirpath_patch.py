"""FHIRPath Patch: (resource, Parameters) -> resource (https://hl7.org/fhir/R4/fhirpatch.html).

Pure: the resource that enters stays as it was. Rejected with InvalidContent (400): Parameters that are no such patch; with
Unprocessable (422): an operation that cannot be done. Both name the operation by its place in the Parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from ..errors import InvalidContent, Issue, Unprocessable
from ..fhir.datatypes import PRIMITIVES
from ..fhir.definitions import Element, ElementType
from .elements import Collection, Place, child, find, find_collection

JSON: TypeAlias = dict[str, Any]

_PARTS = {
    "add": ("path", "name", "value"),
    "insert": ("path", "index", "value"),
    "delete": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "source", "destination"),
}
_OPERATIONS = 500
_NUMBERS = ("index", "source", "destination")


@dataclass(frozen=True, slots=True)
class Value:
    """What is to be put in place: the JSON of a datatype, the id and extensions beside a primitive, and the datatype's name.

    Of an element whose type has no name, `parts` are its children.
    """

    json: Any
    shadow: Any
    suffix: str | None
    parts: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; parts that it does not have are None."""

    type: str
    path: str
    name: str | None = None
    value: Value | None = None
    index: int | None = None
    source: int | None = None
    destination: int | None = None


def apply_fhirpath_patch(resource: JSON, patch: JSON) -> JSON:
    """What the operations, in their order, make of a resource. Raises InvalidContent, Unprocessable."""
    operations = parse_operations(patch)
    if len(operations) > _OPERATIONS:
        raise Unprocessable([Issue("too-costly", f"a patch has at most {_OPERATIONS} operations")])
    changed: JSON = deepcopy(resource)
    for number, operation in enumerate(operations):
        try:
            _APPLY[operation.type](changed, operation)
        except ValueError as error:
            text = f"the operation {number}, {operation.type} at `{operation.path[:200]}`, cannot be done: {error}"
            raise Unprocessable([Issue("processing", text, expression=f"Parameters.parameter[{number}]")]) from None
    return changed


# Parsing


def parse_operations(patch: JSON) -> tuple[Operation, ...]:
    """The operations of a Parameters resource. Raises InvalidContent with all issues."""
    if patch.get("resourceType") != "Parameters":
        text = "a FHIRPath Patch is a Parameters resource"
        raise InvalidContent([Issue("invalid", text, expression="resourceType")])
    rows = patch.get("parameter", [])
    issues: list[Issue] = []
    operations = [_operation(row, f"Parameters.parameter[{number}]", issues) for number, row in enumerate(_list(rows))]
    if issues:
        raise InvalidContent(issues)
    return tuple(each for each in operations if each is not None)


def _list(rows: Any) -> list[Any]:
    if not isinstance(rows, list):
        raise InvalidContent([Issue("structure", "`parameter` is a list", expression="Parameters.parameter")])
    return rows


def _operation(row: Any, place: str, issues: list[Issue]) -> Operation | None:
    try:
        return _parsed(row)
    except ValueError as error:
        issues.append(Issue("invalid", f"the operation is malformed: {error}", expression=place))
        return None


def _parsed(row: Any) -> Operation:
    if not isinstance(row, dict) or row.get("name") != "operation":
        raise ValueError("each parameter of a patch has the name `operation`")
    parts = dict(_parts(row))
    type, path = _text(parts, "type"), _text(parts, "path")
    if type not in _PARTS:
        raise ValueError(f"its type is `{type[:20]}`, none of {', '.join(_PARTS)}")
    _check_parts(type, parts)
    name = _text(parts, "name") if "name" in parts else None
    return Operation(type, path, name, parts.get("value"), *(_number(parts, each) for each in _NUMBERS))


def _parts(row: JSON) -> Iterator[tuple[str, Value]]:
    parts = row.get("part", [])
    if not isinstance(parts, list):
        raise ValueError("`part` is a list")
    seen: set[str] = set()
    for part in parts:
        name, value = _part(part)
        if name in seen:
            raise ValueError(f"the part `{name}` stands twice")
        seen.add(name)
        yield name, value


def _part(part: Any) -> tuple[str, Value]:
    if not isinstance(part, dict) or not isinstance(part.get("name"), str):
        raise ValueError("each part has a `name`")
    return part["name"], _value(part)


def _value(part: JSON) -> Value:
    names = {name.removeprefix("_") for name in part if name.removeprefix("_").startswith("value")}
    inner = part.get("part", [])
    if not isinstance(inner, list) or len(names) + bool(inner) > 1:
        raise ValueError(f"the part `{part['name'][:50]}` has one value, or a list of parts")
    for name in names:
        return Value(part.get(name), part.get(f"_{name}"), name.removeprefix("value"))
    return Value(None, None, None, tuple(map(_part, inner)))


def _check_parts(type: str, parts: dict[str, Value]) -> None:
    missing = [name for name in _PARTS[type] if name not in parts]
    if missing:
        raise ValueError(f"{type} needs the part `{missing[0]}`")
    extra = [name for name in parts if name not in ("type", *_PARTS[type])]
    if extra:
        raise ValueError(f"{type} has no part `{extra[0][:50]}`")


def _text(parts: dict[str, Value], name: str) -> str:
    found = parts.get(name)
    if found is None or not isinstance(found.json, str) or not found.json:
        raise ValueError(f"the part `{name}` is a text")
    return found.json


def _number(parts: dict[str, Value], name: str) -> int | None:
    if name not in parts:
        return None
    number = parts[name].json
    if type(number) is not int or number < 0:
        raise ValueError(f"the part `{name}` is a whole number, from 0")
    return number


# Values in JSON


def _json(value: Value, element: Element) -> tuple[str, Any, Any]:
    """(property, value, id and extensions) as the element takes them. Raises ValueError for a wrong type."""
    kinds = element.types or (ElementType("BackboneElement"),)
    if value.json is None and value.shadow is None and not value.parts:
        raise ValueError(f"no value is given for `{element.path}`")
    if value.suffix is None:
        return element.properties[0], _assembled(value, element, kinds[0]), None
    for property, kind in zip(element.properties, kinds, strict=False):
        if _fits(value, kind, element):
            return property, value.json, value.shadow
    wanted = " or ".join(kind.code for kind in kinds)
    raise ValueError(f"`{element.path}` takes {wanted}, not {value.suffix[:50]}")


def _fits(value: Value, kind: ElementType, element: Element) -> bool:
    """Not all primitive types can stand in Parameters, so that another primitive may stand for one where there is no choice."""
    if value.suffix == kind.suffix:
        return True
    given = (value.suffix or "")[:1].lower() + (value.suffix or "")[1:]
    return not element.is_choice and kind.code in PRIMITIVES and given in PRIMITIVES


def _assembled(value: Value, element: Element, kind: ElementType) -> JSON:
    """The object that the parts of a value make."""
    path = element.content or (element.path if element.is_backbone else kind.code)
    made: JSON = {}
    parent = Place({"resourceType": path}, "", None, None, None)
    for name, part in value.parts:
        _put(made, *_json(part, below := child(parent, name)), below)
    return made


def _put(holder: JSON, property: str, value: Any, shadow: Any, element: Element) -> None:
    """Set an element, or add to its list. Raises ValueError where it is there already and is no list."""
    if element.is_list:
        _insert(holder, property, len(_items(holder, property)), value, shadow)
        return
    if any(name in holder or f"_{name}" in holder for name in element.properties):
        raise ValueError(f"`{element.path}` is there already")
    _set(holder, property, value, shadow)


def _set(holder: JSON, property: str, value: Any, shadow: Any) -> None:
    for name, item in ((property, value), (f"_{property}", shadow)):
        holder.pop(name, None)
        if item is not None:
            holder[name] = deepcopy(item)


def _items(holder: JSON, property: str) -> list[tuple[Any, Any]]:
    """(value, id and extensions) of each item of a list."""
    values, shadows = (each if isinstance(each, list) else [] for each in (holder.get(property), holder.get(f"_{property}")))
    size = max(len(values), len(shadows))
    return list(zip(_filled(values, size), _filled(shadows, size), strict=True))


def _filled(items: list[Any], size: int) -> list[Any]:
    return [*items, *[None] * (size - len(items))]


def _insert(holder: JSON, property: str, index: int, value: Any, shadow: Any) -> None:
    items = _items(holder, property)
    items.insert(index, (deepcopy(value), deepcopy(shadow)))
    _store(holder, property, items)


def _store(holder: JSON, property: str, items: list[tuple[Any, Any]]) -> None:
    for name, column in ((property, [value for value, _ in items]), (f"_{property}", [shadow for _, shadow in items])):
        holder.pop(name, None)
        if any(item is not None for item in column):
            holder[name] = column


# Operations


def _one(resource: JSON, path: str) -> Place:
    places = find(resource, path)
    if len(places) != 1:
        raise ValueError(f"the path leads to {len(places) or 'no'} element{'s' if len(places) > 1 else ''}")
    return places[0]


def _add(resource: JSON, operation: Operation) -> None:
    parent = _one(resource, operation.path)
    element = child(parent, operation.name or "")
    holder = parent.object
    if holder is None:
        holder = _fresh_shadow(parent)
    _put(holder, *_json(_needed(operation), element), element)


def _fresh_shadow(place: Place) -> JSON:
    """The object for the id and extensions of a primitive that has none yet."""
    shadow: JSON = {}
    name = f"_{place.name}"
    if place.index is None:
        place.holder[name] = shadow
    else:
        column = _filled(place.holder.get(name) or [], len(place.holder[place.name]))
        column[place.index] = shadow
        place.holder[name] = column
    return shadow


def _needed(operation: Operation) -> Value:
    assert operation.value is not None  # noqa: S101 - parsing has made sure
    return operation.value


def _insert_operation(resource: JSON, operation: Operation) -> None:
    holder, property, element = _collection(resource, operation.path)
    _, value, shadow = _json(_needed(operation), element)
    items, index = _items(holder, property), operation.index or 0
    if index > len(items):
        raise ValueError(f"the index {index} is beyond the end of a list of {len(items)}")
    _insert(holder, property, index, value, shadow)


def _collection(resource: JSON, path: str) -> tuple[JSON, str, Element]:
    found: Collection = find_collection(resource, path)
    holder = found.parent.object
    if holder is None:
        raise ValueError("the path leads to no element")
    return holder, found.element.properties[0], found.element


def _delete(resource: JSON, operation: Operation) -> None:
    places = find(resource, operation.path)
    if len(places) > 1:
        raise ValueError(f"the path leads to {len(places)} elements; only one can be deleted")
    for place in places:
        if place.element is None:
            _refuse_root()
        if place.index is None:
            _set(place.holder, place.name, None, None)
        else:
            items = _items(place.holder, place.name)
            del items[place.index]
            _store(place.holder, place.name, items)


def _refuse_root() -> NoReturn:
    raise ValueError("the resource itself cannot be deleted or replaced by a patch")


def _replace(resource: JSON, operation: Operation) -> None:
    place = _one(resource, operation.path)
    if place.element is None:
        _refuse_root()
    property, value, shadow = _json(_needed(operation), place.element)
    if place.index is None:
        _set(place.holder, place.name, None, None)
        _set(place.holder, property, value, shadow)
    else:
        items = _items(place.holder, place.name)
        items[place.index] = (deepcopy(value), deepcopy(shadow))
        _store(place.holder, place.name, items)


def _move(resource: JSON, operation: Operation) -> None:
    holder, property, _ = _collection(resource, operation.path)
    items = _items(holder, property)
    for number in (operation.source or 0, operation.destination or 0):
        if number >= len(items):
            raise ValueError(f"the index {number} is beyond the end of a list of {len(items)}")
    items.insert(operation.destination or 0, items.pop(operation.source or 0))
    _store(holder, property, items)


_APPLY: dict[str, Callable[[JSON, Operation], None]] = {
    "add": _add,
    "insert": _insert_operation,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}
