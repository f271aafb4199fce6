"""A resource -> searches that must find it, from the values that the official SearchParameter expressions find in it.

https://hl7.org/fhir/R4/search.html. What no search can name is left out: a code without its text, a Period without bounds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from omop_fhir.fhir.search_parameters import search_parameter
from tests.oracle import rules
from tests.oracle.population import Population

JSON = dict[str, Any]
Pair = tuple[str, str]
_CONTACTS = ("email", "phone", "telecom")
"""A ContactPoint has a system, which no token search names."""
_DECEASED = ("deceased", "death-date")
_MOST = 2
"""Values of one parameter that are asked for."""
_MOMENT = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)


def queries(resource: JSON, codes: Iterable[str]) -> Iterator[Pair]:
    """Names and values of searches that find the resource, by the parameters of these codes."""
    population, key = Population([resource]), (resource["resourceType"], resource["id"])
    for code in codes:
        if code in _DECEASED and any(name.startswith("_deceased") for name in resource):
            continue  # fhirpathpy takes a value and what stands beside it for two, and an extension alone for a value
        values = [value for value in population.values(key, code) if value is not None]
        found = (pair for value in values for pair in _pairs(key[0], code, value))
        for number, pair in enumerate(dict.fromkeys(found)):
            if number < _MOST:
                yield pair


def _pairs(type: str, code: str, value: Any) -> Iterator[Pair]:
    parameter = search_parameter(type, code)
    assert parameter is not None
    match parameter.type:
        case "token":
            yield from _tokens(f"{type}.{code}", code, value)
        case "string":
            yield from ((f"{code}:exact", escaped(text)) for text in _strings(value) if _can_be_asked(text))
        case "date":
            yield from _dates(code, value)
        case "quantity" | "number":
            yield from _quantities(code, value)
        case "reference":
            yield from _references(code, value)
        case "uri" if isinstance(value, str):
            yield code, escaped(value)


def _tokens(place: str, code: str, value: Any) -> Iterator[Pair]:
    if isinstance(value, dict) and not ({"value", "coding", "code"} & set(value)):
        return
    for each in rules.codes(place, value):
        if not isinstance(each.code, str) or not _can_be_asked(each.code):
            continue
        yield code, escaped(each.code)
        if code not in _CONTACTS and isinstance(each.system, str) and _can_be_asked(each.system):
            yield code, f"{escaped(each.system)}|{escaped(each.code)}"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str | dict):
        yield from (text for text in rules.strings(value) if text is not None)


def _dates(code: str, value: Any) -> Iterator[Pair]:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        yield code, value
    for name, prefix in (("start", "ge"), ("end", "le")) if isinstance(value, dict) else ():
        text = value.get(name)
        if isinstance(text, str) and _MOMENT.fullmatch(text):
            yield code, prefix + text


def _quantities(code: str, value: Any) -> Iterator[Pair]:
    if isinstance(value, dict) and "comparator" in value:  # a range, which no number is equal to
        return
    number = value.get("value") if isinstance(value, dict) else value
    if isinstance(number, int | Decimal | float) and not isinstance(value, bool):
        yield code, str(number)


def _references(code: str, value: Any) -> Iterator[Pair]:
    if not isinstance(value, dict):
        return
    reference, identifier = value.get("reference"), value.get("identifier", {})
    if reference is not None and not reference.startswith("#"):
        yield code, escaped(reference)
    if _can_be_asked(identifier.get("value") or "") and identifier.get("system"):
        yield f"{code}:identifier", f"{escaped(identifier['system'])}|{escaped(identifier['value'])}"


def escaped(text: str) -> str:
    """The text as a value, where `\\`, `,`, `|` and `$` mean themselves."""
    return re.sub(r"([\\,|$])", r"\\\1", text)


def _can_be_asked(text: str) -> bool:
    """Is it a value? A parameter that is blank is none."""
    return bool(text.strip()) and not any(unicodedata.category(c) == "Cs" for c in text)
