"""What a server says at the terminal when it begins: what it serves and what it does not, and that it is ready."""

from __future__ import annotations

import click

from ..auth.client import is_own_machine
from ..config import Settings
from ..errors import ConfigurationError, Problem
from ..store.facade import Facade
from ..store.migrate import require_current

_IN_THE_CLEAR = "warning: tokens and data cross the network in the clear: give --tls-certificate, or a --base-url with https"


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


async def _own_schema_lacks(settings: Settings) -> str:
    """Why this server's own schema does not serve."""
    try:
        await require_current(settings.database_url, settings.own_schema)
    except ConfigurationError as error:
        return str(error)
    return f"the database role lacks rights in the schema {settings.own_schema}"


def say_ready(settings: Settings) -> None:
    """Say where requests are answered from now on."""
    click.echo(f"omop-fhir ready on {settings.local_base}")
