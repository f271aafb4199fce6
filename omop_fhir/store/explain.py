"""URL -> what the server would do for it: the plan, the statement, and how PostgreSQL would run that.

A FHIR URL, settings, mappings and grants enter; an `Explanation` leaves. Rejected is what the server would reject, with
the same words, and what runs no statement at all.
https://www.postgresql.org/docs/current/sql-explain.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..auth.grants import Grants
from ..config import Settings
from ..errors import Invalid, NotFound, NotSupported, Unavailable
from ..mapping.bind import Bound
from ..mapping.model import Mapping
from ..mapping.predicate import HasConcept, any_of, tokens_of
from ..mapping.rollup import walk
from ..mapping.yaml import Mark
from ..plan.read import plan_read
from ..plan.search import Branch, plan_search
from ..query import count
from ..query.statement import Arguments, Statement
from ..query.where import Where
from ..request.search import Criterion, SearchRequest, parse_search
from ..request.values import ID
from .facade import Facade
from .pool import SchemaChanged
from .session import Session, session
from .snapshot import Snapshot

_TYPE = re.compile(r"[A-Z][A-Za-z]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Step:
    """How one parameter became a condition in one source."""

    parameter: str
    element: str
    """Path of the element in the mapping; empty for `_id`, which is the key."""
    codecs: tuple[str, ...]
    columns: tuple[str, ...]
    declared: Mark
    """Where the mapping names the search parameter."""
    rendered: Mark
    """Where the mapping names the element."""
    condition: str
    arguments: tuple[Any, ...]
    concepts: tuple[tuple[str, tuple[int, ...]], ...]
    """Each token and the concept ids that it means here."""


@dataclass(frozen=True, slots=True)
class SourceSteps:
    """One source of the type and what becomes of the parameters in it."""

    mapping: str
    table: str
    mark: Mark
    grants: str
    """What the caller's grants make of it."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the server would do for a URL."""

    interaction: str
    type: str
    sources: tuple[SourceSteps, ...]
    statement: Statement | None
    """None: nothing can match, and nothing is asked."""
    plan: tuple[str, ...]
    """Lines of PostgreSQL's EXPLAIN."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart."""

    base: str
    type: str
    id: str | None
    pairs: tuple[tuple[str, str], ...]


def target(url: str, base: str) -> Target:
    """The read or search that a URL names: absolute, from the root, or relative to `base`.

    Raises Invalid or NotSupported for what is neither.
    """
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    start = next((index for index, segment in enumerate(segments) if _TYPE.fullmatch(segment)), None)
    if start is None:
        raise Invalid(f"`{url}` names no resource type: give Type?parameter=value or Type/id")
    if parts.scheme:
        base = f"{parts.scheme}://{parts.netloc}/{'/'.join(segments[:start])}".rstrip("/")
    type, *rest = [unquote(segment) for segment in segments[start:]]
    pairs = tuple(parse_qsl(parts.query, keep_blank_values=True))
    if rest in ([], ["_search"]):
        return Target(base, type, None, pairs)
    if len(rest) == 1 and ID.fullmatch(rest[0]) and rest[0][0] not in "_$":
        return Target(base, type, rest[0], pairs)
    raise NotSupported(f"`{'/'.join((type, *rest))}` is neither a search ({type}?...) nor a read ({type}/id)")


async def explain(
    settings: Settings, base: str, mappings: Sequence[Mapping], grants: Grants, url: str, *, analyze: bool = False
) -> Explanation:
    """Explain a URL; with `analyze` the statement is run. Raises what the server answers for it, ConfigurationError."""
    wanted = target(url, base)
    async with session(settings.database_url, settings.statement_timeout) as at:
        facade = Facade(settings, wanted.base, mappings)
        await facade.open()
        try:
            return await _explain(facade, at, grants, wanted, analyze)
        except SchemaChanged:
            raise Unavailable("the database is being changed just now: try again in a moment") from None
        finally:
            await facade.close()


async def _explain(facade: Facade, at: Session, grants: Grants, wanted: Target, analyze: bool) -> Explanation:
    snapshot = await facade.snapshot()
    bounds = _sources(snapshot, wanted.type)
    if wanted.id is not None:
        return await _read(snapshot, at, grants, bounds, wanted, analyze)
    return await _search(facade, snapshot, at, grants, bounds, wanted, analyze)


def _sources(snapshot: Snapshot, type: str) -> tuple[Bound, ...]:
    if type in snapshot.bounds:
        return snapshot.bounds[type]
    reasons = [f" ({gone.reason})" for gone in snapshot.withdrawn if gone.mapping.resource == type]
    served = ", ".join(snapshot.bounds) or "nothing"
    raise NotFound(f"{type} is not served{next(iter(reasons), '')}; this database serves {served}")


