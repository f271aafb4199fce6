"""The CapabilityStatement claims what works, and nothing else works: https://hl7.org/fhir/R4/http.html#capabilities."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from fhirpathpy import evaluate
from fhirpathpy.models import models

from omop_fhir.fhir.search_parameters import search_parameters
from omop_fhir.omop.ddl import create_tables, primary_keys
from omop_fhir.validate import validate

from .conftest import NewDatabase, Serve, Served, execute, ids, refused, running

TYPES = [
    "Condition",
    "Encounter",
    "Location",
    "MedicationStatement",
    "Organization",
    "Patient",
    "Practitioner",
    "Procedure",
]


def resources(served: Served) -> dict[str, dict[str, Any]]:
    """What is claimed of each type."""
    (rest,) = served.json("metadata")["rest"]
    return {each["type"]: each for each in rest.get("resource", ())}


@pytest.fixture(scope="module")
def everything(served: Served) -> dict[str, list[dict[str, Any]]]:
    """All resources of each type."""
    return {type: list(served.walk(f"{type}?_count=1000")) for type in TYPES}


class TestStatement:
    @pytest.mark.parametrize("query", ["", "?mode=full", "?mode=normative", "?_format=json"])
    def test_it_is_valid(self, served: Served, query: str) -> None:
        assert validate(served.json(f"metadata{query}")) == []

    def test_it_tells_server_software_and_version(self, served: Served) -> None:
        statement = served.json("metadata")
        assert statement["fhirVersion"] == "4.0.1"
        assert statement["kind"] == "instance"
        assert statement["implementation"]["url"] == served.base
        assert statement["software"]["name"] == "omop-fhir"
        assert [each["type"] for each in statement["rest"][0]["resource"]] == TYPES

    @pytest.mark.parametrize("mode", ["terminology", "x", ""])
    def test_another_mode_is_refused(self, served: Served, mode: str) -> None:
        assert "full, normative" in served.refusal(f"metadata?mode={mode}", 400, "not-supported")

    def test_it_stays_the_same_as_long_as_the_database_does(self, served: Served) -> None:
        assert served.get("metadata").text == served.get("metadata").text

    def test_the_format_claims_are_kept(self, served: Served) -> None:
        for format in served.json("metadata")["format"]:
            for path in ("metadata", "Patient/1", "Patient"):
                assert served.get(f"{path}?_format={quote(format)}").status_code == 200


class TestClaims:
    @pytest.mark.parametrize("type", TYPES)
    def test_each_interaction_works_and_no_other(self, served: Served, type: str) -> None:
        claimed = {each["code"] for each in resources(served)[type]["interaction"]}
        assert claimed == {"read", "search-type"}
        (first,) = served.resources(f"{type}?_count=1")
        assert served.get(f"{type}/{first['id']}").status_code == 200
        body = {"content-type": "application/fhir+json"}
        id = first["id"]
        for method, path in (
            ("POST", type),
            ("PUT", f"{type}/{id}"),
            ("PATCH", f"{type}/{id}"),
            ("DELETE", f"{type}/{id}"),
            ("DELETE", type),
            ("GET", f"{type}/{id}/_history"),
            ("GET", f"{type}/{id}/_history/{first['meta']['versionId']}"),
            ("GET", f"{type}/_history"),
        ):
            answer = served.http.request(method, path, headers=body, content=b"{}" if method != "GET" else None)
            assert answer.status_code in (404, 405), (method, path)
            assert answer.json()["resourceType"] == "OperationOutcome"

    def test_the_system_is_searched_and_nothing_else_done_to_it(self, served: Served) -> None:
        (rest,) = served.json("metadata")["rest"]
        assert rest["interaction"] == [{"code": "batch"}, {"code": "search-system"}]
        assert served.resources("?_type=Patient&_count=1")[0]["resourceType"] == "Patient"
        read = {"request": {"method": "GET", "url": "Patient/1"}}
        batch = served.send("POST", "/", {"resourceType": "Bundle", "type": "batch", "entry": [read]})
        assert batch.json()["entry"][0]["resource"] == served.json("Patient/1")
        transaction = served.send("POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": [read]})
        assert "nothing can be written" in refused(transaction, 405, "not-supported")

    @pytest.mark.parametrize("type", TYPES)
    def test_conditional_read_is_as_claimed(self, served: Served, type: str) -> None:
        assert resources(served)[type]["conditionalRead"] == "full-support"
        id = ids(served.resources(f"{type}?_count=1"))[0]
        etag = served.get(f"{type}/{id}").headers["etag"]
        assert served.get(f"{type}/{id}", headers={"if-none-match": etag}).status_code == 304
        for since, status in (("Fri, 01 Jan 2100 00:00:00 GMT", 304), ("Sat, 01 Jan 2000 00:00:00 GMT", 200)):
            assert served.get(f"{type}/{id}", headers={"if-modified-since": since}).status_code == status

    @pytest.mark.parametrize("type", TYPES)
    def test_each_search_parameter_finds_the_resource_that_its_value_was_taken_from(
        self, served: Served, everything: dict[str, list[dict[str, Any]]], type: str
    ) -> None:
        missed = []
        for parameter in resources(served)[type]["searchParam"]:
            assert parameter["definition"] in {each.url for each in search_parameters(type)}
            name = parameter["name"]
            found = next(values(everything[type], name, parameter["type"]), None)
            if found is None:
                assert served.get(f"{type}?{name}=2015").status_code == 200
                missed.append(name)
                continue
            id, value = found
            assert id in ids(served.walk(f"{type}?{name}={quote(value)}&_count=1000")), (name, value)
            posted = served.http.post(f"{type}/_search", data={name: value})
            assert posted.status_code == 200
        assert set(missed) <= EMPTY.get(type, set())

    @pytest.mark.parametrize("type", TYPES)
    def test_each_other_parameter_of_r4_is_refused(self, served: Served, type: str) -> None:
        claimed = {each["name"] for each in resources(served)[type]["searchParam"]}
        others = [each.code for each in search_parameters(type) if each.code not in claimed]
        assert others
        for name in (*others, "_include", "_revinclude", "_total"):
            answer = served.get(f"{type}?{name}=1")
            assert answer.status_code == 400, name
            assert name in answer.json()["issue"][0]["diagnostics"]
        for name in ("_sort", "_has:Observation:patient:code", f"_has:{type}"):
            assert served.get(f"{type}?{name}=1").status_code == 400

    @pytest.mark.parametrize("type", TYPES)
    def test_references_are_local_and_lead_to_what_is_served(
        self, served: Served, everything: dict[str, list[dict[str, Any]]], type: str
    ) -> None:
        assert resources(served)[type].get("referencePolicy") in (["local"], None)
        for reference in references(everything[type]):
            assert reference.partition("/")[0] in TYPES


EMPTY: dict[str, set[str]] = {}
"""Parameters whose element no generated row fills."""

_RESOLVE = re.compile(r"\.where\(resolve\(\) is \w+\)")


def values(found: list[dict[str, Any]], name: str, kind: str) -> Iterator[tuple[str, str]]:
    """Ids of resources with a value of each that the parameter must find."""
    type = found[0]["resourceType"]
    (expression,) = (each.expression for each in search_parameters(type) if each.code == name)
    for resource in found:
        for value in evaluated(resource, expression):
            for text in texts(value, kind):
                yield resource["id"], text


def evaluated(resource: dict[str, Any], expression: str) -> list[Any]:
    """The values of a FHIRPath; the type of a reference's target is left to the parameter."""
    path = _RESOLVE.sub("", expression).replace("Resource.", f"{resource['resourceType']}.")
    result: list[Any] = evaluate(resource, path, model=models["r4"])
    return result


