"""A page of 50, from the parameters of a search to the bytes of a Bundle, without HTTP.

Beside it, in the same round and from the same first key, two fetches on a bare asyncpg connection: the server's own
statement, and that statement without what the server adds to it (the columns that tell branch and identity, the casts
to text), so that asyncpg decodes every value itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from omop_fhir.app import make_context
from omop_fhir.auth.grants import ANYONE
from omop_fhir.config import Settings
from omop_fhir.query.identity import identity_sql
from omop_fhir.query.scope import table_name
from omop_fhir.query.statement import Statement
from omop_fhir.request.page import Page
from omop_fhir.store.snapshot import Snapshot
from omop_fhir.web.context import Context
from omop_fhir.web.exchange import Exchange
from omop_fhir.web.results import Results, resume
from omop_fhir.web.search import plan

from .population import SCHEMA, Population
from .sample import Sample, sample

TYPES = ("Procedure", "MedicationStatement", "Patient", "Encounter")
SIZE = 50
_PAIRS = (("_count", str(SIZE)),)


async def _no_body() -> Any:
    """What a GET receives."""
    return {"type": "http.request", "body": b"", "more_body": False}


Work = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class PageResult:
    """Microseconds a page."""

    type: str
    persons: int
    bare: Sample
    own: Sample
    page: Sample


class Pages:
    """Makes pages of one database, and fetches their rows."""

    def __init__(self, context: Context, snapshot: Snapshot, connection: asyncpg.Connection[Any]) -> None:
        self.context = context
        self.snapshot = snapshot
        self.connection = connection

    async def page(self, type: str, key: int) -> bytes:
        """The Bundle of the resources after `key`, as the paging link to it is answered."""
        return await self._after(type, key).bundle()

    def _results(self, type: str, query: str) -> Results:
        """The search of a request, parsed as over HTTP."""
        scope = {"method": "GET", "headers": [], "query_string": query.encode(), "raw_path": f"/fhir/{type}".encode()}
        exchange = Exchange(scope, _no_body, self.context.settings.url_limit)
        resumed = resume(exchange, self.context, ANYONE, type)
        return plan(exchange, self.context, ANYONE, self.snapshot, (type,), resumed)

    async def statements(self, type: str) -> tuple[str, str]:
        """The server's own statement of a page, and the bare one."""
        own: Statement = await self.context.facade.search_statement(self.snapshot, self._after(type, 0).plan())
        identity = identity_sql(self.snapshot.bounds[type][0], self.snapshot.vocabulary)
        return own.text, own.text.replace(f"0 AS branch, {identity} AS identity, ", "").replace("::text", "")

    def _after(self, type: str, key: int) -> Results:
        source = self.snapshot.bounds[type][0].mapping.name
        sealed = self.context.sealer.seal(Page(type, _PAIRS, (), source, key, False), ANYONE.holder)
        return self._results(type, f"_page={sealed}")

    async def contestants(self, type: str) -> tuple[Work, Work, Work]:
        """Bare fetch, fetch of the own statement, page."""
        own, bare = await self.statements(type)
        fetch = self.connection.fetch
        return (
            lambda key: fetch(bare, key, SIZE + 1),
            lambda key: fetch(own, key, SIZE + 1),
            lambda key: self.page(type, key),
        )

    async def keys(self, type: str, number: int) -> list[int]:
        """Random keys after which a whole page follows."""
        bound = self.snapshot.bounds[type][0]
        table, key = table_name(bound.tables[bound.mapping.base.alias]), bound.mapping.key.name
        rows = await self.connection.fetch(
            f"SELECT {key} FROM (SELECT {key}, count(*) OVER (ORDER BY {key} DESC) AS after FROM {table}) t "  # noqa: S608
            f"WHERE after > {2 * SIZE} AND {key} > 0 ORDER BY random() LIMIT {number}"
        )
        return [row[0] for row in rows]


async def measure(populations: Sequence[Population], rounds: int) -> list[PageResult]:
    """Every type and population, `rounds` times, in turn."""
    async with AsyncExitStack() as stack:
        pages = {population.persons: await _pages(population, stack) for population in populations}
        results = []
        for type in TYPES:
            results += await _measure(type, pages, rounds)
        return results


async def _pages(population: Population, stack: AsyncExitStack) -> Pages:
    context, _ = make_context(
        Settings(population.url, cdm_schema=SCHEMA, open=True, time_zone=ZoneInfo("UTC"), secret_key="k" * 40)
    )
    await context.facade.open()
    stack.push_async_callback(context.facade.close)
    connection = await asyncpg.connect(
        population.url,
        statement_cache_size=1000,
        max_cached_statement_lifetime=0,
        server_settings={"plan_cache_mode": "force_custom_plan", "datestyle": "ISO, YMD"},
    )
    stack.push_async_callback(connection.close)
    return Pages(context, await context.facade.snapshot(), connection)


async def _measure(type: str, pages: dict[int, Pages], rounds: int) -> list[PageResult]:
    works = {persons: await each.contestants(type) for persons, each in pages.items()}
    keys = {persons: _repeated(await each.keys(type, rounds), rounds) for persons, each in pages.items()}
    times: dict[int, tuple[list[float], ...]] = {persons: ([], [], []) for persons in pages}
    warm_up = max(10, rounds // 10)
    for number in range(-warm_up, rounds):
        for persons, contestants in works.items():
            for index in (number % 3, (number + 1) % 3, (number + 2) % 3):
                elapsed = await _timed(contestants[index], keys[persons][number % rounds])
                if number >= 0:
                    times[persons][index].append(elapsed)
    return [PageResult(type, persons, *map(sample, lists)) for persons, lists in times.items()]


def _repeated(keys: list[int], number: int) -> list[int]:
    return [keys[index % len(keys)] for index in range(number)]


async def _timed(work: Work, key: int) -> float:
    """Microseconds."""
    start = perf_counter()
    await work(key)
    return (perf_counter() - start) * 1e6
