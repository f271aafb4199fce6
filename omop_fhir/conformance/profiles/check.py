"""Whether a resource fulfils a profile.

What enters: a resource that is valid R4, and a profile. What leaves: issues (cardinality, types, fixed values,
patterns, slices, required bindings, invariants), what could not be checked, and which must-support elements are
filled. Nothing is rejected. https://hl7.org/fhir/R4/profiling.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from omop_fhir.fhir.datatypes import PRIMITIVES
from omop_fhir.fhir.definitions import resource_types
from omop_fhir.validate import Issue

from ..fhirpath import PathError, evaluate, holds
from .profile import CORE, Kind, Node, Profile
from .terminology import Terminology

JSON = dict[str, Any]
_OF_R4 = frozenset({CORE + "SimpleQuantity", CORE + "MoneyQuantity"})
"""Profiles of datatypes that R4 itself uses, which are checked with R4."""


@dataclass
class Findings:
    """What was found about one resource."""

    issues: list[Issue] = field(default_factory=list)
    unchecked: dict[str, None] = field(default_factory=dict)
    """In the order in which it was met."""
    must_support: dict[str, bool] = field(default_factory=dict)
    """Element -> whether it is filled where its parent is."""

    @property
    def errors(self) -> list[Issue]:
        return [issue for issue in self.issues if issue.severity in ("fatal", "error")]

    def add(self, code: str, text: str, place: str, severity: Any = "error") -> None:
        self.issues.append(Issue(code=code, diagnostics=text, severity=severity, expression=place))


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an element: with its type where that is a choice, and, of a primitive, its id and extensions."""

    item: Any
    shadow: Any
    type: str | None
    place: str


