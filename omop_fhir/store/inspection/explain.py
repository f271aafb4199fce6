"""A planned search or read -> how it came to be, its statements, and how PostgreSQL would run them.

A plan, its parsed request and a snapshot enter; an `Explanation` leaves. It runs nothing but EXPLAIN, unless told to analyze.
https://www.postgresql.org/docs/current/sql-explain.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlencode

import orjson

from ...auth.grants import Grants, Interaction, Permission
from ...fhir.definitions import compartment
from ...mapping.bind import Bound
from ...mapping.codecs.links import links
from ...mapping.expression import Expression
from ...mapping.model import Parameter
from ...mapping.predicate import ALWAYS, HasConcept, Predicate, Resolvable, expression_columns, resolvables
from ...mapping.rollup import walk
from ...mapping.yaml import Mark
from ...plan.criteria import Criteria
from ...plan.include import Inclusions
from ...plan.order import Ordering
from ...plan.read import ReadPlan
from ...plan.search import Branch, SearchPlan
from ...query import count
from ...query.concept_set import ConceptSet, ConceptSets
from ...query.read import reading
from ...query.scope import Scope
from ...query.sort_value import sort_value
from ...query.statement import Arguments, Statement
from ...query.where import Where
from ...request.criterion import Criterion, Forward, Reverse, Step
from ...request.search import SearchRequest
from ..facade import Facade
from ..snapshot import Snapshot

Within: TypeAlias = Callable[[Bound], Predicate]


@dataclass(frozen=True, slots=True)
class Place:
    """A search parameter in a mapping: the element it points at, how that is coded, and the lines that say so."""

    mapping: str
    code: str
    element: str
    """Path of the element in the mapping; empty for `_id`, which is the key."""
    codecs: tuple[str, ...]
    columns: tuple[str, ...]
    declared: Mark
    """Where the mapping names the search parameter."""
    rendered: Mark
    """Where the mapping names the element."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What one parameter, sort rule or compartment became in one source."""

    parameter: str
    """As the client wrote it, with its value."""
    places: tuple[Place, ...]
    """The search parameter; of a chain, that of each step and of its end."""
    condition: str
    arguments: tuple[Any, ...]
    concepts: tuple[tuple[str, str], ...] = ()
    """Each token and value set, and what it means here."""


