"""A primary and a replica with generated persons, and servers before them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.migrate import migrate
from tests.stack.postgres import Postgres, replicated


def prepared(url: str) -> None:
    """Persons, and a schema of our own."""
    asyncio.run(generate_database(url, schema="cdm", persons=20, awkward=False))
    asyncio.run(migrate(url, "omop_fhir"))


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Postgres, Postgres]]:
    """The primary and its replica; a test that changes who is which puts it right again."""
    with replicated(prepared) as servers:
        yield servers
