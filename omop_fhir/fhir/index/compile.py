"""Search parameters compiled to one closure that makes all entries of a resource.

Of an element of several types those are indexed that the parameter's type can search; the others (a `Procedure.performedString`
of a date) have no entries, as R4 leaves no way to find them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from ...errors import ConfigurationError
from ..search_parameters import SearchParameter
from .date import DATES
from .entries import Entries, Found
from .expression import Child, Expression, Here, Unsupported, parse
from .kind import Kind
from .parameter import Parameter
from .path import Step, Then, route
from .quantity import NUMBERS, QUANTITIES
from .reference import REFERENCES, URIS
from .string import STRINGS
from .token import TOKENS

Index: TypeAlias = Callable[[Mapping[str, Any]], Entries]
"""Makes the entries of a resource."""

_KINDS: Mapping[str, Mapping[str, Callable[[Parameter, Kind], Step]]] = {
    "token": TOKENS,
    "string": STRINGS,
    "date": DATES,
    "number": NUMBERS,
    "quantity": QUANTITIES,
    "reference": REFERENCES,
    "uri": URIS,
}
_CODED = ("Coding", "Quantity")


def compile_index(type: str, parameters: Sequence[SearchParameter], site_zone: ZoneInfo | None, base: str) -> Index:
    """The closure that makes the entries of resources of a type.

    `site_zone` is the zone of the site's clock, None where it declares none; `base` the server's public base URL. Raises
    ConfigurationError, which names the parameter, for an expression that is not done here, and for composite and special
    parameters.
    """
    steps = [_step(parameter, Parameter(type, parameter.code, site_zone, base)) for parameter in parameters]

    def index(resource: Mapping[str, Any]) -> Entries:
        found = Found(resource)
        for step in steps:
            step(resource, found)
        return found.entries()

    return index


def _step(definition: SearchParameter, parameter: Parameter) -> Step:
    name = f"the search parameter `{parameter.type}.{parameter.code}`"
    kinds = _KINDS.get(definition.type)
    if kinds is None or not definition.expression:
        raise ConfigurationError(f"{name} cannot be indexed: it is {definition.type}, or has no expression")
    try:
        step = _routed(definition, parameter, kinds)
    except Unsupported as error:
        raise ConfigurationError(f"{name} cannot be indexed by `{definition.expression}`: {error}") from None
    if step is None:
        raise ConfigurationError(f"{name} cannot be indexed: `{definition.expression}` finds no {definition.type}")
    return step


def _routed(
    definition: SearchParameter, parameter: Parameter, kinds: Mapping[str, Callable[[Parameter, Kind], Step]]
) -> Step | None:
    def then(kind: Kind) -> Step | None:
        make = kinds.get(kind.code)
        return make(parameter, kind) if make else None

    expression, whole = parse(definition.expression), Kind(parameter.type, parameter.type)
    return _tokens(expression, whole, then) if definition.type == "token" else route(expression, whole, then)


def _tokens(expression: Expression, whole: Kind, then: Then) -> Step | None:
    """As `route`; but where a path ends at the code of a Coding, it is the Coding that is found, with its system."""
    if isinstance(expression, Child) and expression.name == "code":
        code = Child(Here(), "code")
        return route(expression.source, whole, lambda kind: then(kind) if kind.code in _CODED else route(code, kind, then))
    return route(expression, whole, then)
