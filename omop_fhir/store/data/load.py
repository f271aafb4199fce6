"""A folder of CDM files -> a CDM in PostgreSQL, by COPY.

What enters: a connection URI and a folder (see `store.data.cdm_file` for its files). What leaves: tables with
rows, keys, indexes and statistics, and a report of the rows that were refused, with line and reason. Rejected,
by ConfigurationError: a database that cannot be reached or written, tables that hold rows already.

Each file is copied in pieces of some MiB, as they are. Only a piece that PostgreSQL refuses, or would read
otherwise than it was meant, is taken apart row by row, so one bad row costs one piece its speed.
https://ohdsi.github.io/CommonDataModel/cdm54.html, https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any, Literal, Protocol

import asyncpg

from omop_fhir.errors import ConfigurationError
from omop_fhir.omop import ddl
from omop_fhir.omop.cdm import TABLES, VERSIONS, current_names, standard_indexes
from omop_fhir.omop.database import DatabaseSchema, PresentTable
from omop_fhir.store.data.cdm_file import UNQUOTED, UNREADABLE, CdmFile, Piece, Record, cdm_folder
from omop_fhir.store.postgresql.connections import Connection
from omop_fhir.store.postgresql.session import connected
from omop_fhir.store.schema import introspect

Existing = Literal["refuse", "append", "replace"]

REFUSALS_KEPT = 20
"""How many refused rows of a file are told one by one; all are counted."""

_BATCH = 5000
_SLICE = 512 * 1024
_REASON_LIMIT = 200
_LOOK_INTERVAL = 0.5
"""Seconds between looks at the connection during a COPY."""
_NULLS = frozenset({"", "NULL", "NA", "\\N"})
_WHOLE = re.compile(r"([+-]?\d+)\.0*$")
_ISO_DATE = re.compile(r"\d{4}-?\d{1,2}-?\d{1,2}(?!\d)")
_ZONE = re.compile(r"\d\d:\d\d.*([zZ]|[+-]\d\d(:?\d\d)?)$")
_COPY_PLACE = re.compile(r"COPY\D*(\d+)(?:, \S+ (\w+))?")
_TEXT_TYPES = frozenset({"character varying", "text", "character"})
_INTEGER_TYPES = frozenset({"integer", "bigint", "smallint"})
_VALUE_TYPES = _INTEGER_TYPES | {"numeric", "real", "double precision", "date", "timestamp without time zone"}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_AREA_ORDER = ("vocabulary", "health_system", "metadata")


class Progress(Protocol):
    """Who shows how far the load is; called from the event loop's thread."""

    def start(self, table: str, bytes_total: int) -> None:
        """A file begins, with its bytes on disk; or `indexes`, with a number of statements."""

    def advance(self, amount: int) -> None:
        """So many more bytes (statements) are done."""

    def finish(self, rows: int) -> None:
        """What was started last is done; `rows` were loaded from it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not loaded."""

    line: int
    """Line of the file where the row begins; the header is line 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file."""

    path: Path
    table: str | None
    rows: int = 0
    """Rows loaded."""
    refused: int = 0
    """Rows not loaded."""
    refusals: tuple[Refusal, ...] = ()
    """Some of them, at most `REFUSALS_KEPT`, by line."""
    notes: tuple[str, ...] = ()
    """What was read otherwise than it was written, or left out."""
    problem: str | None = None
    """Why nothing of the file was loaded."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of the folder."""

    version: str
    """CDM version of the tables."""
    created: tuple[str, ...]
    """Tables that were made."""
    files: tuple[FileReport, ...]
    skipped: Mapping[Path, str]
    """Other files of the folder, with the reason why they were not looked into."""
    problems: tuple[str, ...]
    """Keys and indexes that could not be made."""
    seconds: float

    @property
    def rows(self) -> int:
        """Rows loaded."""
        return sum(file.rows for file in self.files)

    @property
    def refused(self) -> int:
        """Rows not loaded."""
        return sum(file.refused for file in self.files)

    @property
    def complete(self) -> bool:
        """Whether every row of every file is in the database, with all keys and indexes."""
        return not self.refused and not self.problems and not any(file.problem for file in self.files)


