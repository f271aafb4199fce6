"""search-type, URL in and Bundle out: https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/search.html."""

from __future__ import annotations

import asyncio
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest

from omop_fhir.omop.ddl import create_tables
from tests.fixtures.databases import administer, database_url, drop_database

from .conftest import Serve, Served, exchange, execute, ids, outcome_of, refused, rows, running

SNOMED = "http://snomed.info/sct"
OHDSI = "https://fhir-terminology.ohdsi.org"
COMMON = 4326177
"""The concept of a fifth of all generated procedures."""


def keys(served: Served, statement: str) -> list[str]:
    """The first column of a query, as ids in their order."""
    return [str(key) for key in sorted(row[0] for row in rows(served.database, statement))]


def found(served: Served, path: str) -> list[str]:
    """The ids of all pages."""
    return ids(served.walk(path))


def test_the_whole_body_of_a_small_search(served: Served) -> None:
    base = served.base
    resource = served.get("Organization/-2").text
    assert served.get("Organization?_id=-2").text == (
        f'{{"resourceType":"Bundle","type":"searchset","link":[{{"relation":"self","url":"{base}/Organization?_id=-2"}}],'
        f'"entry":[{{"fullUrl":"{base}/Organization/-2","resource":{resource},"search":{{"mode":"match"}}}}]}}'
    )


@pytest.mark.parametrize(
    "query", ["_id=0", "identifier=nothing", "gender=nonsense", "_id=http://x|1", "_id=007", "birthdate=1801"]
)
def test_nothing_found_is_a_bundle_without_entries(served: Served, query: str) -> None:
    bundle = served.json(f"Patient?{query}")
    encoded = query.replace("|", "%7C")
    assert bundle == {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "self", "url": f"{served.base}/Patient?{encoded}"}],
    }


class TestId:
    def test_one_and_several(self, served: Served) -> None:
        assert found(served, "Patient?_id=1") == ["1"]
        assert found(served, "Patient?_id=3,1,2,0,007,x") == ["1", "2", "3"]

    def test_repeated_parameters_must_all_match(self, served: Served) -> None:
        assert found(served, "Patient?_id=1,2&_id=2,3") == ["2"]
        assert found(served, "Patient?_id=1&_id=2") == []

    @pytest.mark.parametrize(
        "value", ["9223372036854775808", "-9223372036854775809", "1' OR '1'='1", "1;--", "%2B1", "१"]
    )
    def test_what_no_row_can_have_finds_nothing(self, served: Served, value: str) -> None:
        assert found(served, f"Patient?_id={value}") == []


class TestIdentifier:
    def test_with_system_without_and_of_any(self, served: Served) -> None:
        system = f"{served.base}/identifier/person_source_value"
        assert found(served, f"Patient?identifier={system}|MRN000000001") == ["1"]
        assert found(served, "Patient?identifier=MRN000000001") == ["1"]
        assert found(served, "Patient?identifier=|MRN000000001") == []
        assert found(served, "Patient?identifier=http://other|MRN000000001") == []
        assert found(served, "Patient?identifier=mrn000000001") == []
        everybody = found(served, "Patient?identifier=" + system + "|")
        assert "1" in everybody

    def test_of_a_key(self, served: Served) -> None:
        system = f"{served.base}/identifier/visit_occurrence_id"
        visit = ids(served.resources("Encounter?_count=1"))[0]
        assert found(served, f"Encounter?identifier={system}|{visit}") == [visit]

    def test_every_value_that_is_shown_finds_its_patient(self, served: Served) -> None:
        sources = dict(rows(served.database, "SELECT person_id::text, person_source_value FROM cdm.person"))
        for patient in served.walk("Patient"):
            identifier = patient["identifier"][0]
            if identifier["value"] != sources[patient["id"]]:
                continue  # characters that no string of R4 has are replaced
            value = "".join("\\" + c if c in ",|$\\" else c for c in identifier["value"])
            assert patient["id"] in found(served, f"Patient?identifier={quote(identifier['system'] + '|' + value)}")


