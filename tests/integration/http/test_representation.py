"""Which representation: https://hl7.org/fhir/R4/http.html#mime-type, #parameters; https://hl7.org/fhir/R4/search.html#summary."""

from __future__ import annotations

import gzip
import json

import httpx
import pytest

from omop_fhir.validate import validate

from .conftest import Serve, Served, exchange, outcome_of, refused

SUBSETTED = [
    {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "SUBSETTED",
        "display": "subsetted",
    }
]


class TestNegotiation:
    @pytest.mark.parametrize(
        "accept",
        [
            "*/*",
            "application/*",
            "application/json",
            "application/fhir+json",
            "APPLICATION/FHIR+JSON",
            "text/json",
            "application/fhir+xml;q=0.9, application/fhir+json;q=0.8",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "application/fhir+json; fhirVersion=4.0",
            'application/fhir+json;fhirVersion="4.0";q=1',
            "application/fhir+json; charset=utf-8",
            "application/xml, application/json;q=0.001",
            "",
        ],
    )
    def test_json_is_given_where_it_is_accepted(self, served: Served, accept: str) -> None:
        for path in ("Patient/1", "metadata", "Patient?_id=1"):
            answer = served.get(path, headers={"accept": accept})
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
            assert "Accept" in answer.headers["vary"]

    @pytest.mark.parametrize(
        "accept",
        [
            "application/fhir+xml",
            "application/xml",
            "text/turtle",
            "text/html",
            "application/json;q=0",
            "application/fhir+json; fhirVersion=3.0",
            "application/fhir+json; fhirVersion=5.0, application/xml",
            "application/json;q=nonsense",
        ],
    )
    def test_nothing_is_given_where_json_is_not_accepted(self, served: Served, accept: str) -> None:
        for path in ("Patient/1", "metadata", "Patient"):
            diagnostics = served.refusal(path, 406, "not-supported", headers={"accept": accept})
            assert diagnostics == f"`Accept: {accept}` cannot be given: only application/fhir+json of FHIR 4.0 can"

    @pytest.mark.parametrize(
        "format",
        [
            "json",
            "application/json",
            "application/fhir%2Bjson",
            "application/fhir+json",
            "text/json",
            "application%2Ffhir%20json",
            "application/fhir%2Bjson%3B%20fhirVersion%3D4.0",
        ],
    )
    def test_format_comes_before_accept(self, served: Served, format: str) -> None:
        answer = served.get(f"Patient/1?_format={format}", headers={"accept": "application/fhir+xml"})
        assert answer.status_code == 200

    @pytest.mark.parametrize("format", ["xml", "application/fhir%2Bxml", "ttl", "html", "", "json%3BfhirVersion%3D3.0"])
    def test_a_format_that_is_not_json_is_refused(self, served: Served, format: str) -> None:
        for path in ("Patient/1", "Patient", "metadata"):
            assert "_format" in served.refusal(f"{path}?_format={format}", 406, "not-supported")

    def test_accept_may_stand_on_several_lines(self, served: Served) -> None:
        lines = [("accept", "application/fhir+xml"), ("accept", "application/fhir+json;q=0.5")]
        assert served.get("Patient/1", headers=lines).status_code == 200

    def test_a_format_in_the_form_counts(self, served: Served) -> None:
        refused(served.http.post("Patient/_search", data={"_format": "xml"}), 406, "not-supported")

    def test_an_error_is_json_whatever_is_accepted(self, served: Served) -> None:
        served.refusal("Patient/0", 404, "not-found", headers={"accept": "*/*"})


class TestPretty:
    def test_pretty_changes_the_blanks_alone(self, served: Served) -> None:
        for path in ("Patient/1?", "MedicationStatement?_count=50&", "metadata?"):
            plain, pretty = served.get(f"{path}_pretty=false").text, served.get(f"{path}_pretty=true").text
            assert "\n  " in pretty
            assert "\n" not in plain
            assert json.loads(plain.replace("_pretty=false", "_pretty=true")).keys() == json.loads(pretty).keys()

    def test_long_numbers_keep_their_digits(self, served: Served) -> None:
        plain = served.get("MedicationStatement?_count=300").text
        pretty = served.get("MedicationStatement?_count=300&_pretty=true").text
        numbers = [json.loads(text, parse_float=str, parse_int=str)["entry"] for text in (plain, pretty)]
        assert numbers[0] == numbers[1]


