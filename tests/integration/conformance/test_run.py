"""How a script runs: setup, tests, teardown, fixtures, variables, requests, what a server must claim."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from omop_fhir.conformance.client import Server
from omop_fhir.conformance.credentials import Credentials, read_key
from omop_fhir.conformance.run import Bench
from omop_fhir.conformance.script import parse_script
from omop_fhir.errors import ConfigurationError

from .conftest import READ, Answering, Asked, Reply, answering_at, check, operation, run, script, told

PATIENT = {"resourceType": "Patient", "id": "1", "name": [{"family": "Chalmers"}], "meta": {"versionId": "7"}}
PUBLIC = ECKey.generate_key("P-384", {"kid": "k1"}, private=True).as_dict(private=False)
FAILS, HOLDS = check(response="notFound"), check(response="okay")


@dataclass
class Recorder:
    """Answers all alike, and keeps what it was asked."""

    reply: Reply = field(default_factory=lambda: Reply(200, PATIENT))
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return self.reply

    @property
    def lines(self) -> list[str]:
        return [f"{asked.method} {asked.path.removeprefix('/fhir')}" for asked in self.asked]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def fixture(id: str, resource: dict[str, Any], **more: Any) -> dict[str, Any]:
    """`contained` and `fixture` of a script with one fixture."""
    made = {"id": id, "autocreate": False, "autodelete": False, "resource": {"reference": f"#{id}"}, **more}
    return {"contained": [{**resource, "id": id}], "fixture": [made]}


# The order of things


def test_a_failure_ends_the_test_but_not_the_script(answering: Answering, recorder: Recorder) -> None:
    body = script(READ, FAILS, HOLDS, READ)
    body["test"].append({"name": "another", "action": [READ, HOLDS]})
    result = run(answering(recorder), body)
    assert [a.outcome for a in result.tests[0].actions] == ["pass", "fail", "skip", "skip"]
    assert result.tests[0].actions[2].message == "an action before it did not succeed"
    assert (result.tests[1].outcome, result.outcome) == ("pass", "fail")
    assert len(recorder.asked) == 2


@pytest.mark.parametrize(
    "said",
    [
        {"stopTestOnFail": False},
        {"extension": [{"url": "http://example.org/testscript-assert-stopTestOnFail", "valueBoolean": False}]},
    ],
)
def test_a_failure_that_does_not_stop_lets_the_test_go_on(answering: Answering, said: dict[str, Any]) -> None:
    failing = {"assert": {**FAILS["assert"], **said}}
    result = run(answering(Recorder()), script(READ, failing, HOLDS))
    assert [a.outcome for a in result.tests[0].actions] == ["pass", "fail", "pass"]


def test_keep_going_tries_the_assertions_up_to_the_next_operation(answering: Answering) -> None:
    result = run(answering(Recorder()), script(READ, FAILS, HOLDS, READ, HOLDS), keep_going=True)
    assert [a.outcome for a in result.tests[0].actions] == ["pass", "fail", "pass", "skip", "pass"]


def test_without_setup_no_test_runs_and_teardown_does(answering: Answering, recorder: Recorder) -> None:
    delete = operation("delete", resource="Patient", params="/1")
    body = script(READ, HOLDS, setup={"action": [READ, FAILS]}, teardown={"action": [delete]})
    result = run(answering(recorder), body)
    assert recorder.lines == ["GET /Patient/1", "DELETE /Patient/1"]
    assert result.setup is not None
    assert (result.setup.outcome, result.tests[0].outcome) == ("fail", "skip")
    assert "setup: the status is 200" in told(result)[0][1]
    assert result.counts == {"fail": 1, "skip": 1}


def test_a_warning_in_setup_lets_the_tests_run(answering: Answering) -> None:
    warning = {"assert": {**FAILS["assert"], "warningOnly": True}}
    result = run(answering(Recorder()), script(READ, HOLDS, setup={"action": [READ, warning]}))
    assert (result.outcome, result.tests[0].outcome) == ("warning", "pass")


def test_fixtures_are_created_before_and_deleted_after(answering: Answering) -> None:
    seen: list[str] = []

    def answer(asked: Asked) -> Reply:
        seen.append(f"{asked.method} {asked.path}")
        made = Reply(201, None, {"Location": "http://x/fhir/Patient/made-7/_history/1"})
        return made if asked.method == "POST" else Reply(200, PATIENT)

    body = script(operation("read", targetId="p"), HOLDS, **fixture("p", PATIENT, autocreate=True, autodelete=True))
    assert run(answering(answer), body).outcome == "pass"
    assert seen == ["POST /fhir/Patient", "GET /fhir/Patient/made-7", "DELETE /fhir/Patient/made-7"]


def test_a_fixture_that_cannot_be_created_is_an_error_of_setup(answering: Answering, recorder: Recorder) -> None:
    recorder.reply = Reply(405, {"resourceType": "OperationOutcome"})
    result = run(answering(recorder), script(READ, HOLDS, **fixture("p", PATIENT, autocreate=True)))
    assert result.setup is not None
    assert (result.setup.outcome, result.tests[0].outcome) == ("error", "skip")


def test_a_fixture_that_is_nowhere_skips_what_needs_it(answering: Answering) -> None:
    made = {"id": "p", "autocreate": False, "autodelete": False, "resource": {"reference": "Patient/nowhere"}}
    result = run(answering(Recorder()), script(operation("create", sourceId="p"), HOLDS, fixture=[made]))
    assert told(result)[0] == ("skip", "the fixture Patient/nowhere is in none of the fixture folders")
    assert result.tests[0].outcome == "skip"


# Variables


def test_variables_come_from_headers_expressions_paths_and_defaults(answering: Answering, recorder: Recorder) -> None:
    recorder.reply = Reply(200, PATIENT, {"ETag": 'W/"7"'})
    variables = [
        {"name": "tag", "headerField": "ETag", "sourceId": "first"},
        {"name": "family", "expression": "Patient.name.first().family", "sourceId": "first"},
        {"name": "id", "path": "Patient/id", "sourceId": "first"},
        {"name": "fixed", "defaultValue": "a b"},
        {"name": "absent", "expression": "Patient.gender", "sourceId": "first", "defaultValue": "unknown"},
    ]
    first = operation("read", resource="Patient", params="/1", responseId="first")
    then = operation(
        "search", resource="Patient", params="?family=${family}&_id=${id}&x=${fixed}&gender=${absent}",
        requestHeader=[{"field": "If-None-Match", "value": "${tag}"}],
    )  # fmt: skip
    assert run(answering(recorder), script(first, then, variable=variables)).outcome == "pass"
    assert recorder.lines[1] == "GET /Patient?family=Chalmers&_id=1&x=a%20b&gender=unknown"
    assert recorder.asked[1].headers["if-none-match"] == 'W/"7"'


def test_variables_fill_fixtures_and_assertions(answering: Answering, recorder: Recorder) -> None:
    variables = [{"name": "family", "defaultValue": "Chalmers"}]
    body = script(
        operation("create", sourceId="p"), check(expression="Patient.name.family", value="${family}"),
        variable=variables, **fixture("p", {"resourceType": "Patient", "name": [{"family": "${family}"}]}),
    )  # fmt: skip
    assert run(answering(recorder), body).outcome == "pass"
    assert '"family":"Chalmers"' in recorder.asked[0].body
    assert run(answering(recorder), body, variables={"family": "Duck"}).outcome == "fail"
    assert '"family":"Duck"' in recorder.asked[1].body


def test_a_variable_without_a_value_skips(answering: Answering) -> None:
    variables = [{"name": "gender", "expression": "Patient.gender"}]
    read = operation("read", resource="Patient", params="/${gender}")
    result = run(answering(Recorder()), script(READ, read, variable=variables))
    assert told(result)[1] == ("skip", "the variable gender has no value: Patient.gender gives nothing in the last answer")
    assert told(run(answering(Recorder()), script(operation("read", url="${who}"))))[0][0] == "error"


# Requests

P = fixture("p", PATIENT)
SHAPES: list[tuple[dict[str, Any], str]] = [
    (operation("read", resource="Patient", params="/1"), "GET /Patient/1"),
    (operation("read", targetId="p"), "GET /Patient/p"),
    (operation("vread", targetId="p"), "GET /Patient/p/_history/7"),
    (operation("vread", resource="Patient", params="/1/_history/2"), "GET /Patient/1/_history/2"),
    (operation("history", targetId="p"), "GET /Patient/p/_history"),
    (operation("history", resource="Patient"), "GET /Patient/_history"),
    (operation("history"), "GET /_history"),
    (operation("history", resource="Patient", params="/1?_count=2"), "GET /Patient/1/_history?_count=2"),
    (operation("search", resource="Patient", params="?family=a b|c"), "GET /Patient?family=a%20b%7Cc"),
    (operation("search", resource="Patient", params="family=x"), "GET /Patient?family=x"),
    (operation("search", params="?_type=Patient"), "GET ?_type=Patient"),
    (operation("search", resource="Patient", method="post", params="?family=x"), "POST /Patient/_search"),
    (operation("create", sourceId="p"), "POST /Patient"),
    (operation("update", sourceId="p"), "PUT /Patient/p"),
    (operation("updateCreate", sourceId="p", resource="Patient", params="/new"), "PUT /Patient/new"),
    (operation("patch", sourceId="p", targetId="p"), "PATCH /Patient/p"),
    (operation("delete", targetId="p"), "DELETE /Patient/p"),
    (operation("deleteCondSingle", resource="Patient", params="?identifier=x"), "DELETE /Patient?identifier=x"),
    (operation("deleteCondMultiple", resource="Patient", params="?identifier=x"), "DELETE /Patient?identifier=x"),
    (operation("batch", sourceId="p"), "POST "),
    (operation("transaction", sourceId="p"), "POST "),
    (operation("capabilities"), "GET /metadata"),
    (operation("everything", targetId="p", params="?_count=5"), "GET /Patient/p/$everything?_count=5"),
    (operation("everything", resource="Patient", params="/1/$everything"), "GET /Patient/1/$everything"),
    (operation("validate", sourceId="p", resource="Patient"), "POST /Patient/$validate"),
    (operation("expand", resource="ValueSet", params="?url=u"), "GET /ValueSet/$expand?url=u"),
    (operation("closure", sourceId="p"), "POST /$closure"),
    (operation("read", url="Patient/1"), "GET /Patient/1"),
    (operation("read", resource="Patient", params="/1", method="head"), "HEAD /Patient/1"),
    (operation("read", resource="Patient", params="/1", method="options"), "OPTIONS /Patient/1"),
    ({"operation": {"method": "get", "url": ".well-known/smart-configuration", "encodeRequestUrl": True}},
     "GET /.well-known/smart-configuration"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "line"), SHAPES, ids=[line for _, line in SHAPES])
def test_each_operation_is_its_request(answering: Answering, recorder: Recorder, action: dict[str, Any], line: str) -> None:
    result = run(answering(recorder), script(action, **P))
    assert told(result)[0][0] == "pass", told(result)
    assert recorder.lines == [line]


def test_a_search_by_post_is_a_form(answering: Answering, recorder: Recorder) -> None:
    run(answering(recorder), script(operation("search", resource="Patient", method="post", params="?family=a b&given=x")))
    (asked,) = recorder.asked
    assert (asked.headers["content-type"], asked.body) == ("application/x-www-form-urlencoded", "family=a%20b&given=x")


def test_json_and_xml_go_out_as_the_script_says(answering: Answering, recorder: Recorder) -> None:
    run(answering(recorder), script(operation("create", sourceId="p", accept="xml", contentType="xml"), **P))
    (asked,) = recorder.asked
    assert (asked.headers["accept"], asked.headers["content-type"]) == ("application/fhir+xml", "application/fhir+xml")
    assert '<family value="Chalmers" />' in asked.body


def test_a_binary_stands_for_what_it_holds(answering: Answering, recorder: Recorder) -> None:
    patch = '[{"op": "remove", "path": "/name"}]'
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json"}
    data = {**binary, "data": base64.b64encode(patch.encode()).decode()}
    run(answering(recorder), script(operation("patch", resource="Patient", sourceId="b", params="/1"), **fixture("b", data)))
    (asked,) = recorder.asked
    assert (asked.headers["content-type"], asked.body) == ("application/json-patch+json", patch)


def test_the_destination_chooses_the_server(answering: Answering) -> None:
    first, second = Recorder(), Recorder()
    servers = [answering(first), answering(second)]
    body = script(operation("read", resource="Patient", params="/1", destination=2))
    assert Bench(servers).run(parse_script(body)).outcome == "pass"
    assert (first.lines, second.lines) == ([], ["GET /Patient/1"])
    assert Bench(servers[:1]).run(parse_script(body)).outcome == "skip"


# What a server must claim


def needing(*actions: dict[str, Any], **row: Any) -> dict[str, Any]:
    """A script that requires a resource type with what `row` says."""
    rest = [{"mode": "server", "resource": [{"type": "Patient", **row}]}]
    statement = {"resourceType": "CapabilityStatement", "id": "needs", "status": "active", "date": "2026", "kind": "requirements",
                 "fhirVersion": "4.0.1", "format": ["json"], "description": "what is needed", "rest": rest}  # fmt: skip
    capability = {"required": True, "validated": False, "capabilities": "#needs"}
    return script(*actions, contained=[statement], metadata={"capability": [capability]})


def claiming(**row: Any) -> Reply:
    rest = [{"mode": "server", "resource": [{"type": "Patient", **row}]}]
    return Reply(200, {"resourceType": "CapabilityStatement", "format": ["application/fhir+json"], "rest": rest})


@pytest.mark.parametrize(
    ("needed", "claimed", "missing"),
    [
        ({"interaction": [{"code": "read"}]}, {"interaction": [{"code": "read"}, {"code": "create"}]}, None),
        ({"interaction": [{"code": "create"}]}, {"interaction": [{"code": "read"}]}, "Patient: the interaction create"),
        ({"conditionalDelete": "single"}, {"conditionalDelete": "multiple"}, None),
        ({"conditionalDelete": "multiple"}, {"conditionalDelete": "single"}, "Patient: conditionalDelete multiple"),
        ({"conditionalCreate": True}, {"conditionalCreate": False}, "Patient: conditionalCreate"),
        ({"searchParam": [{"name": "family", "type": "string"}]}, {}, "Patient: the search parameter family"),
        ({"searchInclude": ["Patient:link"]}, {"searchInclude": ["Patient:link"]}, None),
        ({"searchInclude": ["Patient:link"]}, {}, "Patient: searchInclude Patient:link"),
    ],
)  # fmt: skip
def test_what_the_server_does_not_claim_is_skipped(
    answering: Answering, needed: dict[str, Any], claimed: dict[str, Any], missing: str | None
) -> None:
    result = run(answering(claiming(**claimed)), needing(READ, HOLDS, **needed))
    assert (result.outcome == "pass") == (missing is None)
    if missing is not None:
        assert told(result)[0] == ("skip", f"the server does not claim {missing}")


# Who asks


def test_the_token_is_sent_to_the_server_alone_and_never_shown(recorder: Recorder) -> None:
    elsewhere = Recorder()
    with answering_at(recorder) as base, answering_at(elsewhere) as other, Server(base, Credentials("s3cret")) as server:
        result = run(server, script(READ, operation("read", url=f"{other}/Patient/1")))
    assert recorder.asked[0].headers["authorization"] == "Bearer s3cret"
    assert "authorization" not in elsewhere.asked[0].headers
    exchange = result.tests[0].actions[0].exchange
    assert exchange is not None
    assert '-H "Authorization: Bearer $TOKEN"' in exchange.request.curl
    assert "s3cret" not in exchange.request.curl + str(exchange.request.shown_headers)


def test_a_client_gets_its_token_from_the_server(recorder: Recorder) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("smart-configuration"):
            return Reply(200, {"token_endpoint": f"http://{asked.headers['host']}/token"})
        if asked.path == "/token":
            assert asked.headers["authorization"].startswith("Basic ")
            assert "grant_type=client_credentials" in asked.body
            return Reply(200, {"access_token": "given"})
        return recorder(asked)

    with answering_at(answer) as base, Server(base, Credentials(client_id="me", client_secret="word")) as server:
        run(server, script(READ))
    assert recorder.asked[0].headers["authorization"] == "Bearer given"


def test_a_client_with_a_key_signs_for_its_token(recorder: Recorder, tmp_path: Path) -> None:
    key = ECKey.generate_key("P-384", {"kid": "k1"}, private=True)
    (tmp_path / "key.json").write_text(json.dumps({"keys": [key.as_dict(private=True)]}))
    claims: list[dict[str, Any]] = []

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("smart-configuration"):
            return Reply(200, {"token_endpoint": f"http://{asked.headers['host']}/token"})
        if asked.path == "/token":
            form = dict(parse_qsl(asked.body))
            assert "authorization" not in asked.headers
            assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            token = jwt.decode(form["client_assertion"], ECKey.import_key(key.as_dict(private=False)), algorithms=["ES384"])
            assert (token.header["kid"], form["scope"]) == ("k1", "system/*.rs")
            claims.append(token.claims | {"endpoint": f"http://{asked.headers['host']}/token"})
            return Reply(200, {"access_token": "given"})
        return recorder(asked)

    credentials = Credentials(client_id="me", client_key=read_key(tmp_path / "key.json"))
    with answering_at(answer) as base, Server(base, credentials) as server:
        run(server, script(READ))
    assert recorder.asked[0].headers["authorization"] == "Bearer given"
    (said,) = claims
    assert (said["iss"], said["sub"], said["aud"]) == ("me", "me", said["endpoint"])
    assert 0 < said["exp"] - time.time() < 300
    assert said["jti"]
    assert "client_key" not in repr(credentials)


@pytest.mark.parametrize("content", ["", "{}", '{"kty": "RSA"}', '{"keys": []}', "[]", json.dumps(PUBLIC)])
def test_a_key_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "key.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"key\.json"):
        read_key(tmp_path / "key.json")


def test_credentials_that_are_not_taken_end_the_run() -> None:
    refusing = answering_at(lambda _: Reply(401, {"error": "invalid_client"}))
    with refusing as base, pytest.raises(ConfigurationError, match="401"):
        Server(base, Credentials(client_id="me", client_secret="word"))
    with pytest.raises(ConfigurationError, match="is not the base URL of a server"):
        Server("example.org/fhir")
