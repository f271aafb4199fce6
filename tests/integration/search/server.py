"""The application in this process, driven on a loop of its own, and an oracle over everything that it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import orjson

from omop_fhir.app import create_app
from omop_fhir.config import Settings
from omop_fhir.mapping.load import load
from omop_fhir.paths import mappings_directory
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.inspection.index import make, proposals
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.oracle.population import Key, Population, is_altered
from tests.oracle.requests import Requests
from tests.oracle.search import Oracle
from tests.oracle.terminology import read_hierarchy

BASE = "http://127.0.0.1:8080/fhir"
TYPES = (
    "Condition", "Encounter", "Location", "MedicationStatement", "Organization", "Patient", "Practitioner", "Procedure"
)  # fmt: skip


@dataclass
class Server:
    """The application in this process, driven on a loop of its own, and the oracle over what it shows."""

    runner: asyncio.Runner
    http: httpx.AsyncClient
    oracle: Oracle
    requests: Requests
    altered: frozenset[Key]
    """Resources whose texts are not shown as the database has them, so that nobody can know where they sort."""

    def get(self, path: str, pairs: Any = ()) -> httpx.Response:
        return self.runner.run(self.http.get(path, params=pairs or None))

    def shown(self, path: str) -> list[Key]:
        """The matches on the first page."""
        return keys(whole(self.get(path)))

    def follow(self, bundle: Any, relation: str) -> Any:
        """The page that a link leads to; None where there is no such link."""
        url = next((link["url"] for link in bundle["link"] if link["relation"] == relation), None)
        return None if url is None else whole(self.get(url))


def whole(answer: httpx.Response) -> Any:
    """The body of an answer that must be 200."""
    assert answer.status_code == 200, answer.text
    return orjson.loads(answer.content)


def keys(bundle: Any, mode: str = "match") -> list[Key]:
    """The resources of a Bundle that are matches, or included."""
    entries = (entry for entry in bundle.get("entry", ()) if entry["search"]["mode"] == mode)
    return [(entry["resource"]["resourceType"], entry["resource"]["id"]) for entry in entries]


async def _started(stack: AsyncExitStack, given: Settings) -> tuple[httpx.AsyncClient, Oracle]:
    app = create_app(given)
    await stack.enter_async_context(app.router.lifespan_context(app))
    transport = httpx.ASGITransport(app=app)
    http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE, timeout=60))
    population = Population([resource for type in TYPES for resource in await _all(http, type)])
    oracle = Oracle(population, await read_hierarchy(given.database_url, "cdm"), BASE, given.time_zone)
    claims = whole(await http.get("metadata"))["rest"][0]["resource"]
    for claim in claims:
        codes = {parameter["name"] for parameter in claim["searchParam"]} - {"_profile"}
        oracle.declared[claim["type"]] = tuple(sorted(codes))
    return http, oracle


async def _all(http: httpx.AsyncClient, type: str) -> list[Any]:
    found: list[Any] = []
    url: str | None = f"{type}?_count=1000"
    while url:
        bundle = whole(await http.get(url))
        found += [entry["resource"] for entry in bundle.get("entry", ())]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
    return found


@contextmanager
def serving(postgres_url: str, persons: int, *, indexed: bool = False, **given: Any) -> Iterator[Server]:
    """A server over a generated database of its own, perhaps with all proposed indexes; `given` are settings."""
    with asyncio.Runner() as runner:
        name = runner.run(create_database(postgres_url))
        url = database_url(postgres_url, name)
        runner.run(generate_database(url, schema="cdm", persons=persons, awkward=True))
        stack = AsyncExitStack()
        try:
            options = {"secret_key": "for tests", "include_limit": 100_000, "page_size": 200} | given
            chosen = Settings(url, "cdm", open=True, **{"wait_limit": 60.0} | options)
            if indexed:
                runner.run(_index(chosen))
            http, oracle = runner.run(_started(stack, chosen))
            altered = frozenset(key for key, resource in oracle.population.resources.items() if _is_altered(resource))
            yield Server(runner, http, oracle, Requests(oracle), altered)
        finally:
            runner.run(stack.aclose())
            runner.run(drop_database(postgres_url, name))


async def _index(chosen: Settings) -> None:
    for proposal in await proposals(replace(chosen, sort_row_limit=0), load((mappings_directory(),))):
        await make(chosen.database_url, proposal)


def _is_altered(value: Any) -> bool:
    if isinstance(value, str):
        return is_altered(value)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_is_altered(part) for part in parts)