class TestReference:
    def test_by_id_by_type_and_id_and_by_url(self, served: Served) -> None:
        expected = keys(served, "SELECT procedure_occurrence_id FROM cdm.procedure_occurrence WHERE person_id = 1")
        assert expected
        for name in ("patient", "subject", "subject:Patient", "patient:Patient"):
            for value in ("1", "Patient/1", f"{served.base}/Patient/1"):
                if name == "patient:Patient" and value != "1":
                    continue
                assert found(served, f"Procedure?{name}={value}") == expected, (name, value)

    @pytest.mark.parametrize(
        "value",
        ["Group/1", "Practitioner/1", "http://other.example.org/fhir/Patient/1", "urn:uuid:1", "http://[", "007", "0"],
    )
    def test_another_type_or_server_finds_nothing(self, served: Served, value: str) -> None:
        assert found(served, f"Procedure?subject={value}") == []

    @pytest.mark.parametrize(
        "value", ["Patient/", "/1", "patient/1", "a b", "Patient/x_y", "\u00fc"]
    )
    def test_what_is_no_reference_is_refused(self, served: Served, value: str) -> None:
        assert "is not a reference" in served.refusal(f"Procedure?subject={value}", 400, "invalid")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("code:Patient", "1"), ("subject:exact", "1"), ("date:not-in", "x"), ("_id:Patient", "1")],
    )
    def test_a_modifier_that_does_not_fit_is_refused(self, served: Served, name: str, value: str) -> None:
        diagnostics = served.refusal(f"Procedure?{name}={value}", 400, "not-supported")
        assert f"`:{name.partition(':')[2]}`" in diagnostics
        assert "possible are" in diagnostics

    def test_a_type_that_the_reference_cannot_have_is_refused(self, served: Served) -> None:
        served.refusal("Procedure?subject:Practitioner=1", 400, "invalid")

    def test_a_value_of_another_type_than_the_modifier_finds_nothing(self, served: Served) -> None:
        assert found(served, "Procedure?subject:Patient=Group/1") == []

    def test_a_reference_that_is_shown_has_no_identifier(self, served: Served) -> None:
        assert found(served, "Procedure?subject:identifier=x") == []


class TestCode:
    def test_by_every_spelling_of_the_same_code(self, served: Served) -> None:
        expected = keys(
            served,
            f"SELECT procedure_occurrence_id FROM cdm.procedure_occurrence WHERE procedure_concept_id = {COMMON}",
        )
        code = rows(served.database, f"SELECT concept_code FROM cdm.concept WHERE concept_id = {COMMON}")[0][0]
        assert expected
        for value in (code, f"{SNOMED}|{code}", f"urn:oid:2.16.840.1.113883.6.96|{code}"):
            assert found(served, f"Procedure?code={value}&_count=40") == expected, value
        for value in (f"|{code}", f"http://loinc.org|{code}", f"{SNOMED}|0", f"{OHDSI}|{code}"):
            assert found(served, f"Procedure?code={value}") == [], value

    def test_either_of_two_codes(self, served: Served) -> None:
        every = {r["id"]: r for r in served.walk("Procedure?_count=500")}
        codes = sorted(
            {c["code"] for r in every.values() for c in r["code"].get("coding", ()) if c["system"] == SNOMED}
        )
        wanted = codes[:2]
        expected = [id for id, r in every.items() if any(c["code"] in wanted for c in r["code"].get("coding", ()))]
        assert found(served, f"Procedure?code={SNOMED}|{wanted[0]},{SNOMED}|{wanted[1]}") == expected

    def test_every_coding_that_is_shown_finds_its_resource(self, served: Served) -> None:
        shown: dict[tuple[str, str], set[str]] = {}
        for procedure in served.walk("Procedure?_count=500"):
            for coding in procedure["code"].get("coding", ()):
                shown.setdefault((coding.get("system", ""), coding["code"]), set()).add(procedure["id"])
        assert any(system == OHDSI for system, _ in shown)
        for (system, code), expected in shown.items():
            value = code.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|").replace("$", "\\$")
            assert set(found(served, f"Procedure?code={quote(system)}|{quote(value)}&_count=500")) == expected, (
                system,
                code,
            )

    def test_a_concept_that_the_vocabulary_lacks_is_found_by_its_id(self, served: Served) -> None:
        expected = keys(
            served,
            "SELECT visit_occurrence_id FROM cdm.visit_occurrence v WHERE visit_concept_id NOT IN"
            " (SELECT concept_id FROM cdm.concept) AND visit_concept_id = 581478",
        )
        assert found(served, f"Encounter?type={OHDSI}|581478") == expected

    @pytest.mark.parametrize("value", ["|", "a|b|c", "", "a,,b", ","])
    def test_what_is_no_token_is_refused(self, served: Served, value: str) -> None:
        served.refusal(f"Procedure?code={value}", 400, "invalid")