@dataclass(frozen=True, slots=True)
class _Silent:
    def start(self, table: str, bytes_total: int) -> None: ...
    def advance(self, amount: int) -> None: ...
    def finish(self, rows: int) -> None: ...


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where one field of a record goes."""

    place: int
    column: str
    type: str
    keep_empty: bool
    """Required text: an empty field is the empty string there, else NULL."""

    def encoded(self, value: str) -> str:
        """In COPY's text format; NULL and NA stand for NULL, like the empty field, in numbers and dates."""
        if self.type not in _VALUE_TYPES:
            absent = value == "\\N" or (not value and not self.keep_empty)
            return "\\N" if absent else value.translate(_ESCAPES)
        value = value.strip()
        if value in _NULLS:
            return "\\N"
        whole = _WHOLE.match(value) if self.type in _INTEGER_TYPES and not value.isdigit() else None
        return whole[1] if whole else value.translate(_ESCAPES)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a file goes: one cell per column that the table has, in the file's order."""

    table: PresentTable
    cells: tuple[_Cell, ...]
    width: int
    """Fields of a record of the file."""
    notes: tuple[str, ...]

    unusual: re.Pattern[str]
    """What a record must not hold for its fields to be PostgreSQL's as they are."""

    @property
    def columns(self) -> list[str]:
        return [cell.column for cell in self.cells]

    def encoded(self, record: Record) -> bytes:
        """The record in COPY's text format."""
        fields = record.fields
        if self.unusual.search(record.text):
            cells = [cell.encoded(fields[cell.place]) for cell in self.cells]
        else:
            cells = [fields[cell.place] or "\\N" for cell in self.cells]
        return ("\t".join(cells) + "\n").encode()


@dataclass(slots=True)
class _Tally:
    """What is counted while a file is loaded."""

    rows: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)

    def refuse(self, line: int, reason: str) -> None:
        self.refused += 1
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append(Refusal(line, reason[:_REASON_LIMIT]))

    def report(self, file: CdmFile, notes: Iterable[str]) -> FileReport:
        counted = (f"{count} {what}" for what, count in self.odd.items())
        told = (*notes, *counted)
        by_line = tuple(sorted(self.refusals, key=lambda refusal: refusal.line))
        return FileReport(file.path, file.table, self.rows, self.refused, by_line, told)


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
        task = _Load(connection, schema, vocabulary_schema or schema, progress or _Silent())
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
            raise ConfigurationError(f"the database refused: {_one_line(error)}") from None


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
            target = _target(file, database)
            async with self.connection.transaction():
                return await _Copy(self.connection, file, target, self.progress, _Tally()).run()
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
                yield f"{what} could not be made: {_one_line(error)}{_detail(error)}"
            self.progress.advance(1)


