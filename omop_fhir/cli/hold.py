"""`omop-fhir hold`: patients of whom nothing is taken away, whatever the terms of retention say."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from ..config import Settings
from ..errors import Invalid
from ..request.values import ID
from ..store import retention
from .options import OWN_DATABASE, options
from .terminal import console, listing


@click.group()
def hold() -> None:
    """Keep what there is of a patient: his versions, and the events about him."""


@hold.command()
@options(OWN_DATABASE)
@click.argument("patient")
@click.option("--reason", required=True, help="Why, for whoever asks later.")
def add(patient: str, reason: str, **given: Any) -> None:
    """Put a hold on a patient, by the id of the Patient."""
    id = patient.removeprefix("Patient/")
    if not ID.fullmatch(id):
        raise Invalid(f"`{patient}` is not the id of a Patient")
    asyncio.run(retention.hold(Settings(**given), id, reason))
    click.echo(f"nothing of Patient/{id} is taken away")


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
