"""The result of a search as a Bundle: a page of matches, what is included with them, links, totals, and words about it.

Shared by search-type, search-system, compartment searches and $everything.
https://hl7.org/fhir/R4/search.html#return
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from ..auth.grants import Grants
from ..errors import Invalid, NotSupported, Problem, Timeout, TooCostly
from ..fhir.outcome import Issue, outcome_of
from ..plan.criteria import Criteria
from ..plan.include import Inclusions
from ..plan.lenient import known_criteria
from ..plan.read import not_found
from ..plan.search import Cursor, SearchPlan, plan_search
from ..query.ordering import check_sort, too_costly
from ..query.select import LEADING, offsets
from ..render.bundle import Entry, searchset
from ..render.compile import Row
from ..request.page import Page
from ..request.preference import parse_preference
from ..request.search import SearchRequest
from ..request.shape import Pairs
from ..store.postgresql.pool import Records
from ..store.snapshot import Snapshot
from .context import Context
from .exchange import Exchange
from .target import Target

_BESIDE_PAGE = frozenset({"_page", "_format", "_pretty"})
_INCLUDE_STEPS = 10
"""Statements that inclusions may take; what lies beyond is told, not dropped in silence."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The parameters of a search, and where to go on if the request follows a paging link."""

    pairs: Pairs
    cursor: Cursor | None


def resume(exchange: Exchange, context: Context, grants: Grants, path: str) -> Resumed:
    """What the request asks for, a paging link opened. Raises Invalid for a link that does not fit."""
    sealed = exchange.parameter("_page")
    if sealed is None:
        return Resumed(exchange.pairs, None)
    names = [name for name, _ in exchange.pairs]
    beside = [name for name in names if name not in _BESIDE_PAGE] or (["_page"] if names.count("_page") > 1 else [])
    if beside:
        raise Invalid(f"a paging link holds the whole search: leave out `{beside[0]}`", expression=f"http.{beside[0]}")
    page = context.sealer.open(sealed, grants.holder)
    if page.path != path:
        raise Invalid(f"this paging link is for {page.path or 'the whole system'}", expression="http._page")
    return Resumed(page.pairs, Cursor(page.values, page.source, page.key, page.backward))


