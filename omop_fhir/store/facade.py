"""The database as the web sees it: a current snapshot, reads and pages out of it.

`attempt` runs a piece of work against the current snapshot, and once more against a new one where the database turns
out to have been swapped or altered in between; so no answer mixes two states.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
import orjson

from ..config import Settings
from ..errors import Problem, Unavailable
from ..fhir.index import number
from ..fhir.json import loads
from ..mapping.bind import Bound
from ..mapping.model import Mapping
from ..mapping.predicate import ALWAYS, Resolvable, resolvables
from ..mapping.rollup import rolled_up
from ..mapping.versions import Versions
from ..observe.observed_request import note_rows
from ..omop.concept import Concept
from ..omop.database import DatabaseSchema
from ..plan.history import HistoryPlan
from ..plan.read import ReadPlan
from ..plan.search import SearchPlan
from ..query import count
from ..query import history as versions
from ..query.concept_set import ConceptSet
from ..query.identity import identity_sql
from ..query.read import coalesced, reading
from ..query.scope import table_name
from ..query.select import LEADING, search
from ..query.statement import Statement
from ..query.template import templated
from ..render.compile import Row
from ..render.resource import Resource
from ..request.shape import WHOLE
from .audit.trail import AuditTrail
from .postgresql.marks import MARGIN, OtherMarks
from .postgresql.node import Node
from .postgresql.pool import Fetch, Pool, Records, SchemaChanged, ServerAway
from .postgresql.route import read_primary
from .reads import Coalescer
from .schema import look, mark
from .snapshot import Snapshot, make_snapshot
from .vocabulary.concepts import concepts_statement, read_concept
from .vocabulary.terminology import Terminology
from .vocabulary.value_sets import ValueSets, load_value_sets
from .writing.standing import Standing

if TYPE_CHECKING:
    from .shared.concepts import SharedConcepts
    from .shared.redis import Shared

log = logging.getLogger(__name__)

T = TypeVar("T")

_ATTEMPTS = 12
"""How often a request begins anew because the database was changed under it."""

_SHARED_INTERVAL = 2.0
"""Seconds between two looks whether Redis is there."""

_ANCESTORS = """
SELECT descendant_concept_id AS id,
       array_agg(ancestor_concept_id ORDER BY min_levels_of_separation, ancestor_concept_id) AS ancestors
