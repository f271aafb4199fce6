"""Around every request: an id that comes in or is made and goes out, and what is noted of it in log and metrics.

Nothing is noted that a client wrote: no query, no id of a resource, no token; of a path its shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from secrets import token_hex
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import Misdirected, NotFound
from ..observe.observed_request import OBSERVED, ObservedRequest
from ..observe.trace_context import TraceContext, received
from .context import Context
from .failure import failure
from .history import HISTORY
from .interaction import page
from .target import EVERYTHING
from .validate import VALIDATE

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_WORDS = frozenset({"", "fhir", "metadata", ".well-known", "smart-configuration", "_search", HISTORY, EVERYTHING, VALIDATE})
"""What paths below the FHIR base are made of, beside types and ids."""
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
    """Gives each HTTP request its id, and notes how it was answered. `paths` are those that this server has beside FHIR's."""

    def __init__(self, app: ASGIApp, context: Context, paths: Iterable[str]) -> None:
        self.app = app
        self.context = context
        self._paths = frozenset(paths)
        self._words = _WORDS.union(context.types, *(path.split("/") for path in self._paths))
        https = context.base.startswith("https:")
        self._always = (*_ALWAYS, (b"strict-transport-security", b"max-age=31536000")) if https else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, parent = _named(scope)
        scope["request_id"] = request_id
        observed = scope["observed"] = ObservedRequest(request_id, perf_counter(), trace=parent)
        tracing, span = self.context.tracing, None
        if tracing is not None:
            span, observed.trace = tracing.begin(_method(scope), parent)
        OBSERVED.set(observed)
        scope["client_address"] = self.context.addresses.client(scope)
        begun, status = False, GONE

        async def send_with_id(message: Message) -> None:
            nonlocal begun, status
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                self._head(message["headers"], observed)
                self._note(scope, observed, status)
            await send(message)

        try:
            await self._app(scope)(scope, receive, send_with_id)
        finally:
            if not begun:
                self._note(scope, observed, status)
            if tracing is not None and span is not None:
                tracing.end(span, observed, self._shape(scope["path"]), status)

    def _head(self, headers: list[tuple[bytes, bytes]], observed: ObservedRequest) -> None:
        """Add what every answer has, where it does not say so for itself."""
        said = {name for name, _ in headers}
        headers += [each for each in self._always if each[0] not in said]
        headers.append((b"x-request-id", observed.request.encode()))
        if observed.trace is not None:
            headers.append((b"traceresponse", str(observed.trace).encode()))

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

    def _note(self, scope: Scope, observed: ObservedRequest, status: int) -> None:
        seconds = perf_counter() - observed.start
        if not observed.interaction:
            observed.interaction = page(scope["path"], self._paths)
        self.context.metrics.answered(observed.interaction, observed.type, status, seconds)
        if self.context.access_log is not None:
            self.context.access_log.note(observed, _method(scope), self._shape(scope["path"]), status, seconds)

    def _shape(self, path: str) -> str:
        """The path without what may be an id, a name or a line break of the client's."""
        return "/".join(part if part in self._words else "#" for part in path.split("/")[:8])


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
