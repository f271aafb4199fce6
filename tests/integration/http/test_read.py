"""read, HTTP in and body out: https://hl7.org/fhir/R4/http.html#read."""

from __future__ import annotations

import pytest

from .conftest import Serve, Served, execute, refused, rows

TYPES = (
    "Condition",
    "Encounter",
    "Location",
    "MedicationStatement",
    "Organization",
    "Patient",
    "Practitioner",
    "Procedure",
)


@pytest.mark.parametrize("type", TYPES)
def test_a_resource_of_each_type_reads_as_it_was_found(served: Served, type: str) -> None:
    for resource in served.resources(f"{type}?_count=20"):
        answer = served.get(f"{type}/{resource['id']}")
        assert answer.json() == resource
        assert answer.headers["etag"] == f'W/"{resource["meta"]["versionId"]}"'
        assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"


def test_the_whole_body_of_a_small_resource(served: Served) -> None:
    version = served.json("Organization/-2")["meta"]["versionId"]
    assert served.get("Organization/-2").text == (
        '{"resourceType":"Organization","id":"-2",'
        f'"meta":{{"versionId":"{version}","lastUpdated":"2024-01-31T00:00:00Z"}},'
        f'"identifier":[{{"system":"{served.base}/identifier/care_site_id","value":"-2"}}],'
        '"_active":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},'
        '"name":"Site of no address"}'
    )


@pytest.mark.parametrize(
    "id", ["123456789", "007", "1.0", "-0", "00", "9223372036854775807", "9223372036854775808", "9" * 64, "abc", "-"]
)
def test_an_id_that_no_row_has_is_not_found(served: Served, id: str) -> None:
    assert served.refusal(f"Patient/{id}", 404, "not-found") == f"Patient/{id} was not found"


@pytest.mark.parametrize("id", ["+1", "1%2F2", "a_b", "1%20", "%00", "%FF", "%E2%80%A8", "x" * 65, "1'--", "a%09X:y"])
def test_a_malformed_id_is_refused(served: Served, id: str) -> None:
    assert "is not an id" in served.refusal(f"Patient/{id}", 400, "invalid")


@pytest.mark.parametrize("type", ["Observation", "patient", "Nonsense", "Patient.", "%50"])
def test_a_type_that_is_not_served_is_not_found_and_those_served_are_named(served: Served, type: str) -> None:
    for path in (f"{type}/1", type, f"{type}?_count=1"):
        diagnostics = served.refusal(path, 404, "not-found")
        assert all(each in diagnostics for each in TYPES)


def test_an_encoded_letter_of_a_type_is_that_letter(served: Served) -> None:
    assert served.json("%50atient/1")["id"] == "1"


