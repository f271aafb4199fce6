"""The search parameters of FHIR R4, and those of US Core 6.1 that R4 lacks.

What enters: `r4/search_parameters.csv` and `r4/components.csv` (see `definitions`). What leaves: frozen
`SearchParameter`s by type and code (https://hl7.org/fhir/R4/searchparameter-registry.html). It rejects
nothing: an unknown code is None.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from .definitions import UnknownDefinition, element

_COMMON = ("Resource", "DomainResource")
_NOT_DOMAIN = frozenset({"Bundle", "Binary", "Parameters"})


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a composite parameter: the parameter it is, and its place below the composite's element."""

    definition: str
    """Canonical URL of the part's SearchParameter."""
    expression: str
    """FHIRPath below the composite's expression."""


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """A search parameter of one resource type."""

    code: str
    """As in a URL: `birthdate`."""
    type: str
    """number, date, string, token, reference, composite, quantity, uri or special."""
    url: str
    """Canonical URL."""
    targets: tuple[str, ...]
    """Resource types that a reference parameter may point at."""
    expression: str
    """FHIRPath of the elements searched; of a parameter defined over many types, the part of this type."""
    comparators: tuple[str, ...]
    """Prefixes that the definition names; () where it names none, which allows what the type allows."""
    modifiers: tuple[str, ...]
    """Likewise modifiers."""
    components: tuple[Component, ...]


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Mapping[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for row in _table("search_parameters.csv"):
        found.setdefault(row[0], {})[row[1]] = row
    return found


@lru_cache(maxsize=1)
def _components() -> Mapping[str, tuple[Component, ...]]:
    found: dict[str, tuple[Component, ...]] = {}
    for url, definition, expression in _table("components.csv"):
        found[url] = (*found.get(url, ()), Component(definition, expression))
    return found


def _table(name: str) -> list[list[str]]:
    text = (resources.files("omop_fhir.fhir") / "r4" / name).read_text("utf-8")
    return list(csv.reader(text.splitlines()))[1:]


def _parameter(row: list[str]) -> SearchParameter:
    _, code, kind, targets, url, expression, comparators, modifiers = row
    components = _components().get(url, ())
    words = (tuple(text.split()) for text in (targets, comparators, modifiers))
    targets_, comparators_, modifiers_ = words
    return SearchParameter(code, kind, url, targets_, expression, comparators_, modifiers_, components)


def _bases(type_name: str) -> tuple[str, ...]:
    return (type_name, "Resource") if type_name in _NOT_DOMAIN else (type_name, *_COMMON)


@lru_cache(maxsize=4096)
def search_parameter(type_name: str, code: str) -> SearchParameter | None:
    """The parameter `code` of a resource type, its own or one of every resource (`_id`); None if it has
    none."""
    for base in _bases(type_name):
        row = _rows().get(base, {}).get(code)
        if row is not None:
            return _parameter(row)
    return None


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """The codes of all parameters of all types."""
    return frozenset(code for rows in _rows().values() for code in rows)


@lru_cache(maxsize=1024)
def is_boolean(type_name: str, parameter: SearchParameter) -> bool:
    """Are the values of the parameter true and false: those of a boolean element, or of an expression that compares?"""
    if parameter.type != "token":
        return False
    if "!=" in parameter.expression:
        return True
    try:
        return [kind.code for kind in element(parameter.expression).types] == ["boolean"]
    except UnknownDefinition:
        return False


@lru_cache(maxsize=1)
def _types() -> Mapping[str, str]:
    """Canonical URL -> type; one URL may stand for the parameters of many resource types."""
    return {row[4]: row[2] for rows in _rows().values() for row in rows.values()}


def parameter_type(url: str) -> str | None:
    """The type of the parameter with a canonical URL, such as a component's; None where it is not known."""
    return _types().get(url)


def search_parameters(type_name: str) -> tuple[SearchParameter, ...]:
    """All parameters of a resource type, its own before those of every resource, each by code."""
    rows = [row for base in _bases(type_name) for row in _rows().get(base, {}).values()]
    return tuple(_parameter(row) for row in rows)
