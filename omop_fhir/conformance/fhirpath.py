"""FHIRPath over a resource, as TestScripts and claims ask it.

What enters: parsed JSON and an expression (http://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html).
What leaves: the list of values, as JSON has them. What is rejected, with `PathError`: an expression that cannot be
parsed or run.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from ..fhir.fhirpath import compiled

_compiled = lru_cache(maxsize=4096)(compiled)


class PathError(ValueError):
    """An expression that cannot be evaluated; the message holds it."""


def evaluate(resource: Any, expression: str, root: Any = None) -> list[Any]:
    """The values of an expression, `%resource` being `root` or the resource itself. Raises PathError."""
    value, whole = (_plain(each, expression) for each in (resource, resource if root is None else root))
    context = {"resource": whole, "rootResource": whole, "context": value}
    try:
        found = _compiled(expression)(value, context)
        return [each for each in found if each is not None]
    except Exception as error:  # the library raises bare exceptions of many kinds
        raise PathError(f"FHIRPath {expression!r}: {_reason(error)}") from None


def _plain(value: Any, expression: str) -> Any:
    """The value without the extensions of primitives that have a value, unless the expression asks for some.

    fhirpathpy takes a primitive with extensions for two nodes, so that `birthDate.count()` would be 2.
    """
    return value if "extension" in expression.lower() else _without_shadows(value)


def _without_shadows(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_shadows(item) for key, item in value.items() if not _is_shadow(key, value)}
    return [_without_shadows(item) for item in value] if isinstance(value, list) else value


def _is_shadow(key: str, value: dict[str, Any]) -> bool:
    return key.startswith("_") and key[1:] in value


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[:300] if text else type(error).__name__


def holds(values: list[Any]) -> bool:
    """Whether a result means true: a single true, or (singleton evaluation) a single value that is no boolean."""
    return len(values) == 1 and values[0] is not False


def as_text(value: Any) -> str:
    """A value as TestScripts compare it: text, with JSON's `true` and `false`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