@pytest.mark.parametrize("path", ["Patient/1/", "Patient/", "metadata/", "Patient/_search/"])
def test_a_trailing_slash_does_not_matter(served: Served, path: str) -> None:
    posted = path.startswith("Patient/_search")
    answer = served.http.post(path, data={"_id": "1"}) if posted else served.get(path)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["Patient//1", "Patient/1/_history", "Patient/1/_history/h1", "Patient/$match", "Group/1/$everything", "_history"]
)
def test_what_is_not_done_is_refused(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status_code in (400, 404)
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", ["Patient/1", "Patient?_count=2", "Patient?_id=none", "metadata", "Patient/0"])
def test_head_has_the_headers_of_get_and_no_body(served: Served, path: str) -> None:
    vary = {"date", "x-request-id", "server-timing", "content-length"}
    for encoding in ("identity", "gzip"):
        got = served.get(path, headers={"accept-encoding": encoding})
        head = served.http.head(path, headers={"accept-encoding": encoding})
        assert head.content == b""
        assert (head.status_code, {k: v for k, v in head.headers.items() if k not in vary}) == (
            got.status_code,
            {k: v for k, v in got.headers.items() if k not in vary},
        )
        if encoding == "identity" and "_page" not in got.text:
            assert head.headers["content-length"] == str(len(got.content))
        assert "content-length" in head.headers


def test_the_body_of_a_get_does_not_matter(served: Served) -> None:
    answer = served.http.request("GET", "Patient/1", content=b'{"resourceType": "Patient"}')
    assert answer.json() == served.json("Patient/1")
    assert served.get("Patient/1").status_code == 200


class TestConditionalRead:
    def test_a_known_version_is_not_sent_again(self, served: Served) -> None:
        etag = served.get("Patient/1").headers["etag"]
        tag = etag.removeprefix("W/")
        for known in (etag, tag, f'"x", {etag}', f'W/"x",{tag},W/"y"', "*"):
            answer = served.get("Patient/1", headers={"if-none-match": known})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
            assert "content-length" not in answer.headers
            assert {"last-modified", "cache-control", "vary", "x-request-id"} <= set(answer.headers)

    @pytest.mark.parametrize("unknown", ['W/"h0000000000000000"', '""', "", "nonsense", 'W/"*"', "h, *"])
    def test_another_version_is_sent(self, served: Served, unknown: str) -> None:
        assert served.get("Patient/1", headers={"if-none-match": unknown}).status_code == 200

    def test_what_is_not_there_stays_not_found(self, served: Served) -> None:
        served.refusal("Patient/0", 404, "not-found", headers={"if-none-match": "*"})

    def test_head_is_conditional_too(self, served: Served) -> None:
        etag = served.get("Patient/1").headers["etag"]
        assert served.http.head("Patient/1", headers={"if-none-match": etag}).status_code == 304

    def test_the_date_of_the_release_is_when_it_was_modified(self, served: Served) -> None:
        assert served.get("Patient/1").headers["last-modified"] == "Wed, 31 Jan 2024 00:00:00 GMT"


def test_a_version_stays_over_restarts_and_changes_with_the_row_alone(serve: Serve) -> None:
    options = {"base_url": "https://fhir.example.org/r4"}
    first = serve(**options)
    second = serve(database=first.database, **options)
    versions = {r["id"]: r["meta"]["versionId"] for r in first.walk("Patient?_count=300")}
    assert versions == {r["id"]: r["meta"]["versionId"] for r in second.walk("Patient?_count=300")}
    execute(first.database, "UPDATE cdm.person SET person_source_value = 'another' WHERE person_id = 8")
    changed = {r["id"]: r["meta"]["versionId"] for r in first.walk("Patient?_count=300")}
    assert {id for id in versions if versions[id] != changed[id]} == {"8"}


def test_a_version_does_not_depend_on_the_shape_asked_for(served: Served) -> None:
    version = served.json("Patient/1")["meta"]["versionId"]
    for query in ("_summary=true", "_summary=text", "_elements=gender", "_pretty=true"):
        assert served.json(f"Patient/1?{query}")["meta"]["versionId"] == version


def test_negative_and_64_bit_keys_are_ids(served: Served) -> None:
    keys = [row[0] for row in rows(served.database, "SELECT person_id FROM cdm.person")]
    assert min(keys) < 0
    assert max(keys) > 2**32
    for key in (min(keys), max(keys)):
        assert served.json(f"Patient/{key}")["id"] == str(key)


def test_a_read_takes_no_search_parameter(served: Served) -> None:
    assert "`gender`" in served.refusal("Patient/1?gender=male", 400, "not-supported")
    served.refusal("Patient/1?_summary=count", 400, "not-supported")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["Patient", "Patient/1", "metadata"])
def test_a_method_that_is_not_supported_names_those_that_are(served: Served, method: str, path: str) -> None:
    answer = served.http.request(method, path)
    assert method in refused(answer, 405, "not-supported")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_search_by_post_is_the_only_thing_at_its_url(served: Served) -> None:
    answer = served.get("Patient/_search")
    refused(answer, 405, "not-supported")
    assert answer.headers["allow"] == "POST, OPTIONS"


@pytest.mark.parametrize(
    ("path", "allow"),
    [("Patient", "GET, HEAD, OPTIONS"), ("Patient/1", "GET, HEAD, OPTIONS"), ("Patient/_search", "POST, OPTIONS")],
)
def test_options_tells_the_methods(served: Served, path: str, allow: str) -> None:
    answer = served.http.options(path)
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", allow)
