"""`omop-fhir check`: what a data engineer reads about her database, and what the exit code says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from click.testing import CliRunner, Result

from omop_fhir.cli import main
from omop_fhir.errors import ConfigurationError
from omop_fhir.omop import ddl
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.migrate import migrate
from omop_fhir.store.postgresql.session import session
from tests.fixtures.databases import administer, create_database, database_url, drop_database


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    """Name of a small generated database; others are made of it."""
    name = asyncio.run(create_database(postgres_url))
    asyncio.run(generate_database(database_url(postgres_url, name), schema="cdm", persons=200))
    yield name
    asyncio.run(drop_database(postgres_url, name))


class Database:
    """A database of one test, and `omop-fhir check` of it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, sql: str) -> None:
        asyncio.run(self._run(sql))

    async def _run(self, sql: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"SET search_path = cdm; {sql}")
        finally:
            await connection.close()

    def check(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["check", "--database-url", self.url, "--cdm-schema", "cdm", *arguments])

    def findings(self, group: str, *arguments: str) -> list[dict[str, Any]]:
        result = self.check("--json", *arguments)
        return [f for f in json.loads(result.output)["findings"] if f["group"] == group]


Made = Callable[..., Database]


@pytest.fixture
def made(postgres_url: str) -> Iterator[Made]:
    names: list[str] = []

    def make(template: str | None = None, version: str | None = None) -> Database:
        names.append(asyncio.run(create_database(postgres_url, template=template)))
        database = Database(database_url(postgres_url, names[-1]))
        if version:
            database.run(f"CREATE SCHEMA cdm; {';'.join(ddl.create_tables('cdm', version))}")
        return database

    yield make
    for name in names:
        asyncio.run(drop_database(postgres_url, name))


@pytest.fixture(scope="module")
def healthy(postgres_url: str, template: str) -> Database:
    """The template itself: read only."""
    return Database(database_url(postgres_url, template))


def test_a_healthy_database_is_told_in_groups_with_what_could_be_better(healthy: Database) -> None:
    result = healthy.check("--time-zone", "Europe/Berlin")
    assert result.exit_code == 0
    assert "✓ CDM 5.4: cdm_source.cdm_version is '5.4'" in result.output
    assert "0 not served" in result.output
    for group in ("Database", "Identifiers", "Indexes"):
        assert f"\n{group}\n" in result.output
    assert "\x1b" not in result.output


def test_what_is_as_it_should_be_is_shown_on_demand(healthy: Database) -> None:
    line = "✓ Patient is served from person"
    assert line not in healthy.check().output
    assert line in healthy.check("--all").output


def test_an_absent_table_withdraws_its_resource_and_fails(made: Made, template: str) -> None:
    database = made(template)
    database.run("DROP TABLE procedure_occurrence; DROP TABLE death")
    result = database.check()
    assert result.exit_code == 1
    assert "✗ Procedure is not served: table procedure_occurrence: there is no table cdm.procedure_occurrence" in (
        result.output
    )
    assert re.search(r"! Patient: .*deceased.* stays empty: table death: there is no table cdm.death", result.output)
    assert "! Patient?death-date is not offered" in result.output
    assert "1 not served" in result.output


def test_another_schema_is_told_in_one_line_with_the_one_that_is_meant(healthy: Database) -> None:
    result = healthy.check("--cdm-schema", "public")
    assert result.exit_code == 1
    errors = [line for line in result.output.splitlines() if "✗" in line]
    assert errors == ["  ✗ the schema public holds no table of a CDM — --cdm-schema names the one that does: cdm"]


def test_a_database_that_is_not_named_is_told_with_its_variable() -> None:
    output = CliRunner().invoke(main, ["check"], env={"OMOP_FHIR_DATABASE_URL": None}).output
    assert "Missing option '--database-url' (env var: 'OMOP_FHIR_DATABASE_URL')" in output


def test_cdm_5_3_is_known_by_its_names(made: Made) -> None:
    database = made(version="5.3")
    result = database.check("--all")
    assert result.exit_code == 0
    assert "CDM 5.3: cdm_source names no version" in result.output
    assert "✓ visit_occurrence.admitting_source_concept_id serves as admitted_from_concept_id" in result.output
    assert "✓ CDM 5.3 has no procedure_occurrence.procedure_end_date (Procedure: performed)" in result.output
    assert "! no concepts: table concept: it is empty" in result.output
    assert "never analysed" not in result.output, "tables without rows are as well known as they can be"
    assert "! no cdm_source: it is empty; statuses are `unknown`, no meta.lastUpdated" in result.output


def test_tables_with_rows_that_were_never_analysed_are_named_with_one_statement(made: Made) -> None:
    database = made(version="5.4")
    database.run("INSERT INTO care_site (care_site_id) VALUES (1); INSERT INTO location (location_id) VALUES (1)")
    (finding,) = (each for each in database.findings("Indexes") if "never analysed" in each["message"])
    assert finding["message"] == "never analysed, so that the planner guesses: care_site, location"
    assert finding["sql"] == 'ANALYZE "cdm"."care_site", "cdm"."location";'
    database.run(finding["sql"])
    assert not any("never analysed" in each["message"] for each in database.findings("Indexes"))


