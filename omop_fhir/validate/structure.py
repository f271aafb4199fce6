"""Structure: which elements, how many, of which type, with which codes.

What enters: a JSON object and the type it should be. What leaves: findings. A `Shape` is made per type and
backbone element from the tables of R4 when first met, and holds one closure per JSON property; places are
named only where something is wrong. https://hl7.org/fhir/R4/json.html,
https://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from omop_fhir.fhir.datatypes import PRIMITIVES, PrimitiveCheck
from omop_fhir.fhir.definitions import Element, ElementType, children, codes, codings, resource_types

from .invariants import Invariant, dom_2_4_5, dom_3, invariants
from .issue import NONE, Finding, Findings, below, shown
from .narrative import check_narrative
from .references import Scope, check_reference
from .schema import check_schema

JSON = dict[str, Any]
Check = Callable[[Any, Scope], Findings]
"""Of one value."""
Slot = Callable[[Any, JSON, Scope], Findings]
"""Of one property: its value, the object that it is a property of, the scope."""


class Shape:
    """The check of one type (`HumanName`) or backbone element (`Patient.contact`)."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._is_resource = path in resource_types()
        self._may_be_bare = self._is_resource or path == "Element"
        """An id alone is enough: of a resource, and beside the value of a primitive (see `_shadow`)."""

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        """Property -> check of its value."""
        own = {name: _slot(found, name, kind) for found in self._elements for name, kind in _properties(found)}
        return own | {"resourceType": _nothing} if self._is_resource else own

    @cached_property
    def _shadows(self) -> Mapping[str, Slot]:
        """`_name` -> check of the ids and extensions of a primitive."""
        primitive = [
            (f, name, kind) for f in self._elements for name, kind in _properties(f) if kind.code in PRIMITIVES
        ]
        return {"_" + name: _shadow(name, found.is_list) for found, name, _ in primitive if name != "id"}

    @cached_property
    def _required(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """(name, properties of which one must be there)."""
        needed = [found for found in self._elements if found.minimum > 0]
        return tuple(
            (f.path.rpartition(".")[2], frozenset(f.properties) | {"_" + n for n in f.properties}) for f in needed
        )

    @cached_property
    def _choices(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """(name, properties of which only one may be there, with or without `_`)."""
        choices = [found for found in self._elements if found.is_choice]
        return tuple((f.name, frozenset(f.properties) | {"_" + name for name in f.properties}) for f in choices)

    @cached_property
    def _invariants(self) -> tuple[Invariant, ...]:
        return invariants(self.path)

    @cached_property
    def _elements(self) -> tuple[Element, ...]:
        return children(self.path)

    def check(self, value: Any, scope: Scope) -> Findings:
        """All that is wrong with a value that should be of this shape."""
        if type(value) is not dict:
            return [Finding("", "structure", f"must be an object of type {self.path}, not {shown(value)}")]
        found: list[Finding] = []
        slots = self.slots
        for name, item in value.items():
            slot = slots.get(name)
            problems = self._other(name, item, value, scope) if slot is None else slot(item, value, scope)
            if problems:
                found += problems
        for name, properties in self._required:
            if properties.isdisjoint(value):
                found.append(Finding("", "required", f"{self.path} must have {name}"))
        self._check_choices(value, found)
        if not value or (len(value) == 1 and "id" in value and not self._may_be_bare):
            found.append(Finding("", "invariant", "ele-1: an element has a value or children"))
        for invariant in self._invariants:
            found += invariant(value, scope)
        return found

    def _check_choices(self, value: JSON, found: list[Finding]) -> None:
        for name, properties in self._choices:
            present = properties.intersection(value)
            if len(present) > 1:
                names = sorted({key.removeprefix("_") for key in present})
                if len(names) > 1:
                    found.append(Finding("." + name, "structure", f"only one of {', '.join(names)} may be there"))

    def _other(self, name: str, item: Any, value: JSON, scope: Scope) -> Findings:
        slot = self._shadows.get(name)
        if slot is None:
            return [Finding("." + str(name), "structure", f"{self.path} has no element {shown(name)}")]
        return slot(item, value, scope)


@lru_cache(maxsize=4096)
def shape(path: str) -> Shape:
    """The shape of a type or backbone element. Raises UnknownDefinition."""
    return Shape(path)


def check_resource(value: Any, container: Scope | None = None) -> Findings:
    """All that is wrong with a resource; `container` is the scope of the resource that it is contained in.

    The JSON Schema is asked last, and only of what is sound so far: it has no bound on depth, and chokes on
    lone surrogates.
    """
    name = value.get("resourceType") if type(value) is dict else None
    if not isinstance(name, str) or name not in resource_types():
        text = "must be an object" if type(value) is not dict else f"{shown(name)} is not a resource type of R4"
        return [Finding("" if type(value) is not dict else ".resourceType", "structure", text)]
    scope = container or Scope(value, _contained(value))
    found = list(shape(name).check(value, scope))
    if "contained" in value:
        found += dom_2_4_5(value)[:1] if container else dom_3(value)
    return found if any(finding.severity == "error" for finding in found) else [*found, *check_schema(name, value)]


def _contained(value: JSON) -> Mapping[str, str]:
    rows = value.get("contained")
    if not isinstance(rows, list):
        return {}
    return {str(row.get("id")): str(row.get("resourceType")) for row in rows if isinstance(row, dict)}


def _check_contained(value: Any, scope: Scope) -> Findings:
    found = check_resource(value, scope)
    return [*found, *(f for f in dom_2_4_5(value) if f.place != ".contained")] if type(value) is dict else found


def _check_inner(value: Any, scope: Scope) -> Findings:
    """A resource that stands on its own feet: of a Bundle entry or a parameter."""
    return check_resource(value)


# Slots


def _nothing(item: Any, value: JSON, scope: Scope) -> Findings:
    return NONE


def _properties(found: Element) -> list[tuple[str, ElementType]]:
    kinds = found.types or (ElementType("BackboneElement"),)
    return list(zip(found.properties, kinds, strict=False))


def _slot(found: Element, name: str, kind: ElementType) -> Slot:
    place = "." + (found.name if found.is_choice else name)
    if kind.code in PRIMITIVES:
        bound = codes(found.binding) if found.binding and kind.code == "code" else None
        check = _bound(PRIMITIVES[kind.code], bound, found.binding or "") if bound else PRIMITIVES[kind.code]
        if kind.code == "xhtml":
            return _narrative_slot(place)
        return _primitive_list_slot(place, name, check) if found.is_list else _primitive_slot(place, check)
    complex_check = _complex(found, kind)
    return _list_slot(place, complex_check) if found.is_list else _single_slot(place, complex_check)


def _bound(check: PrimitiveCheck, allowed: frozenset[str], value_set: str) -> PrimitiveCheck:
    def bound(value: object) -> str | None:
        if type(value) is str and value in allowed:
            return None
        return check(value) or f"is not a code of the value set {value_set}"

    return bound


def _primitive_slot(place: str, check: PrimitiveCheck) -> Slot:
    def slot(item: Any, value: JSON, scope: Scope) -> Findings:
        problem = check(item)
        return NONE if problem is None else [_primitive_finding(place, item, problem)]

    return slot


def _primitive_finding(place: str, item: Any, problem: str) -> Finding:
    if isinstance(item, dict | list) or item is None:
        return Finding(place, "structure", f"must be one primitive value, not {shown(item)}")
    if problem.startswith("is not a code of"):
        return Finding(place, "code-invalid", f"{shown(item)} {problem}")
    return Finding(place, "value", f"{shown(item)} {problem}")


def _primitive_list_slot(place: str, name: str, check: PrimitiveCheck) -> Slot:
    shadow = "_" + name

    def slot(item: Any, value: JSON, scope: Scope) -> Findings:
        if type(item) is not list or not item:
            return _no_list(place, item)
        found = []
        for index, single in enumerate(item):
            if single is None:
                if _at(value.get(shadow), index) is None:
                    found.append(Finding(f"{place}[{index}]", "structure", f"is null, and {shadow} has nothing there"))
            elif (problem := check(single)) is not None:
                found.append(_primitive_finding(f"{place}[{index}]", single, problem))
        return found

    return slot


def _at(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, list) and len(items) > index else None


def _no_list(place: str, item: Any) -> Findings:
    text = "is an empty array" if item == [] else f"must be an array, not {shown(item)}"
    return [Finding(place, "structure", text)]


def _narrative_slot(place: str) -> Slot:
    def slot(item: Any, value: JSON, scope: Scope) -> Findings:
        problem = PRIMITIVES["xhtml"](item)
        if problem is not None:
            return [_primitive_finding(place, item, problem)]
        problem = check_narrative(item)
        return NONE if problem is None else [Finding(place, "invariant", problem)]

    return slot


def _single_slot(place: str, check: Check) -> Slot:
    def slot(item: Any, value: JSON, scope: Scope) -> Findings:
        findings = check(item, scope)
        return below(place, findings) if findings else NONE

    return slot


def _list_slot(place: str, check: Check) -> Slot:
    def slot(item: Any, value: JSON, scope: Scope) -> Findings:
        if type(item) is not list or not item:
            return _no_list(place, item)
        found: list[Finding] = []
        for index, single in enumerate(item):
            findings = check(single, scope)
            if findings:
                found += below(f"{place}[{index}]", findings)
        return found

    return slot


def _shadow(name: str, is_list: bool) -> Slot:
    """The slot of `_name`: the place is that of the element, which is one thing in FHIRPath."""
    place = "." + name
    if not is_list:
        return lambda item, value, scope: _check_shadow(place, item, value.get(name), scope)

    def slot(item: Any, value: JSON, scope: Scope) -> Findings:
        if type(item) is not list or not item:
            return _no_list(place, item)
        found = _shadow_lengths(place, name, item, value)
        for index, single in enumerate(item):
            here, there = f"{place}[{index}]", _at(value.get(name), index)
            if single is not None:
                found += _check_shadow(here, single, there, scope)
            elif there is None:
                found.append(Finding(here, "structure", f"is null in _{name}, and {name} has nothing there"))
        return found

    return slot


def _check_shadow(place: str, item: Any, beside: Any, scope: Scope) -> Findings:
    """The id and extensions of a primitive whose value is `beside`; without a value, an id alone is not enough."""
    findings = shape("Element").check(item, scope)
    if not findings and beside is None and "extension" not in item:
        findings = [Finding("", "invariant", "ele-1: an element has a value or children")]
    return below(place, findings) if findings else NONE


def _shadow_lengths(place: str, name: str, item: list[Any], value: JSON) -> list[Finding]:
    values = value.get(name, item)
    if not isinstance(values, list) or len(values) == len(item):
        return []
    return [Finding(place, "structure", f"{name} has {len(values)} entries and _{name} {len(item)}: fill with null")]


def _complex(found: Element, kind: ElementType) -> Check:
    """The check of a value of a complex type, a backbone element or a resource."""
    if found.content is not None:
        return shape(found.content).check
    if found.is_backbone:
        return shape(found.path).check
    if kind.code == "Resource":
        return _check_contained if found.name == "contained" else _check_inner
    if kind.code == "Reference":
        return _reference_check(kind.profiles or ("Resource",))
    if kind.code == "CodeableConcept" and found.binding:
        return _concept_check(found.binding)
    return _profiled_check(kind)


def _reference_check(targets: tuple[str, ...]) -> Check:
    structure = shape("Reference").check

    def check(value: Any, scope: Scope) -> Findings:
        findings = structure(value, scope)
        if findings:
            return findings
        return check_reference(value, targets, scope)

    return check


def _concept_check(value_set: str) -> Check:
    structure, allowed = shape("CodeableConcept").check, codings(value_set)

    def check(value: Any, scope: Scope) -> Findings:
        findings = structure(value, scope)
        if findings or "extension" in value:
            return findings
        if any((coding.get("system"), coding.get("code")) in allowed for coding in value.get("coding", ())):
            return NONE
        return [Finding("", "code-invalid", f"no coding is of the value set {value_set}, which is required")]

    return check


def _profiled_check(kind: ElementType) -> Check:
    structure = shape(kind.code).check
    if "SimpleQuantity" not in kind.profiles:
        return structure
    rules = invariants("SimpleQuantity")

    def check(value: Any, scope: Scope) -> Findings:
        return structure(value, scope) or [found for rule in rules for found in rule(value, scope)]

    return check
