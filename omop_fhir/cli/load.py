"""`omop-fhir load`: a folder of CDM CSV files into a database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import click

from ..store.data.load import load as load_folder
from .options import option
from .progress import LoadBars, bars, report_load


@click.command(short_help="Load a folder of CDM CSV files (Athena's too).")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@option("--database-url", "PostgreSQL connection URI of the database to fill.", required=True)
@option("--cdm-schema", "Schema of the CDM tables; tables that are absent are made.", default="public")
@option("--vocabulary-schema", "Schema of the vocabulary tables; the CDM's if not given.")
@click.option(
    "--existing",
    type=click.Choice(["refuse", "append", "replace"]),
    default="refuse",
    show_default=True,
    help="What to do with tables that hold rows already.",
)
def load(
    folder: Path,
    database_url: str,
    cdm_schema: str,
    vocabulary_schema: str | None,
    existing: Literal["refuse", "append", "replace"],
) -> None:
    """Load a FOLDER of CDM CSV files (Athena's too) by COPY, naming every row that is refused."""
    with bars() as progress:
        report = asyncio.run(
            load_folder(
                database_url,
                folder,
                schema=cdm_schema,
                vocabulary_schema=vocabulary_schema,
                existing=existing,
                progress=LoadBars(progress),
            )
        )
    report_load(report)
    if not report.complete:
        raise SystemExit(1)
