"""Elements as strings (https://hl7.org/fhir/R4/search.html#string): a text, or each part of a HumanName or Address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .entries import Found, StringEntry
from .kind import Kind
from .parameter import Parameter
from .path import Step

_NAME = ("text", "family")
_NAME_LISTS = ("given", "prefix", "suffix")
_ADDRESS = ("text", "city", "district", "state", "postalCode", "country")
_ADDRESS_LISTS = ("line",)


def text(parameter: Parameter, kind: Kind) -> Step:
    """string or markdown."""
    number = parameter.number()
    return lambda value, found: found.strings.append(StringEntry(number, value))


def parts(single: tuple[str, ...], several: tuple[str, ...]) -> Callable[[Parameter, Kind], Step]:
    """A datatype whose parts are searched, each for itself."""

    def compiled(parameter: Parameter, kind: Kind) -> Step:
        number = parameter.number()

        def add(value: Any, found: Found) -> None:
            for name in single:
                if (part := value.get(name)) is not None:
                    found.strings.append(StringEntry(number, part))
            for name in several:
                for part in value.get(name, ()):
                    if part is not None:
                        found.strings.append(StringEntry(number, part))

        return add

    return compiled


STRINGS: Mapping[str, Callable[[Parameter, Kind], Step]] = {
    "HumanName": parts(_NAME, _NAME_LISTS),
    "Address": parts(_ADDRESS, _ADDRESS_LISTS),
    "string": text,
    "markdown": text,
}
"""By datatype."""
