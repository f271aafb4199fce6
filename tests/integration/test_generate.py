"""The generated population: the same everywhere, coherent, and awkward where the documentation says so."""

from __future__ import annotations

import asyncio
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from omop_fhir.errors import ConfigurationError
from omop_fhir.omop.cdm import TABLES, Column
from omop_fhir.omop.ddl import create_tables
from omop_fhir.store.data import generate as module
from omop_fhir.store.data.generate import generate, generate_database
from tests.fixtures.databases import NewDatabase, administer, create_database, database_url, drop_database

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "generated-data.md").read_text(encoding="utf-8")
FILLED = [name for name, table in TABLES.items() if table.area != "vocabulary" and "5.4" in table.versions]
EVENTS = ("visit_occurrence", "visit_detail", "procedure_occurrence", "drug_exposure", "condition_occurrence",
          "measurement", "observation", "device_exposure", "death", "observation_period", "condition_era",
          "drug_era", "person")  # fmt: skip
NOBODY = 7777777777


@dataclass(frozen=True)
class Rule:
    n: int
    table: str
    what: str
    condition: str


def documented_rules() -> Iterator[Rule]:
    for n, table, what, condition in re.findall(r"^\| (\d+) \| (\w+) \| (.+?) \| `(.+)` \|$", DOCUMENT, re.M):
        yield Rule(int(n), table, what, condition)


def absent_concepts() -> set[int]:
    """The concepts that the document says rows use and `concept` lacks."""
    section = DOCUMENT.partition("Rows use these concepts")[2].partition("The small tables")[0]
    return {int(key) for line in re.findall(r"^\| ([\d, ]+) \|", section, re.M) for key in line.split(", ")}


async def fill(url: str, **options: Any) -> None:
    await generate_database(url, schema="cdm", **options)


@pytest.fixture(scope="module")
def thousand(postgres_url: str) -> Iterator[str]:
    """URL of a database with 1,000 persons, awkward ones among them; read only."""
    name = asyncio.run(create_database(postgres_url))
    url = database_url(postgres_url, name)
    asyncio.run(fill(url, persons=1000))
    yield url
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture(scope="module")
def plain(postgres_url: str) -> Iterator[str]:
    """URL of a database with 1,000 ordinary persons; read only."""
    name = asyncio.run(create_database(postgres_url))
    url = database_url(postgres_url, name)
    asyncio.run(fill(url, persons=1000, awkward=False))
    yield url
    asyncio.run(drop_database(postgres_url, name))


async def fetch(url: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url, server_settings={"search_path": "cdm"})
    try:
        return await connection.fetch(statement, *arguments)
    finally:
        await connection.close()


async def value(url: str, statement: str, *arguments: object) -> Any:
    return (await fetch(url, statement, *arguments))[0][0]


async def digests(url: str) -> dict[str, str]:
    """Table -> a hash of all its rows, whatever their order."""
    statement = " UNION ALL ".join(
        f"SELECT '{name}', md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE \"C\")) FROM {name} t"
        for name, table in TABLES.items()
        if "5.4" in table.versions
    )
    return {row[0]: row[1] for row in await fetch(url, statement)}


async def lines(url: str, table: str, persons: str) -> set[str]:
    """The rows of a table as text, of the persons of a query."""
    return {row[0] for row in await fetch(url, f"SELECT t::text FROM {table} t WHERE person_id IN ({persons})")}


async def test_the_same_seed_makes_the_same_rows(thousand: str, new_database: NewDatabase) -> None:
    again, other = await new_database(), await new_database()
    await fill(again, persons=1000)
    await fill(other, persons=1000, seed=2)
    first = await digests(thousand)
    assert await digests(again) == first
    different = {name for name, digest in (await digests(other)).items() if digest != first[name]}
    assert {*EVENTS, "location", "provider", "care_site"} <= different


