"""search-type: `GET [base]/[type]?...` and `POST [base]/[type]/_search` (https://hl7.org/fhir/R4/http.html#search)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from ..auth.grants import Grants
from ..errors import Invalid
from ..mapping.bind import Bound
from ..plan.search import Position, SearchPlan, plan_search, supported
from ..render.bundle import searchset
from ..request.page import Page
from ..request.search import Pairs, SearchRequest, parse_search
from ..store.pool import Record
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange
from .types import sources

_BESIDE_PAGE = frozenset({"_page", "_format", "_pretty"})


async def search(exchange: Exchange, context: Context, grants: Grants, type: str) -> Response:
    """A page of the search, as a searchset Bundle. Raises what parsing and planning raise."""
    page = _resume(exchange, context, grants, type)
    pairs = page.pairs if page else exchange.pairs

    async def work(snapshot: Snapshot) -> bytes:
        bounds = sources(snapshot, type)
        with exchange.stage("parse"):
            request = parse_search(type, pairs, context.base, supported(bounds))
            limit = _limit(request, context)
            plan = plan_search(request, bounds, snapshot.site, grants, limit=limit, after=_after(page, bounds))
        return await _answer(exchange, context, grants, snapshot, request, plan)

    return exchange.answer(await context.facade.attempt(work))


def _resume(exchange: Exchange, context: Context, grants: Grants, type: str) -> Page | None:
    """The search and where its last page ended, if this request follows a paging link."""
    sealed = exchange.parameter("_page")
    if sealed is None:
        return None
    beside = [name for name, _ in exchange.pairs if name not in _BESIDE_PAGE]
    if len([name for name, _ in exchange.pairs if name == "_page"]) > 1:
        beside.append("_page")
    if beside:
        raise Invalid(f"a paging link holds the whole search: leave out `{beside[0]}`", expression=f"http.{beside[0]}")
    page = context.sealer.open(sealed, grants.holder)
    if page.type != type:
        raise Invalid(f"this paging link is for {page.type}", expression="http._page")
    return page


def _after(page: Page | None, bounds: Sequence[Bound]) -> Position | None:
    """Where the last page ended. Raises Invalid where its source is no longer there."""
    if page is None:
        return None
    for number, bound in enumerate(bounds):
        if bound.mapping.name == page.source:
            return Position(number, page.key)
    raise Invalid("the database has changed since this paging link was made: search again", expression="http._page")


def _limit(request: SearchRequest, context: Context) -> int:
    wanted = context.settings.page_size if request.count is None else request.count
    return min(wanted, context.settings.page_size_limit)


async def _answer(
    exchange: Exchange, context: Context, grants: Grants, snapshot: Snapshot, request: SearchRequest, plan: SearchPlan
) -> bytes:
    links = {"self": _url(context, request.type, request.pairs)}
    if plan.shape.count:
        with exchange.stage("count"):
            total = await context.facade.count(snapshot, plan)
        return searchset(context.base, request.type, (), links, total=total)
    with exchange.stage("fetch"):
        records = await context.facade.page(snapshot, plan)
    shown = records[: plan.limit]
    if len(records) > plan.limit:
        links["next"] = _next(context, grants, request, _end(plan, snapshot, request, shown[-1]))
    renderers = snapshot.renderers(request.type, plan.shape)
    with exchange.stage("render"):
        return await context.facade.rendered(
            snapshot,
            lambda: searchset(
                context.base, request.type, [renderers[row[0]](row, snapshot.concepts) for row in shown], links
            ),
        )


def _end(plan: SearchPlan, snapshot: Snapshot, request: SearchRequest, last: Record) -> Page:
    """Where the page ends: source and key of its last record."""
    branch = last[0]
    key = last[snapshot.key_position(plan.type, branch)]
    return Page(request.type, request.pairs, plan.branches[branch].bound.mapping.name, key)


def _next(context: Context, grants: Grants, request: SearchRequest, end: Page) -> str:
    return _url(context, request.type, (("_page", context.sealer.seal(end, grants.holder)),))


def _url(context: Context, type: str, pairs: Pairs) -> str:
    query = urlencode(pairs, safe=":,/$")
    return f"{context.base}/{type}?{query}" if query else f"{context.base}/{type}"
