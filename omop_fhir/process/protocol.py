"""HTTP/1.1 on a connection, by uvicorn's httptools protocol (RFC 9112), with bounds on how much may come and how slowly.

Rejected: a head that is no right one (400, 501), too long (431) or too slow (408), a body that stops coming (408), a client
that does not take its answer (its connection is cut), a connection too many (503). `check` is called about once a second for
every connection, so that no request pays for a timer.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any, cast

import orjson
from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..errors import HeadersTooLong, Invalid, Issue, Problem, UnknownCoding
from ..fhir.outcome import outcome_of
from ..web.context import Context
from ..web.envelope import REFUSAL
from ..web.exchange import BODY_IS_HERE
from ..web.transport import Gathering

_LEAST = 16_384
"""Bytes of an answer that a client must take within the send timeout."""
_LINGER = 2.0
"""Seconds for which the rest of a refused request is read and dropped (RFC 9112 §9.6)."""
_FIRST_REQUEST = 1.0
"""Seconds for which a server that stops awaits the first request of a connection: its client may have sent it already."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, context: Context, **given: Any) -> None:
        super().__init__(**given)
        self._context = context
        self._head_since: float | None = monotonic()
        self._head_size = 0
        self._chunk = 0
        self._heard = 0.0
        self._sending: tuple[float, int] | None = None
        self._refused_at: float | None = None
        self._upgrades = False
        self._parsed = b""
        self._anew = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._gathering = Gathering(transport)
        super().connection_made(cast(Any, self._gathering))
        if len(self.connections) > self._context.settings.connection_limit:
            self._context.metrics.count("shed_requests", "connections")
            self._refuse(503, "throttled", "the server has too many connections: try again in a moment", retry_after=1)

    def data_received(self, data: bytes) -> None:
        self._heard = monotonic()
        if self._refused_at is not None or self.transport.is_closing():
            return
        if self._is_between() and (answer := self._context.admission.turns_away(data)) is not None:
            if self._head_since is not None:
                self._head_since = self._heard
            self._gathering.write(answer)
            return
        self._chunk = len(data)
        if self._head_since is not None:
            self._head_size += self._chunk
        self._anew = data
        while self._anew:
            self._parsed, self._anew = self._anew, b""
            super().data_received(self._parsed)
        if self._head_since is not None and self._head_size > self._head_limit:
            self._refuse(431, "too-long", self._too_long)

    def _is_between(self) -> bool:
        """Is nothing asked just now, and nothing half asked?"""
        if self._context.lifecycle.is_stopping:
            return False
        cycle = self.cycle
        return self._head_size == 0 if cycle is None else self._head_since is None and cycle.response_complete

    @property
    def _head_limit(self) -> int:
        settings = self._context.settings
        return settings.header_limit + settings.url_limit

    @property
    def _too_long(self) -> str:
        return f"the head of the request is longer than {self._context.settings.header_limit} bytes and its URL"

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_since is None:
            self._head_since, self._head_size = self._heard, self._chunk

    def on_headers_complete(self) -> None:
        self._upgrades = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if self._upgrades:
            return
        if (wrong := self._wrong()) is not None:
            cast(Any, self.scope)[REFUSAL] = wrong
        self._head_since = None
        super().on_headers_complete()
        cycle = self.cycle
        cast(Any, self.scope)[BODY_IS_HERE] = lambda: not cycle.more_body
        if self._context.lifecycle.is_stopping:
            cycle.keep_alive = False

    def on_message_complete(self) -> None:
        if not self._upgrades:
            super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Read the request anew without its `Upgrade`, which a server may pass over (RFC 9110 §7.8).

        The parser takes what follows such a head for another protocol: a body would be lost, or taken for the next request.
        """
        upgrade = sys.exc_info()[1]
        rest = self._parsed[upgrade.args[0] :] if isinstance(upgrade, HttpParserUpgrade) else b""
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        lines += [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        self._upgrades, self.parser = False, HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has its own
        self._anew = b"\r\n".join([*lines, b"", rest])

    def _wrong(self) -> Problem | None:
        """Why the head is refused whatever it asks (RFC 9112 §3.2, §6.1)."""
        if self._head_size > self._context.settings.header_limit and self._is_long():
            return HeadersTooLong(self._too_long)
        names = [name for name, _ in self.headers]
        if names.count(b"host") != 1 and (names.count(b"host") or self.parser.get_http_version() == "1.1"):
            return Invalid("a request of HTTP/1.1 has one `Host`")
        if any(name == b"transfer-encoding" and value.strip().lower() != b"chunked" for name, value in self.headers):
            return UnknownCoding("of transfer codings only `chunked` is taken")
        return None

    def _is_long(self) -> bool:
        return sum(len(name) + len(value) + 4 for name, value in self.headers) > self._context.settings.header_limit

    def shutdown(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.loop.call_later(_FIRST_REQUEST, super().shutdown)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "invalid", "this is no HTTP request")

    def check(self, now: float) -> None:
        """End the connection where its client is too slow."""
        settings = self._context.settings
        if self._is_stuck(now):
            self._context.metrics.count("closed_connections", "answer")
            self._gathering.abort()
        elif self._refused_at is not None:
            if now - self._refused_at > _LINGER:
                self._gathering.abort()
        elif self.transport.is_closing():
            return
        elif self._head_since is not None and now - self._head_since > settings.head_timeout and self._is_idle():
            self._close("head", "the head of the request did not arrive in time")
        elif self._awaits_body() and now - self._heard > settings.body_timeout:
            self._close("body", "the body of the request did not arrive in time")

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _awaits_body(self) -> bool:
        cycle = self.cycle
        return cycle is not None and cycle.more_body and not cycle.response_complete and not self.flow.read_paused

    def _is_stuck(self, now: float) -> bool:
        """Does an answer lie here of which the client took too little for too long?"""
        left = self._gathering.get_write_buffer_size()
        taken = self._gathering.written - left
        if not left:
            self._sending = None
        elif self._sending is None:
            self._sending = now, taken
        elif now - self._sending[0] > self._context.settings.send_timeout:
            if taken - self._sending[1] < _LEAST:
                return True
            self._sending = now, taken
        return False

    def _close(self, reason: str, words: str) -> None:
        self._context.metrics.count("closed_connections", reason)
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()
        elif self._head_size or reason == "body":
            self._refuse(408, "timeout", words)
        else:
            self.transport.close()  # nothing was asked

    def _refuse(self, status: int, code: str, words: str, retry_after: int | None = None) -> None:
        """Answer without the application, and close."""
        if self._refused_at is not None or self.transport.is_closing():
            return
        self._refused_at = monotonic()
        body = orjson.dumps(outcome_of([Issue(code, words)]))
        head = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            "content-type: application/fhir+json; charset=utf-8",
            f"content-length: {len(body)}",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "connection: close",
        ]
        if retry_after is not None:
            head.append(f"retry-after: {retry_after}")
        self._gathering.write("\r\n".join([*head, "", ""]).encode() + body)
        if self._gathering.can_write_eof():  # what is still on its way is read and dropped: a reset would take the answer with it
            self._gathering.write_eof()
        else:
            self._gathering.close()


def protocol(context: Context) -> Callable[..., Protocol]:
    """What makes the protocol of each connection."""
    return partial(Protocol, context)
