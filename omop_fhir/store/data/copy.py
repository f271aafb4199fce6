"""One CDM file -> rows of its table, by COPY.

The file is copied in pieces of some MiB, as they are. Only a piece that PostgreSQL refuses, or would read otherwise than it was
meant, is taken apart row by row, so one bad row costs one piece its speed.
https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg

from ..postgresql.connections import Connection
from .cdm_file import UNQUOTED, UNREADABLE, CdmFile, Piece, Record
from .columns import FileTarget, doubts
from .report import FileReport, Progress, Tally

_BATCH = 5000
_SLICE = 512 * 1024
_LOOK_INTERVAL = 0.5
"""Seconds between looks at the connection during a COPY."""
_PLACE = re.compile(r"COPY\D*(\d+)(?:, \S+ (\w+))?")


@dataclass(frozen=True, slots=True)
class Copy:
    """The copying of one file. Raises UNREADABLE for a file that cannot be read to its end, ValueError for one that is none."""

    connection: Connection
    file: CdmFile
    target: FileTarget
    progress: Progress
    tally: Tally

    async def run(self) -> FileReport:
        """Copy all of it, within the transaction at hand."""
        notes, position = list(self.target.notes), 0
        async with aclosing(_read_ahead(self.file)) as pieces:
            async for piece in pieces:
                if position == 0:
                    notes.extend(doubts(self.file, self.target, piece))
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
        self.tally.refuse(rows[line - 1][0], f"{column}{one_line(error)}{detail_of(error)}")
        return rows[line:]


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
    match = _PLACE.match(str(getattr(error, "context", None) or ""))
    if match is None:
        return 0, ""
    return int(match[1]), f"{match[2]}: " if match[2] else ""


def detail_of(error: asyncpg.PostgresError) -> str:
    """PostgreSQL's detail of a key, without the whole row that it shows for a missing value."""
    detail = str(getattr(error, "detail", None) or "")
    return f" ({detail.rstrip('.')})" if detail and not isinstance(error, asyncpg.NotNullViolationError) else ""


def one_line(error: BaseException) -> str:
    """The first line of what the database says."""
    return str(getattr(error, "message", None) or error or type(error).__name__).strip().splitlines()[0]
