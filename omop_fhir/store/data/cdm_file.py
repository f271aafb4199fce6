"""A folder -> the CDM files in it -> pieces of whole records -> fields.

What enters: `.csv`, `.tsv` and `.txt` files, plain or gzipped, as Athena, the OHDSI tools, R, pandas or a
database export them. What leaves: for each file its table, columns and dialect, and its bytes in pieces that
never cut a record. Rejected, by name: a header that cannot be read. Few pieces are in memory at a time.
https://athena.ohdsi.org, https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import csv
import difflib
import gzip
import re
import zlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from omop_fhir.errors import ConfigurationError
from omop_fhir.omop.cdm import TABLES, current_names

PIECE_SIZE = 8 * 1024 * 1024
RECORD_LIMIT = 64 * 1024 * 1024
"""Bytes after which an open quote is held for a broken one."""
HEADER_LIMIT = 1024 * 1024

UNQUOTED = b"\x02"
"""Stands for the quote character where a file has none: PostgreSQL wants one."""

UNREADABLE = (OSError, EOFError, zlib.error)
"""What reading a damaged file raises."""

_DELIMITERS = "\t,;|"
_EXTENSIONS = (".csv", ".tsv", ".txt")
_PREFIX = re.compile(r"^\d+[a-z]?[_-]")
_UTF8_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records of a file."""

    data: bytes
    first_line: int
    """Number of the first line, the header's being 1."""
    position: int
    """Bytes of the file (on disk) that have been read so far."""
    clean: bool
    """Whether every quote stands where RFC 4180 allows it, so that PostgreSQL reads the same fields."""


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one record, or the reason why it has none."""

    line: int
    text: str
    """As it stands in the file, without its line end."""
    fields: list[str]
    problem: str | None = None
    latin: bool = False
    """The bytes are not UTF-8 and were read as Latin-1."""


@dataclass(frozen=True, slots=True)
class CdmFile:
    """A file that holds rows of one CDM table."""

    path: Path
    table: str
    columns: tuple[str, ...]
    """As the header has them, in lower case."""
    delimiter: str
    quoted: bool
    """False: a quote is an ordinary character, as in Athena's tab-separated files."""
    size: int
    """Bytes on disk."""

    def pieces(self) -> Generator[Piece]:
        """The body in pieces.

        Raises OSError, EOFError or zlib.error where the file cannot be read, ValueError for an endless line.
        """
        with self.path.open("rb") as raw:
            stream = _decompressed(raw)
            stream.readline(HEADER_LIMIT)
            buffer, start, ended, line = b"", 0, False, 2
            while not ended or start < len(buffer):
                end, clean = self._cut(buffer, start, ended)
                if end > start:
                    yield (piece := Piece(buffer[start:end], line, raw.tell(), clean))
                    start, line = end, line + piece.data.count(b"\n")
                elif len(buffer) - start > 2 * RECORD_LIMIT:
                    raise ValueError(f"line {line} is longer than {RECORD_LIMIT >> 20} MiB")
                else:
                    buffer, ended = _extended(buffer[start:], stream)
                    start = 0

    def _cut(self, buffer: bytes, start: int, ended: bool) -> tuple[int, bool]:
        """Where to end the piece, and whether its quoting is clean; `start` where more bytes are needed."""
        if len(buffer) - start < PIECE_SIZE and not ended:
            return start, True
        if not self.quoted or buffer.find(b'"', start) < 0:
            return max(buffer.rfind(b"\n", start) + 1, start), True
        clean = _clean_records(self.delimiter).match(buffer, start)
        if clean and clean.end() > start:
            return clean.end(), True
        return _first_record(buffer, start, self.delimiter, ended), False

    def records(self, piece: Piece) -> Iterator[Record]:
        """The piece's records; blank lines are none."""
        for line, raw in self._raw_records(piece) if piece.clean else [(piece.first_line, piece.data)]:
            if raw.strip(b"\r\n"):
                yield self._record(line, raw)

    def _raw_records(self, piece: Piece) -> Iterator[tuple[int, bytes]]:
        """Where quotes stand in place, a record ends with the line that makes their number even."""
        first, held = piece.first_line, b""
        for line, raw in enumerate(_lines(piece.data), piece.first_line):
            first, held = (first, held + raw) if held else (line, raw)
            if not self.quoted or held.count(b'"') % 2 == 0:
                yield first, held
                held = b""

    def _record(self, line: int, raw: bytes) -> Record:
        text, latin = _decoded(raw.removesuffix(b"\n").removesuffix(b"\r"))
        if not self.quoted or '"' not in text:
            return Record(line, text, text.split(self.delimiter), latin=latin)
        try:
            return Record(line, text, _parsed(text, self.delimiter), latin=latin)
        except csv.Error as error:
            reason = "a quote is opened and not closed" if _is_open(error) else f"quoting: {error}"
            return Record(line, text, [], problem=reason, latin=latin)


@dataclass(frozen=True, slots=True)
class CdmFolder:
    """What is in a folder."""

    files: tuple[CdmFile, ...]
    refused: Mapping[Path, str]
    """Files that are named like a CDM table and cannot be read as one, with the reason."""
    skipped: Mapping[Path, str]
    """Other files, with the reason."""


