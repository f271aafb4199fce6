"""The server's answers against an independent evaluator of R4 search over the resources that the server itself shows.

https://hl7.org/fhir/R4/search.html. Values come from the resources, or nearly; what is compared are the ordered ids of
every page, those included, and the count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omop_fhir.app import create_app
from omop_fhir.config import Settings
from omop_fhir.store.generate import generate_database
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.oracle.population import Key, Population, is_altered
from tests.oracle.requests import Request, Requests, searches
from tests.oracle.search import Oracle
from tests.oracle.terminology import Refused, read_hierarchy

BASE = "http://127.0.0.1:8080/fhir"
TYPES = (
    "Condition", "Encounter", "Location", "MedicationStatement", "Organization", "Patient", "Practitioner", "Procedure"
)  # fmt: skip
_PAGES = 4
EXAMPLES = 15 * settings().max_examples


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

    def follow(self, bundle: Any, relation: str) -> Any:
        """The page that a link leads to; None where there is no such link."""
        url = next((link["url"] for link in bundle["link"] if link["relation"] == relation), None)
        return None if url is None else _json(self.get(url))


def _json(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def _shown(bundle: Any, mode: str) -> list[Key]:
    entries = (entry for entry in bundle.get("entry", ()) if entry["search"]["mode"] == mode)
    return [(entry["resource"]["resourceType"], entry["resource"]["id"]) for entry in entries]


async def _started(stack: AsyncExitStack, given: Settings) -> tuple[httpx.AsyncClient, Oracle]:
    app = create_app(given)
    await stack.enter_async_context(app.router.lifespan_context(app))
    transport = httpx.ASGITransport(app=app)
    http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE, timeout=60))
    population = Population([resource for type in TYPES for resource in await _all(http, type)])
    oracle = Oracle(population, await read_hierarchy(given.database_url, "cdm"), BASE, given.time_zone)
    claims = _json(await http.get("metadata"))["rest"][0]["resource"]
    for claim in claims:
        codes = {parameter["name"] for parameter in claim["searchParam"]} - {"_profile"}
        oracle.declared[claim["type"]] = tuple(sorted(codes))
    return http, oracle


async def _all(http: httpx.AsyncClient, type: str) -> list[Any]:
    found: list[Any] = []
    url: str | None = f"{type}?_count=1000"
    while url:
        bundle = _json(await http.get(url))
        found += [entry["resource"] for entry in bundle.get("entry", ())]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
    return found


@contextmanager
def _serving(postgres_url: str, persons: int, **given: Any) -> Iterator[Server]:
    with asyncio.Runner() as runner:
        name = runner.run(create_database(postgres_url))
        url = database_url(postgres_url, name)
        runner.run(generate_database(url, schema="cdm", persons=persons, awkward=True))
        stack = AsyncExitStack()
        try:
            options = {"secret_key": "for tests", "include_limit": 100_000, "page_size": 200} | given
            http, oracle = runner.run(_started(stack, Settings(url, "cdm", open=True, **options)))
            altered = frozenset(key for key, resource in oracle.population.resources.items() if _is_altered(resource))
            yield Server(runner, http, oracle, Requests(oracle), altered)
        finally:
            runner.run(stack.aclose())
            runner.run(drop_database(postgres_url, name))


def _is_altered(value: Any) -> bool:
    if isinstance(value, str):
        return is_altered(value)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_is_altered(part) for part in parts)


@pytest.fixture(scope="module")
def berlin(postgres_url: str) -> Iterator[Server]:
    with _serving(postgres_url, 80, time_zone=ZoneInfo("Europe/Berlin")) as server:
        yield server


@pytest.fixture(scope="module")
def floating(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Without a time zone, and with the details of visits."""
    folder: Path = tmp_path_factory.mktemp("site")
    folder.joinpath("encounter-visit-detail.yaml").write_text("resource: Encounter\nenabled: true\n")
    with _serving(postgres_url, 30, mappings=(folder,)) as server:
        yield server


def check(server: Server, request: Request) -> None:
    """The answer is the oracle's: page by page, onwards and back."""
    pairs = list(request.pairs) if request.path else [("_type", ",".join(request.types)), *request.pairs]
    try:
        expected = server.oracle.search(request.types, request.pairs, request.within)
    except Refused:
        answer = server.get(request.path, pairs)
        assert answer.status_code == 400, answer.text
        return
    bundle = _json(server.get(request.path, pairs))
    sure = _steady(server, request)
    size, found, pages = len(_shown(bundle, "match")), [], 0
    while bundle is not None:
        matches = _shown(bundle, "match")
        included = _shown(bundle, "include")
        assert len(set(included)) == len(included), "a resource is included twice"
        assert set(included) == server.oracle.included(matches, request.pairs), "included"
        found += matches
        pages += 1
        if pages == _PAGES:
            break
        last, bundle = bundle, server.follow(bundle, "next")
        if bundle is not None:
            assert len(matches) == size, "a page that is not full"
            back = server.follow(bundle, "previous")
            assert _shown(back, "match") == _shown(last, "match"), "previous"
    whole = bundle is None
    if whole or not sure:
        assert set(found) == set(expected) or not whole
    if sure:
        assert found == (expected if whole else expected[: len(found)])
    assert whole or len(found) == min(len(expected), pages * size)


def _steady(server: Server, request: Request) -> bool:
    """Is the order known for certain?"""
    return not any(name == "_sort" for name, _ in request.pairs) or not any(
        key in server.altered for type in request.types for key in server.oracle.population.by_type.get(type, ())
    )


# What the oracle has found, each a defect that was mended.
FOUND = (
    Request("", (("_sort", "_id"), ("_count", "3")), ("Location", "Organization")),  # numbers were merged as texts
    Request("", (("_sort", "-_id,_lastUpdated"), ("_count", "7")), ("Encounter", "Patient", "Procedure")),
    Request("Condition", (("_has:Encounter:diagnosis:participant", "5"),), ("Condition",)),  # SQL without its table
    Request("Condition", (("_has:Encounter:diagnosis:_has:Procedure:encounter:patient", "1"),), ("Condition",)),
    Request("Patient", (("_id", "|1"),), ("Patient",)),  # an id has no system
)


@pytest.mark.parametrize("request_", FOUND)
def test_what_was_once_wrong(berlin: Server, request_: Request) -> None:
    check(berlin, request_)


_given = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


@pytest.mark.hypothesis
@settings(_given, max_examples=EXAMPLES)
@given(data=st.data())
def test_searches_find_what_the_resources_say(berlin: Server, data: st.DataObject) -> None:
    check(berlin, data.draw(searches(berlin.requests)))


@pytest.mark.hypothesis
@settings(_given, max_examples=EXAMPLES // 4)
@given(data=st.data())
def test_searches_without_a_zone_and_with_details_of_visits(floating: Server, data: st.DataObject) -> None:
    check(floating, data.draw(searches(floating.requests)))
