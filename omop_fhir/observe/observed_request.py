"""What is noted of one request while it is answered: what log, metrics and traces tell of it.

Names of interactions and types come from this server's own tables, ids of clients and accounts from its registrations.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trace_context import TraceContext


@dataclass(slots=True)
class ObservedRequest:
    """One request. `start` is in seconds of `perf_counter`."""

    request: str
    start: float
    interaction: str = ""
    """As FHIR names it (`read`, `search-type`), an operation (`$everything`), or a page of this server (`ready`)."""
    type: str = ""
    """A resource type that is mapped here, else `other`, or nothing where no type is asked for."""
    rows: int = 0
    """Rows of resources that the database gave."""
    client: str | None = None
    account: str | None = None
    trace: TraceContext | None = None
    """Its place in a trace, where it is part of one."""


OBSERVED: ContextVar[ObservedRequest | None] = ContextVar("observed", default=None)
"""The request that the current task answers."""


def note_rows(count: int) -> None:
    """Add to the rows of the current request."""
    observed = OBSERVED.get()
    if observed is not None:
        observed.rows += count
