"""search-type: `GET [base]/[type]?...` and `POST [base]/[type]/_search` (https://hl7.org/fhir/R4/http.html#search)."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from ..auth.grants import Grants
from ..errors import Invalid
from ..plan.search import Position, SearchPlan, plan_search, supported
from ..render.bundle import searchset
from ..request.page import Page
from ..request.search import Pairs, SearchRequest, parse_search
from ..store.pool import Records
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange
from .types import sources

_BESIDE_PAGE = frozenset({"_page", "_format", "_pretty"})


async def search(exchange: Exchange, context: Context, grants: Grants, type: str) -> Response:
    """A page of the search, as a searchset Bundle. Raises what parsing and planning raise."""
    pairs, after = _resume(exchange, context, grants, type)

    async def work(snapshot: Snapshot) -> bytes:
        bounds = sources(snapshot, type)
        with exchange.stage("parse"):
            request = parse_search(type, pairs, context.base, supported(bounds))
            limit = _limit(request, context)
            plan = plan_search(request, bounds, snapshot.site, grants, limit=limit, after=after)
        return await _answer(exchange, context, grants, snapshot, request, plan)

    return exchange.answer(await context.facade.attempt(work))


def _resume(exchange: Exchange, context: Context, grants: Grants, type: str) -> tuple[Pairs, Position | None]:
    """The parameters of the search, and where the last page ended if this request follows a paging link."""
    sealed = exchange.parameter("_page")
    if sealed is None:
        return exchange.pairs, None
    beside = [name for name, _ in exchange.pairs if name not in _BESIDE_PAGE]
    if len([name for name, _ in exchange.pairs if name == "_page"]) > 1:
        beside.append("_page")
    if beside:
        raise Invalid(f"a paging link holds the whole search: leave out `{beside[0]}`", expression=f"http.{beside[0]}")
    page = context.sealer.open(sealed, grants.holder)
    if page.type != type:
        raise Invalid(f"this paging link is for {page.type}", expression="http._page")
    return page.pairs, Position(page.branch, page.key)


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
        links["next"] = _next(context, grants, request, _end(plan, snapshot, shown))
    renderers = snapshot.renderers(request.type, plan.shape)
    with exchange.stage("render"):
        return await context.facade.rendered(
            snapshot,
            lambda: searchset(
                context.base, request.type, [renderers[row[0]](row, snapshot.concepts) for row in shown], links
            ),
        )


def _end(plan: SearchPlan, snapshot: Snapshot, shown: Records) -> Position:
    """Where the page ends: branch and key of its last record."""
    branch: int = shown[-1][0]
    return Position(branch, shown[-1][snapshot.key_position(plan.type, branch)])


def _next(context: Context, grants: Grants, request: SearchRequest, end: Position) -> str:
    page = Page(request.type, request.pairs, end.branch, end.key)
    return _url(context, request.type, (("_page", context.sealer.seal(page, grants.holder)),))


def _url(context: Context, type: str, pairs: Pairs) -> str:
    query = urlencode(pairs, safe=":,/$")
    return f"{context.base}/{type}?{query}" if query else f"{context.base}/{type}"
