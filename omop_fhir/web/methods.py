"""Which HTTP methods a path below the FHIR base takes (https://hl7.org/fhir/R4/http.html#summary)."""

from __future__ import annotations

from collections.abc import Sequence

from ..plan.compartment import NAMES as COMPARTMENTS
from .history import HISTORY
from .target import EVERYTHING
from .validate import VALIDATE

READING = ("GET", "HEAD")
CHANGING = ("PUT", "PATCH", "DELETE")


def methods(path: Sequence[str], *, writes: bool) -> tuple[str, ...]:
    """The methods beside OPTIONS, none where there is nothing; `writes`: can anything be written here?"""
    match path:
        case []:
            return (*READING, "POST")
        case [*within, "_search"]:
            return ("POST",) if is_searched(within) else ()
        case ["metadata"]:
            return READING
        case [*instance, last] if last == HISTORY:
            return READING if len(instance) <= 2 else ()
        case [_, *instance, operation] if operation == VALIDATE and len(instance) <= 1:
            return ("POST", *READING) if instance else ("POST",)
        case [type, _, middle, _] if middle == HISTORY:
            return READING if _is_name(type) else ()
        case [type, id] if _is_name(type) and _is_name(id):
            return (*READING, *(CHANGING if writes else ()))
        case [type] if _is_name(type):
            return (*READING, *(("POST", *CHANGING) if writes else ()))
        case [*_, operation] if operation == EVERYTHING and is_searched(path):
            return (*READING, "POST")
        case _:
            return READING if is_searched(path) else ()


def is_searched(path: Sequence[str]) -> bool:
    """Is it the path of a search: nothing, a type, a compartment and a type, or `$everything`?"""
    match path:
        case []:
            return True
        case [type]:
            return _is_name(type)
        case ["Patient", *_, operation] if operation == EVERYTHING:
            return len(path) <= 3
        case [compartment, _, member]:
            return compartment in COMPARTMENTS and _is_name(member)
        case _:
            return False


def _is_name(part: str) -> bool:
    return not part.startswith(("_", "$"))
