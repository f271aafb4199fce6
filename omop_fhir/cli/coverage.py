"""`omop-fhir coverage`: what of a database reaches FHIR, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.text import Text

from ..config import Settings
from ..mapping.load import load
from ..paths import mappings_directory
from ..store.inspection.coverage import Coverage, ElementCount, ResourceCoverage, Sample, UnreadTable
from ..store.inspection.coverage import coverage as count
from .coverage_page import page
from .docs import all_mappings
from .options import DATABASE, SITE, option, options, settings
from .terminal import console


@click.command(short_help="Count what is mapped of a database, and name what is not.")
@options(DATABASE, SITE)
@option("--statement-timeout", "Seconds that a statement may take.", default=3600.0, type=float)
@click.option(
    "--sample", type=click.FloatRange(0, 100, min_open=True), help="Read only this percent of the pages of huge tables."
)
@click.option("--sample-above", type=int, default=1_000_000, show_default=True, help="Rows from which a table is huge.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--html", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write a page to look at.")
def coverage(sample: float | None, sample_above: int, as_json: bool, file: Path | None, **given: Any) -> None:
    """Count what the mappings read: rows filled by element and column, concepts 0, absent or without FHIR system,
    and which columns and tables with rows no mapping reads.
    """
    chosen: Settings = settings(given)
    folders = (mappings_directory(), *chosen.mappings)
    off = [mapping for mapping in all_mappings(folders) if not mapping.enabled]
    sampled = Sample(sample, sample_above) if sample else None
    found = asyncio.run(count(chosen, load(folders), off, sampled))
    if file is not None:
        file.write_text(page(found), encoding="utf-8")
        click.echo(f"written: {file}", err=True)
    if as_json:
        click.echo(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2))
    elif file is None:
        show(console(), found)


def show(out: Console, found: Coverage) -> None:
    """The coverage for people."""
    out.print(f"CDM {found.version or 'of unknown version'}, vocabulary {found.vocabulary_version or 'unknown'}")
    if not found.has_concepts:
        out.print("no table concept: nothing is known of the concepts")
    out.print("percentages are of the rows of the column's own table")
    for resource in found.resources:
        _show_resource(out, resource)
    for mapping, reason in found.withdrawn:
        out.print(Text(f"\n{mapping} is not served: {reason}", style="red"))
    if found.unread:
        out.print(Text("\nTables with rows that no mapping reads", style="bold"))
    for table in found.unread:
        out.print(f"  {unread_table(table)}")


def _show_resource(out: Console, resource: ResourceCoverage) -> None:
    out.print()
    out.print(Text(f"{title(resource)}: {rows(resource)}", style="bold"))
    for line in joined(resource):
        out.print(f"  {line}")
    width = max((len(_column(resource, element)) for element in resource.elements), default=0)
    for (name, codec), group in groupby(resource.elements, key=lambda element: (element.element, element.codec)):
        out.print(Text.assemble("  ", (name, "cyan"), f"  {codec}"))
        for element in group:
            if element.column:
                out.print(_line(_column(resource, element), width, element))
    if resource.unread:
        named = ", ".join(f"{name} ({rows:,})" for name, rows in resource.unread)
        out.print(Text.assemble("  ", ("read by no element: ", "yellow"), named))


def _column(resource: ResourceCoverage, element: ElementCount) -> str:
    """The column, with its table where that is a joined one."""
    return element.column.removeprefix(f"{resource.table}.")


def _line(column: str, width: int, element: ElementCount) -> Text:
    """Column, rows filled, percent, and what is to be noted."""
    if element.filled is None:
        return Text(f"      {column:<{width}}  {element.note}", style="dim")
    percent = "" if element.percent is None else f"{element.percent:.1f} %"
    counts = f"      {column:<{width}}  {element.filled:>11,}  {percent:>7}"
    notes = ", ".join(_notes(element))
    return Text.assemble((counts, "" if element.filled else "dim"), (f"  {notes}" if notes else "", "yellow"))


def _notes(element: ElementCount) -> Iterator[str]:
    words = ((element.zero, "concept 0"), (element.absent, "not in concept"), (element.untabled, "not in code table"))
    yield from (f"{rows:,} {what}" for rows, what in words if rows)
    if element.without_system:
        named = ", ".join(f"{name or '(none)'} {rows:,}" for name, rows in element.without_system.items())
        yield f"without FHIR system: {named}"


def title(resource: ResourceCoverage) -> str:
    """`Encounter (encounter-visit-detail)`, or the type alone where the mapping is named after it."""
    plain = resource.mapping.replace("-", "") == resource.resource.lower()
    return resource.resource if plain else f"{resource.resource} ({resource.mapping})"


def rows(resource: ResourceCoverage) -> str:
    """How many rows were counted, and whether that is a sample."""
    if resource.sample is None:
        return f"{resource.rows:,} rows of {resource.table}"
    return f"a sample of {resource.sample:g} % of {resource.table}: {resource.rows:,} rows"


def joined(resource: ResourceCoverage) -> Iterator[str]:
    """What is joined to the rows."""
    for join in resource.joins:
        if join.rows is not None:
            percent = f" ({100 * join.rows / resource.rows:.1f} %)" if resource.rows else ""
            yield f"{join.rows:,}{percent} have {join.alias} (table {join.table})"


def unread_table(table: UnreadTable) -> str:
    """A table that is not read, in a line."""
    more = "more than " if table.is_more else ""
    return f"{table.name}: {more}{table.rows:,} rows" + (f" ({table.note})" if table.note else "")
