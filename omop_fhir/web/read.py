"""read: `GET [base]/[type]/[id]`, conditional by If-None-Match and If-Modified-Since.

https://hl7.org/fhir/R4/http.html#read, https://hl7.org/fhir/R4/http.html#cread
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from starlette.responses import Response

from ..auth.grants import Grants
from ..errors import Gone, Invalid, NotSupported, Problem
from ..plan.criteria import Criteria
from ..plan.history import plan_gone
from ..plan.read import ReadPlan, not_found, plan_read, row_source
from ..plan.search import SearchPlan
from ..render.resource import Resource
from ..request.conditional import http_date, parse_tags
from ..request.shape import Shape, parse_shape
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange
from .types import View, check_url_id, criteria_of, sources
from .written import header_date

_PARAMETERS = frozenset({"_format", "_pretty", "_summary", "_elements"})


async def read(
    exchange: Exchange, context: Context, grants: Grants, type: str, id: str, of: View = lambda whole: whole
) -> Response:
    """The resource, or 304 where the client has it already. `of` says what of the database is read.

    Raises Invalid for a malformed id, NotFound for what is not there or may not be seen, Gone for what was deleted.
    """
    check_url_id(type, id)
    for name, _ in exchange.pairs:
        if name not in _PARAMETERS:
            raise NotSupported(f"a read takes no parameter `{name}`", expression=f"http.{name}")
    shape = parse_shape(type, exchange.pairs)
    if shape.count:
        raise NotSupported("`_summary=count` is for searches", expression="http._summary")

    async def work(whole: Snapshot) -> Resource:
        snapshot = of(whole)
        criteria = criteria_of(context, grants, snapshot)
        plan = plan_read(type, id, sources(snapshot, type), criteria)
        resource = await find(exchange, context, snapshot, plan, shape)
        if resource is None:
            raise await _absent(context, snapshot, criteria, type, id)
        return resource

    return answer(exchange, await context.facade.attempt(work))


async def find(
    exchange: Exchange, context: Context, snapshot: Snapshot, plan: ReadPlan | SearchPlan, shape: Shape
) -> Resource | None:
    """The resource that a plan reads, None where there is none."""
    with exchange.stage("fetch"):
        record = await context.facade.read(snapshot, plan)
    if record is None:
        otherwise = plan.otherwise if isinstance(plan, ReadPlan) else None
        return await find(exchange, context, snapshot, otherwise, shape) if otherwise else None
    exchange.touched.saw(plan, (record,))
    renderer = snapshot.reader(plan, record, shape)
    with exchange.stage("render"):
        return await context.facade.rendered(snapshot, lambda: renderer(record, snapshot.concepts))


async def _absent(context: Context, snapshot: Snapshot, criteria: Criteria, type: str, id: str) -> Problem:
    """Gone for a document whose deletion the caller may see; NotFound for all else."""
    versions = snapshot.versions.get(type)
    row = row_source(id, sources(snapshot, type))
    if versions is None or (row is not None and row.adopted is None):
        return not_found(type, id)
    records = await context.facade.history(snapshot, plan_gone(versions, id, criteria))
    gone = records and records[0]["content"] is None and not await context.facade.withheld(snapshot, [versions], records)
    return Gone(f"{type}/{id} was deleted") if gone else not_found(type, id)


def answer(exchange: Exchange, resource: Resource) -> Response:
    """The response with a resource, or 304 by If-None-Match, or by If-Modified-Since where there is none."""
    headers = {"etag": f'W/"{resource.version}"'}
    if resource.last_updated:
        headers["last-modified"] = _http_date(resource.last_updated)
    if _is_known(exchange, resource):
        return exchange.answer(b"", 304, headers)
    return exchange.answer(resource.json, 200, headers)


def _is_known(exchange: Exchange, resource: Resource) -> bool:
    """Has the client this version? A malformed condition is as none: the client gets the resource (RFC 9110 §13.1)."""
    tags = exchange.header(b"if-none-match")
    if tags is not None:
        return _is_among(tags, resource.version)
    since = http_date(exchange.header(b"if-modified-since"))
    if since is None or resource.last_updated is None:
        return False
    return datetime.fromisoformat(resource.last_updated).replace(microsecond=0) <= since


def _is_among(tags: str, version: str) -> bool:
    try:
        return parse_tags(tags, "http.If-None-Match").match(version)
    except Invalid:
        return False


@lru_cache(maxsize=16)
def _http_date(instant: str) -> str:
    return header_date(datetime.fromisoformat(instant))
