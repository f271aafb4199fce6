"""The R4 specification's own TestScripts, unchanged, where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omop_fhir.conformance.collect import collect
from omop_fhir.conformance.result import ScriptResult
from omop_fhir.conformance.run import Bench
from omop_fhir.conformance.script import Script, read_resource
from omop_fhir.conformance.shelf import Shelf
from omop_fhir.conformance.xml import to_xml

from .conftest import Answering, Asked, Reply
from .store import Store

SHARED = Path(__file__).parents[4] / "shared"
SCRIPTS = SHARED / "testscripts"
EXAMPLES = SHARED / "spec" / "r4" / "examples"

pytestmark = pytest.mark.skipif(not (SCRIPTS.is_dir() and EXAMPLES.is_dir()), reason=f"there is no {SCRIPTS}")

VARIABLES = {"PatientSearchFamilyName": "Chalmers", "PatientSearchGivenName": "Peter"}


@pytest.fixture
def store() -> Store:
    """A store that holds the Patient that HL7's scripts read."""
    found = Store()
    found.put("Patient/example", read_resource(EXAMPLES / "patient-example.json"))
    return found


def results(answering: Answering, store: Any, **more: Any) -> dict[str, ScriptResult]:
    """The results of all scripts, by the id of each, against one server as both destinations."""
    server = answering(store)
    bench = Bench([server, server], Shelf(EXAMPLES), variables=VARIABLES, **more)
    return {str(script.resource["id"]): bench.run(script) for script in collect([SCRIPTS])}


def test_each_runs_to_its_end_against_a_server_that_does_what_it_asks_for(answering: Answering, store: Store) -> None:
    for id, result in results(answering, store).items():
        parts = [part for part in (result.setup, *result.tests, result.teardown) if part is not None]
        worse = [(p.name, a.text, a.message) for p in parts for a in p.actions if a.outcome not in ("pass", "warning")]
        assert worse == [], id
        assert result.tests


def test_each_fails_against_a_server_that_does_nothing_right(answering: Answering) -> None:
    for id, result in results(answering, Reply(500, "no")).items():
        assert result.outcome == "fail", id


def test_each_fails_against_a_server_that_speaks_but_lies(answering: Answering, store: Store) -> None:
    """It answers as it should, with another Patient's content, and no links, types or headers."""

    def lying(asked: Asked) -> Reply:
        reply = store(asked)
        text = reply.body.replace("Chalmers", "Duck").replace('"history"', '"collection"').replace('"link"', '"lnk"')
        return Reply(reply.status, text.replace("<link>", "<lnk>").replace("</link>", "</lnk>"), {"Content-Type": "text/plain"})

    def of(asked: Asked) -> Reply:
        return lying(asked) if store(asked).body else store(asked)

    assert {result.outcome for result in results(answering, of).values()} == {"fail"}


def test_a_variable_that_only_the_tester_knows_is_asked_for(answering: Answering, store: Store) -> None:
    bench = Bench([answering(store)], Shelf(EXAMPLES))
    (script,) = [s for s in collect([SCRIPTS]) if s.resource["id"] == "testscript-example-search"]
    action = bench.run(script).tests[1].actions[0]
    assert action.outcome == "skip"
    assert "PatientSearchFamilyName" in action.message
    assert "--variable PatientSearchFamilyName=..." in action.message


def test_a_script_says_the_same_in_xml(answering: Answering, store: Store, tmp_path: Path) -> None:
    for script in collect([SCRIPTS]):
        (tmp_path / f"{script.resource['id']}.xml").write_text(to_xml(dict(script.resource)), "utf-8")
    again = collect([tmp_path])
    assert [_content(script) for script in again] == [_content(script) for script in collect([SCRIPTS])]


def _content(script: Script) -> dict[str, Any]:
    return {key: value for key, value in script.resource.items() if key != "text"}
