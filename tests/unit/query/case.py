"""Fixture pairs: a request and the statement that it becomes.

A file of `pairs/` holds cases one after another. Each begins with `-- GET` and the URL below the base; `-- with` lines
say what differs from a caller who may see everything in a CDM 5.4 in Berlin:

    -- with patient=7                     the caller is bound to this patient
    -- with after=0/15                    the page begins after key 15 of branch 0
    -- with cdm=5.3                       the database is a CDM 5.3
    -- with details                       encounter-visit-detail is enabled
    -- with person.person_id=numeric      a column has another type; `absent`: it is not there

`--` lines with `$n` are the arguments. What follows is the statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from omop_fhir.auth.grants import ANYONE, Grants
from omop_fhir.fhir.values import Token
from omop_fhir.mapping.bind import Bound, bind
from omop_fhir.mapping.predicate import HasConcept
from omop_fhir.plan.read import plan_read
from omop_fhir.plan.search import Position, plan_search
from omop_fhir.query import select
from omop_fhir.query.statement import Statement
from omop_fhir.request.search import parse_search
from tests.unit.mapping.cdm_database import SITE, database, mappings

PAIRS = Path(__file__).parent / "pairs"
LIMIT = 50
CONCEPTS = {Token("http://snomed.info/sct", "80146002"): (4198190, 4209423), Token(None, "44950"): (2109144,)}
"""What the store would have found; other tokens mean no concept."""


@dataclass
class Case:
    """One request under its circumstances, and what stands in the file for it."""

    url: str
    options: list[str] = field(default_factory=list)
    expected: str = ""

    @property
    def name(self) -> str:
        return " ".join([self.url, *self.options])

    def text(self) -> str:
        """The case as it stands in its file, with the statement that it becomes now."""
        head = [f"-- GET {self.url}", *(f"-- with {option}" for option in self.options)]
        return "\n".join([*head, self.actual(), ""])

    def actual(self) -> str:
        """Arguments and statement."""
        statement = self.statement()
        args = [f"-- ${number} = {value!r}" for number, value in enumerate(statement.args, 1)]
        return "\n".join([*args, statement.text])

    def statement(self) -> Statement:
        type, _, query = self.url.partition("?")
        type, _, id = type.partition("/")
        bounds = [bound for bound in self.bounds() if bound.mapping.resource == type]
        grants = self._grants()
        if id:
            plan = plan_read(type, id, bounds, grants)
            return Statement(select.read(plan.bound, None, SITE.zone.key), ([plan.key], [plan.patient]))  # type: ignore[union-attr]
        request = parse_search(type, parse_qsl(query), SITE.base)
        after = self._option("after")
        position = Position(*map(int, after.split("/"))) if after else None
        found = plan_search(request, bounds, SITE, grants, limit=LIMIT, after=position)
        if found.is_empty:
            return Statement("-- no statement: nothing can match", ())
        concepts = {part: _concepts(part) for part in found.tokens()}
        return select.search(found, concepts, None, SITE.zone.key)  # type: ignore[union-attr]

    def _option(self, name: str) -> str | None:
        return next((option.partition("=")[2] for option in self.options if option.split("=")[0] == name), None)

    def _grants(self) -> Grants:
        patient = self._option("patient")
        return Grants("app", frozenset({"*"}), int(patient)) if patient else ANYONE

    def bounds(self) -> list[Bound]:
        """The shipped mappings in the database of the case."""
        changes: dict[str, dict[str, str | None]] = {}
        for option in self.options:
            column, _, type = option.partition("=")
            if "." in column:
                table, _, name = column.partition(".")
                changes.setdefault(table, {})[name] = None if type == "absent" else type
        schema = database(self._option("cdm") or "5.4", changes)
        enabled = [m for m in mappings() if not m.prefix or "details" in self.options]
        return [bound for m in enabled if isinstance(bound := bind(m, schema), Bound)]


def _concepts(part: HasConcept) -> tuple[int, ...]:
    return CONCEPTS.get(part.token, ())


def cases(file: Path) -> Iterator[Case]:
    """The cases of a file."""
    case: Case | None = None
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("-- GET "):
            if case:
                yield _closed(case)
            case = Case(line.removeprefix("-- GET "))
        elif case and line.startswith("-- with "):
            case.options.append(line.removeprefix("-- with "))
        elif case:
            case.expected += line + "\n"
    if case:
        yield _closed(case)


def _closed(case: Case) -> Case:
    case.expected = case.expected.strip("\n")
    return case


def files() -> list[Path]:
    """All files of pairs."""
    return sorted(PAIRS.glob("*.sql"))
