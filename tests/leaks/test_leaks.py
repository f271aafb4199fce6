"""Nothing of a patient whom the caller may not see comes out at any door, nor is told by what does.

A part of the matrix runs always; `OMOP_FHIR_LEAKS=all` (`make leaks`) runs it whole. docs/leaks.md shows it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from omop_fhir.auth.grants import Grants

from .asking import EVERYBODY, Asked, Request
from .doors import ABSENT, READING, WRITING
from .knocked_out import KNOCKED_OUT, WRITER, WRITES_KNOCKED_OUT
from .matrix import Case, Tally, cases, chosen, tell
from .page import FILE, page
from .population import PLACES, TYPES, things
from .scopes import SHAPES, Shape, readers, writers
from .world import Worlds, worlds

ALL = os.environ.get("OMOP_FHIR_LEAKS") == "all"
DEAR = frozenset({"chain", "`_has`", "`_include`, `:iterate`", "`_revinclude`, `:iterate`", "reads in a Bundle", "`$everything`"})
"""Doors whose requests take long: of these fewer are asked where not all are."""

SPARED = (
    "patient/Condition.rs", "patient/*.rs, places open", "user/*.rs, own compartment", "user/*.rs, own care site, places open",
)  # fmt: skip
"""Shapes that cost much (a world of their own, long statements), and of which others say nearly as much; asked where all are."""


@dataclass
class Matrix:
    """The worlds, on a loop of their own."""

    runner: asyncio.Runner
    worlds: Worlds

    def run(self, asked: Any) -> Any:
        return self.runner.run(asked)

    def part(self, shape: Shape, door: str, number: int | None = None) -> list[Case]:
        """The cases of a shape at a door, all or those that are chosen."""
        found = list(cases(shape, self.worlds.facts, door))
        if ALL:
            return found
        light = [case for case in found if ":iterate" not in case.request.path]
        return chosen(light or found, number or (1 if door in DEAR else 2))

    def tally(self, shape: Shape, found: list[Case], most: int = sys.maxsize) -> Tally:
        """What the cases find in the first world and in the shape's other; enough is what `most` says."""

        async def all_of_them() -> Tally:
            tally, other = Tally(), await self.worlds.other(shape.world)
            for case in found:
                await tell(case, self.worlds.first, other, tally)
                if len(tally.leaks) >= most:
                    break
            return tally

        return self.run(all_of_them())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def matrix(postgres_url: str) -> Iterator[Matrix]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            yield Matrix(runner, runner.run(stack.enter_async_context(worlds(postgres_url))))
        finally:
            runner.run(stack.aclose())


@pytest.mark.parametrize("shape", [shape for shape in readers() if ALL or shape.name not in SPARED], ids=str)
def test_nothing_tells_of_what_is_hidden(matrix: Matrix, shape: Shape) -> None:
    found = [case for door in READING for case in matrix.part(shape, door)]
    tally = matrix.tally(shape, found)
    assert tally.asked >= len(found)
    assert not tally.leaks, f"{len(tally.leaks)} of {tally.asked}:\n" + "\n".join(tally.leaks[:20])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_is_granted_is_seen_and_no_more(matrix: Matrix, shape: Shape) -> None:
    """Else a server that refuses all would pass."""
    for type in TYPES if ALL else ("Patient", "Condition", "Organization"):
        of_type = [thing for thing in things() if thing.type == type]
        read = {thing.id for thing in of_type if matrix.run(_status(matrix, shape, f"{type}/{thing.id}")) == 200}
        assert read == {thing.id for thing in of_type if shape.sees(thing, "r")}
        answer = matrix.run(matrix.worlds.first.ask(Request("GET", f"{type}?_count=1000&_elements=id"), shape.name))
        searched = {each["resource"]["id"] for each in answer.json().get("entry", ())} - {"condition-came", "condition-went"}
        assert searched == {thing.id for thing in of_type if shape.sees(thing, "s")}
        assert answer.status == (200 if shape.allows(type, "s") else 403)


async def _status(matrix: Matrix, shape: Shape, path: str) -> int:
    return (await matrix.worlds.first.ask(Request("GET", path), shape.name)).status


@pytest.mark.parametrize("type", TYPES)
def test_hidden_and_absent_are_told_alike_but_for_the_id(matrix: Matrix, type: str) -> None:
    (shape,) = (each for each in SHAPES if each.name == "patient/*.rs")

    async def answer(path: str, id: str, **headers: str) -> bytes:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        whole = (await matrix.worlds.first.ask(Request("GET", path.format(id), given), shape.name)).whole
        return whole.replace(f"{type}/{id}".encode(), b"ID")

    hidden_row, hidden_document = ("2", "stranger") if type == "Patient" else ("201", f"{type.lower()}-2-2")
    hidden_row, hidden_document = ("2", f"{type.lower()}-2") if type in PLACES else (hidden_row, hidden_document)
    absent = {hidden_row: ABSENT[type].rjust(len(hidden_row), "9"), hidden_document: "x" * len(hidden_document)}
    for path in (f"{type}/{{}}", f"{type}/{{}}/_history", f"{type}/{{}}/_history/1", f"{type}/{{}}/_history/2"):
        for hidden, nowhere in absent.items():
            for headers in ({}, {"if_none_match": "*"}, {"if_modified_since": "Fri, 31 Dec 2100 00:00:00 GMT"}):
                one = matrix.run(answer(path, hidden, **headers))
                assert one == matrix.run(answer(path, nowhere, **headers))
                assert one.startswith(b"404")


