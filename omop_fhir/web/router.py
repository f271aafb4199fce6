"""Path and method -> interaction, for everything below the FHIR base (https://hl7.org/fhir/R4/http.html#summary).

Segments are split before they are percent-decoded, so that an encoded slash never makes a path of its own.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Sequence
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..auth.grants import ANYONE, Grants, named
from ..errors import Forbidden, InvalidToken, MethodNotAllowed, NotFound, Unauthorized
from ..mapping.audit import AUDIT_EVENT
from ..observe.observed_request import ObservedRequest
from ..store.postgresql.route import reading_as
from .audit_event import audit_events, check_administers
from .bundle import bundle
from .context import Context
from .exchange import Exchange
from .failure import failure
from .history import HISTORY, history, vread
from .interaction import COST, interaction, type_of
from .metadata import metadata
from .methods import CHANGING, READING, is_searched, methods
from .read import read
from .search import search
from .smart import CONFIGURATION, smart_configuration
from .target import EVERYTHING
from .validate import VALIDATE, validate
from .write import create, delete, patch, update

_READ_ONLY = ": nothing can be written to this server"
_ONLY_READ = {AUDIT_EVENT: f": {AUDIT_EVENT} is only read and searched"}
_REFUSALS = ((InvalidToken, "invalid token"), (Unauthorized, "no token"), (Forbidden, "insufficient scope"))
_WRITES = {"PUT": update, "PATCH": patch, "DELETE": delete}


class FhirRouter:
    """Answers what is below the FHIR base, every failure with an OperationOutcome, and passes on all else to `app`."""

    def __init__(self, app: ASGIApp, context: Context, prefix: str) -> None:
        self.app = app
        self.context = context
        self.prefix = prefix
        self.depth = prefix.count("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{self.prefix}/"):
            await self.app(scope, receive, send)
            return
        try:
            scope["fhir_prefix"] = self.prefix
            exchange = Exchange(scope, receive, self.context.settings.url_limit)
            observed, path = scope["observed"], self._segments(scope)
            observed.interaction, observed.type = interaction(exchange.method, path), type_of(path, self.context.types)
            response = await self.context.admission.run(observed.interaction, exchange, lambda: self._respond(exchange))
        except Exception as error:
            self._note_refusal(error)
            response = failure(error, scope.get("request_id", "?"))
        await response(scope, receive, send)

    async def _respond(self, exchange: Exchange) -> Response:
        """The answer, audited; raises what refuses the request."""
        try:
            response = await self._answer(exchange)
        except (Exception, CancelledError) as error:
            self._note(exchange, error)
            raise
        self._note(exchange, None)
        return response

    def _note(self, exchange: Exchange, error: BaseException | None) -> None:
        touched = exchange.touched
        if touched.is_audited and not touched.is_kept:
            self.context.audit.record(touched.event(exchange.scope, error))

    async def _answer(self, exchange: Exchange) -> Response:
        path = self._segments(exchange.scope)
        exchange.touched.aim(exchange.method, path)
        exchange.touched.is_audited = exchange.method != "OPTIONS" and path not in (["metadata"], CONFIGURATION)
        if exchange.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": _listed(await self._methods(path))})
        if path == CONFIGURATION:
            return smart_configuration(exchange, self.context)
        exchange.check_acceptable()
        if path == ["metadata"]:
            await self._check_method(exchange, path)
            if exchange.place is not None:
                await self.context.admission.charge(exchange.scope, ANYONE, COST["capabilities"])
            return await metadata(exchange, self.context)
        self.context.audit.check()
        grants = await self.context.access.grants(exchange.header(b"authorization"))
        exchange.touched.caller = grants.caller
        if exchange.place is not None:  # what stands in a Bundle was charged with it
            observed: ObservedRequest = exchange.scope["observed"]
            observed.client, observed.account = named(grants), grants.caller.account
            await self.context.admission.charge(exchange.scope, grants, COST.get(observed.interaction, 1.0))
        with reading_as(grants.holder):
            if AUDIT_EVENT in (*path[:1], *path[2:3]) and exchange.method in (*READING, "POST"):
                return await self._audit_events(exchange, grants, path)
            await self._check_method(exchange, path)
            return await self._granted(exchange, path, grants)

    async def _granted(self, exchange: Exchange, path: list[str], grants: Grants) -> Response:
        match path:
            case [] if exchange.method == "POST":
                return await bundle(exchange, self.context, grants, self._respond)
            case [*_, "_search"]:
                await exchange.read_form(self.context.settings.body_limit)
                return await self._search(exchange, grants, path[:-1])
            case [*_, operation] if operation == EVERYTHING:
                if exchange.method == "POST":
                    await exchange.read_parameters(self.context.settings.body_limit)
                return await self._search(exchange, grants, path)
            case [*instance, last] if last == HISTORY:
                return await history(exchange, self.context, grants, *instance)
            case [type, id, middle, version] if middle == HISTORY:
                return await vread(exchange, self.context, grants, type, id, version)
            case [type, *instance, operation] if operation == VALIDATE:
                return await validate(exchange, self.context, grants, type, *instance)
            case [type] if exchange.method == "POST":
                return await create(exchange, self.context, grants, type)
            case [type, *instance] if exchange.method in CHANGING:
                return await _WRITES[exchange.method](exchange, self.context, grants, type, *instance)
            case [type, id] if not id.startswith(("_", "$")):
                return await read(exchange, self.context, grants, type, id)
            case _:
                return await self._search(exchange, grants, path)

    def _note_refusal(self, error: Exception) -> None:
        reason = next((reason for kind, reason in _REFUSALS if isinstance(error, kind)), None)
        if reason is not None:
            self.context.metrics.count("authentication_failures", reason)

    async def _audit_events(self, exchange: Exchange, grants: Grants, path: Sequence[str]) -> Response:
        check_administers(grants)
        if path[1:] and path[-1] == "_search":
            await exchange.read_form(self.context.settings.body_limit)
            return await audit_events(exchange, self.context, grants, path[:-1])
        await self._check_method(exchange, path)
        return await audit_events(exchange, self.context, grants, path)

    async def _methods(self, path: Sequence[str]) -> tuple[str, ...]:
        is_written = 1 <= len(path) <= 2 and path[0] not in ("metadata", AUDIT_EVENT)
        return methods(path, writes=is_written and (await self.context.facade.snapshot()).is_writable)

    async def _check_method(self, exchange: Exchange, path: Sequence[str]) -> None:
        """Raises MethodNotAllowed for a method that the path does not take, NotFound where there is nothing."""
        if exchange.method in READING and READING[0] in methods(path, writes=False):
            return
        taken = await self._methods(path)
        if not taken:
            raise _unknown(path)
        if exchange.method not in taken:
            why = "" if exchange.method not in methods(path, writes=True) else _ONLY_READ.get(path[0], _READ_ONLY)
            allow = _listed(taken)
            raise MethodNotAllowed(f"{exchange.method} is not supported here{why}; possible are {allow}", allow)

    async def _search(self, exchange: Exchange, grants: Grants, path: list[str]) -> Response:
        """A search of the system, a type or a compartment, or `$everything`, by GET or by POST."""
        if not is_searched(path):
            raise _unknown(path)
        exchange.check_acceptable()
        return await search(exchange, self.context, grants, path)

    def _segments(self, scope: Scope) -> list[str]:
        """Decoded segments below the base; one trailing slash does not count."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        parts = raw.decode("latin-1").removesuffix("/").split("/")[1 + self.depth :]
        return [unquote(part) for part in parts]


def _listed(taken: Sequence[str]) -> str:
    return ", ".join((*taken, "OPTIONS"))


def _unknown(path: Sequence[str]) -> Exception:
    return NotFound(f"there is nothing at `{'/'.join(path)}`: this server reads [type]/[id] and searches [type]?...")
