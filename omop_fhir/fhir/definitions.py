"""The definitions of FHIR R4 as data: elements, bindings, compartments, the JSON Schema.

What enters: the compact tables in `r4/`, made by `tools/make_r4.py` from the published definitions
(https://hl7.org/fhir/R4/downloads.html). What leaves: frozen, typed facts, read when first asked for.
What it rejects: a type or path that R4 does not have, with `UnknownDefinition`.
Of some resource types the tables hold only what the published JSON Schema tells (names, types, cardinality):
`is_complete(type)` is false for these.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import orjson

_BACKBONES = frozenset({"BackboneElement", "Element"})


class UnknownDefinition(LookupError):
    """R4 has no such type or element; the message names it."""


@dataclass(frozen=True, slots=True)
class ElementType:
    """One allowed type of an element: `Reference` with the types that it may point at, `Quantity` with its
    profile."""

    code: str
    profiles: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """What this type adds to the name of a choice element: `DateTime` in `deceasedDateTime`."""
        return self.code[0].upper() + self.code[1:]


@dataclass(frozen=True)
class Element:
    """An element of a resource or datatype (https://hl7.org/fhir/R4/elementdefinition.html)."""

    path: str
    """As published: `Patient.deceased[x]`."""
    minimum: int
    maximum: int | None
    """None: unbounded."""
    types: tuple[ElementType, ...]
    is_summary: bool
    is_modifier: bool
    binding: str | None
    """Name of the value set of a required binding, if its codes are in the tables."""
    content: str | None
    """Path of the element whose children this one has (contentReference)."""

    @cached_property
    def name(self) -> str:
        """Last part of the path without `[x]`."""
        return self.path.rpartition(".")[2].removesuffix("[x]")

    @property
    def is_choice(self) -> bool:
        return self.path.endswith("[x]")

    @property
    def is_list(self) -> bool:
        return self.maximum is None or self.maximum > 1

    @property
    def is_backbone(self) -> bool:
        """Its children are defined in place, below its path."""
        return self.content is not None or self.types[0].code in _BACKBONES

    @cached_property
    def properties(self) -> tuple[str, ...]:
        """Names in JSON: one, or one per type of a choice (`deceasedBoolean`, `deceasedDateTime`)."""
        return tuple(self.name + kind.suffix for kind in self.types) if self.is_choice else (self.name,)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Resource types that a Reference here may point at; (`Resource`,) for any, () where it is no
        Reference."""
        references = [kind for kind in self.types if kind.code == "Reference"]
        return tuple(sorted({target for kind in references for target in kind.profiles or ("Resource",)}))


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, list[list[str]]]:
    """Rows of elements.csv by the type that their path begins with."""
    found: dict[str, list[list[str]]] = {}
    for row in _table("elements.csv"):
        found.setdefault(row[0].partition(".")[0], []).append(row)
    return found


def _table(name: str) -> Iterator[list[str]]:
    text = (resources.files("omop_fhir.fhir") / "r4" / name).read_text("utf-8")
    rows = csv.reader(text.splitlines())
    next(rows)
    return rows


def _element(row: list[str]) -> Element:
    path, minimum, maximum, types, summary, modifier, binding, content = row
    return Element(
        path=path,
        minimum=int(minimum),
        maximum=None if maximum == "*" else int(maximum),
        types=tuple(_type(text) for text in types.split()),
        is_summary=summary == "1",
        is_modifier=modifier == "1",
        binding=binding or None,
        content=content or None,
    )


@lru_cache(maxsize=4096)
def _type(text: str) -> ElementType:
    match = re.fullmatch(r"(\w+)(?:\(([^)]*)\))?", text)
    if match is None:
        raise ValueError(f"elements.csv has a malformed type {text!r}")
    return ElementType(match[1], tuple(match[2].split("|")) if match[2] else ())


@lru_cache(maxsize=256)
def elements(type_name: str) -> tuple[Element, ...]:
    """All elements of a resource type or datatype, nested ones too, in published order.

    Raises UnknownDefinition for a name that R4 does not have.
    """
    try:
        return tuple(_element(row) for row in _rows()[type_name])
    except KeyError:
        raise UnknownDefinition(f"FHIR R4 has no type {type_name!r}") from None


@lru_cache(maxsize=256)
def _by_path(type_name: str) -> Mapping[str, Element]:
    return {found.path: found for found in elements(type_name)}


def element(path: str) -> Element:
    """The element at a published path, `Patient.contact.name` or `Patient.deceased[x]` (also without `[x]`).

    Raises UnknownDefinition.
    """
    by_path = _by_path(path.partition(".")[0])
    found = by_path.get(path) or by_path.get(path + "[x]")
    if found is None:
        raise UnknownDefinition(f"FHIR R4 has no element {path!r}")
    return found


@lru_cache(maxsize=1024)
def children(path: str) -> tuple[Element, ...]:
    """Elements directly below a type (`Patient`) or a backbone element (`Patient.contact`), in published
    order."""
    prefix = path + "."
    all_elements = elements(path.partition(".")[0])
    return tuple(e for e in all_elements if e.path.startswith(prefix) and "." not in e.path[len(prefix) :])


def is_complete(type_name: str) -> bool:
    """Whether summary, modifier, bindings and reference targets of this type are known."""
    rows = _rows().get(type_name)
    if rows is None:
        raise UnknownDefinition(f"FHIR R4 has no type {type_name!r}")
    return rows[0][4] != ""


def mandatory(type_name: str) -> tuple[str, ...]:
    """Names of the top-level elements that every instance must have (min > 0)."""
    return tuple(found.name for found in children(type_name) if found.minimum > 0)


def summary(type_name: str) -> tuple[str, ...]:
    """Names of the top-level elements of `_summary=true` (https://hl7.org/fhir/R4/search.html#summary).

    A choice is named without its type. Where the marks are not known, all elements: a server may return more.
    """
    marked = is_complete(type_name)
    return tuple(found.name for found in children(type_name) if found.is_summary or not marked)


@lru_cache(maxsize=1)
def resource_types() -> frozenset[str]:
    """Names of the concrete resource types of R4."""
    return frozenset(name for name in schema_definitions() if _is_resource(name))


def _is_resource(name: str) -> bool:
    return bool(schema_definitions()[name].get("properties", {}).get("resourceType", {}).get("const") == name)


# Bindings


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, frozenset[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for value_set, system, code in _table("codes.csv"):
        found.setdefault(value_set, set()).add((system, code))
    return {name: frozenset(codings) for name, codings in found.items()}


def codings(value_set: str) -> frozenset[tuple[str, str]]:
    """(system, code) of a required value set, by the name that `Element.binding` gives. Raises
    UnknownDefinition."""
    try:
        return _codes()[value_set]
    except KeyError:
        raise UnknownDefinition(f"the R4 tables have no value set {value_set!r}") from None


@lru_cache(maxsize=256)
def codes(value_set: str) -> frozenset[str]:
    """The codes of a required value set. Raises UnknownDefinition."""
    return frozenset(code for _, code in codings(value_set))


# Compartments


@lru_cache(maxsize=8)
def compartment(name: str) -> Mapping[str, tuple[str, ...]]:
    """Type -> codes of the search parameters that put a resource into the compartment of a `Patient`,
    `Encounter`, `Practitioner`, `Device` or `RelatedPerson`
    (https://hl7.org/fhir/R4/compartmentdefinition.html).

    `{def}` among the codes means the resource that the compartment is named after. Raises UnknownDefinition.
    """
    rows = [row for row in _table("compartments.csv") if row[0] == name]
    if not rows:
        raise UnknownDefinition(f"FHIR R4 has no compartment {name!r}")
    return MappingProxyType({type_name: tuple(parameters.split()) for _, type_name, parameters in rows})


# JSON Schema


@lru_cache(maxsize=1)
def schema_definitions() -> Mapping[str, Any]:
    """`definitions` of the R4 JSON Schema (https://hl7.org/fhir/R4/json.html#schema) without prose, and with
    three errors mended: it allows null in arrays of primitives, ids and extensions of canonicals, and any
    character but XML's white space in the patterns' `\\S`."""
    packed = (resources.files("omop_fhir.fhir") / "r4" / "schema.json.gz").read_bytes()
    found: Mapping[str, Any] = orjson.loads(gzip.decompress(packed))["definitions"]
    return found


def schema_for(type_name: str) -> dict[str, Any]:
    """A JSON Schema (draft-07) of one type, holding only the definitions that it needs. Raises
    UnknownDefinition."""
    everything = schema_definitions()
    if type_name not in everything:
        raise UnknownDefinition(f"FHIR R4 has no type {type_name!r}")
    needed, waiting = {type_name}, [type_name]
    while waiting:
        fresh = set(_references(everything[waiting.pop()])) - needed
        needed |= fresh
        waiting += fresh
    reference = f"#/definitions/{type_name}"
    definitions = {name: everything[name] for name in sorted(needed)}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": reference,
        "definitions": definitions,
    }


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
