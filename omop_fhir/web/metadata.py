"""capabilities: `GET [base]/metadata` (https://hl7.org/fhir/R4/http.html#capabilities)."""

from __future__ import annotations

from starlette.responses import Response

from ..auth.access import OpenAccess, TokenAccess
from ..capability import Keeping, capability_statement
from ..errors import NotSupported
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange, to_json

_MODES = ("full", "normative")


async def metadata(exchange: Exchange, context: Context) -> Response:
    """The CapabilityStatement for the database as it is now; no token is needed."""
    mode = exchange.parameter("mode")
    if mode is not None and mode not in _MODES:
        raise NotSupported(f"`mode={mode}` is not supported; possible are {', '.join(_MODES)}", expression="http.mode")

    async def work(snapshot: Snapshot) -> bytes:
        secured = not isinstance(context.access, OpenAccess)
        writable = snapshot.writable if context.access.may_write else frozenset()
        keeping = Keeping(frozenset(snapshot.versions), writable, context.settings.delete_many)
        events = None if isinstance(context.access, TokenAccess) else snapshot.audit
        statement = capability_statement(
            context.base, snapshot.bounds, site=snapshot.site, secured=secured, started=snapshot.taken, keeping=keeping,
            smart=context.smart, audit=events.bounds if events else None,
        )  # fmt: skip
        return to_json(statement)

    return exchange.answer(await context.facade.attempt(work))
