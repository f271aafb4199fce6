"""Every kind of assertion, against a server that is right and against one that is wrong: each is seen to fail.

https://hl7.org/fhir/R4/testscript-definitions.html#TestScript.setup.action.assert
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from omop_fhir.conformance.assertion import KINDS, RESPONSES
from omop_fhir.conformance.operators import _BINARY, _UNARY

from .conftest import READ, Answering, Asked, Reply, check, operation, run, script, told

PATIENT = {
    "resourceType": "Patient", "id": "1", "active": True, "birthDate": "1970-01-01",
    "name": [{"family": "Chalmers", "given": ["Peter", "James"]}, {"family": "Windsor"}],
}  # fmt: skip
OTHER = {**PATIENT, "active": False, "birthDate": "1999-12-31", "name": [{"family": "Duck"}]}
BUNDLE = {
    "resourceType": "Bundle", "type": "searchset", "total": 2,
    "link": [{"relation": "self", "url": "http://x/fhir/Patient"}, {"relation": "next", "url": "http://x/fhir/Patient?page=2"}],
    "entry": [{"fullUrl": "http://x/fhir/Patient/1", "resource": PATIENT, "search": {"mode": "match"}}],
}  # fmt: skip
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
RIGHT = Reply(200, PATIENT, {"ETag": 'W/"3"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", "X-Count": "7"})
WRONG = Reply(200, OTHER, {"ETag": 'W/"4"', "X-Count": "5"})
MINIMUM = {"resourceType": "Patient", "id": "minimum", "name": [{"family": "Windsor"}, {"given": ["James"]}]}
PROFILES = {"profile": [{"id": "patient", "reference": "http://hl7.org/fhir/StructureDefinition/Patient"}]}
FIXTURES = {
    "contained": [PATIENT | {"id": "same"}, MINIMUM],
    "fixture": [
        {"id": "same", "autocreate": False, "autodelete": False, "resource": {"reference": "#same"}},
        {"id": "minimum", "autocreate": False, "autodelete": False, "resource": {"reference": "#minimum"}},
    ],
}  # fmt: skip

FAMILY = "fhir:Patient/fhir:name/fhir:family/@value"
CASES: list[tuple[dict[str, Any], Reply, Reply]] = [
    ({"response": "okay"}, RIGHT, Reply(404, OUTCOME)),
    ({"response": "notFound"}, Reply(404, OUTCOME), RIGHT),
    ({"response": "okay", "operator": "notEquals"}, Reply(404, OUTCOME), RIGHT),
    ({"responseCode": "200"}, RIGHT, Reply(201, PATIENT)),
    ({"responseCode": "200,201", "operator": "in"}, Reply(201, PATIENT), Reply(202, PATIENT)),
    ({"responseCode": "200,201", "operator": "notIn"}, Reply(404, OUTCOME), Reply(201, PATIENT)),
    ({"responseCode": "399", "operator": "greaterThan"}, Reply(404, OUTCOME), RIGHT),
    ({"responseCode": "300", "operator": "lessThan"}, RIGHT, Reply(404, OUTCOME)),
    ({"contentType": "json"}, RIGHT, replace(RIGHT, headers={"Content-Type": "text/html"})),
    ({"contentType": "xml"}, replace(RIGHT, headers={"Content-Type": "application/fhir+xml"}), RIGHT),
    ({"contentType": "application/fhir+json"}, RIGHT, replace(RIGHT, headers={"Content-Type": "application/json"})),
    ({"contentType": "xml", "operator": "notEquals"}, RIGHT, replace(RIGHT, headers={"Content-Type": "text/xml"})),
    ({"contentType": "fhir", "operator": "contains"}, RIGHT, replace(RIGHT, headers={"Content-Type": "text/html"})),
    ({"headerField": "Last-Modified"}, RIGHT, WRONG),
    ({"headerField": "Last-Modified", "operator": "notEmpty"}, RIGHT, WRONG),
    ({"headerField": "last-modified", "operator": "empty"}, WRONG, RIGHT),
    ({"headerField": "ETag", "value": 'W/"3"'}, RIGHT, WRONG),
    ({"headerField": "ETag", "value": 'W/"4"', "operator": "notEquals"}, RIGHT, WRONG),
    ({"headerField": "ETag", "value": '"3"', "operator": "contains"}, RIGHT, WRONG),
    ({"headerField": "ETag", "value": '"4"', "operator": "notContains"}, RIGHT, WRONG),
    ({"headerField": "X-Count", "value": "6", "operator": "greaterThan"}, RIGHT, WRONG),
    ({"headerField": "X-Count", "value": "6", "operator": "lessThan"}, WRONG, RIGHT),
    ({"resource": "Patient"}, RIGHT, replace(RIGHT, body=OUTCOME)),
    ({"resource": "OperationOutcome", "operator": "notEquals"}, RIGHT, replace(RIGHT, body=OUTCOME)),
    ({"resource": "Patient"}, RIGHT, replace(RIGHT, body="<html>", headers={"Content-Type": "text/html"})),
    ({"minimumId": "minimum"}, replace(RIGHT, body=PATIENT | {"id": "minimum"}), RIGHT),
    ({"navigationLinks": True}, Reply(200, BUNDLE), Reply(200, {**BUNDLE, "link": BUNDLE["link"][:1]})),
    ({"navigationLinks": True}, Reply(200, BUNDLE), Reply(200, {**BUNDLE, "link": BUNDLE["link"][1:]})),
    ({"navigationLinks": True}, Reply(200, BUNDLE), Reply(200, {**BUNDLE, "link": BUNDLE["link"] + BUNDLE["link"][1:]})),
    ({"navigationLinks": True}, Reply(200, BUNDLE), Reply(200, {**BUNDLE, "link": [BUNDLE["link"][0], {"relation": "next"}]})),
    ({"navigationLinks": True}, Reply(200, BUNDLE), RIGHT),
    ({"validateProfileId": "patient"}, RIGHT, replace(RIGHT, body=PATIENT | {"gender": "of course"})),
    ({"validateProfileId": "patient"}, RIGHT, replace(RIGHT, body=OUTCOME)),
    ({"expression": "Patient.active"}, RIGHT, WRONG),
    ({"expression": "name.count() = 2", "operator": "eval"}, RIGHT, WRONG),
    ({"expression": "Patient.birthDate", "value": "1970-01-01"}, RIGHT, WRONG),
    ({"expression": "Patient.active", "value": "true"}, RIGHT, WRONG),
    ({"expression": "Patient.birthDate", "value": "1980-06", "operator": "lessThan"}, RIGHT, WRONG),
    ({"expression": "Patient.birthDate", "value": "1980-06", "operator": "greaterThan"}, WRONG, RIGHT),
    ({"expression": "Patient.name.family", "value": "Duck,Chalmers,Windsor", "operator": "in"}, RIGHT,
     replace(RIGHT, body=PATIENT | {"name": [{"family": "Chalmers"}, {"family": "Mouse"}]})),
    ({"expression": "Patient.name.family", "value": "Duck", "operator": "notIn"}, RIGHT, WRONG),
    ({"expression": "Patient.name.family", "value": "Wind", "operator": "contains"}, RIGHT, WRONG),
    ({"expression": "Patient.name[1]", "operator": "notEmpty"}, RIGHT, WRONG),
    ({"expression": "Patient.name[1]", "operator": "empty"}, WRONG, RIGHT),
    ({"path": FAMILY, "value": "Chalmers"}, RIGHT, WRONG),
    ({"path": "Patient/name[2]/family"}, RIGHT, WRONG),
    ({"path": "$.name[0].family", "value": "Chalmers", "operator": "equals"}, RIGHT, WRONG),
    ({"path": "count(fhir:Patient/fhir:name)", "value": "1", "operator": "greaterThan"}, RIGHT, WRONG),
    ({"expression": "Patient.name.family", "compareToSourceId": "same", "compareToSourceExpression": "Patient.name.family"},
     RIGHT, WRONG),
    ({"path": FAMILY, "compareToSourceId": "same", "compareToSourcePath": FAMILY}, RIGHT, WRONG),
    ({"expression": "name[1].family", "compareToSourceId": "same", "compareToSourceExpression": "Patient.name.last().family"},
     RIGHT, replace(RIGHT, body=PATIENT | {"name": PATIENT["name"][::-1]})),
    ({"compareToSourceId": "same", "compareToSourceExpression": "Patient.name.first().family"}, RIGHT, WRONG),
    ({"compareToSourceId": "same", "compareToSourcePath": FAMILY}, RIGHT, WRONG),
    ({"expression": "Patient.birthDate", "compareToSourceId": "same", "compareToSourceExpression": "Patient.birthDate",
      "operator": "notEquals"}, WRONG, RIGHT),
    ({"expression": "Patient.birthDate", "compareToSourceId": "same", "compareToSourceExpression": "Patient.birthDate",
      "operator": "greaterThan"}, WRONG, RIGHT),
]  # fmt: skip


def outcome(server: Any, element: dict[str, Any], **more: Any) -> tuple[str, str]:
    """What one assertion comes to after a read."""
    result = run(server, script(READ, check(**element), **FIXTURES, **PROFILES, **more))
    return told(result)[-1]


@pytest.mark.parametrize(("element", "right", "wrong"), CASES, ids=lambda case: str(case)[:60] if isinstance(case, dict) else "")
def test_it_holds_of_the_right_server_and_fails_of_the_wrong_one(
    answering: Answering, element: dict[str, Any], right: Reply, wrong: Reply
) -> None:
    seen, message = outcome(answering(right), element)
    assert seen == "pass", message
    seen, message = outcome(answering(wrong), element)
    assert seen == "fail", message
    assert message
    seen, message = outcome(answering(wrong), element | {"warningOnly": True})
    assert seen == "warning", message


def test_every_kind_and_every_operator_is_among_them() -> None:
    named = {key for element, _, _ in CASES for key in element}
    assert set(KINDS) - {"requestMethod", "requestURL"} <= named
    assert {*_BINARY, *_UNARY, "eval"} <= {element.get("operator") for element, _, _ in CASES}


@pytest.mark.parametrize(("word", "status"), RESPONSES.items())
def test_each_word_for_a_response_is_its_status(answering: Answering, word: str, status: str) -> None:
    assert outcome(answering(Reply(int(status))), {"response": word})[0] == "pass"
    assert outcome(answering(Reply(418)), {"response": word})[0] == "fail"


SENT = operation(
    "search", resource="Patient", params="?family=Chalmers", accept="xml", requestId="sent",
    requestHeader=[{"field": "X-Trace", "value": "t1"}],
)  # fmt: skip
OF_REQUESTS = [
    ({"requestMethod": "get"}, {"requestMethod": "post"}),
    ({"requestURL": "family", "operator": "contains"}, {"requestURL": "given", "operator": "contains"}),
    ({"headerField": "Accept", "value": "xml", "operator": "contains"}, {"headerField": "Accept", "value": "application/json"}),
    ({"headerField": "x-trace", "value": "t1"}, {"headerField": "X-Trace", "value": "t2"}),
]


@pytest.mark.parametrize(("right", "wrong"), OF_REQUESTS)
def test_what_was_sent_is_looked_at(answering: Answering, right: dict[str, Any], wrong: dict[str, Any]) -> None:
    server = answering(Reply(200, BUNDLE))
    for element, expected in ((right, "pass"), (wrong, "fail")):
        ((_, _), (seen, message)) = told(run(server, script(SENT, check(direction="request", **element))))
        assert seen == expected, message


def test_a_request_kept_by_its_id_can_be_looked_at_later(answering: Answering) -> None:
    create = operation("create", resource="Patient", sourceId="same", requestId="sent")
    later = [create, READ, check(sourceId="sent", expression="Patient.name.family contains 'Windsor'")]
    assert told(run(answering(RIGHT), script(*later, **FIXTURES)))[-1][0] == "pass"


def test_what_cannot_be_judged_never_passes(answering: Answering) -> None:
    def seen(element: dict[str, Any], **more: Any) -> tuple[str, str]:
        return outcome(answering(RIGHT), element, **more)

    assert seen({"validateProfileId": "nowhere"}) == ("error", "the script has no profile 'nowhere'")
    assert seen({"navigationLinks": False})[0] == "skip"
    assert seen({"expression": "Patient.name.("})[0] == "error"
    assert seen({"path": "Patient/[["})[0] == "error"
    assert seen({"description": "nothing"})[0] == "skip"
    assert seen({"expression": "Patient.id", "sourceId": "later"})[0] == "error"
    assert seen({"expression": "Patient.birthDate", "operator": "greaterThan", "value": "tall"})[0] == "error"
    assert seen({"compareToSourceId": "same"})[0] == "error"
    assert seen({"headerField": "ETag", "operator": "equals"}) == ("error", "equals needs a value to compare with")


def test_a_profile_that_is_not_loaded_is_skipped(answering: Answering) -> None:
    body = script(READ, check(validateProfileId="p"), profile=[{"id": "p", "reference": "http://example.org/p"}])
    assert told(run(answering(RIGHT), body))[-1] == ("skip", "the profile http://example.org/p is in no loaded package")


def test_several_values_are_equal_only_where_each_is(answering: Answering) -> None:
    twice = replace(RIGHT, body=PATIENT | {"name": [{"family": "A"}, {"family": "A"}]})
    assert outcome(answering(twice), {"expression": "Patient.name.family", "value": "A"})[0] == "pass"
    assert outcome(answering(RIGHT), {"expression": "Patient.name.family", "value": "Chalmers"})[0] == "fail"


def test_a_failure_tells_what_was_seen(answering: Answering) -> None:
    result = run(answering(WRONG), script(READ, check(expression="Patient.birthDate", value="1970-01-01")))
    failed = result.tests[0].actions[1]
    assert failed.message == "Patient.birthDate is 1999-12-31, expected: equals 1970-01-01"
    assert failed.exchange is not None
    assert failed.exchange.line.endswith("/fhir/Patient/1 -> 200")


def test_no_answer_is_an_error_and_nothing_behind_it_is_tried(answering: Answering) -> None:
    def silent(asked: Asked) -> Reply:
        raise ConnectionAbortedError

    server = answering(RIGHT)
    dead = type(server)("http://127.0.0.1:1/fhir")
    with dead:
        seen = [outcome for outcome, _ in told(run(dead, script(READ, check(response="okay"))))]
    assert seen == ["error", "skip"]
