"""`omop-fhir coverage`: counts of a small database that can be counted by hand."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from omop_fhir.cli import main
from omop_fhir.omop import ddl
from omop_fhir.store.inspection.coverage import Sample, known
from omop_fhir.store.postgresql.session import session
from omop_fhir.store.schema import introspect
from tests.fixtures.databases import create_database, database_url, drop_database

CONCEPT = "(concept_id, concept_name, domain_id, vocabulary_id, concept_class_id, standard_concept, concept_code, " \
          "valid_start_date, valid_end_date)"  # fmt: skip
ROWS = f"""
INSERT INTO concept {CONCEPT} VALUES
  (8507, 'MALE', 'Gender', 'Gender', 'Gender', 'S', 'M', '1970-01-01', '2099-12-31'),
  (1001, 'A', 'Procedure', 'SNOMED', 'Procedure', 'S', '1', '1970-01-01', '2099-12-31'),
  (1002, 'B', 'Procedure', 'Site', 'Procedure', NULL, 'b', '1970-01-01', '2099-12-31');
INSERT INTO person (person_id, gender_concept_id, year_of_birth, race_concept_id, ethnicity_concept_id,
                    person_source_value, race_source_concept_id)
VALUES (1, 8507, 1980, 0, 0, 'p1', 9), (2, 8507, 1981, 0, 0, '  ', NULL), (3, 0, 1982, 0, 0, NULL, 0),
       (4, 4711, 1983, 0, 0, 'p4', 0);
INSERT INTO procedure_occurrence (procedure_occurrence_id, person_id, procedure_concept_id, procedure_date,
                                  procedure_type_concept_id, procedure_source_concept_id)
SELECT n, 1, CASE WHEN n <= 7 THEN 1001 WHEN n <= 9 THEN 1002 ELSE 77 END, '2020-01-01', 0, 0
FROM generate_series(1, 10) n;
INSERT INTO death (person_id, death_date, cause_concept_id) VALUES (1, '2021-01-01', 1001), (1, '2021-01-02', NULL);
INSERT INTO measurement (measurement_id, person_id, measurement_concept_id, measurement_date,
                         measurement_type_concept_id)
VALUES (1, 1, 0, '2020-01-01', 0);
INSERT INTO visit_detail (visit_detail_id, person_id, visit_detail_concept_id, visit_detail_start_date,
                          visit_detail_end_date, visit_detail_type_concept_id, visit_occurrence_id)
