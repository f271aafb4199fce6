"""A server's view of a database within a command, which answers nobody but the command.

Settings enter, and what they name; a `Context` leaves, or whether a resource is there. Rejected, with ConfigurationError: a
database that cannot be reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import click

from ..auth.access import OpenAccess
from ..auth.grants import ANYONE
from ..config import Settings
from ..errors import ConfigurationError, Gone, NotFound
from ..mapping.load import load
from ..paths import mappings_directory
from ..request.page import PageSealer
from ..store.facade import Facade
from ..store.postgresql.session import session
from ..web.addresses import Addresses
from ..web.admission import Admission
from ..web.context import Context
from ..web.exchange import Exchange
from ..web.hosts import Hosts
from ..web.read import read
from ..web.types import sources


class NotServed(ConfigurationError):
    """A type that this database or these mappings do not serve, so that nobody can tell what there is of it."""


@asynccontextmanager
async def local(settings: Settings, base: str = "http://127.0.0.1:8080/fhir") -> AsyncIterator[Context]:
    """What a server with these settings would work with. Raises ConfigurationError."""
    mappings = load((mappings_directory(), *settings.mappings))
    async with session(settings.database_url, settings.statement_timeout):
        facade = Facade(settings, base, mappings)
    await facade.open()
    try:
        yield Context(
            settings,
            base,
            facade,
            OpenAccess(),
            PageSealer("local"),
            addresses=Addresses(settings),
            hosts=Hosts(settings, base),
            admission=Admission(settings, None),
        )
    finally:
        await facade.close()


def asked(context: Context, query: str = "") -> Exchange:
    """A GET with this query, as if it had come in."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "headers": [], "query_string": query.encode()}
    return Exchange(scope, receive, context.settings.url_limit)


async def find(settings: Settings, type: str, id: str) -> None:
    """Raises NotFound where there is no such resource, Gone where it was deleted, NotServed where that cannot be known."""
    async with local(settings) as context:
        snapshot = await context.facade.snapshot()
        try:
            sources(snapshot, type)
        except NotFound as error:
            raise NotServed(str(error)) from None
        await read(asked(context), context, ANYONE, type, id)


def require(settings: Settings, reference: str, *, even_deleted: bool = False) -> None:
    """Refuse a reference to what is not there; say so where the database does not tell. Raises NotFound, Gone, Invalid."""
    type, _, id = reference.partition("/")
    try:
        asyncio.run(find(settings, type, id))
    except Gone:
        if not even_deleted:
            raise
    except NotServed as error:
        click.echo(f"warning: whether there is a {reference} is not known: {error}", err=True)