async def test_fewer_persons_are_the_first_of_more(
    thousand: str, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 73)
    fewer = await new_database()
    await fill(fewer, persons=333)
    keys = "SELECT person_id FROM observation_period WHERE observation_period_id <= 333"
    for table in EVENTS:
        rows = await lines(fewer, table, keys)
        assert rows
        assert rows == await lines(thousand, table, keys), table
    for table in ("location", "provider", "care_site"):
        statement = f"SELECT t::text FROM {table} t"
        assert {r[0] for r in await fetch(fewer, statement)} < {r[0] for r in await fetch(thousand, statement)}, table


async def dangling(url: str, table: str, column: Column) -> list[asyncpg.Record]:
    assert column.references
    target, key = column.references
    return await fetch(
        url,
        f"SELECT DISTINCT {column.name} FROM {table} t WHERE {column.name} IS NOT NULL"
        f" AND NOT EXISTS (SELECT FROM {target} r WHERE r.{key} = t.{column.name})",
    )


def references(concepts: bool) -> Iterator[tuple[str, Column]]:
    for name, table in TABLES.items():
        if "5.4" in table.versions and name not in ("vocabulary", "domain", "concept_class", "relationship"):
            for column in table.of("5.4").columns:
                if column.references and (column.references[0] == "concept") is concepts:
                    yield name, column


async def test_references_dangle_only_where_documented(thousand: str) -> None:
    for table, column in references(concepts=False):
        found = {row[0] for row in await dangling(thousand, table, column)}
        assert all(key == NOBODY or (table == "death" and key > NOBODY) for key in found), (table, column.name, found)


async def test_ordinary_references_hold(plain: str) -> None:
    for table, column in references(concepts=False):
        assert not await dangling(plain, table, column), (table, column.name)


async def test_concepts_are_absent_only_where_documented(thousand: str) -> None:
    found: set[int] = set()
    for table, column in references(concepts=True):
        found |= {row[0] for row in await dangling(thousand, table, column)}
    assert found == absent_concepts()


@pytest.mark.parametrize("rule", list(documented_rules()), ids=lambda rule: f"{rule.n}-{rule.table}")
async def test_awkward_cases_are_where_the_document_says(rule: Rule, thousand: str, plain: str) -> None:
    statement = f"SELECT count(*) FROM {rule.table} WHERE {rule.condition}"
    expected = 1 if "alone" in rule.what else 4 if "the others" in rule.what else 5
    assert await value(thousand, statement) >= expected
    if rule.n not in (5, 9, 12):
        assert await value(plain, statement) == 0


def test_the_document_knows_every_rule() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "sql" / "generate").glob("*.sql")))
    used = {int(n) for n in re.findall(r"\bn = (\d+)|\bn WHEN (\d+)|WHEN (\d+) THEN", text) for n in n if n}
    used = {n for n in used if 0 < n < 100}
    documented = {rule.n for rule in documented_rules()}
    assert used <= documented
    assert len(documented) > 70


async def test_odd_texts_reach_every_table(thousand: str) -> None:
    for table, column in (
        ("visit_occurrence", "visit_source_value"), ("procedure_occurrence", "procedure_source_value"),
        ("drug_exposure", "sig"), ("condition_occurrence", "condition_source_value"),
        ("measurement", "value_source_value"), ("observation", "value_as_string"),
        ("device_exposure", "device_source_value"), ("death", "cause_source_value"), ("person", "person_source_value"),
    ):  # fmt: skip
        statement = f"SELECT count(DISTINCT {column}) FROM {table} t JOIN care_site s ON care_site_name = t.{column}"
        assert await value(thousand, f"{statement} WHERE s.care_site_id > 9000000000") == 20, table


async def test_control_characters_arrive_unharmed(thousand: str) -> None:
    names = {row[0] for row in await fetch(thousand, "SELECT care_site_name FROM care_site WHERE care_site_id > 9e9")}
    assert "".join(map(chr, range(1, 32))) in names
    assert {"", "   ", "\t\n ", "  X 12  ", "null"} <= names
    assert any("\u0085" in name and "\u2028" in name and "\x7f" in name for name in names)