VALUES (1, 1, 0, '2020-01-01', '2020-01-01', 0, 1);
DROP TABLE drug_exposure; ALTER TABLE person DROP COLUMN location_id; ALTER TABLE person ADD COLUMN "our own" text;
UPDATE person SET "our own" = 'x' WHERE person_id = 1; ALTER TABLE death ADD COLUMN autopsy boolean;
UPDATE death SET autopsy = false WHERE cause_concept_id IS NULL; ALTER TABLE death ADD COLUMN empty integer;
"""

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def counted(postgres_url: str) -> Iterator[str]:
    """URL of a database that holds the rows above; read only."""
    name = asyncio.run(create_database(postgres_url))
    url = database_url(postgres_url, name)
    asyncio.run(fill(url))
    yield url
    asyncio.run(drop_database(postgres_url, name))


async def fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        tables = ";".join(ddl.create_tables("cdm", "5.4"))
        await connection.execute(f"CREATE SCHEMA cdm; {tables}; SET search_path = cdm; {ROWS} ANALYZE;")
    finally:
        await connection.close()


@pytest.fixture
def run(counted: str) -> Run:
    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["coverage", "--database-url", counted, "--cdm-schema", "cdm", *arguments])

    return command


@pytest.fixture
def found(run: Run) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(run("--json").output)
    return loaded


def resource(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(r for r in found["resources"] if r["resource"] == name)


def element(found: dict[str, Any], name: str, path: str, column: str) -> dict[str, Any]:
    elements = resource(found, name)["elements"]
    return next(e for e in elements if (e["element"], e["column"]) == (path, column))


def test_rows_filled_do_not_count_blanks(found: dict[str, Any]) -> None:
    value = element(found, "Patient", "identifier.person_source_value", "person.person_source_value")
    assert (value["filled"], value["percent"], value["codec"], value["zero"]) == (2, 50.0, "identifier", None)


def test_concepts_are_counted_as_zero_as_absent_and_outside_the_code_table(found: dict[str, Any]) -> None:
    gender = element(found, "Patient", "gender", "person.gender_concept_id")
    assert {k: gender[k] for k in ("filled", "zero", "absent", "untabled")} == {
        "filled": 3, "zero": 1, "absent": 1, "untabled": 1,
    }  # fmt: skip


def test_concepts_without_a_fhir_system_are_counted_by_vocabulary(found: dict[str, Any]) -> None:
    code = element(found, "Procedure", "code", "procedure_occurrence.procedure_concept_id")
    assert (code["filled"], code["absent"], code["without_system"]) == (10, 1, {"Site": 2})


def test_joined_rows_are_counted(found: dict[str, Any]) -> None:
    joins = {join["alias"]: join["rows"] for join in resource(found, "Patient")["joins"]}
    assert joins["death"] == 1
    assert element(found, "Patient", "deceased", "death.death_date")["filled"] == 2


def test_filled_columns_and_tables_that_nothing_reads_are_named(found: dict[str, Any]) -> None:
    columns = resource(found, "Patient")["unread"]
    assert ["person.our own", 1] in columns
    assert ["death.autopsy", 1] in columns
    assert "death.empty" not in dict(columns)
    unread = {table["name"]: (table["rows"], table["note"]) for table in found["unread"]}
    assert unread == {"measurement": (1, ""), "visit_detail": (1, "mapping encounter-visit-detail is off")}


def test_what_cannot_be_served_is_said(run: Run, found: dict[str, Any]) -> None:
    assert found["withdrawn"][0][0] == "medication-statement"
    output = run().output
    assert "medication-statement is not served: table drug_exposure: there is no table cdm.drug_exposure" in output


def test_the_table_for_people(run: Run) -> None:
    output = run().output
    assert "Patient: 4 rows of person" in output
    assert "1 (25.0 %) have death (table death)" in output
    assert re.search(
        r"^  gender  code\n +gender_concept_id +3 +75.0 %  1 concept 0, 1 not in concept, 1 not in code table$",
        output, re.M,
    )  # fmt: skip
    assert re.search(r"procedure_concept_id +10 +100.0 %  1 not in concept, without FHIR system: Site 2$", output, re.M)
    assert re.search(r"^ +location.city +absent$", output, re.M)
    assert "measurement: 1 rows" in output


def test_a_sample_says_that_it_is_one(run: Run) -> None:
    output = run("--sample", "100", "--sample-above", "5").output
    assert "Procedure: a sample of 100 % of procedure_occurrence: 10 rows" in output
    assert "Patient: 4 rows of person" in output


def test_a_sample_is_a_percentage(run: Run) -> None:
    result = run("--sample", "0")
    assert result.exit_code == 2
    assert "0.0 is not in the range" in result.output


class Closed(HTMLParser):
    """Which tags are open, and what is referred to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "wbr"):
            self.open.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href") and value and value[0] != "#"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_self_contained_and_escaped(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "coverage.html"
    result = run("--html", str(file))
    assert (result.exit_code, result.output) == (0, f"written: {file}\n")
    page = file.read_text(encoding="utf-8")
    parser = Closed()
    parser.feed(page)
    assert (parser.open, parser.outside) == ([], [])
    assert "prefers-color-scheme: dark" in page
    assert "<code>person.our own</code> 1" in page
    assert "url(" not in page


def test_without_concepts_it_still_counts(counted: str, run: Run) -> None:
    result = run("--vocabulary-schema", "elsewhere", "--json")
    found = json.loads(result.output)
    assert found["has_concepts"] is False
    assert element(found, "Patient", "gender", "person.gender_concept_id")["filled"] == 3


MATERIALIZED = """
ALTER TABLE cdm.person RENAME TO person_; CREATE MATERIALIZED VIEW cdm.person AS SELECT * FROM cdm.person_;
ANALYZE cdm.person
"""
FOREIGN = """
DROP TABLE cdm.person; CREATE EXTENSION file_fdw; CREATE SERVER elsewhere FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE cdm.person (person_id bigint) SERVER elsewhere OPTIONS (filename '/nowhere')
"""


@pytest.fixture
def altered(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """Gives the URL of a database of its own with the rows above, after a script."""
    names: list[str] = []

    def make(sql: str) -> str:
        names.append(asyncio.run(create_database(postgres_url)))
        url = database_url(postgres_url, names[-1])
        asyncio.run(fill(url))
        asyncio.run(run_script(url, sql))
        return url

    yield make
    for name in names:
        asyncio.run(drop_database(postgres_url, name))


async def run_script(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    except asyncpg.FeatureNotSupportedError:
        pytest.skip("this PostgreSQL has no file_fdw")
    finally:
        await connection.close()


def test_a_view_is_read_whole(altered: Callable[[str], str]) -> None:
    url = altered(MATERIALIZED)
    arguments = ["coverage", "--database-url", url, "--cdm-schema", "cdm", "--sample", "50", "--sample-above", "1"]
    output = CliRunner().invoke(main, arguments).output
    assert "Patient: 4 rows of person" in output
    assert "Procedure: a sample of 50 % of procedure_occurrence" in output


def test_a_foreign_table_is_read_whole(altered: Callable[[str], str]) -> None:
    """PostgreSQL refuses TABLESAMPLE for it."""

    async def percents(url: str) -> list[float | None]:
        async with session(url, 5) as at:
            sample = await known(at, Sample(50, 1))
            schema = await introspect(at.connection, "cdm", "cdm")
        tables = (schema.tables[name] for name in ("person", "procedure_occurrence"))
        return [sample.of(replace(table, row_estimate=10)) for table in tables]

    assert asyncio.run(percents(altered(FOREIGN))) == [None, 50]
