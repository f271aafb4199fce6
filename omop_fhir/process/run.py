"""A server from its settings to its end: sockets, what is loaded once, and the workers under their parent."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..app import create_app
from ..auth.secret import read_secret
from ..config import Settings
from ..entry import is_own_authority, with_secret
from ..errors import ConfigurationError
from ..observe.log import set_up
from ..observe.metrics import leave, share
from ..observe.outlet import OUTLET
from ..store.migrate import require_current
from ..store.postgresql.session import Unreachable
from .announcement import say_ready
from .file_limit import with_room
from .server import Server
from .tls import check_tls
from .workers import DRAIN_LIMIT, Alive, Serve, Supervisor

_MARGIN = 5.0
"""Seconds that the parent gives a worker beyond what the worker gives itself."""


def run(settings: Settings, before: Callable[[Settings], None] | None = None) -> None:
    """Serve until told to stop. Raises ConfigurationError where the address is taken or the settings do not fit.

    `before` is called with the settings of the server, its port among them, before it answers.
    """
    set_up(settings.log_format)
    with ExitStack() as stack:
        stack.callback(OUTLET.drain, DRAIN_LIMIT)  # what was said before a refusal to start
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
        on_ready=lambda: say_ready(settings),
        on_stop=stop,
        on_end=leave,
    )


def _serving(settings: Settings, sockets: Sequence[socket.socket]) -> Serve:
    """What serves, all of it loaded."""
    check_tls(settings)
    app = create_app(settings)

    def serve(tells: bool, alive: Alive) -> None:
        Server(app, tells=tells, alive=alive).run(sockets=list(sockets))

    return serve


async def _check_own_schema(settings: Settings) -> None:
    """Raises ConfigurationError where this server cannot authorize: its own schema is not there. A database may still come."""
    with suppress(Unreachable):
        await require_current(settings.database_url, settings.own_schema)


def listen(host: str, port: int) -> socket.socket:
    """The bound socket; port 0 takes any that is free. Raises ConfigurationError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror} (--port takes another)") from None
    return listening
