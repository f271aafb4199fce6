"""$validate: what a create, update or delete would say, with nothing written.

`POST [base]/[type]/$validate`, `POST [base]/[type]/[id]/$validate`, `GET [base]/[type]/[id]/$validate?mode=delete`. The answer
is 200 and an OperationOutcome with all that is wrong; a resource that is right in itself is tried in a transaction, which is
then undone.
https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from ..auth.grants import Grants, Interaction
from ..errors import Forbidden, Invalid, Issue, Problem
from ..fhir.outcome import outcome_of
from ..plan.write import JSON, Method
from ..request import body as bodies
from ..request.conditional import Preconditions, parse_preconditions
from ..request.validation import Mode, Validation, parse_validation
from ..store.snapshot import Snapshot
from ..store.writing.requested import Requested, perform
from ..store.writing.transaction import Transaction
from ..store.writing.writes import rehearse
from ..validate.incoming import errors, validate_write
from .context import Context
from .exchange import Exchange, to_json
from .types import check_url_id, check_writable, criteria_of

VALIDATE = "$validate"
_METHODS: Mapping[Mode, Method] = {"create": "POST", "update": "PUT", "delete": "DELETE"}


async def validate(exchange: Exchange, context: Context, grants: Grants, type: str, id: str | None = None) -> Response:
    """All that is wrong. Raises Forbidden where the grants cover no such write, Invalid where the question itself is none."""
    check_writable(await context.facade.snapshot(), type)
    if id is not None:
        check_url_id(type, id)
    asked = parse_validation(await _body(exchange, context), exchange.pairs)
    _check_allowed(grants, type, asked.mode)
    if asked.mode == "delete" and id is None:
        raise Invalid("`mode=delete` is about one resource: POST [type]/[id]/$validate", expression="http.mode")

    async def work(snapshot: Snapshot) -> Sequence[Issue]:
        tried = _Trial(exchange, context, grants, snapshot, type, id, asked, parse_preconditions(exchange.header))
        return await tried.issues()

    issues = await context.facade.attempt(work)
    return exchange.answer(to_json(outcome_of(issues or [_right(type, asked.mode)])))


async def _body(exchange: Exchange, context: Context) -> object:
    body = await exchange.read_body(context.settings.body_limit)
    if not body and exchange.parameter("mode") == "delete":
        return None
    bodies.check_content_type(exchange.header(b"content-type"))
    return bodies.parse_json(body)


def _check_allowed(grants: Grants, type: str, mode: Mode | None) -> None:
    any_of: tuple[Interaction, ...] = (mode,) if mode else ("read", "create", "update")
    if not any(grants.allow(type, each) for each in any_of):
        raise Forbidden(f"the access token does not allow to {mode or 'read, create or update'} {type}")


def _right(type: str, mode: Mode | None) -> Issue:
    return Issue("informational", f"the {mode} would succeed" if mode else f"the {type} is right", "information")


@dataclass(frozen=True, slots=True)
class _Trial:
    """One question, against one snapshot."""

    exchange: Exchange
    context: Context
    grants: Grants
    snapshot: Snapshot
    type: str
    id: str | None
    asked: Validation
    preconditions: Preconditions

    async def issues(self) -> Sequence[Issue]:
        """All that is wrong, and what may be worth knowing."""
        with self.exchange.stage("validate"):
            found = [*self._mismatches(), *(validate_write(self.asked.resource) if self.asked.resource else ())]
        with self.exchange.stage("write"):
            return [*found, *await self._tried(is_right=not errors(found))]

    def _mismatches(self) -> Sequence[Issue]:
        """What the URL says otherwise."""
        resource = self.asked.resource
        if resource is None:
            return ()
        try:
            bodies.check_type(resource, self.type)
            if self.id is not None and self.asked.mode in (None, "update"):
                bodies.check_id(resource, self.id)
        except Invalid as problem:
            return problem.issues
        return ()

    async def _tried(self, *, is_right: bool) -> Sequence[Issue]:
        """What is found by doing it, or of a resource that is wrong already by following its references."""
        criteria = criteria_of(self.context, self.grants, self.snapshot)
        mode = self.asked.mode

        async def run(transaction: Transaction) -> Sequence[Issue]:
            if mode is None or not is_right:
                return await _missing(transaction, self.asked.resource)
            await perform(transaction, [self._requested(_METHODS[mode])], lambda _, resource: None)
            return ()

        try:
            return await rehearse(self.context.facade, self.snapshot, criteria, self.grants.holder, run)
        except Problem as problem:
            if problem.status >= 500:
                raise
            return problem.issues

    def _requested(self, method: Method) -> Requested:
        resource = None if method == "DELETE" else self.asked.resource
        own = (self.asked.resource or {}).get("id")
        if method == "PUT" and self.id is None and own is None:
            raise Invalid("an update needs the id of the resource", expression=f"{self.type}.id")
        id = None if method == "POST" else self.id or own
        return Requested(method, self.type, id, None, resource, preconditions=self.preconditions)


async def _missing(transaction: Transaction, resource: JSON | None) -> Sequence[Issue]:
    if resource is None:
        return ()
    await transaction.targets.load([resource])
    return [*transaction.targets.missing(resource)]
