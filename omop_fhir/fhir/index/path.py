"""Expressions compiled: from the types of R4, known beforehand, to closures that look only at the properties that can match.

An `Expression`, the type that it is applied to, and what to do with the elements enter; a closure that walks a resource leaves.
Rejected with `Unsupported`: what is outside the part of FHIRPath done here. https://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from ..definitions import resource_types
from .entries import Found
from .expression import (
    Both,
    Child,
    Equals,
    Exists,
    Expression,
    Here,
    Is,
    Item,
    OfType,
    Resolved,
    Root,
    Union,
    Unsupported,
    Where,
    parse,
)
from .kind import BOOLEAN, Kind, Property, properties
from .target import target_type

Step: TypeAlias = Callable[[Any, Found], None]
"""Does something with one element."""
Then: TypeAlias = Callable[[Kind], Step | None]
"""What to do with elements of a type; None if nothing."""
Test: TypeAlias = Callable[[Any, Found], bool | None]
"""Of one element; None is FHIRPath's empty collection."""

_NOT_DOMAIN = frozenset({"Bundle", "Binary", "Parameters"})


def elements(type: str, expression: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    """The elements that an expression finds in a resource of a type. Raises Unsupported."""
    step = route(parse(expression), Kind(type, type), lambda kind: lambda value, found: found.elements.append(value))
    if step is None:
        raise Unsupported("no element of R4 can be found by it")

    def collect(resource: Mapping[str, Any]) -> list[Any]:
        found = Found(resource)
        step(resource, found)
        return found.elements

    return collect


def route(expression: Expression, kind: Kind, then: Then) -> Step | None:
    """The closure that leads from an element of a type to those that the expression finds; None if there can be none.

    Raises Unsupported.
    """
    match expression:
        case Here():
            return then(kind)
        case Root(type):
            return then(_root(type, kind))
        case Child(source, name):
            return route(source, kind, partial(_child, name, then))
        case OfType(source, type):
            return route(source, kind, lambda each: then(each) if each.code == type else None)
        case Item(source, number):
            return _item(source, number, kind, then)
        case Where(source, criterion):
            return route(source, kind, partial(_filtered, criterion, then))
        case Union(parts):
            return _all([route(part, kind, then) for part in parts])
        case _:
            return _asserted(test(expression, kind), then(BOOLEAN))


def _root(type: str, kind: Kind) -> Kind:
    bases = ("Resource",) if kind.code in _NOT_DOMAIN else ("Resource", "DomainResource")
    if kind.code not in resource_types() or type not in (kind.code, *bases):
        raise Unsupported(f"`{type}` is not what it is applied to ({kind.code})")
    return kind


def _near(source: Here | Root, kind: Kind) -> Kind:
    return _root(source.type, kind) if isinstance(source, Root) else kind


def _all(steps: list[Step | None]) -> Step | None:
    real = [step for step in steps if step]
    if len(real) < 2:
        return real[0] if real else None

    def all_of(value: Any, found: Found) -> None:
        for step in real:
            step(value, found)

    return all_of


def _child(name: str, then: Then, kind: Kind) -> Step | None:
    return _all([_property(each, then(each.kind)) for each in properties(kind, name)])


def _property(property: Property, step: Step | None) -> Step | None:
    if step is None:
        return None
    name = property.name

    def descend(value: Any, found: Found) -> None:
        child = value.get(name)
        if child is None:
            return
        if type(child) is list:
            for each in child:
                if each is not None:  # a primitive that has only extensions
                    step(each, found)
        else:
            step(child, found)

    return descend


def _item(source: Expression, number: int, kind: Kind, then: Then) -> Step | None:
    if not isinstance(source, Child) or not _is_one(source.source, kind):
        raise Unsupported(f"[{number}] or first() of what may lie in several elements")

    def one(property: Property) -> Step | None:
        step, name = then(property.kind), property.name
        return _nth(name, number, step) if step else None

    return route(source.source, kind, lambda parent: _all([one(each) for each in properties(parent, source.name)]))


def _is_one(expression: Expression, kind: Kind) -> bool:
    several: list[Kind] = []

    def note(found: Kind) -> None:
        several.extend(() if found.is_one else (found,))

    route(expression, kind, note)
    return not several


def _nth(name: str, number: int, step: Step) -> Step:
    def descend(value: Any, found: Found) -> None:
        child = value.get(name)
        items = child if type(child) is list else [] if child is None else [child]
        if number < len(items) and items[number] is not None:
            step(items[number], found)

    return descend


def _filtered(criterion: Expression, then: Then, kind: Kind) -> Step | None:
    step = then(kind)
    if step is None:
        return None
    holds = test(criterion, kind)

    def filtered(value: Any, found: Found) -> None:
        if holds(value, found):
            step(value, found)

    return filtered


def _asserted(holds: Test, step: Step | None) -> Step | None:
    if step is None:
        return None

    def asserted(value: Any, found: Found) -> None:
        answer = holds(value, found)
        if answer is not None:
            step(answer, found)

    return asserted


def test(expression: Expression, kind: Kind) -> Test:
    """The closure that tells whether an expression is true of an element of a type. Raises Unsupported."""
    match expression:
        case Both(left, right):
            return _both(test(left, kind), test(right, kind))
        case Equals(Child(Here() | Root() as near, name), value, negated):
            return _equals(properties(_near(near, kind), name), value, negated)
        case Exists(Child(Here() | Root() as near, name)):
            return _exists(properties(_near(near, kind), name))
        case Is(Resolved(), target) if kind.code == "Reference":
            return lambda value, found: target_type(value, found.resource, kind.targets) == target
        case _:
            raise Unsupported(f"{type(expression).__name__} is not done where it stands")


def _both(left: Test, right: Test) -> Test:
    """https://hl7.org/fhirpath/N1/#and"""

    def both(value: Any, found: Found) -> bool | None:
        answers = (left(value, found), right(value, found))
        return False if False in answers else None if None in answers else True

    return both


def _equals(where: list[Property], wanted: str | bool, negated: bool) -> Test:
    """https://hl7.org/fhirpath/N1/#equals"""
    if any(property.is_list for property in where):
        raise Unsupported("a comparison with what may be several")
    names = tuple(property.name for property in where)

    def equals(value: Any, found: Found) -> bool | None:
        for name in names:
            if name in value:
                return (value[name] == wanted) is not negated
        return None

    return equals


def _exists(where: list[Property]) -> Test:
    """A primitive exists also where it has only extensions."""
    names = {prefix + property.name for property in where for prefix in ("", "_")}
    return lambda value, found: not names.isdisjoint(value)