async def _read(
    snapshot: Snapshot, at: Session, grants: Grants, bounds: Sequence[Bound], wanted: Target, analyze: bool
) -> Explanation:
    plan = plan_read(wanted.type, wanted.id or "", bounds, grants)
    statement = Statement(snapshot.read_text(plan.bound), ([plan.key], [plan.patient]))
    mapping = plan.bound.mapping
    step = _step_of_key(plan.bound, f"{mapping.key} = {plan.key}", "id")
    source = SourceSteps(mapping.name, mapping.base.table, mapping.mark, _granted(plan.bound, grants), (step,))
    return Explanation("read", wanted.type, (source,), statement, await _query_plan(at, statement, analyze))


def _step_of_key(bound: Bound, condition: str, parameter: str, arguments: tuple[Any, ...] = ()) -> Step:
    mapping = bound.mapping
    return Step(parameter, "", (), (str(mapping.key),), mapping.mark, mapping.mark, condition, arguments, ())


async def _search(
    facade: Facade,
    snapshot: Snapshot,
    at: Session,
    grants: Grants,
    bounds: Sequence[Bound],
    wanted: Target,
    analyze: bool,
) -> Explanation:
    if any(name == "_page" for name, _ in wanted.pairs):
        raise NotSupported("a paging link is sealed for its caller: explain the search that it belongs to")
    request = parse_search(wanted.type, wanted.pairs, wanted.base)
    limit = min(request.count or facade.settings.page_size, facade.settings.page_size_limit)
    plan = plan_search(request, bounds, snapshot.site, grants, limit=limit, after=None)
    concepts = await facade.resolve(snapshot, tuple(plan.tokens()))
    sources = tuple(_source(request, branch, snapshot, grants, concepts) for branch in plan.branches)
    statement = None
    if not plan.is_empty and plan.shape.count:
        statement = count.count(plan, concepts, snapshot.zone)
    elif not plan.is_empty:
        statement = await facade.search_statement(snapshot, plan)
    lines = await _query_plan(at, statement, analyze) if statement else ()
    return Explanation("search-type", wanted.type, sources, statement, lines)


async def _query_plan(at: Session, statement: Statement, analyze: bool) -> tuple[str, ...]:
    options = "(ANALYZE, BUFFERS)" if analyze else ""
    return tuple(record[0] for record in await at.fetch(f"EXPLAIN {options} {statement.text}", *statement.args))


def _source(
    request: SearchRequest,
    branch: Branch,
    snapshot: Snapshot,
    grants: Grants,
    concepts: dict[HasConcept, tuple[int, ...]],
) -> SourceSteps:
    bound, mapping = branch.bound, branch.bound.mapping
    steps = tuple(_step(criterion, bound, snapshot, concepts) for criterion in request.criteria)
    return SourceSteps(mapping.name, mapping.base.table, mapping.mark, _granted(bound, grants), steps)


def _granted(bound: Bound, grants: Grants) -> str:
    if grants.patient is None:
        return "every row"
    column = bound.mapping.compartment.get("Patient")
    return f"rows where {column} = {grants.patient}" if column else "no row: it is in no patient's compartment"


def _step(criterion: Criterion, bound: Bound, snapshot: Snapshot, concepts: dict[HasConcept, tuple[int, ...]]) -> Step:
    parameter = bound.search.get(criterion.code)
    if parameter is None:
        condition = "one of the keys" if criterion.code == "_id" else "never: this source has no such parameter"
        return _step_of_key(bound, condition, criterion.code, tuple(map(str, criterion.values)))
    predicate = any_of(tuple(parameter.codec.search(value, snapshot.site) for value in criterion.values))
    args = Arguments()
    condition = Where(bound, args, concepts, snapshot.zone).sql(predicate)
    tokens = {str(part.token): concepts[part] for part in tokens_of(predicate)}
    columns = dict.fromkeys(str(column) for column in parameter.codec.columns())
    element = bound.mapping.elements[parameter.element.split(".")[0]]
    return Step(
        parameter=criterion.code,
        element=parameter.element,
        codecs=tuple(dict.fromkeys(_codec_names(parameter.codec))),
        columns=tuple(columns),
        declared=parameter.mark,
        rendered=element.mark,
        condition=condition,
        arguments=tuple(args.values),
        concepts=tuple(tokens.items()),
    )


def _codec_names(codec: Any) -> Iterator[str]:
    """The names of a codec and of those inside it; a mere condition has none."""
    yield from (each.name for each in walk(codec) if hasattr(each, "name"))
