"""A search as the client asks for it: criteria, and how the result is to look.

Name and value pairs enter, from the URL and from a form; a `SearchRequest` leaves. What is unknown to R4 is refused
here; what R4 knows and this database cannot answer is refused in `plan`.
https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import Invalid, NotSupported, Problem
from ..fhir.definitions import children, summary
from ..fhir.search_parameters import SearchParameter, search_parameter
from ..fhir.values import ReferenceValue, SearchValue
from .values import parse

Pairs = tuple[tuple[str, str], ...]

RESULT_PARAMETERS = ("_count", "_elements", "_format", "_pretty", "_summary")
SUMMARIES = ("true", "text", "data", "count", "false")
VALUE_LIMIT = 1000
"""A search with more values than this would keep the database's planner busier than its disks."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One occurrence of a parameter: any of its values must match."""

    code: str
    values: tuple[SearchValue, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Which top-level elements are wanted; None: all. `count`: only the number of matches."""

    elements: frozenset[str] | None = None
    count: bool = False


WHOLE = Shape()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A parsed search-type request. `pairs` are the parameters as given, for the self link."""

    type: str
    criteria: tuple[Criterion, ...]
    count: int | None
    shape: Shape
    pairs: Pairs


def parse_search(
    type: str, pairs: Iterable[tuple[str, str]], base: str, possible: Sequence[str] | None = None
) -> SearchRequest:
    """The search of `type` that name and value pairs ask for; `base` is the server's public base URL.

    `possible` are the codes of the parameters that can be answered; None: leave that to `plan`.
    Raises Invalid for a malformed value, NotSupported for what this server does not do.
    """
    pairs = tuple(pairs)
    given = [pair for pair in pairs if pair[0] not in RESULT_PARAMETERS]
    criteria = tuple(_criterion(type, name, value, base, possible) for name, value in given)
    if sum(len(criterion.values) for criterion in criteria) > VALUE_LIMIT:
        raise Invalid(f"a search takes at most {VALUE_LIMIT} values: ask for fewer at a time")
    kept = tuple(pair for pair in pairs if pair[0] not in ("_format", "_pretty"))
    count = _count(pairs)
    shape = parse_shape(type, pairs)
    return SearchRequest(type, criteria, count, Shape(count=True) if count == 0 else shape, kept)


def _criterion(type: str, name: str, value: str, base: str, possible: Sequence[str] | None) -> Criterion:
    code, colon, modifier = name.partition(":")
    definition = search_parameter(type, code.partition(".")[0])
    if definition is None or (possible is not None and "." not in name and code not in possible):
        raise _impossible(type, name, code, definition, possible)
    if "." in name:
        raise NotSupported(f"chained parameters such as `{name}` are not supported", expression=f"http.{name}")
    values = parse(code, definition.type, value, base)
    return Criterion(code, _typed(name, modifier, definition, values) if colon else values)


def _impossible(
    type: str, name: str, code: str, definition: SearchParameter | None, possible: Sequence[str] | None
) -> Problem:
    listed = f"; possible are {', '.join(f'`{each}`' for each in (*possible, *RESULT_PARAMETERS))}" if possible else ""
    if definition is None:
        return Invalid(f"`{code}` is not a search parameter of {type}{listed}", expression=f"http.{name}")
    return NotSupported(f"{type} cannot be searched by `{code}` here{listed}", expression=f"http.{name}")


def _typed(
    name: str, modifier: str, definition: SearchParameter, values: tuple[SearchValue, ...]
) -> tuple[SearchValue, ...]:
    """Reference values under a modifier that names their type, the only one there is so far."""
    if modifier not in definition.targets:
        types = ", ".join(f"`:{target}`" for target in definition.targets) or "none"
        raise NotSupported(
            f"the modifier `:{modifier}` of `{definition.code}` is not supported; possible are {types}",
            expression=f"http.{name}",
        )
    references = [value for value in values if isinstance(value, ReferenceValue)]
    if any(value.type not in (None, "", modifier) for value in references):
        raise Invalid(f"the value of `{name}` is not a {modifier}", expression=f"http.{name}")
    return tuple(value if value.type == "" else ReferenceValue(modifier, value.id) for value in references)


def _single(pairs: Pairs, name: str) -> str | None:
    values = [value for key, value in pairs if key == name]
    if len(values) > 1:
        raise Invalid(f"`{name}` is given {len(values)} times", expression=f"http.{name}")
    return values[0] if values else None


def _count(pairs: Pairs) -> int | None:
    text = _single(pairs, "_count")
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise Invalid(f"`_count={text}` is not a number of resources", expression="http._count")
    return int(text)


def parse_shape(type: str, pairs: Iterable[tuple[str, str]]) -> Shape:
    """The shape that `_summary` and `_elements` ask for (https://hl7.org/fhir/R4/search.html#summary)."""
    pairs = tuple(pairs)
    wanted, elements = _single(pairs, "_summary"), _single(pairs, "_elements")
    if wanted is not None and elements is not None:
        raise Invalid("`_summary` and `_elements` exclude each other", expression="http._elements")
    if wanted is not None and wanted not in SUMMARIES:
        raise Invalid(f"`_summary={wanted}` is none of {', '.join(SUMMARIES)}", expression="http._summary")
    if elements is not None:
        return Shape(_elements(type, elements))
    return _summary(type, wanted)


def _elements(type: str, text: str) -> frozenset[str]:
    names = frozenset(name.strip().removeprefix(f"{type}.") for name in text.split(","))
    known = {element.name for element in children(type)}
    wrong = sorted(name for name in names if name not in known)
    if wrong:
        raise Invalid(f"`{wrong[0]}` is not the name of a top-level element of {type}", expression="http._elements")
    return names | _always(type)


def _summary(type: str, wanted: str | None) -> Shape:
    match wanted:
        case "true":
            return Shape(frozenset(summary(type)) | _always(type))
        case "text":
            return Shape(frozenset({"text", *_always(type)}))
        case "data":
            return Shape(frozenset(element.name for element in children(type)) - {"text"})
        case "count":
            return Shape(count=True)
        case _:
            return WHOLE


def _always(type: str) -> frozenset[str]:
    """Elements that a subset keeps in any case: without them the resource would not be valid, or would mislead."""
    required = (element.name for element in children(type) if element.minimum or element.is_modifier)
    return frozenset(required)
