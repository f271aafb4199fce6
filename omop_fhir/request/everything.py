"""The parameters of `$everything`: `start`, `end`, `_since`, `_type`, `_count`, and how resources are to look.

Name and value pairs enter, from the URL, a form or a Parameters resource; an `Everything` and the `SearchRequest` that pages
are made by leave. Rejected with Invalid: dates that are none, names that the operation does not have.
https://hl7.org/fhir/R4/operation-patient-everything.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import Invalid
from ..fhir.dates import date_range
from .search import SearchRequest, parse_search
from .shape import Pairs, single

_OWN = ("start", "end", "_since")
_SHARED = ("_count", "_type", "_elements", "_summary", "_total", "_format", "_pretty", "_explain")
NAMES = (*_OWN, *_SHARED)
_TYPES = {"start": "Date", "end": "Date", "_since": "Instant", "_type": "Code", "_count": "Integer"}
"""The types that the operation's definition gives its parameters."""


@dataclass(frozen=True, slots=True)
class Everything:
    """`start` and `end` are dates of care, `since` an instant or date of the last update, all as the client wrote them."""

    start: str | None
    end: str | None
    since: str | None


def parse_everything(pairs: Iterable[tuple[str, str]]) -> tuple[Everything, SearchRequest]:
    """What is asked for. Raises Invalid."""
    pairs = tuple(pairs)
    for name, _ in pairs:
        if name not in NAMES:
            possible = ", ".join(f"`{each}`" for each in (*_OWN, *_SHARED[:5]))
            raise Invalid(f"`$everything` has no parameter `{name}`; it has {possible}", expression=f"http.{name}")
    wanted = Everything(*(_date(pairs, name) for name in _OWN))
    request = parse_search(None, [pair for pair in pairs if pair[0] not in _OWN])
    own = tuple(pair for pair in pairs if pair[0] in _OWN)
    return wanted, replace(request, pairs=(*own, *request.pairs))


def _date(pairs: Pairs, name: str) -> str | None:
    text = single(pairs, name)
    if text is None:
        return None
    try:
        date_range(text)
    except ValueError as error:
        raise Invalid(f"`{name}`: {error}", expression=f"http.{name}") from None
    return text


def parameters(resource: Any) -> Pairs:
    """The pairs of a Parameters resource whose values are primitives. Raises Invalid for anything else."""
    if not isinstance(resource, Mapping) or resource.get("resourceType") != "Parameters":
        raise Invalid("the body is not a Parameters resource")
    given = resource.get("parameter", [])
    if not isinstance(given, list):
        raise Invalid("`parameter` is not a list", expression="Parameters.parameter")
    return tuple(_pair(each, f"Parameters.parameter[{number}]") for number, each in enumerate(given))


def _pair(given: Any, place: str) -> tuple[str, str]:
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise Invalid("a parameter has no `name`", expression=place)
    own = given["name"]
    values = {name: value for name, value in given.items() if name.startswith("value")}
    if len(values) != 1 or not isinstance(value := next(iter(values.values())), str | int) or isinstance(value, bool):
        raise Invalid(f"`{own}` has not one primitive value", expression=place)
    wanted = f"value{_TYPES[own]}" if own in _TYPES else next(iter(values))
    if wanted not in values or isinstance(value, int) != (wanted == "valueInteger"):
        raise Invalid(f"`{own}` has a `{wanted}`, and nothing else", expression=place)
    return own, str(value)