@dataclass(frozen=True, slots=True)
class Results:
    """Makes the Bundle of one search, against one snapshot."""

    exchange: Exchange
    context: Context
    grants: Grants
    snapshot: Snapshot
    request: SearchRequest
    target: Target
    criteria: Criteria
    cursor: Cursor | None
    left_aside: tuple[Problem, ...] = ()
    """Why parameters were not applied, in a lenient search."""

    async def bundle(self) -> bytes:
        """The page asked for. Raises what planning and the database raise."""
        return await self.lenient()._bundle()

    def lenient(self) -> Results:
        """The same without the parameters that are not known here, where the client prefers that to an error."""
        preference = parse_preference(self.exchange.header(b"prefer"))
        if preference.strict and self.request.ignored:
            name = self.request.ignored[0]
            raise NotSupported(f"`{name}` is not known here", expression=f"http.{name}")
        if not preference.lenient:
            return self
        request, left_aside = known_criteria(self.request, self.target.bounds, self.criteria)
        return replace(self, request=request, left_aside=left_aside)

    async def _bundle(self) -> bytes:
        with self.exchange.stage("plan"):
            plan = self.plan()
            inclusions = self.inclusions()
        if self.request.shape.count:
            return await self._counted(plan)
        with self.exchange.stage("fetch"):
            records = await self._page(plan)
        if not records and self.cursor is None and self.target.present:
            raise not_found(*self.target.present.split("/"))
        shown, links = self._shown(plan, records)
        batches = [(plan, await self.context.facade.settled(self.snapshot, plan, shown), "match")]
        with self.exchange.stage("include"):
            cut_short = await self._include(inclusions, plan, shown, batches)
        for each, found, _ in batches:
            self.exchange.touched.saw(each, found)
        total = await self._total(plan)
        outcome = self._outcome(cut_short)
        with self.exchange.stage("render"):
            return await self.context.facade.rendered(
                self.snapshot,
                lambda: searchset(self.context.base, self._entries(batches), links, total=total, outcome=outcome),
            )

    def inclusions(self) -> Inclusions:
        """The planner of what is included. Raises Invalid, NotSupported, Forbidden."""
        inclusions = Inclusions(self.request.inclusions, self.criteria)
        inclusions.check({bound.mapping.resource: None for bound in self.target.bounds})
        return inclusions

    def plan(self) -> SearchPlan:
        """The plan of the page. Raises TooCostly for an order that would take the database too long."""
        settings, snapshot = self.context.settings, self.snapshot
        wanted = settings.page_size if self.request.count is None else self.request.count
        limit = min(wanted, settings.page_size_limit)
        bounds, within = self.target.bounds, self.target.within
        plan = plan_search(self.request, bounds, self.criteria, within=within, limit=limit, cursor=self.cursor)
        if not self.request.shape.count:
            check_sort(plan, settings.sort_row_limit, snapshot.schema, snapshot.zone)
        return plan

    async def _page(self, plan: SearchPlan) -> Records:
        try:
            return await self.context.facade.page(self.snapshot, plan)
        except Timeout as error:
            raise too_costly(plan, self.snapshot.schema, self.snapshot.zone) or error from None

    async def _counted(self, plan: SearchPlan) -> bytes:
        with self.exchange.stage("count"):
            total = await self.context.facade.count(self.snapshot, plan)
        links = {"self": self._url(self.request.pairs)}
        return searchset(self.context.base, (), links, total=total, outcome=self._outcome(None))

    async def _total(self, plan: SearchPlan) -> int | None:
        """The number of matches; PostgreSQL's estimate knows of everything, so it is for those who may see all."""
        if self.request.total == "none":
            return None
        with self.exchange.stage("count"):
            if self.request.total == "estimate" and self.grants.see_all:
                return await self.context.facade.estimate(self.snapshot, plan)
            return await self.context.facade.count(self.snapshot, plan)

    def _shown(self, plan: SearchPlan, records: Records) -> tuple[Records, dict[str, str]]:
        """The records of the page in their order, and its links."""
        more = len(records) > plan.limit
        shown = records[: plan.limit]
        if plan.backward:
            shown = list(reversed(shown))
        links = {"self": self._url(self.request.pairs)}
        if self.cursor is not None:
            links["first"] = self._url(self.request.pairs)
        if shown and (more if plan.backward else self.cursor is not None):
            links["previous"] = self._link(plan, shown[0], backward=True)
        if shown and (more or plan.backward):
            links["next"] = self._link(plan, shown[-1], backward=False)
        return shown, links

    def _link(self, plan: SearchPlan, record: Row, *, backward: bool) -> str:
        branch: int = record[0]
        values = tuple(record[LEADING + number] for number in range(len(plan.sort)))
        place = offsets([each.bound for each in plan.branches], len(plan.sort))[branch]
        page = Page(self.target.path, self.request.pairs, values, _name(plan, record), record[place], backward)
        beside = [pair for pair in self.exchange.pairs if pair[0] in ("_format", "_pretty")]
        url = self._url((("_page", self.context.sealer.seal(page, self.grants.holder)), *beside))
        if len(url) > self.context.settings.url_limit:
            raise TooCostly("the search is too long for the links to its further pages: give fewer values, or a higher _count")
        return url

    def _url(self, pairs: Pairs) -> str:
        query = urlencode(pairs, safe=":,/$")
        return "?".join(filter(None, (f"{self.context.base}/{self.target.path}".rstrip("/"), query)))

    async def _include(
        self,
        inclusions: Inclusions,
        plan: SearchPlan,
        shown: Records,
        batches: list[tuple[SearchPlan, Sequence[Row], str]],
    ) -> str | None:
        """Add what is included, step by step and each resource once; the words for it where a bound cut it short."""
        seen = _keys(plan, shown)
        fresh, most = seen, self.context.settings.include_limit
        left = most
        for number in range(_INCLUDE_STEPS + 1):
            shown_keys = {name: tuple(sorted(keys)) for name, keys in fresh.items() if keys}
            step = inclusions.step(shown_keys, first=number == 0, limit=left + sum(map(len, seen.values())))
            if step is None:
                return None
            records = await self.context.facade.page(self.snapshot, step)
            new = [record for record in records if _key(step, record) not in seen.get(_name(step, record), ())]
            if new and number == _INCLUDE_STEPS:
                return f"`:iterate` goes at most {_INCLUDE_STEPS} steps; resources beyond are left out"
            batches.append((step, await self.context.facade.settled(self.snapshot, step, new[:left]), "include"))
            if len(new) > left:
                return f"more than {most} resources would be included; those beyond are left out"
            fresh, left = _keys(step, new), left - len(new)
            seen = {name: seen.get(name, set()) | fresh.get(name, set()) for name in (*seen, *fresh)}
        return None

    def _entries(self, batches: list[tuple[SearchPlan, Sequence[Row], str]]) -> list[Entry]:
        entries = []
        for plan, records, mode in batches:
            shape = self.request.shape if mode == "match" else self.request.shape.included()
            renderers = self.snapshot.renderers(plan, shape)
            types = [branch.bound.mapping.resource for branch in plan.branches]
            concepts = self.snapshot.concepts
            entries += [Entry(types[r[0]], renderers[r[0]](r, concepts), mode) for r in records]
        return entries

    def _outcome(self, cut_short: str | None) -> dict[str, object] | None:
        """What the client should know: parameters that were not applied or mean nothing here, inclusions cut short."""
        issues = [Issue("not-supported", f"not applied: {why}", "warning", why.expression) for why in self.left_aside]
        issues += [
            Issue("informational", f"`{name}` is not known here and was ignored", "information", f"http.{name}")
            for name in self.request.ignored
        ]
        if cut_short:
            issues.append(Issue("incomplete", cut_short, "warning"))
        return outcome_of(issues) if issues else None


def _name(plan: SearchPlan, record: Row) -> str:
    branch: int = record[0]
    return plan.branches[branch].bound.mapping.name


def _key(plan: SearchPlan, record: Row) -> int:
    place = offsets([branch.bound for branch in plan.branches], len(plan.sort))[record[0]]
    return int(record[place])


def _keys(plan: SearchPlan, records: Records) -> dict[str, set[int]]:
    """Mapping name -> keys of the records."""
    keys: dict[str, set[int]] = {}
    for record in records:
        keys.setdefault(_name(plan, record), set()).add(_key(plan, record))
    return keys
