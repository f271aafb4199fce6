"""create, update, patch and delete, one at a time: https://hl7.org/fhir/R4/http.html#create."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from omop_fhir.auth.grants import ALL_LETTERS, ALL_TYPES, ANYONE, Grants, Permission

from .conftest import Fixed, Served, refused, rows, running

JSON_PATCH = "application/json-patch+json"
NESTED = {"extension": [{"url": "urn:g", "valueCode": "c"}]}


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


def procedure(subject: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Procedure", "status": "completed", "subject": {"reference": subject}, **more}


def issues(answer: httpx.Response, status: int) -> list[tuple[str, str | None]]:
    """Code and place of each issue of a refusal."""
    assert answer.status_code == status, answer.text
    found = answer.json()["issue"]
    assert all(issue["severity"] == "error" for issue in found)
    return [(issue["code"], next(iter(issue.get("expression", ())), None)) for issue in found]


def made(served: Served, resource: dict[str, Any]) -> dict[str, Any]:
    """A new resource as it came back."""
    answer = served.send("POST", resource["resourceType"], resource)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def put(served: Served, resource: dict[str, Any]) -> httpx.Response:
    return served.send("PUT", f"{resource['resourceType']}/{resource['id']}", resource)


class TestCreate:
    def test_a_resource_comes_back_as_it_was_sent(self, writable: Served) -> None:
        sent = patient(
            extension=[{"url": "urn:x", "valueDecimal": 0}],
            identifier=[{"system": "urn:s", "value": "1"}],
            name=[{"family": "M\u00fcller \U0001f600", "given": ["\u00c4nne", None], "_given": [None, {"id": "g", **NESTED}]}],
            gender="female",
            birthDate="1950-03",
            photo=[{"url": "urn:p", "size": 3}],
        )
        sent["extension"].append({"url": "urn:y", "valueDecimal": "D"})
        text = json.dumps(sent).replace('"D"', "1.00").encode()
        answer = writable.http.post("Patient", content=text, headers={"content-type": "application/fhir+json"})
        assert answer.status_code == 201, answer.text
        body = json.loads(answer.content, parse_float=str)
        id, meta = body.pop("id"), body.pop("meta")
        assert body == json.loads(text, parse_float=str)
        assert set(meta) == {"versionId", "lastUpdated"}
        assert meta["versionId"] == "1"
        assert answer.headers["location"] == f"{writable.base}/Patient/{id}/_history/1"
        assert answer.headers["etag"] == 'W/"1"'
        assert answer.headers["last-modified"].endswith("GMT")
        assert writable.get(f"Patient/{id}").content == answer.content

    def test_id_version_and_time_are_the_servers(self, writable: Served) -> None:
        meta = {"versionId": "9", "lastUpdated": "2001-01-01T00:00:00Z", "tag": [{"code": "t"}], "source": "urn:s"}
        body = made(writable, patient(id="mine", meta=meta))
        assert body["id"].isdigit()
        assert int(body["id"]) >= 2_000_000_000
        assert body["meta"]["versionId"] == "1"
        assert body["meta"]["lastUpdated"] > "2020"
        assert (body["meta"]["tag"], body["meta"]["source"]) == ([{"code": "t"}], "urn:s")
        writable.refusal("Patient/mine", 404, "not-found")

    @pytest.mark.parametrize(
        ("prefer", "kind"),
        [
            (None, "Patient"),
            ("return=representation", "Patient"),
            ("return=minimal", None),
            ("return=OperationOutcome", "OperationOutcome"),
            ("return=other", "Patient"),
            ("handling=lenient, return=minimal", None),
        ],
    )
    def test_the_client_prefers_a_body(self, writable: Served, prefer: str | None, kind: str | None) -> None:
        headers = {} if prefer is None else {"prefer": prefer}
        answer = writable.send("POST", "Patient", patient(), **headers)
        assert answer.status_code == 201
        assert (answer.json()["resourceType"] if answer.content else None) == kind
        id = answer.headers["location"].split("/")[-3]
        updated = writable.send("PUT", f"Patient/{id}", patient(id=id, gender="male"), **headers)
        assert updated.status_code == 200
        assert (updated.json()["resourceType"] if updated.content else None) == kind
        gone = writable.send("DELETE", f"Patient/{id}", **headers)
        assert gone.status_code == (200 if kind == "OperationOutcome" else 204)
        if kind == "OperationOutcome":
            said = [each.json()["issue"][0] for each in (answer, updated, gone)]
            assert said == [
                {"severity": "information", "code": "informational", "diagnostics": f"Patient/{id} was {done}"}
                for done in ("created", "updated", "deleted")
            ]

    def test_only_where_no_other_is_found(self, writable: Served) -> None:
        sent = patient(identifier=[{"system": "urn:once", "value": "1"}])
        first = writable.send("POST", "Patient", sent, if_none_exist="identifier=urn:once|1")
        again = writable.send("POST", "Patient", sent, if_none_exist="identifier=urn:once|1")
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        assert again.headers["location"] == first.headers["location"]
        made(writable, sent)
        several = writable.send("POST", "Patient", sent, if_none_exist="identifier=urn:once|1")
        assert "several Patient fulfil `identifier=urn:once|1`" in refused(several, 412, "conflict")

    def test_a_row_of_the_database_is_found_too(self, writable: Served) -> None:
        identifier = writable.json("Patient/1")["identifier"][0]
        condition = f"identifier={identifier['system']}|{identifier['value']}"
        answer = writable.send("POST", "Patient", patient(), if_none_exist=condition)
        assert answer.status_code == 200
        assert answer.headers["location"].startswith(f"{writable.base}/Patient/1")

    def test_at_the_same_time_only_one_is_made(self, writable: Served) -> None:
        sent = patient(identifier=[{"system": "urn:race", "value": "1"}])
        with ThreadPoolExecutor(8) as pool:
            asked = [
                pool.submit(writable.send, "POST", "Patient", sent, if_none_exist="identifier=urn:race|1") for _ in range(16)
            ]
            answers = [each.result() for each in asked]
        assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
        assert len({answer.json()["id"] for answer in answers}) == 1

    @pytest.mark.parametrize(
        "condition", ["", "?", "_count=1", "gender=male&_sort=gender", "nonsense=1", "identifier:wrong=1", "%zz=1"]
    )
    def test_a_condition_that_chooses_nothing_is_refused(self, writable: Served, condition: str) -> None:
        before = writable.json("Patient?_summary=count")["total"]
        answer = writable.send("POST", "Patient", patient(), if_none_exist=condition)
        assert answer.status_code == 400, answer.text
        assert writable.json("Patient?_summary=count")["total"] == before


class TestUpdate:
    def test_a_client_gives_the_id(self, writable: Served) -> None:
        answer = put(writable, patient(id="Client.Id-1", gender="male"))
        assert answer.status_code == 201
        assert answer.headers["location"] == f"{writable.base}/Patient/Client.Id-1/_history/1"
        assert writable.json("Patient/Client.Id-1") == answer.json()
        assert writable.json("Patient?_id=Client.Id-1")["entry"][0]["resource"] == answer.json()

    def test_an_element_that_is_left_out_is_gone(self, writable: Served) -> None:
        put(writable, patient(id="less", gender="male", birthDate="1950"))
        answer = put(writable, patient(id="less", gender="male"))
        assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
        assert "birthDate" not in writable.json("Patient/less")
        assert "entry" not in writable.json("Patient?_id=less&birthdate=1950")

    def test_the_same_again_changes_nothing(self, writable: Served) -> None:
        first = put(writable, patient(id="same", gender="male"))
        again = put(writable, first.json())
        assert (again.status_code, again.headers["etag"], again.json()) == (200, 'W/"1"', first.json())

    def test_a_deleted_one_comes_back_with_the_next_version(self, writable: Served) -> None:
        put(writable, patient(id="back", gender="male"))
        writable.send("DELETE", "Patient/back")
        answer = put(writable, patient(id="back", gender="female"))
        assert (answer.status_code, answer.headers["etag"]) == (201, 'W/"3"')
        assert writable.json("Patient/back")["gender"] == "female"

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"if_match": 'W/"1"'}, 200),
            ({"if_match": '"1"'}, 200),
            ({"if_match": "1"}, 200),
            ({"if_match": 'W/"7", W/"1"'}, 200),
            ({"if_match": "*"}, 200),
            ({"if_match": 'W/"2"'}, 412),
            ({"if_match": 'W/"h1"'}, 412),
            ({"if_match": "W/1"}, 400),
            ({"if_match": ""}, 400),
            ({"if_none_match": "*"}, 412),
            ({"if_none_match": 'W/"1"'}, 412),
            ({"if_none_match": 'W/"2"'}, 200),
        ],
    )
    def test_a_version_must_match(self, writable: Served, headers: dict[str, str], status: int) -> None:
        id = made(writable, patient())["id"]
        answer = writable.send("PUT", f"Patient/{id}", patient(id=id, gender="male"), **headers)
        assert answer.status_code == status, answer.text
        assert ("gender" in writable.json(f"Patient/{id}")) == (status == 200)
        assert len(writable.json(f"Patient/{id}/_history")["entry"]) == (2 if status == 200 else 1)

    def test_what_is_not_there_has_no_version(self, writable: Served) -> None:
        answer = writable.send("PUT", "Patient/none-yet", patient(id="none-yet"), if_match='W/"1"')
        assert "there is none" in refused(answer, 412, "conflict")
        writable.refusal("Patient/none-yet", 404, "not-found")
        fresh = writable.send("PUT", "Patient/none-yet", patient(id="none-yet"), if_none_match="*")
        assert fresh.status_code == 201

    def test_of_two_with_the_same_version_one_wins(self, writable: Served) -> None:
        for round in range(5):
            id = made(writable, patient())["id"]
            ready = threading.Barrier(4)

            def update(number: int, id: str = id, ready: threading.Barrier = ready) -> int:
                ready.wait()
                body = patient(id=id, identifier=[{"system": "urn:n", "value": str(number)}])
                return writable.send("PUT", f"Patient/{id}", body, if_match='W/"1"').status_code

            with ThreadPoolExecutor(4) as pool:
                assert sorted(pool.map(update, range(4))) == [200, 412, 412, 412], round
            assert len(writable.json(f"Patient/{id}/_history")["entry"]) == 2

    def test_without_a_version_none_is_lost(self, writable: Served) -> None:
        id = made(writable, patient())["id"]

        def update(number: int) -> int:
            body = patient(id=id, identifier=[{"system": "urn:n", "value": str(number)}])
            return writable.send("PUT", f"Patient/{id}", body).status_code

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(update, range(12))) == {200}
        entries = writable.json(f"Patient/{id}/_history")["entry"]
        assert [entry["resource"]["meta"]["versionId"] for entry in entries] == [str(n) for n in range(13, 0, -1)]
        assert {e["resource"]["identifier"][0]["value"] for e in entries[:-1]} == {str(n) for n in range(12)}

    def test_a_new_id_that_two_want_is_made_once(self, writable: Served) -> None:
        def create(number: int) -> int:
            return put(writable, patient(id="wanted", identifier=[{"system": "urn:n", "value": str(number)}])).status_code

        with ThreadPoolExecutor(6) as pool:
            assert sorted(pool.map(create, range(6))) == [200] * 5 + [201]

    @pytest.mark.parametrize(
        ("path", "body", "words"),
        [
            ("Patient/a", patient(id="b"), "the body has the id `b`, and the URL has `a`"),
            ("Patient/a", patient(), "the body has no id, and the URL has `a`"),
            ("Patient/a_b", patient(id="a_b"), "`a_b` is not an id"),
            (f"Patient/{'a' * 65}", patient(id="a" * 65), "is not an id"),
            ("Patient/a", {"resourceType": "Person", "id": "a"}, "the body is of type Person and the URL of type Patient"),
        ],
    )
    def test_what_does_not_fit_its_url_is_refused(self, writable: Served, path: str, body: Any, words: str) -> None:
        assert words in refused(writable.send("PUT", path, body), 400, "invalid")

    @pytest.mark.parametrize("id", ["1", "99999999", "2099999999", "-5"])
    def test_rows_of_the_database_are_only_read(self, writable: Served, id: str) -> None:
        assert "belong to the database" in refused(put(writable, patient(id=id)), 405, "not-supported")
        assert "belong to the database" in refused(writable.send("DELETE", f"Patient/{id}"), 405, "not-supported")

    def test_a_subset_is_not_taken_for_the_whole(self, writable: Served) -> None:
        put(writable, patient(id="subset", gender="male", birthDate="1950"))
        part = writable.json("Patient/subset?_elements=gender")
        assert issues(put(writable, part), 422) == [("business-rule", "Patient.meta.tag")]
        assert writable.json("Patient/subset")["birthDate"] == "1950"

    def test_by_a_condition(self, writable: Served) -> None:
        identifier = [{"system": "urn:cond", "value": "1"}]
        path = "Patient?identifier=urn:cond|1"
        first = writable.send("PUT", path, patient(identifier=identifier))
        assert first.status_code == 201
        second = writable.send("PUT", path, patient(identifier=identifier, gender="male"))
        assert (second.status_code, second.json()["id"], second.headers["etag"]) == (200, first.json()["id"], 'W/"2"')
        other = writable.send("PUT", path, patient(id="other", identifier=identifier))
        assert "and the resource has the id `other`" in refused(other, 400, "invalid")
        stale = writable.send("PUT", path, patient(identifier=identifier), if_match='W/"1"')
        refused(stale, 412, "conflict")
        made(writable, patient(identifier=identifier))
        refused(writable.send("PUT", path, patient(identifier=identifier)), 412, "conflict")
        refused(writable.send("PUT", "Patient", patient()), 400, "invalid")

    def test_by_a_condition_with_an_id_that_is_free(self, writable: Served) -> None:
        answer = writable.send("PUT", "Patient?identifier=urn:free|1", patient(id="free-id"))
        assert (answer.status_code, answer.json()["id"]) == (201, "free-id")


class TestPatch:
    def test_json_patch(self, writable: Served) -> None:
        id = made(writable, patient(gender="male", birthDate="1950"))["id"]
        change = [
            {"op": "test", "path": "/gender", "value": "male"},
            {"op": "replace", "path": "/gender", "value": "female"},
            {"op": "remove", "path": "/birthDate"},
        ]
        answer = writable.send("PATCH", f"Patient/{id}", change, content_type=JSON_PATCH, if_match='W/"1"')
        assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
        body = answer.json()
        assert body == patient(id=id, gender="female", meta=body["meta"])
        assert "entry" not in writable.json(f"Patient?_id={id}&gender=male")

    def test_fhirpath_patch(self, writable: Served) -> None:
        id = made(writable, patient(gender="male"))["id"]
        part = [
            {"name": "type", "valueCode": "add"},
            {"name": "path", "valueString": "Patient"},
            {"name": "name", "valueString": "birthDate"},
            {"name": "value", "valueDate": "1950-01"},
        ]
        change = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}
        answer = writable.send("PATCH", f"Patient/{id}", change)
        assert answer.status_code == 200, answer.text
        assert answer.json()["birthDate"] == "1950-01"

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ([{"op": "test", "path": "/gender", "value": "female"}], 422),
            ([{"op": "remove", "path": "/birthDate"}], 422),
            ([{"op": "replace", "path": "/gender", "value": "x"}], 400),
            ([{"op": "add", "path": "/nonsense", "value": 1}], 400),
            ([{"op": "replace", "path": "/id", "value": "x"}], 422),
            ([{"op": "replace", "path": "/resourceType", "value": "Person"}], 422),
            ([{"op": "jump", "path": "/gender"}], 400),
            ({"op": "remove", "path": "/gender"}, 400),
        ],
    )
    def test_one_that_cannot_be_done_changes_nothing(self, writable: Served, change: Any, status: int) -> None:
        before = made(writable, patient(gender="male"))
        answer = writable.send("PATCH", f"Patient/{before['id']}", change, content_type=JSON_PATCH)
        assert answer.status_code == status, answer.text
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert writable.json(f"Patient/{before['id']}") == before

    def test_what_is_not_there_cannot_be_patched(self, writable: Served) -> None:
        change = [{"op": "add", "path": "/gender", "value": "male"}]
        for path in ("Patient/not-there", "Patient?identifier=urn:not|there"):
            refused(writable.send("PATCH", path, change, content_type=JSON_PATCH), 404, "not-found")
        put(writable, patient(id="was-there"))
        writable.send("DELETE", "Patient/was-there")
        answer = writable.send("PATCH", "Patient/was-there", change, content_type=JSON_PATCH)
        refused(answer, 404, "not-found")

    def test_by_a_condition(self, writable: Served) -> None:
        id = made(writable, patient(identifier=[{"system": "urn:patch", "value": "1"}]))["id"]
        change = [{"op": "add", "path": "/gender", "value": "male"}]
        answer = writable.send("PATCH", "Patient?identifier=urn:patch|1", change, content_type=JSON_PATCH)
        assert (answer.status_code, answer.json()["id"], answer.json()["gender"]) == (200, id, "male")

    def test_another_format_is_refused(self, writable: Served) -> None:
        id = made(writable, patient())["id"]
        answer = writable.send("PATCH", f"Patient/{id}", [], content_type="application/merge-patch+json")
        refused(answer, 415, "not-supported")

    def test_an_encoded_body_is_not_taken_for_a_plain_one(self, writable: Served) -> None:
        answer = writable.send("POST", "Patient", patient(), content_encoding="gzip")
        assert "encoded as `gzip`" in refused(answer, 415, "not-supported")


class TestDelete:
    def test_what_is_gone_is_gone_once(self, writable: Served) -> None:
        id = made(writable, patient())["id"]
        first = writable.send("DELETE", f"Patient/{id}")
        again = writable.send("DELETE", f"Patient/{id}")
        assert (first.status_code, first.content, first.headers["etag"]) == (204, b"", 'W/"2"')
        assert again.status_code == 204
        assert len(writable.json(f"Patient/{id}/_history")["entry"]) == 2

    def test_what_never_was_is_no_error(self, writable: Served) -> None:
        for path in ("Patient/never-was", "Patient?identifier=urn:never|was"):
            answer = writable.send("DELETE", path)
            assert (answer.status_code, answer.content) == (204, b"")

    def test_a_version_must_match(self, writable: Served) -> None:
        id = made(writable, patient())["id"]
        refused(writable.send("DELETE", f"Patient/{id}", if_match='W/"2"'), 412, "conflict")
        assert writable.get(f"Patient/{id}").status_code == 200
        assert writable.send("DELETE", f"Patient/{id}", if_match='W/"1"').status_code == 204

    def test_what_others_refer_to_stays(self, writable: Served) -> None:
        id = made(writable, patient())["id"]
        referring = made(writable, procedure(f"Patient/{id}"))["id"]
        answer = writable.send("DELETE", f"Patient/{id}")
        assert "others refer to it" in refused(answer, 409, "conflict")
        assert writable.send("DELETE", f"Procedure/{referring}").status_code == 204
        assert writable.send("DELETE", f"Patient/{id}").status_code == 204

    def test_without_a_condition_nothing_is_deleted(self, writable: Served) -> None:
        refused(writable.send("DELETE", "Patient"), 400, "invalid")
        refused(writable.send("DELETE", "Patient?_count=1"), 400, "invalid")


class TestReferences:
    @pytest.mark.parametrize("reference", ["Patient/nobody", "Patient/99999999", "Nonsense/1", "{base}/Patient/nobody"])
    def test_one_that_leads_to_nothing_is_refused(self, writable: Served, reference: str) -> None:
        answer = writable.send("POST", "Procedure", procedure(reference.format(base=writable.base)))
        assert answer.status_code == 400, answer.text
        assert "Procedure.subject.reference" in str(answer.json()["issue"])

    def test_all_are_named_at_once(self, writable: Served) -> None:
        performer = [{"actor": {"reference": f"Practitioner/no{n}"}} for n in range(2)]
        answer = writable.send("POST", "Procedure", procedure("Patient/nobody", performer=performer))
        assert issues(answer, 400) == [
            ("not-found", "Procedure.subject.reference"),
            ("not-found", "Procedure.performer[0].actor.reference"),
            ("not-found", "Procedure.performer[1].actor.reference"),
        ]

    def test_a_deleted_one_leads_to_nothing(self, writable: Served) -> None:
        id = made(writable, patient())["id"]
        writable.send("DELETE", f"Patient/{id}")
        answer = writable.send("POST", "Procedure", procedure(f"Patient/{id}"))
        assert issues(answer, 400) == [("not-found", "Procedure.subject.reference")]

    def test_rows_documents_and_other_servers_can_be_referred_to(self, writable: Served) -> None:
        id = made(writable, patient())["id"]
        for reference in ("Patient/1", f"Patient/{id}", f"{writable.base}/Patient/{id}"):
            assert made(writable, procedure(reference))["subject"] == {"reference": reference}
        performer = [{"actor": {"reference": "https://other.example.org/fhir/Practitioner/1"}}]
        assert made(writable, procedure("Patient/1", performer=performer))["performer"] == performer


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"", "the body is empty"),
            (b"  ", "the body is empty"),
            (b"{", "not right JSON"),
            (b'{"resourceType":"Patient",}', "not right JSON"),
            (b'{"resourceType":"Patient","gender":"male","gender":"female"}', "`gender` stands twice"),
            (b'{"resourceType":"Patient"} x', "not right JSON"),
            (b'{"resourceType":"Patient","name":[{"family":"\xff"}]}', "not right JSON"),
            (b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}', "not right JSON"),
            (b'{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}', "U+0000"),
            (b'{"resourceType":"Patient","multipleBirthInteger":NaN}', "not right JSON"),
            (b'{"resourceType":"Patient","extension":' + b"[" * 300 + b"]" * 300 + b"}", "nested too deeply"),
            (b"[]", "a resource is a JSON object"),
            (b"null", "a resource is a JSON object"),
            (b'"Patient"', "a resource is a JSON object"),
            (b"{}", "a resource has a `resourceType`"),
            (b'{"resourceType":"Nonsense"}', "`Nonsense` is not a resource type of R4"),
            (b'{"resourceType":["Patient"]}', "is not a resource type"),
            (b'{"resourceType":"Person"}', "the body is of type Person"),
        ],
    )
    def test_a_body_that_is_no_resource_is_refused(self, writable: Served, body: bytes, words: str) -> None:
        for method, path in (("POST", "Patient"), ("PUT", "Patient/bad")):
            answer = writable.http.request(method, path, content=body, headers={"content-type": "application/fhir+json"})
            assert words in refused(answer, 400, answer.json()["issue"][0]["code"]), answer.text
        writable.refusal("Patient/bad", 404, "not-found")

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/xml", "application/fhir+xml", "application/fhir+json; fhirVersion=5.0", "", "x"]
    )
    def test_another_content_type_is_refused(self, writable: Served, kind: str) -> None:
        answer = writable.send("POST", "Patient", patient(), content_type=kind)
        refused(answer, 415, "not-supported")

    @pytest.mark.parametrize(
        "kind", ["application/json", "application/fhir+json; charset=utf-8", "application/fhir+json;fhirVersion=4.0", "text/json"]
    )
    def test_these_are_taken(self, writable: Served, kind: str) -> None:
        assert writable.send("POST", "Patient", patient(), content_type=kind).status_code == 201

    def test_a_body_that_is_too_long_is_refused(self, writable: Served) -> None:
        with running(writable.database, body_limit=1000) as server:
            answer = server.send("POST", "Patient", patient(name=[{"text": "x" * 1000}]))
            assert "longer than 1000 bytes" in refused(answer, 413, "too-long")
            assert server.send("POST", "Patient", patient(name=[{"text": "x" * 100}])).status_code == 201

    def test_all_that_is_wrong_is_told_at_once(self, writable: Served) -> None:
        wrong = patient(gender="x", birthDate="1950-13", nonsense=1, name="Miller", link=[{"type": "seealso"}])
        found = issues(writable.send("POST", "Patient", wrong), 400)
        assert sorted(found) == [
            ("code-invalid", "Patient.gender"),
            ("required", "Patient.link[0]"),
            ("structure", "Patient.name"),
            ("structure", "Patient.nonsense"),
            ("value", "Patient.birthDate"),
        ]

    def test_a_modifier_that_is_not_understood_is_refused(self, writable: Served) -> None:
        wrong = patient(modifierExtension=[{"url": "urn:not", "valueBoolean": True}])
        assert issues(writable.send("POST", "Patient", wrong), 422) == [("extension", "Patient.modifierExtension[0]")]

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_a_type_that_is_not_served_is_not_there(self, writable: Served, method: str) -> None:
        path = "Observation" if method == "POST" else "Observation/1"
        answer = writable.send(method, path, {"resourceType": "Observation", "id": "1"})
        assert "there is no resource type `Observation` here" in refused(answer, 404, "not-found")

    def test_parameters_beside_an_id_are_refused(self, writable: Served) -> None:
        answer = writable.send("PUT", "Patient/x?gender=male", patient(id="x"))
        assert "takes no parameter `gender`" in refused(answer, 400, "not-supported")
        answer = writable.send("POST", "Patient?gender=male", patient())
        assert "takes no parameter `gender`" in refused(answer, 400, "not-supported")

    def test_a_refusal_writes_nothing(self, writable: Served) -> None:
        tables = ("document", "version", "token", "owned_row")
        count = "SELECT " + ", ".join(f"(SELECT count(*) FROM omop_fhir.{table})" for table in tables)
        before = rows(writable.database, count)
        writable.send("POST", "Procedure", procedure("Patient/nobody"))
        writable.send("POST", "Patient", patient(gender="x"))
        writable.send("PUT", "Patient/nobody", patient(id="nobody"), if_match='W/"1"')
        assert rows(writable.database, count) == before


@pytest.fixture(scope="module")
def access() -> Fixed:
    return Fixed(ANYONE)


@pytest.fixture(scope="module")
def bound(writable: Served, access: Fixed) -> Iterator[Served]:
    """A server whose caller is bound to the patient `mine`."""
    with running(writable.database, access=access) as server:
        yield server


@pytest.fixture(scope="module")
def mine(writable: Served, access: Fixed) -> Iterator[str]:
    """The reference to the patient that the caller is bound to; Patient/theirs and Procedure/theirs are another's."""
    put(writable, patient(id="mine", gender="male"))
    put(writable, patient(id="theirs", gender="male"))
    put(writable, procedure("Patient/theirs", id="theirs"))
    put(writable, procedure("Patient/mine", id="mine"))
    ((key,),) = rows(writable.database, "SELECT key FROM omop_fhir.document WHERE type = 'Patient' AND id = 'mine'")
    access.current = Grants("mine", (Permission(ALL_TYPES, ALL_LETTERS, patient=key),))
    yield "Patient/mine"
    access.current = ANYONE


