"""The SQL that makes a CDM."""

from __future__ import annotations

import pytest

from omop_fhir.omop import ddl


def test_a_table_reads_as_ohdsi_publishes_it() -> None:
    assert ddl.create_tables("cdm", "5.4", ["death"]) == [
        'CREATE TABLE "cdm"."death" (\n'
        '    "person_id" integer NOT NULL,\n'
        '    "death_date" date NOT NULL,\n'
        '    "death_datetime" timestamp NULL,\n'
        '    "death_type_concept_id" integer NULL,\n'
        '    "cause_concept_id" integer NULL,\n'
        '    "cause_source_value" varchar(50) NULL,\n'
        '    "cause_source_concept_id" integer NULL\n)'
    ]


def test_big_keys_leave_concept_ids_as_they_are() -> None:
    [statement] = ddl.create_tables("cdm", "5.4", ["death"], big=True)
    assert '"person_id" bigint NOT NULL' in statement
    assert '"cause_concept_id" integer NULL' in statement


def test_reserved_words_and_odd_schema_names_are_quoted() -> None:
    [statement] = ddl.create_tables('my "cdm"', "5.4", ["note_nlp"])
    assert statement.startswith('CREATE TABLE "my ""cdm"""."note_nlp"')
    assert '"offset" varchar(50) NULL' in statement


def test_each_version_has_its_columns() -> None:
    [old] = ddl.create_tables("cdm", "5.3", ["visit_detail"])
    [new] = ddl.create_tables("cdm", "5.4", ["visit_detail"])
    assert '"visit_detail_parent_id"' in old
    assert '"parent_visit_detail_id"' in new
    assert '"admitted_from_concept_id"' not in old


def test_primary_keys_are_ohdsis_and_death_has_none() -> None:
    assert ddl.primary_keys("cdm", "5.4", ["person", "death"]) == [
        'ALTER TABLE "cdm"."person" ADD CONSTRAINT "xpk_person" PRIMARY KEY ("person_id")'
    ]
    assert (len(ddl.primary_keys("cdm", "5.3")), len(ddl.primary_keys("cdm"))) == (26, 28)


def test_indexes() -> None:
    assert ddl.indexes("cdm", tables=["death"]) == [
        'CREATE INDEX "idx_death_person_id_1" ON "cdm"."death" ("person_id")'
    ]


@pytest.mark.parametrize(
    ("version", "table", "message"),
    [("6.0", "person", "CDM version '6.0'"), ("5.3", "episode", "CDM 5.3 has no table 'episode'")],
)
def test_what_the_cdm_has_not_is_refused_by_name(version: str, table: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ddl.create_tables("cdm", version, [table])