FROM {table} WHERE ancestor_concept_id = ANY ($1::bigint[]) AND descendant_concept_id <> ancestor_concept_id
GROUP BY descendant_concept_id
"""


class Facade:
    """FHIR's view of one OMOP database."""

    def __init__(self, settings: Settings, base: str, mappings: Sequence[Mapping]) -> None:
        self.settings = settings
        self.base = base
        self.mappings = tuple(mappings)
        self.shared = shared(settings.redis_url)
        self._shared_concepts: SharedConcepts | None = None
        self.pool = Pool(settings, self._share())
        self.audit = AuditTrail(settings, self.pool, self.snapshot)
        self.value_sets: ValueSets = load_value_sets(settings.value_sets, base)
        self.lookups: Counter[tuple[str, str]] = Counter()
        """Look-ups in caches, by cache and result."""
        self._snapshot: Snapshot | None = None
        self._refreshing = asyncio.Lock()
        self._watches = False
        """Is it for a server, which says what may not be written? A command does not care."""

    def _share(self) -> OtherMarks | None:
        """Have what other workers find out, and tell them, where there is a Redis."""
        if self.shared is None:
            return None
        from .shared.concepts import SharedConcepts
        from .shared.marks import SharedMarks

        self._shared_concepts = SharedConcepts(self.shared)
        return SharedMarks(self.shared, self.settings.replica_lag + MARGIN)

    async def open(self) -> None:
        """Make the pools."""
        await self.pool.open()

    async def close(self) -> None:
        """Close the pools."""
        if self.shared:
            await self.shared.close()
        await self.pool.close()

    @property
    def is_ready(self) -> bool:
        """Did the database answer when it was last asked, with something that can be served?"""
        return self._snapshot is not None and bool(self._snapshot.bounds) and not self.pool.is_away

    def condition(self) -> dict[str, Any]:
        """What health tells beside whether the server answers: the servers of several, and Redis where there is one."""
        told: dict[str, Any] = {} if self.pool.cluster.only else {"database": self.pool.cluster.condition()}
        return told | ({"redis": "up" if self.shared.is_up else "down"} if self.shared else {})

    async def snapshot(self) -> Snapshot:
        """The current snapshot; the first call looks at the database. Raises Unavailable."""
        return self._snapshot or await self.refresh(None)

    async def refresh(self, stale: Snapshot | None) -> Snapshot:
        """A snapshot that is not `stale`; several callers share one look. Raises Unavailable."""
        async with self._refreshing:
            if self._snapshot is None or self._snapshot is stale:
                self._snapshot = await self._look()
            return self._snapshot

    async def _look(self) -> Snapshot:
        try:
            async with self.pool.connection() as connection:
                schema = await look(connection, self.settings, self.mappings)
                ancestors = await self._ancestors(connection, schema)
        except SchemaChanged:
            raise Unavailable("the database is being changed just now: try again in a moment") from None
        snapshot = make_snapshot(self.settings, self.base, self.mappings, schema, ancestors)
        if snapshot.is_elsewhere:
            log.warning("the schema %s holds no table of a CDM: --cdm-schema names the one that does", schema.cdm_schema)
        for withdrawn in () if snapshot.is_elsewhere else snapshot.withdrawn:
            log.warning("%s is not served: %s", withdrawn.mapping.name, withdrawn.reason)
        if self._watches:
            _warn_of_rights(snapshot)
        return snapshot

    async def _ancestors(self, connection: asyncpg.Connection, schema: DatabaseSchema) -> dict[int, tuple[int, ...]]:
        table, ids = schema.tables.get("concept_ancestor"), rolled_up(self.mappings)
        if table is None or not ids:
            return {}
        rows = await connection.fetch(_ANCESTORS.format(table=table_name(table)), list(ids))
        return {row["id"]: tuple(row["ancestors"]) for row in rows}

    async def watch(self) -> None:
        """Look again and again whether servers come and go, and whether the database changed in place; runs until cancelled."""
        self._watches = True
        if self._snapshot is not None:
            _warn_of_rights(self._snapshot)
        await asyncio.gather(self.pool.watch(), self._watch_shape(), self._watch_shared())

    async def _watch_shared(self) -> None:
        while self.shared:
            await self.shared.watch()
            await asyncio.sleep(_SHARED_INTERVAL)

    async def _watch_shape(self) -> None:
        while True:
            await asyncio.sleep(self.settings.refresh_interval)
            try:
                await self.ping()
                await self._compare()
            except (Problem, SchemaChanged):
                continue
            except Exception as error:
                log.error("looking at the database failed: %s", type(error).__name__)

    async def _compare(self) -> None:
        snapshot = self._snapshot
        if snapshot is not None and await self._is_outdated(snapshot):
            log.info("the database has changed: looking at it anew")
            await self.refresh(snapshot)

    async def _is_outdated(self, snapshot: Snapshot) -> bool:
        async with self.pool.connection() as connection:
            return await mark(connection, self.settings, self.mappings) != snapshot.schema.fingerprint

    async def ping(self) -> None:
        """Raises Unavailable where the database cannot answer."""
        await self.pool.ping()

    async def attempt(self, work: Callable[[Snapshot], Awaitable[T]]) -> T:
        """The result of `work` with the current snapshot, or with a new one where the database had changed."""
        snapshot = await self.snapshot()
        for _ in range(_ATTEMPTS):
            try:
                return await work(snapshot)
            except SchemaChanged:
                snapshot = await self.refresh(snapshot)
            except Exception as error:
                if not await self._explains(snapshot, error):
                    raise
                snapshot = await self.refresh(snapshot)
            read_primary()
        raise Unavailable("the database is being changed just now: try again in a moment")

    async def _explains(self, snapshot: Snapshot, error: Exception) -> bool:
        """Is a defect none, because the database changed in place (the type of a column, say) under the snapshot?"""
        if isinstance(error, Problem) and error.status != Problem.status:
            return False
        try:
            return snapshot is not self._snapshot or await self._is_outdated(snapshot)
        except (Problem, SchemaChanged):
            return False

    async def read(self, snapshot: Snapshot, plan: ReadPlan | SearchPlan) -> Row | None:
        """The record of one row. Raises SchemaChanged, Timeout, Unavailable."""
        if isinstance(plan, SearchPlan):
            records = await self.settled(snapshot, plan, await self.page(snapshot, plan))
            return records[0] if records else None
        node = await self.pool.reader()
        try:
            record = await (await self._coalescer(snapshot, plan, node)).read(plan)
        except ServerAway:
            node = await self.pool.reader(failed=node)
            record = await (await self._coalescer(snapshot, plan, node)).read(plan)
        if record is None and plan.within != ALWAYS:  # what it names of the vocabulary may be of another database
            await self._verify(snapshot, [plan.bound])
        note_rows(record is not None)
        return record

    async def _coalescer(self, snapshot: Snapshot, plan: ReadPlan, node: Node) -> Coalescer:
        key = plan.bound.mapping.name, plan.within, node
        coalescer = snapshot.caches.coalescers.get(key)
        if coalescer is None:
            fetch = self._reader(snapshot, plan.bound, await self.read_statement(snapshot, plan), node)
            coalescer = snapshot.caches.coalescers.setdefault(key, Coalescer(fetch))
        return coalescer

    async def read_statement(self, snapshot: Snapshot, plan: ReadPlan) -> Statement:
        """The statement of a read and those that gather with it, its tokens resolved."""
        concepts = await self.resolve(snapshot, tuple(resolvables(plan.within)))
        return coalesced(plan.bound, snapshot.schema, snapshot.zone, within=plan.within, concepts=concepts)

    def _reader(
        self, snapshot: Snapshot, bound: Bound, statement: Statement, node: Node
    ) -> Callable[[Sequence[ReadPlan]], Awaitable[Records]]:
        async def fetch(plans: Sequence[ReadPlan]) -> Records:
            records = await self.pool.fetch_from(node, reading(statement, plans))
            snapshot.check((record[1], bound) for record in records[:1])
            return records

        return fetch

    async def settled(self, snapshot: Snapshot, plan: SearchPlan, records: Sequence[Row]) -> Sequence[Row]:
        """The records as they are to be shown: documents whose rows have changed say so, or are left out."""
        return await self._standing(snapshot).settled(plan, records)

    async def withheld(self, snapshot: Snapshot, versions: Iterable[Versions], records: Records) -> set[int]:
        """Those documents of a history's records that are not shown: their rows, or their persons, are gone or others."""
        documents = {record["document"] for record in records}
        return await self._standing(snapshot).withheld((each.documents for each in versions), documents)

    def _standing(self, snapshot: Snapshot) -> Standing:
        return Standing(snapshot, self.settings.own_schema, self.pool.fetch, partial(self.as_rendered, snapshot))

    async def as_rendered(self, snapshot: Snapshot, bound: Bound, key: int) -> dict[str, Any]:
        """The resource that a row is rendered as, be it a document's or not."""
        found = await self.rows(snapshot, bound, [key], self.pool.fetch)
        resource: dict[str, Any] = loads(found[key].json) if found else {}
        return resource

    async def rows(self, snapshot: Snapshot, bound: Bound, keys: Sequence[int], fetch: Fetch) -> dict[int, Resource]:
        """What the rows of a source with these keys are rendered as, as `fetch` sees them. Raises SchemaChanged."""
        statement = coalesced(bound, snapshot.schema, snapshot.zone, adopted=True)
        records = await fetch(reading(statement, [ReadPlan(bound, key) for key in keys]))
        snapshot.check((record[1], bound) for record in records[:1])
        render = snapshot.renderer(bound, LEADING, WHOLE)
        found = await self.rendered(snapshot, lambda: [render(record, snapshot.concepts) for record in records], fetch)
        return {keys[record[0] - 1]: each for record, each in zip(records, found, strict=True)}

    async def page(self, snapshot: Snapshot, plan: SearchPlan) -> Records:
        """At most `plan.limit + 1` records of a search. Raises SchemaChanged, Timeout, Unavailable."""
        if plan.is_empty:
            return ()
        records: list[asyncpg.Record] = []
        empty: list[SearchPlan] = []
        for part in plan.in_turn():
            found = await self._part(snapshot, part)
            records += found
            empty += [] if found else [part]
            if len(records) > plan.limit:
                break
        if empty:
            bounds = (branch.bound for part in empty for branch in part.branches if not branch.is_empty)
            await self._verify(snapshot, list(dict.fromkeys(bounds)))
        del records[plan.limit + 1 :]
        note_rows(len(records))
        return records

    async def _part(self, snapshot: Snapshot, plan: SearchPlan) -> Records:
        """The records of one statement."""
        records = await self.pool.fetch(await self.search_statement(snapshot, plan), keyed=plan.is_keyed)
        snapshot.check((record[1], plan.branches[record[0]].bound) for record in _ends(records))
        return records

    async def history(self, snapshot: Snapshot, plan: HistoryPlan) -> Records:
        """At most `plan.limit + 1` records of a history. Raises SchemaChanged, Timeout, Unavailable."""
        if plan.is_empty:
            return ()
        records = await self.pool.fetch(await self.history_statement(snapshot, plan))
        bounds = [bound for bound, _ in plan.branches]
        snapshot.check((record["identity"], bounds[record["branch"]]) for record in _ends(records))
        if not records:
            await self._verify(snapshot, bounds)
        note_rows(len(records))
        return records

    async def history_statement(self, snapshot: Snapshot, plan: HistoryPlan) -> Statement:
        """The statement of a history that is not empty. Raises what resolving concepts raises."""
        concepts = await self.resolve(snapshot, tuple(plan.resolvables()))
        return versions.history(plan, concepts, snapshot.schema, snapshot.zone)

    async def _verify(self, snapshot: Snapshot, bounds: Sequence[Bound]) -> None:
        """Raises SchemaChanged where what was found, which does not tell itself, was looked for in another database."""
        identities = [identity_sql(bound, snapshot.vocabulary) for bound in bounds]
        (record,) = await self.pool.fetch(Statement(f"SELECT {', '.join(identities)}", ()), keyed=True)
        snapshot.check(zip(record, bounds, strict=True))

    async def search_statement(self, snapshot: Snapshot, plan: SearchPlan) -> Statement:
        """The statement of a search, its tokens resolved."""
        concepts = await self.resolve(snapshot, tuple(plan.resolvables()))
        return templated(search, plan, concepts, snapshot.schema, snapshot.zone, snapshot.caches.templates)

    async def is_indexed(self, snapshot: Snapshot, type: str, code: str) -> bool:
        """Has any document a text that this parameter finds? Raises SchemaChanged, Timeout, Unavailable."""
        own = snapshot.schema.own
        if own is None:
            return False
        sql = f"SELECT EXISTS (SELECT FROM {table_name(own.tables['string'])} WHERE parameter = $1)"  # noqa: S608
        ((found,),) = await self.pool.fetch(Statement(sql, (number(type, code),)))
        return bool(found)

    async def estimate(self, snapshot: Snapshot, plan: SearchPlan) -> int:
        """About how many resources match, as PostgreSQL's planner thinks."""
        if plan.is_empty:
            return 0
        concepts = await self.resolve(snapshot, tuple(plan.resolvables()))
        total = 0
        for statement in count.estimated(plan, concepts, snapshot.schema, snapshot.zone):
            records = await self.pool.fetch(Statement(f"EXPLAIN (FORMAT JSON) {statement.text}", statement.args))
            total += int(orjson.loads(records[0][0])[0]["Plan"]["Plan Rows"])
        return total

    async def count(self, snapshot: Snapshot, plan: SearchPlan) -> int:
        """How many resources match."""
        if plan.is_empty:
            return 0
        concepts = await self.resolve(snapshot, tuple(plan.resolvables()))
        statement = templated(count.count, plan, concepts, snapshot.schema, snapshot.zone, snapshot.caches.templates)
        ((total, *identities),) = await self.pool.fetch(statement)
        snapshot.check(zip(identities, (branch.bound for branch in plan.branches), strict=True))
        return int(total)

    async def resolve(self, snapshot: Snapshot, parts: Sequence[Resolvable]) -> dict[Resolvable, ConceptSet]:
        """The concepts of each part, from the cache or from the vocabulary tables."""
        known = {part: found for part in parts if (found := snapshot.resolved.get(part)) is not None}
        unknown = [part for part in dict.fromkeys(parts) if part not in known]
        self.lookups["searched codes", "hit"] += len(known)
        self.lookups["searched codes", "miss"] += len(unknown)
        if unknown:
            terminology = Terminology(snapshot.schema, self.value_sets, partial(self._looked_up, snapshot.schema))
            fresh = await terminology.resolve(unknown)
            snapshot.resolved.update(fresh)
            known |= fresh
        return known

    async def _looked_up(self, schema: DatabaseSchema, statement: Statement, fetch: Fetch | None = None) -> Sequence[Any]:
        """The concepts that a statement finds. Raises SchemaChanged where another table answered."""
        records = await (fetch or self.pool.fetch)(statement)
        if records[0]["oid"] != schema.tables["concept"].oid:
            raise SchemaChanged("swapped")
        return [record for record in records if record["concept_id"] is not None]

    async def rendered(self, snapshot: Snapshot, render: Callable[[], T], fetch: Fetch | None = None) -> T:
        """The result of `render`, repeated until every concept that it looks up is in the cache, by `fetch` where it is not."""
        found = "hit"
        while True:
            result = render()
            missed = snapshot.concepts.take_missed()
            if not missed:
                self.lookups["concepts of a page", found] += 1
                return result
            found = "miss"
            snapshot.concepts.add(await self._concepts(snapshot, sorted(missed), fetch or self.pool.fetch))

    async def _concepts(self, snapshot: Snapshot, ids: Sequence[int], fetch: Fetch) -> list[Concept]:
        """The concepts with these ids; one that `concept` lacks is known by its id alone."""
        vocabulary = snapshot.schema.fingerprint
        shared = await self._shared_concepts.get(vocabulary, ids) if self._shared_concepts else {}
        missing = [id for id in ids if id not in shared]
        fetched = await self._fetched(snapshot.schema, missing, fetch) if missing else []
        if self._shared_concepts and fetched:
            await self._shared_concepts.put(vocabulary, fetched)
        return [*shared.values(), *fetched]

    async def _fetched(self, schema: DatabaseSchema, ids: Sequence[int], fetch: Fetch) -> list[Concept]:
        table = schema.tables.get("concept")
        records = await self._looked_up(schema, concepts_statement(table, ids), fetch) if table else ()
        found = {record["concept_id"]: read_concept(record) for record in records}
        return [found.get(id) or Concept(id) for id in ids]


def _ends(records: Sequence[T]) -> Sequence[T]:
    """The first and the last: between them nothing can have been swapped, for it is one statement."""
    return (records[0], records[-1]) if records else ()


def _warn_of_rights(snapshot: Snapshot) -> None:
    """Say what the role may not write though it is kept here."""
    own = snapshot.schema.own
    if own is not None and not own.is_writable:
        log.warning("nothing can be written: the database role may not write to this server's own schema")
    elif snapshot.writes:
        read = sorted(snapshot.versions.keys() - snapshot.writable)
        if read:
            log.warning("only read, since the database role may not write to the tables behind: %s", ", ".join(read))


def shared(url: str | None) -> Shared | None:
    """The second level of workers; without one, its library is not even imported."""
    if url is None:
        return None
    from .shared.redis import Shared

    return Shared(url)
