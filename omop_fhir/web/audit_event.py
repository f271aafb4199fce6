"""AuditEvent: read and searched like any other type, by those who administer this server, and by nobody else.

`GET [base]/AuditEvent/[id]`, `GET [base]/AuditEvent?...`, `GET [base]/Patient/[id]/AuditEvent`, each search by POST too. Not even
a patient reads the events about himself, unless he has such a role: they tell who works where, and when.
https://hl7.org/fhir/R4/auditevent.html
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from ..auth.grants import ALL_TYPES, READING, Grants, Permission
from ..errors import Forbidden, NotFound
from ..mapping.audit import AUDIT_EVENT
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange
from .read import read
from .search import search


def check_administers(grants: Grants) -> None:
    """Raises Forbidden for all but those who administer this server."""
    if not grants.administers:
        raise Forbidden("only those who administer this server may read AuditEvent")


async def audit_events(exchange: Exchange, context: Context, grants: Grants, path: Sequence[str]) -> Response:
    """The event, or a page of events, for one who administers."""
    allowed = Grants(grants.holder, (Permission(ALL_TYPES, READING),), caller=grants.caller, administers=True)
    match path:
        case [_] | [_, _, "AuditEvent"]:
            return await search(exchange, context, allowed, path, of=_events)
        case [_, id]:
            return await read(exchange, context, allowed, AUDIT_EVENT, id, of=_events)
        case _:
            raise NotFound(f"there is nothing at `{'/'.join(path)}`: AuditEvent is read and searched")


def _events(snapshot: Snapshot) -> Snapshot:
    """The events alone. Raises NotFound where they go to the log."""
    if snapshot.audit is None:
        raise NotFound("the audit of this server is in its log: it has no schema of its own")
    return snapshot.audit
