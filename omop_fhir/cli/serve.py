"""`omop-fhir serve`: FHIR over a database that is there already."""

from __future__ import annotations

from typing import Any

import click

from ..process.run import run
from .issuer_options import ISSUER
from .options import DATABASE, OWN_SCHEMA, SERVER, SITE, WRITES, options, settings
from .server_options import HOSTS, LIMITS, OBSERVING, PROCESS


@click.command(short_help="Serve FHIR R4 over an OMOP database.")
@options(DATABASE, OWN_SCHEMA, SITE, WRITES, SERVER, ISSUER, HOSTS, PROCESS, LIMITS, OBSERVING)
def serve(**given: Any) -> None:
    """Serve FHIR R4 over an OMOP database; what is written is kept in this server's own schema, where `migrate` made it."""
    run(settings(given))