@dataclass(frozen=True, slots=True)
class SourceClauses:
    """One source and what becomes of the search in it."""

    mapping: str
    resource: str
    table: str
    mark: Mark
    grants: str
    """What the caller's grants make of it."""
    is_empty: bool
    """Can nothing of it match? Then the database is not asked for it."""
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement of the request, what it is for, and PostgreSQL's plan of it: lines of text, or JSON."""

    purpose: str
    statement: Statement
    plan: Any


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the server would do for a URL. Without statements nothing can match, and nothing is asked."""

    interaction: str
    path: str
    sources: tuple[SourceClauses, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains plans against one snapshot. `form` is TEXT (lines) or JSON, `analyze` runs the statements."""

    facade: Facade
    snapshot: Snapshot
    form: str = "TEXT"
    analyze: bool = False

    async def read(self, plan: ReadPlan | SearchPlan, path: str, grants: Grants) -> Explanation:
        """A read: of a row, of a document, or of a document where there is no such row."""
        id, bounds, asked = path.partition("/")[2], [], []
        if isinstance(plan, ReadPlan):
            bounds.append(plan.bound)
            asked.append(await self._asked("read", reading(await self.facade.read_statement(self.snapshot, plan), [plan])))
        documents = plan.otherwise if isinstance(plan, ReadPlan) else plan
        if documents is not None:
            bounds += [branch.bound for branch in documents.branches if not branch.is_empty]
            purpose = "read, where there is no such row" if asked else "read"
            asked.append(await self._asked(purpose, await self.facade.search_statement(self.snapshot, documents)))
        clause = (Clause("id", (_key(b, "id"),), f"id = {id}", ()) for b in bounds)
        sources = tuple(_source(b, _granted(b, grants, "read"), False, (each,)) for b, each in zip(bounds, clause, strict=True))
        return Explanation("read", path, sources, tuple(asked))

    async def search(
        self, request: SearchRequest, plan: SearchPlan, criteria: Criteria, path: str, within: Within
    ) -> Explanation:
        """A search; `within` is what bounds its sources beside the parameters (a compartment)."""
        concepts = await self.facade.resolve(self.snapshot, tuple(plan.resolvables()))
        sources = tuple(self._explained(request, branch, criteria, concepts, within) for branch in plan.branches)
        asked = [] if plan.is_empty else [asked async for asked in self._statements(request, plan, concepts)]
        if asked and not request.shape.count:
            asked += [each async for each in self._includes(request, plan, criteria)]
        return Explanation("search", path, sources, tuple(asked))

    async def _statements(
        self, request: SearchRequest, plan: SearchPlan, concepts: dict[Resolvable, ConceptSet]
    ) -> AsyncIterator[Asked]:
        schema, zone = self.snapshot.schema, self.snapshot.zone
        if not request.shape.count:
            for part in plan.in_turn():
                yield await self._asked("page", await self.facade.search_statement(self.snapshot, part))
        if request.shape.count or request.total == "accurate":
            yield await self._asked("count", count.count(plan, concepts, schema, zone))

    async def _includes(self, request: SearchRequest, plan: SearchPlan, criteria: Criteria) -> AsyncIterator[Asked]:
        """The first step of the inclusions, for a page of one resource of each source, with the key 0."""
        inclusions = Inclusions(request.inclusions, criteria)
        shown = {branch.bound.mapping.name: (0,) for branch in plan.branches if not branch.is_empty}
        step = inclusions.step(shown, first=True, limit=self.facade.settings.include_limit)
        if step is not None:
            statement = await self.facade.search_statement(self.snapshot, step)
            yield await self._asked("include, 0 standing for the keys of the page", statement)

    async def _asked(self, purpose: str, statement: Statement) -> Asked:
        options = [*(["ANALYZE", "BUFFERS"] if self.analyze else []), f"FORMAT {self.form}"]
        text = f"EXPLAIN ({', '.join(options)}) {statement.text}"
        records = await self.facade.pool.fetch(Statement(text, statement.args))
        plan = orjson.loads(records[0][0]) if self.form == "JSON" else [record[0] for record in records]
        return Asked(purpose, statement, plan)

    def _explained(
        self,
        request: SearchRequest,
        branch: Branch,
        criteria: Criteria,
        concepts: dict[Resolvable, ConceptSet],
        within: Within,
    ) -> SourceClauses:
        bound = branch.bound
        clauses = [self._criterion(criterion, bound, criteria, concepts) for criterion in request.criteria]
        inside = within(bound)
        if inside != ALWAYS:
            clauses.insert(0, self._clause("compartment", (), inside, bound, concepts))
        for key, ordering in zip(request.sort, branch.order, strict=True):
            clauses.append(self._sort(f"_sort={'-' if key.descending else ''}{key.code}", key.code, ordering, bound))
        return _source(bound, _granted(bound, criteria.grants, "search-type"), branch.is_empty, tuple(clauses))

    def _criterion(
        self, criterion: Criterion, bound: Bound, criteria: Criteria, concepts: dict[Resolvable, ConceptSet]
    ) -> Clause:
        places = tuple(_places(criterion.path, criterion.code, (bound,), criteria))
        name = f"{criterion.name}={criterion.text}"
        return self._clause(name, places, criteria.of(criterion, bound), bound, concepts)

    def _clause(
        self,
        name: str,
        places: tuple[Place, ...],
        predicate: Predicate,
        bound: Bound,
        concepts: dict[Resolvable, ConceptSet],
    ) -> Clause:
        parts = tuple(dict.fromkeys(resolvables(predicate)))
        known = {part: concepts.get(part, ConceptSet()) for part in parts}
        args = Arguments()
        condition = Where(Scope(bound, self.snapshot.zone), args, known, self.snapshot.schema).sql(predicate)
        meant = tuple((_named(part), self._meant(known[part])) for part in parts if part in concepts)
        return Clause(name, places, condition, tuple(args.values), meant)

    def _meant(self, concepts: ConceptSet) -> str:
        if concepts.is_empty:
            return "no concept of this database"
        if concepts.is_plain:
            return ", ".join(map(str, concepts.ids))
        args = Arguments()
        text = ConceptSets(self.snapshot.schema, args).query(concepts)
        return f"{text} [{', '.join(map(str, args.values))}]"

    def _sort(self, name: str, code: str, ordering: Ordering, bound: Bound) -> Clause:
        args = Arguments()
        where = Where(Scope(bound, self.snapshot.zone), args, {}, self.snapshot.schema)
        value = sort_value(where, ordering)
        direction = " DESC" if ordering.descending else ""
        places = tuple(_place(bound, code, ordering.expression))
        return Clause(name, places, f"ORDER BY {value}{direction} NULLS LAST", tuple(args.values))


