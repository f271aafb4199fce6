"""What a refusal says: true, of a status that fits, and itself right FHIR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from omop_fhir.auth.grants import ALL_LETTERS, ALL_TYPES, Grants, Letter, Permission

from .conftest import Fixed, Served, refused, rows, running

OTHER = {"resourceType": "Practitioner", "id": "cited"}


def condition(subject: str = "Patient/1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "code": {"text": "cough"}, "subject": {"reference": subject}, **more}


def entry(method: str, url: str, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"request": {"method": method, "url": url}} | ({"resource": resource} if resource else {})


def bundle(kind: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def issues(answer: Any) -> list[tuple[str, str, str]]:
    """Code, place and words of each issue."""
    return [(each["code"], *each.get("expression", [""]), each["diagnostics"]) for each in answer.json()["issue"]]


@pytest.fixture(scope="module")
def bound(writable: Served) -> Iterator[Served]:
    """The same database for who writes about Patient/1 alone; a condition of that patient cites a Practitioner."""
    assert writable.send("PUT", "Practitioner/cited", OTHER).status_code == 201
    told = condition(asserter={"reference": "Practitioner/cited"}, id="citing")
    assert writable.send("PUT", "Condition/citing", told).status_code == 201
    with running(writable.database, Fixed(grants("cruds"))) as served:
        yield served


def grants(letters: str, type: str = ALL_TYPES) -> Grants:
    allowed: dict[str, Letter] = {letter: letter for letter in ALL_LETTERS}
    return Grants("writer", (Permission(type, frozenset(allowed[each] for each in letters), patient=1),))


@pytest.mark.parametrize("path", ["Patient/1%00", "Pat%01ient", "Condition?fo%02o=1", "Condition?_sort=%1f"])
def test_it_holds_no_control_character_whatever_was_sent(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status_code in (400, 404)
    ((_, place, words),) = issues(answer)
    assert all(character.isprintable() for character in place + words), answer.text


@pytest.mark.parametrize("version", ["application/fhir%2Bjson;%20fhirVersion=3.0", "application/fhir+json; fhirVersion=5.0"])
def test_format_does_not_hide_another_version_of_fhir_behind_a_space(served: Served, version: str) -> None:
    served.refusal(f"Patient/1?_format={version}", 406, "not-supported")


def test_a_space_for_the_plus_of_format_is_passed_over(served: Served) -> None:
    assert served.get("Patient/1?_format=application/fhir+json;%20fhirVersion=4.0").status_code == 200


def test_the_types_that_everything_knows_are_named_once(writable: Served) -> None:
    words = writable.refusal("Patient/1/$everything?_type=Observation", 400, "invalid")
    assert words.count("Condition") == 1


def test_nothing_is_in_a_compartment_of_which_nothing_is_served(served: Served) -> None:
    words = served.refusal("Device/1/Condition", 404, "not-found")
    assert words == "Condition is in no Device compartment; there is nothing here that is in one"


def test_audit_events_are_not_written_though_others_are(writable: Served) -> None:
    words = refused(writable.send("POST", "AuditEvent", {"resourceType": "AuditEvent"}), 405, "not-supported")
    assert words == "POST is not supported here: AuditEvent is only read and searched; possible are GET, HEAD, OPTIONS"


def test_a_new_resource_has_no_name_yet(writable: Served) -> None:
    words = refused(writable.send("POST", "Condition", condition(), if_match='W/"1"'), 412, "conflict")
    assert words == "a new Condition has not the version that If-Match names: there is none"


def test_values_are_shown_as_json_has_them(writable: Served) -> None:
    answer = writable.send("POST", "Condition", condition(note=[None], recordedDate=True))
    assert {words for _, _, words in issues(answer)} == {
        "must be an object of type Annotation, not null", "true is not a dateTime",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["Patient?_id=1", "{base}/Patient?_id=1", "urn:uuid:00000000-0000-4000-8000-000000000001"])
@pytest.mark.parametrize("door", ["create", "batch", "validate"])
def test_what_a_transaction_settles_is_no_reference_elsewhere(writable: Served, text: str, door: str) -> None:
    sent = condition(text.format(base=writable.base))
    match door:
        case "create":
            answer = writable.send("POST", "Condition", sent)
            assert answer.status_code == 400
            found = issues(answer)
        case "validate":
            found = issues(writable.send("POST", "Condition/$validate", sent))
        case _:
            told = writable.send("POST", "", bundle("batch", entry("POST", "Condition", sent))).json()
            response = told["entry"][0]["response"]
            assert response["status"] == "400 Bad Request"
            found = [(each["code"], *each["expression"], each["diagnostics"]) for each in response["outcome"]["issue"]]
    ((code, place, words),) = found
    assert (code, place.rpartition("Condition.")[2].rpartition("resource.")[2]) == ("not-supported", "subject.reference")
    assert "transaction" in words


def test_a_transaction_settles_a_search(writable: Served) -> None:
    answer = writable.send("POST", "", bundle("transaction", entry("POST", "Condition", condition("Patient?_id=1"))),
                           prefer="return=representation")  # fmt: skip
    assert answer.json()["entry"][0]["resource"]["subject"]["reference"] == "Patient/1", answer.text


@pytest.mark.parametrize(("method", "body"), [("PUT", OTHER), ("DELETE", None)])
def test_what_may_be_read_and_not_written_is_forbidden_and_not_missing(
    bound: Served, writable: Served, method: str, body: Any
) -> None:
    assert bound.get("Practitioner/cited").status_code == 200
    words = refused(bound.send(method, "Practitioner/cited", body), 403, "forbidden")
    done = "update" if method == "PUT" else "delete"
    assert words == f"the access token allows to read Practitioner/cited, and not to {done} it"
    assert writable.get("Practitioner/cited").status_code == 200


def test_what_may_not_be_read_is_missing_for_writes_too(bound: Served, writable: Served) -> None:
    assert writable.send("PUT", "Practitioner/hidden", OTHER | {"id": "hidden"}).status_code == 201
    for id in ("hidden", "nowhere"):
        told = OTHER | {"id": id}
        assert refused(bound.send("PUT", f"Practitioner/{id}", told), 404, "not-found") == f"Practitioner/{id} was not found"
        assert bound.send("DELETE", f"Practitioner/{id}").status_code == 204


@pytest.mark.parametrize("type", [ALL_TYPES, "Condition"])
def test_who_only_creates_about_a_patient_may_name_that_patient(writable: Served, type: str) -> None:
    with running(writable.database, Fixed(grants("c", type))) as served:
        answer = served.send("POST", "Condition", condition())
        assert answer.status_code == 201, answer.text
        assert rows(writable.database, f"SELECT person FROM omop_fhir.document WHERE id = '{answer.json()['id']}'") == [(1,)]
        other = refused(served.send("POST", "Condition", condition("Patient/2")), 400, "not-found")
        assert other == "Patient/2 was not found"


@pytest.mark.parametrize(("wrong", "status", "code"), [
    (entry("POST", "Condition", condition("http://elsewhere.example/Patient/1")), 403, "forbidden"),
    (entry("DELETE", "Condition/7"), 405, "not-supported"),
    (entry("PATCH", "Condition/nowhere", {"resourceType": "Parameters", "parameter": [{"name": "operation"}]}), 404, "not-found"),
    (entry("DELETE", "Practitioner/cited"), 403, "forbidden"),
])  # fmt: skip
def test_a_transaction_names_the_entry_for_which_it_is_refused(
    bound: Served, wrong: dict[str, Any], status: int, code: str
) -> None:
    answer = bound.send("POST", "", bundle("transaction", entry("POST", "Condition", condition()), wrong))
    assert answer.status_code == status, answer.text
    ((told, place, _),) = issues(answer)
    assert (told, place) == (code, "Bundle.entry[1]")


def test_head_in_a_bundle_has_no_body(writable: Served) -> None:
    told = writable.send("POST", "", bundle("batch", entry("HEAD", "Patient/1"))).json()["entry"][0]
    assert (told["response"]["status"], "resource" in told) == ("200 OK", False)


@pytest.mark.parametrize(("operation", "words"), [
    ({"op": "add", "path": "/note/-", "value": {"text": "x"}},
     "`add` at `/note/-`, cannot be done: there is nothing where it leads"),
    ({"op": "copy", "from": "/nothing", "path": "/code"}, "`copy` at `/code`, cannot be done: there is nothing where it leads"),
    ({"op": "replace", "path": "/stage/0/type/text", "value": "x"},
     "`replace` at `/stage/0/type/text`, cannot be done: there is nothing where it leads"),
    ({"op": "remove", "path": ""}, "`remove` at ``, cannot be done: can't remove the whole document"),
    ({"op": "add"}, "`add`, is malformed: Operation must have a 'path' member"),
])  # fmt: skip
def test_a_patch_that_cannot_be_done_does_not_quote_the_resource(
    writable: Served, operation: dict[str, Any], words: str
) -> None:
    assert writable.send("PUT", "Condition/patched", condition(id="patched")).status_code in (200, 201)
    answer = writable.send("PATCH", "Condition/patched", [operation], content_type="application/json-patch+json")
    ((_, _, said),) = issues(answer)
    assert said == f"the operation 0, {words}"


def test_parameters_of_an_operation_have_each_key_once(writable: Served) -> None:
    body = b'{"resourceType": "Parameters", "parameter": [], "parameter": []}'
    answer = writable.http.post("Patient/1/$everything", content=body, headers={"content-type": "application/fhir+json"})
    assert "the key `parameter` stands twice" in refused(answer, 400, "invalid")


def test_a_search_in_a_bundle_may_have_letters_as_they_are(writable: Served) -> None:
    assert writable.send("PUT", "Patient/letters", {"resourceType": "Patient", "id": "letters", "name": [{"family": "Åsén"}]}
                         ).status_code == 201  # fmt: skip
    answer = writable.send("POST", "", bundle("batch", entry("GET", "Patient?family:exact=Åsén")))
    found = answer.json()["entry"][0]["resource"]
    assert [each["resource"]["id"] for each in found["entry"]] == ["letters"]
