"""`_explain=true`, where a setting enables it: not the answer but how it would be made, as a Parameters resource.

For the people who keep a server: it shows tables, columns and SQL, so it is off by default; and PostgreSQL's estimates, which
know of everything, so it is for those who may see all.
https://hl7.org/fhir/R4/parameters.html
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ..errors import Forbidden, Invalid, NotSupported
from ..mapping.yaml import Mark
from ..paths import mappings_directory
from ..plan.read import plan_read
from ..store.inspection.explain import Clause, Explainer, Explanation
from .context import Context
from .exchange import Exchange
from .types import criteria_of, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..auth.grants import Grants
    from ..store.snapshot import Snapshot
    from .results import Results

EXPLAIN = "_explain"


def wants_explanation(exchange: Exchange, context: Context, grants: Grants) -> bool:
    """Is `_explain` true? Raises Invalid where it is neither true nor false, NotSupported where it is not enabled, Forbidden."""
    text = exchange.parameter(EXPLAIN)
    if text not in (None, "true", "false"):
        raise Invalid(f"`_explain={text}` is neither true nor false", expression="http._explain")
    if text == "true" and not context.settings.explain:
        reason = "this server does not show how it works: it is started without --explain"
        raise NotSupported(f"`_explain`: {reason}", expression="http._explain")
    if text == "true" and not grants.see_all:
        raise Forbidden("the access token does not allow `_explain`: it is for those who may read and search everything")
    return text == "true"


async def explained(results: Results) -> bytes:
    """The explanation of a search as Parameters."""
    explainer = Explainer(results.context.facade, results.snapshot, "JSON")
    return orjson.dumps(parameters(await explain_search(results, explainer)), default=str)


async def explain_search(results: Results, explainer: Explainer) -> Explanation:
    """How the page of a search would be made. Raises what the search raises."""
    results = results.lenient()
    results.inclusions()
    target = results.target
    plan = results.plan()
    return await explainer.search(results.request, plan, results.criteria, target.path, target.within)


async def explain_read(
    context: Context, snapshot: Snapshot, grants: Grants, path: Sequence[str], explainer: Explainer
) -> Explanation:
    """How a read would be made. Raises what it raises."""
    type, id = path
    plan = plan_read(type, id, sources(snapshot, type), criteria_of(context, grants, snapshot))
    return await explainer.read(plan, "/".join(path), grants)


def place(mark: Mark) -> str:
    """File and line: a shipped file by its name, a site's by its path."""
    return f"{mark.file.name if mark.file.parent == mappings_directory() else Path(mark.file)}:{mark.line}"


def parameters(found: Explanation) -> dict[str, Any]:
    """The explanation as a Parameters resource."""
    given = [_text("interaction", found.interaction), _text("path", found.path)]
    for source in found.sources:
        head = [_text("mapping", place(source.mark)), _text("table", source.table), _text("grants", source.grants)]
        head.append({"name": "empty", "valueBoolean": source.is_empty})
        given.append(_parts("source", [*head, *(_clause(clause) for clause in source.clauses)]))
    for asked in found.asked:
        parts = [_text("purpose", asked.purpose), _text("sql", asked.statement.text)]
        parts += [_text("argument", _json(value)) for value in asked.statement.args]
        given.append(_parts("statement", [*parts, _text("plan", _json(asked.plan))]))
    return {"resourceType": "Parameters", "parameter": given}


def _clause(clause: Clause) -> dict[str, Any]:
    parts = [_text("text", clause.parameter)]
    for each in clause.places:
        inner = [_text("code", each.code), _text("declared", place(each.declared))]
        inner += [_text("element", f"{each.element} ({place(each.rendered)})")] if each.element else []
        inner += [_text("codec", codec) for codec in each.codecs] + [_text("column", column) for column in each.columns]
        parts.append(_parts("declaration", inner))
    parts.append(_text("condition", clause.condition))
    parts += [_text("argument", _json(value)) for value in clause.arguments]
    return _parts("clause", [*parts, *(_text("meaning", f"{token}: {meant}") for token, meant in clause.concepts)])


def _text(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "valueString": value}


def _parts(name: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "part": parts}


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
