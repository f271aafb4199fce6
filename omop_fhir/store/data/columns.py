"""A file meets its table: which field goes to which column, and how it is written for COPY.

A file's header and a table enter; a `FileTarget` leaves. Rejected, by ValueError: a table that is not there, a header that lacks
a required column. https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...omop.cdm import current_names
from ...omop.database import DatabaseSchema, PresentTable
from .cdm_file import CdmFile, Piece, Record

_NULLS = frozenset({"", "NULL", "NA", "\\N"})
_WHOLE = re.compile(r"([+-]?\d+)\.0*$")
_ISO_DATE = re.compile(r"\d{4}-?\d{1,2}-?\d{1,2}(?!\d)")
_ZONE = re.compile(r"\d\d:\d\d.*([zZ]|[+-]\d\d(:?\d\d)?)$")
_TEXT_TYPES = frozenset({"character varying", "text", "character"})
_INTEGER_TYPES = frozenset({"integer", "bigint", "smallint"})
_VALUE_TYPES = _INTEGER_TYPES | {"numeric", "real", "double precision", "date", "timestamp without time zone"}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Cell:
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
class FileTarget:
    """Where a file goes: one cell per column that the table has, in the file's order."""

    table: PresentTable
    cells: tuple[Cell, ...]
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


def target_of(file: CdmFile, database: DatabaseSchema) -> FileTarget:
    """Where a file goes. Raises ValueError where the table cannot be written or a required column is missing."""
    table = database.tables.get(file.table)
    if table is None:
        raise ValueError(database.absent.get(file.table, f"there is no table {file.table}"))
    names = {name: _in_table(name, table) for name in file.columns}
    missing = sorted(table.required - set(names.values()))
    if missing:
        raise ValueError(f"its header lacks the required {', '.join(missing)}")
    cells = tuple(_cell(place, column, table) for place, column in enumerate(names.values()) if column)
    unusual = _unusual(file.delimiter, any(cell.keep_empty for cell in cells))
    return FileTarget(table, cells, len(file.columns), tuple(_header_notes(names)), unusual)


def _unusual(delimiter: str, keep_empty: bool) -> re.Pattern[str]:
    """See `FileTarget.unusual`: any record where an empty field is not simply NULL, else what `Cell` looks at."""
    mark = re.escape(delimiter)
    escaped = "".join(character for character in '\\\\\r\n\t"' if character != delimiter)
    return re.compile("" if keep_empty else rf"[{escaped}]|NULL|NA|\.0|^ |{mark} ")


def _cell(place: int, column: str, table: PresentTable) -> Cell:
    kind = table.columns[column]
    return Cell(place, column, kind, column in table.required and kind in _TEXT_TYPES)


def _in_table(name: str, table: PresentTable) -> str | None:
    """The column of the table that the file's column is, also across the renamings of CDM 5.4."""
    return table.column(current_names(table.name).get(name, name))


def _header_notes(names: dict[str, str | None]) -> Iterator[str]:
    for name, column in names.items():
        if column is None:
            yield f"column {name or 'without a name'} is not in the table and was left out"
        elif column != name:
            yield f"column {name} was loaded as {column}"


def doubts(file: CdmFile, target: FileTarget, piece: Piece) -> Iterator[str]:
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
