"""Which resource types are there: the sources of one, or the reason why there are none."""

from __future__ import annotations

from ..errors import NotFound
from ..mapping.bind import Bound
from ..store.snapshot import Snapshot


def sources(snapshot: Snapshot, type: str) -> tuple[Bound, ...]:
    """The sources of a type. Raises NotFound for a type that is not served, and says why."""
    found = snapshot.bounds.get(type)
    if found:
        return found
    reasons = [w.reason for w in snapshot.withdrawn if w.mapping.resource == type]
    served = ", ".join(snapshot.bounds) or "no type at all"
    why = f"{type} is not served ({reasons[0]})" if reasons else f"there is no resource type `{type}` here"
    raise NotFound(f"{why}; this server has {served}")
