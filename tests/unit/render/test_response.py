"""The answer to a batch or transaction."""

from __future__ import annotations

import orjson

from omop_fhir.fhir.outcome import Issue, outcome_of
from omop_fhir.render.response import EntryResponse, response_bundle
from omop_fhir.validate import validate


def test_answers_stand_in_the_order_of_the_request() -> None:
    outcome = outcome_of([Issue("not-found", "Patient/7 was not found")])
    made = response_bundle(
        "batch",
        [
            EntryResponse(1, 404, outcome=outcome),
            EntryResponse(
                0,
                201,
                "https://fhir.example/fhir/Patient/5/_history/1",
                "1",
                "2020-01-01T00:00:00Z",
                resource=b'{"resourceType":"Patient","id":"5","multipleBirthInteger":1}',
                full_url="https://fhir.example/fhir/Patient/5",
            ),
            EntryResponse(2, 204),
        ],
    )
    assert orjson.loads(made) == {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [
            {
                "fullUrl": "https://fhir.example/fhir/Patient/5",
                "resource": {"resourceType": "Patient", "id": "5", "multipleBirthInteger": 1},
                "response": {
                    "status": "201 Created",
                    "location": "https://fhir.example/fhir/Patient/5/_history/1",
                    "etag": 'W/"1"',
                    "lastModified": "2020-01-01T00:00:00Z",
                },
            },
            {"response": {"status": "404 Not Found", "outcome": outcome}},
            {"response": {"status": "204 No Content"}},
        ],
    }
    assert validate(orjson.loads(made)) == []


def test_an_empty_answer_has_no_empty_array() -> None:
    assert response_bundle("transaction", []) == b'{"resourceType":"Bundle","type":"transaction-response"}'
