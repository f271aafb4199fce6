"""A generated database for all tests of this folder, and the real server in front of it.

`served` is a server that no test may disturb; `serve` starts others over databases of their own.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette

from omop_fhir.app import create_app
from omop_fhir.auth.grants import Grants
from omop_fhir.config import Settings
from omop_fhir.process.server import configuration
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.facade import Facade
from omop_fhir.store.migrate import migrate
from tests.fixtures.databases import create_database, database_url, drop_database

SCHEMA = "cdm"
OWN_SCHEMA = "omop_fhir"
PERSONS = 200

NewDatabase = Callable[..., Awaitable[str]]
Serve = Callable[..., "Served"]


class Fixed:
    """Whoever comes has these grants."""

    may_write = True

    def __init__(self, grants: Grants) -> None:
        self.current = grants

    async def grants(self, authorization: str | None) -> Grants:
        return self.current


@dataclass(frozen=True)
class Served:
    """A running server: its application, its FHIR base URL, a client, and the database behind it."""

    app: Starlette
    base: str
    http: httpx.Client
    database: str

    @property
    def facade(self) -> Facade:
        facade: Facade = self.app.state.context.facade
        return facade

    @property
    def port(self) -> int:
        return int(self.base.rsplit(":", 1)[1].split("/")[0])

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET below the FHIR base."""
        return self.http.get(path, **options)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request with a JSON body; `if_match="..."` is the header If-Match."""
        content = None if body is None else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, path, content=content, headers={"content-type": "application/fhir+json"} | given)

    def json(self, path: str, **options: Any) -> dict[str, Any]:
        """The body of an answer that must be 200."""
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = orjson.loads(answer.content)
        return body

    def resources(self, path: str) -> list[dict[str, Any]]:
        """The resources of one page."""
        return [entry["resource"] for entry in self.json(path).get("entry", ())]

    def walk(self, path: str) -> Iterator[dict[str, Any]]:
        """The resources of all pages, by the next links."""
        url: str | None = path
        while url:
            bundle = self.json(url)
            yield from (entry["resource"] for entry in bundle.get("entry", ()))
            url = link(bundle, "next")

    def refusal(self, path: str, status: int, code: str, **options: Any) -> str:
        """The diagnostics of an answer that must refuse with this status and issue code."""
        return refused(self.get(path, **options), status, code)


def link(bundle: dict[str, Any], relation: str) -> str | None:
    """The URL of a Bundle's link."""
    return next((each["url"] for each in bundle["link"] if each["relation"] == relation), None)


def refused(answer: httpx.Response, status: int, code: str) -> str:
    """The diagnostics of an OperationOutcome with this status and issue code."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/fhir+json; charset=utf-8"), (
        answer.text
    )
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    (issue,) = outcome["issue"]
    assert (issue["severity"], issue["code"]) == ("error", code), issue
    assert answer.headers["x-request-id"]
    text: str = issue["diagnostics"]
    return text


def ids(resources: Any) -> list[str]:
    """The ids of resources."""
    return [resource["id"] for resource in resources]


@contextmanager
def running(database: str, access: object = None, **given: Any) -> Iterator[Served]:
    """The server over `database`, on a free port of the loopback, until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    settings = Settings(
        **{"database_url": database, "cdm_schema": SCHEMA, "port": port, "open": True}
        | {"wait_limit": 60.0, "cors_origins": ("*",)}  # a busy machine refuses no test, and pages of all places may ask
        | {"time_zone": ZoneInfo("UTC"), "refresh_interval": 0.3, "secret_key": "for tests"}
        | given
    )
    app = create_app(settings)
    if access is not None:
        object.__setattr__(app.state.context, "access", access)
    server = uvicorn.Server(configuration(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    base = f"http://127.0.0.1:{port}/fhir"
    try:
        with httpx.Client(base_url=base, timeout=30) as client:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                threading.Event().wait(0.01)
            yield Served(app, base, client, database)
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
    assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """The name of a database with generated persons, awkward ones among them; nobody may change it."""
    name = asyncio.run(create_database(postgres_url))
    asyncio.run(generate_database(database_url(postgres_url, name), schema=SCHEMA, persons=PERSONS, awkward=True))
    yield name
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture(scope="session")
def migrated(postgres_url: str, template: str) -> Iterator[str]:
    """The name of a copy of the generated database with this server's own schema in it; nobody may change it."""
    name = asyncio.run(create_database(postgres_url, template=template))
    asyncio.run(migrate(database_url(postgres_url, name), OWN_SCHEMA))
    yield name
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture(scope="module")
def writable(postgres_url: str, migrated: str) -> Iterator[Served]:
    """A server that the tests of a module may write to, each what is its own."""
    name = asyncio.run(create_database(postgres_url, template=migrated))
    with running(database_url(postgres_url, name)) as server:
        yield server
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture(scope="session")
def served(postgres_url: str, template: str) -> Iterator[Served]:
    """A server over a copy of the generated database, which is not changed."""
    name = asyncio.run(create_database(postgres_url, template=template))
    with running(database_url(postgres_url, name)) as server:
        yield server
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
def copy(postgres_url: str, template: str) -> Iterator[Callable[[], str]]:
    """`copy()` gives the URL of a copy of the generated database that the test may change."""
    made: list[str] = []

    def create() -> str:
        made.append(asyncio.run(create_database(postgres_url, template=template)))
        return database_url(postgres_url, made[-1])

    yield create
    for name in made:
        asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
def migrated_copy(postgres_url: str, migrated: str) -> Iterator[Callable[[], str]]:
    """`migrated_copy()` gives the URL of a database of the test's own that has this server's schema."""
    made: list[str] = []

    def create() -> str:
        made.append(asyncio.run(create_database(postgres_url, template=migrated)))
        return database_url(postgres_url, made[-1])

    yield create
    for name in made:
        asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
def serve(copy: Callable[[], str]) -> Iterator[Serve]:
    """`serve(database=..., **settings)` starts a server, over a copy of the generated database if none is named."""
    with ExitStack() as stack:
        yield lambda database=None, **given: stack.enter_context(running(database or copy(), **given))


def execute(database: str, *statements: str) -> None:
    """Run SQL in one transaction on a connection of its own."""

    async def run() -> None:
        connection = await asyncpg.connect(database)
        try:
            async with connection.transaction():
                for statement in statements:
                    await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def rows(database: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query, on a connection of its own."""

    async def run() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(database)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(run())


def exchange(served: Served, raw: bytes) -> bytes:
    """What the server answers to bytes that no polite client would send; the connection is then closed."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(raw)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


def outcome_of(raw: bytes) -> tuple[int, dict[str, Any]]:
    """Status and JSON body of a raw HTTP answer."""
    head, _, body = raw.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), json.loads(body)