def _named(part: Resolvable) -> str:
    return str(part.token) if isinstance(part, HasConcept) else part.url


def _source(bound: Bound, granted: str, is_empty: bool, clauses: tuple[Clause, ...]) -> SourceClauses:
    mapping = bound.mapping
    return SourceClauses(
        mapping.name, mapping.resource, mapping.base.table, mapping.mark, granted, is_empty, clauses
    )


def _granted(bound: Bound, grants: Grants, interaction: Interaction) -> str:
    """The rows that grants cover, in words."""
    permissions = grants.of(bound.mapping.resource, interaction)
    return "; or ".join(dict.fromkeys(_covered(bound, each, opens_places=grants.opens_places) for each in permissions))


def _covered(bound: Bound, permission: Permission, *, opens_places: bool) -> str:
    column = bound.mapping.compartment.get("Patient")
    words = []
    if permission.is_personal and column is None:
        if bound.mapping.resource in compartment("Patient"):
            return "no row, for none tells its patient"
        if not opens_places:
            words.append("rows that something visible in a patient's compartment refers to")
    elif permission.patient is not None:
        words.append(f"rows where {column} = {permission.patient}")
    if permission.among:
        words.append(f"rows of patients found by {urlencode(permission.among)}")
    if permission.query:
        words.append(f"rows found by {urlencode(permission.query)}")
    return ", of these ".join(words) or "every row"


def _key(bound: Bound, code: str) -> Place:
    mapping = bound.mapping
    return Place(mapping.name, code, "", (), (str(mapping.key),), mapping.mark, mapping.mark)


def _places(path: Sequence[Step], code: str, bounds: Sequence[Bound], criteria: Criteria) -> Iterator[Place]:
    """The parameters along a chain, and the one at its end, in every source that has them."""
    match path:
        case [Forward(step), *rest]:
            for bound in bounds:
                yield from _place(bound, step)
            yield from _places(rest, code, tuple(_targets(path[0], bounds, criteria)), criteria)
        case [Reverse(type, step), *rest]:
            sources = criteria.catalog.get(type, ())
            for bound in sources:
                yield from _place(bound, step)
            yield from _places(rest, code, sources, criteria)
        case _:
            for bound in bounds:
                yield from _place(bound, code)


def _targets(step: Step, bounds: Sequence[Bound], criteria: Criteria) -> Iterator[Bound]:
    found: dict[str, Bound] = {}
    for bound in bounds:
        parameter = bound.search.get(step.code)
        for link in links(parameter.codec, criteria.site) if parameter else ():
            if step.type in (None, link.target):
                found |= {b.mapping.name: b for b in criteria.catalog[link.target] if b.mapping.prefix == link.prefix}
    yield from found.values()


def _place(bound: Bound, code: str, expression: Expression | None = None) -> Iterator[Place]:
    parameter: Parameter | None = bound.search.get(code)
    if code == "_id":
        yield _key(bound, code)
    if parameter is None:
        return
    read = tuple(expression_columns(expression)) if expression is not None else tuple(parameter.codec.columns())
    element = bound.mapping.elements.get(parameter.element.split(".")[0])
    yield Place(
        mapping=bound.mapping.name,
        code=code,
        element=parameter.element,
        codecs=tuple(dict.fromkeys(each.name for each in walk(parameter.codec) if hasattr(each, "name"))),
        columns=tuple(dict.fromkeys(str(column) for column in read)),
        declared=parameter.mark,
        rendered=element.mark if element else parameter.mark,
    )
