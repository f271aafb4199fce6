"""`omop-fhir serve`: FHIR over a database that is there already."""

from __future__ import annotations

from typing import Any

import click

from .options import DATABASE, SERVER, SITE, options, settings
from .server import run


@click.command()
@options(DATABASE, SITE, SERVER)
def serve(**given: Any) -> None:
    """Serve FHIR R4 over an OMOP database, which is not changed."""
    run(settings(given))
