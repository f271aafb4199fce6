"""`omop-fhir hold`: patients of whom nothing is taken away, whatever the terms of retention say."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from ..config import Settings
from ..errors import Invalid, NotFound
from ..request.values import ID
from ..store import retention
from .local import require
from .options import DATABASE, MAPPINGS, OWN_DATABASE, OWN_SCHEMA, options, settings
from .terminal import console, listing


@click.group(short_help="Keep what there is of a patient from retention.")
def hold() -> None:
    """Keep what there is of a patient: his versions, and the events about him."""


@hold.command()
@options(DATABASE, OWN_SCHEMA, MAPPINGS)
@click.argument("patient")
@click.option("--reason", required=True, help="Why, for whoever asks later.")
@click.option("--unknown", is_flag=True, help="Of a patient, too, who is not there (any more): the audit may know of him.")
def add(patient: str, reason: str, unknown: bool, **given: Any) -> None:
    """Put a hold on a patient, by the id of the Patient."""
    id = patient.removeprefix("Patient/")
    if not ID.fullmatch(id):
        raise Invalid(f"`{patient}` is not the id of a Patient")
    if not unknown:
        _require(settings(given), id)
    asyncio.run(retention.hold(settings(given), id, reason))
    click.echo(f"nothing of Patient/{id} is taken away")


def _require(settings: Settings, id: str) -> None:
    try:
        require(settings, f"Patient/{id}", even_deleted=True)
    except NotFound as error:
        raise NotFound(f"{error}: give --unknown to keep what the audit has of somebody who is gone") from None


@hold.command()
@options(OWN_DATABASE)
@click.argument("patient")
def remove(patient: str, **given: Any) -> None:
    """End the hold on a patient."""
    id = patient.removeprefix("Patient/")
    asyncio.run(retention.release(Settings(**given), id))
    click.echo(f"the hold on Patient/{id} has ended")


@hold.command(name="list")
@options(OWN_DATABASE)
def list_(**given: Any) -> None:
    """List the holds."""
    table = listing("patient", "since", "reason")
    for record in asyncio.run(retention.holds(Settings(**given))):
        table.add_row(record["patient"], record["since"].date().isoformat(), record["reason"])
    console().print(table if table.rows else "there is no hold")