def test_columns_that_are_missing_or_of_a_useless_type_are_named_with_what_they_feed(made: Made, template: str) -> None:
    database = made(template)
    database.run(
        "ALTER TABLE person DROP COLUMN person_source_value;"
        "ALTER TABLE person ALTER provider_id TYPE text;"
        "ALTER TABLE drug_exposure ALTER drug_exposure_start_date TYPE text;"
    )
    output = database.check().output
    assert "! person.person_source_value is absent: Patient: identifier.person_source_value without it" in output
    assert "! person.provider_id is text and not a number: it is served as absent" in output
    assert "! Patient?general-practitioner is not offered" in output
    assert "! drug_exposure.drug_exposure_start_date is text and not a date" in output


def test_releases(made: Made, template: str) -> None:
    database = made(template)
    database.run(
        "INSERT INTO cdm_source SELECT * FROM cdm_source;"
        "ALTER TABLE cdm_source ALTER source_release_date DROP NOT NULL;"
        "UPDATE cdm_source SET source_release_date = NULL"
    )
    output = database.check("--all").output
    assert "· cdm_source has 2 rows: the newest cdm_release_date counts" in output
    assert "! cdm_source.source_release_date is empty: statuses are `unknown`" in output
    assert "✓ cdm_source.cdm_release_date is " in output


def test_the_time_zone_is_asked_for(healthy: Database) -> None:
    assert "! no time zone declared: timestamps are served as dates — say --time-zone" in healthy.check().output
    assert "timestamps are on the clock of UTC" in healthy.check("--time-zone", "UTC", "--all").output


def test_concepts_of_code_tables_that_are_absent_or_not_standard(made: Made, template: str) -> None:
    database = made(template)
    database.run(
        "DELETE FROM concept WHERE concept_id = 38003563;"
        "UPDATE concept SET standard_concept = NULL WHERE concept_id = 38003564"
    )
    messages = {f["message"] for f in database.findings("Concepts")}
    assert "tables/ethnicity.csv: 1 of 2 concepts are absent: 38003563" in messages
    assert "tables/ethnicity.csv: concepts that are not standard: 38003564" in messages


def test_identifier_systems_that_the_site_has_not_named(healthy: Database, tmp_path: Path) -> None:
    line = "Patient.identifier from person.person_source_value has no system of its own"
    assert line in healthy.check().output
    (tmp_path / "patient.yaml").write_text(
        "elements:\n  identifier:\n    of:\n      person_source_value: {codec: identifier, "
        "value: person.person_source_value, system: 'urn:oid:1.2.3'}\n"
    )
    assert line not in healthy.check("--mappings", str(tmp_path)).output


def test_a_missing_index_comes_with_the_statement_that_makes_it(made: Made, template: str) -> None:
    database = made(template)
    database.run("DROP INDEX idx_procedure_person_id_1")
    place = "procedure_occurrence (person_id) for Patient compartment of Procedure, Procedure?patient"
    (finding,) = [f for f in database.findings("Indexes") if f["message"].startswith(place)]
    assert finding["level"] == "advice"
    assert "(OHDSI standard: idx_procedure_person_id_1)" in finding["message"]
    assert database.check().exit_code == 0
    asyncio.run(administer(database.url, finding["sql"]))
    (finding,) = [f for f in database.findings("Indexes") if f["message"].startswith(place)]
    assert finding["level"] == "ok"
    assert finding["message"].endswith(": idx_procedure_person_id_1")


def test_every_proposed_index_can_be_made_and_is_then_found(made: Made, template: str) -> None:
    database = made(template)
    proposed = [f["sql"] for f in database.findings("Indexes") if f["sql"]]
    assert proposed
    for sql in proposed:
        asyncio.run(administer(database.url, sql))
    assert not [f for f in database.findings("Indexes") if f["level"] != "ok"]


def test_keys_that_are_not_unique_or_nearly_used_up(made: Made, template: str) -> None:
    database = made(template)
    database.run(
        "ALTER TABLE care_site DROP CONSTRAINT xpk_care_site;"
        "INSERT INTO care_site SELECT * FROM care_site WHERE care_site_id = 1; ANALYZE care_site;"
        "DELETE FROM provider; ALTER TABLE provider ALTER provider_id TYPE integer;"
        "INSERT INTO provider (provider_id) VALUES (2147483000)"
    )
    output = database.check().output
    assert "! care_site.care_site_id is not unique: 1; a read gives one of the rows" in output
    assert "! provider.provider_id is integer and goes up to 2,147,483,000: 0 % left to 2^31" in output


def test_references_that_point_at_nothing_are_counted_on_demand(made: Made, template: str) -> None:
    database = made(template)
    database.run("UPDATE procedure_occurrence SET provider_id = NULL;"
                 "UPDATE procedure_occurrence SET provider_id = 987654 WHERE procedure_occurrence_id IN "
                 "(SELECT procedure_occurrence_id FROM procedure_occurrence LIMIT 3)")  # fmt: skip
    line = "! procedure: performer.actor from procedure.provider_id: 3 rows point at no Practitioner"
    assert line in database.check("--deep").output
    assert line not in database.check().output


