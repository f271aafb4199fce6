"""Code tables: CSV files that pair OMOP concept ids with FHIR codes, read in both directions.

Columns: `concept_id`, `code`, and by need `display`, `detailed`, `detailed_display`, `write`, `note`. Several concepts
may share a code; the first row of a code is the one that is written back, unless its `write` is `no` (a deprecated
concept) or names another concept. `code` may be empty: the concept is known and has none. `concept_id` may be empty: the code
is only written, as the concept in `write`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ..fhir import text
from .yaml import MappingError, Mark

Row: TypeAlias = dict[str, str]
_KNOWN = {"concept_id", "code", "display", "detailed", "detailed_display", "write", "note"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a code table."""

    concept_id: int
    code: str
    display: str = ""
    detailed: str = ""
    detailed_display: str = ""
    write: str = ""


@dataclass(frozen=True)
class Table:
    """A code table by concept id."""

    name: str
    entries: Mapping[int, Entry]
    only_written: Mapping[str, int] = field(default_factory=dict)
    """Codes that no concept is read as -> the concept that they are written as."""

    def codes(self, ancestors: Mapping[int, tuple[int, ...]] | None = None) -> dict[int, str]:
        """concept_id -> code; with `ancestors`, also for concepts below an entry, by the nearest entry above."""
        result = {id: entry.code for id, entry in self.entries.items() if entry.code}
        for concept_id, above in (ancestors or {}).items():
            nearest = next((self.entries[id] for id in above if id in self.entries), None)
            if nearest and nearest.code:
                result.setdefault(concept_id, nearest.code)
        return result

    def concept_ids(self, code: str) -> tuple[int, ...]:
        """The concepts that stand for `code`."""
        return tuple(id for id, entry in self.entries.items() if entry.code == code)

    def written(self, code: str) -> int:
        """The concept that `code` is written as; 0 (no matching concept) where there is none."""
        first = next((entry for entry in self.entries.values() if entry.code == code), None)
        if first is None:
            return self.only_written.get(code, 0)
        if first.write.isdigit():
            return int(first.write)
        return first.concept_id if first.write != "no" else 0

    def read(self, concept_id: int) -> str:
        """The code that a concept itself has here, or nothing."""
        entry = self.entries.get(concept_id)
        return entry.code if entry else ""

    def display(self, code: str) -> str:
        """The display of `code`, or nothing."""
        return next((e.display for e in self.entries.values() if e.code == code and e.display), "")


def read_table(file: Path, mark: Mark) -> Table:
    """The table of a CSV file. Raises MappingError with file and line for what is wrong in it."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            names = tuple(reader.fieldnames or ())
            unknown = sorted(set(names) - _KNOWN)
            if unknown or "concept_id" not in names:
                wrong = f", not `{unknown[0]}`" if unknown else ", and at least concept_id"
                raise MappingError(Mark(file, 1), f"a code table has the columns {', '.join(sorted(_KNOWN))}{wrong}")
            rows = [(Mark(file, reader.line_num), row) for row in reader]
            reading = _entries([(mark, row) for mark, row in rows if row["concept_id"]])
            return Table(file.stem, reading, _only_written([(mark, row) for mark, row in rows if not row["concept_id"]]))
    except FileNotFoundError:
        raise MappingError(mark, f"the code table {file.name} was not found in {file.parent}") from None
    except OSError as error:
        raise MappingError(Mark(file, 1), f"cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise MappingError(Mark(file, 1), f"not a CSV file in UTF-8: {error}") from None


def _only_written(rows: list[tuple[Mark, Row]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for here, row in rows:
        code, concept_id = (row.get("code") or "").strip(), (row.get("write") or "").strip()
        if not code or text.code(code) != code or not _is_concept(concept_id) or code in found:
            raise MappingError(here, "a row without concept_id has a code of its own, and in `write` the concept for it")
        found[code] = int(concept_id)
    return found


def _is_concept(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < 2**31


def _entries(rows: list[tuple[Mark, Row]]) -> dict[int, Entry]:
    entries: dict[int, Entry] = {}
    for here, row in rows:
        values = {key: (value or "").strip() for key, value in row.items() if key in _KNOWN - {"note"}}
        try:
            entry = Entry(int(values.pop("concept_id")), **values)
        except (ValueError, TypeError):
            raise MappingError(here, f"`{row.get('concept_id')}` is not a concept id") from None
        wrong = next((c for c in (entry.code, entry.detailed) if c and text.code(c) != c), None)
        if wrong is not None:
            raise MappingError(here, f"`{wrong}` is not a FHIR code")
        if entry.write not in ("", "no") and not _is_concept(entry.write):
            raise MappingError(here, f"`{entry.write}` is neither `no` nor the concept that the code is written as")
        if not 0 <= entry.concept_id < 2**31:
            raise MappingError(here, f"{entry.concept_id} is not a concept id")
        if entry.concept_id in entries:
            raise MappingError(here, f"concept {entry.concept_id} stands twice")
        entries[entry.concept_id] = entry
    return entries
