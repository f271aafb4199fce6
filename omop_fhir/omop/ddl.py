"""CDM tables -> SQL that creates them in PostgreSQL, as OHDSI's published DDL does.

What enters: a schema name, a CDM version and names of tables. What leaves: one SQL statement per list entry.
Rejected: a table or version that the CDM does not have (`ValueError`).
https://github.com/OHDSI/CommonDataModel/tree/main/inst/ddl/5.4/postgresql
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from omop_fhir.omop.cdm import TABLES, VERSIONS, Column, StandardIndex, Table, standard_indexes


@lru_cache(10_000)
def quote(name: str) -> str:
    """The name as an SQL identifier: `note_nlp.offset` is a reserved word, a schema may be named anyhow.

    >>> quote('offset')
    '"offset"'
    """
    return '"' + name.replace('"', '""') + '"'


def create_tables(
    schema: str, version: str = "5.4", tables: Iterable[str] | None = None, *, big: bool = False
) -> list[str]:
    """CREATE TABLE for the named tables, or for all of the version; with `big`, keys of rows are bigint.

    Concept ids stay integer: OHDSI keeps them, and the site's own above 2,000,000,000, within 31 bits.
    """
    return [_create(schema, table, big) for table in _chosen(version, tables)]


def primary_keys(schema: str, version: str = "5.4", tables: Iterable[str] | None = None) -> list[str]:
    """ALTER TABLE ... ADD PRIMARY KEY for each table that has one."""
    return [
        f"ALTER TABLE {quote(schema)}.{quote(table.name)} ADD CONSTRAINT {quote('xpk_' + table.name)}"
        f" PRIMARY KEY ({quote(table.primary_key)})"
        for table in _chosen(version, tables)
        if table.primary_key
    ]


def indexes(schema: str, version: str = "5.4", tables: Iterable[str] | None = None) -> list[str]:
    """CREATE INDEX for OHDSI's standard indexes; those that only repeat a primary key are left out."""
    names = {table.name for table in _chosen(version, tables)}
    return [create_index(schema, index) for index in standard_indexes() if index.table in names]


def create_index(schema: str, index: StandardIndex) -> str:
    """The one CREATE INDEX statement."""
    columns = ", ".join(map(quote, index.columns))
    return f"CREATE INDEX {quote(index.name)} ON {quote(schema)}.{quote(index.table)} ({columns})"


def _chosen(version: str, names: Iterable[str] | None) -> Iterator[Table]:
    if version not in VERSIONS:
        raise ValueError(f"CDM version {version!r} is not known; known are {', '.join(VERSIONS)}")
    for name in TABLES if names is None else names:
        table = TABLES.get(name)
        chosen = table and table.of(version)
        if chosen and chosen.columns:
            yield chosen
        elif names is not None:
            raise ValueError(f"CDM {version} has no table {name!r}")


def _create(schema: str, table: Table, big: bool) -> str:
    lines = ",\n".join(f"    {_definition(column, big)}" for column in table.columns)
    return f"CREATE TABLE {quote(schema)}.{quote(table.name)} (\n{lines}\n)"


def _definition(column: Column, big: bool) -> str:
    kind = "bigint" if big and column.is_key else column.type
    return f"{quote(column.name)} {kind} {'NOT NULL' if column.required else 'NULL'}"
