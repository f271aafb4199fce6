"""The statements of the fixture pairs on a real PostgreSQL: each runs, and conditions mean what they mean in Python."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from omop_fhir.fhir.dates import date_range
from omop_fhir.fhir.values import DateValue, Token
from omop_fhir.mapping.bind import Bound
from omop_fhir.omop.ddl import create_tables
from omop_fhir.query.scope import Scope
from omop_fhir.query.statement import Arguments
from omop_fhir.query.where import Where
from tests.fixtures.databases import NewDatabase
from tests.unit.mapping.cdm_database import SITE, ZONELESS, bounds, database
from tests.unit.mapping.oracle import holds
from tests.unit.query.case import cases, files

ZONE = "Europe/Berlin"


@pytest.fixture
async def cdm(new_database: NewDatabase, migrated_template: str) -> Any:
    """Connections to empty CDMs by version, in databases with our own schema."""
    connections = {}
    for version in ("5.4", "5.3"):
        url = await new_database(template=migrated_template)
        connections[version] = await asyncpg.connect(url)
        await connections[version].execute("CREATE SCHEMA cdm")
        for statement in create_tables("cdm", version):
            await connections[version].execute(statement)
    yield connections
    for connection in connections.values():
        await connection.close()


async def test_every_statement_of_the_pairs_runs(cdm: dict[str, asyncpg.Connection]) -> None:
    for case in (case for file in files() for case in cases(file)):
        altered = [option.split("=") for option in case.options if "." in option.split("=")[0]]
        connection = cdm[case._option("cdm") or "5.4"]
        if case.expected.startswith(("-- refused", "-- no statement")):
            continue
        statement = case.statement()
        transaction = connection.transaction()
        await transaction.start()
        for column, type in altered:
            table, _, name = column.partition(".")
            change = f"DROP COLUMN {name} CASCADE" if type == "absent" else f"ALTER COLUMN {name} TYPE {type}"
            await connection.execute(f"ALTER TABLE cdm.{table} {change}")
        if gone := case._option("no"):
            await connection.execute(f"DROP TABLE cdm.{gone} CASCADE")
        found = await connection.fetch(statement.text, *statement.args)
        assert [row[0] for row in found] == ([0] if "count" in case.options else []), case.name
        await transaction.rollback()


DAYS = ["2020-01-01", "2023-10-29", "infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "9999-12-31", None]
TIMES = ["2020-01-01 00:00:00", "2020-01-01 10:20:30", "2020-01-01 10:20:30.5", "2023-10-29 02:30:00", "infinity", None]
VALUES = [
    "2020",
    "2020-01-01",
    "2020-01-01T10:20:30+01:00",
    "2020-01-01T10:20:30.5+01:00",
    "2023-10-29T02:30:00+01:00",
    "9999-12-31",
]
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")


async def insert(connection: asyncpg.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        columns = ", ".join(row)
        values = ", ".join(
            "NULL" if value is None else "'" + str(value).replace("'", "''") + "'" for value in row.values()
        )
        await connection.execute(f"INSERT INTO cdm.{table} ({columns}) VALUES ({values})")


async def agrees(connection: asyncpg.Connection, bound: Bound, predicates: list[Any]) -> int:
    """The rows that PostgreSQL finds are those for which the predicate holds; how many were found in all."""
    base = bound.mapping.base
    columns = [column for column in bound.columns if column.alias == base.alias]
    names = ", ".join(f"{Scope(bound, ZONE).selected(column)} AS {column.name}" for column in columns)
    records = await connection.fetch(f'SELECT {names} FROM cdm.{base.table} "{base.alias}"')
    rows = [{column: record[column.name] for column in columns} for record in records]
    found_in_all = 0
    for predicate in predicates:
        args = Arguments()
        where = Where(Scope(bound, ZONE), args, {}, database()).sql(predicate)
        sql = f'SELECT {base.key} FROM cdm.{base.table} "{base.alias}" WHERE {where}'
        found = {record[0] for record in await connection.fetch(sql, *args.values)}
        assert found == {row[bound.mapping.key] for row in rows if holds(predicate, row)}, predicate
        found_in_all += len(found)
    return found_in_all


@pytest.mark.parametrize("site", [SITE, ZONELESS], ids=["zone", "zoneless"])
async def test_conditions_on_dates_mean_the_same(cdm: dict[str, asyncpg.Connection], site: Any) -> None:
    connection, bound = cdm["5.4"], bounds()["procedure"]
    combined = [(d, t, ed, et) for d in DAYS if d for t in TIMES for ed in DAYS for et in TIMES]
    rows = [
        dict(zip(
            ("procedure_occurrence_id", "person_id", "procedure_concept_id", "procedure_type_concept_id",
             "procedure_date", "procedure_datetime", "procedure_end_date", "procedure_end_datetime"),
            (number, 1, 0, 0, *row), strict=True,
        ))
        for number, row in enumerate(combined[::3])
    ]  # fmt: skip
    await insert(connection, "procedure_occurrence", rows)
    codec = bound.search["date"].codec
    sought = [DateValue(prefix, *date_range(text)) for prefix in PREFIXES for text in VALUES]  # type: ignore[arg-type]
    assert await agrees(connection, bound, [codec.search(value, site) for value in sought]) > 100


async def test_conditions_on_births_mean_the_same(cdm: dict[str, asyncpg.Connection]) -> None:
    connection, bound = cdm["5.4"], bounds()["patient"]
    parts = [(y, m, d) for y in (0, 1980, 10000) for m in (None, 0, 1, 2, 12, 13) for d in (None, 0, 1, 29, 30, 31)]
    names = ("person_id", "gender_concept_id", "race_concept_id", "ethnicity_concept_id",
             "year_of_birth", "month_of_birth", "day_of_birth", "person_source_value")  # fmt: skip
    texts = (None, "", " ", "\t\n", "\u00a0", "x")
    rows = [dict(zip(names, (n, 8507, 0, 0, *row, texts[n % 6]), strict=True)) for n, row in enumerate(parts)]
    await insert(connection, "person", rows)
    dates = ["1980", "1980-02", "1980-02-29", "1980-02-28T10:00:00", "1980-01-01", "1980-12-31", "0001", "9999-12-31"]
    codec = bound.search["birthdate"].codec
    sought = [codec.search(DateValue(p, *date_range(text)), SITE) for p in PREFIXES for text in dates]  # type: ignore[arg-type]
    assert await agrees(connection, bound, sought) > 100
    tokens = [Token(None, "x"), Token(None, "5"), Token("https://fhir.example/fhir/identifier/person_id", None)]
    identifier = bound.search["identifier"].codec
    assert await agrees(connection, bound, [identifier.search(token, SITE) for token in tokens]) > 10


async def test_conditions_on_a_status_mean_the_same(cdm: dict[str, asyncpg.Connection]) -> None:
    connection, bound = cdm["5.4"], bounds()["medication-statement"]
    starts, ends = ["2020-01-01", "2024-06-30", "2024-07-01", "infinity"], ["2024-06-29", "2024-06-30", "infinity"]
    names = ("drug_exposure_id", "person_id", "drug_concept_id", "drug_type_concept_id", "drug_exposure_start_date",
             "drug_exposure_end_date", "stop_reason")  # fmt: skip
    combined = [(s, e, r) for s in starts for e in ends for r in (None, "", " ", "rash")]
    rows = [dict(zip(names, (n, 1, 0, 32865, *row), strict=True)) for n, row in enumerate(combined)]
    await insert(connection, "drug_exposure", rows)
    codec = bound.search["status"].codec
    codes = ("active", "completed", "stopped", "unknown", "intended")
    assert await agrees(connection, bound, [codec.search(Token(None, code), SITE) for code in codes]) == len(rows)
