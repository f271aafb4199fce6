"""One worker: the application on uvicorn, which stops when all that was begun is answered."""

from __future__ import annotations

import gc
import os
import signal
import socket
from time import monotonic
from types import FrameType
from typing import Any, cast

import uvicorn

from ..errors import Problem
from ..store.facade import Facade
from ..web.context import Context
from .announcement import announce
from .protocol import Protocol, protocol
from .workers import STOP, STOP_NOW, Alive


def configuration(app: Any) -> uvicorn.Config:
    """How uvicorn serves the application."""
    context: Context = app.state.context
    return uvicorn.Config(
        app,
        ws="none",
        ssl_certfile=context.settings.tls_certificate,
        ssl_keyfile=context.settings.tls_key,
        timeout_keep_alive=75,  # seconds; more than proxies leave idle, so that it is they who close
        http=protocol(context),  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the client's address is found in web.addresses, and URLs come from the settings
        lifespan="on",
        timeout_graceful_shutdown=round(context.settings.stop_timeout),
    )


class Server(uvicorn.Server):
    """One worker.

    The first STOP lets readiness fall and the drain time begin; then, or at another signal, it stops when all that was begun
    is answered.
    """

    def __init__(self, app: Any, *, tells: bool, alive: Alive) -> None:
        super().__init__(configuration(app))
        self._context: Context = app.state.context
        self._tells = tells
        self._alive = alive
        self._parent = os.getppid()
        self._stops_at = float("inf")

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        for each in (STOP, STOP_NOW):
            signal.signal(each, self.handle_exit)
        facade = self._context.facade
        if self._tells:
            await announce(facade)
        else:
            await _warmed(facade)
        gc.freeze()  # what stands now, stands for good: no need to look through it again and again
        self._alive()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        lifecycle, drain = self._context.lifecycle, self._context.settings.drain_time
        if sig in (signal.SIGINT, signal.SIGTERM):
            return  # for all processes at once; the parent has it too, and says what is to be done
        if sig == STOP and not lifecycle.is_stopping and drain:
            self._stops_at = monotonic() + drain
        elif self.should_exit:
            self.force_exit = True
        else:
            self.should_exit = True
        lifecycle.is_stopping = True

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            self._alive()
            self._check_connections()
            if os.getppid() != self._parent:  # the parent was killed
                self.handle_exit(STOP, None)
        if monotonic() >= self._stops_at:
            self.should_exit = True
        return await super().on_tick(counter)

    def _check_connections(self) -> None:
        connections, now = tuple(self.server_state.connections), monotonic()
        self._context.lifecycle.connections = len(connections)
        for connection in connections:
            cast(Protocol, connection).check(now)


async def _warmed(facade: Facade) -> None:
    """Look at the database; who comes first shall not wait for it."""
    try:
        await facade.snapshot()
    except Problem:
        return  # the worker that tells has told it
