"""Runs the application on uvicorn and says when it answers."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import click
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..app import create_app
from ..config import Settings
from ..errors import ConfigurationError, Problem
from ..store.facade import Facade
from ..store.migrate import require_current
from ..web.transport import Gathering


async def announce(facade: Facade) -> None:
    """Say what is served, or that the database is awaited."""
    try:
        snapshot = await facade.snapshot()
        click.echo(f"omop-fhir serves {', '.join(snapshot.bounds) or 'nothing yet'}")
        for withdrawn in snapshot.withdrawn:
            click.echo(f"not served: {withdrawn.mapping.resource}: {withdrawn.reason}", err=True)
        if snapshot.schema.own is None:
            click.echo(f"nothing can be written: {await _own_schema_lacks(facade.settings)}", err=True)
    except Problem as error:
        click.echo(f"waiting for the database: {error}", err=True)
    if facade.base != facade.settings.local_base:
        click.echo(f"omop-fhir is {facade.base} to clients")
    click.echo(f"omop-fhir ready on {facade.settings.local_base}")


async def _own_schema_lacks(settings: Settings) -> str:
    """Why this server's own schema does not serve."""
    try:
        await require_current(settings.database_url, settings.own_schema)
    except ConfigurationError as error:
        return str(error)
    return f"the database role lacks rights in the schema {settings.own_schema}"


def run(settings: Settings) -> None:
    """Serve until interrupted. Raises ConfigurationError where the address is taken or the settings do not fit."""
    listening = listen(settings)
    try:
        app = create_app(replace(settings, port=listening.getsockname()[1]))
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
        _Announcing(configuration(app), app.state.context.facade).run(sockets=[listening])
    finally:
        listening.close()


def configuration(app: Callable[..., Any]) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        app,
        http=_Protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on the client's address, and URLs come from the settings
        lifespan="on",
        timeout_graceful_shutdown=10,  # seconds; a client that hangs does not hold up the end
    )


class _Protocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(Any, Gathering(transport)))


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, facade: Facade) -> None:
        super().__init__(config)
        self.facade = facade

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await announce(self.facade)
            gc.freeze()  # what stands now, stands for good: no need to look through it again and again


def listen(settings: Settings) -> socket.socket:
    """The bound socket; port 0 takes any that is free. Raises ConfigurationError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from None
    return listening
