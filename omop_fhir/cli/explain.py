"""`omop-fhir explain URL`: from the URL by way of the mapping to the SQL, and how PostgreSQL runs that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.text import Text

from ..auth.grants import ALL_TYPES, Grants
from ..config import Settings
from ..mapping.load import load
from ..mapping.yaml import Mark
from ..paths import mappings_directory
from ..store.explain import Explanation, SourceSteps, Step
from ..store.explain import explain as explain_url
from .options import DATABASE, SITE, option, options, settings
from .sql import formatted, plain
from .terminal import console

_KEYWORDS = ("SELECT ", "FROM ", "JOIN ", "LATERAL ", "WHERE ", " AND ", " OR ", "ORDER BY ", "LIMIT ", "UNION ALL")


@click.command()
@click.argument("url")
@options(DATABASE, SITE)
@option("--base-url", "Public FHIR base URL of the server.", default="http://127.0.0.1:8080/fhir")
@option("--statement-timeout", "Seconds that a statement may take.", default=60.0, type=float)
@click.option("--patient", type=int, help="Explain for a caller who may see only this person (person_id).")
@click.option("--analyze", is_flag=True, help="Run the statement and show what it took (EXPLAIN ANALYZE, BUFFERS).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def explain(url: str, patient: int | None, analyze: bool, as_json: bool, **given: Any) -> None:
    """Show what the server does for URL: a search (Procedure?patient=1), a read (Patient/1), or either's full URL."""
    chosen: Settings = settings(given)
    base = (chosen.base_url or "").rstrip("/")
    mappings = load((mappings_directory(), *chosen.mappings))
    grants = Grants("explain", frozenset({ALL_TYPES}), patient)
    found = asyncio.run(explain_url(chosen, base, mappings, grants, url, analyze=analyze))
    if as_json:
        click.echo(orjson.dumps(_object(found), default=str, option=orjson.OPT_INDENT_2))
        return
    show(console(), found)


def _object(found: Explanation) -> dict[str, Any]:
    """The explanation for programs."""
    statement = found.statement
    return {
        "interaction": found.interaction,
        "type": found.type,
        "sources": [_source_object(source) for source in found.sources],
        "statement": {"text": statement.text, "arguments": statement.args} if statement else None,
        "plan": found.plan,
    }


def _source_object(source: SourceSteps) -> dict[str, Any]:
    steps = [
        {
            "parameter": step.parameter,
            "element": step.element,
            "codecs": step.codecs,
            "columns": step.columns,
            "declared": place(step.declared),
            "rendered": place(step.rendered),
            "condition": step.condition,
            "arguments": step.arguments,
            "concepts": dict(step.concepts),
        }
        for step in source.steps
    ]
    head = {"mapping": source.mapping, "file": place(source.mark), "table": source.table, "grants": source.grants}
    return {**head, "parameters": steps}


def place(mark: Mark) -> str:
    """File and line: a shipped file by its name, a site's by its path."""
    return f"{mark.file.name if mark.file.parent == mappings_directory() else Path(mark.file)}:{mark.line}"


def show(out: Console, found: Explanation) -> None:
    """The explanation for people."""
    out.print(Text(f"{found.interaction} {found.type}", style="bold"))
    for source in found.sources:
        for line in _source_lines(source):
            out.print(line)
    if found.statement is None:
        out.print("\nNothing can match, so the database is not asked.")
        return
    _heading(out, "SQL")
    _show_sql(out, found.statement.text)
    _heading(out, "Arguments")
    for number, value in enumerate(found.statement.args, start=1):
        out.print(Text(f"${number} = {_value(value)}"))
    _heading(out, "PostgreSQL's plan")
    for row in found.plan:
        out.print(Text(row))


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(Text(text, style="bold"))


def _value(value: object) -> str:
    """An argument as PostgreSQL would write it."""
    if isinstance(value, list | tuple):
        return f"{{{', '.join(map(_value, value))}}}"
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str | datetime) else str(value)


def _show_sql(out: Console, text: str) -> None:
    """Keywords in bold: colours of a theme would not be seen on every terminal."""
    sql = Text(formatted(text))
    sql.highlight_words(_KEYWORDS, "bold")
    out.print(sql)


def _source_lines(source: SourceSteps) -> Iterator[Text]:
    yield Text(f"  from {source.table}, mapping {source.mapping} ({place(source.mark)})")
    yield Text(f"    grants: {source.grants}")
    for step in source.steps:
        yield from _step_lines(step)


def _step_lines(step: Step) -> Iterator[Text]:
    yield Text.assemble("    ", (step.parameter, "cyan"), f": {_way(step)}")
    yield Text(formatted(f"      {plain(step.condition)}"), style="dim")
    if step.arguments:
        yield Text(f"      {_values(step)}", style="dim")
    for token, ids in step.concepts:
        meant = ", ".join(map(str, ids)) or "no concept of this database"
        yield Text(f"      {token} is {meant}", style="dim")


def _way(step: Step) -> str:
    if not step.element:
        return f"the key {step.columns[0]}"
    codecs, columns = " of ".join(step.codecs), ", ".join(step.columns)
    where = f"{place(step.declared)}, element at line {step.rendered.line}"
    return f"element {step.element}, codec {codecs}, columns {columns or 'none'} ({where})"


def _values(step: Step) -> str:
    return ", ".join(f"${number} = {_value(value)}" for number, value in enumerate(step.arguments, start=1))