class TestDate:
    @pytest.mark.parametrize(
        ("value", "where"),
        [
            ("2015", "procedure_date >= '2015-01-01' AND procedure_date < '2016-01-01'"),
            ("eq2015-03", "procedure_date >= '2015-03-01' AND procedure_date < '2015-04-01'"),
            ("ge2020-01-01", "coalesce(procedure_end_date, procedure_date) >= '2020-01-01'"),
            ("lt2012", "procedure_date < '2012-01-01'"),
        ],
    )
    def test_prefixes(self, served: Served, value: str, where: str) -> None:
        expected = set(
            keys(
                served,
                "SELECT procedure_occurrence_id FROM cdm.procedure_occurrence"
                f" WHERE {where} AND procedure_datetime IS NULL AND procedure_end_date IS NULL",
            )
        )
        simple = set(
            keys(
                served,
                "SELECT procedure_occurrence_id FROM cdm.procedure_occurrence"
                " WHERE procedure_datetime IS NULL AND procedure_end_date IS NULL",
            )
        )
        assert set(found(served, f"Procedure?date={value}&_count=500")) & simple == expected

    def test_a_range_is_two_parameters(self, served: Served) -> None:
        both = found(served, "Procedure?date=ge2015&date=lt2016&_count=500")
        lower, upper = (set(found(served, f"Procedure?date={v}&_count=500")) for v in ("ge2015", "lt2016"))
        assert both
        assert set(both) == lower & upper

    @pytest.mark.parametrize(
        "value", ["2015-13", "2015-02-30", "yesterday", "xx2015", "2015-1-1", "", "eq", "0000", "2015T10"]
    )
    def test_what_is_no_date_is_refused(self, served: Served, value: str) -> None:
        served.refusal(f"Procedure?date={value}", 400, "invalid")

    @pytest.mark.parametrize("prefix", ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"])
    @pytest.mark.parametrize(
        "value", ["0001", "9999-12-31", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00%2B14:00", "9999"]
    )
    @pytest.mark.parametrize("path", ["Procedure?date", "Patient?birthdate", "MedicationStatement?effective"])
    def test_the_ends_of_time(self, served: Served, path: str, prefix: str, value: str) -> None:
        served.json(f"{path}={prefix}{value}&_count=1")


class TestRefusals:
    @pytest.mark.parametrize("name", ["foo", "name", "_text", "_filter", "_content", "_list", "_query", "_contained",
                                      "_tag", "_security", "_profile", "_source", "code", "Gender"])  # fmt: skip
    def test_a_parameter_that_cannot_be_answered_is_named_with_those_that_can(self, served: Served, name: str) -> None:
        answer = served.get(f"Patient?{name}=x")
        assert answer.status_code == 400
        diagnostics = refused(answer, 400, answer.json()["issue"][0]["code"])
        assert f"`{name}`" in diagnostics
        for possible in ("_id", "birthdate", "gender", "identifier"):
            assert f"`{possible}`" in diagnostics
        assert answer.json()["issue"][0]["expression"] == [f"http.{name}"]

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("_sort=x", "`_sort=x`"),
            ("_sort=", "`_sort=`"),
            ("_sort=-", "`_sort=-`"),
            ("_include=x", "`_include=x`"),
            ("_include=Patient:gender", "`gender` is not a reference parameter"),
            ("_include=Procedure:patient", "brings nothing to a search of Patient"),
            ("_revinclude=Practitioner:name", "`name` is not a reference"),
            ("_revinclude=Procedure:performer", "brings nothing to a search of Patient"),
            ("_lastUpdated=x", "`_lastUpdated`: `x` is not a date"),
            ("_total=x", "`_total=x`"),
            ("_summary=x", "`_summary=x`"),
            ("=x", "`` is not the name"),
            ("gender:=x", "`gender:`"),
            ("_has:Procedure:patient=x", "_has:Type:reference:parameter"),
            ("_has:Procedure:code:code=x", "`code` is not a reference"),
        ],
    )
    def test_what_is_malformed_is_named(self, served: Served, query: str, said: str) -> None:
        answer = served.get(f"Patient?{query}")
        assert answer.status_code == 400
        assert said in refused(answer, 400, answer.json()["issue"][0]["code"])

    @pytest.mark.parametrize("name", ["gender:exact", "identifier:exact", "_id:contains", "birthdate:below"])
    def test_a_modifier_is_named(self, served: Served, name: str) -> None:
        assert f"`:{name.partition(':')[2]}`" in served.refusal(f"Patient?{name}=true", 400, "not-supported")

    def test_a_chain_that_is_too_long_is_refused(self, served: Served) -> None:
        chain = "encounter:Encounter.diagnosis:Condition." * 3 + "code"
        assert "at most 5 steps" in served.refusal(f"Procedure?{chain}=1", 400, "too-costly")

    @pytest.mark.parametrize("value", ["-1", "x", "1.5", "", "9999999999", "\u0661"])
    def test_a_count_must_be_a_number(self, served: Served, value: str) -> None:
        assert "_count" in served.refusal(f"Patient?_count={value}", 400, "invalid")

    def test_a_result_parameter_comes_once(self, served: Served) -> None:
        assert "`_count` is given 2 times" in served.refusal("Patient?_count=1&_count=2", 400, "invalid")

    @pytest.mark.parametrize(
        "query", ["_id=%", "_id=%2", "_id=%zz", "%=1", "_id=%FF", "_id=%ED%A0%80", "_id=%C0%80", "_id=%00"]
    )
    def test_what_is_not_percent_encoded_text_is_refused(self, served: Served, query: str) -> None:
        raw = exchange(served, f"GET /fhir/Patient?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        status, outcome = outcome_of(raw)
        assert (status, outcome["issue"][0]["code"]) == (400, "invalid")

    def test_raw_bytes_in_the_url_are_refused(self, served: Served) -> None:
        raw = exchange(served, b"GET /fhir/Patient?_id=\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert raw.startswith(b"HTTP/1.1 400 ")

    def test_too_many_parameters_are_refused(self, served: Served) -> None:
        served.refusal("Patient?" + "&".join("_id=1" for _ in range(2000)), 400, "invalid")

    def test_too_many_values_are_refused(self, served: Served) -> None:
        values = ",".join(map(str, range(40_000)))
        for type, name in (("Patient", "_id"), ("Procedure", "code"), ("Procedure", "date"), ("Procedure", "subject")):
            text = values if name != "date" else ",".join(["2020"] * 40_000)
            diagnostics = refused(served.http.post(f"{type}/_search", data={name: text}), 400, "too-costly")
            assert "at most 1000 values" in diagnostics

    def test_as_many_values_as_are_allowed_are_answered(self, served: Served) -> None:
        values = ",".join(map(str, range(1000)))
        for type, name, text in (
            ("Patient", "_id", values),
            ("Condition", "code", values),
            ("Procedure", "date", ",".join(["ap2020-01-01"] * 1000)),
            ("Encounter", "subject", values),
        ):
            answer = served.http.post(f"{type}/_search", data={name: text, "_count": "1"})
            assert answer.status_code == 200, answer.text[:300]

    def test_a_url_that_is_too_long_is_refused(self, served: Served) -> None:
        assert "16384" in served.refusal("Patient?_id=" + "1" * 17_000, 414, "too-long")
        assert "16384" in served.refusal("Patient/" + "1" * 17_000, 414, "too-long")


class TestPost:
    def test_form_and_url_go_together(self, served: Served) -> None:
        answer = served.http.post("Patient/_search?_id=1,2", data={"_id": "2,3", "_count": "5"})
        assert ids(entry["resource"] for entry in answer.json()["entry"]) == ["2"]
        assert answer.json()["link"] == [{"relation": "self", "url": f"{served.base}/Patient?_id=1,2&_id=2,3&_count=5"}]

    def test_an_empty_form_finds_all(self, served: Served) -> None:
        form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        answer = served.http.post("Patient/_search", content=b"", headers=form)
        assert ids(entry["resource"] for entry in answer.json()["entry"]) == ids(served.resources("Patient"))

    @pytest.mark.parametrize(
        "kind", ["application/json", "application/fhir+json", "multipart/form-data; boundary=x", "text/plain", ""]
    )
    def test_another_kind_of_body_is_refused(self, served: Served, kind: str) -> None:
        answer = served.http.post("Patient/_search", content=b'{"_id": "1"}', headers={"content-type": kind})
        assert "application/x-www-form-urlencoded" in refused(answer, 415, "not-supported")

    def test_a_body_that_is_too_long_is_refused(self, served: Served) -> None:
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = served.http.post("Patient/_search", content=b"_id=" + b"1" * 1_100_000, headers=form)
        assert "1048576" in refused(answer, 413, "too-long")
        assert served.get("Patient/1").status_code == 200

    def test_a_body_in_chunks_is_read(self, served: Served) -> None:
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = served.http.post("Patient/_search", content=iter([b"_i", b"d=", b"1"]), headers=form)
        assert ids(entry["resource"] for entry in answer.json()["entry"]) == ["1"]
        endless = served.http.post("Patient/_search", content=(b"_id=1&" * 10_000 for _ in range(100)), headers=form)
        refused(endless, 413, "too-long")

    @pytest.mark.parametrize("body", [b"_id=%FF", b"_id=\xff", b"_id=%", b"_id=%00", b"_id=%ED%A0%80"])
    def test_a_broken_form_is_refused(self, served: Served, body: bytes) -> None:
        form = {"content-type": "application/x-www-form-urlencoded"}
        refused(served.http.post("Patient/_search", content=body, headers=form), 400, "invalid")

    def test_its_pages_are_the_same(self, served: Served) -> None:
        posted = served.http.post("Procedure/_search", data={"patient": "1", "_count": "2"}).json()
        got = served.json("Procedure?patient=1&_count=2")
        assert posted["entry"] == got["entry"]


class TestCount:
    def test_a_page_has_as_many_as_wanted_within_the_limit(self, serve: Serve, served: Served) -> None:
        server = serve(database=served.database, page_size=7, page_size_limit=11)
        assert len(server.resources("Patient")) == 7
        assert len(server.resources("Patient?_count=3")) == 3
        assert len(server.resources("Patient?_count=999999999")) == 11


def test_a_database_of_another_encoding_refuses_what_it_cannot_hold(postgres_url: str) -> None:
    latin = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    name = f"omop_fhir_test_{uuid4().hex[:12]}"
    try:
        asyncio.run(administer(postgres_url, f'CREATE DATABASE "{name}" {latin}'))
    except asyncpg.PostgresError:
        asyncio.run(administer(postgres_url, f'CREATE DATABASE "{name}" LOCALE_PROVIDER libc {latin}'))
    try:
        url = database_url(postgres_url, name)
        person = (
            "INSERT INTO cdm.person (person_id, gender_concept_id, year_of_birth, race_concept_id,"
            " ethnicity_concept_id, person_source_value) VALUES (1, 0, 1980, 0, 0, 'M\u00fcller')"
        )
        execute(url, "CREATE SCHEMA cdm", *create_tables("cdm", "5.4"), person)
        with running(url) as server:
            assert found(server, "Patient?identifier=M\u00fcller") == ["1"]
            assert "encoding" in server.refusal("Patient?identifier=\u65e5\u672c", 400, "invalid")
            for query in ("Patient?address-city=x", "Patient?address-city:contains=x", "Condition?code:text=x"):
                assert "not LATIN1" in server.refusal(query, 400, "not-supported")
            assert found(server, "Patient?address-city:exact=x") == []
            assert server.json("Patient/1")["identifier"][0]["value"] == "M\u00fcller"
    finally:
        asyncio.run(drop_database(postgres_url, name))
