"""Runs the application on uvicorn and says when it answers."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from types import FrameType
from typing import Any, cast

import click
import uvicorn

from ..app import create_app
from ..auth.client import is_own_machine
from ..auth.secret import read_secret
from ..config import Settings
from ..entry import is_own_authority, with_secret
from ..errors import ConfigurationError, Problem
from ..observe.log import set_up
from ..observe.metrics import leave, share
from ..store.facade import Facade
from ..store.migrate import require_current
from ..store.postgresql.session import Unreachable
from ..web.context import Context
from .files import with_room
from .protocol import Protocol, protocol
from .workers import STOP, STOP_NOW, Alive, Serve, Supervisor

_IN_THE_CLEAR = "warning: tokens and data cross the network in the clear: give --tls-certificate, or a --base-url with https"
_MARGIN = 5.0
"""Seconds that the parent gives a worker beyond what the worker gives itself."""


async def announce(facade: Facade) -> None:
    """Say what is served, or that the database is awaited."""
    try:
        snapshot = await facade.snapshot()
        click.echo(f"omop-fhir serves {', '.join(snapshot.bounds) or 'nothing yet'}")
        if snapshot.schema.own is None:
            click.echo(f"nothing can be written: {await _own_schema_lacks(facade.settings)}", err=True)
    except Problem as error:
        click.echo(f"waiting for the database: {error}", err=True)
    if facade.base.startswith("http:") and not is_own_machine(facade.settings.host):
        click.echo(_IN_THE_CLEAR, err=True)
    if facade.base != facade.settings.local_base:
        click.echo(f"omop-fhir is {facade.base} to clients")


async def _check_own_schema(settings: Settings) -> None:
    """Raises ConfigurationError where this server cannot authorize: its own schema is not there. A database may still come."""
    with suppress(Unreachable):
        await require_current(settings.database_url, settings.own_schema)


async def _own_schema_lacks(settings: Settings) -> str:
    """Why this server's own schema does not serve."""
    try:
        await require_current(settings.database_url, settings.own_schema)
    except ConfigurationError as error:
        return str(error)
    return f"the database role lacks rights in the schema {settings.own_schema}"


def run(settings: Settings, before: Callable[[Settings], None] | None = None) -> None:
    """Serve until told to stop. Raises ConfigurationError where the address is taken or the settings do not fit.

    `before` is called with the settings of the server, its port among them, before it answers.
    """
    set_up(settings.log_format)
    with ExitStack() as stack:
        _run(settings, stack, before)


def _run(settings: Settings, stack: ExitStack, before: Callable[[Settings], None] | None) -> None:
    secret_key_file = settings.secret_key_file
    settings = with_room(settings)
    settings = with_secret(settings)  # before there are workers, for a link of one is followed to another
    if is_own_authority(settings):
        asyncio.run(_check_own_schema(settings))
    listening = stack.enter_context(listen(settings.host, settings.port))
    sockets = [listening]
    if settings.metrics_port is not None:
        sockets.append(stack.enter_context(listen(settings.metrics_host or settings.host, settings.metrics_port)))
    settings = replace(settings, port=listening.getsockname()[1])
    if before is not None:
        before(settings)
    share(_folder(stack))
    if code := _supervisor(settings, secret_key_file, sockets).run():
        raise SystemExit(code)


def _folder(stack: ExitStack) -> Path:
    """A folder of this run's own, for what its processes share. Raises ConfigurationError."""
    try:
        return Path(stack.enter_context(TemporaryDirectory(prefix="omop-fhir-metrics-")))
    except OSError as error:
        raise ConfigurationError(f"a folder to write to is needed, /tmp or what TMPDIR names: {error.strerror}") from None


def _supervisor(settings: Settings, secret_key_file: Path | None, sockets: Sequence[socket.socket]) -> Supervisor:
    def load() -> Serve:
        secret = read_secret(secret_key_file) if secret_key_file else settings.secret_key
        serving = _serving(replace(settings, secret_key=secret), sockets)
        leave(os.getpid())  # the parent has made metrics and never answers
        return serving

    def stop() -> None:
        for each in sockets:
            each.close()  # else who comes when no worker takes him any more would wait for one

    return Supervisor(
        settings.workers,
        load,
        stop_limit=settings.drain_time + settings.stop_timeout + _MARGIN,
        on_ready=lambda: _say_ready(settings),
        on_stop=stop,
        on_end=leave,
    )


def _serving(settings: Settings, sockets: Sequence[socket.socket]) -> Serve:
    """What serves, all of it loaded."""
    _check_tls(settings)
    app = create_app(settings)

    def serve(tells: bool, alive: Alive) -> None:
        Server(app, tells=tells, alive=alive).run(sockets=list(sockets))

    return serve


def _check_tls(settings: Settings) -> None:
    """Raises ConfigurationError for a certificate or key that cannot be used."""
    if settings.tls_certificate is None:
        if settings.tls_key is not None:
            raise ConfigurationError("--tls-key needs --tls-certificate")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_certificate, settings.tls_key, password="")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the TLS certificate and key do not serve: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or "they cannot be read"


def _say_ready(settings: Settings) -> None:
    click.echo(f"omop-fhir ready on {settings.local_base}")


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


def listen(host: str, port: int) -> socket.socket:
    """The bound socket; port 0 takes any that is free. Raises ConfigurationError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return listening
