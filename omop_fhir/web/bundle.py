"""batch and transaction: `POST [base]` with a Bundle of requests.

A transaction is done as a whole or not at all; its reads are answered once it is committed. The entries of a batch are done one
after another, each for itself. https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from starlette.responses import Response

from ..auth.grants import Grants
from ..errors import InvalidContent, Issue, NotSupported, Problem, Unprocessable
from ..fhir.outcome import outcome_of
from ..plan.write import JSON
from ..render.response import EntryResponse, response_bundle
from ..request.body import check_content_type, parse_resource
from ..request.bundle import BundleRequest, Entry, parse_bundle
from ..request.links import find_links
from ..request.patch import entry_patch
from ..request.preference import Return, parse_preference
from ..request.references import ConditionalReference, References, Target, identifier_of, logical
from ..store.snapshot import Snapshot
from ..store.writing.requested import Check, Requested, perform
from ..store.writing.step import Written
from ..store.writing.transaction import Place, Transaction
from ..store.writing.writes import transact
from ..validate.incoming import errors, moved, refuse, validate_write
from .audited import Touched, occasion_of
from .context import Context
from .exchange import Exchange
from .failure import understood
from .interaction import COST
from .subrequest import Respond, ask
from .types import check_writable, criteria_of
from .written import headers, issues_of, status, to_body

_WRITES = frozenset({"create", "update", "patch", "delete"})
Others: TypeAlias = dict[str, str | JSON]
"""What references become that lead to no entry."""


async def bundle(exchange: Exchange, context: Context, grants: Grants, respond: Respond) -> Response:
    """What became of each entry. Raises InvalidContent and whatever an entry of a transaction raises."""
    content_type = exchange.header(b"content-type")
    check_content_type(content_type)
    body = await exchange.read_body(context.settings.bundle_limit)
    with exchange.stage("parse"):
        request = parse_bundle(parse_resource(body, content_type), context.base)
    exchange.scope["observed"].interaction = request.kind
    await context.admission.charge(exchange.scope, grants, sum(_cost(entry) for entry in request.entries))
    if request.kind == "transaction":
        exchange.touched.kind = "transaction"
        check_writable(await context.facade.snapshot())
    work = _Bundle(exchange, context, grants, respond, request, parse_preference(exchange.header(b"prefer")).returns)
    responses = await (work.transaction() if request.kind == "transaction" else work.batch())
    with exchange.stage("render"):
        return exchange.answer(response_bundle(request.kind, responses))


def _cost(entry: Entry) -> float:
    """What an entry takes from its client's budget."""
    return COST.get(entry.interaction, 5.0)


