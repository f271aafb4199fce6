"""Around every request: an id that comes in or is made and goes out, and what is noted of it in log and metrics.

Nothing is noted that a client wrote: no query, no id of a resource, no token; of a path its shape.
"""

from __future__ import annotations

import re
from secrets import token_hex
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import Misdirected, NotFound
from ..observe.trace_context import TraceContext, received
from ..observe.visit import VISIT, Visit
from .context import Context
from .failure import failure
from .interaction import page

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_WORD = re.compile(
    r"fhir|health|live|ready|metrics|metadata|\.well-known|smart-configuration"
    r"|auth|authorize|next|sign-in|patient|emergency|consent|account|launch|clients|token|introspect|revoke|jwks"
    r"|_search|_history|\$everything|\$validate|",
    re.ASCII,
)
REFUSAL = "omop_fhir.refusal"
"""Key of the ASGI scope: the Problem for which the request is refused whatever it asks."""
_NOTHING_ELSE = NotFound("there is nothing here but `/metrics`")
GONE = 499
"""Noted as the status where the client went away before the answer began."""


_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers"""


class Envelope:
    """Gives each HTTP request its id, and notes how it was answered."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self.app = app
        self.context = context
        https = context.base.startswith("https:")
        self._always = (*_ALWAYS, (b"strict-transport-security", b"max-age=31536000")) if https else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, parent = _named(scope)
        scope["request_id"] = request_id
        visit = scope["visit"] = Visit(request_id, perf_counter(), trace=parent)
        tracing, span = self.context.tracing, None
        if tracing is not None:
            span, visit.trace = tracing.begin(_method(scope), parent)
        VISIT.set(visit)
        scope["client_address"] = self.context.addresses.client(scope)
        begun, status = False, GONE

        async def send_with_id(message: Message) -> None:
            nonlocal begun, status
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                self._head(message["headers"], visit)
                self._note(scope, visit, status)
            await send(message)

        try:
            await self._app(scope)(scope, receive, send_with_id)
        finally:
            if not begun:
                self._note(scope, visit, status)
            if tracing is not None and span is not None:
                tracing.end(span, visit, self._shape(scope["path"]), status)

    def _head(self, headers: list[tuple[bytes, bytes]], visit: Visit) -> None:
        """Add what every answer has, where it does not say so for itself."""
        said = {name for name, _ in headers}
        headers += [each for each in self._always if each[0] not in said]
        headers.append((b"x-request-id", visit.request.encode()))
        if visit.trace is not None:
            headers.append((b"traceresponse", str(visit.trace).encode()))

    def _app(self, scope: Scope) -> ASGIApp:
        if REFUSAL in scope:
            return failure(scope[REFUSAL], scope["request_id"])
        if self.context.addresses.is_monitored(scope):
            return self.app if scope["path"] == "/metrics" else failure(_NOTHING_ELSE, scope["request_id"])
        try:
            self.context.hosts.check(scope)
        except Misdirected as error:
            return failure(error, scope["request_id"])
        return self.app

    def _note(self, scope: Scope, visit: Visit, status: int) -> None:
        seconds = perf_counter() - visit.start
        if not visit.interaction:
            visit.interaction = page(scope["path"])
        self.context.metrics.answered(visit.interaction, visit.type, status, seconds)
        if self.context.access_log is not None:
            self.context.access_log.note(visit, _method(scope), self._shape(scope["path"]), status, seconds)

    def _shape(self, path: str) -> str:
        """The path without what may be an id, a name or a line break of the client's."""
        return "/".join(part if _WORD.fullmatch(part) or part in self.context.types else "#" for part in path.split("/")[:8])


def _named(scope: Scope) -> tuple[str, TraceContext | None]:
    """The request's id, the client's own where it is harmless, else a new one; and its trace, where the client names one."""
    id, trace = None, None
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ID.fullmatch(value):
            id = str(value.decode())
        elif name == b"traceparent":
            trace = received(value)
    return id or token_hex(8), trace


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "?"
