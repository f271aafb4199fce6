"""Resources compared: what a client sent, and what it gets back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

JSON = dict[str, Any]
_SERVERS = ("versionId", "lastUpdated")


def sent(resource: JSON) -> Any:
    """What of a resource must come back: all but its id, and version and time of its meta. Decimals become their digits."""
    meta = {name: value for name, value in resource.get("meta", {}).items() if name.lstrip("_") not in _SERVERS}
    rest = {name: value for name, value in resource.items() if name not in ("id", "meta")}
    return exact(rest | ({"meta": meta} if meta else {}))


def exact(value: Any) -> Any:
    """The value with decimals as their digits, which `==` does not look at."""
    if isinstance(value, Mapping):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return f"decimal {value}" if isinstance(value, Decimal) else value


def rewritten(value: Any, places: Mapping[str, str]) -> Any:
    """The value with references as the server rewrites them."""
    if isinstance(value, dict):
        return {name: rewritten(item, places) for name, item in value.items()}
    if isinstance(value, list):
        return [rewritten(item, places) for item in value]
    return places.get(value, value) if isinstance(value, str) else value
