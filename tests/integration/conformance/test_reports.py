"""What is handed on: TestReports, JUnit XML, the page, and the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from omop_fhir.cli import main
from omop_fhir.conformance.client import Server
from omop_fhir.conformance.credentials import Credentials
from omop_fhir.conformance.reports.folder import write_reports
from omop_fhir.conformance.reports.junit import junit
from omop_fhir.conformance.reports.page import page
from omop_fhir.conformance.reports.test_report import test_report as as_resource
from omop_fhir.conformance.result import ScriptResult
from omop_fhir.validate import validate

from .conftest import READ, Answering, Reply, answering_at, check, run, script

EVIL = '<script>alert("x")</script>\x0b'
PATIENT = {"resourceType": "Patient", "id": "1", "name": [{"family": EVIL}]}


def mixed() -> dict[str, object]:
    """A script with a test of each outcome."""
    body = script(READ, check(response="okay"))
    body["test"] += [
        {"name": "fails", "description": "A SHALL. https://hl7.org/fhir/R4/http.html", "action": [READ, check(response="gone")]},
        {"name": "warns", "action": [READ, {"assert": {"response": "gone", "warningOnly": True}}]},
        {"name": "skips", "action": [READ, check(validateProfileId="p")]},
        {"name": "cannot", "action": [READ, check(expression="(")]},
        {"name": "tells", "action": [READ, check(expression="Patient.name.family", value="x")]},
    ]
    return {**body, "profile": [{"id": "p", "reference": "http://example.org/p"}]}


@pytest.fixture
def result(answering: Answering) -> ScriptResult:
    return run(answering(Reply(200, PATIENT)), mixed())


def test_the_test_report_is_valid_and_says_each_outcome(result: ScriptResult) -> None:
    report = as_resource(result)
    assert validate(report) == []
    assert (report["result"], report["score"], report["status"]) == ("fail", 40.0, "completed")
    assert report["testScript"] == {"reference": "http://example.org/TestScript/t", "display": "t"}
    outcomes = [test["action"][1]["assert"]["result"] for test in report["test"]]
    assert outcomes == ["pass", "fail", "warning", "skip", "error", "fail"]


def test_a_report_of_what_was_skipped_is_pending(answering: Answering) -> None:
    body = script(READ, check(validateProfileId="p"), profile=[{"id": "p", "reference": "http://example.org/p"}])
    report = as_resource(run(answering(Reply(200, PATIENT)), body))
    assert (report["result"], "score" in report) == ("pending", False)


def test_junit_tells_failures_errors_and_skips(result: ScriptResult) -> None:
    root = ElementTree.fromstring(junit([result]))
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "2", "errors": "1", "skipped": "1",
    }  # fmt: skip
    failure = root.find(".//testcase[@name='fails']/failure")
    assert failure is not None
    assert failure.text is not None
    assert "curl -sS" in failure.text
    assert "A SHALL." in failure.text


def test_the_page_shows_requests_and_answers_and_runs_nothing(result: ScriptResult) -> None:
    text = page([result])
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "curl -sS -D -" in text
    assert '<a href="https://hl7.org/fhir/R4/http.html">' in text
    assert "6 tests in 1 scripts" in text
    anchors = re.findall(r'<li><a href="#([^"]+)">t: ', text)
    assert len(anchors) == 3
    assert all(f'id="{anchor}"' in text for anchor in anchors)


def test_no_report_holds_a_token(tmp_path: Path) -> None:
    with answering_at(lambda _: Reply(200, PATIENT)) as base, Server(base, Credentials("s3cret-token")) as server:
        write_reports([run(server, mixed())], tmp_path)
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["TestReport-001-t.json", "index.html", "junit.xml"]
    assert not any("s3cret" in file.read_text("utf-8") for file in tmp_path.iterdir())


# The command


def invoke(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["conformance", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_run_tells_what_failed_and_how_to_see_it(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(mixed()))
    with answering_at(lambda _: Reply(200, PATIENT)) as base:
        code, text = invoke("run", str(tmp_path), "--base", base, "--reports", str(tmp_path / "reports"))
    assert code == 1
    assert "fails: the status is 200, expected: equals 410" in text
    assert f"curl -sS -D - -H 'accept: application/fhir+json' {base}/Patient/1" in text
    assert "6 tests in" in text
    assert "1 passed, 1 passed with warnings, 1 skipped, 2 failed, 1 could not be run" in text
    assert (tmp_path / "reports" / "index.html").exists()


def test_run_ends_well_where_nothing_failed(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(script(READ, check(response="okay"))))
    with answering_at(lambda _: Reply(200, PATIENT)) as base:
        code, text = invoke("run", str(tmp_path / "t.json"), "--base", base, "--all")
    assert (code, "✓ the test" in text) == (0, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "t.json: a None, not a TestScript"),
        ("{", "t.json: Expecting property name"),
        ("<a/>", "t.json: a is not in the namespace http://hl7.org/fhir"),
        ('{"resourceType": "TestScript", "url": "http://x"}', "t.json: TestScript: TestScript must have name"),
        ("[]", "t.json: not a resource"),
    ],
)
def test_a_script_that_is_none_is_one_line(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "t.json").write_text(content)
    code, text = invoke("run", str(tmp_path / "t.json"), "--base", "http://127.0.0.1:1")
    assert code == 1
    assert text.startswith("Error: ")
    assert words in text
    assert text.count("\n") == 1


def test_what_is_given_wrongly_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(script(READ)))
    place = str(tmp_path / "t.json")
    assert "is not NAME=VALUE" in invoke("run", place, "--base", "http://127.0.0.1:1", "--variable", "x")[1]
    assert "is not the base URL of a server" in invoke("run", place, "--base", "nowhere")[1]
    assert "no StructureDefinition" in invoke("run", place, "--base", "http://127.0.0.1:1", "--package", str(tmp_path))[1]
    (tmp_path / "folder").mkdir()
    assert "no TestScript in it" in invoke("run", str(tmp_path / "folder"), "--base", "http://127.0.0.1:1")[1]