class Checker:
    """Checks resources against profiles; `profile` finds the profiles of types, None for one that is not known."""

    def __init__(self, terminology: Terminology, profile: Callable[[str], Profile | None]) -> None:
        self._terminology = terminology
        self._profile = profile

    def check(self, resource: JSON, profile: Profile) -> Findings:
        """All that is found about the resource."""
        found = Findings()
        self._object(profile.root, resource, profile.type, found, resource)
        return found

    def _object(self, node: Node, value: JSON, place: str, found: Findings, root: JSON) -> None:
        self._constraints(node, value, place, found, root)
        for child in node.children.values():
            self._child(child, value, place, found, root)

    def _child(self, node: Node, parent: JSON, place: str, found: Findings, root: JSON) -> None:
        values = list(_values(node, parent, place))
        self._count(node, values, place, found)
        if node.is_must_support:
            _fill(found, node, bool(values))
        for value in values:
            self._value(node, value, found, root)
        if node.slices:
            self._slices(node, values, place, found, root)

    def _count(self, node: Node, values: list[Value], place: str, found: Findings) -> None:
        name = f"{place}.{node.name}"
        label = f" (slice {node.slice_name})" if node.slice_name else ""
        if len(values) < node.minimum:
            found.add("required", f"{node.minimum} needed{label}, {len(values)} there", name)
        if node.maximum is not None and len(values) > node.maximum:
            found.add("structure", f"at most {node.maximum} allowed{label}, {len(values)} there", name)

    def _value(self, node: Node, value: Value, found: Findings, root: JSON) -> None:
        self._type(node, value, found)
        if value.item is None:
            return
        self._fixed(node, value, found)
        for url in node.value_sets:
            self._binding(url, value, found)
        if isinstance(value.item, dict):
            self._object(node, value.item, value.place, found, root)
            self._of_profiles(node, value, found, root)
        else:
            self._constraints(node, value.item, value.place, found, root)

    # Types

    def _type(self, node: Node, value: Value, found: Findings) -> None:
        if value.type is not None and node.kinds and value.type not in {kind.code for kind in node.kinds}:
            allowed = ", ".join(kind.code for kind in node.kinds)
            found.add("structure", f"a {value.type}, where the profile allows {allowed}", value.place)
        if isinstance(value.item, dict) and isinstance(value.item.get("reference"), str):
            self._target(node, value, found)

    def _target(self, node: Node, value: Value, found: Findings) -> None:
        targets = [url for kind in node.kinds if kind.code == "Reference" for url in kind.targets]
        seen = _referred(value.item)
        allowed = {self._base(url) for url in targets}
        if targets and seen is not None and "Resource" not in allowed and None not in allowed and seen not in allowed:
            names = ", ".join(sorted(str(name) for name in allowed))
            found.add("structure", f"refers to a {seen}, where the profile allows {names}", value.place)

    def _base(self, url: str) -> str | None:
        """The type that a profile is of, None where it is not known."""
        if url.startswith(CORE):
            return url.removeprefix(CORE)
        profile = self._profile(url)
        return profile.type if profile else None

    def _of_profiles(self, node: Node, value: Value, found: Findings, root: JSON) -> None:
        """A value of a type that is a profile itself, such as an extension, fulfils that."""
        for url in _own_profiles(node, value):
            profile = self._profile(url)
            if profile is None:
                found.unchecked[f"{node.id}: the profile {url} is not loaded"] = None
            elif profile.type == "Extension" or not node.children:
                self._object(profile.root, value.item, value.place, found, root)

    # Values

    def _fixed(self, node: Node, value: Value, found: Findings) -> None:
        if node.fixed is not None and value.item != node.fixed:
            found.add("value", f"must be {_short(node.fixed)}, is {_short(value.item)}", value.place)
        if node.pattern is not None and not covers(node.pattern, value.item):
            found.add("value", f"must have {_short(node.pattern)}, is {_short(value.item)}", value.place)

    def _binding(self, url: str, value: Value, found: Findings) -> None:
        allowed = self._terminology.codes(url)
        if allowed is None:
            found.unchecked[f"the value set {url} cannot be expanded here"] = None
        elif not _is_of(value.item, allowed):
            found.add("code-invalid", f"{_short(value.item)} is not of the value set {url}", value.place)

    def _constraints(self, node: Node, value: Any, place: str, found: Findings, root: JSON) -> None:
        for rule in node.constraints:
            try:
                fulfilled = holds(evaluate(value, rule.expression, root))
            except PathError as error:
                found.unchecked[f"{rule.key}: {error}"] = None
                continue
            if not fulfilled:
                found.add("invariant", f"{rule.key}: {rule.human}", place, "error" if rule.severity == "error" else "warning")

    # Slices

    def _slices(self, node: Node, values: list[Value], place: str, found: Findings, root: JSON) -> None:
        left = list(values)
        for part in node.slices:
            own = [value for value in left if self._is_in(node, part, value, found)]
            left = [value for value in left if value not in own]
            self._count(part, own, place, found)
            if part.is_must_support:
                _fill(found, part, bool(own))
            for value in own:
                self._value(part, value, found, root)
        if node.is_closed and left:
            found.add("structure", "is in none of the slices, and others are not allowed", left[0].place)

    def _is_in(self, node: Node, part: Node, value: Value, found: Findings) -> bool:
        if not node.discriminators and not node.is_choice:
            found.unchecked[f"{part.id}: nothing tells its slices apart"] = None
            return False
        told = [self._tells(part, value, kind, path) for kind, path in node.discriminators or (("type", "$this"),)]
        if None in told:
            found.unchecked[f"{part.id}: whether a value is of the slice cannot be told"] = None
        return all(each is True for each in told)

    def _tells(self, part: Node, value: Value, kind: str, path: str) -> bool | None:
        """Whether one discriminator puts the value into the slice, None where that cannot be told."""
        if kind in ("value", "pattern"):
            return self._tells_value(part, value, path)
        if kind == "exists":
            return _tells_exists(part, value, path)
        return _tells_type(part, value, path) if kind == "type" else None

    def _tells_value(self, part: Node, value: Value, path: str) -> bool | None:
        if path == "url" and part.name in ("extension", "modifierExtension"):
            urls = [url.partition("|")[0] for kind in part.kinds for url in kind.profiles]
            if urls:
                return isinstance(value.item, dict) and value.item.get("url") in urls
        wanted = _node_at(part, path)
        if wanted is None:
            return None
        seen = list(_items_at(value.item, path))
        if wanted.fixed is not None:
            return any(item == wanted.fixed for item in seen)
        if wanted.pattern is not None:
            return any(covers(wanted.pattern, item) for item in seen)
        return self._tells_binding(wanted, seen)

    def _tells_binding(self, wanted: Node, seen: list[Any]) -> bool | None:
        sets = [self._terminology.codes(url) for url in wanted.value_sets]
        if sets and None not in sets:
            return any(_is_of(item, codes) for item in seen for codes in sets if codes is not None)
        inner = [child for child in wanted.children.values() if child.fixed is not None or child.pattern is not None]
        if not inner:
            return None
        return any(all(_child_fits(child, item) for child in inner) for item in seen)


