"""PostgreSQL takes the rows that resources become: those of every golden case, and those of generated resources."""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omop_fhir.omop import ddl
from omop_fhir.plan.owned import KeyOf, OwnedRow
from tests.fixtures.databases import NewDatabase
from tests.unit.plan.test_golden import CASES, run
from tests.unit.plan.test_projection import LIKELY, any_of_r4, projected

Connection: TypeAlias = "asyncpg.Connection[Any]"
RESERVED = 1_000_000_000


async def insert(connection: Connection, rows: tuple[OwnedRow, ...]) -> int:
    """Insert the rows of one resource, each with a key of its own; how many there are."""
    keys: list[int] = []
    for row in rows:
        keys.append(RESERVED + len(keys))
        given = {row.key: keys[-1]} if row.key else {}
        values = {**given, **row.columns, **row.initial}
        names = ", ".join(map(ddl.quote, values))
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        arguments = (keys[value.row] if isinstance(value, KeyOf) else value for value in values.values())
        await connection.execute(f"INSERT INTO cdm.{ddl.quote(row.table)} ({names}) VALUES ({places})", *arguments)
    return len(keys)


async def open_cdm(url: str, version: str) -> Connection:
    """A connection to a fresh CDM."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE SCHEMA cdm")
    await connection.execute(";".join(ddl.create_tables("cdm", version)))
    return connection


@pytest.mark.parametrize("version", ["5.3", "5.4"])
async def test_the_rows_of_every_case_can_be_inserted(new_database: NewDatabase, version: str) -> None:
    connection = await open_cdm(await new_database(), version)
    inserted = 0
    try:
        for case in CASES:
            if str(case.content.get("cdm", "5.4")) == version:
                inserted += await insert(connection, run(case).rows)
        assert inserted == sum(
            len(case.content.get("rows", ())) for case in CASES if str(case.content.get("cdm", "5.4")) == version
        )
        assert inserted
    finally:
        await connection.close()


async def test_the_rows_of_any_resource_can_be_inserted(new_database: NewDatabase) -> None:
    connection = await open_cdm(await new_database(), "5.4")
    projections: list[tuple[OwnedRow, ...]] = []

    @settings(
        max_examples=300,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.sampled_from(sorted(LIKELY)).flatmap(any_of_r4))
    def draw(resource: dict[str, Any]) -> None:
        projections.append(projected(resource).rows)

    try:
        await asyncio.to_thread(draw)
        assert sum([await insert(connection, rows) for rows in projections]) > 100
    finally:
        await connection.close()
