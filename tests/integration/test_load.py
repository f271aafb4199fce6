"""Loading a folder of CDM files into PostgreSQL."""

from __future__ import annotations

import asyncio
import csv
import gzip
import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omop_fhir.errors import ConfigurationError
from omop_fhir.omop import ddl
from omop_fhir.store.data import cdm_file
from omop_fhir.store.data.load import load
from omop_fhir.store.data.report import FileReport, LoadReport
from tests.fixtures.databases import NewDatabase, create_database, database_url, drop_database

DEATH = "person_id,death_date,death_datetime,death_type_concept_id,cause_source_value"


def folder(path: Path, files: Mapping[str, str | bytes]) -> Path:
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def load_death(url: str, path: Path, body: str | bytes, name: str = "death.csv") -> FileReport:
    content = (DEATH + "\n").encode() + (body.encode() if isinstance(body, str) else body)
    [report] = (await load(url, folder(path, {name: content}), schema="cdm")).files
    return report


def refusals(report: FileReport) -> list[tuple[int, str]]:
    return [(refusal.line, refusal.reason) for refusal in report.refusals]


async def test_rows_become_values_of_their_columns(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    files = {
        "1_DEATH.CSV": '\ufeffDEATH_DATE;Person_Id;cause_source_value\r\n20200131;-9007199254740993;"a;""b""\nc"\r\n',
        "measurement.tsv.gz": gzip.compress(
            b"measurement_id\tperson_id\tmeasurement_concept_id\tmeasurement_date\tmeasurement_datetime"
            b"\tmeasurement_type_concept_id\tvalue_as_number\tunit_source_value\n"
            b'1\t2\t3\t2020-01-31 00:00:00\t2020-01-31 10:11:12.5\t4\t0.10\t5" x\\y\n'
        ),
    }
    report = await load(url, folder(tmp_path, files), schema="cdm")
    assert (report.rows, report.complete, report.version) == (2, True, "5.4")
    assert await query(url, "SELECT person_id, death_date, death_datetime, cause_source_value FROM cdm.death") == [
        (-9007199254740993, date(2020, 1, 31), None, 'a;"b"\nc')
    ]
    assert await query(
        url, "SELECT measurement_date, measurement_datetime, value_as_number, unit_source_value FROM cdm.measurement"
    ) == [(date(2020, 1, 31), datetime(2020, 1, 31, 10, 11, 12, 500000), Decimal("0.10"), '5" x\\y')]


async def test_all_tables_keys_indexes_and_statistics_are_made(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    path = folder(tmp_path, {"person.csv": "person_id,gender_concept_id,year_of_birth,race_concept_id,"
                             "ethnicity_concept_id\n1,8507,1980,0,0\n"})  # fmt: skip
    report = await load(url, path, schema="cdm", vocabulary_schema="vocab")
    assert len(report.created) == 39
    tables = await query(
        url, "SELECT schemaname, count(*) FROM pg_tables WHERE schemaname IN ('cdm', 'vocab') GROUP BY 1"
    )
    assert sorted(tables) == [("cdm", 29), ("vocab", 10)]
    keys = await query(url, "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conname LIKE 'xpk_%'")
    assert keys == [(28,)]
    assert await query(url, "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx_%'") == [
        (len(ddl.indexes("x")),)
    ]
    assert await query(url, "SELECT reltuples::int FROM pg_class WHERE oid = 'cdm.person'::regclass") == [(1,)]


async def test_columns_of_5_3_make_tables_of_5_3(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    header = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id"
    files = {"visit_occurrence.csv": f"{header},admitting_source_value\n1,1,9201,2020-01-01,2020-01-02,0,ER\n"}
    report = await load(url, folder(tmp_path, files), schema="cdm")
    assert report.version == "5.3"
    assert await query(url, "SELECT admitting_source_value FROM cdm.visit_occurrence") == [("ER",)]
    [again] = (await load(url, tmp_path, schema="new", version="5.4")).files
    assert again.notes == ("column admitting_source_value was loaded as admitted_from_source_value",)
    assert await query(url, "SELECT admitted_from_source_value FROM new.visit_occurrence") == [("ER",)]


async def test_bad_rows_are_refused_with_line_and_reason_and_the_rest_goes_on(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    url = await new_database()
    body = (
        "1,2020-01-01,,,good\n"
        "x,2020-01-01,,,no number\n"
        '3,2020-01-01,,,"two\nlines"\n'
        "4,,,,no date\n"
        "5,2020-01-01\n"
        "6,2020-13-01,,,no such month\n"
        f"7,2020-01-01,,,{'y' * 51}\n"
        "8,2020-01-01,,,nul \0\n"
        '9,2020-01-01,,,"never closed\n'
        "10,2020-01-01,,99999999999,good but for the type\n"
        "11,2020-01-01,,,,,\n"
        "12,2020-01-01,,,,,more\n"
        "13,2020-01-01,,,last"
    )
    report = await load_death(url, tmp_path, body)
    assert refusals(report) == [
        (3, 'person_id: invalid input syntax for type bigint: "x"'),
        (6, 'null value in column "death_date" of relation "death" violates not-null constraint'),
        (7, "2 fields, where the header has 5"),
        (8, 'death_date: date/time field value out of range: "2020-13-01"'),
        (9, "cause_source_value: value too long for type character varying(50)"),
        (10, "a NUL character, which PostgreSQL cannot hold"),
        (11, "a quote is opened and not closed"),
        (12, 'death_type_concept_id: value "99999999999" is out of range for type integer'),
        (14, "7 fields, where the header has 5"),
    ]
    assert (report.rows, report.refused) == (4, 9)
    assert report.notes == ("1 rows have empty fields beyond those of the header",)
    assert [key for (key,) in await query(url, "SELECT person_id FROM cdm.death ORDER BY 1")] == [1, 3, 11, 13]


async def test_refusals_are_told_up_to_a_bound_and_all_counted(new_database: NewDatabase, tmp_path: Path) -> None:
    body = "".join(f"{n if n % 2 else 'x'},2020-01-01,,,\n" for n in range(2000))
    report = await load_death(await new_database(), tmp_path, body)
    assert (report.rows, report.refused, len(report.refusals)) == (1000, 1000, 20)


async def test_one_bad_piece_does_not_slow_or_shift_the_others(
    new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdm_file, "PIECE_SIZE", 1000)
    body = "".join(f"{n if n != 500 else '?'},2020-01-01,,,{n}\n" for n in range(1000))
    report = await load_death(await new_database(), tmp_path, body)
    assert (report.rows, [line for line, _ in refusals(report)]) == (999, [502])


async def test_what_stands_for_null(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    body = '1,2020-01-01,"","",""\n2,2020-01-01,NULL,NA,NA\n3,2020-01-01,\\N,\\N,\\N\n'
    assert (await load_death(url, tmp_path, body)).refused == 0
    found = await query(
        url, "SELECT death_datetime, death_type_concept_id, cause_source_value FROM cdm.death ORDER BY person_id"
    )
    assert found == [(None, None, None), (None, None, "NA"), (None, None, None)]


async def test_an_empty_required_text_is_an_empty_string(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    header = "vocabulary_id,vocabulary_name,vocabulary_reference,vocabulary_version,vocabulary_concept_id\n"
    for number, more in enumerate(["", "x,y\n"]):
        path = folder(tmp_path / str(number), {"vocabulary.csv": f'{header}None,,"",,0\n{more}'})
        assert (await load(url, path, schema=f"s{number}")).rows == 1
        assert await query(url, f"SELECT * FROM s{number}.vocabulary") == [("None", "", None, None, 0)]


async def test_whole_numbers_written_as_floats(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    report = await load_death(url, tmp_path, "1.0,2020-01-01,,32817.00,1.0\n2,2020-01-01,,1.5,\n")
    assert refusals(report) == [(3, 'death_type_concept_id: invalid input syntax for type integer: "1.5"')]
    assert await query(url, "SELECT person_id, death_type_concept_id, cause_source_value FROM cdm.death") == [
        (1, 32817, "1.0")
    ]


async def test_lines_that_would_end_or_change_a_copy_are_loaded_as_they_are(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    url = await new_database()
    body = (
        "person_id\tdeath_date\tcause_source_value\n1\t2020-01-01\ta\x02b\n2\t2020-01-01\tC:\\new\r\n"
        "3\t2020-01-01\ta\rb\n\\.\n4\t2020-01-01\t\x07\x1b\n"
    )
    [report] = (await load(url, folder(tmp_path, {"death.csv": body}), schema="cdm")).files
    assert refusals(report) == [(5, "1 fields, where the header has 3")]
    found = await query(url, "SELECT cause_source_value FROM cdm.death ORDER BY person_id")
    assert [value for (value,) in found] == ["a\x02b", "C:\\new", "a\rb", "\x07\x1b"]


@pytest.mark.parametrize(
    ("delimiter", "body", "values"),
    [
        (",", "1,2020-01-01,\\N\n2,2020-01-01,b\n", [None, "b"]),
        (",", '1,2020-01-01,5" tube\n2,2020-01-01,6" tube\n', ['5" tube', '6" tube']),
        (",", '1,2020-01-01,the "odd" one\n', ['the "odd" one']),
        ("\t", "1\t2020-01-01\ta\x02b\x02\n", ["a\x02b\x02"]),
        ("\t", "1\t2020-01-01\ta\n\\.\n2\t2020-01-01\tb\n", ["a", "b"]),
    ],
    ids=["backslash N", "two stray quotes", "quotes within", "what stands for no quote", "the end mark of COPY"],
)
async def test_what_postgresql_would_take_and_read_otherwise(
    new_database: NewDatabase, tmp_path: Path, delimiter: str, body: str, values: list[str | None]
) -> None:
    url = await new_database()
    header = delimiter.join(["person_id", "death_date", "cause_source_value"])
    await load(url, folder(tmp_path, {"death.csv": f"{header}\n{body}"}), schema="cdm")
    found = await query(url, "SELECT cause_source_value FROM cdm.death ORDER BY person_id")
    assert [value for (value,) in found] == values


async def test_unknown_columns_are_named_and_left_out(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    files = {"death.csv": "person_id,hospital,death_date,\n1,H,2020-01-01,\n"}
    [report] = (await load(url, folder(tmp_path, files), schema="cdm")).files
    assert report.notes == (
        "column hospital is not in the table and was left out",
        "column without a name is not in the table and was left out",
    )
    assert await query(url, "SELECT person_id, death_date FROM cdm.death") == [(1, date(2020, 1, 1))]


async def test_a_header_without_required_columns_is_refused_and_other_files_go_on(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    files = {"death.csv": "person_id\n1\n", "location.csv": "location_id,city\n1,Oslo\n"}
    report = await load(await new_database(), folder(tmp_path, files), schema="cdm")
    problems = {file.table: file.problem for file in report.files}
    assert problems == {"death": "its header lacks the required death_date", "location": None}
    assert (report.rows, report.complete) == (1, False)


async def test_doubtful_dates_and_zones_are_told(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    body = "1,20-1-2,2020-01-02T03:04:05+02:00,,\n2,01/31/2020,,,\n"
    report = await load_death(url, tmp_path, body)
    assert report.notes == (
        "column death_date: dates not written YYYY-MM-DD; read as year, month, day",
        "column death_datetime: times with a zone; the zone is not kept, the time is as written",
    )
    assert [line for line, _ in refusals(report)] == [3]
    assert await query(url, "SELECT death_datetime FROM cdm.death") == [(datetime(2020, 1, 2, 3, 4, 5),)]


async def test_latin_1_lines_are_counted(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    body = "1,2020-01-01,,,Zoë\n".encode() + "2,2020-01-01,,,Zoë\n".encode("latin-1")
    report = await load_death(url, tmp_path, body)
    assert report.notes == ("1 lines are not UTF-8 and were read as Latin-1",)
    assert await query(url, "SELECT DISTINCT cause_source_value FROM cdm.death") == [("Zoë",)]


async def test_a_damaged_file_leaves_nothing_and_is_told(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    body = "".join(f"{n},2020-01-01,,,{os.urandom(8).hex()}\n" for n in range(2000))
    content = gzip.compress(f"{DEATH}\n{body}".encode())
    [report] = (await load(url, folder(tmp_path, {"death.csv.gz": content[:-100]}), schema="cdm")).files
    assert (report.problem or "").startswith("cannot be read to its end")
    assert await query(url, "SELECT count(*) FROM cdm.death") == [(0,)]


async def test_tables_with_rows_are_refused_appended_or_replaced(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    path = folder(tmp_path, {"location.csv": "location_id,city\n1,Oslo\n"})
    await load(url, path, schema="cdm")
    with pytest.raises(ConfigurationError, match="these tables hold rows already: location; append or replace"):
        await load(url, path, schema="cdm")
    folder(tmp_path, {"location.csv": "location_id,city\n1,Bergen\n2,Moss\n"})
    [appended] = (await load(url, path, schema="cdm", existing="append")).files
    assert refusals(appended) == [
        (2, 'duplicate key value violates unique constraint "xpk_location" (Key (location_id)=(1) already exists)')
    ]
    assert await query(url, "SELECT * FROM cdm.location") == [
        (1, None, None, "Oslo", *[None] * 8),
        (2, None, None, "Moss", *[None] * 8),
    ]
    replaced = await load(url, path, schema="cdm", existing="replace")
    assert (replaced.rows, replaced.created, replaced.complete) == (2, (), True)
    assert await query(url, "SELECT city FROM cdm.location ORDER BY 1") == [("Bergen",), ("Moss",)]


async def test_tables_of_a_site_are_appended_to_as_they_are(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    await execute(url, "CREATE SCHEMA cdm; CREATE TABLE cdm.location (location_id int NOT NULL, city varchar(4))")
    path = folder(tmp_path, {"location.csv": "location_id,city,zip\n1,Oslo,0150\n2,Bergen,5003\n"})
    report = await load(url, path, schema="cdm")
    assert report.created == ()
    assert refusals(report.files[0]) == [(3, "city: value too long for type character varying(4)")]
    assert await query(url, "SELECT count(*) FROM pg_indexes WHERE schemaname = 'cdm'") == [(0,)]


async def test_foreign_keys_of_a_site_refuse_their_rows_alone(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    statements = ddl.create_tables("cdm", tables=["location", "care_site"])
    await execute(url, ";".join(["CREATE SCHEMA cdm", *statements, *ddl.primary_keys("cdm", tables=["location"])]))
    await execute(url, "ALTER TABLE cdm.care_site ADD FOREIGN KEY (location_id) REFERENCES cdm.location")
    sites = "".join(f"{n},{7 if n == 40 else 1}\n" for n in range(100))
    files = {"location.csv": "location_id\n1\n", "care_site.csv": f"care_site_id,location_id\n{sites}"}
    report = await load(url, folder(tmp_path, files), schema="cdm")
    by_table = {file.table: file for file in report.files}
    assert by_table["care_site"].rows == 99
    [(line, reason)] = refusals(by_table["care_site"])
    assert line == 42
    assert "(Key (location_id)=(7) is not present in table" in reason


async def test_a_key_that_cannot_be_made_is_told(new_database: NewDatabase, tmp_path: Path) -> None:
    path = folder(tmp_path, {"location.csv": "location_id\n1\n1\n"})
    report = await load(await new_database(), path, schema="cdm")
    assert report.problems == (
        'primary key of location could not be made: could not create unique index "xpk_location"'
        " (Key (location_id)=(1) is duplicated)",
    )
    assert not report.complete


async def test_progress_covers_every_byte(new_database: NewDatabase, tmp_path: Path) -> None:
    events: list[tuple[str, Any]] = []

    class Recorder:
        def start(self, table: str, bytes_total: int) -> None:
            events.append((table, bytes_total))

        def advance(self, amount: int) -> None:
            events.append(("advance", amount))

        def finish(self, rows: int) -> None:
            events.append(("finish", rows))

    path = folder(tmp_path, {"death.csv": f"{DEATH}\n1,2020-01-01,,,\n"})
    await load(await new_database(), path, schema="cdm", progress=Recorder())
    size = (path / "death.csv").stat().st_size
    assert events[:3] == [("death", size), ("advance", size), ("finish", 1)]
    assert events[3][0] == "indexes"
    assert events[3][1] == sum(amount for what, amount in events[4:] if what == "advance")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://127.0.0.1:1/nothing", "cannot connect to the database"),
        ("http://example.org", "the database URL must begin with postgresql://"),
    ],
)
async def test_a_database_that_is_not_there(tmp_path: Path, url: str, message: str) -> None:
    path = folder(tmp_path, {"location.csv": "location_id\n"})
    with pytest.raises(ConfigurationError, match=message) as raised:
        await load(url, path)
    assert "\n" not in str(raised.value)


async def test_a_role_that_may_not_write_is_told_in_one_line(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    await execute(url, "CREATE SCHEMA cdm; CREATE TABLE cdm.location (location_id int);"
                  "CREATE VIEW cdm.death AS SELECT 1 AS person_id, now()::date AS death_date")  # fmt: skip
    path = folder(tmp_path, {"death.csv": f"{DEATH}\n1,2020-01-01,,,\n"})
    with pytest.raises(ConfigurationError, match="the database refused: cannot copy to view"):
        await load(url, path, schema="cdm", existing="append")


async def test_a_connection_that_is_lost_ends_the_load(new_database: NewDatabase, tmp_path: Path) -> None:
    url = await new_database()
    body = "1,2020-01-01,,,\n" * 2_000_000
    path = folder(tmp_path, {"death.csv": f"{DEATH}\n{body}"})
    loading = asyncio.create_task(load(url, path, schema="cdm"))
    running = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'"
    while not await query(url, f"SELECT pg_terminate_backend(pid) {running}"):
        await asyncio.sleep(0.02)
    with pytest.raises(ConfigurationError, match="the connection to the database was lost during the load"):
        await asyncio.wait_for(loading, 20)
    assert await query(url, "SELECT count(*) FROM cdm.death") == [(0,)]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda text: text != "\\N"
)


@pytest.fixture
def death_url(postgres_url: str) -> Iterator[str]:
    """A database with the one table, for a test that is not asynchronous itself."""
    name = asyncio.run(create_database(postgres_url))
    url = database_url(postgres_url, name)
    asyncio.run(execute(url, ";".join(["CREATE SCHEMA cdm", *ddl.create_tables("cdm", tables=["death"])])))
    yield url
    asyncio.run(drop_database(postgres_url, name))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT, max_size=20), everything=st.booleans(), size=st.integers(8, 400))
def test_whatever_a_csv_writer_wrote_is_in_the_database(
    death_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    texts: list[str],
    everything: bool,
    size: int,
) -> None:
    monkeypatch.setattr(cdm_file, "PIECE_SIZE", size)
    quoting = csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    with (tmp_path / "death.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=quoting)
        writer.writerow(["person_id", "death_date", "cause_source_value"])
        writer.writerows([n, "2020-01-01", text] for n, text in enumerate(texts))
    assert asyncio.run(_loaded(death_url, tmp_path)) == texts


async def _loaded(url: str, path: Path) -> list[str]:
    await execute(url, "TRUNCATE cdm.death")
    assert (await load(url, path, schema="cdm")).refused == 0
    return [v for (v,) in await query(url, "SELECT cause_source_value FROM cdm.death ORDER BY person_id")]


SYNTHEA = Path(__file__).resolve().parents[3] / "shared" / "data" / "synthea27nj"


async def test_a_synthea_cdm_loads_completely(new_database: NewDatabase) -> None:
    if not SYNTHEA.is_dir():
        pytest.skip("the data set synthea27nj is not beside this tree")
    url = await new_database()
    report: LoadReport = await load(url, SYNTHEA, schema="cdm")
    assert report.complete, [file for file in report.files if file.problem or file.refused]
    expected = {path.stem.lower(): _records(path) for path in SYNTHEA.glob("*.csv")}
    assert {file.table: file.rows for file in report.files} == expected
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM cdm.{table}" for table in expected)
    assert dict(await query(url, counts)) == expected


def _records(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1
