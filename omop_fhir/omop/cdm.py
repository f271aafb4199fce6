"""The tables of the OMOP CDM 5.3 and 5.4 as data.

What enters: `cdm.csv`, `indexes.csv` (both made by tools/make_cdm.py) and `renames.csv` of this folder.
What leaves: `TABLES`, `standard_indexes()` and `renamed()`. Nothing is rejected at run time.
https://ohdsi.github.io/CommonDataModel/cdm54.html
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import groupby
from types import MappingProxyType

VERSIONS = ("5.3", "5.4")

_KEY = re.compile(r"_id(_\d)?$")
_LENGTH = re.compile(r"varchar\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as OHDSI defines it; one whose facts differ between versions occurs once for each of them."""

    name: str
    type: str
    """`integer`, `numeric`, `date`, `timestamp`, `text` or `varchar(n)`."""
    required: bool
    primary_key: bool
    references: tuple[str, str] | None
    """(table, column) of the foreign key."""
    versions: frozenset[str]
    domain: str = ""
    """The domain of the concepts that the column takes, where the CDM names one."""

    @property
    def length(self) -> int | None:
        """Most characters that the column takes; None: any number, or no text."""
        found = _LENGTH.fullmatch(self.type)
        return int(found[1]) if found else None

    @property
    def is_key(self) -> bool:
        """Whether the value is the key of a row other than a concept's, which sites often hold in 64 bits."""
        return self.type == "integer" and "concept_id" not in self.name and bool(_KEY.search(self.name))


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the columns of all versions, or, by `of`, of one."""

    name: str
    area: str
    """`clinical`, `health_system`, `health_economics`, `derived`, `metadata`, `vocabulary` or `results`."""
    columns: tuple[Column, ...]

    @property
    def versions(self) -> frozenset[str]:
        """The CDM versions that have this table."""
        return frozenset().union(*(column.versions for column in self.columns))

    @property
    def primary_key(self) -> str | None:
        """The name of the key column; None for tables such as death and concept_ancestor."""
        return next((column.name for column in self.columns if column.primary_key), None)

    def of(self, version: str) -> Table:
        """The same table with the columns of that version alone; it may have none."""
        return replace(self, columns=tuple(c for c in self.columns if version in c.versions))

    def column(self, name: str) -> Column | None:
        """The column of that (lower case) name, as the newest version that has it defines it."""
        named = [column for column in self.columns if column.name == name]
        return max(named, key=lambda column: max(column.versions), default=None)


@dataclass(frozen=True, slots=True)
class StandardIndex:
    """An index of OHDSI's published DDL; all of them are ascending and not unique."""

    name: str
    table: str
    columns: tuple[str, ...]


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files(__package__) / name).read_text("utf-8")
    return csv.DictReader(text.splitlines())


def _column(row: dict[str, str]) -> Column:
    table, _, column = row["references"].partition(".")
    return Column(
        name=row["column"],
        type=row["type"],
        required=row["required"] == "yes",
        primary_key=row["primary_key"] == "yes",
        references=(table, column) if table else None,
        versions=frozenset(row["versions"].split()),
        domain=row["domain"],
    )


def _tables() -> Iterator[Table]:
    for (name, area), rows in groupby(_rows("cdm.csv"), key=lambda row: (row["table"], row["area"])):
        yield Table(name, area, tuple(map(_column, rows)))


TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in _tables()})
"""All tables of CDM 5.3 and 5.4 by lower-case name."""

_RENAMES = {(row["table"], row["column"]): row["old"] for row in _rows("renames.csv")}


def renamed(table: str, column: str) -> str | None:
    """The name that a 5.4 column has in CDM 5.3; None where the name is the same or the column is new.

    >>> renamed("visit_occurrence", "admitted_from_concept_id")
    'admitting_source_concept_id'
    """
    return _RENAMES.get((table, column))


@cache
def current_names(table: str) -> Mapping[str, str]:
    """The 5.4 name of each column of the table that CDM 5.3 names otherwise: old name -> new name."""
    return MappingProxyType({old: new for (of, new), old in _RENAMES.items() if of == table})


@cache
def standard_indexes() -> tuple[StandardIndex, ...]:
    """OHDSI's published indexes, without those that only repeat a primary key."""
    named = (StandardIndex(r["name"], r["table"], tuple(r["columns"].split())) for r in _rows("indexes.csv"))
    return tuple(index for index in named if index.columns != (TABLES[index.table].primary_key,))