def texts(value: Any, kind: str) -> Iterator[str]:
    """The search values that an element's value gives."""
    match kind, value:
        case "reference", {"reference": reference}:
            yield reference
        case "token", {"coding": codings}:
            yield from (f"{c['system']}|{escaped(c['code'])}" for c in codings if "system" in c and "code" in c)
        case "token", {"system": system, "value": text}:
            yield f"{system}|{escaped(text)}"
        case "token", {"system": system, "code": code}:
            yield f"{system}|{escaped(code)}"
        case "token", bool() | str():
            yield escaped(str(value).lower() if isinstance(value, bool) else value)
        case "quantity", {"value": number, "system": system, "code": code}:
            yield f"{number}|{system}|{code}"
        case "string", str():
            yield escaped(value)
        case "string", {"text": text}:
            yield escaped(text)
        case "string", {"city": city}:
            yield escaped(city)
        case "date", {"start": start}:
            yield f"ge{start[:10]}"
        case "date", {"end": end}:
            yield f"le{end[:10]}"
        case "date", str():
            yield value
        case "date", _ if not isinstance(value, dict):
            yield str(value)


def escaped(text: str) -> str:
    return "".join("\\" + character if character in ",|$\\" else character for character in text)


def references(value: Any) -> Iterator[str]:
    """Every reference in a JSON value."""
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for each in value.values():
            yield from references(each)


