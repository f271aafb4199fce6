"""A database with this server's own schema, and the store of the authorization server over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from omop_fhir.auth.client import Client, new_client
from omop_fhir.auth.pkce import create_s256_code_challenge
from omop_fhir.auth.role import Person
from omop_fhir.config import Settings
from omop_fhir.store.authorization.accounts import Account
from omop_fhir.store.authorization.store import AuthorizationStore, opened
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.migrate import migrate
from tests.fixtures.databases import NewDatabase, create_database, database_url, drop_database

SECRET = "a secret key for the tests, of 32+"
REDIRECT = "https://app.example.org/back"
VERIFIER = "v" * 43
CHALLENGE = create_s256_code_challenge(VERIFIER)
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session", autouse=True)
def nobody_guesses(quick_passwords: None) -> None:
    """Most tests make an account or sign in."""


@pytest.fixture(scope="session")
def population(postgres_url: str) -> Iterator[str]:
    """The name of a migrated database with generated persons and no account."""
    name = asyncio.run(create_database(postgres_url))
    url = database_url(postgres_url, name)
    asyncio.run(generate_database(url, schema="cdm", persons=30))
    asyncio.run(migrate(url, "omop_fhir"))
    yield name
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture(scope="module")
def smart(postgres_url: str, population: str) -> Iterator[Any]:
    """A server that authorizes, for the tests of a module."""
    from .server import authorizing

    name = asyncio.run(create_database(postgres_url, template=population))
    with authorizing(database_url(postgres_url, name)) as made:
        yield made
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
async def database(new_database: NewDatabase, migrated_template: str) -> str:
    return await new_database(template=migrated_template)


@pytest.fixture
async def store(database: str) -> AsyncIterator[AuthorizationStore]:
    async with opened(Settings(database_url=database, pool_size=4), SECRET) as made:
        yield made


@pytest.fixture
async def other(database: str) -> AsyncIterator[AuthorizationStore]:
    """The store as another worker has it."""
    async with opened(Settings(database_url=database, pool_size=4), SECRET) as made:
        yield made


@pytest.fixture
async def doctor(store: AuthorizationStore) -> Account:
    return await store.accounts.create("house", "Gregory House", PASSWORD, ["Doctor"], Person("Practitioner/1"))


@pytest.fixture
async def app(store: AuthorizationStore) -> Client:
    client = new_client("app", "An app", "public", "openid launch/patient offline_access patient/*.rs", [REDIRECT])
    return (await store.clients.register(client))[0]