class TestGrants:
    def test_what_is_ones_own_is_written(self, bound: Served, mine: str) -> None:
        answer = bound.send("POST", "Procedure", procedure(mine))
        assert answer.status_code == 201, answer.text
        id = answer.json()["id"]
        assert put(bound, procedure(mine, id=id, language="en")).status_code == 200
        assert bound.send("DELETE", f"Procedure/{id}").status_code == 204
        assert put(bound, patient(id="mine", gender="female")).status_code == 200

    def test_what_is_hidden_is_not_overwritten_and_not_told_of(self, bound: Served, writable: Served, mine: str) -> None:
        before = writable.json("Procedure/theirs")
        change = [{"op": "add", "path": "/language", "value": "en"}]
        for id, status in (("theirs", 404), ("nowhere", 404)):
            answers = [
                put(bound, procedure(mine, id=id)),
                bound.send("PUT", f"Procedure/{id}", procedure(mine, id=id), if_match='W/"1"'),
                bound.send("PUT", f"Procedure/{id}", procedure(mine, id=id), if_match='W/"9"'),
                bound.send("PUT", f"Procedure/{id}", procedure(mine, id=id), if_none_match="*"),
                bound.send("PATCH", f"Procedure/{id}", change, content_type=JSON_PATCH),
            ]
            said = {(answer.status_code, answer.text.replace(id, "ID")) for answer in answers}
            assert said == {(status, outcome("Procedure/ID was not found"))}
        assert writable.json("Procedure/theirs") == before

    def test_a_delete_of_what_is_hidden_is_one_of_what_is_not_there(
        self, bound: Served, writable: Served, mine: str
    ) -> None:
        told = [bound.send("DELETE", f"Procedure/{id}") for id in ("theirs", "nowhere")]
        assert told[0].status_code == told[1].status_code
        assert told[0].text.replace("theirs", "ID") == told[1].text.replace("nowhere", "ID")
        versioned = [bound.send("DELETE", f"Procedure/{id}", if_match='W/"1"') for id in ("theirs", "nowhere")]
        assert versioned[0].status_code == versioned[1].status_code
        assert versioned[0].text.replace("theirs", "ID") == versioned[1].text.replace("nowhere", "ID")
        assert writable.get("Procedure/theirs").status_code == 200

    def test_what_is_hidden_is_not_told_of_by_its_number(self, bound: Served, writable: Served, mine: str) -> None:
        theirs = made(writable, procedure("Patient/theirs"))["id"]
        change = [{"op": "add", "path": "/language", "value": "en"}]
        told = []
        for id in (theirs, "2140000000"):
            answers = [
                put(bound, procedure(mine, id=id)),
                bound.send("PATCH", f"Procedure/{id}", change, content_type=JSON_PATCH),
                bound.send("DELETE", f"Procedure/{id}"),
                bound.send("GET", f"Procedure/{id}"),
                bound.send("GET", f"Procedure/{id}/_history"),
                bound.send("GET", f"Procedure/{id}/_history/1"),
            ]
            told.append([(answer.status_code, answer.text.replace(id, "ID")) for answer in answers])
        assert told[0] == told[1]
        assert writable.json(f"Procedure/{theirs}")["meta"]["versionId"] == "1"

    def test_conditions_find_what_is_seen_only(self, bound: Served, writable: Served, mine: str) -> None:
        assert bound.send("DELETE", "Procedure?_id=theirs").status_code == 204
        assert writable.get("Procedure/theirs").status_code == 200
        change = [{"op": "add", "path": "/language", "value": "en"}]
        refused(bound.send("PATCH", "Procedure?_id=theirs", change, content_type=JSON_PATCH), 404, "not-found")
        made = bound.send("POST", "Procedure", procedure(mine), if_none_exist="_id=theirs")
        assert (made.status_code, made.json()["subject"]) == (201, {"reference": mine})

    def test_nothing_is_moved_to_another_patient(self, bound: Served, writable: Served, mine: str) -> None:
        answer = put(bound, procedure("Patient/theirs", id="mine"))
        assert answer.status_code in (400, 403), answer.text
        assert writable.json("Procedure/mine")["subject"] == {"reference": mine}
        foreign = put(bound, procedure("https://other.example.org/fhir/Patient/1", id="mine"))
        refused(foreign, 403, "forbidden")
        assert len(writable.json("Procedure/mine/_history")["entry"]) == 1

    def test_nothing_is_made_for_another_patient(self, bound: Served, writable: Served, mine: str) -> None:
        count = "SELECT count(*) FROM omop_fhir.document"
        before = rows(writable.database, count)
        for subject in ("https://other.example.org/fhir/Patient/1", "Patient/theirs", "Patient/1"):
            assert bound.send("POST", "Procedure", procedure(subject)).status_code in (400, 403)
        assert rows(writable.database, count) == before

    def test_a_hidden_target_of_a_reference_is_as_an_absent_one(self, bound: Served, mine: str) -> None:
        answers = [bound.send("POST", "Procedure", procedure(f"Patient/{id}")) for id in ("theirs", "nowhere", "1", "88888888")]
        texts = [answer.text.replace("theirs", "ID").replace("nowhere", "ID") for answer in answers]
        assert {answer.status_code for answer in answers} == {400}
        assert texts[0] == texts[1] == outcome("Patient/ID was not found", "Procedure.subject.reference")
        assert texts[2].replace("Patient/1", "ID") == texts[3].replace("Patient/88888888", "ID")

    def test_nobody_makes_patients_who_is_bound_to_one(self, bound: Served, mine: str) -> None:
        refused(bound.send("POST", "Patient", patient()), 403, "forbidden")

    @pytest.mark.parametrize(
        ("letters", "method", "path", "does"),
        [
            ("rs", "POST", "Patient", "create"),
            ("rsc", "PUT", "Patient/x", "update"),
            ("rsc", "PATCH", "Patient/x", "patch"),
            ("rscu", "DELETE", "Patient/x", "delete"),
        ],
    )
    def test_an_interaction_that_is_not_granted_is_forbidden(
        self, bound: Served, access: Fixed, mine: str, letters: Any, method: str, path: str, does: str
    ) -> None:
        before = access.current
        access.current = Grants("some", (Permission(ALL_TYPES, frozenset(letters)),))
        change: Any = [{"op": "add", "path": "/gender", "value": "male"}] if method == "PATCH" else patient(id="x")
        kind = JSON_PATCH if method == "PATCH" else "application/fhir+json"
        answer = bound.send(method, path, change, content_type=kind)
        access.current = before
        assert refused(answer, 403, "forbidden") == f"the access token does not allow to {does} Patient"
        assert "insufficient_scope" in answer.headers["www-authenticate"]


def outcome(diagnostics: str, place: str | None = None) -> str:
    """The text of an OperationOutcome of one error."""
    issue: dict[str, Any] = {"severity": "error", "code": "not-found", "diagnostics": diagnostics}
    if place:
        issue["expression"] = [place]
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}, separators=(",", ":"))
