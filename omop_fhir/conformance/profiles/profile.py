"""A profile as a tree of element definitions.

What enters: a StructureDefinition with a snapshot (https://hl7.org/fhir/R4/structuredefinition.html). What leaves:
frozen `Node`s, slices beside the element that they slice. What is rejected, with `Invalid`: a StructureDefinition
without a snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from omop_fhir.errors import Invalid

JSON = Mapping[str, Any]
CORE = "http://hl7.org/fhir/StructureDefinition/"
MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
SYSTEM_STRING = "http://hl7.org/fhirpath/"


@dataclass(frozen=True, slots=True)
class Kind:
    """One allowed type of an element."""

    code: str
    profiles: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant that the profile adds to R4's own."""

    key: str
    severity: str
    human: str
    expression: str


@dataclass(frozen=True)
class Node:
    """An element of a profile (https://hl7.org/fhir/R4/elementdefinition.html), or one of its slices."""

    element: JSON
    children: dict[str, Node] = field(default_factory=dict)
    """By name without `[x]`."""
    slices: list[Node] = field(default_factory=list)

    @cached_property
    def id(self) -> str:
        return str(self.element.get("id") or self.element["path"])

    @cached_property
    def name(self) -> str:
        return str(self.element["path"]).rpartition(".")[2].removesuffix("[x]")

    @property
    def is_choice(self) -> bool:
        return str(self.element["path"]).endswith("[x]")

    @cached_property
    def minimum(self) -> int:
        return int(self.element.get("min", 0))

    @cached_property
    def maximum(self) -> int | None:
        """None: unbounded."""
        text = self.element.get("max", "*")
        return None if text == "*" else int(text)

    @property
    def slice_name(self) -> str | None:
        name: str | None = self.element.get("sliceName")
        return name

    @property
    def is_must_support(self) -> bool:
        return self.element.get("mustSupport") is True

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(_kind(row) for row in self.element.get("type", ()))

    @cached_property
    def fixed(self) -> Any:
        """The value that the element must have, None if any."""
        return _of(self.element, "fixed")

    @cached_property
    def pattern(self) -> Any:
        """What the element must have among others, None if nothing."""
        return _of(self.element, "pattern")

    @cached_property
    def value_sets(self) -> tuple[str, ...]:
        """The value sets that the element's codes must be of: of a required binding, or the largest one allowed."""
        binding = self.element.get("binding") or {}
        found = [binding["valueSet"]] if binding.get("strength") == "required" and "valueSet" in binding else []
        found += [e["valueCanonical"] for e in binding.get("extension", ()) if e.get("url") == MAX_VALUE_SET]
        return tuple(found)

    @cached_property
    def discriminators(self) -> tuple[tuple[str, str], ...]:
        """(type, path) that tell the slices apart."""
        rows = (self.element.get("slicing") or {}).get("discriminator", ())
        return tuple((row["type"], row["path"]) for row in rows)

    @property
    def is_closed(self) -> bool:
        return (self.element.get("slicing") or {}).get("rules") == "closed"

    @cached_property
    def constraints(self) -> tuple[Constraint, ...]:
        return tuple(_constraint(row) for row in self.element.get("constraint", ()) if _is_own(row))


def _kind(row: JSON) -> Kind:
    code = row["code"]
    if code.startswith(SYSTEM_STRING):
        code = "string"
    return Kind(code, tuple(row.get("profile", ())), tuple(row.get("targetProfile", ())))


def _of(element: JSON, stem: str) -> Any:
    return next((value for key, value in element.items() if key.startswith(stem) and key != stem), None)


def _is_own(row: JSON) -> bool:
    """Not one of R4's, which are checked elsewhere."""
    source = str(row.get("source", ""))
    return "expression" in row and bool(source) and not source.startswith(CORE) and source.startswith("http")


def _constraint(row: JSON) -> Constraint:
    return Constraint(row["key"], row["severity"], row["human"], row["expression"])


@dataclass(frozen=True)
class Profile:
    """A profile of a resource, datatype or extension."""

    url: str
    name: str
    type: str
    root: Node


def parse_profile(structure: JSON) -> Profile:
    """A StructureDefinition as a tree. Raises Invalid without a snapshot."""
    elements = (structure.get("snapshot") or {}).get("element")
    if not elements:
        raise Invalid(f"{structure.get('url')} has no snapshot")
    nodes: dict[str, Node] = {}
    for element in elements:
        node = Node(element)
        nodes[node.id] = node
        _hang(nodes, node)
    return Profile(structure["url"], structure.get("name", ""), structure["type"], nodes[Node(elements[0]).id])


def _hang(nodes: Mapping[str, Node], node: Node) -> None:
    """Put a node below its parent, or beside the element that it slices."""
    parent_id, _, last = node.id.rpartition(".")
    if not parent_id:
        return
    parent = nodes.get(parent_id)
    if parent is None:
        return
    if ":" in last and node.name in parent.children:
        parent.children[node.name].slices.append(node)
    else:
        parent.children[node.name] = node
