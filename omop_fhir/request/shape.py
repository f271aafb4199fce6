"""The shape of what is returned: `_summary` and `_elements` (https://hl7.org/fhir/R4/search.html#summary)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import Invalid
from ..fhir.definitions import UnknownDefinition, children, summary

Pairs = tuple[tuple[str, str], ...]

SUMMARIES = ("true", "text", "data", "count", "false")
_INCLUSIONS = ("_include", "_revinclude")
_ELEMENT = re.compile(r"([A-Z][A-Za-z]+\.)?[A-Za-z][A-Za-z0-9]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is wanted of each resource.

    `summary` is one of true, text and data; `elements` are names, with or without a type before them. Both unset: all.
    `count`: only the number of matches.
    """

    summary: str | None = None
    elements: frozenset[str] | None = None
    count: bool = False

    def included(self) -> Shape:
        """The shape of resources that are included: a name without a type before it is of those searched."""
        named = frozenset(name for name in self.elements or () if "." in name)
        return self if self.elements is None else Shape(elements=named) if named else WHOLE

    def of(self, type: str) -> frozenset[str] | None:
        """The top-level elements of a resource type to show; None: all."""
        if self.elements is not None:
            own = frozenset(_own(type, self.elements))
            return own | _always(type) if own else None
        if self.summary == "true":
            return frozenset(summary(type)) | _always(type)
        if self.summary == "text":
            return frozenset({"text"}) | _always(type)
        if self.summary == "data":
            return frozenset(element.name for element in children(type)) - {"text"}
        return None


WHOLE = Shape()


def parse_shape(type: str | None, pairs: Iterable[tuple[str, str]]) -> Shape:
    """The shape that the parameters ask for. Raises Invalid."""
    pairs = tuple(pairs)
    wanted, elements = single(pairs, "_summary"), single(pairs, "_elements")
    if wanted is not None and elements is not None:
        raise Invalid("`_summary` and `_elements` exclude each other", expression="http._elements")
    if wanted is not None and wanted not in SUMMARIES:
        raise Invalid(f"`_summary={wanted}` is none of {', '.join(SUMMARIES)}", expression="http._summary")
    if elements is not None:
        shown = _elements(elements, type)
        _check_elements(type, shown, included=any(name.startswith(_INCLUSIONS) for name, _ in pairs))
        return Shape(elements=shown)
    if wanted == "count":
        return Shape(count=True)
    return Shape(summary=wanted) if wanted in ("true", "text", "data") else WHOLE


def single(pairs: Pairs, name: str) -> str | None:
    """The value of a parameter that may stand once. Raises Invalid where it stands more often."""
    values = [value for key, value in pairs if key == name]
    if len(values) > 1:
        raise Invalid(f"`{name}` is given {len(values)} times", expression=f"http.{name}")
    return values[0] if values else None


def _elements(text: str, type: str | None) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(","))
    wrong = sorted(name for name in names if not _ELEMENT.fullmatch(name))
    if wrong:
        of = f" of {type}" if type else ""
        raise Invalid(f"`{wrong[0]}` is not the name of a top-level element{of}", expression="http._elements")
    return names


def _check_elements(type: str | None, names: Iterable[str], *, included: bool) -> None:
    """Raises Invalid for a name that can mean nothing in what is shown: resources of the type, and what is included."""
    for name in sorted(names):
        of, _, element = name.rpartition(".")
        owner = of or type
        foreign = bool(of) and type is not None and of != type and not included
        if owner is not None and (foreign or element not in _top_level(owner)):
            raise Invalid(f"`{name}` is not a top-level element of {type or owner}", expression="http._elements")


def _top_level(type: str) -> frozenset[str]:
    try:
        return frozenset(element.name for element in children(type))
    except UnknownDefinition:
        return frozenset()


def _own(type: str, names: frozenset[str]) -> Iterable[str]:
    for name in names:
        of, dot, element = name.rpartition(".")
        if not dot or of == type:
            yield element


def _always(type: str) -> frozenset[str]:
    """Elements that a subset keeps in any case: without them the resource would not be valid, or would mislead."""
    return frozenset(element.name for element in children(type) if element.minimum or element.is_modifier)