async def test_ordinary_rows_lie_within_a_life(plain: str) -> None:
    late = await value(plain, "SELECT count(*) FROM visit_occurrence WHERE visit_end_date > '2024-01-31'")
    outside = await value(
        plain,
        "SELECT count(*) FROM visit_occurrence JOIN observation_period USING (person_id) WHERE visit_start_date <"
        " observation_period_start_date OR visit_end_date > observation_period_end_date"
        " OR visit_end_date < visit_start_date OR visit_end_datetime < visit_start_datetime",
    )
    unborn = await value(
        plain,
        "SELECT count(*) FROM person JOIN observation_period USING (person_id) WHERE"
        " make_date(year_of_birth, month_of_birth, day_of_birth) > observation_period_start_date",
    )
    upside_down = await value(
        plain,
        "SELECT count(*) FROM procedure_occurrence WHERE procedure_end_date < procedure_date"
        " OR procedure_end_datetime < procedure_datetime OR procedure_datetime::date <> procedure_date",
    )
    assert (late, outside, unborn, upside_down) == (0, 0, 0, 0)


async def test_icu_details_lie_within_their_stay(plain: str) -> None:
    stays = (
        "FROM visit_detail d JOIN visit_occurrence v USING (visit_occurrence_id) WHERE visit_detail_concept_id = 32037"
    )
    outside = "(visit_detail_start_date < visit_start_date OR visit_detail_end_date > visit_end_date"
    outside += " OR visit_detail_start_datetime > visit_end_datetime"
    outside += " OR visit_detail_end_datetime < visit_detail_start_datetime)"
    assert await value(plain, f"SELECT count(*) {stays}") > 50
    assert await value(plain, f"SELECT count(*) {stays} AND {outside}") == 0


async def test_stays_open_at_the_release_say_so(plain: str) -> None:
    rows = await fetch(
        plain, "SELECT visit_end_date, visit_end_datetime FROM visit_occurrence WHERE discharged_to_concept_id = 32220"
    )
    assert rows
    assert {(str(row[0]), row[1]) for row in rows} == {("2024-01-31", None)}


async def test_codes_have_their_shares(plain: str) -> None:
    rows = await fetch(plain, "SELECT procedure_concept_id, count(*) FROM procedure_occurrence GROUP BY 1")
    counts = {row[0]: row[1] for row in rows}
    total = sum(counts.values())
    assert 0.18 < counts[4326177] / total < 0.22
    assert 0 < counts[2000000006] / total < 0.002


async def test_late_codes_are_at_the_end_of_the_keys(plain: str) -> None:
    first = await value(
        plain, "SELECT min(procedure_occurrence_id) FROM procedure_occurrence WHERE procedure_concept_id = 2000000005"
    )
    before = await value(
        plain, "SELECT avg((procedure_occurrence_id < $1)::int)::float FROM procedure_occurrence", first
    )
    assert before > 0.89


