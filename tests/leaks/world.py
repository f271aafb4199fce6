"""The databases of the matrix: the first world, and one for each other, with the application over each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from omop_fhir.auth.grants import Grants
from omop_fhir.store.migrate import migrate
from tests.fixtures.databases import create_database, database_url, drop_database

from .asking import Asked, Request
from .doors import Facts, facts
from .population import alter, create, first_documents, other_documents, withdrawn_documents
from .scopes import SHAPES, WORLDS

_FIRST_KEY = 2_000_100_000
"""Keys of what is created later begin here, in every world alike."""


@dataclass
class Worlds:
    """The first world and the others by name; those that are written to are pairs of their own."""

    server: str
    template: str
    made: int
    """Key of the Patient `made`."""
    stack: AsyncExitStack
    started: datetime
    """A full second after which nothing of the first world was written."""
    first: Asked = field(init=False)
    others: dict[str, Asked] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)

    @property
    def known(self) -> dict[str, Grants]:
        """The grants of every shape, by its name."""
        return {shape.name: shape.grants(self.made) for shape in SHAPES}

    async def copy(self, world: str | None = None, **given: Any) -> Asked:
        """The application over a fresh copy of the first world, or of another; `given` are settings."""
        name = await create_database(self.server, template=self.template)
        self.stack.push_async_callback(drop_database, self.server, name)
        url = database_url(self.server, name)
        if world is not None:
            await alter(url, WORLDS[world])
        asked = await Asked.over(url, self.known, **given)
        self.stack.push_async_callback(asked.close)
        if world is not None:
            await _alter_documents(asked, world)
        asked.started = self.started
        await _execute(url, f"SELECT setval('omop_fhir.key', {_FIRST_KEY})", "ANALYZE")
        return asked

    async def other(self, world: str) -> Asked:
        """The application over a world that nobody writes to."""
        if world not in self.others:
            self.others[world] = await self.copy(world)
        return self.others[world]


@asynccontextmanager
async def worlds(server: str) -> AsyncIterator[Worlds]:
    """The worlds on a PostgreSQL server; those that are asked for are made."""
    async with AsyncExitStack() as stack:
        template = await create_database(server)
        stack.push_async_callback(drop_database, server, template)
        url = database_url(server, template)
        await create(url)
        await migrate(url, "omop_fhir")
        made = await _fill(url)
        found = Worlds(server, template, made, stack, await _next_second())
        found.first = await found.copy()
        found.facts = facts((await found.first.ask(Request("GET", "metadata"))).json())
        yield found


async def _next_second() -> datetime:
    """The second that now begins: a date of HTTP tells no less."""
    now = datetime.now(UTC)
    begins = now.replace(microsecond=0) + timedelta(seconds=1)
    await asyncio.sleep((begins - now).total_seconds())
    return begins


async def _fill(url: str) -> int:
    """Write the documents of the first world; the key of the Patient `made`."""
    asked = await Asked.over(url, {})
    try:
        for bodies in first_documents():
            await _put(asked, bodies)
    finally:
        await asked.close()
    connection = await asyncpg.connect(url)
    try:
        key = await connection.fetchval("SELECT key FROM omop_fhir.document WHERE type = 'Patient' AND id = 'made'")
        return int(key)
    finally:
        await connection.close()


async def _put(asked: Asked, bodies: list[dict[str, object]]) -> None:
    entries = [{"request": {"method": "PUT", "url": f"{b['resourceType']}/{b['id']}"}, "resource": b} for b in bodies]
    answer = await asked.ask(Request("POST", "", body={"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    assert answer.status == 200, answer.body.decode()


async def _alter_documents(asked: Asked, world: str) -> None:
    await _put(asked, list(other_documents(WORLDS[world])))
    for thing in withdrawn_documents(WORLDS[world]):
        answer = await asked.ask(Request("DELETE", f"{thing.type}/{thing.id}"))
        assert answer.status in (200, 204), answer.body.decode()


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
