"""Elements as tokens (https://hl7.org/fhir/R4/search.html#token): codes, identifiers, contact points, booleans.

An element enters, its entries leave. A code has the system of its value set where that is required and has but one.
`Identifier.type` has entries of its own for `:of-type`: `system|code` of the type in place of the system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ..definitions import codings
from .entries import Found, TokenEntry
from .kind import Kind
from .parameter import Parameter
from .path import Step


def coding(parameter: Parameter, kind: Kind) -> Step:
    """Coding, and the system and code of a Quantity."""
    number = parameter.number()

    def add(value: Any, found: Found) -> None:
        entry = TokenEntry(number, value.get("system"), value.get("code"), value.get("display"))
        if entry[1:] != (None, None, None):
            found.tokens.append(entry)

    return add


def concept(parameter: Parameter, kind: Kind) -> Step:
    """CodeableConcept: each coding, and the text."""
    number, each = parameter.number(), coding(parameter, kind)

    def add(value: Any, found: Found) -> None:
        for item in value.get("coding", ()):
            each(item, found)
        text = value.get("text")
        if text is not None:
            found.tokens.append(TokenEntry(number, None, None, text))

    return add


def identifier(parameter: Parameter, kind: Kind) -> Step:
    """Identifier: system and value, the text of its type, and its types with the value for `:of-type`."""
    add_token, typed = identified(parameter.number()), parameter.number("of-type")

    def add(value: Any, found: Found) -> None:
        add_token(value, found)
        text = value.get("value")
        if text is not None and "type" in value:
            for each in value["type"].get("coding", ()):
                if "system" in each and "code" in each:
                    found.tokens.append(TokenEntry(typed, type_system(each["system"], each["code"]), text, None))

    return add


def type_system(system: str, code: str) -> str:
    """What stands for the system of an identifier of this type in the entries for `:of-type`."""
    return f"{system}|{code}"


def identified(number: int) -> Step:
    """An Identifier by its system and value alone."""

    def add(value: Any, found: Found) -> None:
        words = value["type"].get("text") if "type" in value else None
        entry = TokenEntry(number, value.get("system"), value.get("value"), words)
        if entry[1:] != (None, None, None):
            found.tokens.append(entry)

    return add


def contact(parameter: Parameter, kind: Kind) -> Step:
    """ContactPoint: the value, which has no system."""
    number = parameter.number()

    def add(value: Any, found: Found) -> None:
        text = value.get("value")
        if text is not None:
            found.tokens.append(TokenEntry(number, None, text, None))

    return add


def code(parameter: Parameter, kind: Kind) -> Step:
    """code; also id, string and uri, which have no system."""
    number, systems = parameter.number(), _systems(kind.binding) if kind.binding else {}

    def add(value: Any, found: Found) -> None:
        found.tokens.append(TokenEntry(number, systems.get(value), value, None))

    return add


@lru_cache(maxsize=256)
def _systems(value_set: str) -> Mapping[str, str | None]:
    found: dict[str, str | None] = {}
    for system, code in codings(value_set):
        found[code] = None if code in found else system
    return found


def boolean(parameter: Parameter, kind: Kind) -> Step:
    """boolean: `true` or `false`."""
    number = parameter.number()
    entries = {True: TokenEntry(number, None, "true", None), False: TokenEntry(number, None, "false", None)}
    return lambda value, found: found.tokens.append(entries[value])


TOKENS: Mapping[str, Callable[[Parameter, Kind], Step]] = {
    "Coding": coding,
    "CodeableConcept": concept,
    "Identifier": identifier,
    "ContactPoint": contact,
    "Quantity": coding,
    "boolean": boolean,
    **dict.fromkeys(("code", "id", "string", "uri"), code),
}
"""By datatype."""