async def test_weights_of_the_menu_leave_room_for_the_rest() -> None:
    weights: dict[str, int] = defaultdict(int)
    unweighted = set()
    with (ROOT / "sql" / "generate" / "menu.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            weights[row["kind"]] += int(row["weight"] or 0)
            unweighted |= set() if row["weight"] else {row["kind"]}
    assert all(weight < 2048 if kind in unweighted else weight == 2048 for kind, weight in weights.items()), weights


async def test_every_row_of_the_hierarchy_is_in_the_closure_with_its_levels(plain: str) -> None:
    relations = "('Subsumes', 'RxNorm ing of', 'ATC - RxNorm')"
    rows = await fetch(
        plain, f"SELECT concept_id_1, concept_id_2 FROM concept_relationship WHERE relationship_id IN {relations}"
    )
    standard = {
        row[0] for row in await fetch(plain, "SELECT concept_id FROM concept WHERE standard_concept IN ('S', 'C')")
    }
    children: dict[int, set[int]] = defaultdict(set)
    for parent, child in rows:
        children[parent].add(child)

    def levels(concept: int, depth: int = 0) -> Iterator[tuple[int, int]]:
        yield concept, depth
        for child in children[concept]:
            yield from levels(child, depth + 1)

    expected: dict[tuple[int, int], list[int]] = defaultdict(list)
    for ancestor in standard:
        for descendant, depth in levels(ancestor):
            if descendant in standard:
                expected[ancestor, descendant].append(depth)
    found = await fetch(plain, "SELECT * FROM concept_ancestor")
    assert {(r[0], r[1]): (r[2], r[3]) for r in found} == {k: (min(v), max(v)) for k, v in expected.items()}
    assert max(row[3] for row in found) >= 4
    assert any(row[2] < row[3] for row in found)
    assert len(found) == len(expected)


async def test_codes_map_to_standard_concepts(plain: str) -> None:
    rows = await fetch(
        plain,
        "SELECT r.concept_id_1, r.concept_id_2, a.standard_concept AS source, b.standard_concept AS target"
        " FROM concept_relationship r JOIN concept a ON a.concept_id = concept_id_1"
        " JOIN concept b ON b.concept_id = concept_id_2"
        " WHERE relationship_id IN ('Maps to', 'Maps to value')",
    )
    assert all(row["target"] == "S" for row in rows)
    assert all(row["source"] != "S" or row["concept_id_1"] == row["concept_id_2"] for row in rows)
    assert {row["concept_id_2"] for row in rows if row["concept_id_1"] == 2000000001} == {201826, 320128}


async def test_standard_columns_hold_what_the_source_maps_to(plain: str) -> None:
    for table, prefix in (
        ("condition_occurrence", "condition"),
        ("procedure_occurrence", "procedure"),
        ("drug_exposure", "drug"),
    ):
        wrong = await value(
            plain,
            f"SELECT count(*) FROM {table} t WHERE {prefix}_source_concept_id <> 0 AND {prefix}_concept_id <> 0"
            " AND NOT EXISTS (SELECT FROM concept_relationship WHERE relationship_id = 'Maps to'"
            f" AND concept_id_1 = {prefix}_source_concept_id AND concept_id_2 = {prefix}_concept_id)",
        )
        assert wrong == 0, table


async def test_ordinary_rows_fit_the_standard_ddl(new_database: NewDatabase) -> None:
    connection = await asyncpg.connect(await new_database())
    try:
        await connection.execute("CREATE SCHEMA cdm; " + "; ".join(create_tables("cdm", "5.4")))
        with pytest.raises(ConfigurationError, match="person_id of schema 'cdm' is integer"):
            await generate(connection, schema="cdm", persons=200)
        await generate(connection, schema="cdm", persons=200, awkward=False)
        with pytest.raises(ConfigurationError, match="'cdm' has persons or concepts already"):
            await generate(connection, schema="cdm", persons=200, awkward=False)
        left = await connection.fetchval("SELECT count(*) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()")
        assert left == 0
        assert await connection.fetchval("SELECT count(*) FROM cdm.person") == 200
    finally:
        await connection.close()


async def test_other_encodings_are_refused(postgres_url: str) -> None:
    name = f"omop_fhir_test_{uuid4().hex[:12]}"
    await administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        with pytest.raises(ConfigurationError, match="encoding is LATIN1"):
            await fill(database_url(postgres_url, name), persons=1)
    finally:
        await drop_database(postgres_url, name)


async def test_progress_is_told(new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 40)
    told: list[tuple[int, int]] = []
    await fill(await new_database(), persons=100, progress=lambda done, total: told.append((done, total)))
    assert told == [(40, 100), (80, 100), (100, 100)]


@pytest.mark.parametrize("persons", [0, -1, 4_000_001])
async def test_impossible_numbers_are_refused(persons: int, thousand: str) -> None:
    with pytest.raises(ValueError, match="persons must be from 1 to 4000000"):
        await fill(thousand, persons=persons)
