"""create, update, patch and delete of one resource, each by id or by a condition.

`POST [base]/[type]`, `PUT`, `PATCH` and `DELETE [base]/[type]/[id]` or `[base]/[type]?...`.
https://hl7.org/fhir/R4/http.html#create, #update, #patch, #delete
"""

from __future__ import annotations

from starlette.responses import Response

from ..auth.grants import Grants
from ..errors import NotSupported
from ..plan.write import JSON
from ..request.body import check_content_type, check_id, check_type, parse_json, parse_resource, patch_kind
from ..request.conditional import Condition, parse_condition, parse_preconditions
from ..store.snapshot import Snapshot
from ..store.writing.requested import Requested, perform
from ..store.writing.step import Written
from ..store.writing.transaction import Transaction
from ..store.writing.writes import transact
from ..validate.incoming import refuse, validate_write
from .audited import occasion_of
from .context import Context
from .exchange import Exchange
from .types import check_url_id, check_writable, criteria_of
from .written import answer

_BESIDE = frozenset({"_format", "_pretty"})


async def create(exchange: Exchange, context: Context, grants: Grants, type: str) -> Response:
    """A new resource; with If-None-Exist only where no other is found."""
    check_writable(await context.facade.snapshot(), type)
    _check_no_parameters(exchange)
    preconditions = parse_preconditions(exchange.header)
    exist = preconditions.if_none_exist
    condition = None if exist is None else parse_condition(type, exist, "http.If-None-Exist")
    resource = await _resource(exchange, context, type)
    return await _write(
        exchange, context, grants, Requested("POST", type, None, condition, resource, preconditions=preconditions)
    )


async def update(exchange: Exchange, context: Context, grants: Grants, type: str, id: str | None = None) -> Response:
    """The resource as it shall be from now on; one that is not there yet is made."""
    check_writable(await context.facade.snapshot(), type)
    condition = _condition(exchange, type, id)
    resource = await _resource(exchange, context, type)
    if id is not None:
        check_id(resource, id)
    preconditions = parse_preconditions(exchange.header)
    return await _write(
        exchange, context, grants, Requested("PUT", type, id, condition, resource, preconditions=preconditions)
    )


async def patch(exchange: Exchange, context: Context, grants: Grants, type: str, id: str | None = None) -> Response:
    """A change of a resource, by JSON Patch or FHIRPath Patch."""
    check_writable(await context.facade.snapshot(), type)
    condition = _condition(exchange, type, id)
    kind = patch_kind(exchange.header(b"content-type") or "")
    change = kind, parse_json(await exchange.read_body(context.settings.body_limit))
    preconditions = parse_preconditions(exchange.header)
    return await _write(
        exchange, context, grants, Requested("PATCH", type, id, condition, patch=change, preconditions=preconditions)
    )


async def delete(exchange: Exchange, context: Context, grants: Grants, type: str, id: str | None = None) -> Response:
    """No resource from now on; its history is kept."""
    check_writable(await context.facade.snapshot(), type)
    condition = _condition(exchange, type, id)
    preconditions = parse_preconditions(exchange.header)
    return await _write(exchange, context, grants, Requested("DELETE", type, id, condition, preconditions=preconditions))


def _condition(exchange: Exchange, type: str, id: str | None) -> Condition | None:
    if id is None:
        return parse_condition(type, exchange.query, "http.url")
    check_url_id(type, id)
    _check_no_parameters(exchange)
    return None


def _check_no_parameters(exchange: Exchange) -> None:
    for name, _ in exchange.pairs:
        if name not in _BESIDE:
            raise NotSupported(f"a write by id takes no parameter `{name}`", expression=f"http.{name}")


async def _resource(exchange: Exchange, context: Context, type: str) -> JSON:
    content_type = exchange.header(b"content-type")
    check_content_type(content_type)
    body = await exchange.read_body(context.settings.body_limit)
    with exchange.stage("parse"):
        resource = parse_resource(body, content_type)
    check_type(resource, type)
    return resource


async def _write(exchange: Exchange, context: Context, grants: Grants, request: Requested) -> Response:
    checked: list[JSON] = []

    def check(_: int, resource: JSON) -> None:
        with exchange.stage("validate"):
            if resource not in checked[-1:]:
                refuse(validate_write(resource))
                checked.append(resource)

    async def work(snapshot: Snapshot) -> tuple[Written, ...]:
        criteria = criteria_of(context, grants, snapshot)

        async def run(transaction: Transaction) -> tuple[Written, ...]:
            return tuple(await perform(transaction, [request], check, deletes_many=context.settings.delete_many))

        with exchange.stage("write"):
            return await transact(context.facade, snapshot, criteria, grants.holder, run, occasion_of(exchange.scope))

    (written,) = await context.facade.attempt(work)
    exchange.touched.is_kept = True
    return answer(exchange, context, written)
