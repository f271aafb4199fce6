"""What the server learns of a database, whatever state that is in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, TypeAlias

import asyncpg
import pytest

from omop_fhir.omop import ddl
from omop_fhir.store.schema import fingerprint, introspect
from tests.fixtures.databases import NewDatabase

Connection: TypeAlias = "asyncpg.Connection[Any]"


@pytest.fixture
async def connection(new_database: NewDatabase) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(await new_database())
    yield connection
    await connection.close()


async def create(connection: Connection, schema: str, version: str = "5.4", tables: list[str] | None = None) -> None:
    await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    await connection.execute(";".join(ddl.create_tables(schema, version, tables)))


SOURCE = """INSERT INTO cdm.cdm_source (cdm_source_name, cdm_source_abbreviation, cdm_holder,
  source_release_date, cdm_release_date, cdm_version, cdm_version_concept_id, vocabulary_version)
  VALUES ($1, 'a', 'h', $2, $3, $4, 756265, $5)"""


async def test_version_and_dates_come_from_the_newest_release(connection: Connection) -> None:
    await create(connection, "cdm")
    old = ("old", date(2020, 1, 1), date(2020, 2, 1), "v5.3", "v1")
    new = ("new", date(2021, 1, 1), date(2021, 2, 1), "5.4.0", "v2")
    await connection.executemany(SOURCE, [new, old])
    found = await introspect(connection, "cdm", "cdm")
    assert (found.version, found.version_from) == ("5.4", "cdm_source.cdm_version is '5.4.0'")
    assert (found.source_release_date, found.cdm_release_date) == (date(2021, 1, 1), date(2021, 2, 1))
    assert found.vocabulary_version == "v2"


async def test_null_and_infinite_release_dates_are_no_date(connection: Connection) -> None:
    await create(connection, "cdm", "5.3")
    await connection.execute("INSERT INTO cdm.cdm_source (cdm_source_name, cdm_release_date) VALUES ('x', 'infinity')")
    found = await introspect(connection, "cdm", "cdm")
    assert (found.source_release_date, found.cdm_release_date) == (None, None)


@pytest.mark.parametrize("version", ["5.3", "5.4"])
async def test_without_cdm_source_the_columns_tell_the_version(connection: Connection, version: str) -> None:
    await create(connection, "cdm", version, ["person", "visit_occurrence"])
    found = await introspect(connection, "cdm", "cdm")
    assert found.version == version
    assert "columns" in found.version_from


async def test_a_stated_version_that_the_columns_deny_is_doubted(connection: Connection) -> None:
    await create(connection, "cdm", "5.3", ["visit_occurrence"])
    await create(connection, "cdm", "5.4", ["cdm_source"])
    await connection.execute("ALTER TABLE cdm.cdm_source DROP COLUMN cdm_version_concept_id")
    await connection.execute(
        "INSERT INTO cdm.cdm_source VALUES ('x', 'x', 'x', NULL, NULL, NULL, now(), now(), '5.4', 'v')"
    )
    found = await introspect(connection, "cdm", "cdm")
    assert found.version_from == "cdm_source.cdm_version is '5.4', though the columns are those of CDM 5.3"


async def test_an_empty_database_is_a_fact_and_no_error(connection: Connection) -> None:
    found = await introspect(connection, "cdm", "vocab")
    assert (found.version, dict(found.tables)) == (None, {})
    assert found.absent["person"] == "there is no schema cdm"
    assert found.absent["concept"] == "there is no schema vocab"


async def test_columns_of_5_3_are_found_by_their_5_4_names(connection: Connection) -> None:
    await create(connection, "cdm", "5.3")
    visit = (await introspect(connection, "cdm", "cdm")).tables["visit_occurrence"]
    assert visit.column("admitted_from_concept_id") == "admitting_source_concept_id"
    assert visit.column("visit_concept_id") == "visit_concept_id"
    assert visit.column("no_such_column") is None


async def test_vocabulary_tables_are_those_of_their_schema(connection: Connection) -> None:
    await create(connection, "cdm", tables=["person", "concept"])
    await create(connection, "vocab", tables=["person", "concept", "vocabulary"])
    await connection.execute("INSERT INTO vocab.vocabulary VALUES ('None', 'x', 'x', 'v5.0 29-AUG-24', 0)")
    found = await introspect(connection, "cdm", "vocab")
    assert (found.tables["person"].schema, found.tables["concept"].schema) == ("cdm", "vocab")
    assert found.vocabulary_version == "v5.0 29-AUG-24"


async def test_types_lengths_and_required_columns(connection: Connection) -> None:
    await create(connection, "cdm", tables=["person"])
    person = (await introspect(connection, "cdm", "cdm")).tables["person"]
    assert person.columns["birth_datetime"] == "timestamp without time zone"
    assert person.lengths["person_source_value"] == 50
    assert "gender_concept_id" in person.required
    assert "month_of_birth" not in person.required


async def test_indexes_with_order_predicate_expression_and_validity(connection: Connection) -> None:
    await create(connection, "cdm", tables=["visit_occurrence"])
    await connection.execute(
        """ALTER TABLE cdm.visit_occurrence ADD PRIMARY KEY (visit_occurrence_id);
        CREATE INDEX by_date ON cdm.visit_occurrence (person_id, visit_start_date DESC NULLS LAST);
        CREATE INDEX lowered ON cdm.visit_occurrence (lower(visit_source_value)) WHERE person_id > 5;
        CREATE INDEX broken ON cdm.visit_occurrence (visit_concept_id);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'cdm.broken'::regclass"""
    )
    visit = (await introspect(connection, "cdm", "cdm")).tables["visit_occurrence"]
    by_name = {index.name: index for index in visit.indexes}
    assert by_name["visit_occurrence_pkey"].primary
    assert by_name["by_date"].columns == ("person_id", "visit_start_date")
    assert by_name["by_date"].descending == (False, True)
    assert by_name["by_date"].nulls_first == (False, False)
    assert by_name["lowered"].columns == ("lower(visit_source_value::text)",)
    assert by_name["lowered"].predicate == "(person_id > 5)"
    assert visit.has_index("person_id")
    assert not visit.has_index("visit_concept_id")


async def test_views_partitions_and_estimates(connection: Connection) -> None:
    await create(connection, "real", tables=["person", "death"])
    await connection.execute(
        """CREATE SCHEMA cdm;
        CREATE VIEW cdm.person AS SELECT * FROM real.person;
        CREATE TABLE cdm.death (LIKE real.death) PARTITION BY RANGE (person_id);
        CREATE TABLE cdm.death_1 PARTITION OF cdm.death FOR VALUES FROM (0) TO (10);
        CREATE TABLE cdm.death_2 PARTITION OF cdm.death FOR VALUES FROM (10) TO (20);
        INSERT INTO cdm.death (person_id, death_date) SELECT i, now() FROM generate_series(0, 19) i;
        ANALYZE cdm.death_1; ANALYZE cdm.death_2"""
    )
    tables = (await introspect(connection, "cdm", "cdm")).tables
    assert (tables["person"].is_view, tables["person"].row_estimate) == (True, None)
    assert (tables["death"].is_view, tables["death"].row_estimate) == (False, 20)


async def test_unreadable_tables_count_as_absent_with_the_reason(connection: Connection) -> None:
    await create(connection, "cdm", tables=["person", "death", "note", "cdm_source", "vocabulary"])
    await create(connection, "vocab", tables=["vocabulary"])
    role = f"reader_{connection.get_server_pid()}"
    await connection.execute(
        f"""CREATE ROLE {role}; GRANT USAGE ON SCHEMA cdm TO {role}; GRANT SELECT ON cdm.person TO {role};
        GRANT SELECT (person_id) ON cdm.note TO {role}; SET ROLE {role}"""
    )
    found = await introspect(connection, "cdm", "vocab")
    assert found.absent["death"] == "no SELECT privilege on cdm.death"
    assert found.absent["vocabulary"] == "no USAGE privilege on schema vocab"
    assert dict(found.tables["note"].columns) == {"person_id": "integer"}
    before = await fingerprint(connection, "cdm", "vocab")
    await connection.execute(f"RESET ROLE; GRANT SELECT ON cdm.death TO {role}; SET ROLE {role}")
    assert await fingerprint(connection, "cdm", "vocab") != before
    await connection.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")


async def test_upper_case_tables_are_named_and_not_served(connection: Connection) -> None:
    await connection.execute('CREATE SCHEMA cdm; CREATE TABLE cdm."PERSON" (person_id int)')
    reason = (await introspect(connection, "cdm", "cdm")).absent["person"]
    assert "'PERSON' is named in upper case" in reason


async def test_the_fingerprint_stays_until_something_changes(connection: Connection) -> None:
    await create(connection, "cdm")
    found = await introspect(connection, "cdm", "cdm")
    await connection.execute("ANALYZE cdm.person")
    assert await fingerprint(connection, "cdm", "cdm") == found.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        "ALTER SCHEMA cdm RENAME TO before; ALTER SCHEMA next RENAME TO cdm",
        "DROP SCHEMA cdm CASCADE",
        "DROP TABLE cdm.cdm_source",
        "ALTER TABLE cdm.person ADD COLUMN extra int",
        "ALTER TABLE cdm.person ALTER person_id TYPE bigint",
        "TRUNCATE cdm.concept",
        "INSERT INTO cdm.cdm_source VALUES ('a', 'b', 'c', '', '', '', now(), now(), '5.4', 756265, 'v')",
        "INSERT INTO cdm.vocabulary VALUES ('None', 'x', 'x', 'v5.0', 0)",
    ],
)
async def test_the_fingerprint_notices(connection: Connection, change: str) -> None:
    await create(connection, "cdm")
    await create(connection, "next")
    before = await fingerprint(connection, "cdm", "cdm")
    await connection.execute(change)
    assert await fingerprint(connection, "cdm", "cdm") != before
    assert (await introspect(connection, "cdm", "cdm")).fingerprint == await fingerprint(connection, "cdm", "cdm")


async def test_a_view_that_cannot_be_read_is_no_error(connection: Connection) -> None:
    await create(connection, "real", tables=["cdm_source"])
    role = f"viewer_{connection.get_server_pid()}"
    await connection.execute(
        f"""CREATE SCHEMA cdm; CREATE ROLE {role};
        CREATE VIEW cdm.cdm_source AS SELECT * FROM real.cdm_source;
        ALTER VIEW cdm.cdm_source OWNER TO {role}; GRANT USAGE ON SCHEMA cdm TO {role}; SET ROLE {role}"""
    )
    found = await introspect(connection, "cdm", "cdm")
    assert found.cdm_release_date is None
    await connection.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")


async def test_tables_that_a_mapping_adds_are_looked_at_too(connection: Connection) -> None:
    await connection.execute("CREATE SCHEMA cdm; CREATE TABLE cdm.person_name (person_id int, family text)")
    found = await introspect(connection, "cdm", "cdm", extra=["person_name", "person_address"])
    assert found.tables["person_name"].columns["family"] == "text"
    assert found.absent["person_address"] == "there is no table cdm.person_address"


async def test_missing_indexes_are_those_of_tables_that_are_there(connection: Connection) -> None:
    await create(connection, "cdm", tables=["death", "visit_occurrence"])
    await connection.execute(
        """CREATE INDEX any_name ON cdm.death (person_id, death_date);
        ALTER TABLE cdm.visit_occurrence ADD PRIMARY KEY (visit_occurrence_id)"""
    )
    found = await introspect(connection, "cdm", "cdm")
    assert {(index.table, index.columns) for index in found.missing_indexes()} == {
        ("visit_occurrence", ("person_id",)),
        ("visit_occurrence", ("visit_concept_id",)),
    }
    await connection.execute("ALTER TABLE cdm.visit_occurrence DROP CONSTRAINT visit_occurrence_pkey")
    found = await introspect(connection, "cdm", "cdm")
    assert "xpk_visit_occurrence" in {index.name for index in found.missing_indexes()}
