"""A folder of CDM files -> a CDM in PostgreSQL, by COPY.

What enters: a connection URI and a folder (see `store.data.cdm_file` for its files). What leaves: tables with
rows, keys, indexes and statistics, and a report of the rows that were refused, with line and reason. Rejected,
by ConfigurationError: a database that cannot be reached or written, tables that hold rows already.
https://ohdsi.github.io/CommonDataModel/cdm54.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Literal

import asyncpg

from ...errors import ConfigurationError
from ...omop import ddl
from ...omop.cdm import TABLES, VERSIONS, current_names, standard_indexes
from ...omop.database import DatabaseSchema
from ..postgresql.connections import Connection
from ..postgresql.session import connected
from ..schema import introspect
from .cdm_file import UNREADABLE, CdmFile, cdm_folder
from .columns import target_of
from .copy import Copy, detail_of, one_line
from .report import FileReport, LoadReport, Progress, Silent, Tally

Existing = Literal["refuse", "append", "replace"]

_AREA_ORDER = ("vocabulary", "health_system", "metadata")


async def load(
    url: str,
    folder: Path,
    *,
    schema: str = "public",
    vocabulary_schema: str | None = None,
    version: str | None = None,
    existing: Existing = "refuse",
    progress: Progress | None = None,
) -> LoadReport:
    """Load a folder of CDM files into `schema` (vocabulary tables into `vocabulary_schema`, if given).

    Absent tables are made as OHDSI's DDL of `version` has them (by default that of the tables that are there,
    else that which the files' columns tell), but with 64-bit keys. `existing` says what is done about tables
    that hold rows. Each file is one transaction. Tables made here or replaced get their primary keys and
    OHDSI's standard indexes; all that were loaded are analysed.

    Raises ConfigurationError where nothing can be loaded; bad files and rows stand in the report.
    """
    if version not in (None, *VERSIONS):
        raise ConfigurationError(f"CDM version {version} is not known; known are {', '.join(VERSIONS)}")
    started = monotonic()
    content = await asyncio.to_thread(cdm_folder, folder)
    files = list(content.files)
    refused = tuple(FileReport(path, None, problem=reason) for path, reason in content.refused.items())
    async with _connected(url) as connection:
        task = _Load(connection, schema, vocabulary_schema or schema, progress or Silent())
        found, created = await task.prepare(files, version, existing)
        reports = [await task.copy(file, found) for file in files]
        problems = await task.finish({file.table for file in files}, created, existing)
    own_version = version or found.version or VERSIONS[-1]
    seconds = monotonic() - started
    reported = (*reports, *refused)
    return LoadReport(own_version, tuple(created), reported, content.skipped, problems, seconds)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    """A connection on which dates are year-month-day; all that the database refuses as ConfigurationError."""
    settings = {"datestyle": "ISO, YMD", "application_name": "omop-fhir load"}
    async with connected(url, settings) as connection:
        try:
            await connection.execute("SET maintenance_work_mem = '256MB'; SET statement_timeout = 0")
            yield connection
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError) as error:
            if connection.is_closed():
                raise ConfigurationError("the connection to the database was lost during the load") from None
            raise ConfigurationError(f"the database refused: {one_line(error)}") from None


@dataclass(frozen=True, slots=True)
class _Load:
    """One load, on one connection."""

    connection: Connection
    schema: str
    vocabulary_schema: str
    progress: Progress

    def home(self, table: str) -> str:
        return self.vocabulary_schema if TABLES[table].area == "vocabulary" else self.schema

    async def look(self) -> DatabaseSchema:
        return await introspect(self.connection, self.schema, self.vocabulary_schema)

    async def prepare(
        self, files: list[CdmFile], version: str | None, existing: Existing
    ) -> tuple[DatabaseSchema, list[str]]:
        """Make what is absent and see to what is there; the shape then, and the tables that were made."""
        before = await self.look()
        chosen = version or before.version or _version_of(files)
        wanted = {file.table for file in files}
        if not before.tables:
            wanted |= {name for name, table in TABLES.items() if chosen in table.versions}
        created = [name for name in TABLES if name in wanted and name not in before.tables]
        filled = await self.filled(before, files)
        if filled and existing == "refuse":
            raise ConfigurationError(f"these tables hold rows already: {', '.join(filled)}; append or replace")
        async with self.connection.transaction():
            if filled and existing == "replace":
                await self.connection.execute(f"TRUNCATE {', '.join(map(self.address, filled))}")
            await self.create(created, chosen)
        files.sort(key=lambda file: (_rank(file.table), file.path.name))
        return await self.look(), created

    async def filled(self, database: DatabaseSchema, files: list[CdmFile]) -> list[str]:
        names = [name for name in TABLES if name in {file.table for file in files} & database.tables.keys()]
        query = "SELECT EXISTS (SELECT FROM {})"
        return [name for name in names if await self.connection.fetchval(query.format(self.address(name)))]

    def address(self, table: str) -> str:
        return f"{ddl.quote(self.home(table))}.{ddl.quote(table)}"

    async def create(self, tables: list[str], version: str) -> None:
        """Make the tables; one of another version alone, as that version has it."""
        for schema in sorted({self.home(table) for table in tables}):
            await self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {ddl.quote(schema)}")
        for table in tables:
            known = TABLES[table].versions
            of = version if version in known else max(known)
            await self.connection.execute(ddl.create_tables(self.home(table), of, [table], big=True)[0])

    async def copy(self, file: CdmFile, database: DatabaseSchema) -> FileReport:
        """Load one file, wholly or, where it cannot be read to its end, not at all."""
        self.progress.start(file.table, file.size)
        report = await self.copied(file, database)
        self.progress.finish(report.rows)
        return report

    async def copied(self, file: CdmFile, database: DatabaseSchema) -> FileReport:
        try:
            target = target_of(file, database)
            async with self.connection.transaction():
                return await Copy(self.connection, file, target, self.progress, Tally()).run()
        except UNREADABLE as error:
            if isinstance(error, ConnectionError):
                raise
            return FileReport(file.path, file.table, problem=f"cannot be read to its end: {error}")
        except ValueError as error:
            return FileReport(file.path, file.table, problem=str(error))

    async def finish(self, tables: set[str], created: list[str], existing: Existing) -> tuple[str, ...]:
        """Keys and indexes for what is ours, statistics for all; what could not be made."""
        ours = set(created) | (tables if existing == "replace" else set())
        database = await self.look()
        statements = [
            *_missing_keys(database, ours),
            *_missing_indexes(database, ours),
            *((f"statistics of {name}", f"VACUUM (ANALYZE) {self.address(name)}") for name in sorted(tables)),
        ]
        self.progress.start("indexes", len(statements))
        problems = [problem async for problem in self.attempts(statements)]
        self.progress.finish(0)
        return tuple(problems)

    async def attempts(self, statements: Sequence[tuple[str, str]]) -> AsyncIterator[str]:
        for what, statement in statements:
            try:
                await self.connection.execute(statement)
            except asyncpg.PostgresError as error:
                if self.connection.is_closed():
                    raise
                yield f"{what} could not be made: {one_line(error)}{detail_of(error)}"
            self.progress.advance(1)


def _rank(table: str) -> tuple[int, int]:
    """What is referred to comes first, for a database that checks its foreign keys."""
    area = TABLES[table].area
    first = _AREA_ORDER.index(area) if area in _AREA_ORDER else len(_AREA_ORDER)
    return first, list(TABLES).index(table)


def _version_of(files: Iterable[CdmFile]) -> str:
    """5.3 where a file names a column that only CDM 5.3 has."""
    old = any(current_names(file.table).keys() & set(file.columns) for file in files)
    return VERSIONS[0] if old else VERSIONS[-1]


def _missing_keys(database: DatabaseSchema, tables: set[str]) -> Iterator[tuple[str, str]]:
    for name in sorted(tables & database.tables.keys()):
        table, key = database.tables[name], TABLES[name].primary_key
        if key in table.columns and not any(index.primary for index in table.indexes):
            version = max(TABLES[name].versions)
            yield f"primary key of {name}", ddl.primary_keys(table.schema, version, [name])[0]


def _missing_indexes(database: DatabaseSchema, tables: set[str]) -> Iterator[tuple[str, str]]:
    for index in database.missing_indexes():
        if index.table in tables and index in standard_indexes():
            yield f"index {index.name}", ddl.create_index(database.tables[index.table].schema, index)
