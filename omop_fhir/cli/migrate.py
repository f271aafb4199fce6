"""`omop-fhir migrate`: make this server's own schema, or bring it up to date. The CDM is not touched."""

from __future__ import annotations

import asyncio

import click

from ..store.migrate import migrate as apply
from ..store.migrate import missing, require_rights
from ..store.migration import Migration
from .options import OWN_DATABASE, options


@click.command(short_help="Make this server's own schema, or bring it up to date.")
@options(OWN_DATABASE)
@click.option("--dry-run", is_flag=True, help="Only list what would be applied, and say whether the role may.")
def migrate(database_url: str, own_schema: str, dry_run: bool) -> None:
    """Make the schema of this server's own state, or bring it up to date; forward only.

    The role needs CREATE on the database, or a schema of this name that is its own.
    """
    if dry_run:
        left = asyncio.run(missing(database_url, own_schema))
        _list(left, own_schema)
        if left:
            asyncio.run(require_rights(database_url, own_schema))
        return
    if not asyncio.run(apply(database_url, own_schema, progress=_report)):
        click.echo(f"the schema {own_schema} is up to date")


def _list(left: tuple[Migration, ...], schema: str) -> None:
    for each in left:
        click.echo(f"would apply {each.name}")
    click.echo("nothing was changed" if left else f"the schema {schema} is up to date")


def _report(migration: Migration, seconds: float) -> None:
    click.echo(f"applied {migration.name} in {seconds:.2f} s")
