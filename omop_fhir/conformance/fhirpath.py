"""FHIRPath over a resource; the only door to fhirpathpy.

What enters: parsed JSON and an expression (http://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html).
What leaves: the list of values, as JSON has them. What is rejected, with `PathError`: an expression that cannot be
parsed or run.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from fhirpathpy import compile
from fhirpathpy.models import models

_R4 = models["r4"]


class PathError(ValueError):
    """An expression that cannot be evaluated; the message holds it."""


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Callable[..., list[Any]]:
    return compile(expression, _R4)


def evaluate(resource: Any, expression: str, root: Any = None) -> list[Any]:
    """The values of an expression, `%resource` being `root` or the resource itself. Raises PathError."""
    whole = resource if root is None else root
    context = {"resource": whole, "rootResource": whole, "context": resource}
    try:
        return list(_compiled(expression)(resource, context))
    except Exception as error:  # the library raises bare exceptions of many kinds
        raise PathError(f"FHIRPath {expression!r}: {_reason(error)}") from None


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
