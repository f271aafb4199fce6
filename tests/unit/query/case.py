"""Fixture pairs: a request and the statement that it becomes.

A file of `pairs/` holds cases one after another. Each begins with `-- GET` and the URL below the base; `-- with` lines
say what differs from a caller who may see everything in a CDM 5.4 in Berlin:

    -- with patient=7                     the caller is bound to this patient
    -- with care-site=3                   the caller is bound to the patients of this care site
    -- with after=encounter/15/2020-01-01 the page begins after key 15 of that mapping, behind these sort values
    -- with before=encounter/15           the page ends before it
    -- with cdm=5.3                       the database is a CDM 5.3
    -- with details                       encounter-visit-detail is enabled
    -- with person.person_id=numeric      a column has another type; `absent`: it is not there
    -- with no=death                      the table is not there
    -- with indexed                       it has every index (code, key) that `omop-fhir index` makes
    -- with documents                     resources can be written: there is this server's own schema, with no adopted row
    -- with adopted                       the same, and rows of every type have become documents
    -- with count                         the statement that counts, as for `_total=accurate`
    -- with keys=procedure/7,8            the first step of the inclusions, of a page of these rows

`--` lines with `$n` are the arguments. What follows is the statement. A file that begins with BRIEF leaves out the select
list and the joins outside the LIMIT, which are the same in every search of a type: the files named after types show them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

from omop_fhir.auth.grants import ALL_TYPES, ANYONE, READING, Grants, Permission
from omop_fhir.config import Settings
from omop_fhir.errors import Problem
from omop_fhir.fhir.values import Token
from omop_fhir.mapping.documents import source_number
from omop_fhir.mapping.predicate import HasConcept, Resolvable
from omop_fhir.omop.cdm import TABLES
from omop_fhir.omop.database import Index, PresentTable
from omop_fhir.plan.criteria import Criteria
from omop_fhir.plan.include import Inclusions
from omop_fhir.plan.read import ReadPlan, plan_read
from omop_fhir.plan.search import Cursor, SearchPlan, plan_search
from omop_fhir.query import count, select
from omop_fhir.query.concept_set import ConceptSet, Hierarchy, Through
from omop_fhir.query.read import coalesced, reading
from omop_fhir.query.statement import Statement
from omop_fhir.store.snapshot import Snapshot, make_snapshot
from omop_fhir.web.target import aim
from tests.unit.mapping.cdm_database import BERLIN, SITE, database, mappings, own_schema

ZONE = BERLIN.key
PAIRS = Path(__file__).parent / "pairs"
LIMIT = 50
CONCEPTS = {
    Token("http://snomed.info/sct", "80146002"): (4198190, 4209423),
    Token(None, "44950"): (2109144,),
    Token("http://hl7.org/fhir/sid/icd-10-cm", "I10"): (35207668,),
    Token("http://www.nlm.nih.gov/research/umls/rxnorm", "161"): (1125315,),
}
"""What the store would have found; other tokens mean no concept."""
BRIEF = "-- brief\n"


@dataclass
class Case:
    """One request under its circumstances, and what stands in the file for it."""

    url: str
    options: list[str] = field(default_factory=list)
    expected: str = ""
    brief: bool = False

    @property
    def name(self) -> str:
        return " ".join([self.url, *self.options])

    def text(self) -> str:
        """The case as it stands in its file, with the statement that it becomes now."""
        head = [f"-- GET {self.url}", *(f"-- with {option}" for option in self.options)]
        return "\n".join([*head, self.actual(), ""])

    def actual(self) -> str:
        """Arguments and statement, or why there is none."""
        try:
            statement = self.statement()
        except Problem as refusal:
            return f"-- refused: {refusal}"
        args = [f"-- ${number} = {value!r}" for number, value in enumerate(statement.args, 1)]
        return "\n".join([*args, _shortened(statement.text) if self.brief else statement.text])

    def statement(self) -> Statement:
        plan, snapshot = self.plan(), self.snapshot()
        if isinstance(plan, ReadPlan):
            return reading(coalesced(plan.bound, snapshot.schema, ZONE, within=plan.within), [plan])
        if plan is None or (plan.is_empty and not self._is_read):
            return Statement("-- no statement: nothing can match", ())
        make = count.count if "count" in self.options else select.search
        return make(plan, concepts_of(plan), snapshot.schema, ZONE)

    def plan(self) -> ReadPlan | SearchPlan | None:
        """What the request asks for; None where there is nothing to include."""
        snapshot, grants, segments = self.snapshot(), self._grants(), self._segments
        criteria = Criteria(snapshot.bounds, SITE, grants, SITE.base)
        if self._is_read:
            return plan_read(*segments, snapshot.bounds[segments[0]], criteria)
        query = tuple(parse_qsl(self.url.partition("?")[2], keep_blank_values=True))
        request, target = aim(segments, query, criteria, snapshot)
        if keys := self._option("keys"):
            source, _, numbers = keys.partition("/")
            shown = {source: tuple(map(int, numbers.split(",")))}
            return Inclusions(request.inclusions, criteria).step(shown, first=True, limit=1000)
        return plan_search(request, target.bounds, criteria, within=target.within, limit=LIMIT, cursor=self._cursor())

    @property
    def _segments(self) -> list[str]:
        return [segment for segment in self.url.partition("?")[0].split("/") if segment]

    @property
    def _is_read(self) -> bool:
        return len(self._segments) == 2 and not self._segments[1].startswith("$")

    def _cursor(self) -> Cursor | None:
        for option, backward in (("after", False), ("before", True)):
            if place := self._option(option):
                source, key, *values = place.split("/")
                return Cursor(tuple(value or None for value in values), source, int(key), backward)
        return None

    def _option(self, name: str) -> str | None:
        return next((option.partition("=")[2] for option in self.options if option.split("=")[0] == name), None)

    def _grants(self) -> Grants:
        patient, site = self._option("patient"), self._option("care-site")
        if site:
            return Grants("app", (Permission(ALL_TYPES, READING, among=(("organization", site),)),))
        return Grants.reading("app", frozenset({"*"}), int(patient)) if patient else ANYONE

    def snapshot(self) -> Snapshot:
        """The shipped mappings in the database of the case."""
        of_caller = ("patient", "care-site", "after", "before", "keys", "count")
        return _snapshot(tuple(sorted(each for each in self.options if each.partition("=")[0] not in of_caller)))


@cache
def _snapshot(options: tuple[str, ...]) -> Snapshot:
    changes: dict[str, dict[str, str | None]] = {}
    of = dict(option.partition("=")[::2] for option in options)
    for column, type in of.items():
        if "." in column:
            table, _, name = column.partition(".")
            changes.setdefault(table, {})[name] = None if type == "absent" else type
    schema = database(of.get("cdm", "5.4"), changes)
    schema = replace(schema, tables={name: table for name, table in schema.tables.items() if name != of.get("no")})
    if "indexed" in of:
        schema = replace(schema, tables={name: _indexed(table) for name, table in schema.tables.items()})
    if "documents" in of or "adopted" in of:
        adopting = frozenset(source_number(m.name) for m in mappings()) if "adopted" in of else frozenset[int]()
        schema = replace(schema, own=replace(own_schema(), adopting=adopting))
    enabled = [m for m in mappings() if not m.prefix or "details" in of]
    return make_snapshot(Settings(database_url="", time_zone=BERLIN), SITE.base, enabled, schema, {})


def _indexed(table: PresentTable) -> PresentTable:
    """The table with an index of each concept column and the key."""
    key = TABLES[table.name].primary_key
    columns = [column for column in table.columns if column.endswith("concept_id") and key]
    return replace(table, indexes=tuple(_index(column, str(key)) for column in columns))


def _index(*columns: str) -> Index:
    return Index("_".join(columns), columns, False, False, True, (False, False), (False, False), "btree", None)


def concepts_of(plan: SearchPlan) -> dict[Resolvable, ConceptSet]:
    """What the store would have found for a plan."""
    return {part: _concepts(part) for part in plan.resolvables()}


def _concepts(part: Resolvable) -> ConceptSet:
    ids = CONCEPTS.get(replace(part.token, hierarchy="is"), ()) if isinstance(part, HasConcept) else (4198190,)
    if isinstance(part, HasConcept) and part.token.hierarchy != "is":
        source = part.token.system == "http://hl7.org/fhir/sid/icd-10-cm"
        through: Through = "relationship" if source else "ancestor"
        names = ("ICD10CM",) if source else ("SNOMED",)
        below = Hierarchy(ids, part.token.hierarchy == "above", through, names)
        return ConceptSet(hierarchies=(below,) if ids else (), counted=12)
    return ConceptSet(ids, domain=part.domain, counted=1)


def cases(file: Path) -> Iterator[Case]:
    """The cases of a file."""
    case: Case | None = None
    text = file.read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("-- GET "):
            if case:
                yield _closed(case)
            case = Case(line.removeprefix("-- GET "), brief=text.startswith(BRIEF))
        elif case and line.startswith("-- with "):
            case.options.append(line.removeprefix("-- with "))
        elif case:
            case.expected += line + "\n"
    if case:
        yield _closed(case)


def _shortened(sql: str) -> str:
    """Without the columns selected, and without the joins that are only for them."""
    lines = (re.sub(r"^(SELECT )\d+ AS branch, .*", r"\1...", line) for line in sql.splitlines())
    kept = [line for line in lines if not line.startswith("LEFT JOIN")]
    return re.sub(r"(SELECT branch, identity)(, s\d_::text)*(, c\d+_)+ FROM", "SELECT ... FROM", "\n".join(kept))


def file_text(file: Path) -> str:
    """The file with the statements that its cases become now."""
    found = list(cases(file))
    return (BRIEF + "\n" if any(case.brief for case in found) else "") + "\n".join(case.text() for case in found)


def _closed(case: Case) -> Case:
    case.expected = case.expected.strip("\n")
    return case


def files() -> list[Path]:
    """All files of pairs."""
    return sorted(PAIRS.glob("*.sql"))
