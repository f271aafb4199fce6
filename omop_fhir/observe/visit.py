"""What is noted of one request while it is answered: what log, metrics and traces tell of it.

Names of interactions and types come from this server's own tables, ids of clients and accounts from its registrations; a request
id that a client chose is noted as it is only where it is opaque.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trace_context import TraceContext

_OPAQUE = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""As made here; a W3C trace id or a UUID without dashes; a UUID. Longer than what people are numbered by, except by intent."""


@dataclass(slots=True)
class Visit:
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


VISIT: ContextVar[Visit | None] = ContextVar("visit", default=None)
"""The request that the current task answers."""


def note_rows(count: int) -> None:
    """Add to the rows of the current request."""
    visit = VISIT.get()
    if visit is not None:
        visit.rows += count


def opaque(request: str) -> str:
    """A request id as logs may hold it: one that a client gave a meaning (somebody's number, say) only as a hash.

    >>> opaque("3f0e8a5c-58f6-4a55-9a4c-7a2f0d2d7c11")
    '3f0e8a5c-58f6-4a55-9a4c-7a2f0d2d7c11'
    >>> opaque("Jane-Doe-1970")
    'sha256:c985a795c6631427'
    """
    return request if _OPAQUE.fullmatch(request) else f"sha256:{sha256(request.encode()).hexdigest()[:16]}"