class TestAbsence:
    def test_an_absent_table_withdraws_its_type_and_references_to_it_become_identifiers(
        self, copy: Callable[[], str]
    ) -> None:
        database = copy()
        execute(database, "DROP TABLE cdm.visit_occurrence CASCADE", "DROP TABLE cdm.provider CASCADE")
        with running(database) as server:
            assert list(resources(server)) == [t for t in TYPES if t not in ("Encounter", "Practitioner")]
            assert validate(server.json("metadata")) == []
            for path in ("Encounter", "Encounter/32", "Practitioner?_id=1"):
                type = path.partition("?")[0].partition("/")[0]
                assert f"{type} is not served" in server.refusal(path, 404, "not-found")
            procedures = list(server.walk("Procedure?_count=1000"))
            encounters = [p["encounter"] for p in procedures if "encounter" in p]
            assert encounters
            for reference in encounters:
                assert set(reference) == {"type", "identifier"}
                assert reference["type"] == "Encounter"
                system = reference["identifier"]["system"]
                assert system in {f"{server.base}/identifier/visit_{each}_id" for each in ("occurrence", "detail")}
            assert all(validate(procedure) == [] for procedure in procedures[:100])
            patients = server.resources("Patient?_count=50")
            assert all("reference" not in gp for p in patients for gp in p.get("generalPractitioner", ()))

    def test_an_absent_column_renders_as_absence_and_takes_its_parameter_along(self, copy: Callable[[], str]) -> None:
        database = copy()
        execute(
            database,
            "ALTER TABLE cdm.person DROP COLUMN provider_id, DROP COLUMN birth_datetime, DROP COLUMN day_of_birth",
            "DROP TABLE cdm.death",
            "DROP TABLE cdm.location CASCADE",
        )
        with running(database) as server:
            claimed = {each["name"] for each in resources(server)["Patient"]["searchParam"]}
            assert not {"general-practitioner", "death-date"} & claimed
            assert {"birthdate", "gender", "identifier"} <= claimed
            for patient in server.walk("Patient?_count=100"):
                assert not {"generalPractitioner", "deceasedDateTime", "address"} & set(patient)
                assert validate(patient) == []
            server.refusal("Patient?death-date=2020", 400, "not-supported")
            assert server.resources("Location?_count=3")

    @pytest.mark.parametrize("keep", ["person", "care_site", None])
    def test_a_database_with_next_to_nothing(self, copy: Callable[[], str], keep: str | None) -> None:
        database = copy()
        execute(database, "CREATE SCHEMA rest", *(f"ALTER TABLE cdm.{keep} SET SCHEMA rest" for _ in [1] if keep))
        with running(database, cdm_schema="rest") as server:
            expected = {"person": ["Patient"], "care_site": ["Location", "Organization"], None: []}[keep]
            assert list(resources(server)) == expected
            assert validate(server.json("metadata")) == []
            for type in expected:
                for resource in server.walk(f"{type}?_count=100"):
                    assert validate(resource) == []


async def test_a_database_of_cdm_5_3(new_database: NewDatabase) -> None:
    url = await new_database()
    connection = await asyncpg.connect(url)
    await connection.execute(
        ";".join(("CREATE SCHEMA cdm", *create_tables("cdm", "5.3"), *primary_keys("cdm", "5.3")))
        + """;
        INSERT INTO cdm.person (person_id, gender_concept_id, year_of_birth, race_concept_id, ethnicity_concept_id)
        VALUES (1, 8507, 1980, 0, 0);
        INSERT INTO cdm.visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date,
          visit_end_date, visit_type_concept_id, admitting_source_concept_id, discharge_to_concept_id,
          discharge_to_source_value)
        VALUES (5, 1, 9201, '2020-01-01', '2020-01-03', 32827, 8870, 8536, 'HOME');
        INSERT INTO cdm.procedure_occurrence (procedure_occurrence_id, person_id, procedure_concept_id, procedure_date,
          procedure_type_concept_id, visit_occurrence_id) VALUES (7, 1, 0, '2020-01-02', 32817, 5);
        """
    )
    await connection.close()

    def check() -> None:
        with running(url) as server:
            assert validate(server.json("metadata")) == []
            encounter = server.json("Encounter/5")
            assert validate(encounter) == []
            assert "admitSource" in encounter["hospitalization"]
            assert encounter["hospitalization"]["dischargeDisposition"]["text"] == "HOME"
            procedure = server.json("Procedure/7")
            assert procedure["encounter"] == {"reference": "Encounter/5"}
            assert validate(procedure) == []
            assert ids(server.resources("Procedure?date=2020-01-02&patient=1")) == ["7"]
            assert [each["type"] for each in server.json("metadata")["rest"][0]["resource"]] == TYPES

    await asyncio.to_thread(check)


def test_a_server_that_starts_before_its_database_is_there_serves_it_when_it_comes(
    serve: Serve, copy: Callable[[], str]
) -> None:
    database = copy()
    execute(database, "ALTER SCHEMA cdm RENAME TO later")
    server = serve(database=database)
    assert resources(server) == {}
    assert server.refusal("Patient/1", 404, "not-found").endswith("this server has no type at all")
    execute(database, "ALTER SCHEMA later RENAME TO cdm")
    end = time.monotonic() + 5
    while not resources(server) and time.monotonic() < end:
        time.sleep(0.1)
    assert list(resources(server)) == TYPES
    assert server.get("Patient/1").status_code == 200
