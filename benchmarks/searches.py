"""`python -m benchmarks.searches`: the shapes of search in databases of two sizes, and the report docs/benchmarks-search.md.

Every shape is asked of each database in turn, round by round, from the URL to the bytes of the Bundle, without HTTP; the
databases have the indexes that `omop-fhir index` makes. Values are drawn anew each round, the same in each database.
With OMOP_FHIR_TEST_DATABASE_URL the databases are made on that server, else on an embedded one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import uvloop

from omop_fhir.app import make_context
from omop_fhir.auth.grants import ANYONE
from omop_fhir.config import Settings
from omop_fhir.errors import ConfigurationError
from omop_fhir.mapping.load import load
from omop_fhir.paths import mappings_directory
from omop_fhir.request.page import Page
from omop_fhir.store.inspection.index import make, proposals
from omop_fhir.store.migrate import migrate
from omop_fhir.web.context import Context
from omop_fhir.web.exchange import Exchange
from omop_fhir.web.results import resume
from omop_fhir.web.search import plan

from . import machine
from .population import SCHEMA, Population, analyse, populations, server
from .report import table
from .sample import Sample, sample

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks-search.md"
GOAL = 1.5
SNOMED = "http://snomed.info/sct"
_RARE, _LATE, _FREQUENT = "2000000006", "2000000005", f"{SNOMED}|430193006"

_BEYOND = 2**62
_EARLIEST = "0001-01-01 00:00:00"
_WARM_UP = 5
_INTRODUCTION = """# Searches at two sizes

Written by `make bench`; every figure is from one run. Milliseconds from the URL to the bytes of the Bundle (parse, plan, SQL,
fetch, render, links), without HTTP: medians of {rounds} rounds with the quartiles in brackets. The databases take turns, and
growth is taken round by round. Pages are of the usual size (`_count` not given). The databases hold generated persons (see
generated-data.md), the indexes that `omop-fhir index` makes, and this server's own schema: each search looks among the documents
that came in through FHIR as well, of which there are none.

