"""`omop-fhir demo`: a server of its own with data in it, gone when it stops."""

from __future__ import annotations

import asyncio
import shlex
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from ..auth.client import Client, is_own_machine
from ..auth.secret import new_secret
from ..config import Settings
from ..errors import ConfigurationError
from ..process.run import run
from ..store.data.generate import PERSON_LIMIT, generate_database
from ..store.data.load import load
from ..store.embedded import EmbeddedPostgres
from ..store.migrate import migrate
from .demo_accounts import own_app, welcome
from .options import DEFAULTS, SITE, WRITES, option, options
from .progress import LoadBars, bars, report_load
from .server_options import HOSTS

SCHEMA = "cdm"


@click.command(short_help="Serve made-up persons (or CDM files) out of its own database.")
@option("--host", "Address to listen on.", default="127.0.0.1")
@option("--port", "Port to listen on.", default=8080, type=click.IntRange(0, 65535))
@option("--persons", "How many persons to make up.", default=1000, type=click.IntRange(1, PERSON_LIMIT))
@option(
    "--data",
    "Folder of CDM CSV files to load instead.",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@option("--open", "Serve without authorization, on loopback only.", is_flag=True, default=False)
@option(
    "--access-token-file",
    "File of bearer tokens that may read everything, one a line.",
    type=click.Path(path_type=Path, dir_okay=False),
)
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Register an app of yours, `my-app`, that codes go to here.")
@options(HOSTS, SITE, WRITES)
def demo(
    data: Path | None, persons: int, open: bool, redirect_uris: tuple[str, ...], time_zone: ZoneInfo | None, **given: Any
) -> None:
    """Start an embedded PostgreSQL, fill it with made-up persons (or a folder of CDM files), and serve FHIR over it.

    Without --open it authorizes: passwords for a doctor and a patient are made up and shown, and a sample app is there.
    """
    authorizes = not open and given["access_token_file"] is None
    own = own_app(redirect_uris) if redirect_uris else None
    if own and not authorizes:
        raise ConfigurationError("--redirect-uri is for an app that is authorized: leave --open and --access-token-file away")
    if open:
        click.echo("warning: --open serves everything to everybody on this machine", err=True)
    if authorizes and not is_own_machine(given["host"]):
        message = "passwords need https, which the demo does not have: leave it on a loopback host, or give --access-token-file"
        raise ConfigurationError(message)
    with EmbeddedPostgres.start() as database:
        asyncio.run(_fill(database.url, data, persons))
        asyncio.run(migrate(database.url, DEFAULTS.own_schema))
        made_up = None if data else ZoneInfo("UTC")  # of a folder only its owner knows
        secret = new_secret() if authorizes else None
        chosen = Settings(
            database_url=database.url, cdm_schema=SCHEMA, open=open, time_zone=time_zone or made_up, secret_key=secret,
            sample_app=authorizes, **given,
        )  # fmt: skip
        run(chosen, partial(_welcome, own))


def _welcome(own: Client | None, settings: Settings) -> None:
    if settings.sample_app:
        welcome(settings, own)
    click.echo("for other commands, such as `omop-fhir client add` and `omop-fhir explain`:")
    click.echo(f"  export OMOP_FHIR_CDM_SCHEMA={SCHEMA} OMOP_FHIR_DATABASE_URL={shlex.quote(settings.database_url)}")
    click.echo(f"what this server has, for people:      {settings.local_base.removesuffix('/fhir')}/")
    click.echo("Ctrl-C stops it; nothing of it is kept")


async def _fill(url: str, data: Path | None, persons: int) -> None:
    with bars() as progress:
        if data is not None:
            report = await load(url, data, schema=SCHEMA, progress=LoadBars(progress))
        else:
            task = progress.add_task("persons", total=persons)
            await generate_database(
                url, schema=SCHEMA, persons=persons, progress=lambda done, _: progress.update(task, completed=done)
            )
    if data is not None:
        report_load(report)
