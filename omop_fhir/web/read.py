"""read: `GET [base]/[type]/[id]` (https://hl7.org/fhir/R4/http.html#read), conditional by If-None-Match (#cread)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from starlette.responses import Response

from ..auth.grants import Grants
from ..errors import Invalid, NotSupported
from ..plan.read import not_found, plan_read
from ..render.resource import Resource
from ..request.conditional import parse_tags
from ..request.shape import Shape, parse_shape
from ..request.values import ID
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange
from .types import criteria_of, sources

_PARAMETERS = frozenset({"_format", "_pretty", "_summary", "_elements"})


async def read(exchange: Exchange, context: Context, grants: Grants, type: str, id: str) -> Response:
    """The resource, or 304 where the client has it already.

    Raises Invalid for a malformed id, NotFound for what is not there or may not be seen.
    """
    if not ID.fullmatch(id):
        raise Invalid(f"`{id}` is not an id: 1 to 64 letters, digits, `-` and `.`", expression=f"{type}.id")
    for name, _ in exchange.pairs:
        if name not in _PARAMETERS:
            raise NotSupported(f"a read takes no parameter `{name}`", expression=f"http.{name}")
    shape = parse_shape(type, exchange.pairs)
    if shape.count:
        raise NotSupported("`_summary=count` is for searches", expression="http._summary")

    async def work(snapshot: Snapshot) -> tuple[Resource, str | None]:
        return await _find(exchange, context, snapshot, grants, type, id, shape), snapshot.site.last_updated

    resource, last_updated = await context.facade.attempt(work)
    return _answer(exchange, resource, last_updated)


async def _find(
    exchange: Exchange, context: Context, snapshot: Snapshot, grants: Grants, type: str, id: str, shape: Shape
) -> Resource:
    plan = plan_read(type, id, sources(snapshot, type), criteria_of(context, grants, snapshot))
    with exchange.stage("fetch"):
        record = await context.facade.read(snapshot, plan)
    if record is None:
        raise not_found(type, id)
    renderer = snapshot.reader(plan.bound, shape)
    with exchange.stage("render"):
        return await context.facade.rendered(snapshot, lambda: renderer(record, snapshot.concepts))


def _answer(exchange: Exchange, resource: Resource, last_updated: str | None) -> Response:
    headers = {"etag": f'W/"{resource.version}"'}
    if last_updated:
        headers["last-modified"] = _http_date(last_updated)
    if _is_known(exchange.header(b"if-none-match"), resource.version):
        return exchange.answer(b"", 304, headers)
    return exchange.answer(resource.json, 200, headers)


def _is_known(if_none_match: str | None, version: str) -> bool:
    """A malformed If-None-Match is as none: the client gets the resource."""
    try:
        return if_none_match is not None and parse_tags(if_none_match, "http.If-None-Match").match(version)
    except Invalid:
        return False


@lru_cache(maxsize=16)
def _http_date(instant: str) -> str:
    return format_datetime(datetime.fromisoformat(instant).astimezone(UTC), usegmt=True)
