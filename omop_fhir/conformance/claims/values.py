"""The values that a search for a resource would use.

What enters: a search parameter and a resource. What leaves: values that find the resource, and one that does not. What
R4 does not define, or cannot be told from the data, gives none. https://hl7.org/fhir/R4/search.html#ptypes
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from omop_fhir.fhir.search_parameters import Component, SearchParameter, is_boolean, parameter_type

from ..fhirpath import PathError, as_text, evaluate

Resource = Mapping[str, Any]
_RESOLVE = re.compile(r"\.where\(resolve\(\) is (\w+)\)")
_BASE = re.compile(r"^(Resource|DomainResource)\.")


@dataclass(frozen=True, slots=True)
class Value:
    """One way to search for what is there."""

    text: str
    """As in a URL, escaped but not encoded."""
    how: str
    """In words: `system and code`."""


OTHER: Mapping[str, str] = {
    "token": "no-such-code", "string": "zzzzqqqqzzzz", "date": "1201", "number": "987654321", "quantity": "987654321",
    "reference": "no-such-id-0", "uri": "urn:x-no-such:uri", "special": "0|-160|1|km",
}  # fmt: skip
"""Values that nothing has, by the type of the parameter; R4's one special parameter is Location's `near`, and there is sea."""


def other(parameter: SearchParameter, type: str, found: tuple[Value, ...] = ()) -> str:
    """A value of the parameter that nothing has; of a boolean the one that what was found has not, of a reference one like it."""
    if found and is_boolean(type, parameter):
        return "false" if found[0].text == "true" else "true"
    if found and parameter.type == "reference" and "://" not in found[0].text:
        return f"{found[0].text.rpartition('/')[0]}/{OTHER['reference']}"
    if parameter.type != "composite":
        return OTHER.get(parameter.type, "x")
    return "$".join(OTHER.get(parameter_type(part.definition) or "", "x") for part in parameter.components)


def values(parameter: SearchParameter, resource: Resource) -> tuple[Value, ...]:
    """Ways to find the resource by the parameter; none where it has no value, or none that can be told."""
    if parameter.type == "composite":
        return next(filter(None, _composites(parameter, resource)), ())
    maker = _MAKERS.get(parameter.type)
    found = (tuple(maker(seen)) for seen in elements(parameter, resource)) if maker else ()
    return tuple(way for way in next(filter(None, found), ()) if way.how != "id" or len(parameter.targets) == 1)


def elements(parameter: SearchParameter, resource: Resource) -> list[Any]:
    """The elements that the parameter searches; none where its expression cannot be evaluated here."""
    return _evaluated(resource, _BASE.sub("", _RESOLVE.sub(_of_type, parameter.expression)))


def _evaluated(resource: Resource, expression: str) -> list[Any]:
    try:
        return evaluate(resource, expression)
    except PathError:
        return []


def _composites(parameter: SearchParameter, resource: Resource) -> Iterator[tuple[Value, ...]]:
    """Of each element the values of all components together (https://hl7.org/fhir/R4/search.html#composite).

    Each part of a union is taken for itself, since fhirpathpy forgets the types of elements that were united.
    """
    united = parameter.expression.split(" | ")
    found = ((each, index) for each in united for index in range(len(_evaluated(resource, each))))
    for element in (f"({each})[{index}]" for each, index in found):
        parts = [list(_component(part, element, resource)) for part in parameter.components]
        size = max(map(len, parts)) if all(parts) else 0
        ways = (tuple(part[min(number, len(part) - 1)] for part in parts) for number in range(size))
        yield tuple(Value("$".join(way.text for way in each), " and ".join(way.how for way in each)) for each in ways)


def _component(part: Component, element: str, resource: Resource) -> Iterator[Value]:
    """The ways to find one component. R4 writes the type dateTime with a capital there."""
    maker = _MAKERS.get(parameter_type(part.definition) or "")
    expression = part.expression.replace("(DateTime)", "(dateTime)")
    if maker is not None:
        for seen in _evaluated(resource, f"{element}.select({expression})"):
            yield from maker(seen)


def _of_type(match: re.Match[str]) -> str:
    """fhirpathpy resolves no references; what they point at is read off them."""
    return f".where(reference.startsWith('{match[1]}/') or reference.contains('/{match[1]}/'))"


def escaped(text: str) -> str:
    """With a backslash before what separates values (https://hl7.org/fhir/R4/search.html#escaping), and encoded."""
    text = re.sub(r"([\\$,|])", r"\\\1", text)
    return "".join(_ENCODED.get(char, char) for char in text)


_ENCODED = {char: f"%{ord(char):02X}" for char in "%&#+;"}


def _token(seen: Any) -> Iterator[Value]:
    if isinstance(seen, bool | str):
        yield Value(escaped(as_text(seen)), "code")
    elif isinstance(seen, Mapping) and "coding" in seen:
        for coding in (c for c in seen["coding"] if "code" in c):
            yield from _coded(coding, "code")
            return
    elif isinstance(seen, Mapping):
        yield from _coded(seen, "code" if "code" in seen else "value")


def _coded(seen: Mapping[str, Any], key: str) -> Iterator[Value]:
    if key not in seen:
        return
    text = escaped(str(seen[key]))
    yield Value(text, key)
    if ":" in str(seen.get("system", "")):  # a URI; of a ContactPoint it is a code, which no search names
        yield Value(f"{escaped(seen['system'])}|{text}", f"system and {key}")


def _string(seen: Any) -> Iterator[Value]:
    if isinstance(seen, str):
        yield Value(escaped(seen), "value")
        yield Value(escaped(seen[:1]), "beginning")
    elif isinstance(seen, Mapping):
        texts = (seen.get(name) for name in ("family", "city", "text", "state", "postalCode", "country", "given", "line"))
        flat = (text[0] if isinstance(text, list) else text for text in texts if text)
        text = next((text for text in flat if isinstance(text, str)), None)
        if text is not None:
            yield Value(escaped(text), "part")


def _date(seen: Any) -> Iterator[Value]:
    start = seen.get("start") if isinstance(seen, Mapping) else seen
    if isinstance(start, str):
        if not isinstance(seen, Mapping):
            yield Value(escaped(start), "equal")
            yield Value(f"le{escaped(start)}", "until")
        yield Value(f"ge{escaped(start)}", "from")
        yield Value("gt1201", "after")
    elif isinstance(seen, Mapping) and isinstance(seen.get("end"), str):
        yield Value(f"le{escaped(seen['end'])}", "until")


def _number(seen: Any) -> Iterator[Value]:
    if isinstance(seen, int | float | Decimal) and not isinstance(seen, bool):
        yield Value(as_text(seen), "equal")
        yield Value(f"ge{as_text(seen)}", "from")


def _quantity(seen: Any) -> Iterator[Value]:
    amount = seen.get("value") if isinstance(seen, Mapping) else None
    if amount is None:
        return
    yield Value(f"ge{as_text(amount)}", "from")
    if "code" in seen and "system" in seen:
        yield Value(f"{as_text(amount)}|{escaped(seen['system'])}|{escaped(seen['code'])}", "equal, with its unit")


def _reference(seen: Any) -> Iterator[Value]:
    text = seen.get("reference") if isinstance(seen, Mapping) else seen
    if not isinstance(text, str) or text.startswith("#"):
        return
    yield Value(escaped(text), "reference")
    if "://" not in text and text.count("/") == 1:
        yield Value(escaped(text.partition("/")[2]), "id")


def _uri(seen: Any) -> Iterator[Value]:
    if isinstance(seen, str):
        yield Value(escaped(seen), "value")


def _special(seen: Any) -> Iterator[Value]:
    """`near`: what lies within a distance of a point (https://hl7.org/fhir/R4/location.html#search)."""
    latitude, longitude = (seen.get(name) if isinstance(seen, Mapping) else None for name in ("latitude", "longitude"))
    if latitude is not None and longitude is not None:
        yield Value(f"{as_text(latitude)}|{as_text(longitude)}|1|km", "at its place")


_MAKERS: Mapping[str, Callable[[Any], Iterator[Value]]] = {
    "token": _token, "string": _string, "date": _date, "number": _number, "quantity": _quantity,
    "reference": _reference, "uri": _uri, "special": _special,
}  # fmt: skip
