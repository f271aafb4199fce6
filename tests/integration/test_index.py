"""`omop-fhir index`: lists first, makes what searches use, and an order of a whole table runs along it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from omop_fhir.cli import main
from omop_fhir.store.data.generate import generate_database
from tests.fixtures.databases import create_database, database_url, drop_database

SORTS = ("Procedure?_sort=date", "Procedure?_sort=-date", "Encounter?_sort=-date", "MedicationStatement?_sort=effective",
         "Condition?_sort=-onset-date")  # fmt: skip


@pytest.fixture
def made(postgres_url: str) -> Iterator[str]:
    """URL of a small generated database of its own."""
    name = asyncio.run(create_database(postgres_url))
    url = database_url(postgres_url, name)
    asyncio.run(generate_database(url, schema="cdm", persons=30))
    yield url
    asyncio.run(drop_database(postgres_url, name))


def run(command: str, url: str, *arguments: str) -> Result:
    """A command over the database, every table of it counting as large."""
    return CliRunner().invoke(main, [command, "--database-url", url, "--cdm-schema", "cdm", *arguments])


def indexes(url: str) -> set[str]:
    """The names of all indexes."""
    return {row[0] for row in fetch(url, "SELECT indexname FROM pg_indexes WHERE schemaname = 'cdm'")}


def fetch(url: str, *statements: str, args: tuple[Any, ...] = ()) -> list[Any]:
    """The rows of the last of some statements on one connection; the arguments are for that."""

    async def work() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return list(await connection.fetch(statements[-1], *args))
        finally:
            await connection.close()

    return asyncio.run(work())


def test_a_dry_run_lists_and_changes_nothing(made: str) -> None:
    before = indexes(made)
    result = run("index", made, "--sort-row-limit", "0", "--dry-run")
    assert result.exit_code == 0
    assert "procedure_occurrence: for Procedure?_sort=-date\n  CREATE INDEX CONCURRENTLY " in result.output
    assert "nothing was changed" in result.output
    assert indexes(made) == before


def test_what_is_listed_is_made_and_then_nothing_is_left_to_make(made: str) -> None:
    listed = run("index", made, "--sort-row-limit", "0", "--dry-run").output.splitlines()
    before = indexes(made)
    result = run("index", made, "--sort-row-limit", "0")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[: len(listed) - 1] == listed[:-1]
    new = indexes(made) - before
    assert len(new) == sum(line.startswith("  CREATE") for line in listed)
    assert all(name.startswith("omop_fhir_") for name in new)
    again = run("index", made, "--sort-row-limit", "0")
    assert again.output == "the database has every index that searches would use\n"
    found = json.loads(run("check", made, "--json").output)["findings"]
    assert not [f for f in found if f["group"] == "Indexes" and f["level"] != "ok"]


@pytest.mark.parametrize("url", SORTS)
def test_an_order_runs_along_its_index(made: str, url: str) -> None:
    run("index", made, "--sort-row-limit", "0")
    (page,) = json.loads(run("explain", made, url, "--json").output)["statements"]
    without = ("SET enable_sort = off", "SET enable_seqscan = off", "SET enable_bitmapscan = off")
    plan = "\n".join(row[0] for row in fetch(made, *without, f"EXPLAIN {page['text']}", args=tuple(page["arguments"])))
    assert "using omop_fhir_" in plan, plan


def test_what_an_interrupted_run_left_is_made_anew(made: str) -> None:
    run("index", made, "--sort-row-limit", "0")
    name = next(name for name in sorted(indexes(made)) if name.startswith("omop_fhir_procedure_occurrence_date"))
    fetch(made, f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'cdm.{name}'::regclass RETURNING 1")
    result = run("index", made, "--sort-row-limit", "0")
    assert result.exit_code == 0, result.output
    assert f'DROP INDEX CONCURRENTLY "cdm"."{name}";' in result.output
    assert f"made {name}" in result.output


def test_a_role_that_may_not_is_told_in_one_line(made: str) -> None:
    role = "reader_of_index"
    fetch(made, f"DROP ROLE IF EXISTS {role}", f"CREATE ROLE {role} LOGIN PASSWORD 'secret'",
          f"GRANT USAGE ON SCHEMA cdm TO {role}", f"GRANT SELECT ON ALL TABLES IN SCHEMA cdm TO {role}", "SELECT 1")  # fmt: skip
    try:
        scheme, _, rest = made.partition("://")
        url = f"{scheme}://{role}:secret@{rest.rpartition('@')[2] if '@' in rest else rest}"
        result = run("index", url, "--sort-row-limit", "0")
        assert result.exit_code == 1
        assert "the database refused: must be owner of table" in result.output.splitlines()[-1]
    finally:
        fetch(made, f"DROP OWNED BY {role}", f"DROP ROLE {role}", "SELECT 1")
