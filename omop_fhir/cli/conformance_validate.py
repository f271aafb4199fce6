"""`omop-fhir conformance validate`: all that a server holds against R4 and profiles; exit code 1 for errors."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..conformance.exchange import to_json
from ..conformance.reports.survey_page import survey_object, survey_page
from ..conformance.survey.choose import choose
from ..conformance.survey.survey import Survey, survey
from ..conformance.survey.tally import Tally
from ..errors import ConfigurationError
from .conformance_options import PACKAGES, SERVER, library, servers
from .options import option, options
from .progress import bars
from .terminal import console

SHOWN = 8
"""Issues of a profile on the terminal; the reports have all."""


@click.command(short_help="Validate what a server holds, against R4 and profiles.")
@options(SERVER, PACKAGES)
@option("--profile", "Profiles: a package's name (us-core), or an id or URL; all that are loaded, if not given.", multiple=True)
@option("--type", "Resource types; all that can be searched, if not given.", multiple=True)
@option("--limit", "Most resources of a type.", type=click.IntRange(1))
@option("--count", "Resources a page.", default=200, type=click.IntRange(1))
@option("--reports", "Folder for index.html and survey.json.", type=click.Path(path_type=Path, file_okay=False))
def validate(
    package: tuple[Path, ...], profile: tuple[str, ...], type: tuple[str, ...], limit: int | None, count: int,
    reports: Path | None, **given: Any,
) -> None:  # fmt: skip
    """Walk a server by search and paging, and validate every resource against R4 and the profiles of packages."""
    known = library(package)
    choices = choose(known, profile)
    with ExitStack() as stack, bars() as progress:
        task = progress.add_task("resources", total=None)
        found = survey(servers(stack, given)[0], known, choices, type, limit, count,
                       lambda name, done: progress.update(task, description=name, completed=done))  # fmt: skip
    _show(console(), found)
    if reports is not None:
        _write(found, reports)
    if not found.is_good:
        raise SystemExit(1)


def _write(found: Survey, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(survey_page(found), "utf-8")
        (folder / "survey.json").write_text(to_json(survey_object(found), indent=True), "utf-8")
    except OSError as error:
        raise ConfigurationError(f"the reports cannot be written: {error}") from None
    console().print(f"reports: {folder / 'index.html'}")


def _show(out: Console, found: Survey) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("type", "by"):
        table.add_column(name)
    for name in ("resources", "valid"):
        table.add_column(name, justify="right")
    for tally in found.tallies:
        style = "green" if tally.valid == tally.resources else "bold red"
        table.add_row(tally.type, tally.profile, f"{tally.resources:,}", Text(f"{tally.valid:,}", style=style))
    for tally in found.tallies:
        _issues(out, tally)
    for problem in found.problems:
        out.print(Text(f"✗ {problem}", style="bold red"))
    out.print(table)


def _issues(out: Console, tally: Tally) -> None:
    """The issues of a profile, what it could not check, and how many must-support elements are never filled."""
    if not tally.issues and not tally.unchecked:
        return
    out.print(Text.assemble((tally.type, "bold"), f" {tally.profile}"))
    for kind, seen in tally.sorted_issues[:SHOWN]:
        style = "bold red" if kind.severity in ("fatal", "error") else "yellow"
        where = f" {kind.place}: {seen.diagnostics}"
        out.print(Text.assemble("  ", (kind.severity, style), where, (f"  {seen.resources:,}, as {seen.example}", "dim")))
    if len(tally.issues) > SHOWN:
        out.print(Text(f"  and {len(tally.issues) - SHOWN:,} kinds of issues more", style="dim"))
    for text, count in tally.unchecked.items():
        out.print(Text(f"  not checked in {count:,}: {text}", style="cyan"))
    empty = [name for name, (filled, _) in tally.must_support.items() if not filled]
    if empty:
        out.print(Text(f"  must-support, never filled: {', '.join(empty)}", style="dim"))
    out.print()