def _fill(found: Findings, node: Node, is_filled: bool) -> None:
    found.must_support[node.id] = found.must_support.get(node.id, False) or is_filled


def _child_fits(child: Node, item: Any) -> bool:
    values = list(_items_at(item, child.name))
    wanted = child.fixed if child.fixed is not None else child.pattern
    return any(covers(wanted, each) for each in values)


def _values(node: Node, parent: JSON, place: str) -> Iterator[Value]:
    """The values of an element in its parent: of a choice under the names of all types."""
    if not node.is_choice:
        yield from _named(parent, node.name, None, f"{place}.{node.name}")
        return
    size = len(node.name)
    for key in {key.removeprefix("_"): None for key in parent}:
        if key.startswith(node.name) and key[size : size + 1].isupper():
            yield from _named(parent, key, _type_of(key[size:]), f"{place}.{node.name}")


def _type_of(suffix: str) -> str:
    """`DateTime` -> `dateTime`, `CodeableConcept` -> `CodeableConcept`."""
    primitive = suffix[0].lower() + suffix[1:]
    return primitive if primitive in PRIMITIVES else suffix


def _named(parent: JSON, name: str, kind: str | None, place: str) -> Iterator[Value]:
    items, shadows = parent.get(name), parent.get("_" + name)
    if items is None and shadows is None:
        return
    if not isinstance(items, list) and not isinstance(shadows, list):
        yield Value(items, shadows, kind, place)
        return
    items, shadows = items or [], shadows or []
    for index in range(max(len(items), len(shadows))):
        yield Value(_at(items, index), _at(shadows, index), kind, f"{place}[{index}]")


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def covers(pattern: Any, value: Any) -> bool:
    """Whether a value has all that a pattern has (https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern[x])."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(covers(item, value.get(key)) for key, item in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(covers(item, other) for other in value) for item in pattern)
    return bool(pattern == value)


def _is_of(value: Any, allowed: frozenset[tuple[str, str]]) -> bool:
    if isinstance(value, str):
        return any(code == value for _, code in allowed)
    if not isinstance(value, dict):
        return True
    if "coding" in value or "text" in value:
        return any((c.get("system"), c.get("code")) in allowed for c in value.get("coding", ()))
    return (value.get("system"), value.get("code")) in allowed


def _own_profiles(node: Node, value: Value) -> tuple[str, ...]:
    kinds: list[Kind] = [k for k in node.kinds if value.type in (None, k.code) and k.code not in ("Reference", "canonical")]
    urls = tuple(url.partition("|")[0] for kind in kinds for url in kind.profiles)
    return urls if len(urls) == 1 and urls[0] not in _OF_R4 else ()


def _referred(reference: Mapping[str, Any]) -> str | None:
    """The type that a Reference says it points at."""
    if isinstance(reference.get("type"), str):
        return str(reference["type"])
    parts = str(reference["reference"]).split("/_history")[0].split("/")
    return parts[-2] if len(parts) > 1 and parts[-2] in resource_types() else None


def _node_at(part: Node, path: str) -> Node | None:
    """The definition at a discriminator's path below a slice."""
    found: Node | None = part
    for name in [] if path == "$this" else path.split("."):
        if found is None or "(" in name:
            return None
        found = found.children.get(name)
    return found


def _items_at(value: Any, path: str) -> Iterator[Any]:
    """The values at a simple path below a value."""
    if path == "$this":
        yield value
        return
    name, _, rest = path.partition(".")
    items = value.get(name) if isinstance(value, dict) else None
    for item in items if isinstance(items, list) else [] if items is None else [items]:
        yield from _items_at(item, rest or "$this")


def _tells_exists(part: Node, value: Value, path: str) -> bool | None:
    wanted = _node_at(part, path)
    if wanted is None:
        return None
    there = any(True for _ in _items_at(value.item, path))
    return not there if wanted.maximum == 0 else there


def _tells_type(part: Node, value: Value, path: str) -> bool | None:
    if path == "$this" and value.type is not None:
        return value.type in {kind.code for kind in part.kinds}
    wanted = _node_at(part, path)
    seen = [item.get("resourceType") for item in _items_at(value.item, path) if isinstance(item, dict)]
    if wanted is None or not seen or None in seen:
        return None
    return all(name in {kind.code for kind in wanted.kinds} for name in seen)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
