"""`omop-fhir explain URL`: from the URL by way of the mapping to the SQL, and how PostgreSQL runs that."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import click
import orjson
from rich.console import Console
from rich.text import Text

from ..auth.grants import ALL_TYPES, Grants
from ..config import Settings
from ..errors import Invalid, NotSupported
from ..store.inspection.explain import Asked, Clause, Explainer, Explanation, Place, SourceClauses
from ..store.snapshot import Snapshot
from ..web.context import Context
from ..web.explain import explain_read, explain_search, place
from ..web.results import Resumed
from ..web.search import plan
from ..web.target import EVERYTHING
from .local import asked, local
from .options import DATABASE, SITE, option, options, settings
from .sql import formatted, plain
from .terminal import console

_TYPE = re.compile(r"[A-Z][A-Za-z]+", re.ASCII)
_KEYWORDS = ("SELECT ", "FROM ", "JOIN ", "LATERAL ", "WHERE ", " AND ", " OR ", "ORDER BY ", "LIMIT ", "UNION ALL")


@click.command(short_help="Show for a URL the mapping, the SQL and PostgreSQL's plan.")
@click.argument("url")
@options(DATABASE, SITE)
@option("--base-url", "Public FHIR base URL of the server.", default="http://127.0.0.1:8080/fhir")
@option("--statement-timeout", "Seconds that a statement may take.", default=60.0, type=float)
@click.option("--patient", type=int, help="Explain for a caller who may see only this person (person_id).")
@click.option("--analyze", is_flag=True, help="Run the statement and show what it took (EXPLAIN ANALYZE, BUFFERS).")
@click.option("--whole", is_flag=True, help="Cut no line of the plan on a terminal; elsewhere none is cut.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def explain(url: str, patient: int | None, analyze: bool, whole: bool, as_json: bool, **given: Any) -> None:
    """Show what the server does for URL: a search (Procedure?patient=1), a read (Patient/1), or either's full URL."""
    chosen: Settings = settings(given)
    base = (chosen.base_url or "").rstrip("/")
    grants = Grants.reading("explain", {ALL_TYPES}, patient)
    found = asyncio.run(explained(chosen, grants, target(url, base), analyze))
    if as_json:
        click.echo(orjson.dumps(_object(found), default=str, option=orjson.OPT_INDENT_2))
        return
    show(console(), found, whole=whole)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: the FHIR base, the decoded segments below it, and the query as it stands."""

    base: str
    path: tuple[str, ...]
    query: str


def target(url: str, base: str) -> Target:
    """The read or search that a URL names: absolute, from the root, or relative to `base`. Raises Invalid."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    start = next((index for index, segment in enumerate(segments) if _TYPE.fullmatch(segment)), None)
    if start is None and not (parts.query and set(segments) <= {"fhir"}):
        raise Invalid(f"`{url}` names no resource type: give Type?parameter=value or Type/id")
    start = len(segments) if start is None else start
    if parts.scheme:
        base = f"{parts.scheme}://{parts.netloc}/{'/'.join(segments[:start])}".rstrip("/")
    path = tuple(unquote(segment) for segment in segments[start:])
    return Target(base, path[:-1] if path[-1:] == ("_search",) else path, parts.query)


async def explained(settings: Settings, grants: Grants, wanted: Target, analyze: bool) -> Explanation:
    """What the server would do. Raises what it answers for the URL, and ConfigurationError."""
    async with local(settings, wanted.base) as context:
        return await context.facade.attempt(lambda snapshot: _explained(context, grants, snapshot, wanted, analyze))


async def _explained(
    context: Context, grants: Grants, snapshot: Snapshot, wanted: Target, analyze: bool
) -> Explanation:
    explainer = Explainer(context.facade, snapshot, analyze=analyze)
    path, exchange = wanted.path, asked(context, wanted.query)
    if any(name == "_page" for name, _ in exchange.pairs):
        raise NotSupported("a paging link is sealed for its caller: explain the search that it belongs to")
    if len(path) == 2 and path[1] != EVERYTHING:
        if path[1].startswith(("_", "$")):
            raise _neither(path)
        return await explain_read(context, snapshot, grants, path, explainer)
    if len(path) > 3 or (len(path) == 3 and path[2].startswith(("_", "$")) and path[2] != EVERYTHING):
        raise _neither(path)
    results = plan(exchange, context, grants, snapshot, path, Resumed(exchange.pairs, None))
    return replace(await explain_search(results, explainer), path="/".join(path))


