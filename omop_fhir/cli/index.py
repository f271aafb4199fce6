"""`omop-fhir index`: make the indexes that `omop-fhir check` proposes; the only command that adds anything to the CDM."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import click

from ..config import Settings
from ..mapping.load import load
from ..paths import mappings_directory
from ..store.inspection.finding import names
from ..store.inspection.index import Proposal, make, proposals
from .options import DATABASE, SITE, option, options, settings


@click.command(short_help="Make the indexes that searches want and the CDM lacks.")
@options(DATABASE, SITE)
@option("--statement-timeout", "Seconds that looking at the database may take.", default=600.0, type=float)
@option("--sort-row-limit", "Rows above which an order of a whole table gets an index.",
        default=Settings("").sort_row_limit, type=click.IntRange(0))  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only list them.")
def index(dry_run: bool, **given: Any) -> None:
    """Make the indexes that searches would use and the database lacks: one after the other, CONCURRENTLY.

    Each is listed before any is made. The names of those that are not OHDSI's begin with omop_fhir_.
    """
    chosen: Settings = settings(given)
    mappings = load((mappings_directory(), *chosen.mappings))
    found = asyncio.run(proposals(chosen, mappings))
    for proposal in found:
        show(proposal)
    if not found:
        click.echo("the database has every index that searches would use")
    elif dry_run:
        click.echo(f"{len(found)} could be made; nothing was changed")
    else:
        asyncio.run(_make(chosen.database_url, found))


def show(proposal: Proposal) -> None:
    """What the index is for, and the statements that make it."""
    click.echo(f"{proposal.table}: for {names(proposal.purposes, 5)}")
    for sql in filter(None, (proposal.drop, proposal.sql)):
        click.echo(f"  {sql}")


async def _make(url: str, found: tuple[Proposal, ...]) -> None:
    for number, proposal in enumerate(found, start=1):
        start = perf_counter()
        await make(url, proposal)
        click.echo(f"{number} of {len(found)}: made {proposal.name} in {perf_counter() - start:.1f} s")
