"""HTTP/1.1 on a connection, by uvicorn's httptools protocol (RFC 9112)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..web.context import Context
from ..web.transport import Gathering


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, context: Context, **given: Any) -> None:
        super().__init__(**given)
        self._context = context

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(Any, Gathering(transport)))

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._context.lifecycle.is_stopping and self.cycle is not None:
            self.cycle.keep_alive = False


def protocol(context: Context) -> Callable[..., Protocol]:
    """What makes the protocol of each connection."""
    return partial(Protocol, context)
