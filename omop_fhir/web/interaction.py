"""What a request asks for, by the name that FHIR gives it, for logs, metrics and limits; and what that costs.

https://hl7.org/fhir/R4/valueset-type-restful-interaction.html, https://hl7.org/fhir/R4/valueset-system-restful-interaction.html
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .history import HISTORY
from .target import EVERYTHING
from .validate import VALIDATE

_PAGES = {"/": "home", "/health/live": "live", "/health/ready": "ready", "/metrics": "metrics"}
_CHANGES = {"PUT": "update", "PATCH": "patch", "DELETE": "delete"}

OTHER = "other"


def interaction(method: str, path: Sequence[str]) -> str:
    """The interaction of a path below the FHIR base."""
    match path:
        case []:
            return "batch" if method == "POST" else "search-system"
        case ["metadata"]:
            return "capabilities"
        case [".well-known", *_]:
            return "smart-configuration"
        case [*_, operation] if operation in (EVERYTHING, VALIDATE):
            return operation
        case [*_, last] if last.startswith("$"):
            return "operation"
        case [*within, "_search"]:
            return _search(len(within))
        case [*instance, last] if last == HISTORY:
            return ("history-system", "history-type", "history-instance")[min(len(instance), 2)]
        case [_, _, middle, _] if middle == HISTORY:
            return "vread"
        case [_] if method == "POST":
            return "create"
        case [_, *_] if method in _CHANGES:
            return _CHANGES[method]
        case [_, _]:
            return "read"
        case _:
            return _search(len(path))


def _search(depth: int) -> str:
    return ("search-system", "search-type")[depth] if depth < 2 else "search-compartment"


def type_of(path: Sequence[str], known: Collection[str]) -> str:
    """The resource type that is asked for: the member's in a compartment."""
    if not path or path[0].startswith(("_", "$", ".")) or path[0] == "metadata":
        return ""
    type = path[2] if len(path) == 3 and not path[2].startswith(("_", "$")) else path[0]
    return type if type in known else OTHER


def page(path: str, known: Collection[str]) -> str:
    """What a path outside the FHIR base is, in one word; `known` are those that there are."""
    found = _PAGES.get(path)
    if found is not None:
        return found
    parts = path.split("/")
    if parts[1:2] == ["auth"]:
        return f"auth-{parts[2]}" if path in known else "auth"
    return "well-known" if parts[1:2] == [".well-known"] else OTHER


COST: dict[str, float] = {
    "live": 0.0,
    "ready": 0.0,
    "metrics": 0.0,
    "read": 1.0,
    "vread": 1.0,
    "capabilities": 5.0,
    "history-instance": 2.0,
    "search-type": 5.0,
    "search-compartment": 5.0,
    "search-system": 20.0,
    "history-type": 10.0,
    "history-system": 20.0,
    "$everything": 20.0,
    "$validate": 3.0,
    "create": 5.0,
    "update": 5.0,
    "patch": 5.0,
    "delete": 5.0,
}
"""Interaction -> what it takes from a client's budget, in units of a read; what is not here takes one."""