def test_rights_of_the_role(made: Made, template: str) -> None:
    database = made(template)
    role = f"reader_{uuid4().hex[:8]}"
    database.run(
        f"CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA cdm TO {role};"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA cdm TO {role};"
        f"REVOKE SELECT ON person, condition_occurrence FROM {role};"
        f"GRANT SELECT (person_id, year_of_birth) ON person TO {role}"
    )
    try:
        reader = Database(as_role(database.url, role))
        result = reader.check("--all")
        assert f"✓ role {role} may read and not write" in result.output
        assert f"! role {role} may not read person.gender_concept_id" in result.output
        assert "✗ Condition is not served: table condition_occurrence: no SELECT privilege" in result.output
        assert result.exit_code == 1
    finally:
        database.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def as_role(url: str, role: str) -> str:
    """The URL with another user, who has the password of the test above."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{role}:secret@{rest.rpartition('@')[2] if '@' in rest else rest}"


def test_json_counts_and_tells_all(healthy: Database) -> None:
    found = json.loads(healthy.check("--json").output)
    assert found["serves_all"] is True
    assert found["counts"]["error"] == 0
    assert sum(found["counts"].values()) == len(found["findings"])


def test_a_database_that_is_away_is_one_line() -> None:
    result = CliRunner().invoke(main, ["check", "--database-url", "postgresql://me:secret@127.0.0.1:1/x"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: cannot connect to the database: ")
    assert result.output.count("\n") == 1


def test_nothing_is_changed(healthy: Database) -> None:
    """The session is read-only, whatever the role may do."""

    async def write() -> None:
        async with session(healthy.url, 5) as at:
            await at.fetch("DELETE FROM cdm.death")

    with pytest.raises(ConfigurationError, match="read-only transaction"):
        asyncio.run(write())


def test_of_writing_without_a_schema_of_our_own(healthy: Database) -> None:
    (finding,) = healthy.findings("Writes")
    assert (finding["level"], finding["todo"]) == ("advice", "omop-fhir migrate, if this server shall write")


def test_of_writing(made: Made, template: str) -> None:
    database = made(template)
    asyncio.run(migrate(database.url, "omop_fhir"))
    found = {each["message"]: each["level"] for each in database.findings("Writes")}
    assert found["the schema omop_fhir is there and current"] == "ok"
    assert found["keys 2,000,000,000 to 2,147,483,647 are ours: 147,483,648 left (100 %), 147,483,648 of them up to 2^31"] == "ok"
    assert found["no document is withheld: the rows stand as they were written"] == "ok"
    assert found["person: our range of keys holds no rows of others"] == "ok"


def test_of_writing_where_keys_run_out_and_are_taken(made: Made, template: str) -> None:
    database = made(template)
    asyncio.run(migrate(database.url, "omop_fhir"))
    database.run("SELECT setval('omop_fhir.key', 2147483000)")
    database.run("INSERT INTO person SELECT 2000000007, 8507, 1950, 1, 1, NULL, 0, 0")
    levels = {each["message"]: each["level"] for each in database.findings("Writes")}
    assert levels["keys 2,000,000,000 to 2,147,483,647 are ours: 647 left (0 %), 647 of them up to 2^31"] == "warning"
    taken = "person: others have rows in our range of keys: 2000000007; they are not served, and may be in the way"
    assert levels[taken] == "warning"


def test_of_writing_what_was_withheld(made: Made, template: str) -> None:
    database = made(template)
    asyncio.run(migrate(database.url, "omop_fhir"))
    database.run(
        "INSERT INTO omop_fhir.document VALUES (1, 1, 2000000000, 'Patient', 'x', 1, now(), 1, '{}', 'f');"
        "INSERT INTO omop_fhir.owned_row VALUES (1, 'person', 2000000000, 'person:0', '{}', 'f')"
    )
    (finding,) = (each for each in database.findings("Writes") if each["level"] == "warning")
    assert finding["message"] == "1 rows of documents are gone or another person's: these are withheld; 0 changed"
    assert finding["todo"] == "omop-fhir reconcile"


def test_of_writing_without_rights(made: Made, template: str) -> None:
    database = made(template)
    asyncio.run(migrate(database.url, "omop_fhir"))
    role = f"reader_{uuid4().hex[:8]}"
    database.run(
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA cdm, omop_fhir TO {role};"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA cdm, omop_fhir TO {role}; GRANT SELECT ON SEQUENCE omop_fhir.key TO {role}"
    )
    try:
        reader = Database(re.sub(r"//[^@]*@", f"//{role}:x@", database.url))
        (finding,) = (each for each in reader.findings("Writes") if "may not" in each["message"])
        assert finding["message"].startswith("the role may not INSERT, UPDATE, DELETE in care_site, condition_occurrence, ")
        assert finding["message"].endswith(", visit_occurrence: what becomes of these is only read")
        database.run(finding["sql"])
        assert not any("may not" in each["message"] for each in reader.findings("Writes"))
    finally:
        database.run(f"DROP OWNED BY {role}; DROP ROLE {role}")