@dataclass(frozen=True, slots=True)
class _Bundle:
    """One Bundle of one caller."""

    exchange: Exchange
    context: Context
    grants: Grants
    respond: Respond
    request: BundleRequest
    returns: Return | None

    async def transaction(self) -> list[EntryResponse]:
        """All entries, or none. Raises the Problem of the first that cannot be done."""
        ordered = self.request.ordered()
        skipped = {entry.index: self._skipped(entry) for entry in ordered if self._is_skipped(entry)}
        writes = [entry for entry in ordered if entry.interaction in _WRITES and entry.index not in skipped]
        with self.exchange.stage("validate"):
            self._refuse_unmapped(writes)
            refuse_all(writes)
        responses = [*skipped.values()]
        if writes:
            responses += await self._written(writes, _logical([e for e in ordered if e.index in skipped]))
        reads = [entry for entry in ordered if entry.interaction not in _WRITES]
        return [*responses, *[await self._asked(entry) for entry in reads]]

    def _is_skipped(self, entry: Entry) -> bool:
        """Is it about a type that nothing is kept of, and shall that be passed over?"""
        return self.context.settings.skip_unmapped and entry.interaction in _WRITES and not self._is_kept(entry)

    def _is_kept(self, entry: Entry) -> bool:
        """Is there a mapping of its type?"""
        return any(mapping.enabled and mapping.resource == entry.type for mapping in self.context.facade.mappings)

    def _refuse_unmapped(self, entries: Sequence[Entry]) -> None:
        """Raises Unprocessable where nothing is kept of the type of any entry, naming each."""
        text = "nothing is kept of {} here: no mapping has it"
        unmapped = [entry for entry in entries if not self._is_kept(entry)]
        if unmapped:
            raise Unprocessable([Issue("not-supported", text.format(each.type), expression=each.place) for each in unmapped])

    def _skipped(self, entry: Entry) -> EntryResponse:
        text = f"{entry.type} is not kept here: the entry was passed over"
        return EntryResponse(entry.index, 200, outcome=outcome_of([Issue("not-supported", text, "warning", entry.place)]))

    async def _written(self, entries: Sequence[Entry], logical_ones: Others) -> list[EntryResponse]:
        references = References(self.request.entries, self.context.base)
        read = [references.read(entry) for entry in entries]
        issues = [issue for each in read for issue in each.issues]
        if issues:
            raise InvalidContent(issues)
        conditional = [found for each in read for found in each.conditional]
        requests = [requested(entry) for entry in entries]
        others: Others = {}

        async def run(transaction: Transaction) -> list[Written]:
            others.update(logical_ones | await self._found(transaction, conditional))
            targets: dict[int, Target] = {}

            def rewrite(number: int, resource: JSON, places: Mapping[int, Place]) -> JSON:
                if not targets:  # all places are known before the first resource is rewritten
                    targets.update((entries[n].index, Target(f"{type}/{id}", v)) for n, (type, id, v) in places.items())
                return references.rewritten(replace(entries[number], resource=resource), targets, others)

            return await perform(transaction, requests, checking(requests), rewrite=rewrite)

        written = await self._transact(run)
        return [self._response(entry, each, _became(entry, others)) for entry, each in zip(entries, written, strict=True)]

    async def _found(self, transaction: Transaction, conditional: Sequence[ConditionalReference]) -> Others:
        """What the conditional references find. Raises InvalidContent for those that do not find one resource."""
        others: Others = {}
        issues: list[Issue] = []
        for reference in {each.text: each for each in conditional}.values():
            condition = reference.condition
            found = await transaction.matching(condition, 2) if transaction.serves(condition.type) else []
            identifier = identifier_of(condition)
            if len(found) == 1:
                others[reference.text] = "/".join(found[0])
            elif not found and identifier and self.context.settings.skip_unmapped and not transaction.serves(condition.type):
                others[reference.text] = logical(condition.type, identifier)
            else:
                many = f"finds {'several' if found else 'no'} {condition.type}"
                issues.append(Issue("not-found", f"the reference `{reference.text}` {many}", expression=reference.place))
        if issues:
            raise InvalidContent(issues)
        return others

    async def batch(self) -> list[EntryResponse]:
        """Each entry for itself."""
        refused = [EntryResponse(each.index, 400, outcome=outcome_of(each.issues)) for each in self.request.refused]
        return [*refused, *[await self._alone(entry) for entry in self.request.entries]]

    async def _alone(self, entry: Entry) -> EntryResponse:
        if self._is_skipped(entry):
            return self._skipped(entry)
        if entry.interaction not in _WRITES:
            return await self._asked(entry)
        try:
            self._refuse_unmapped([entry])
            refuse_all([entry])
            requests = [requested(entry)]
            (written,) = await self._transact(lambda transaction: perform(transaction, requests, checking(requests)))
        except Exception as error:
            problem = understood(error, self.exchange.scope.get("request_id", "?"))
            self._note(entry, problem)
            return EntryResponse(entry.index, problem.status, outcome=outcome_of(problem.issues))
        return self._response(entry, written)

    def _note(self, entry: Entry, problem: Problem) -> None:
        """Record a write that was refused: nothing was committed that could say so."""
        touched = Touched()
        touched.caller = self.grants.caller
        touched.aim(entry.method, entry.path)
        self.context.audit.record(touched.event(self.exchange.scope, problem))

    async def _transact(self, run: Callable[[Transaction], Awaitable[list[Written]]]) -> list[Written]:
        async def work(snapshot: Snapshot) -> list[Written]:
            criteria = criteria_of(self.context, self.grants, snapshot)
            occasion = occasion_of(self.exchange.scope)
            return await transact(self.context.facade, snapshot, criteria, self.grants.holder, run, occasion)

        with self.exchange.stage("write"):
            return await self.context.facade.attempt(work)

    async def _asked(self, entry: Entry) -> EntryResponse:
        """A read, search or history, as if it had come alone."""
        if entry.interaction == "operation" or entry.method == "POST":
            problem = NotSupported(f"`{entry.method} {entry.url}` is not done in a Bundle", expression=f"{entry.place}.request")
            return EntryResponse(entry.index, problem.status, outcome=outcome_of(problem.issues))
        return await ask(self.exchange, entry, self.respond)

    def _response(self, entry: Entry, written: Written, issues: Sequence[Issue] = ()) -> EntryResponse:
        """Of an entry that was done; `issues` are told whatever the client prefers."""
        base, document = self.context.base, written.document
        told = (*issues_of(written), *issues) if self.returns == "OperationOutcome" else issues
        body = to_body(written, self.returns) if self.returns == "representation" else b""
        return EntryResponse(
            entry.index,
            status(written, has_body=bool(body)),
            headers(written, base).get("location"),
            written.version if document else None,
            written.last_updated,
            outcome=outcome_of(told) if told else None,
            resource=body or None,
            full_url=f"{base}/{written.type}/{written.id}" if body else None,
        )


