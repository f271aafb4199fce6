"""Ways to make a valid resource wrong, each with the place where that must be noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from omop_fhir.fhir.datatypes import PRIMITIVES
from omop_fhir.fhir.definitions import Element, ElementType, children, resource_types

JSON = dict[str, Any]


@dataclass(frozen=True)
class Node:
    """A property of an object within a resource."""

    holder: JSON
    holder_place: str
    holder_path: str
    """Type or backbone element of the holder."""
    name: str
    element: Element
    kind: ElementType | None
    """None: a backbone element by contentReference."""

    @property
    def place(self) -> str:
        return f"{self.holder_place}.{self.element.name}"

    @property
    def first(self) -> str:
        """Place of the value, or of the first one."""
        return f"{self.place}[0]" if self.element.is_list else self.place

    @property
    def is_primitive(self) -> bool:
        return self.kind is not None and self.kind.code in PRIMITIVES

    def put(self, value: object) -> None:
        """Sets the value, or the first one."""
        if self.element.is_list:
            self.holder[self.name][0] = value
        else:
            self.holder[self.name] = value


def nodes(resource: JSON, place: str | None = None) -> Iterator[Node]:
    """All properties of a resource with a value, those of the resources in it too."""
    name = resource["resourceType"]
    yield from _nodes(resource, place or name, name)


def _nodes(holder: JSON, place: str, path: str) -> Iterator[Node]:
    for element in children(path):
        kinds: tuple[ElementType | None, ...] = element.types or (None,)
        for name, kind in zip(element.properties, kinds, strict=True):
            if name in holder:
                node = Node(holder, place, path, name, element, kind)
                yield node
                yield from _below(node)


def _below(node: Node) -> Iterator[Node]:
    if node.is_primitive:
        return
    value = node.holder[node.name]
    values = list(enumerate(value)) if node.element.is_list else [(None, value)]
    for index, item in values:
        place = node.place if index is None else f"{node.place}[{index}]"
        if node.kind is not None and node.kind.code == "Resource":
            yield from nodes(item, place)
        else:
            yield from _nodes(item, place, _path_below(node))


def _path_below(node: Node) -> str:
    if node.element.content is not None:
        return node.element.content
    if node.element.is_backbone or node.kind is None:
        return node.element.path
    return node.kind.code


@dataclass(frozen=True)
class Mutation:
    """A change that makes the resource wrong at `place`; `apply` does it in place."""

    name: str
    place: str
    node: Node

    def apply(self) -> None:
        _APPLY[self.name](self.node)


def mutations(resource: JSON) -> Iterator[Mutation]:
    """Every mutation that this resource is open to."""
    for node in nodes(resource):
        yield Mutation("null", node.place, node)
        yield Mutation("wrong shape", node.place, node)
        yield Mutation("unknown element", f"{node.holder_place}.nonsense", node)
        yield (
            Mutation("object for a value", node.first, node)
            if node.is_primitive
            else Mutation("text for an object", node.first, node)
        )
        if node.element.is_list:
            yield Mutation("empty array", node.place, node)
        if node.element.minimum > 0:
            yield Mutation("drop required", node.holder_place, node)
        if node.is_primitive:
            yield Mutation("wrong format", node.first, node)
        if node.element.binding and node.is_primitive:
            yield Mutation("wrong code", node.first, node)
        if node.element.binding and not node.is_primitive:
            yield Mutation("wrong concept", node.first, node)
        if node.element.is_choice and len(node.element.types) > 1:
            yield Mutation("double choice", node.place, node)
        if node.kind is not None and node.kind.code == "Reference":
            yield Mutation("no reference", f"{node.first}.reference", node)
            if "Resource" not in node.element.targets:
                yield Mutation("wrong target", f"{node.first}.reference", node)
        if not node.is_primitive and node.kind is not None and node.kind.code != "Resource":
            yield Mutation("empty object", node.first, node)


def _drop(node: Node) -> None:
    del node.holder[node.name]
    node.holder.pop(f"_{node.name}", None)


WRONG: dict[str, object] = {
    "base64Binary": "x",
    "boolean": "true",
    "canonical": "a b",
    "code": "a  b",
    "date": "2021-02-30",
    "dateTime": "2021-01-01T00:00:00",
    "decimal": "1.0",
    "id": "a b",
    "instant": "2021-01-01",
    "integer": 1.5,
    "markdown": "",
    "oid": "urn:oid:1.02",
    "positiveInt": 0,
    "string": "",
    "time": "24:00:00",
    "unsignedInt": -1,
    "uri": "a\tb",
    "url": "a b",
    "uuid": "urn:uuid:C757873D-EC9A-4326-A141-556F43239520",
    "xhtml": "<div>no name space</div>",
}
"""For each primitive type a value of no such type, though nearly."""


def _wrong(node: Node) -> None:
    assert node.kind is not None
    node.put(WRONG[node.kind.code])


def _double(node: Node) -> None:
    node.holder[next(name for name in node.element.properties if name != node.name)] = "x"


def _reshape(node: Node) -> None:
    value = node.holder[node.name]
    node.holder[node.name] = value[0] if node.element.is_list else [value]


def _wrong_target(node: Node) -> None:
    wrong = next(name for name in sorted(resource_types()) if name not in node.element.targets)
    node.put({"reference": f"{wrong}/1"})


_APPLY: dict[str, Callable[[Node], None]] = {
    "wrong format": _wrong,
    "null": lambda node: node.holder.__setitem__(node.name, None),
    "wrong shape": _reshape,
    "unknown element": lambda node: node.holder.__setitem__("nonsense", 1),
    "object for a value": lambda node: node.put({"a": 1}),
    "text for an object": lambda node: node.put("text"),
    "empty array": lambda node: node.holder.__setitem__(node.name, []),
    "drop required": _drop,
    "wrong code": lambda node: node.put("no-such-code"),
    "wrong concept": lambda node: node.put({"coding": [{"system": "http://example.org", "code": "x"}]}),
    "double choice": _double,
    "no reference": lambda node: node.put({"reference": "not a reference"}),
    "wrong target": _wrong_target,
    "empty object": lambda node: node.put({}),
}
