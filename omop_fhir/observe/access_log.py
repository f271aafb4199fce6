"""One line a request, on standard error, written a few at a time: a system call for each would cost more than the line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal

import orjson

from .log import instant
from .observed_request import ObservedRequest
from .outlet import OUTLET
from .request_id import opaque

_DELAY = 0.05
"""Seconds that a line waits at most."""
_TOGETHER = 4096
"""Bytes that are written at once: no more than a pipe takes in one piece, so that lines of several workers do not mix."""


class AccessLog:
    """Gathers lines and writes them."""

    def __init__(self, form: Literal["text", "json"], write: Callable[[bytes], object] | None = None) -> None:
        self._line = _json if form == "json" else _text
        self._write = write or OUTLET.put
        self._lines: list[bytes] = []

    def note(self, observed: ObservedRequest, method: str, route: str, status: int, seconds: float) -> None:
        """Add the line of a request."""
        if not self._lines:
            asyncio.get_running_loop().call_later(_DELAY, self.flush)
        self._lines.append(self._line(observed, method, route, status, seconds))

    def flush(self) -> None:
        """Write what has gathered."""
        lines, self._lines = self._lines, []
        together = b""
        for line in lines:
            if together and len(together) + len(line) > _TOGETHER:
                self._write(together)
                together = b""
            together += line
        if together:
            self._write(together)


def _json(observed: ObservedRequest, method: str, route: str, status: int, seconds: float) -> bytes:
    line = {
        "time": instant(time.time()),
        "level": "info",
        "logger": "omop_fhir.access",
        "request": opaque(observed.request),
        "method": method,
        "route": route,
        "interaction": observed.interaction or None,
        "type": observed.type or None,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "rows": observed.rows,
        "client": observed.client,
        "account": observed.account,
        "trace": observed.trace.trace if observed.trace else None,
        "span": observed.trace.span if observed.trace else None,
    }
    return orjson.dumps({name: value for name, value in line.items() if value is not None}, option=orjson.OPT_APPEND_NEWLINE)


def _text(observed: ObservedRequest, method: str, route: str, status: int, seconds: float) -> bytes:
    who = f" {observed.client}" if observed.client else ""
    return f"{method} {route} {status} {seconds * 1000:.1f}ms {observed.rows} rows {opaque(observed.request)}{who}\n".encode()
