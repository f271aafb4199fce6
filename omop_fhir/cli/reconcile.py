"""`omop-fhir reconcile`: what an ETL did to the rows that documents own, and the repairs of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import click
from rich.table import Column, Table

from ..config import Settings
from ..mapping.load import load
from ..paths import mappings_directory
from ..store.writing.reconcile import REPAIRS, Done, Repair, Report, reconciler
from .options import DATABASE, OWN_SCHEMA, SITE, Seconds, option, options, settings
from .terminal import console

_SAID: dict[Repair, str] = {
    "relink": "documents go to the key that their person has by now",
    "replay": "rows that are gone, or whose keys are another's, are written again",
    "accept": "columns of ours that were changed become new versions",
    "remember": "columns that are not ours were changed: the rows count as they are",
    "index": "search entries are made anew by today's rules",
}


@click.command(short_help="Compare what was written here with its rows, and repair.")
@options(DATABASE, OWN_SCHEMA, SITE)
@option("--base-url", "Public FHIR base URL of the server.", default="http://127.0.0.1:8080/fhir")
@option("--statement-timeout", "Seconds that a statement or a batch may take.", default=600.0, type=Seconds())
@click.option("--apply", "repairs", multiple=True, type=click.Choice([*REPAIRS, "all"]), help="Do it; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Only look, as without --apply.")
def reconcile(repairs: tuple[str, ...], dry_run: bool, **given: Any) -> None:
    """Compare what came in through FHIR with the OMOP rows made of it, after an ETL has run.

    Without --apply nothing is changed. Exit code 0: all is as it was written; 1: there is something to do, or left.
    """
    chosen: Settings = settings(given)
    wanted: tuple[Repair, ...] = REPAIRS if "all" in repairs else tuple(r for r in REPAIRS if r in repairs)
    report, done = asyncio.run(_run(chosen, () if dry_run else wanted))
    if done is not None:
        _show_done(done)
    _show(report)
    if not report.is_clean:
        raise SystemExit(1)


async def _run(chosen: Settings, repairs: tuple[Repair, ...]) -> tuple[Report, Done | None]:
    base, mappings = (chosen.base_url or "").rstrip("/"), load((mappings_directory(), *chosen.mappings))
    async with reconciler(chosen, base, mappings) as at:
        if not repairs:
            return await at.look(), None
        _show(await at.look())
        done = await at.repair(repairs)
        return await at.look(), done


def _show(report: Report) -> None:
    table = Table("table", *(_right(name) for name in ("rows", "as written", "changed", "beside", "gone", "another's")))
    for rows in report.rows:
        counts = (rows.owned, rows.untouched, *(rows.count(s) for s in ("changed", "beside", "gone", "another's")))
        table.add_row(rows.table, *(f"{count:,}" for count in counts))
    out = console()
    out.print(table if report.rows else "documents own no rows")
    for line in _lines(report):
        out.print(line)


def _right(name: str) -> Column:
    return Column(name, justify="right")


def _lines(report: Report) -> Iterator[str]:
    for rows in report.rows:
        for type, state, columns, count in rows.found:
            if state == "changed":
                yield f"{type}: {count:,} rows of {rows.table} changed in {', '.join(columns)}"
    if report.orphaned:
        yield f"{report.orphaned:,} documents are of a person who is gone, and whom no source value finds again"
    due = [repair for repair in REPAIRS if report.due(repair)]
    for repair in due:
        what = "documents" if repair in ("relink", "index") else "rows"
        yield f"--apply {repair}: {report.due(repair):,} {what}: {_SAID[repair]}"
    if report.is_clean:
        yield "every document stands as it was written"


def _show_done(done: Done) -> None:
    out = console()
    for repair, count in done.documents.items():
        out.print(f"{repair}: {count:,} documents")
    for message in done.messages:
        out.print(f"not repaired: {message}")
    if done.failed > len(done.messages):
        out.print(f"{done.failed - len(done.messages):,} more were not repaired")
