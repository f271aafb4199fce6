"""`omop-fhir coverage`: what of a database reaches FHIR, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..config import Settings
from ..mapping.load import load
from ..paths import mappings_directory
from ..store.coverage import Coverage, ElementCount, ResourceCoverage, Sample, UnreadTable
from ..store.coverage import coverage as count
from .coverage_page import page
from .docs import all_mappings
from .options import DATABASE, SITE, option, options, settings
from .terminal import console


@click.command()
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
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("element", "column", "codec"):
        table.add_column(name)
    for name in ("filled", "%", "concept 0", "not in concept", "not in code table"):
        table.add_column(name, justify="right")
    table.add_column("without FHIR system")
    for element in resource.elements:
        table.add_row(*cells(element), style=None if element.filled or not element.column else "dim")
    out.print(table)
    if resource.unread:
        out.print(f"  read by no element: {', '.join(f'{name} ({n:,})' for name, n in resource.unread)}")


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


def cells(element: ElementCount) -> tuple[str, ...]:
    """The columns of a line: element, column, codec, counts, vocabularies."""
    if element.note:
        counts: tuple[str, ...] = (element.note, "", "", "", "")
    else:
        percent = "" if element.percent is None else f"{element.percent:.1f}"
        others = (number(n) for n in (element.zero, element.absent, element.untabled))
        counts = (number(element.filled, keep_zero=True), percent, *others)
    vocabularies = ", ".join(f"{name or '(none)'} {n:,}" for name, n in element.without_system.items())
    return element.element, element.column, element.codec, *counts, vocabularies


def number(value: int | None, *, keep_zero: bool = False) -> str:
    """A count; nothing for what was not counted, nor for none of what one hopes for none of."""
    return "" if value is None or (value == 0 and not keep_zero) else f"{value:,}"


def unread_table(table: UnreadTable) -> str:
    """A table that is not read, in a line."""
    more = "more than " if table.is_more else ""
    return f"{table.name}: {more}{table.rows:,} rows" + (f" ({table.note})" if table.note else "")
