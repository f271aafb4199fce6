"""`omop-fhir check`: mappings against a database, a line a finding and what to do about it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, get_args

import click
import orjson
from rich.console import Console
from rich.text import Text

from ..config import Settings
from ..mapping.load import load
from ..paths import mappings_directory
from ..store.inspection.check import check as check_database
from ..store.inspection.finding import Finding, Findings, Group
from .options import DATABASE, OWN_SCHEMA, SITE, option, options, settings
from .terminal import console

SIGNS = {"error": ("✗", "bold red"), "warning": ("!", "yellow"), "advice": ("·", "cyan"), "ok": ("✓", "green")}


@click.command(short_help="Say what of a database is served, what is missing, and why.")
@options(DATABASE, OWN_SCHEMA, SITE)
@option("--statement-timeout", "Seconds that a statement may take.", default=600.0, type=float)
@click.option("--deep", is_flag=True, help="Read whole tables: references that point at nothing, duplicates.")
@click.option("--all", "everything", is_flag=True, help="Also what is as it should be.")
@click.option("--json", "as_json", is_flag=True, help="For programs; holds everything.")
def check(deep: bool, everything: bool, as_json: bool, **given: Any) -> None:
    """Check the mappings against a database: what cannot be served, what is missing, which indexes are worth having.

    Exit code 1 where something cannot be served at all.
    """
    chosen: Settings = settings(given)
    mappings = load((mappings_directory(), *chosen.mappings))
    found = asyncio.run(check_database(chosen, mappings, deep=deep))
    if as_json:
        click.echo(orjson.dumps(_object(found), option=orjson.OPT_INDENT_2))
    else:
        show(console(), found, everything)
    if not found.serves_all:
        raise SystemExit(1)


def _object(found: Findings) -> dict[str, Any]:
    counts = Counter(finding.level for finding in found.all)
    return {
        "serves_all": found.serves_all,
        "counts": {level: counts[level] for level in SIGNS},  # type: ignore[index]
        "findings": [
            {"group": f.group, "level": f.level, "message": f.message, "todo": f.todo, "sql": f.sql} for f in found.all
        ],
    }


def show(out: Console, found: Findings, everything: bool) -> None:
    """The findings for people, by group."""
    for group in get_args(Group):
        shown = [f for f in found.of(group) if everything or f.level != "ok" or group == "Database"]
        good = len(found.of(group)) - len(shown)
        if shown:
            out.print(Text(f"\n{group}", style="bold"))
        for finding in shown:
            _show(out, finding)
        if shown and good:
            out.print(Text(f"  ✓ {good} more as they should be", style="green dim"))
    out.print()
    out.print(_sum(found))


def _show(out: Console, finding: Finding) -> None:
    sign, style = SIGNS[finding.level]
    todo = f" — {finding.todo}" if finding.todo else ""
    out.print(Text.assemble("  ", (sign, style), f" {finding.message}", (todo, "dim")))
    if finding.sql:
        out.print(Text(f"      {finding.sql}", style="dim"))


def _sum(found: Findings) -> Text:
    parts = (f"{found.count('error')} not served", f"{found.count('warning')} served with less",
             f"{found.count('advice')} could be better", f"{found.count('ok')} as they should be")  # fmt: skip
    return Text(", ".join(parts) + ".", style="bold" if found.serves_all else "bold red")
