"""Migrations against PostgreSQL: fresh, upgrade, many at once, missing rights, and scripts that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from click.testing import CliRunner

from omop_fhir.cli import main
from omop_fhir.errors import ConfigurationError
from omop_fhir.store.migrate import migrate, missing, require_current
from omop_fhir.store.migration import Migration, shipped_migrations
from tests.fixtures.databases import NewDatabase, administer, create_database, database_url, drop_database

SCHEMA = 'own "state"'
ONE = Migration(1, "first", "CREATE TABLE ${schema}.one (id integer PRIMARY KEY); INSERT INTO ${schema}.one VALUES (1);")
TWO = Migration(2, "second", "ALTER TABLE ${schema}.one ADD COLUMN name text;")
BROKEN = Migration(3, "third", "CREATE TABLE ${schema}.three (); SELECT 1/0;")


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    return await new_database()


async def fetch(url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def history(url: str) -> list[Any]:
    return await fetch(url, 'SELECT version, description FROM "own ""state""".migration ORDER BY version')


async def refusal(url: str, migrations: Sequence[Migration]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        await migrate(url, SCHEMA, migrations)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_fresh_database_gets_all_and_then_nothing(url: str) -> None:
    told: list[str] = []
    assert await missing(url, SCHEMA, (ONE, TWO)) == (ONE, TWO)
    assert await migrate(url, SCHEMA, (ONE, TWO), lambda each, seconds: told.append(each.name)) == (ONE, TWO)
    assert told == ["V1 first", "V2 second"]
    assert await history(url) == [(1, "first"), (2, "second")]
    (line,) = await fetch(url, 'SELECT checksum, installed_on <= now(), execution_ms >= 0 FROM "own ""state""".migration LIMIT 1')
    assert line == (ONE.checksum, True, True)
    assert await missing(url, SCHEMA, (ONE, TWO)) == await migrate(url, SCHEMA, (ONE, TWO)) == ()


async def test_an_upgrade_keeps_what_was_there(url: str) -> None:
    await migrate(url, SCHEMA, (ONE,))
    assert await migrate(url, SCHEMA, (ONE, TWO)) == (TWO,)
    assert await fetch(url, 'SELECT * FROM "own ""state""".one') == [(1, None)]


async def test_a_file_that_changed_is_named(url: str) -> None:
    await migrate(url, SCHEMA, (ONE,))
    assert "V1 first was changed after it was applied" in await refusal(url, (Migration(1, "first", "SELECT 1"), TWO))
    assert await history(url) == [(1, "first")]


async def test_a_newer_database_is_left_alone(url: str) -> None:
    await migrate(url, SCHEMA, (ONE, TWO))
    assert "newer than this program: it has V2 second" in await refusal(url, (ONE,))


async def test_a_script_that_fails_leaves_nothing_and_what_was_before_stays(url: str) -> None:
    assert "V3 third failed, nothing of it remains: division by zero" in await refusal(url, (ONE, BROKEN))
    assert await history(url) == [(1, "first")]
    assert await fetch(url, "SELECT 1 FROM pg_class WHERE relname = 'three'") == []


async def test_ten_at_once_migrate_once(url: str) -> None:
    slow = Migration(4, "slow", "SELECT pg_catalog.pg_sleep(0.2); CREATE TABLE ${schema}.slow ();")
    done = await asyncio.gather(*(migrate(url, SCHEMA, (ONE, TWO, slow)) for _ in range(10)))
    assert sorted(each.version for applied in done for each in applied) == [1, 2, 4]
    assert await history(url) == [(1, "first"), (2, "second"), (4, "slow")]


async def test_scripts_find_nothing_but_what_they_name(url: str) -> None:
    await administer(url, "CREATE TABLE public.person (person_id integer)")
    careless = Migration(1, "careless", "DROP TABLE person;")
    assert 'table "person" does not exist' in await refusal(url, (careless,))


async def test_a_schema_of_somebody_else_is_refused(url: str) -> None:
    await administer(url, "CREATE TABLE public.person (person_id integer)")
    with pytest.raises(ConfigurationError, match="public holds tables of somebody else"):
        await migrate(url, "public", (ONE,))


@pytest.fixture
async def role(url: str) -> AsyncIterator[tuple[str, str]]:
    """The name of a role that may connect and no more, and the URL by which it does."""
    name = f"poor_{uuid4().hex[:8]}"
    await administer(url, f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    yield name, parts._replace(netloc=f"{name}:secret@{host}").geturl()
    await administer(url, f"DROP OWNED BY {name} CASCADE")
    await administer(url, f"DROP ROLE {name}")


async def test_missing_rights_are_told_with_what_would_help(url: str, role: tuple[str, str]) -> None:
    name, poor = role
    message = await refusal(poor, (ONE,))
    assert "cannot be made: permission denied" in message
    help = message.rpartition("run ")[2]
    assert help == f'CREATE SCHEMA "own ""state""" AUTHORIZATION "{name}"'
    await administer(url, help)
    assert await migrate(poor, SCHEMA, (ONE,)) == (ONE,)


async def test_a_dry_run_tells_the_same(url: str, role: tuple[str, str]) -> None:
    name, poor = role

    async def dry(given: str = poor) -> list[str]:
        words = ["migrate", "--dry-run", "--database-url", given, "--own-schema", SCHEMA]
        result = await asyncio.to_thread(CliRunner().invoke, main, words)
        assert result.exit_code == int("Error" in result.output)
        return list(result.output.splitlines())

    schema = '"own ""state"""'
    assert "nothing was changed" in await dry(url)
    why, _, help = (await dry())[-1].partition("; let the owner of the database run ")
    assert why.endswith("cannot be made: the role may not CREATE in the database")
    assert help == f'CREATE SCHEMA {schema} AUTHORIZATION "{name}"'
    await administer(url, f"CREATE SCHEMA {schema}")
    assert (await dry())[-1] == f"Error: the role {name} may not change the schema {SCHEMA}: run it as the role that owns it"
    await administer(url, f'ALTER SCHEMA {schema} OWNER TO "{name}"')
    assert (await dry())[-1] == "nothing was changed"
    await migrate(url, SCHEMA, shipped_migrations()[:1])
    await administer(url, f'GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO "{name}"')
    assert "may not change the schema" in (await dry())[-1]


async def test_a_history_that_may_not_be_read_is_told(url: str, role: tuple[str, str]) -> None:
    await migrate(url, SCHEMA, (ONE,))
    assert "cannot be read: permission denied" in await refusal(role[1], (ONE,))


async def test_a_server_is_told_what_it_lacks(url: str) -> None:
    with pytest.raises(ConfigurationError, match="run `omop-fhir migrate`"):
        await require_current(url, SCHEMA)
    await migrate(url, SCHEMA)
    await require_current(url, SCHEMA)


def test_the_command_applies_what_it_lists(postgres_url: str) -> None:
    name = asyncio.run(create_database(postgres_url))
    arguments = ["migrate", "--database-url", database_url(postgres_url, name), "--own-schema", "mine"]
    run = CliRunner().invoke
    try:
        listed = run(main, [*arguments, "--dry-run"])
        names = [f"V{each.version} {each.description}" for each in shipped_migrations()]
        last = ["nothing was changed" if names else "the schema mine is up to date"]
        assert listed.output.splitlines() == [f"would apply {each}" for each in names] + last
        applied = run(main, arguments)
        assert (applied.exit_code, len(applied.output.splitlines())) == (0, max(1, len(names)))
        assert run(main, arguments).output == "the schema mine is up to date\n"
    finally:
        asyncio.run(drop_database(postgres_url, name))


def test_a_database_that_is_not_there_is_one_line() -> None:
    result = CliRunner().invoke(main, ["migrate", "--database-url", "postgresql://localhost:1/nothing"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: cannot connect to the database")
    assert len(result.output.splitlines()) == 1