def _neither(path: tuple[str, ...]) -> NotSupported:
    return NotSupported(f"`{'/'.join(path)}` is neither a search ({path[0]}?...) nor a read ({path[0]}/id)")


def _object(found: Explanation) -> dict[str, Any]:
    """The explanation for programs."""
    return {
        "interaction": found.interaction,
        "path": found.path,
        "sources": [_source_object(source) for source in found.sources],
        "statements": [_asked_object(asked) for asked in found.asked],
    }


def _asked_object(asked: Asked) -> dict[str, Any]:
    return {"purpose": asked.purpose, "text": asked.statement.text, "arguments": asked.statement.args, "plan": asked.plan}


def _source_object(source: SourceClauses) -> dict[str, Any]:
    clauses = [
        {
            "parameter": clause.parameter,
            "places": [_place_object(each) for each in clause.places],
            "condition": clause.condition,
            "arguments": clause.arguments,
            "concepts": dict(clause.concepts),
        }
        for clause in source.clauses
    ]
    head = {"mapping": source.mapping, "file": place(source.mark), "table": source.table, "grants": source.grants}
    return {**head, "empty": source.is_empty, "clauses": clauses}


def _place_object(each: Place) -> dict[str, Any]:
    return {
        "mapping": each.mapping,
        "code": each.code,
        "element": each.element,
        "codecs": each.codecs,
        "columns": each.columns,
        "declared": place(each.declared),
        "rendered": place(each.rendered),
    }


def show(out: Console, found: Explanation, *, whole: bool = False) -> None:
    """The explanation for people; on a terminal a line of the plan takes up to two, unless the `whole` is wanted."""
    out.print(Text(f"{found.interaction} {found.path or 'the whole system'}", style="bold"))
    for source in found.sources:
        for line in _source_lines(source):
            out.print(line)
    if not found.asked:
        out.print("\nNothing can match, so the database is not asked.")
    for each in found.asked:
        _show(out, each, each.purpose if len(found.asked) > 1 else "", cuts=out.is_terminal and not whole)


def _show(out: Console, asked: Asked, purpose: str, *, cuts: bool) -> None:
    of = f" ({purpose})" if purpose else ""
    _heading(out, f"SQL{of}")
    _show_sql(out, asked.statement.text)
    _heading(out, f"Arguments{of}")
    for number, value in enumerate(asked.statement.args, start=1):
        out.print(Text(f"${number} = {_value(value)}"))
    _heading(out, f"PostgreSQL's plan{of}")
    for row in asked.plan:
        out.print(Text(cut(row, 2 * out.width) if cuts else row))


def cut(row: str, limit: int) -> str:
    """A line of a plan in at most `limit` characters: a filter may have thousands, and hide the plan among them."""
    told = f" ... ({len(row):,} characters: --whole shows them)"
    return row if len(row) <= limit else row[: limit - len(told)] + told


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


def _source_lines(source: SourceClauses) -> Iterator[Text]:
    yield Text(f"  {source.resource} from {source.table}, mapping {source.mapping} ({place(source.mark)})")
    yield Text(f"    grants: {source.grants}")
    for clause in source.clauses:
        yield from _clause_lines(clause)
    if source.is_empty:
        yield Text("    nothing of it can match", style="dim")


def _clause_lines(clause: Clause) -> Iterator[Text]:
    yield Text.assemble("    ", (clause.parameter, "cyan"))
    for each in clause.places:
        yield Text(f"      {_way(each)}")
    yield Text(formatted(f"      {plain(clause.condition)}"), style="dim")
    if clause.arguments:
        yield Text(f"      {_values(clause)}", style="dim")
    for token, meant in clause.concepts:
        yield Text(f"      {token} is {meant}", style="dim")


def _way(each: Place) -> str:
    if not each.element:
        return f"{each.code}: the key {each.columns[0]}"
    codecs, columns = " of ".join(each.codecs), ", ".join(each.columns)
    where = f"{place(each.declared)}, element at line {each.rendered.line}"
    return f"{each.code}: element {each.element}, codec {codecs}, columns {columns or 'none'} ({where})"


def _values(clause: Clause) -> str:
    return ", ".join(f"${number} = {_value(value)}" for number, value in enumerate(clause.arguments, start=1))
