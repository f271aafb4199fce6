"""Which resource types are there: the sources of one, or why there are none; how it is searched, and what its ids may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..auth.grants import Grants
from ..errors import Invalid, MethodNotAllowed, NotFound
from ..mapping.bind import Bound
from ..plan.criteria import Criteria, Limits
from ..request.values import ID
from ..store.snapshot import Snapshot
from .context import Context

View: TypeAlias = Callable[[Snapshot], Snapshot]
"""What of a database an interaction works with."""

READING = "GET, HEAD, OPTIONS"
"""The methods that are left where nothing can be written."""


def sources(snapshot: Snapshot, type: str) -> tuple[Bound, ...]:
    """The sources of a type. Raises NotFound for a type that is not served, and says why."""
    found = snapshot.bounds.get(type)
    if found:
        return found
    reasons = [w.reason for w in snapshot.withdrawn if w.mapping.resource == type]
    served = ", ".join(snapshot.bounds) or "no type at all"
    why = f"{type} is not served ({reasons[0]})" if reasons else f"there is no resource type `{type}` here"
    raise NotFound(f"{why}; this server has {served}")


def check_writable(snapshot: Snapshot, type: str | None = None) -> None:
    """Raises MethodNotAllowed where this server only reads, or only reads the type; NotFound for a type that is not served."""
    if type is not None:
        sources(snapshot, type)
    if not snapshot.is_writable:
        raise MethodNotAllowed("nothing can be written to this server", READING)
    if type is not None and type not in snapshot.writable:
        raise MethodNotAllowed(f"{type} is only read here", READING)


def criteria_of(context: Context, grants: Grants, snapshot: Snapshot) -> Criteria:
    """What plans a caller's requests against one snapshot."""
    settings = context.settings
    limits = Limits(settings.chain_limit, settings.value_limit, settings.link_limit, settings.filter_limit)
    return Criteria(snapshot.bounds, snapshot.site, grants, context.base, limits, snapshot.caches.granted)


def check_url_id(type: str, id: str) -> None:
    """Raises Invalid for what in a URL cannot be an id."""
    if not ID.fullmatch(id):
        raise Invalid(f"`{id}` is not an id: 1 to 64 letters, digits, `-` and `.`", expression=f"{type}.id")