def requested(entry: Entry) -> Requested:
    """What an entry asks for."""
    place = f"{entry.place}.resource"
    patch = entry_patch(entry.resource, place) if entry.interaction == "patch" and entry.resource else None
    method: Any = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE"}[entry.interaction]
    resource = None if entry.interaction == "patch" else entry.resource
    return Requested(method, entry.type or "", entry.id, entry.condition, resource, patch, entry.preconditions, place)


def checking(requests: Sequence[Requested]) -> Check:
    """A resource that a patch has made is checked within the transaction; the others were before."""

    def check(number: int, resource: JSON) -> None:
        if requests[number].patch is not None:
            refuse(validate_write(resource))

    return check


def refuse_all(entries: Sequence[Entry]) -> None:
    """Raises where the resource of any entry may not be kept, with the issues of all."""
    found = [issue for entry in entries for issue in _issues(entry)]
    if errors(found):
        refuse(found)


def _issues(entry: Entry) -> Iterator[Issue]:
    if entry.interaction in ("create", "update") and entry.resource is not None:
        place = f"{entry.place}.resource"
        yield from (moved(issue, place) for issue in validate_write(entry.resource))


def _became(entry: Entry, others: Others) -> Sequence[Issue]:
    """What of an entry's references leads to what is not kept here, and was kept as a logical reference."""
    gone = {text for text, other in others.items() if not isinstance(other, str)}
    links = find_links(entry.resource, f"{entry.place}.resource") if gone and entry.resource else ()
    text = "`{}` leads to what is not kept here: it is kept as a logical reference"
    found = (link for link in links if link.kind == "reference" and link.text in gone)
    return [Issue("not-supported", text.format(link.text[:100]), "warning", link.place) for link in found]


def _logical(skipped: Sequence[Entry]) -> Others:
    """References to entries that are passed over, by their fullUrl: to an identifier of theirs, or else to that URL."""
    others: Others = {}
    for entry in skipped:
        if entry.full_url is not None and entry.type is not None:
            given = (entry.resource or {}).get("identifier") or [{"system": "urn:ietf:rfc:3986", "value": entry.full_url}]
            others[entry.full_url] = logical(entry.type, given[0] if isinstance(given, list) else given)
    return others