class TestSummary:
    def test_true_gives_the_summary_elements(self, served: Served) -> None:
        patient = served.json("Patient/1?_summary=true")
        assert patient["meta"]["tag"] == SUBSETTED
        assert {"identifier", "name", "gender", "birthDate"} <= set(patient)
        assert not {"extension", "generalPractitioner"} & set(patient)

    def test_text_gives_what_must_be_there(self, served: Served) -> None:
        encounter = served.resources("Encounter?_summary=text&_count=1")[0]
        assert set(encounter) == {"resourceType", "id", "meta", "status", "class"}
        assert encounter["meta"]["tag"] == SUBSETTED

    def test_data_gives_all_but_text(self, served: Served) -> None:
        whole, data = served.json("Patient/1"), served.json("Patient/1?_summary=data")
        assert data["meta"].pop("tag") == SUBSETTED
        assert data == whole

    def test_false_gives_the_whole(self, served: Served) -> None:
        assert served.json("Patient/1?_summary=false") == served.json("Patient/1")

    @pytest.mark.parametrize("query", ["_summary=count", "_count=0", "_count=0&_summary=true"])
    def test_count_gives_the_number_alone(self, served: Served, query: str) -> None:
        bundle = served.json(f"Patient?{query}")
        number = len(list(served.walk("Patient")))
        assert bundle == {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": number,
            "link": [{"relation": "self", "url": f"{served.base}/Patient?{query}"}],
        }

    def test_count_counts_what_is_searched_for(self, served: Served) -> None:
        males = len(list(served.walk("Patient?gender=male")))
        assert served.json("Patient?gender=male&_summary=count")["total"] == males > 0
        assert served.json("Patient?gender=nonsense&_summary=count")["total"] == 0

    @pytest.mark.parametrize("value", ["", "yes", "True", "count,true"])
    def test_another_value_is_refused(self, served: Served, value: str) -> None:
        assert "true, text, data, count, false" in served.refusal(f"Patient?_summary={value}", 400, "invalid")

    def test_it_excludes_elements(self, served: Served) -> None:
        served.refusal("Patient?_summary=true&_elements=gender", 400, "invalid")

    @pytest.mark.parametrize("summary", ["true", "text", "data", "false"])
    @pytest.mark.parametrize(
        "type", ["Patient", "Encounter", "Procedure", "MedicationStatement", "Condition", "Location"]
    )
    def test_every_shape_is_valid(self, served: Served, type: str, summary: str) -> None:
        for resource in served.resources(f"{type}?_summary={summary}&_count=100"):
            assert [issue for issue in validate(resource) if issue.severity in ("fatal", "error")] == []


class TestElements:
    def test_those_wanted_and_those_that_must_be_there(self, served: Served) -> None:
        procedure = served.resources("Procedure?_elements=code,Procedure.encounter&_count=1")[0]
        assert set(procedure) == {"resourceType", "id", "meta", "status", "code", "subject", "encounter"}
        assert procedure["meta"]["tag"] == SUBSETTED

    def test_a_choice_is_named_without_its_type(self, served: Served) -> None:
        procedure = served.resources("Procedure?_elements=performed&_count=1")[0]
        assert any(name.startswith("performed") for name in procedure)

    def test_a_sibling_of_extensions_comes_with_its_element(self, served: Served) -> None:
        found = [p for p in served.walk("Patient?_elements=birthDate&_count=100") if "_birthDate" in p]
        assert found == [] or all("birthDate" in each for each in found)

    @pytest.mark.parametrize(
        "name", ["foo", "Gender", "period", "Encounter.period", "gender.value", "", "gender,,id", "g'"]
    )
    def test_an_unknown_name_is_refused(self, served: Served, name: str) -> None:
        for path in ("Patient/1", "Patient"):
            assert "element of Patient" in served.refusal(f"{path}?_elements={name}", 400, "invalid")

    def test_the_next_page_has_the_same_shape(self, served: Served) -> None:
        modifiers = {"deceasedDateTime"}
        for patient in served.walk("Patient?_elements=gender&_count=70"):
            assert set(patient) - modifiers <= {"resourceType", "id", "meta", "gender"}