What may grow with the data: an unscoped `_has` (one side is read until a page is full), a day of everybody (all of that
day's rows are ordered by key), and exact counts, which look at every match.
"""

Draw = Callable[[Random, int], str]
"""A value of a round, from chance and the number of persons."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of search; `bounded` says that its answer does not grow with the data."""

    name: str
    url: str
    bounded: bool = True
    draw: Draw = lambda chance, persons: str(chance.randint(1, min(persons, 100_000)))
    deep: bool = False
    """The page asked for is one at the far end of the walk, not the first."""


def _day(chance: Random, _: int) -> str:
    return f"{chance.randint(2012, 2019)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


SHAPES = (
    Shape("a patient's procedures since a date", "Procedure?patient={}&date=ge2010"),
    Shape("a patient's procedures, the latest first", "Procedure?patient={}&_sort=-date"),
    Shape("first page of all", "Procedure"),
    Shape("page at the far end of all", "Procedure", deep=True),
    Shape("`code=`, a fifth of the rows", f"Procedure?code={_FREQUENT}"),
    Shape("`code=`, 0.05 % of the rows", f"Procedure?code={_RARE}"),
    Shape("`code=`, 0.2 % of the rows, all at the end", f"Procedure?code={_LATE}"),
    Shape("the same, page at the far end", f"Procedure?code={_FREQUENT}", deep=True),
    Shape("`code:below=`", f"Condition?code:below={SNOMED}|64572001"),
    Shape("chain `patient.gender`", "MedicationStatement?patient.gender=female"),
    Shape("chain `patient.birthdate`", "Procedure?patient.birthdate=lt1935"),
    Shape("chain `patient.identifier`", "Procedure?patient.identifier=nobody-{}"),
    Shape("chain `encounter.class` beside a code", f"Procedure?encounter.class=EMER&code={_FREQUENT}"),
    Shape("`_has`, a fifth of the rows", f"Patient?_has:Procedure:patient:code={_FREQUENT}", bounded=False),
    Shape("`_has`, 0.05 % of the rows", f"Patient?_has:Procedure:patient:code={_RARE}", bounded=False),
    Shape("`_include` of patient and encounter", "Procedure?_include=Procedure:patient&_include=Procedure:encounter"),
    Shape("`_revinclude` of procedures", "Encounter?patient={}&_revinclude=Procedure:encounter"),
    Shape("a day of everybody", "Procedure?date={}", bounded=False, draw=_day),
    Shape("`_sort=-date` of everybody", "Procedure?_sort=-date"),
    Shape("the same, page at the far end", "Procedure?_sort=-date", deep=True),
    Shape("identifier", "Patient?identifier=nobody-{}"),
    Shape("`_total=accurate` of a patient", "Procedure?patient={}&_total=accurate"),
    Shape("`_total=accurate` of everybody", "Procedure?_total=accurate", bounded=False),
    Shape("`_total=accurate` of a code", f"Procedure?code={_RARE}&_total=accurate", bounded=False),
    Shape("`Patient/[id]/$everything`", "Patient/{}/$everything"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds of one shape by number of persons."""

    shape: Shape
    times: Mapping[int, Sample]

    @property
    def growth(self) -> Sample:
        """The largest database's times over the smallest one's."""
        return self.times[max(self.times)].over(self.times[min(self.times)])


class Searches:
    """Asks searches of one database."""

    def __init__(self, context: Context, persons: int) -> None:
        self.context = context
        self.persons = persons

    async def page(self, url: str) -> bytes:
        """The Bundle of a URL below the base."""
        path, _, query = url.partition("?")
        scope = {"method": "GET", "headers": [], "query_string": query.encode(), "raw_path": f"/fhir/{path}".encode()}
        exchange = Exchange(scope, _no_body, self.context.settings.url_limit)
        segments = tuple(path.split("/"))
        resumed = resume(exchange, self.context, ANYONE, path)
        results = plan(exchange, self.context, ANYONE, await self.context.facade.snapshot(), segments, resumed)
        return await results.bundle()

    async def last(self, shape: Shape) -> str:
        """The URL of the last page: what the page before it calls `next`."""
        path, _, query = shape.url.partition("?")
        pairs = tuple(tuple(pair.split("=", 1)) for pair in query.split("&") if pair)
        values = (_EARLIEST,) if "_sort=-date" in query else ()
        end = Page(path, pairs, values, path.lower(), 0 if values else _BEYOND, True)  # type: ignore[arg-type]
        sealed = self.context.sealer.seal(end, ANYONE.holder)
        before = await self._followed(f"{path}?_page={sealed}", "previous")
        return await self._followed(before, "next")

    async def _followed(self, url: str, relation: str) -> str:
        links = orjson.loads(await self.page(url))["link"]
        found = next(link["url"] for link in links if link["relation"] == relation)
        return str(found).removeprefix(f"{self.context.base}/")


async def _no_body() -> Any:
    """What a GET receives."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def measure(made: Sequence[Population], rounds: int) -> list[Result]:
    """Every shape in every population, `rounds` times, in turn."""
    async with AsyncExitStack() as stack:
        databases = [await _opened(population, stack) for population in made]
        return [await _measured(shape, databases, rounds) for shape in SHAPES]


async def _opened(population: Population, stack: AsyncExitStack) -> Searches:
    settings = Settings(population.url, cdm_schema=SCHEMA, open=True, time_zone=ZoneInfo("UTC"), secret_key="k" * 40)
    await migrate(population.url, settings.own_schema)
    for proposal in await proposals(settings, load((mappings_directory(),))):
        await make(population.url, proposal)
    await analyse(population.url)
    context, _ = make_context(settings)
    await context.facade.open()
    stack.push_async_callback(context.facade.close)
    return Searches(context, population.persons)


async def _measured(shape: Shape, databases: Sequence[Searches], rounds: int) -> Result:
    chance, times = Random(shape.name), {each.persons: list[float]() for each in databases}  # noqa: S311
    fewest = min(times)
    far = {each.persons: await each.last(shape) for each in databases} if shape.deep else {}
    for number in range(-_WARM_UP, rounds):
        url = shape.url.format(shape.draw(chance, fewest))
        for each in databases:
            start = perf_counter()
            await each.page(far.get(each.persons, url))
            if number >= 0:
                times[each.persons].append((perf_counter() - start) * 1000)
    return Result(shape, {persons: sample(values) for persons, values in times.items()})


def report(results: Sequence[Result], facts: Mapping[str, str], rounds: int) -> str:
    """The page of documentation."""
    sizes = sorted(results[0].times)
    head = ["search", *(f"{persons:,} persons" for persons in sizes), "growth", ""]
    worst = max(result.growth.median for result in results if result.shape.bounded)
    goal = f"Worst growth of a bounded shape: {worst:.2f} (goal: at most {GOAL:g})."
    parts = [
        _INTRODUCTION.format(rounds=rounds),
        table(("", ""), facts.items()),
        goal,
        table(head, [_row(result, sizes) for result in results]),
    ]
    return "\n".join(part.strip() + "\n" for part in parts)


def _row(result: Result, sizes: Sequence[int]) -> list[str]:
    times = [result.times[persons].shown(2) for persons in sizes]
    reached = "reached" if result.growth.median <= GOAL else "missed"
    return [result.shape.name, *times, result.growth.shown(2), reached if result.shape.bounded else "may grow"]


def main() -> None:
    """Make the databases, measure, report."""
    parser = argparse.ArgumentParser(prog="benchmarks.searches", description=__doc__)
    parser.add_argument("--persons", type=int, nargs=2, default=[100_000, 1_000_000], help="in each database")
    parser.add_argument("--rounds", type=int, default=40, help="of each shape and database (40)")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report goes (docs/benchmarks-search.md)")
    options = parser.parse_args()
    try:
        with server() as url:
            text = uvloop.run(_run(url, options))
    except (RuntimeError, OSError, ConfigurationError) as error:
        sys.exit(f"benchmarks: {error}")
    print(text)
    options.report.write_text(text, "utf-8")


async def _run(url: str, options: argparse.Namespace) -> str:
    async with populations(url, options.persons) as made:
        begun = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average {machine.load()}"
        sizes = {f"PostgreSQL, {each.persons:,} persons": await machine.database(each.url) for each in made}
        return report(await measure(made, options.rounds), {"begun": begun, **machine.facts(), **sizes}, options.rounds)


if __name__ == "__main__":
    main()
