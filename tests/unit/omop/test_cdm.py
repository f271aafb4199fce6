"""The CDM as data: what mappings, loader and check rely on."""

from __future__ import annotations

import pytest

from omop_fhir.omop.cdm import TABLES, VERSIONS, current_names, renamed, standard_indexes
from omop_fhir.omop.events import EVENTS, event_table


def test_every_table_of_both_versions_is_there() -> None:
    by_version = {version: {n for n, t in TABLES.items() if version in t.versions} for version in VERSIONS}
    assert (len(by_version["5.3"]), len(by_version["5.4"])) == (37, 39)
    assert by_version["5.4"] - by_version["5.3"] == {"episode", "episode_event", "cohort"}
    assert by_version["5.3"] - by_version["5.4"] == {"attribute_definition"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_names_each_column_once_and_refers_to_its_own(version: str) -> None:
    for table in TABLES.values():
        columns = table.of(version).columns
        assert len({column.name for column in columns}) == len(columns)
        for column in columns:
            if column.references:
                target = TABLES[column.references[0]].of(version)
                assert target.column(column.references[1])


def test_facts_that_differ_between_versions_are_told_apart() -> None:
    device = TABLES["device_exposure"]
    newest, old = device.column("unique_device_id"), device.of("5.3").column("unique_device_id")
    assert newest is not None
    assert old is not None
    assert (newest.type, old.type) == ("varchar(255)", "varchar(50)")
    assert TABLES["procedure_occurrence"].of("5.3").column("procedure_end_date") is None


def test_every_renamed_column_exists_on_both_sides() -> None:
    pairs = [(table, column, renamed(table.name, column.name)) for table in TABLES.values() for column in table.columns]
    found = [(table, new, old) for table, new, old in pairs if old]
    assert len(found) == 9
    for table, new, old in found:
        assert new.versions == {"5.4"}
        assert table.of("5.3").column(old or "") is not None
        assert current_names(table.name)[old or ""] == new.name


def test_names_that_did_not_change_have_no_old_name() -> None:
    assert renamed("visit_occurrence", "visit_concept_id") is None
    assert renamed("procedure_occurrence", "procedure_end_date") is None


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("person", "person_id", True),
        ("fact_relationship", "fact_id_1", True),
        ("cohort", "subject_id", True),
        ("cost", "cost_event_id", True),
        ("concept_relationship", "concept_id_1", False),
        ("concept_ancestor", "ancestor_concept_id", False),
        ("concept", "domain_id", False),
        ("person", "year_of_birth", False),
    ],
)
def test_which_integers_are_keys_of_rows(table: str, column: str, expected: bool) -> None:
    found = TABLES[table].column(column)
    assert found is not None
    assert found.is_key is expected


def test_standard_indexes_cover_the_look_ups_and_repeat_no_primary_key() -> None:
    wanted = {(index.table, index.columns) for index in standard_indexes()}
    assert {
        ("concept", ("concept_code",)),
        ("concept_relationship", ("concept_id_1",)),
        ("concept_ancestor", ("descendant_concept_id",)),
        ("visit_occurrence", ("person_id",)),
    } <= wanted
    assert ("person", ("person_id",)) not in wanted
    for index in standard_indexes():
        assert all(TABLES[index.table].column(column) for column in index.columns)


def test_every_role_names_a_column_and_each_event_table_takes_the_roles_that_it_requires() -> None:
    for table, event in EVENTS.items():
        for column in event.roles:
            assert TABLES[table].column(column), (table, column)
        required = {c.name for c in TABLES[table].columns if c.required and not c.primary_key}
        if event.domain:
            assert required - {"unit_concept_id"} <= event.roles.keys(), table


@pytest.mark.parametrize(
    ("domain", "table"),
    [("Procedure", "procedure_occurrence"), ("Measurement", "measurement"), ("Device", "device_exposure"),
     ("Drug", "drug_exposure"), ("Condition", "condition_occurrence"), ("Race", "observation"), (None, "observation")],
)  # fmt: skip
def test_the_domain_decides_the_table(domain: str | None, table: str) -> None:
    assert event_table(domain) == table


def test_lengths_and_domains_of_columns() -> None:
    state, visit = TABLES["location"].column("state"), TABLES["visit_occurrence"].column("visit_concept_id")
    assert state is not None
    assert visit is not None
    assert (state.length, visit.length, visit.domain, state.domain) == (2, None, "Visit", "")
