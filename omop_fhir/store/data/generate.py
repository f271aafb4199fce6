"""A number of persons -> a made-up OMOP CDM 5.4 database, for the demo, the tests and the benchmarks.

What enters: a connection to an empty CDM (or the URL of a database) and how many persons. What leaves: rows,
made in PostgreSQL by the scripts of `sql/generate`. Person k depends on (seed, k) alone, so 1,000 persons are
the first 1,000 of 100,000. It may reject a CDM that is not empty, and keys too narrow for the awkward rows.
docs/generated-data.md says what there is, and where the awkward cases are.
https://ohdsi.github.io/CommonDataModel/cdm54.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg

from omop_fhir.errors import ConfigurationError
from omop_fhir.omop.ddl import create_tables, indexes, primary_keys, quote
from omop_fhir.paths import sql_directory
from omop_fhir.store.postgresql.connections import Connection

Progress = Callable[[int, int], object]
"""Told after each batch: persons done, persons wanted."""

BATCH = 20_000
"""Persons made at once: the working tables of so many (about 200,000 visits) stay within tens of megabytes."""

PERSON_LIMIT = 4_000_000
"""Keys of ordinary rows stay below 2^31, and those that sort last above all others, up to here."""

_VOCABULARY = ("vocabulary", "domain", "concept_class", "relationship", "concept", "concept_synonym")

_SESSION = """
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL standard_conforming_strings = on;
SET LOCAL jit = off; SET LOCAL synchronous_commit = off; SET LOCAL statement_timeout = 0;
SET LOCAL work_mem = '64MB';
"""


async def generate(
    connection: Connection,
    *,
    schema: str,
    persons: int,
    seed: int = 1,
    awkward: bool = True,
    progress: Progress | None = None,
) -> None:
    """Fill the empty CDM 5.4 tables of `schema`, in one transaction; the caller builds keys and indexes after.

    Within a transaction of the caller, its search path and working tables last until that ends.

    With `awkward`, a small fixed share of the persons shows what real data holds: it needs bigint keys.
    Raises ValueError for an impossible number of persons, ConfigurationError for tables that are not empty or have
    32-bit keys and for a database in another encoding than UTF8, asyncpg.PostgresError where a table is missing.
    """
    _check_number(persons)
    async with connection.transaction():
        await connection.execute(f"{_SESSION} SET LOCAL search_path = pg_temp, {quote(schema)}")
        await _check(connection, schema, awkward)
        await _prepare(connection, schema, seed, awkward)
        for first, last in _batches(persons):
            await _make(connection, first, last, awkward)
            if progress:
                progress(last, persons)
        await connection.execute(_script("90_finish.sql"))


async def generate_database(
    url: str,
    *,
    schema: str,
    persons: int,
    seed: int = 1,
    awkward: bool = True,
    progress: Progress | None = None,
) -> None:
    """Create the schema (if absent) with its CDM 5.4 tables, fill them, add primary keys and indexes, ANALYZE.

    Raises what `generate` raises, and asyncpg.DuplicateTableError where the schema has a CDM already.
    """
    _check_number(persons)
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
            await connection.execute("; ".join(create_tables(schema, "5.4", big=True)))
            await generate(connection, schema=schema, persons=persons, seed=seed, awkward=awkward, progress=progress)
        for statement in (*primary_keys(schema, "5.4"), *indexes(schema, "5.4")):
            await connection.execute(statement)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _check_number(persons: int) -> None:
    if not 1 <= persons <= PERSON_LIMIT:
        raise ValueError(f"persons must be from 1 to {PERSON_LIMIT}, not {persons}")


async def _check(connection: Connection, schema: str, awkward: bool) -> None:
    if await connection.fetchval("SELECT EXISTS (SELECT FROM person) OR EXISTS (SELECT FROM concept)"):
        raise ConfigurationError(f"schema {schema!r} has persons or concepts already: generate into an empty one")
    width = await connection.fetchval(
        "SELECT format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = 'person'::regclass AND attname = 'person_id'"
    )
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise ConfigurationError(f"the database's encoding is {encoding}: the generated rows need UTF8")
    if awkward and width != "bigint":
        raise ConfigurationError(f"person_id of schema {schema!r} is {width}: the awkward rows need bigint keys")


async def _prepare(connection: Connection, schema: str, seed: int, awkward: bool) -> None:
    await connection.execute(_script("01_prepare.sql"))
    await connection.execute("INSERT INTO setting VALUES ($1, 1, 0, $2)", seed, awkward)
    for table in _VOCABULARY:
        await _copy(connection, table, f"vocabulary/{table}.csv", schema)
    await _copy(connection, "pair", "vocabulary/concept_relationship.csv")
    await _copy(connection, "menu", "menu.csv")
    await connection.execute(_script("02_vocabulary.sql"))
    if awkward:
        await connection.execute(_script("21_awkward_places.sql"))


async def _copy(connection: Connection, table: str, file: str, schema: str | None = None) -> None:
    path = _folder() / file
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    await connection.copy_to_table(
        table, source=path, schema_name=schema, columns=header, format="csv", header=True, encoding="utf-8"
    )


async def _make(connection: Connection, first: int, last: int, awkward: bool) -> None:
    await connection.execute("UPDATE setting SET first = $1, last = $2", first, last)
    for path in sorted(_folder().glob("1*.sql")):
        await connection.execute(path.read_text(encoding="utf-8"))
    if awkward:
        await connection.execute(_script("20_awkward.sql"))


def _batches(persons: int) -> Iterator[tuple[int, int]]:
    for first in range(1, persons + 1, BATCH):
        yield first, min(first + BATCH - 1, persons)


def _script(name: str) -> str:
    return (_folder() / name).read_text(encoding="utf-8")


def _folder() -> Path:
    return sql_directory() / "generate"
