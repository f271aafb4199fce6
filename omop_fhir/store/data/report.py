"""What became of a load: files and rows, and those that were refused; and who shows how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .cdm_file import CdmFile

REFUSALS_KEPT = 20
"""How many refused rows of a file are told one by one; all are counted."""
_REASON_LIMIT = 200


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
class Silent:
    """Shows nothing."""

    def start(self, table: str, bytes_total: int) -> None: ...
    def advance(self, amount: int) -> None: ...
    def finish(self, rows: int) -> None: ...


@dataclass(slots=True)
class Tally:
    """What is counted while a file is loaded."""

    rows: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)

    def refuse(self, line: int, reason: str) -> None:
        """Count a row that is not loaded."""
        self.refused += 1
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append(Refusal(line, reason[:_REASON_LIMIT]))

    def report(self, file: CdmFile, notes: Iterable[str]) -> FileReport:
        """What became of the file; `notes` come before what was counted."""
        counted = (f"{count} {what}" for what, count in self.odd.items())
        told = (*notes, *counted)
        by_line = tuple(sorted(self.refusals, key=lambda refusal: refusal.line))
        return FileReport(file.path, file.table, self.rows, self.refused, by_line, told)