@dataclass(frozen=True, slots=True)
class _Copy:
    """The copying of one file."""

    connection: Connection
    file: CdmFile
    target: _Target
    progress: Progress
    tally: _Tally

    async def run(self) -> FileReport:
        notes, position = list(self.target.notes), 0
        async with aclosing(_read_ahead(self.file)) as pieces:
            async for piece in pieces:
                if position == 0:
                    notes.extend(_doubts(self.file, self.target, piece))
                await self.piece(piece)
                self.progress.advance(piece.position - position)
                position = piece.position
        return self.tally.report(self.file, notes)

    async def piece(self, piece: Piece) -> None:
        if self.is_plain(piece):
            with suppress(asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
                async with self.connection.transaction():
                    self.tally.rows += await self.copy_bytes(piece.data)
                return
        await self.sieve(piece)

    def is_plain(self, piece: Piece) -> bool:
        """Whether PostgreSQL reads the bytes as they are meant: it knows no \\N here; `\\.` would end all."""
        data = piece.data
        return (
            piece.clean
            and self.target.width == len(self.target.cells)
            and not (b"\\N" in data or b"\n\\." in data or data.startswith(b"\\."))
            and (self.file.quoted or UNQUOTED not in data)
        )

    async def copy_bytes(self, data: bytes) -> int:
        kept = [cell.column for cell in self.target.cells if cell.keep_empty]
        copying = self.connection.copy_to_table(
            self.target.table.name,
            schema_name=self.target.table.schema,
            columns=self.target.columns,
            source=_slices(data),
            format="csv",
            delimiter=self.file.delimiter,
            encoding="utf-8",
            force_null=[cell.column for cell in self.target.cells if not cell.keep_empty] or None,
            force_not_null=kept or None,
            quote=None if self.file.quoted else UNQUOTED.decode(),
        )
        return int((await _unless_lost(self.connection, copying)).split()[-1])

    async def sieve(self, piece: Piece) -> None:
        """Load the piece's good rows and refuse the others one by one."""
        batch: list[tuple[int, bytes]] = []
        for record in self.file.records(piece):
            row = self.row(record)
            if row is not None:
                batch.append((record.line, row))
            if len(batch) >= _BATCH:
                await self.copy_rows(batch)
                batch = []
        await self.copy_rows(batch)

    def row(self, record: Record) -> bytes | None:
        """The record in COPY's text format; None if it is refused here."""
        problem = record.problem or self.misfit(record)
        if problem:
            self.tally.refuse(record.line, problem)
            return None
        if record.latin:
            self.tally.odd["lines are not UTF-8 and were read as Latin-1"] += 1
        return self.target.encoded(record)

    def misfit(self, record: Record) -> str | None:
        fields, width = record.fields, self.target.width
        if len(fields) < width or any(fields[width:]):
            return f"{len(fields)} fields, where the header has {width}"
        if len(fields) > width:
            self.tally.odd["rows have empty fields beyond those of the header"] += 1
        if "\0" in record.text:
            return "a NUL character, which PostgreSQL cannot hold"
        return None

    async def copy_rows(self, rows: list[tuple[int, bytes]]) -> None:
        """Load rows; after a refusal, those before it again, and then those after it."""
        while rows:
            try:
                async with self.connection.transaction():
                    copying = self.connection.copy_to_table(
                        self.target.table.name,
                        schema_name=self.target.table.schema,
                        columns=self.target.columns,
                        source=_slices(b"".join(row for _, row in rows)),
                        encoding="utf-8",
                    )
                    await _unless_lost(self.connection, copying)
            except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
                rows = await self.without_the_bad(rows, error)
            else:
                self.tally.rows += len(rows)
                return

    async def without_the_bad(
        self, rows: list[tuple[int, bytes]], error: asyncpg.PostgresError
    ) -> list[tuple[int, bytes]]:
        """The rows that are still to be tried; a refusal that names no line (a foreign key) is halved for."""
        line, column = _place(error)
        if not 1 <= line <= len(rows):
            if len(rows) > 1:
                await self.copy_rows(rows[: len(rows) // 2])
                return rows[len(rows) // 2 :]
            line = 1
        await self.copy_rows(rows[: line - 1])
        self.tally.refuse(rows[line - 1][0], f"{column}{_one_line(error)}{_detail(error)}")
        return rows[line:]


def _rank(table: str) -> tuple[int, int]:
    """What is referred to comes first, for a database that checks its foreign keys."""
    area = TABLES[table].area
    first = _AREA_ORDER.index(area) if area in _AREA_ORDER else len(_AREA_ORDER)
    return first, list(TABLES).index(table)


def _version_of(files: Iterable[CdmFile]) -> str:
    """5.3 where a file names a column that only CDM 5.3 has."""
    old = any(current_names(file.table).keys() & set(file.columns) for file in files)
    return VERSIONS[0] if old else VERSIONS[-1]


def _target(file: CdmFile, database: DatabaseSchema) -> _Target:
    """Raises ValueError where the table cannot be written or a required column is missing."""
    table = database.tables.get(file.table)
    if table is None:
        raise ValueError(database.absent.get(file.table, f"there is no table {file.table}"))
    names = {name: _in_table(name, table) for name in file.columns}
    missing = sorted(table.required - set(names.values()))
    if missing:
        raise ValueError(f"its header lacks the required {', '.join(missing)}")
    cells = tuple(_cell(place, column, table) for place, column in enumerate(names.values()) if column)
    unusual = _unusual(file.delimiter, any(cell.keep_empty for cell in cells))
    return _Target(table, cells, len(file.columns), tuple(_header_notes(names)), unusual)


def _unusual(delimiter: str, keep_empty: bool) -> re.Pattern[str]:
    """See `_Target.unusual`: any record where an empty field is not simply NULL, else what `_Cell` looks at."""
    mark = re.escape(delimiter)
    escaped = "".join(character for character in '\\\\\r\n\t"' if character != delimiter)
    return re.compile("" if keep_empty else rf"[{escaped}]|NULL|NA|\.0|^ |{mark} ")


def _cell(place: int, column: str, table: PresentTable) -> _Cell:
    kind = table.columns[column]
    return _Cell(place, column, kind, column in table.required and kind in _TEXT_TYPES)


def _in_table(name: str, table: PresentTable) -> str | None:
    """The column of the table that the file's column is, also across the renamings of CDM 5.4."""
    return table.column(current_names(table.name).get(name, name))


def _header_notes(names: dict[str, str | None]) -> Iterator[str]:
    for name, column in names.items():
        if column is None:
            yield f"column {name or 'without a name'} is not in the table and was left out"
        elif column != name:
            yield f"column {name} was loaded as {column}"


def _doubts(file: CdmFile, target: _Target, piece: Piece) -> Iterator[str]:
    """What a look at the first rows finds that PostgreSQL takes without a word."""
    rows = [r.fields for r in file.records(replace(piece, data=_head(piece.data))) if not r.problem]
    for cell in target.cells:
        values = [row[cell.place] for row in rows if cell.place < len(row)]
        if cell.type == "timestamp without time zone" and any(map(_ZONE.search, values)):
            yield f"column {cell.column}: times with a zone; the zone is not kept, the time is as written"
        dated = cell.type == "date" or cell.type.startswith("timestamp")
        if dated and any(value not in _NULLS and not _ISO_DATE.match(value) for value in values):
            yield f"column {cell.column}: dates not written YYYY-MM-DD; read as year, month, day"


def _head(data: bytes) -> bytes:
    """The first lines, at most about 64 KiB of them."""
    return data[: data.rfind(b"\n", 0, 65_536) + 1]


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


async def _unless_lost(connection: Connection, copying: Coroutine[Any, Any, str]) -> str:
    """The copy's result; asyncpg by itself waits for ever if the connection breaks while it may not write."""
    task = asyncio.ensure_future(copying)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_INTERVAL)
            if connection.is_closed() and not task.done():
                raise asyncpg.ConnectionDoesNotExistError("the connection was lost")
        return task.result()
    finally:
        task.cancel()


async def _slices(data: bytes) -> AsyncIterator[bytes]:
    view = memoryview(data)
    for start in range(0, len(data), _SLICE):
        yield bytes(view[start : start + _SLICE])


async def _read_ahead(file: CdmFile) -> AsyncGenerator[Piece]:
    """The file's pieces, each read while PostgreSQL works at the one before."""
    pieces = file.pieces()
    upcoming = asyncio.create_task(asyncio.to_thread(next, pieces, None))
    try:
        while (piece := await upcoming) is not None:
            upcoming = asyncio.create_task(asyncio.to_thread(next, pieces, None))
            yield piece
    finally:
        with suppress(*UNREADABLE, ValueError):
            await upcoming
        pieces.close()


def _place(error: asyncpg.PostgresError) -> tuple[int, str]:
    """The number of the row within the COPY, or 0, and its column as `name: `, from the error's context."""
    match = _COPY_PLACE.match(str(getattr(error, "context", None) or ""))
    if match is None:
        return 0, ""
    return int(match[1]), f"{match[2]}: " if match[2] else ""


def _detail(error: asyncpg.PostgresError) -> str:
    """PostgreSQL's detail of a key, without the whole row that it shows for a missing value."""
    detail = str(getattr(error, "detail", None) or "")
    return f" ({detail.rstrip('.')})" if detail and not isinstance(error, asyncpg.NotNullViolationError) else ""


def _one_line(error: BaseException) -> str:
    return str(getattr(error, "message", None) or error or type(error).__name__).strip().splitlines()[0]
