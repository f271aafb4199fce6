"""Databases of generated persons: on an embedded server, or on the one that OMOP_FHIR_TEST_DATABASE_URL names.

The persons are without the awkward cases: a bare asyncpg connection fails on dates that Python lacks.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.embedded import EmbeddedPostgres

SCHEMA = "cdm"
_DURABLE = {"shared_buffers": "1GB"}
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "1GB"}


@dataclass(frozen=True, slots=True)
class Population:
    """A database with so many persons in it."""

    persons: int
    url: str


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """URL of a PostgreSQL server where databases may be created; a `durable` one waits for the disk at every commit."""
    given = os.environ.get("OMOP_FHIR_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with EmbeddedPostgres.start(settings=_DURABLE if durable else _SETTINGS) as embedded:
        yield embedded.url


@asynccontextmanager
async def populations(server_url: str, sizes: Sequence[int]) -> AsyncIterator[tuple[Population, ...]]:
    """One database for each number of persons, dropped in the end."""
    made: list[Population] = []
    try:
        for persons in sizes:
            made.append(await _made(server_url, persons))
        yield tuple(made)
    finally:
        for population in made:
            await _execute(server_url, f'DROP DATABASE "{_name(population.persons)}" WITH (FORCE)')


async def _made(server_url: str, persons: int) -> Population:
    await _execute(server_url, f'DROP DATABASE IF EXISTS "{_name(persons)}" WITH (FORCE)')
    await _execute(server_url, f'CREATE DATABASE "{_name(persons)}"')
    url = urlsplit(server_url)._replace(path=f"/{_name(persons)}").geturl()
    await generate_database(url, schema=SCHEMA, persons=persons, awkward=False)
    await analyse(url)
    await _execute(url, "CHECKPOINT")
    return Population(persons, url)


async def analyse(url: str) -> None:
    """Let the planner know what the database holds."""
    await _execute(url, "VACUUM ANALYZE")


def _name(persons: int) -> str:
    return f"omop_fhir_bench_{persons}"


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
