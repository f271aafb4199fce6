"""vread and history: of an instance, a type, the system.

`GET [base]/[type]/[id]/_history/[vid]`, `GET [base]/[type]/[id]/_history`, `GET [base]/[type]/_history`,
`GET [base]/_history`. Documents keep all their versions; a row of the database has one, the one that it is now, and stands in
no history but its own.
https://hl7.org/fhir/R4/http.html#vread, https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from ..auth.grants import Grants
from ..errors import Gone, NotFound, NotSupported
from ..fhir.dates import instant_text
from ..mapping.bind import Bound
from ..mapping.versions import Versions
from ..plan.criteria import Criteria
from ..plan.history import HistoryPlan, plan_history, plan_version
from ..plan.read import not_found, plan_read, row_source
from ..plan.search import Cursor
from ..render.history import VersionEntry
from ..render.history import history as bundle
from ..render.resource import Resource
from ..request.history import HistoryRequest, parse_history
from ..request.page import Page
from ..request.shape import WHOLE, Pairs
from ..store.postgresql.pool import Record, Records
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange
from .read import answer, find
from .results import Resumed, resume
from .types import check_url_id, criteria_of, sources

HISTORY = "_history"
_FORM = ("_format", "_pretty")


async def vread(exchange: Exchange, context: Context, grants: Grants, type: str, id: str, version: str) -> Response:
    """One version of a resource. Raises NotFound for one that is not there or may not be seen, Gone for a deletion."""
    check_url_id(type, id)
    for name, _ in exchange.pairs:
        if name not in _FORM:
            raise NotSupported(f"a vread takes no parameter `{name}`", expression=f"http.{name}")

    async def work(snapshot: Snapshot) -> Resource:
        criteria = criteria_of(context, grants, snapshot)
        row = row_source(id, sources(snapshot, type))
        if row is not None and (row.adopted is None or not version.isdigit()):
            return await _row_version(exchange, context, snapshot, criteria, (type, id, version))
        return await _version(exchange, context, snapshot, criteria, (type, id, version))

    return answer(exchange, await context.facade.attempt(work))


async def _row_version(
    exchange: Exchange, context: Context, snapshot: Snapshot, criteria: Criteria, named: tuple[str, str, str]
) -> Resource:
    type, id, version = named
    _kept(snapshot, type)
    plan = plan_read(type, id, sources(snapshot, type), criteria)
    resource = await find(exchange, context, snapshot, plan, WHOLE)
    if resource is None or resource.version != version:
        raise _no_version(*named)
    return resource


async def _version(
    exchange: Exchange, context: Context, snapshot: Snapshot, criteria: Criteria, named: tuple[str, str, str]
) -> Resource:
    type, id, version = named
    versions = _kept(snapshot, type)
    plan = plan_version(versions, id, version, criteria)
    with exchange.stage("fetch"):
        records = await context.facade.history(snapshot, plan) if plan else ()
        withheld = await context.facade.withheld(snapshot, [versions], records)
    if not records or withheld:
        raise _no_version(*named)
    exchange.touched.saw_version(type, records[0])
    resource = _resource(records[0])
    if not resource.json:
        raise Gone(f"{type}/{id} was deleted: version {version} is its deletion")
    return resource


def _no_version(type: str, id: str, version: str) -> NotFound:
    return NotFound(f"{type}/{id}/_history/{version} was not found")


def _kept(snapshot: Snapshot, type: str) -> Versions:
    """The versions of a type. Raises NotFound where none are kept."""
    sources(snapshot, type)
    found = snapshot.versions.get(type)
    if found is None:
        raise NotFound(f"no history of {type} is kept here")
    return found


async def history(
    exchange: Exchange, context: Context, grants: Grants, type: str | None = None, id: str | None = None
) -> Response:
    """A page of the versions of a resource, a type or all. Raises what parsing and planning raise."""
    path = "/".join(part for part in (type, id, HISTORY) if part is not None)
    resumed = resume(exchange, context, grants, path)
    exchange.touched.parameters = [name for name, _ in resumed.pairs]
    if type is not None and id is not None:
        check_url_id(type, id)

    async def work(snapshot: Snapshot) -> bytes:
        request = parse_history(resumed.pairs, snapshot.site.zone)
        histories = _Histories(exchange, context, snapshot, criteria_of(context, grants, snapshot), request, path, resumed)
        return await histories.bundle(type, id)

    return exchange.answer(await context.facade.attempt(work))


@dataclass(frozen=True, slots=True)
class _Histories:
    """Makes the Bundle of one history, against one snapshot."""

    exchange: Exchange
    context: Context
    snapshot: Snapshot
    criteria: Criteria
    request: HistoryRequest
    path: str
    resumed: Resumed

    async def bundle(self, type: str | None, id: str | None) -> bytes:
        """The page asked for. Raises NotFound where there is no such resource."""
        wanted = self._wanted(type)
        row = row_source(id, sources(self.snapshot, type)) if type is not None and id is not None else None
        if type is not None and id is not None and row is not None and not await self._is_document(row, wanted, id):
            return await self._of_row(type, id)
        plan = self._plan(wanted, id, self.resumed.cursor)
        with self.exchange.stage("fetch"):
            records = await self.context.facade.history(self.snapshot, plan)
            withheld = await self.context.facade.withheld(self.snapshot, wanted, records)
        if type is not None and id is not None:
            if withheld:
                raise not_found(type, id)
            if not records:
                await self._check_there(wanted, type, id)
        return self._page(plan, records, withheld)

    def _wanted(self, type: str | None) -> Sequence[Versions]:
        if type is not None:
            return (_kept(self.snapshot, type),)
        allow = self.criteria.grants.allow
        found = [each for type, each in self.snapshot.versions.items() if allow(type, "history-type")]
        if not found:
            raise NotFound("no history is kept here, of no type that could be seen")
        return found

    def _plan(self, wanted: Sequence[Versions], id: str | None, cursor: Cursor | None) -> HistoryPlan:
        settings, count = self.context.settings, self.request.count
        limit = min(settings.page_size if count is None else count, settings.page_size_limit)
        return plan_history(wanted, id, self.request, self.criteria, limit=limit, cursor=cursor)

    async def _is_document(self, row: Bound, wanted: Sequence[Versions], id: str) -> bool:
        """Has a row become a document, of which there are versions that may be seen?"""
        return row.adopted is not None and await self._has_versions(wanted, id)

    async def _check_there(self, wanted: Sequence[Versions], type: str, id: str) -> None:
        """Raises NotFound where it is not the time that leaves nothing, but there is no version to be seen at all."""
        if not await self._has_versions(wanted, id):
            raise not_found(type, id)

    async def _has_versions(self, wanted: Sequence[Versions], id: str) -> bool:
        ever = plan_history(wanted, id, HistoryRequest(None, None, 1, ()), self.criteria, limit=1, cursor=None)
        return bool(await self.context.facade.history(self.snapshot, ever))

    def _page(self, plan: HistoryPlan, records: Records, withheld: set[int]) -> bytes:
        more, shown = len(records) > plan.limit, list(records[: plan.limit])
        if plan.backward:
            shown.reverse()
        links = self._links(shown, newer=more if plan.backward else plan.place is not None, older=more or plan.backward)
        types = [bound.mapping.resource for bound, _ in plan.branches]
        shown = [record for record in shown if record["document"] not in withheld]
        for record in shown:
            self.exchange.touched.saw_version(types[record["branch"]], record)
        entries = (VersionEntry(types[r["branch"]], _resource(r), r["method"], r["is_new"]) for r in shown)
        with self.exchange.stage("render"):
            return bundle(self.context.base, entries, links)

    def _links(self, shown: Sequence[Record], *, newer: bool, older: bool) -> dict[str, str]:
        links = {"self": self._url(self.request.pairs)}
        if self.resumed.cursor is not None:
            links["first"] = self._url(self.request.pairs)
        if shown and newer:
            links["previous"] = self._link(shown[0], backward=True)
        if shown and older:
            links["next"] = self._link(shown[-1], backward=False)
        return links

    def _link(self, record: Record, *, backward: bool) -> str:
        values = (record["last_updated"].isoformat(), str(record["version"]))
        page = Page(self.path, self.request.pairs, values, "", record["document"], backward)
        return self._url((("_page", self.context.sealer.seal(page, self.criteria.grants.holder)),))

    def _url(self, pairs: Pairs) -> str:
        return "?".join(filter(None, (f"{self.context.base}/{self.path}", urlencode(pairs, safe=":,/$"))))

    async def _of_row(self, type: str, id: str) -> bytes:
        """The one version of a row, where it falls into the time that is asked for."""
        self._check_times(type)
        plan = plan_read(type, id, sources(self.snapshot, type), self.criteria)
        resource = await find(self.exchange, self.context, self.snapshot, plan, WHOLE)
        if resource is None:
            raise not_found(type, id)
        entries = [VersionEntry(type, resource, "PUT", False)] if self._is_within(resource) else []
        return bundle(self.context.base, entries, {"self": self._url(self.request.pairs)})

    def _check_times(self, type: str) -> None:
        asked = "_since" if self.request.since else "_at" if self.request.at else None
        if asked and self.snapshot.site.last_updated is None:
            message = f"`{asked}`: the database does not tell when rows of {type} were last updated"
            raise NotSupported(message, expression=f"http.{asked}")

    def _is_within(self, resource: Resource) -> bool:
        if resource.last_updated is None:
            return True
        updated = datetime.fromisoformat(resource.last_updated)
        since, at = self.request.since, self.request.at
        return (since is None or updated >= since) and (at is None or updated < at[1])


def _resource(record: Record) -> Resource:
    content = (record["content"] or "").encode()
    return Resource(record["id"], str(record["version"]), content, instant_text(record["last_updated"]))
