"""`omop-fhir explain`: what the server does for a URL, told so that one can follow it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from omop_fhir.cli import main
from omop_fhir.cli.sql import formatted
from omop_fhir.store.data.generate import generate_database
from tests.fixtures.databases import create_database, database_url, drop_database

Explain = Callable[..., Result]


@pytest.fixture(scope="module")
def made(postgres_url: str) -> Iterator[str]:
    """URL of a small generated database; read only."""
    name = asyncio.run(create_database(postgres_url))
    url = database_url(postgres_url, name)
    asyncio.run(generate_database(url, schema="cdm", persons=30))
    yield url
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
def explain(made: str) -> Explain:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["explain", *arguments, "--database-url", made, "--cdm-schema", "cdm"])

    return run


def test_a_parameter_is_followed_through_mapping_element_codec_and_file_line(explain: Explain) -> None:
    result = explain("Procedure?patient=1&date=ge2020")
    assert result.exit_code == 0
    shipped = (Path(__file__).parents[2] / "mappings" / "procedure.yaml").read_text().splitlines()
    declared, rendered = (next(n for n, line in enumerate(shipped, 1) if line.startswith(start))
                          for start in ("  patient: subject", "  subject: {"))  # fmt: skip
    assert f"patient: element subject, codec reference, columns procedure.person_id (procedure.yaml:{declared}, " in (
        result.output
    )
    assert f"element at line {rendered})" in result.output
    assert "date: element performed, codec period" in result.output
    assert 'FROM "cdm"."procedure_occurrence" "procedure"' in result.output
    assert "$1 = 1\n" in result.output
    assert "Index Scan" in result.output
    assert "actual time" not in result.output


@pytest.mark.parametrize(("given", "longest"), [((), 200), (("--whole",), 8000)])
def test_on_a_terminal_a_line_of_the_plan_takes_up_to_two(
    explain: Explain, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], longest: int
) -> None:
    elsewhere = explain("Procedure?patient=1&date=ge2020").output.partition("PostgreSQL's plan\n")[2]
    shown = StringIO()
    terminal = Console(file=shown, force_terminal=True, width=100, soft_wrap=True)
    monkeypatch.setattr("omop_fhir.cli.explain.console", lambda: terminal)
    assert explain("Procedure?patient=1&date=ge2020", *given).exit_code == 0
    plan = shown.getvalue().partition("PostgreSQL's plan")[2]
    assert max(map(len, elsewhere.splitlines())) > 5000
    assert 150 < max(map(len, plan.splitlines())) <= longest
    assert ("characters: --whole shows them)" in plan) == (not given)
    assert "Index Cond" in plan


def test_analyze_runs_the_statement(explain: Explain) -> None:
    result = explain("Patient/1", "--analyze")
    assert result.exit_code == 0
    assert "read Patient" in result.output
    assert "actual time" in result.output
    assert "Buffers: shared" in result.output


def test_the_statement_shown_can_be_run(explain: Explain, made: str) -> None:
    shown = json.loads(explain("Patient?gender=female&_count=5", "--json").output)

    async def run() -> int:
        connection = await asyncpg.connect(made)
        try:
            (page,) = shown["statements"]
            return len(await connection.fetch(formatted(page["text"]), *page["arguments"]))
        finally:
            await connection.close()

    assert asyncio.run(run()) == 6


@pytest.mark.parametrize("url", ["Patient/1", "/fhir/Patient/1", "http://example.org/x/fhir/Patient/1/"])
def test_a_url_may_be_whole_or_short(explain: Explain, url: str) -> None:
    shown = json.loads(explain(url, "--json").output)
    assert (shown["interaction"], shown["path"]) == ("read", "Patient/1")
    assert shown["statements"][0]["arguments"] == [[1], [None]]


def test_grants_are_shown_and_stand_in_the_statement(explain: Explain) -> None:
    result = explain("Procedure?date=ge1900", "--patient", "7")
    assert "grants: rows where procedure.person_id = 7" in result.output
    assert '"procedure"."person_id" = $1::bigint' in result.output
    result = explain("Organization", "--patient", "7")
    assert "grants: rows that something visible in a patient's compartment refers to" in result.output
    assert '"person_id" = $1::bigint UNION ALL' in result.output


def test_tokens_are_shown_with_the_concepts_that_they_mean(explain: Explain) -> None:
    result = explain("Procedure?code=http://snomed.info/sct|0")
    assert "http://snomed.info/sct|0 is no concept of this database" in result.output


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("foo", "`foo` names no resource type"),
        ("metadata", "`metadata` names no resource type"),
        ("Foo?x=1", "there is no resource type `Foo` here; this server has Condition, "),
        ("Patient?colour=red", "`colour` is not a search parameter of Patient"),
        ("Patient?birthdate=soon", "`birthdate`: `soon` is not a date"),
        ("Patient/1/_history", "`Patient/1/_history` is neither a search (Patient?...) nor a read (Patient/id)"),
        ("Patient/x", "Patient/x was not found"),
        ("Patient?_page=x", "a paging link is sealed"),
    ],
)
def test_wrong_input_is_one_clear_line(explain: Explain, url: str, words: str) -> None:
    result = explain(url)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {words}")
    assert result.output.count("\n") == 1


def test_a_database_that_is_away_is_one_line_without_the_password() -> None:
    away = "postgresql://me:secret@127.0.0.1:1/x"
    result = CliRunner().invoke(main, ["explain", "Patient/1", "--database-url", away])
    assert result.exit_code == 1
    assert result.output.startswith("Error: cannot connect to the database: ")
    assert result.output.count("\n") == 1
    assert "secret" not in result.output


@given(st.text(alphabet="ab(), '\"" + "ANDOR "), st.integers(1, 40))
def test_layout_changes_nothing_but_white_space(sql: str, width: int) -> None:
    sql = " ".join(sql.split())
    assert "".join(formatted(sql, width).split()) == "".join(sql.split())