class TestGzip:
    def test_a_long_body_is_compressed_for_who_accepts_it(self, served: Served) -> None:
        plain = served.get("Patient?_count=50&_id=1,2,3", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        packed = served.get("Patient?_count=50&_id=1,2,3", headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["vary"]
        assert int(packed.headers["content-length"]) < len(plain.content)
        assert packed.content == plain.content

    def test_it_is_gzip_indeed(self, served: Served) -> None:
        head = b"GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
        body = exchange(served, head).partition(b"\r\n\r\n")[2]
        assert json.loads(gzip.decompress(body))["resourceType"] == "CapabilityStatement"


class TestCors:
    def test_any_origin_may_read_and_see_the_headers(self, served: Served) -> None:
        for path in ("Patient/1", "metadata", "Patient/0"):
            answer = served.get(path, headers={"origin": "https://app.example.org"})
            assert answer.headers["access-control-allow-origin"] == "*"
            exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
            assert {"etag", "last-modified", "location", "x-request-id", "www-authenticate", "retry-after"} <= set(
                exposed
            )
            assert "access-control-allow-credentials" not in answer.headers

    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"])
    def test_a_preflight_is_answered(self, served: Served, method: str) -> None:
        asked = {
            "origin": "https://app.example.org",
            "access-control-request-method": method,
            "access-control-request-headers": "authorization, if-none-match, prefer, x-request-id",
        }
        answer = served.http.options("Patient/1", headers=asked)
        assert answer.status_code == 200
        assert method in answer.headers["access-control-allow-methods"]
        allowed = answer.headers["access-control-allow-headers"].lower()
        assert all(name in allowed for name in ("authorization", "if-none-match", "prefer"))

    def test_origins_can_be_named(self, serve: Serve, served: Served) -> None:
        server = serve(database=served.database, cors_origins=("https://app.example.org",))
        mine = server.get("Patient/1", headers={"origin": "https://app.example.org"})
        assert mine.headers["access-control-allow-origin"] == "https://app.example.org"
        assert "Origin" in mine.headers["vary"]
        other = server.get("Patient/1", headers={"origin": "https://evil.example.org"})
        assert "access-control-allow-origin" not in other.headers


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["Patient/1", "Patient?_count=1", "metadata", "Patient/0", "Patient?x=y", "nothing/at/all"]
    )
    def test_no_kind_is_guessed_and_no_share_kept(self, served: Served, path: str) -> None:
        headers = served.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in ("private, no-cache", "no-store")
        assert "server" not in headers

    def test_the_stages_are_timed(self, served: Served) -> None:
        assert served.get("Patient/1").headers["server-timing"].startswith("fetch;dur=")
        assert [part.split(";")[0] for part in served.get("Patient").headers["server-timing"].split(", ")] == [
            "parse",
            "plan",
            "fetch",
            "include",
            "render",
        ]

    def test_the_page_for_people_runs_no_script(self, served: Served) -> None:
        page = httpx.get(f"http://127.0.0.1:{served.port}/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert all(f"/fhir/{type}" in page.text for type in ("Patient", "Procedure"))


class TestRequestId:
    def test_one_is_made(self, served: Served) -> None:
        first, second = (served.get("Patient/1").headers["x-request-id"] for _ in range(2))
        assert first != second

    @pytest.mark.parametrize("id", ["abc", "A-1.b_2", "x" * 64])
    def test_the_client_may_give_it(self, served: Served, id: str) -> None:
        for path in ("Patient/1", "Patient/0", "nothing", "metadata"):
            assert served.get(path, headers={"x-request-id": id}).headers["x-request-id"] == id

    @pytest.mark.parametrize("id", ["", "x" * 65, "a b", "<script>", "a;b", 'a"b', "ü", "a\tb"])
    def test_a_harmful_one_is_not_echoed(self, served: Served, id: str) -> None:
        answer = served.get("Patient/0", headers={"x-request-id": id.encode()})
        assert answer.headers["x-request-id"] != id
        assert "<script>" not in answer.text

    def test_no_header_is_injected(self, served: Served) -> None:
        raw = exchange(
            served,
            b"GET /fhir/Patient/1?_format=json%0d%0aX-Evil:1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        )
        status, outcome = outcome_of(raw)
        assert (status, outcome["resourceType"]) == (406, "OperationOutcome")
        assert b"x-evil" not in raw.partition(b"\r\n\r\n")[0].lower()
