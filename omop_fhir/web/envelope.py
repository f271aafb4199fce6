"""Around every request: a request id that comes in or is made, goes out and stands in the log.

The log has method, path shape, status and duration; no query, no id, no token.
"""

from __future__ import annotations

import logging
import re
from secrets import token_hex
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("omop_fhir.access")

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_WORD = re.compile(r"fhir|health|live|ready|metadata|_search|_history|[A-Z][A-Za-z]{1,40}|", re.ASCII)


class Envelope:
    """Gives each HTTP request its id and its line in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = _request_id(scope)
        start = perf_counter()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-request-id", request_id.encode()))
                if log.isEnabledFor(logging.INFO):
                    _note(scope, message["status"], start, request_id)
            await send(message)

        await self.app(scope, receive, send_with_id)


def _request_id(scope: Scope) -> str:
    """The client's own id where it is harmless, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ID.fullmatch(value):
            return str(value.decode())
    return token_hex(8)


def _note(scope: Scope, status: int, start: float, request_id: str) -> None:
    duration = (perf_counter() - start) * 1000
    log.info("%s %s %d %.1fms %s", scope["method"], _shape(scope["path"]), status, duration, request_id)


def _shape(path: str) -> str:
    """The path without what may be an id, a name or a line break of the client's."""
    return "/".join(part if _WORD.fullmatch(part) else "#" for part in path.split("/")[:8])
