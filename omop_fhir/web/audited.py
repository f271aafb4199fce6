"""One line for who answers a request to say what happened: the event gets the request's id and the client's address."""

from __future__ import annotations

from starlette.types import Scope

from ..auth.audit import Audit, Event, Kind, Outcome
from ..auth.grants import Caller


def note(
    audit: Audit, scope: Scope, kind: Kind, caller: Caller, outcome: Outcome = "success", reason: str | None = None
) -> None:
    """Record what happened in the request of an ASGI scope."""
    request, address = scope.get("request_id"), scope.get("client_address")
    audit.record(Event(kind, caller, outcome, reason, request=request, address=address))