def test_a_paging_link_is_good_for_nobody_else(matrix: Matrix) -> None:
    first = matrix.worlds.first
    for type in TYPES:
        link = matrix.run(first.ask(Request("GET", f"{type}?_count=1"))).link("next")
        assert matrix.run(first.ask(Request("GET", link))).status == 200
        for shape in SHAPES:
            refused = matrix.run(first.ask(Request("GET", link), shape.name))
            assert (refused.status, b"mk" in refused.body) == (400, False)


def test_an_own_link_made_under_wider_grants_shows_what_is_granted_now(matrix: Matrix) -> None:
    first, (shape,) = matrix.worlds.first, (each for each in SHAPES if each.name == "patient/*.rs")
    known = first.app.state.context.access.known
    narrow = known[shape.name]
    known[shape.name] = Grants(shape.name, known[EVERYBODY].permissions)
    try:
        link = matrix.run(first.ask(Request("GET", "Condition?_count=1"), shape.name)).link("next")
    finally:
        known[shape.name] = narrow
    shown = matrix.run(first.ask(Request("GET", link), shape.name)).json()["entry"]
    assert {entry["resource"]["subject"]["reference"] for entry in shown} == {"Patient/1"}


@pytest.fixture(scope="module")
def pair(matrix: Matrix) -> tuple[Asked, Asked]:
    """The first world and the caller's other, both to be written to, rows of the ETL too."""

    async def copies() -> tuple[Asked, Asked]:
        given: dict[str, Any] = {"writable": "all", "deduplicate": True}
        return await matrix.worlds.copy(**given), await matrix.worlds.copy("own", **given)

    return matrix.run(copies())  # type: ignore[no-any-return]


def test_writes_are_done_where_they_are_granted(matrix: Matrix, pair: tuple[Asked, Asked]) -> None:
    """Else a server that refuses all would pass. Before the others: those delete the patient that is written about."""
    for shape in writers():
        asked = [case for case in matrix.part(shape, "create", 100) if case.type == "Condition"]
        for one in pair:  # both, so that they go on differing in nothing else
            statuses = [matrix.run(one.ask(case.request, shape.name)).status for case in asked]
            assert {200, 201} & {*statuses}  # 200: one with the same identifier was made before


@pytest.mark.parametrize("shape", list(writers()), ids=str)
def test_no_write_reaches_or_tells_of_what_is_hidden(matrix: Matrix, pair: tuple[Asked, Asked], shape: Shape) -> None:
    before = matrix.run(_hidden(pair[0]))
    tally = Tally()
    found = [case for door in WRITING for case in matrix.part(shape, door, 6)]

    async def all_of_them() -> None:
        for case in found:
            await tell(case, *pair, tally)

    matrix.run(all_of_them())
    assert not tally.leaks, f"{len(tally.leaks)} of {tally.asked}:\n" + "\n".join(tally.leaks[:20])
    assert matrix.run(_hidden(pair[0])) == before


async def _hidden(asked: Asked) -> list[Any]:
    """All that is not person 1's: documents, their versions, and rows."""
    connection = await asyncpg.connect(asked.app.state.context.settings.database_url)
    try:
        tables = ("condition_occurrence", "visit_occurrence", "drug_exposure", "procedure_occurrence", "person")
        rows = [await connection.fetch(f"SELECT t::text FROM cdm.{t} t WHERE person_id <> 1 ORDER BY 1") for t in tables]
        whole = ("provider", "care_site", "location")
        kept = "WHERE t::text NOT LIKE '%sent%'"  # the caller's own new home; another's, written over, would be missing
        places = [await connection.fetch(f"SELECT t::text FROM cdm.{t} t {kept} ORDER BY 1") for t in whole]
        documents = "SELECT d::text FROM omop_fhir.document d WHERE person IS DISTINCT FROM 1 ORDER BY 1"
        versions = "SELECT v::text FROM omop_fhir.version v WHERE person IS DISTINCT FROM 1 ORDER BY 1"
        return [*rows, *places, await connection.fetch(documents), await connection.fetch(versions)]
    finally:
        await connection.close()


@pytest.mark.parametrize("defence", KNOCKED_OUT)
def test_the_matrix_finds_a_defence_missing(matrix: Matrix, monkeypatch: pytest.MonkeyPatch, defence: str) -> None:
    name, door, part, knock = KNOCKED_OUT[defence]
    (shape,) = (each for each in SHAPES if each.name == name)
    found = [case for case in cases(shape, matrix.worlds.facts, door) if part in case.request.path]
    knock(monkeypatch)
    assert matrix.tally(shape, chosen(found, 40), most=1).leaks


@pytest.mark.parametrize("defence", WRITES_KNOCKED_OUT)
def test_the_matrix_finds_a_defence_of_writes_missing(
    matrix: Matrix, pair: tuple[Asked, Asked], monkeypatch: pytest.MonkeyPatch, defence: str
) -> None:
    """The last test: what gets through is written."""
    door, part, knock = WRITES_KNOCKED_OUT[defence]
    (shape,) = (each for each in SHAPES if each.name == WRITER)
    found = chosen([case for case in cases(shape, matrix.worlds.facts, door) if part in case.request.path], 40)
    knock(monkeypatch)

    async def all_of_them() -> bool:
        tally, before = Tally(), await _hidden(pair[0])
        for case in found:
            await tell(case, *pair, tally)
        return bool(tally.leaks) or await _hidden(pair[0]) != before

    assert matrix.run(all_of_them())


def test_the_page_says_what_is_asked(matrix: Matrix) -> None:
    made = matrix.run(page(matrix.worlds))
    assert FILE.read_text("utf-8") == made, "docs/leaks.md is out of date: run `python -m tests.leaks`"
