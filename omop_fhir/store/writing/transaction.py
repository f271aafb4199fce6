"""Writes of one database transaction, as one caller: all of them, or none.

What enters: writes with valid resources, and the caller's grants. What leaves: what became of each, in their order. Rejected,
with nothing written: what the grants do not cover (as absent where it is hidden), versions that do not match, targets of
references that are not there, deletes of what others refer to.
https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any, Protocol, TypeAlias

from ...auth.grants import ANYONE, Interaction
from ...errors import Conflict, Forbidden, InvalidContent, Issue, MethodNotAllowed, NotFound, Unprocessable
from ...fhir.index import Entries, number
from ...fhir.json import dumps
from ...mapping.bind import Bound
from ...mapping.codecs.links import links
from ...mapping.documents import source_number
from ...mapping.keys import key_of
from ...mapping.predicate import all_of, any_of
from ...plan.criteria import Criteria, has_id
from ...plan.history import HistoryPlan, plan_version
from ...plan.include import Inclusions
from ...plan.owned import Projected
from ...plan.projection import asked, choose, project
from ...plan.read import not_found, row_source
from ...plan.revision import revise
from ...plan.search import Branch, SearchPlan
from ...plan.target import Target as Goal
from ...plan.write import JSON, Document, Write, about, check_versions
from ...query.select import offsets
from ...query.statement import Statement
from ...render.resource import Resource
from ...request.conditional import Condition, identified
from ...request.search import Inclusion
from ...validate.incoming import moved
from ..snapshot import Snapshot
from .adoption import Adoption
from .documents import Documents, Indexed, Version, later
from .inheritance import load_held, parents_first, pass_on, tell_held
from .periods import Periods
from .rows import Rows
from .step import Adopted, Step, Written, with_meta
from .targets import Key, Target, Targets, key_of_record

Place: TypeAlias = tuple[str, str, str | None]
"""Type and id, and the version where that is known beforehand."""
Rewrite: TypeAlias = Callable[[int, JSON, Mapping[int, Place]], JSON]
"""The resource of a write (by its index), with its links, once it is known where every one goes (index -> place)."""

MOST_MATCHES = 1000
"""Resources that one conditional delete may take away."""

_INTERACTIONS: Mapping[str, Interaction] = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Reading(Protocol):
    """What is read within the transaction."""

    async def search(self, plan: SearchPlan) -> Sequence[Any]:
        """The records of a plan."""

    async def fetch(self, statement: Statement) -> Sequence[Any]:
        """The records of a statement."""

    async def version(self, plan: SearchPlan) -> str | None:
        """The version of the document that a plan finds, as it is shown; None where it is withheld."""

    async def history(self, plan: HistoryPlan) -> bool:
        """Does a plan find a version that holds a resource?"""

    async def rows(self, bound: Bound, keys: Sequence[int]) -> Mapping[int, Resource]:
        """What rows are rendered as, by their keys."""


class Follows(Protocol):
    """What refers to rows that come or go."""

    async def leave(self, keys: Collection[Key], but: Collection[int]) -> None:
        """Have nothing refer to the rows of these any more, but for these documents."""

    async def join(self, keys: Collection[Key], but: Collection[int]) -> None:
        """Have what refers to these refer to their rows, but for these documents."""


class Transaction:
    """Runs writes; the caller has begun the database transaction and commits it."""

    def __init__(
        self,
        snapshot: Snapshot,
        documents: Documents,
        rows: Rows,
        criteria: Criteria,
        reading: Reading,
        author: str | None,
        *,
        checks_references: bool,
        deduplicates: bool,
        periods: Periods | None,
        adoption: Adoption,
        following: Follows,
    ) -> None:
        self._snapshot = snapshot
        self._documents = documents
        self._rows = rows
        self._criteria = criteria
        self._reading = reading
        self._author = author
        self._checks_references = checks_references
        self._deduplicates = deduplicates
        self._periods = periods
        self._adoption = adoption
        self._following = following
        self.targets = Targets(criteria, reading.search, self._held, self._has_version)
        self._now = adoption.now
        self._subjects: dict[str, set[int]] = {}
        self.touched: list[tuple[str, str, str, tuple[int, ...]]] = []
        """Method, type, id and the keys of the patients concerned, of each write that was done."""

    async def run(self, writes: Sequence[Write], rewrite: Rewrite | None = None) -> list[Written]:
        """Do the writes. Raises the Problem of the first that cannot be done."""
        steps = await self._begun(writes)
        steps = await self._numbered(steps)
        places = {step.index: (step.write.type, step.id, step.first) for step in steps if step.after is not None}
        steps = [self._with_content(step, rewrite, places) for step in steps]
        await self._check_references(steps)
        steps = [self._indexed(step) for step in await self._projected(steps)]
        steps = await self._compared(steps)
        await self._keep([step for step in steps if step.is_changed])
        await self._check_after(steps)
        self.touched += [(step.write.method, step.write.type, step.id or step.write.id or "", step.persons()) for step in steps]
        return [step.written() for step in steps]

    async def _compared(self, steps: Sequence[Step]) -> list[Step]:
        """Which steps change anything: those that say something else, and those whose rows are not as they were written."""
        same = {step.before.document for step in steps if step.before is not None and step.says(step.before)}
        same -= await self._rows.drifted(sorted(same))
        return [step.compared(same) for step in steps]

    async def matching(self, condition: Condition, limit: int | None) -> list[Key]:
        """Type and id of what the caller can see that fulfils a condition; others with the same condition wait.

        Raises what planning a search raises.
        """
        await self._documents.hold(f"{condition.type}?{condition.query}")
        return await self._matching(condition, limit)

    async def identified(self, type: str, wanted: Sequence[str]) -> set[Key]:
        """Type and id of what the caller can see that has one of these identifiers; others that ask for one wait."""
        await self._documents.hold(*(f"{type}?identifier={each}" for each in wanted))
        return {key for condition in identified(type, wanted) for key in await self._matching(condition, 2)}

    async def _matching(self, condition: Condition, limit: int | None) -> list[Key]:
        self._criteria.check_type(condition.type)
        bounds = self._criteria.catalog.get(condition.type, ())
        if not bounds:
            raise NotFound(f"there is no resource type `{condition.type}` here")
        branches = tuple(Branch(bound, self._criteria.all(condition.search.criteria, bound)) for bound in bounds)
        return (await self._found(SearchPlan(branches, limit=MOST_MATCHES)))[:limit]

    def serves(self, type: str) -> bool:
        """Is the type served here?"""
        return type in self._criteria.catalog

    def deduplicates(self, type: str) -> bool:
        """Does a plain create of the type give what has one of its identifiers already?"""
        said = {target.writing.deduplicate for target in self._snapshot.targets(type)} - {None}
        return True in said if said else self._deduplicates

    async def there(self, type: str, id: str) -> Written:
        """What a conditional create finds: a document, or a row."""
        found = await self._documents.locked([(type, id)])
        document = found.get((type, id))
        self.touched.append(("POST", type, id, (document.person,) if document and document.person is not None else ()))
        return Written(type, id, document, is_changed=False, is_there=True)

    async def current(self, write: Write) -> Document | None:
        """The document that a patch begins from, held. Raises what an update of it would."""
        (step,) = await self._begun([write])
        return step.before

    async def _begun(self, writes: Sequence[Write]) -> list[Step]:
        """Each write with the document that it is about, locked and seen by the caller."""
        for write in writes:
            with about(write.place):
                self._check_interaction(write)
        ids = [(write.type, write.id) for write in writes if write.id is not None]
        whole = any(write.method == "DELETE" for write in writes)
        found = await self._documents.locked(ids, whole=whole)
        adopted = await self._adopted([key for key in ids if key not in found], found)
        hidden = await self._hidden([write for write in writes if write.id is not None])
        for write in writes:
            if _key(write) in hidden:
                with about(write.place):
                    await self._check_only_read(write)
        shown: dict[Key, str | None] = {key: each.version for key, each in adopted.items()}
        for key in {_key(write) for write in writes if write.if_match and _key(write) in found} - adopted.keys():
            shown[key] = await self._shown(*key)
        return [self._step(n, w, found.get(_key(w)), hidden, shown, adopted) for n, w in enumerate(writes)]

    async def _held(self, keys: Sequence[Key]) -> set[Key]:
        """Those of the targets that are there, documents and rows, and that nobody deletes until the transaction ends."""
        documents = await self._documents.held(keys)
        rows = [key for key in keys if key not in documents and (row := self._row_source(*key)) is not None and row.adopts]
        return documents | (await self._adoption.held(rows) if rows else set())

    async def _adopted(self, ids: Sequence[Key], found: dict[Key, Document]) -> dict[Key, Adopted]:
        """The rows among these, which become documents where they are changed; `found` gets their documents."""
        wanted = [key for key in ids if (row := self._row_source(*key)) is not None and row.adopts]
        adopted = await self._adoption.found(wanted)
        found |= {key: each.document for key, each in adopted.items()}
        found |= await self._documents.locked([key for key in wanted if key not in adopted])  # others have adopted meanwhile
        return adopted

    async def _shown(self, type: str, id: str) -> str | None:
        """The version under which a document is shown: another than its own where an ETL has changed its row."""
        bounds = [b for b in self._criteria.catalog[type] if b.twin is not None]
        return await self._reading.version(SearchPlan(tuple(Branch(b, has_id(b, id)) for b in bounds), limit=1))

    async def _has_version(self, type: str, id: str, version: str) -> bool:
        """Would a vread by the caller, who sees that the resource is there, give this version?"""
        versions, row = self._snapshot.versions.get(type), self._row_source(type, id)
        plan = plan_version(versions, id, version, self._criteria) if versions else None
        if plan is not None and await self._reading.history(plan):
            return True
        shown = await self._shown(type, id)
        if shown is None and row is not None and (key := key_of(id, row.mapping.prefix)) is not None:
            shown = (await self._reading.rows(row, [key]))[key].version
        return shown == version

    def _check_interaction(self, write: Write) -> None:
        interaction = _INTERACTIONS[write.method]
        if write.type not in self._snapshot.writable:
            raise MethodNotAllowed(f"{write.type} is only read here", "GET, HEAD, OPTIONS")
        if not self._criteria.grants.allow(write.type, interaction):
            raise Forbidden(f"the access token does not allow to {interaction} {write.type}")
        if write.method == "PATCH" and not self._criteria.grants.allow(write.type, "read"):
            message = f"the access token does not allow to read {write.type}, and a patch and its answer tell what is there"
            raise Forbidden(message)

    async def _hidden(self, writes: Sequence[Write]) -> set[Key]:
        """Those of the writes' resources that the caller may not do this to, or that are not there: both cost the same."""
        if not self._criteria.grants.are_bound:
            return set()
        wanted = {(write.type, write.id or "", how) for write in writes for how in _needed(write)}
        return {(type, id) for type, id, how in sorted(wanted) if (type, id) not in await self._seen(type, [id], how)}

    async def _check_only_read(self, write: Write) -> None:
        """Raises Forbidden for what the caller may read: to tell of it as of what is not there would be untrue."""
        if self._criteria.grants.allow(write.type, "read") and await self._seen(write.type, [write.id or ""], "read"):
            how = _INTERACTIONS[write.method]
            raise Forbidden(f"the access token allows to read {write.type}/{write.id}, and not to {how} it")

    async def _seen(self, type: str, ids: Sequence[str], interaction: Interaction) -> set[Key]:
        """Those documents of the type that the caller may do this to, and those rows that may become documents."""
        bounds = [bound for bound in self._criteria.catalog[type] if bound.twin is not None or bound.adopts]
        branches = tuple(
            Branch(b, all_of((any_of(tuple(has_id(b, id) for id in ids)), self._criteria.granted(b, interaction))))
            for b in bounds
        )
        plan = SearchPlan(branches, limit=len(ids))
        return set(await self._found(plan))

    def _step(
        self, index: int, write: Write, before: Document | None, hidden: set[Key], shown: Mapping[Key, str | None],
        adopted: Mapping[Key, Adopted],
    ) -> Step:  # fmt: skip
        key = _key(write)
        if key in hidden:
            before = None  # so that nothing tells it from what is not there
        with about(write.place):
            if before is None and write.id is not None:
                self._check_absent(write)
            check_versions(write, before, shown.get(key))
        goal = choose(write.resource, self._snapshot.targets(write.type)) if write.resource else None
        if goal is not None and before is not None and before.adopted is not None and not _is_of(goal.bound, before):
            message = f"{write.type}/{write.id} is a row of the database, and would have to go to another table"
            raise Unprocessable([Issue("business-rule", message)])
        return Step(index, write, goal, before, adopted.get(key) if before else None)

    def _check_absent(self, write: Write) -> None:
        """What there is no document of: only a client's own id may become one, and nobody may learn what is hidden."""
        bounds, place = self._criteria.catalog[write.type], f"{write.type}/{write.id}"
        is_number = any(key_of(write.id or "", bound.mapping.prefix) is not None for bound in bounds)
        if is_number and not any(bound.adopts for bound in bounds):
            message = f"{place}: ids that are numbers belong to the database, whose rows are only read"
            raise MethodNotAllowed(message, "GET, HEAD, OPTIONS")
        if write.method == "PATCH" or (write.method == "PUT" and self._criteria.grants.are_bound):
            raise not_found(write.type, write.id or "")
        if write.method == "PUT" and is_number:
            message = f"{place}: ids that are numbers are given by the database and by this server"
            raise MethodNotAllowed(message, "GET, HEAD, OPTIONS")

    def _row_source(self, type: str, id: str) -> Bound | None:
        return row_source(id, self._criteria.catalog[type])

    async def _numbered(self, steps: Sequence[Step]) -> list[Step]:
        """Each step with the document that it leads to: its id, key, version and time."""
        fresh = [step for step in steps if step.before is None and step.write.method != "DELETE"]
        keys = dict(zip((step.index for step in fresh), await self._documents.keys(len(fresh)), strict=True))
        return [replace(step, after=self._after(step, keys.get(step.index))) for step in steps]

    def _after(self, step: Step, key: int | None) -> Document | None:
        write, before = step.write, step.before
        source = source_number(step.target.bound.mapping.name) if step.target else 0
        if before is not None:
            at = later(self._now, before.last_updated)
            kept = before.source if step.target is None else source
            return replace(before, source=kept, version=before.version + 1, last_updated=at, content=None)
        if key is None:
            return None
        return Document(key, source, key, write.type, write.id or str(key), 1, later(self._now, None), None, None)

    def _with_content(self, step: Step, rewrite: Rewrite | None, places: Mapping[int, Place]) -> Step:
        after = step.after
        if after is None or step.target is None:
            if after is not None:
                self.targets.add(after.type, after.id, None)
            return step
        of = step.target.bound
        self.targets.add(after.type, after.id, Target(of.mapping.name, of.mapping.prefix, after.key), step.first)
        sent = step.write.resource or {}
        resource = rewrite(step.index, sent, places) if rewrite else sent
        return replace(step, resource=with_meta(resource, after))

    async def _check_references(self, steps: Sequence[Step]) -> None:
        """Raises InvalidContent naming every reference that leads to nothing; Conflict where a deleted one is referred to."""
        resources = [step.resource for step in steps if step.resource is not None]
        await self.targets.load(resources)
        issues = [
            moved(issue, step.write.place)
            for step in steps
            if step.resource is not None
            for issue in (self.targets.missing(step.resource, step.read_before()) if self._checks_references else ())
        ]
        if issues:
            raise InvalidContent(issues)
        for step in steps:
            if step.write.method == "DELETE" and step.before is not None and not step.before.is_deleted:
                with about(step.write.place):
                    await self._check_unreferenced(step.before, steps)

    async def _check_unreferenced(self, document: Document, steps: Sequence[Step]) -> None:
        """Raises Conflict where anything that stays refers to the document."""
        if document.adopted is not None:
            await self._adoption.check_unreferenced(document)
        changed = {(step.before.type, step.before.id) for step in steps if step.before is not None}  # they have their say
        everyone = replace(self._criteria, grants=ANYONE)
        inclusion = Inclusion("*", "*", document.type, reverse=True, iterate=False)
        names = [b.mapping.name for b in everyone.catalog[document.type] if _is_of(b, document)]
        plan = Inclusions((inclusion,), everyone).step(dict.fromkeys(names, (document.key,)), first=True, limit=len(changed))
        for found in await self._found(plan) if plan else ():
            if found not in changed:
                raise Conflict(f"{document.type}/{document.id} cannot be deleted: others refer to it")

    async def _found(self, plan: SearchPlan) -> list[Key]:
        """Type and id of what a plan finds."""
        places = offsets([branch.bound for branch in plan.branches], 0)
        found = await self._reading.search(plan)
        return [key_of_record(plan.branches[record[0]].bound, record, places[record[0]]) for record in found]

    async def _projected(self, steps: Sequence[Step]) -> list[Step]:
        """Each step with the rows that its resource becomes, and the resource as it is kept. Raises Unprocessable."""
        resources = [step.resource for step in steps if step.resource is not None]
        rows = await self._revised(steps)
        resources += rows.values()
        await self._snapshot.codings.load(self._reading.fetch, {coding for each in resources for coding in asked(each).codings})
        await self.targets.load(rows.values())
        done = await self._in_turn(steps, rows)
        refused = [issue for step in done for issue in step.refused()]
        if refused:
            raise Unprocessable(refused)
        return done

    async def _in_turn(self, steps: Sequence[Step], rows: Mapping[int, JSON]) -> list[Step]:
        """The steps projected, each after those from whose rows its own takes something over.

        All are first taken to have rows; those that refer to one which has none are projected again.
        """
        await load_held([made for step in steps if (made := step.made()) is not None], self.targets, self._rows)
        done: dict[int, Step] = {}
        waiting, referring = steps, None
        while waiting:
            for step in parents_first(waiting, Step.made):
                done[step.index] = each = self._project(step, rows.get(step.index))
                if each.projected is not None and each.target is not None:
                    tell_held((each.write.type, each.id), each.target, each.projected, self.targets)
            projected = (done[step.index] for step in waiting)
            lost = self.targets.lose_rows((step.write.type, step.id) for step in projected if not step.has_row)
            if lost and referring is None:
                referring = self._referring(steps)
            again = {step.index: step for key in lost for step in (referring or {}).get(key, ())}
            waiting = [again[index] for index in sorted(again)]
        return [done[step.index] for step in steps]

    def _referring(self, steps: Sequence[Step]) -> Mapping[Key, Sequence[Step]]:
        """Type and id -> the steps whose resources refer to that."""
        found: dict[Key, list[Step]] = {}
        for step in steps:
            for key in {local.key for local in self.targets.local(step.resource or {})}:
                found.setdefault(key, []).append(step)
        return found

    async def _revised(self, steps: Sequence[Step]) -> dict[int, JSON]:
        """What rows of the database were read as that are still there, by the index of the step that writes them."""
        found = {step.index: read for step in steps if (read := step.read_before()) is not None}
        taken = [step for step in steps if step.index in found and step.adopted is None]
        owning = await self._rows.owning([step.before.document for step in taken if step.before])
        gone = {step.index for step in taken if step.before and step.before.document not in owning}
        return {index: read for index, read in found.items() if index not in gone}

    def _project(self, step: Step, was: JSON | None) -> Step:
        if step.resource is None or step.after is None:
            return step
        received = self._now.astimezone(self._snapshot.site.zone or UTC).date()
        key = step.after.key

        def projected(resource: Mapping[str, Any], targets: Sequence[Goal]) -> Projected:
            return project(resource, targets, self._snapshot.codings, self.targets, received, key)

        if was is not None and step.target is not None:
            done = revise(was, step.resource, step.target, projected)
        else:
            done = projected(step.resource, self._snapshot.targets(step.write.type))
        return replace(step, resource=dict(done.resource), projected=done)

    def _indexed(self, step: Step) -> Step:
        """The step with its content, its entries, and whose it is."""
        if step.resource is None or step.after is None:
            return step
        entries = self._snapshot.index(step.write.type)(step.resource)
        content = dumps(step.resource).decode()
        return replace(step, entries=entries, after=replace(step.after, content=content, person=self._person(step, entries)))

    def _person(self, step: Step, entries: Entries) -> int | None:
        """The key of the Patient whose compartment the resource is in, by the subject."""
        after = step.after
        if step.target is None or after is None or "Patient" not in step.target.bound.mapping.compartment:
            return None
        of = step.target.bound
        if of.mapping.resource == "Patient":
            return after.key
        numbers = self._subjects.get(of.mapping.name)
        if numbers is None:
            numbers = {number(of.mapping.resource, code) for code in _subjects(of, self._criteria)}
            self._subjects[of.mapping.name] = numbers
        found = (self.targets.get(e.type, e.id) for e in entries.references if e.parameter in numbers and e.type == "Patient")
        return next((target.key for target in found if target is not None), None)

    async def _keep(self, steps: Sequence[Step]) -> None:
        but = [step.after.document for step in steps if step.after is not None]
        kept = [step for step in steps if not step.is_delete]
        lost = {(step.write.type, step.id) for step in kept if step.loses_row}
        if lost:
            await self._following.leave(lost, but)
        await self._adoption.claim([step.adopted for step in steps if step.adopted is not None])
        if self._periods:
            await self._periods.leave([step.before.key for step in steps if step.before and step.write.type == "Patient"
                                       and (step.resource is None or not step.has_row)])
        await self._rows.write([step.rows() for step in steps])
        if self._periods:
            await self._periods.cover([step.projected.span for step in steps if step.projected and step.projected.span])
        marks = self._rows.fingerprints
        versions = [
            Version(step.after, step.write.method, self._author, marks.get(step.after.document), self._rules(step))
            for step in steps
            if step.after is not None
        ]
        await self._documents.keep(versions)
        await self._documents.forget([step.before.document for step in steps if step.before is not None])
        await self._documents.index([self._entries(step) for step in steps if step.entries is not None])
        unforeseen = not self._checks_references  # then others may refer to what is new
        gained = {(s.write.type, s.id) for s in kept if s.gains_row or (unforeseen and s.before is None and s.has_row)}
        if gained:
            await self._following.join(gained, but)
        await pass_on([(s.target, s.after.key) for s in steps if s.target and s.after and s.before], self._rows)

    def _rules(self, step: Step) -> int:
        return self._snapshot.rules(step.write.type)

    def _entries(self, step: Step) -> Indexed:
        entries, find = step.entries, self._snapshot.codings.find
        assert entries is not None and step.after is not None  # noqa: S101, PT018  asked by the caller
        concepts = [c.id if t.system and t.code and (c := find(t.system, t.code)) else None for t in entries.tokens]
        targets = [self.targets.get(r.type, r.id) for r in entries.references]
        return Indexed(step.after.document, entries, concepts, [t.numbers if t else None for t in targets])

    async def _check_after(self, steps: Sequence[Step]) -> None:
        """Raises Forbidden where what was written lies outside the grants: nothing may be moved out of them."""
        if not self._criteria.grants.are_bound:
            return
        for step in steps:
            if step.resource is not None and step.is_changed and step.after is not None:
                how = "create" if step.is_new else _INTERACTIONS[step.write.method]
                if not await self._seen(step.write.type, [step.after.id], how):
                    with about(step.write.place):
                        raise Forbidden(f"the access token does not allow to write this {step.write.type}")


def _needed(write: Write) -> tuple[Interaction, ...]:
    """What the caller must be allowed to do to the resource; a patch tells what was there."""
    return (_INTERACTIONS[write.method], "read") if write.method == "PATCH" else (_INTERACTIONS[write.method],)


def _key(write: Write) -> Key:
    return write.type, write.id or ""


def _subjects(of: Bound, criteria: Criteria) -> Iterator[str]:
    """The reference parameters that say in which Patient's compartment a resource is."""
    column = of.mapping.compartment.get("Patient")
    for code, parameter in of.search.items():
        if any(link.target == "Patient" and link.column == column for link in links(parameter.codec, criteria.site)):
            yield code


def _is_of(bound: Bound, document: Document) -> bool:
    """Is the document, or its row, of this source?"""
    return source_number((bound.twin or bound).mapping.name) == document.source
