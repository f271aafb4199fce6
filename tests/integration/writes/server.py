"""The application in this process over a generated database that may be written, driven on a loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx

from omop_fhir.app import create_app
from omop_fhir.config import Settings
from omop_fhir.fhir.json import dumps, loads
from omop_fhir.omop.cdm import TABLES
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.facade import Facade
from omop_fhir.store.migrate import migrate
from tests.fixtures.databases import create_database, database_url, drop_database

JSON = dict[str, Any]
BASE = "http://127.0.0.1:8080/fhir"
TYPES = (
    "Condition", "Encounter", "Location", "MedicationStatement", "Organization", "Patient", "Practitioner", "Procedure",
)  # fmt: skip
"""What is written."""
PERSONS = 20
OURS = 2_000_000_000
"""Keys from here on are the server's own."""
_KEYS = {name: table.primary_key or "person_id" for name, table in TABLES.items() if name != "location"}
_NUMBERS = """
SELECT table_name AS table, column_name AS name FROM information_schema.columns
WHERE table_schema = 'cdm' AND data_type IN ('integer', 'bigint')
"""
INDEXES = ("token", "string", "date", "quantity", "reference", "uri")


@dataclass(repr=False)
class Server:
    """A running application with its database; every call waits for the answer."""

    runner: asyncio.Runner
    http: httpx.AsyncClient
    database: asyncpg.Connection[Any]
    facade: Facade
    declared: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Type -> the search parameters that the CapabilityStatement claims."""

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request below the base; `if_match` is the header If-Match."""
        named = {"content-type": "application/fhir+json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return await self.http.request(method, path, content=None if body is None else dumps(body), headers=named)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """The same from outside the loop."""
        return self.runner.run(self.send(method, path, body, **headers))

    def json(self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str) -> JSON:
        """The body of an answer that must have this status, decimals with their digits."""
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code == status, answer.text
        found: JSON = loads(answer.content)
        return found

    def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        """The records of a statement."""
        return [dict(record) for record in self.runner.run(self.database.fetch(sql, *arguments))]

    def row(self, sql: str, *arguments: Any) -> dict[str, Any]:
        """The one record of a statement, without what is null."""
        (found,) = self.rows(sql, *arguments)
        return {name: value for name, value in found.items() if value is not None}

    def owned(self, type: str, id: str) -> list[dict[str, Any]]:
        """Table, key and part of the rows that a document owns."""
        return self.rows(
            'SELECT o."table", o.key, o.part FROM omop_fhir.owned_row o JOIN omop_fhir.document d USING (document)'
            ' WHERE d.type = $1 AND d.id = $2 ORDER BY 1, 3', type, id,
        )  # fmt: skip

    def counts(self) -> dict[str, int]:
        """Rows of each CDM table that this server made; rows that are shared with others (locations) are left out."""
        there = self.rows(_NUMBERS)
        keys = {table: own for table, own in _KEYS.items() if {"table": table, "name": own} in there}
        parts = (f"SELECT '{name}' AS name, count(*) FROM cdm.{name} WHERE {key} >= {OURS}" for name, key in keys.items())
        return {record["name"]: record["count"] for record in self.rows(" UNION ALL ".join(parts))}

    def indexed(self, type: str, id: str) -> int:
        """How many entries the index holds of a document."""
        parts = (f"SELECT document FROM omop_fhir.{table}" for table in INDEXES)
        sql = f"SELECT count(*) FROM ({' UNION ALL '.join(parts)}) e JOIN omop_fhir.document USING (document)"
        return int(self.rows(f"{sql} WHERE type = $1 AND id = $2", type, id)[0]["count"])


@contextmanager
def serving(postgres_url: str, **given: Any) -> Iterator[Server]:
    """A server over a database of its own; `given` are settings."""
    with asyncio.Runner() as runner:
        name = runner.run(create_database(postgres_url))
        url = database_url(postgres_url, name)
        stack = AsyncExitStack()
        try:
            runner.run(prepare(url))
            yield runner.run(_started(stack, runner, url, given))
        finally:
            runner.run(stack.aclose())
            runner.run(drop_database(postgres_url, name))


async def prepare(url: str, persons: int = PERSONS) -> None:
    """Persons, and a schema of our own."""
    await generate_database(url, schema="cdm", persons=persons, awkward=False)
    await migrate(url, "omop_fhir")


async def _started(stack: AsyncExitStack, runner: asyncio.Runner, url: str, given: dict[str, Any]) -> Server:
    options = {"secret_key": "for tests", "time_zone": ZoneInfo("UTC"), "body_limit": 8_388_608} | given
    app = create_app(Settings(url, "cdm", open=True, **{"wait_limit": 60.0} | options))
    await stack.enter_async_context(app.router.lifespan_context(app))
    transport = httpx.ASGITransport(app=app)
    http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE, timeout=60))
    database = await asyncpg.connect(url)
    stack.push_async_callback(database.close)
    claims = (await http.get("metadata")).json()["rest"][0]["resource"]
    declared = {each["type"]: tuple(sorted(p["name"] for p in each["searchParam"])) for each in claims}
    return Server(runner, http, database, app.state.context.facade, declared)
