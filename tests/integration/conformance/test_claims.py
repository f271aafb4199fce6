"""What a server claims is tested, and that each of these tests can fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from omop_fhir.cli import main
from omop_fhir.conformance.claims.derive import derive
from omop_fhir.conformance.claims.values import other, values
from omop_fhir.conformance.client import Server
from omop_fhir.conformance.collect import collect
from omop_fhir.conformance.result import ScriptResult
from omop_fhir.conformance.run import Bench
from omop_fhir.conformance.script import parse_script
from omop_fhir.fhir.search_parameters import search_parameter
from omop_fhir.validate import validate

from .conftest import Asked, Reply, answering_at, through

Change = Callable[[Asked, Reply], Reply]


def same(asked: Asked, reply: Reply) -> Reply:
    return reply


def results(base: str) -> list[ScriptResult]:
    with Server(base) as server:
        bench = Bench([server])
        return [bench.run(parse_script(resource)) for resource in derive(server, sample=25)]


def outcomes(base: str) -> dict[str, str]:
    """Test -> outcome."""
    return {test.name: test.outcome for result in results(base) for test in result.tests}


BLOOD_PRESSURE = {
    "resourceType": "Observation", "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "component": [
        {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
         "valueQuantity": {"value": 107, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}},
        {"code": {"coding": [{"code": "a,b"}]}, "valueCodeableConcept": {"coding": [{"code": "x$y"}]}},
    ],
}  # fmt: skip
PLACE = {"resourceType": "Location", "position": {"latitude": 48.4, "longitude": 9.99}}


@pytest.mark.parametrize(
    ("resource", "code", "found", "nothing"),
    [
        (BLOOD_PRESSURE, "component-code-value-quantity", ["8480-6$ge107",
         "http://loinc.org|8480-6$107|http://unitsofmeasure.org|mm[Hg]"], "no-such-code$987654321"),
        (BLOOD_PRESSURE, "component-code-value-concept", [r"a\,b$x\$y"], "no-such-code$no-such-code"),
        (BLOOD_PRESSURE, "combo-code-value-quantity", ["8480-6$ge107",
         "http://loinc.org|8480-6$107|http://unitsofmeasure.org|mm[Hg]"], "no-such-code$987654321"),
        (BLOOD_PRESSURE | {"valueDateTime": "2020-01-02"}, "code-value-date", ["85354-9$2020-01-02",
         *(f"http://loinc.org|85354-9${way}" for way in ("le2020-01-02", "ge2020-01-02", "gt1201"))], "no-such-code$1201"),
        (BLOOD_PRESSURE, "code-value-string", [], "no-such-code$zzzzqqqqzzzz"),
        (PLACE, "near", ["48.4|9.99|1|km"], "0|-160|1|km"),
    ],
)  # fmt: skip
def test_composite_and_special_parameters_have_values(resource: Any, code: str, found: list[str], nothing: str) -> None:
    parameter = search_parameter(resource["resourceType"], code)
    assert parameter is not None
    assert [value.text for value in values(parameter, resource)] == found
    assert other(parameter, resource["resourceType"]) == nothing


def test_all_that_our_server_claims_holds(ours: str) -> None:
    found = outcomes(ours)
    assert {name: outcome for name, outcome in found.items() if outcome != "pass"} == {}
    assert "Patient?birthdate" in found
    assert "Encounter?_include=Encounter:patient" in found
    assert "Patient?_revinclude=Procedure:patient" in found
    assert "Not claimed: Patient, create" in found or "Patient: create" in found
    assert len(found) > 500


def test_a_server_that_ignores_what_it_is_asked_for_is_found_out(ours: str) -> None:
    def without_query(asked: Asked) -> Asked:
        path = asked.path.partition("?")[0]
        return Asked(asked.method, asked.path if "page" in asked.path else path, asked.headers, asked.body)

    with answering_at(through(ours, same, without_query)) as base:
        found = outcomes(base)
    searched = {name: outcome for name, outcome in found.items() if "?" in name and not name.startswith("Not claimed")}
    plain = {name for name in searched if not name.endswith("=*")}
    assert {name for name in plain if searched[name] == "pass"} == set()
    assert found["Patient: read"] == "pass"


def test_claims_that_are_not_kept_are_found_out(ours: str) -> None:
    def boast(asked: Asked, reply: Reply) -> Reply:
        if not asked.path.startswith("/fhir/metadata") or reply.status != 200:
            return reply
        statement = orjson.loads(str(reply.body))
        statement["format"].append("xml")
        rest = statement["rest"][0]
        rest["interaction"] = [{"code": "history-system"}, {"code": "batch"}, {"code": "search-system"}]
        patient = next(row for row in rest["resource"] if row["type"] == "Patient")
        patient["interaction"] += [{"code": "history-type"}, {"code": "vread"}]
        patient["searchParam"] += [{"name": "animal-breed", "type": "token"}, {"name": "phonetic", "type": "string"}]
        patient["searchParam"] += [{"name": "shoe-size", "type": "number"}]
        patient["operation"] = [{"name": "everything", "definition": "http://x"}, {"name": "strange", "definition": "http://x"}]
        rest["compartment"] = ["http://hl7.org/fhir/CompartmentDefinition/device"]
        rest["operation"] = [{"name": "meta", "definition": "http://x"}, {"name": "strange", "definition": "http://x"}]
        rest["searchParam"] = [{"name": "_tag", "type": "token"}]
        return Reply(reply.status, statement, reply.headers)

    with answering_at(through(ours, boast)) as base:
        found = outcomes(base)
    assert found["The format xml"] == "fail"
    assert found["The interaction history-system"] == "fail"
    assert found["Patient: history-type"] == "fail"
    assert found["Patient?shoe-size"] == "skip"
    assert found["Patient/$strange"] == "skip"
    assert found["The compartment Device"] == "skip"
    assert found["$meta"] == "fail"
    assert found["$strange"] == "skip"
    assert found["The parameter _tag of all types"] == "skip"


def test_what_is_not_claimed_and_done_all_the_same_is_found_out(ours: str) -> None:
    def modest(asked: Asked, reply: Reply) -> Reply:
        if not asked.path.startswith("/fhir/metadata") or reply.status != 200:
            return reply
        statement = orjson.loads(str(reply.body))
        rest = statement["rest"][0]
        rest["resource"] = [row for row in rest["resource"] if row["type"] != "Location"]
        patient = next(row for row in rest["resource"] if row["type"] == "Patient")
        patient["searchParam"] = [row for row in patient["searchParam"] if row["name"] != "birthdate"]
        patient.pop("operation", None)
        patient["searchRevInclude"].remove("Procedure:patient")
        del patient["searchRevInclude"][0]
        rest["searchParam"] = [{"name": "_type", "type": "token"}, {"name": "_id", "type": "token"}]
        rest["compartment"] = rest["compartment"][:1]
        return Reply(reply.status, statement, reply.headers)

    with answering_at(through(ours, modest)) as base:
        found = outcomes(base)
    assert found["Not claimed: Location"] == "fail"
    assert found["Not claimed: Patient?birthdate"] == "fail"
    assert found["Not claimed: Patient/$everything"] == "fail"
    assert found["Not claimed: Patient?_revinclude=Procedure:patient"] == "fail"
    assert {outcome for name, outcome in found.items() if name.startswith("Not claimed: the compartment")} == {"fail"}
    assert found["The parameter _type of all types"] == found["The parameter _id of all types"] == "pass"
    assert found["Not claimed: $meta"] == "pass"
    others = {name for name in found if name.startswith("Not claimed: Patient?") and "include=" not in name}
    others.remove("Not claimed: Patient?birthdate")
    assert {found[name] for name in others} == {"pass"}


@pytest.mark.parametrize("status", [500, 200])
def test_a_refusal_is_no_failure_and_no_page_of_html(ours: str, status: int) -> None:
    def broken(asked: Asked, reply: Reply) -> Reply:
        return Reply(status, "<html>", {"Content-Type": "text/html"}) if reply.status >= 400 else reply

    with answering_at(through(ours, broken)) as base:
        found = outcomes(base)
    refusals = [outcome for name, outcome in found.items() if name.startswith("Not claimed")]
    assert set(refusals) <= {"fail", "error"}


def test_the_scripts_can_be_kept_and_run_again(ours: str, tmp_path: Path) -> None:
    words = ["conformance", "claims", "--base", ours, "--scripts", str(tmp_path / "scripts"), "--reports", str(tmp_path / "r")]
    result = CliRunner().invoke(main, [*words, "--strict", "--sample", "20"])
    assert result.exit_code == 0, result.output
    scripts = collect([tmp_path / "scripts"])
    assert {script.resource["id"] for script in scripts} >= {"claims-server", "claims-patient", "refusals-patient"}
    assert [issue for script in scripts for issue in validate(dict(script.resource)) if issue.severity == "error"] == []
    assert (tmp_path / "r" / "junit.xml").exists()


def test_a_server_without_a_statement_is_one_line() -> None:
    with answering_at(lambda _: Reply(404, {"resourceType": "OperationOutcome"})) as base:
        result = CliRunner().invoke(main, ["conformance", "claims", "--base", base])
    assert result.exit_code == 1
    assert result.output == f"Error: GET {base}/metadata -> 404: no CapabilityStatement\n"


def test_nothing_is_changed(ours: str) -> None:
    """Whatever is sent with a body that could be stored is a search or holds reads alone."""
    sent: list[Asked] = []

    def record(asked: Asked) -> Asked:
        sent.append(asked)
        return asked

    with answering_at(through(ours, same, record)) as base:
        results(base)
    bodies: list[Any] = []
    for asked in sent:
        if asked.method in ("POST", "PUT", "PATCH"):
            try:
                bodies.append(orjson.loads(asked.body))
            except orjson.JSONDecodeError:
                continue
    assert all(row["request"]["method"] == "GET" for body in bodies for row in body["entry"])
    assert {asked.path.rsplit("/", 1)[1] for asked in sent if asked.method == "DELETE"} <= {"no-such-id-0"}
