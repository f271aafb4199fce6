"""Make the tables of facts in omop_fhir/omop from OHDSI's CommonDataModel definitions, without their prose.

What enters: a folder with `cdm_v5.3_fields.csv`, `cdm_v5.4_fields.csv` and the `_tables.csv` beside them
(OHDSI's `inst/csv/OMOP_CDMv5.x_Field_Level.csv` and `_Table_Level.csv`,
https://github.com/OHDSI/CommonDataModel), and optionally OHDSI's PostgreSQL `..._indices.sql`.
What leaves: `cdm.csv` and, with `--indices`, `indexes.csv`.

    python tools/make_cdm.py FOLDER [--indices OMOPCDM_postgresql_5.4_indices.sql]
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "omop_fhir" / "omop"
VERSIONS = ("5.3", "5.4")
AREAS = {
    "clinical": "person observation_period visit_occurrence visit_detail condition_occurrence drug_exposure"
    " procedure_occurrence device_exposure measurement observation death note note_nlp specimen"
    " fact_relationship",
    "health_system": "location care_site provider",
    "health_economics": "payer_plan_period cost",
    "derived": "drug_era dose_era condition_era episode episode_event",
    "metadata": "metadata cdm_source",
    "vocabulary": "concept vocabulary domain concept_class concept_relationship relationship concept_synonym"
    " concept_ancestor source_to_concept_map drug_strength",
    "results": "cohort cohort_definition attribute_definition",
}
AREA_OF = {table: area for area, tables in AREAS.items() for table in tables.split()}
TYPES = {"datetime": "timestamp", "float": "numeric", "varchar(max)": "text"}
HEADER = ("table", "area", "column", "type", "required", "primary_key", "references", "versions", "domain")
INDEX = re.compile(r"^CREATE INDEX (\w+)\s+ON @cdmDatabaseSchema\.(\w+)\s+\(([^)]*)\)", re.MULTILINE)

Fact = tuple[str, str, str, str, str, str, str]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key: value.strip().lower() for key, value in row.items()} for row in csv.DictReader(file)]


def _fact(row: dict[str, str]) -> Fact:
    table, column, kind = row["cdmTableName"], row["cdmFieldName"].strip('"'), row["cdmDatatype"]
    target = f"{row['fkTableName']}.{row['fkFieldName']}" if row["isForeignKey"] == "yes" else ""
    required, key = row["isRequired"], row["isPrimaryKey"]
    return table, AREA_OF[table], column, TYPES.get(kind, kind), required, key, target


def _facts(folder: Path, version: str) -> list[Fact]:
    tables = {row["cdmTableName"] for row in _rows(folder / f"cdm_v{version}_tables.csv")}
    facts = [_fact(row) for row in _rows(folder / f"cdm_v{version}_fields.csv")]
    unknown = {fact[0] for fact in facts} ^ tables
    if unknown:
        raise SystemExit(f"CDM {version}: in only one of the two files: {', '.join(sorted(unknown))}")
    return facts


def _domains(folder: Path) -> dict[tuple[str, str], str]:
    """(table, column) -> the domain of the concepts that the column takes, as the newest version says it."""
    domains: dict[tuple[str, str], str] = {}
    for version in VERSIONS:
        with (folder / f"cdm_v{version}_fields.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                domain = row["fkDomain"].strip().strip('"')
                domains[row["cdmTableName"].strip().lower(), row["cdmFieldName"].strip('" ').lower()] = (
                    "" if domain == "NA" else domain
                )
    return domains


def _merged(newer: list[Fact], older: list[Fact]) -> list[Fact]:
    """The newer facts in their order, each fact of the older version alone after the one it follows there."""
    merged, position = list(newer), -1
    for fact in older:
        position = merged.index(fact) if fact in merged else position + 1
        if position == len(merged) or merged[position] != fact:
            merged.insert(position, fact)
    return merged


def columns(folder: Path) -> Iterator[tuple[str, ...]]:
    """One row per column and set of facts; a column whose facts differ between versions has two rows."""
    older, newer = (_facts(folder, version) for version in VERSIONS)
    order, domains = list(AREA_OF), _domains(folder)
    for fact in sorted(_merged(newer, older), key=lambda fact: order.index(fact[0])):
        versions = " ".join(v for v, facts in zip(VERSIONS, (older, newer), strict=True) if fact in facts)
        yield (*fact, versions, domains[fact[0], fact[2]])


def indexes(sql: str) -> Iterator[tuple[str, ...]]:
    """Name, table and columns of each CREATE INDEX; OHDSI's CLUSTER statements are left out."""
    for name, table, names in INDEX.findall(sql):
        yield name, table, " ".join(part.split()[0] for part in names.split(","))


def _write(path: Path, header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the CDM tables of facts.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--indices", type=Path)
    arguments = parser.parse_args()
    _write(TARGET / "cdm.csv", HEADER, columns(arguments.folder))
    if arguments.indices:
        sql = arguments.indices.read_text("utf-8")
        _write(TARGET / "indexes.csv", ("name", "table", "columns"), indexes(sql))


if __name__ == "__main__":
    main()