def cdm_folder(folder: Path) -> CdmFolder:
    """The CDM files of a folder.

    Raises ConfigurationError if the folder cannot be read, holds none or has a table twice.
    """
    files: list[CdmFile] = []
    refused: dict[Path, str] = {}
    skipped: dict[Path, str] = {}
    for path in _paths(folder):
        table = _table(path)
        if table is None:
            skipped[path] = _stranger(path)
            continue
        try:
            files.append(_with_header(path, table))
        except (*UNREADABLE, ValueError) as error:
            refused[path] = str(error)
    if not files and not refused:
        raise ConfigurationError(f"{folder}: no file in this folder is named like a CDM table")
    _refuse_twins(files)
    return CdmFolder(tuple(files), refused, skipped)


def _paths(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror}") from None


def _table(path: Path) -> str | None:
    stem = _stem(path) or ""
    return next((name for name in (stem, _PREFIX.sub("", stem)) if name in TABLES), None)


def _stranger(path: Path) -> str:
    """Why the file is none of the CDM's."""
    stem = _stem(path)
    if stem is None:
        return f"not one of {', '.join(_EXTENSIONS)} (or these with .gz)"
    near = difflib.get_close_matches(_PREFIX.sub("", stem), TABLES, n=1)
    return f"the CDM has no table {stem}" + (f"; is {near[0]} meant?" if near else "")


def _stem(path: Path) -> str | None:
    name = path.name.lower().removesuffix(".gz")
    return next((name.removesuffix(end) for end in _EXTENSIONS if name.endswith(end)), None)


def _with_header(path: Path, table: str) -> CdmFile:
    with path.open("rb") as raw:
        header = _decompressed(raw).readline(HEADER_LIMIT)
    if len(header) == HEADER_LIMIT:
        raise ValueError(f"its first line is longer than {HEADER_LIMIT >> 20} MiB")
    text = _header_text(header)
    delimiter = max(_DELIMITERS, key=lambda d: (len(_known(table, _names(text, d))), len(_names(text, d))))
    names = _names(text, delimiter)
    if not _known(table, names):
        raise ValueError(f"its first line names no column of {table}")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"its header names {', '.join(repeated)} more than once")
    quoted = delimiter != "\t" or '"' in text
    return CdmFile(path, table, tuple(names), delimiter, quoted, path.stat().st_size)


def _header_text(header: bytes) -> str:
    if header.startswith(_OTHER_BOMS):
        raise ValueError("it is UTF-16; save it as UTF-8")
    text = _decoded(header.removeprefix(_UTF8_BOM))[0].strip("\r\n")
    if not text.strip():
        raise ValueError("it has no header line")
    if "\r" in text:
        raise ValueError("its lines end in CR alone; save it with LF or CRLF")
    return text


def _names(header: str, delimiter: str) -> list[str]:
    return [name.strip().strip('"').strip().lower() for name in header.split(delimiter)]


def _known(table: str, names: list[str]) -> set[str]:
    return set(names) & ({column.name for column in TABLES[table].columns} | current_names(table).keys())


def _refuse_twins(files: list[CdmFile]) -> None:
    seen: dict[str | None, Path] = {}
    for file in files:
        twin = seen.setdefault(_stem(file.path), file.path)
        if twin != file.path:
            names = f"{twin.name} and {file.path.name}"
            raise ConfigurationError(f"{twin.parent}: {names} are the same table; keep one")


def _decompressed(raw: BinaryIO) -> BinaryIO:
    """The stream behind gzip, known by its first bytes and not by its name."""
    start = raw.read(2)
    raw.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if start == _GZIP else raw


def _extended(buffer: bytes, stream: BinaryIO) -> tuple[bytes, bool]:
    """The buffer with more of the stream, and whether that is all; a last line without its end gets one."""
    block = stream.read(PIECE_SIZE)
    if block:
        return buffer + block, False
    return buffer + (b"\n" if buffer and not buffer.endswith(b"\n") else b""), True


def _lines(data: bytes) -> Iterator[bytes]:
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield data[start : end + 1]
        start = end + 1


def _decoded(line: bytes) -> tuple[str, bool]:
    try:
        return line.decode("utf-8"), False
    except UnicodeDecodeError:
        return line.decode("latin-1"), True


def _parsed(text: str, delimiter: str) -> list[str]:
    """The fields of one record. Raises csv.Error for a quote that is out of place."""
    csv.field_size_limit(RECORD_LIMIT * 2)
    return next(csv.reader([text], delimiter=delimiter, strict=True))


def _is_open(error: csv.Error) -> bool:
    """Whether the text that was parsed ends within a quoted field."""
    return "end of data" in str(error)


@cache
def _clean_records(delimiter: str) -> re.Pattern[bytes]:
    """As many whole records as follow RFC 4180 to the letter."""
    bare = rb'[^"\r\n' + re.escape(delimiter.encode()) + rb"]*+"
    field = rb'(?>"[^"]*+(?:""[^"]*+)*+"|' + bare + rb")"
    record = field + rb"(?:" + re.escape(delimiter.encode()) + field + rb")*+\r?\n"
    return re.compile(rb"(?>" + record + rb")*+")


def _first_record(buffer: bytes, start: int, delimiter: str, ended: bool) -> int:
    """The end of the first record where quotes are out of place; `start` where it may not be there yet.

    A line whose quote is never closed, or closed where no quote may be, is a record by itself: so only that
    line is refused, and not those after it.
    """
    first = end = buffer.find(b"\n", start) + 1
    while 0 < end <= start + RECORD_LIMIT:
        try:
            _parsed(buffer[start:end].rstrip(b"\r\n").decode("latin-1"), delimiter)
        except csv.Error as error:
            if not _is_open(error):
                return first
        else:
            return end
        quote = buffer.find(b'"', end)
        end = buffer.find(b"\n", quote) + 1 if quote >= 0 else 0
    return first if ended or len(buffer) - start > RECORD_LIMIT else start
