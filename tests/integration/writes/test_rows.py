"""What researchers find: the rows of OMOP after each write over HTTP, beside what is read back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .server import JSON, Server, serving
from .test_reconcile import SNOMED, made

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
CONCEPTS = (
    (9000001, "Diabetes", "Condition", "SNOMED", "S", "90001"),
    (9000002, "Eye disorder", "Condition", "SNOMED", "S", "90002"),
    (9000003, "Family history", "Observation", "SNOMED", "S", "90003"),
    (9000004, "Blood pressure taking", "Measurement", "SNOMED", "S", "90004"),
    (9000011, "Diabetes alone", "Condition", "ICD10CM", None, "Z01.1"),
    (9000012, "Diabetes with eye disorder", "Condition", "ICD10CM", None, "Z01.2"),
    (9000013, "Family history of diabetes, and an eye disorder", "Observation", "ICD10CM", None, "Z01.3"),
)
MAPS = (
    (9000011, "Maps to", 9000001), (9000012, "Maps to", 9000001), (9000012, "Maps to", 9000002),
    (9000013, "Maps to", 9000003), (9000013, "Maps to value", 9000001), (9000013, "Maps to", 9000002),
)  # fmt: skip
RESOLVED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}]}
FOREIGN_KEYS = """
ALTER TABLE cdm.procedure_occurrence ADD FOREIGN KEY (visit_occurrence_id) REFERENCES cdm.visit_occurrence NOT VALID,
    ADD FOREIGN KEY (person_id) REFERENCES cdm.person NOT VALID;
ALTER TABLE cdm.condition_occurrence ADD FOREIGN KEY (visit_occurrence_id) REFERENCES cdm.visit_occurrence NOT VALID,
    ADD FOREIGN KEY (person_id) REFERENCES cdm.person NOT VALID;
ALTER TABLE cdm.visit_occurrence ADD FOREIGN KEY (person_id) REFERENCES cdm.person NOT VALID
"""
"""As a CDM may have them: rows that refer to nothing are refused."""
EVENTS = ("condition_occurrence", "procedure_occurrence", "measurement", "observation", "drug_exposure", "device_exposure")


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Server]:
    """A server with concepts that map to several, and visit details that are Encounters; each test has its own person."""
    with serving(postgres_url, observation_period="maintain") as started:
        fill(started)
        yield started


def fill(server: Server) -> None:
    """Concepts of other domains than their resources', and of several standard ones."""

    async def run() -> None:
        await server.database.execute(FOREIGN_KEYS)
        await server.database.executemany(
            """INSERT INTO cdm.concept (concept_id, concept_name, domain_id, vocabulary_id, concept_class_id, standard_concept,
                concept_code, valid_start_date, valid_end_date) VALUES ($1, $2, $3, $4, 'Clinical Finding', $5, $6, '1970-01-01',
                '2099-12-31')""", CONCEPTS)  # fmt: skip
        own = [(id, "Maps to", id) for id, *_, standard, _ in CONCEPTS if standard]
        await server.database.executemany(
            """INSERT INTO cdm.concept_relationship (concept_id_1, relationship_id, concept_id_2, valid_start_date,
                valid_end_date) VALUES ($1, $2, $3, '1970-01-01', '2099-12-31')""", [*MAPS, *own])  # fmt: skip

    server.runner.run(run())


def person(server: Server, **more: Any) -> JSON:
    return made(server, {"resourceType": "Patient", "birthDate": "1950-03-04", "gender": "female", **more})


def event(type: str, subject: JSON, code: str, system: str = SNOMED, **more: Any) -> JSON:
    return {
        "resourceType": type, "subject": {"reference": f"Patient/{subject['id']}"},
        "code": {"coding": [{"system": system, "code": code}]}, **more,
    }  # fmt: skip


def given(resource: JSON) -> JSON:
    """The resource without what is None."""
    return {name: value for name, value in resource.items() if value is not None}


def procedure(subject: JSON, code: str = "430193006", **more: Any) -> JSON:
    return given(event("Procedure", subject, code, **{"status": "completed", "performedDateTime": "2020-02-03"} | more))


def condition(subject: JSON, code: str, **more: Any) -> JSON:
    return event("Condition", subject, code, ICD, **{"onsetDateTime": "2020-02-03"} | more)


def races(*codes: str) -> list[JSON]:
    system = "urn:oid:2.16.840.1.113883.6.238"
    categories = [{"url": "ombCategory", "valueCoding": {"system": system, "code": code}} for code in codes]
    return [{"url": f"{US_CORE}/us-core-race", "extension": [*categories, {"url": "text", "valueString": "as told"}]}]


def put(server: Server, resource: JSON, **changes: Any) -> JSON:
    """Put the resource with changes; an element that is None is left out."""
    return server.json("PUT", f"{resource['resourceType']}/{resource['id']}", given(resource | changes))


def read(server: Server, resource: JSON) -> JSON:
    return server.json("GET", f"{resource['resourceType']}/{resource['id']}")


def of(server: Server, subject: JSON) -> dict[str, list[dict[str, Any]]]:
    """The events of a person: table -> rows, what is null left out."""
    found = {t: server.rows(f"SELECT * FROM cdm.{t} WHERE person_id = $1 ORDER BY 1", int(subject["id"])) for t in EVENTS}
    return {t: [{n: v for n, v in row.items() if v is not None} for row in rows] for t, rows in found.items() if rows}


def concepts(server: Server, subject: JSON) -> list[tuple[str, int]]:
    """Table and standard concept of a person's events."""
    column = {t: f"{t.split('_')[0]}_concept_id" for t in EVENTS}
    return [(table, row[column[table]]) for table, rows in of(server, subject).items() for row in rows]


def observed(server: Server, subject: JSON) -> list[str]:
    """First and last day of a person's observation periods."""
    sql = """SELECT observation_period_start_date AS first, observation_period_end_date AS last
        FROM cdm.observation_period WHERE person_id = $1"""
    return [str(day) for row in server.rows(sql, int(subject["id"])) for day in row.values()]


def test_an_element_that_is_left_out_is_null(server: Server) -> None:
    subject, doctor = person(server), made(server, {"resourceType": "Practitioner"})
    own = made(server, procedure(
        subject, performer=[{"actor": {"reference": f"Practitioner/{doctor['id']}"}}],
        performedDateTime=None, performedPeriod={"start": "2020-02-03T10:00:00Z", "end": "2020-02-04T11:00:00Z"},
    ))  # fmt: skip
    (row,) = of(server, subject)["procedure_occurrence"]
    assert (row["provider_id"], str(row["procedure_end_datetime"])) == (int(doctor["id"]), "2020-02-04 11:00:00")
    put(server, own, performer=None, performedPeriod={"start": "2020-02-03"})
    (now,) = of(server, subject)["procedure_occurrence"]
    assert row.keys() - now.keys() == {"provider_id", "procedure_end_date", "procedure_end_datetime", "procedure_datetime"}
    assert now["procedure_occurrence_id"] == row["procedure_occurrence_id"] == int(own["id"])


def test_columns_that_no_element_feeds_are_never_touched(server: Server) -> None:
    """What others wrote into columns that FHIR does not say stays, in whatever row of the resource."""
    doctor = made(server, {"resourceType": "Practitioner", "gender": "female"})
    subject = person(server, extension=races("2028-9", "2054-5"))
    server.runner.run(server.database.execute(f"""
        UPDATE cdm.provider SET gender_source_value = 'theirs' WHERE provider_id = {doctor["id"]};
        UPDATE cdm.observation SET value_as_string = 'theirs' WHERE person_id = {subject["id"]}"""))
    put(server, doctor, gender="male")
    row = server.row("SELECT * FROM cdm.provider WHERE provider_id = $1", int(doctor["id"]))
    assert (row["gender_source_value"], row["gender_concept_id"]) == ("theirs", 8507)
    put(server, subject, extension=races("2028-9", "2106-3"))
    sql = "SELECT value_as_string, value_as_concept_id FROM cdm.observation WHERE person_id = $1"
    rows = server.rows(sql, int(subject["id"]))
    assert [tuple(row.values()) for row in rows] == [("theirs", 8515), ("theirs", 8527)]


def test_a_procedure_that_is_a_measurement(server: Server) -> None:
    """The concept's domain decides the table, not the name of the resource; it is read back as it was sent."""
    subject = person(server)
    own = made(server, procedure(subject, "90004", note=[{"text": "left arm"}]))
    assert concepts(server, subject) == [("measurement", 9000004)]
    (row,) = of(server, subject)["measurement"]
    assert (row["measurement_source_value"], str(row["measurement_date"])) == ("90004", "2020-02-03")
    assert row["measurement_type_concept_id"] == 32817
    assert read(server, own) == own
    assert [e["resource"] for e in server.json("GET", f"Procedure?patient={subject['id']}&code=90004")["entry"]] == [own]
    moved = put(server, own, code={"coding": [{"system": SNOMED, "code": "430193006"}]})
    assert [table for table, _ in concepts(server, subject)] == ["procedure_occurrence"]
    assert int(of(server, subject)["procedure_occurrence"][0]["procedure_occurrence_id"]) == int(own["id"])
    put(server, moved, code=own["code"])
    assert concepts(server, subject) == [("measurement", 9000004)]
    assert server.ask("DELETE", f"Procedure/{own['id']}").status_code == 204
    assert of(server, subject) == {}


def test_a_code_that_means_several_concepts(server: Server) -> None:
    """One resource owns all the rows: they shrink and grow with it, and keep their keys."""
    subject = person(server)
    own = made(server, condition(subject, "Z01.2"))
    assert concepts(server, subject) == [("condition_occurrence", 9000001), ("condition_occurrence", 9000002)]
    first, second = of(server, subject)["condition_occurrence"]
    assert {first["condition_source_concept_id"], second["condition_source_concept_id"]} == {9000012}
    assert len(server.json("GET", f"Condition?patient={subject['id']}")["entry"]) == 1
    put(server, own, onsetDateTime="2020-05-06")
    again = of(server, subject)["condition_occurrence"]
    assert [row["condition_occurrence_id"] for row in again] == [r["condition_occurrence_id"] for r in (first, second)]
    assert {str(row["condition_start_date"]) for row in again} == {"2020-05-06"}
    shrunk = put(server, own, code={"coding": [{"system": ICD, "code": "Z01.1"}]})
    assert concepts(server, subject) == [("condition_occurrence", 9000001)]
    assert len(server.owned("Condition", own["id"])) == 1
    put(server, shrunk, code=own["code"])
    assert len(concepts(server, subject)) == 2
    put(server, own, code={"coding": [{"system": ICD, "code": "Z01.3"}]})
    assert concepts(server, subject) == [("condition_occurrence", 9000002), ("observation", 9000003)]
    assert of(server, subject)["observation"][0]["value_as_concept_id"] == 9000001
    assert server.ask("DELETE", f"Condition/{own['id']}").status_code == 204
    assert of(server, subject) == {}
    assert server.owned("Condition", own["id"]) == []


def test_a_location_is_shared_and_never_changed_in_place(server: Server) -> None:
    home = [{"line": ["1 Long Way"], "city": "Springfield", "postalCode": "12345"}]
    first, second = (person(server, address=home) for _ in range(2))

    def location(of: JSON) -> int:
        return int(server.row("SELECT location_id FROM cdm.person WHERE person_id = $1", int(of["id"]))["location_id"])

    shared = location(first)
    assert location(second) == shared
    put(server, first, address=[home[0] | {"city": "Shelbyville"}])
    assert location(first) != shared
    assert server.row("SELECT city FROM cdm.location WHERE location_id = $1", shared) == {"city": "Springfield"}
    assert location(second) == shared
    put(server, first, address=None)
    assert "location_id" not in server.row("SELECT * FROM cdm.person WHERE person_id = $1", int(first["id"]))
    put(server, first, address=home)
    assert location(first) == shared


def test_a_death_comes_changes_and_goes(server: Server) -> None:
    own = person(server)
    sql = "SELECT death_date, death_datetime, death_type_concept_id FROM cdm.death WHERE person_id = $1"
    put(server, own, deceasedDateTime="2020-05")
    assert str(server.row(sql, int(own["id"]))["death_date"]) == "2020-05-01"
    assert server.row(sql, int(own["id"]))["death_type_concept_id"] == 32817
    put(server, own, deceasedDateTime="2020-05-06T07:08:09Z")
    assert [str(value) for value in server.row(sql, int(own["id"])).values()] == ["2020-05-06", "2020-05-06 07:08:09", "32817"]
    put(server, own, deceasedBoolean=True)
    assert server.rows(sql, int(own["id"])) == []
    put(server, own, deceasedDateTime="2020-05-06")
    assert server.ask("DELETE", f"Patient/{own['id']}").status_code == 204
    assert server.rows(sql, int(own["id"])) == []


def test_several_races(server: Server) -> None:
    own = person(server, extension=races("2106-3"))
    sql = "SELECT race_concept_id FROM cdm.person WHERE person_id = $1"
    more = "SELECT value_as_concept_id AS race FROM cdm.observation WHERE person_id = $1 ORDER BY 1"
    assert server.row(sql, int(own["id"])) == {"race_concept_id": 8527}
    assert server.rows(more, int(own["id"])) == []
    put(server, own, extension=races("2106-3", "2028-9", "2054-5"))
    assert server.row(sql, int(own["id"])) == {"race_concept_id": 1546847}
    assert [r["race"] for r in server.rows(more, int(own["id"]))] == [8515, 8516, 8527]
    assert observed(server, own) == []
    assert read(server, own)["extension"] == races("2106-3", "2028-9", "2054-5")
    put(server, own, extension=races("2106-3", "2054-5"))
    assert [r["race"] for r in server.rows(more, int(own["id"]))] == [8516, 8527]
    put(server, own, extension=None)
    assert server.row(sql, int(own["id"])) == {"race_concept_id": 0}
    assert server.rows(more, int(own["id"])) == []


@pytest.mark.parametrize("status", ["entered-in-error", "not-done", "preparation", "in-progress", "stopped", "unknown"])
def test_what_was_not_done_is_no_row(server: Server, status: str) -> None:
    """It is read back and found as it was sent; a researcher does not count it. Once it is done there is a row."""
    subject = person(server)
    own = made(server, procedure(subject, status=status))
    assert (of(server, subject), server.owned("Procedure", own["id"])) == ({}, [])
    assert read(server, own) == own
    assert len(server.json("GET", f"Procedure?patient={subject['id']}&status={status}")["entry"]) == 1
    put(server, own, status="completed")
    assert int(of(server, subject)["procedure_occurrence"][0]["procedure_occurrence_id"]) == int(own["id"])
    put(server, own)
    assert of(server, subject) == {}


def test_a_visit_that_is_planned_becomes_one(server: Server) -> None:
    subject = person(server)
    sent = {"resourceType": "Encounter", "status": "planned", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "IMP"}, "subject": {"reference": f"Patient/{subject['id']}"}, "period": {"start": "2020-02-03"}}  # fmt: skip
    own = made(server, sent)
    sql = "SELECT * FROM cdm.visit_occurrence WHERE person_id = $1"
    assert server.rows(sql, int(subject["id"])) == []
    started = put(server, own, status="in-progress")
    row = server.row(sql, int(subject["id"]))
    assert (row["visit_occurrence_id"], row["visit_concept_id"], row["discharged_to_concept_id"]) == (int(own["id"]), 9201, 32220)
    assert row["visit_end_date"] >= row["visit_start_date"]
    put(server, started, status="finished", period={"start": "2020-02-03", "end": "2020-02-05"})
    row = server.row(sql, int(subject["id"]))
    assert (str(row["visit_end_date"]), row["discharged_to_concept_id"]) == ("2020-02-05", 0)
    assert row["visit_type_concept_id"] == 32827


def test_ends_and_types_that_omop_demands(server: Server) -> None:
    subject = person(server)
    coding = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "313782"}]}
    sent = {"resourceType": "MedicationStatement", "status": "completed", "medicationCodeableConcept": coding,
            "subject": {"reference": f"Patient/{subject['id']}"}, "effectiveDateTime": "2020-02-03"}  # fmt: skip
    own = made(server, sent)
    (row,) = of(server, subject)["drug_exposure"]
    assert (str(row["drug_exposure_end_date"]), row.get("verbatim_end_date")) == ("2020-02-03", None)
    assert row["drug_type_concept_id"] == 32817
    put(server, own, effectiveDateTime=None, effectivePeriod={"start": "2020-02-03", "end": "2020-02"})
    (row,) = of(server, subject)["drug_exposure"]
    assert (str(row["drug_exposure_end_date"]), str(row["verbatim_end_date"])) == ("2020-02-29", "2020-02-29")
    visit = made(server, {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
                          "subject": sent["subject"], "period": {"start": "2020-02-03"}})  # fmt: skip
    put(server, own, context={"reference": f"Encounter/{visit['id']}"}, informationSource=sent["subject"])
    (row,) = of(server, subject)["drug_exposure"]
    assert (row["drug_type_concept_id"], row["visit_occurrence_id"]) == (32865, int(visit["id"]))


def test_observation_periods_follow(server: Server) -> None:
    subject = person(server)
    assert observed(server, subject) == []
    own = made(server, procedure(subject))
    made(server, condition(subject, "Z01.2", onsetDateTime="2019-01-02", abatementDateTime="2021-03-04", clinicalStatus=RESOLVED))
    assert observed(server, subject) == ["2019-01-02", "2021-03-04"]
    server.ask("DELETE", f"Procedure/{own['id']}")
    assert observed(server, subject) == ["2019-01-02", "2021-03-04"]


def test_what_has_no_row_needs_none(server: Server) -> None:
    """A procedure of nobody knows when: OMOP demands a date, so there is no row, and all of it is read back."""
    subject = person(server)
    own = made(server, procedure(subject, performedDateTime=None, performedString="in her youth"))
    assert of(server, subject) == {}
    assert read(server, own)["performedString"] == "in her youth"
    told = server.json("PUT", f"Procedure/{own['id']}", own | {"note": [{"text": "x"}]}, prefer="return=OperationOutcome")
    assert any("procedure_date" in issue["diagnostics"] for issue in told["issue"])


PLANNED = {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}}


def test_no_row_refers_to_what_has_none(server: Server) -> None:
    """A visit that is planned is no visit yet, so no procedure took place during it; a person without a birth date is none."""
    subject = person(server)
    visit = made(server, PLANNED | {"subject": {"reference": f"Patient/{subject['id']}"}})
    done = made(server, procedure(subject, encounter={"reference": f"Encounter/{visit['id']}"}))
    found = server.row("SELECT * FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(done["id"]))
    assert "visit_occurrence_id" not in found
    told = server.json("POST", "Procedure", {k: v for k, v in done.items() if k not in ("id", "meta")}, status=201,
                       prefer="return=OperationOutcome")  # fmt: skip
    (about,) = (issue for issue in told["issue"] if issue.get("expression") == ["Procedure.encounter"])
    assert about["diagnostics"] == f"Encounter/{visit['id']} leads to no row of Encounter"
    nobody = made(server, {"resourceType": "Patient"})
    of_nobody = made(server, procedure(nobody))
    assert of(server, nobody) == {}
    for each in (visit, done, nobody, of_nobody):
        assert read(server, each) == each
    found_again = server.json("GET", f"Procedure?encounter=Encounter/{visit['id']}&_summary=count")
    assert found_again["total"] == 2


def visit_of(server: Server, event: JSON) -> list[int | None]:
    """The visit that the row of a Procedure says, if there is a row."""
    sql = "SELECT visit_occurrence_id AS visit FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1"
    return [row["visit"] for row in server.rows(sql, int(event["id"]))]


def test_rows_follow_those_that_come_and_go(server: Server) -> None:
    """A planned visit takes place, and was entered in error after all; what was done during it follows, version or none."""
    subject = person(server)
    about = {"subject": {"reference": f"Patient/{subject['id']}"}, "period": {"start": "2020-02-03", "end": "2020-02-03"}}
    visit = made(server, PLANNED | about)
    done = made(server, procedure(subject, encounter={"reference": f"Encounter/{visit['id']}"}))
    assert visit_of(server, done) == [None]
    server.json("PUT", f"Encounter/{visit['id']}", visit | {"status": "finished"})
    assert visit_of(server, done) == [int(visit["id"])]
    server.json("PUT", f"Encounter/{visit['id']}", visit | {"status": "entered-in-error"})
    assert visit_of(server, done) == [None]
    assert read(server, done) == done
    assert server.json("PUT", f"Procedure/{done['id']}", done)["meta"]["versionId"] == "1"


def test_what_was_referred_to_before_it_was_there(postgres_url: str) -> None:
    """Where references are not checked, events may come before their patient; their rows come with him."""
    with serving(postgres_url, check_references=False) as server:
        done = made(server, procedure({"id": "late"}))
        assert visit_of(server, done) == []
        server.json("PUT", "Patient/late", {"resourceType": "Patient", "id": "late", "birthDate": "1950"}, status=201)
        assert visit_of(server, done) == [None]
        assert read(server, done) == done


def test_a_row_that_an_etl_changed_follows_nothing(detailed: Server) -> None:
    server = detailed
    subject = person(server)
    about = {"subject": {"reference": f"Patient/{subject['id']}"}, "period": {"start": "2020-02-03", "end": "2020-02-03"}}
    visit = made(server, PLANNED | about | {"status": "finished"})
    done = made(server, procedure(subject, encounter={"reference": f"Encounter/{visit['id']}"}))
    changed = "UPDATE cdm.procedure_occurrence SET provider_id = 1 WHERE procedure_occurrence_id = $1"
    server.runner.run(server.database.execute(changed, int(done["id"])))
    server.json("PUT", f"Encounter/{visit['id']}", visit | {"status": "entered-in-error"})
    assert visit_of(server, done) == [int(visit["id"])]


def test_a_birth_date_brings_all_rows_of_a_person(server: Server) -> None:
    """Nobody is a person of OMOP without a year of birth; once that is told, what is known of somebody is there, and observed."""
    nobody = made(server, {"resourceType": "Patient"})
    about = {"subject": {"reference": f"Patient/{nobody['id']}"}, "period": {"start": "2020-02-03", "end": "2020-02-04"}}
    visit = made(server, PLANNED | about | {"status": "finished"})
    done = made(server, procedure(nobody, encounter={"reference": f"Encounter/{visit['id']}"}))
    assert (of(server, nobody), visit_of(server, done)) == ({}, [])
    server.json("PUT", f"Patient/{nobody['id']}", nobody | {"birthDate": "1950"})
    assert visit_of(server, done) == [int(visit["id"])]
    assert observed(server, nobody) == ["2020-02-03", "2020-02-04"]
    server.json("PUT", f"Patient/{nobody['id']}", nobody)
    assert (of(server, nobody), visit_of(server, done), observed(server, nobody)) == ({}, [], [])
    for each in (visit, done):
        assert read(server, each) == each


def test_no_row_of_a_message_refers_to_what_has_none(server: Server) -> None:
    """The same where all comes at once."""
    uuid = "urn:uuid:00000000-0000-4000-8000-00000000000"
    entries = [
        {"fullUrl": f"{uuid}{n}", "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
        for n, resource in enumerate((
            procedure({"id": ""}, encounter={"reference": f"{uuid}1"}) | {"subject": {"reference": f"{uuid}2"}},
            PLANNED | {"subject": {"reference": f"{uuid}2"}},
            {"resourceType": "Patient", "birthDate": "1950-02-03"},
            procedure({"id": ""}) | {"subject": {"reference": f"{uuid}4"}},
            {"resourceType": "Patient"},
        ))
    ]  # fmt: skip
    done = server.json("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries},
                       prefer="return=representation")["entry"]  # fmt: skip
    first, _, somebody, _, nobody = (entry["resource"] for entry in done)
    found = server.row("SELECT * FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(first["id"]))
    assert found["person_id"] == int(somebody["id"])
    assert "visit_occurrence_id" not in found
    assert of(server, nobody) == {}


def test_a_bundle_twice(server: Server) -> None:
    """The same message again: not a row more, not a version more, in OMOP and here."""
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:11111111-1111-4111-8111-111111111111",
         "resource": {"resourceType": "Patient", "identifier": [{"system": "urn:twice", "value": "1"}], "birthDate": "1950"},
         "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:twice|1"}},
        {"resource": {"resourceType": "Condition", "identifier": [{"system": "urn:twice", "value": "2"}],
                      "subject": {"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"},
                      "code": {"coding": [{"system": ICD, "code": "Z01.2"}]}, "onsetDateTime": "2020-01-01"},
         "request": {"method": "PUT", "url": "Condition?identifier=urn:twice|2"}},
    ]}  # fmt: skip
    first = server.json("POST", "", sent)
    counts, versions = server.counts(), server.rows("SELECT count(*) FROM omop_fhir.version")
    again = server.json("POST", "", sent)
    assert [e["response"]["status"][:3] for e in first["entry"] + again["entry"]] == ["201", "201", "200", "200"]
    assert (server.counts(), server.rows("SELECT count(*) FROM omop_fhir.version")) == (counts, versions)


@pytest.mark.parametrize("type", ["transaction", "batch"])
def test_each_entry_tells_what_its_rows_do_not_say(server: Server, type: str) -> None:
    """By `Prefer: return=OperationOutcome`, as one resource alone would be answered; by default nothing is told."""
    entries = [{"resource": {"resourceType": "Patient", "birthDate": date}, "request": {"method": "POST", "url": "Patient"}}
               for date in ("1950-01-02", "1950")]  # fmt: skip
    entries[0]["resource"]["photo"] = [{"title": "x"}]
    sent = {"resourceType": "Bundle", "type": type, "entry": entries}
    done = server.json("POST", "", sent, prefer="return=OperationOutcome")["entry"]
    told = [[issue.get("expression", [None])[0] for issue in entry["response"]["outcome"]["issue"]] for entry in done]
    assert told == [[None, "Bundle.entry[0].resource.photo"], [None]]
    said = [entry["response"]["outcome"]["issue"][0]["diagnostics"] for entry in done]
    assert all(text.startswith("Patient/") and text.endswith(" was created") for text in said)
    assert all("outcome" not in entry["response"] for entry in server.json("POST", "", sent)["entry"])


def test_two_who_write_about_one_person_at_once(server: Server) -> None:
    """Rows, periods and shared locations are as if one had come after the other."""
    subject = person(server)

    async def all_at_once() -> list[int]:
        bodies = [condition(subject, "Z01.2", onsetDateTime=f"20{n:02}-01-01") for n in range(10, 22)]
        answers = await asyncio.gather(*(server.send("POST", "Condition", body) for body in bodies))
        return [answer.status_code for answer in answers]

    assert server.runner.run(all_at_once()) == [201] * 12
    assert len(of(server, subject)["condition_occurrence"]) == 24
    assert observed(server, subject) == ["2010-01-01", "2021-01-01"]


@pytest.fixture(scope="module")
def detailed(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site that has switched details on."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "encounter-visit-detail.yaml").write_text("enabled: true\n", encoding="utf-8")
    with serving(postgres_url, mappings=(folder,)) as server:
        yield server


def test_a_part_of_a_visit(detailed: Server) -> None:
    """An Encounter that is part of another is a visit_detail, of the visit that the whole is."""
    server = detailed
    subject = {"reference": f"Patient/{person(server)['id']}"}
    sent = {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"}, "subject": subject,
            "period": {"start": "2020-02-03", "end": "2020-02-09"}}  # fmt: skip
    visit = made(server, sent)
    stay = made(server, sent | {"partOf": {"reference": f"Encounter/{visit['id']}"}})
    bed = made(server, sent | {"partOf": {"reference": f"Encounter/{stay['id']}"}})
    side = made(server, sent | {"partOf": {"reference": f"Encounter/{bed['id']}"}})
    visit_id, ids = int(visit["id"]), [int(each["id"]) for each in (stay, bed, side)]
    assert details(server) == [
        (ids[0], visit_id, None, person_id := int(subject["reference"].removeprefix("Patient/"))),
        (ids[1], visit_id, ids[0], person_id),
        (ids[2], visit_id, ids[1], person_id),
    ]
    during = {"reference": f"Encounter/{stay['id']}"}
    done = made(server, {"resourceType": "Procedure", "status": "completed", "subject": subject,
                         "performedDateTime": "2020-02-04", "encounter": during})  # fmt: skip
    found = server.row("SELECT * FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(done["id"]))
    assert found["visit_detail_id"] == ids[0]
    for each in (visit, stay, bed, side, done):
        assert read(server, each) == each


def details(server: Server) -> list[tuple[int, ...]]:
    """Key, visit, part above and person of the details that were made here."""
    sql = """SELECT visit_detail_id, visit_occurrence_id, parent_visit_detail_id, person_id FROM cdm.visit_detail
        WHERE visit_detail_id >= 2000000000 ORDER BY 1"""
    return [tuple(row.values()) for row in server.rows(sql)]


def test_parts_of_parts_of_one_message(detailed: Server) -> None:
    """All of a visit comes in one Bundle, the innermost first: each row has the visit of the whole."""
    server = detailed
    subject = {"reference": f"Patient/{person(server)['id']}"}
    sent = {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"}, "subject": subject,
            "period": {"start": "2020-02-03", "end": "2020-02-09"}}  # fmt: skip
    uuid = "urn:uuid:00000000-0000-4000-8000-00000000000"
    entries = [
        {"fullUrl": f"{uuid}{n}", "resource": sent | ({"partOf": {"reference": f"{uuid}{n + 1}"}} if n < 3 else {}),
         "request": {"method": "POST", "url": "Encounter"}} for n in range(4)
    ]  # fmt: skip
    before = len(details(server))
    made = server.json("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries},
                       prefer="return=representation")  # fmt: skip
    side, bed, stay, visit = (int(entry["resource"]["id"]) for entry in made["entry"])
    found = {row[0]: row[1:3] for row in details(server)[before:]}
    assert found == {stay: (visit, None), bed: (visit, stay), side: (visit, bed)}
    for entry in made["entry"]:
        assert read(server, entry["resource"]) == entry["resource"]
        if int(entry["resource"]["id"]) != visit:
            above = server.json("GET", f"Encounter?part-of={entry['resource']['partOf']['reference']}")
            assert [each["resource"]["id"] for each in above["entry"]] == [entry["resource"]["id"]]


def chain(subject: dict[str, str], length: int, status: str = "finished") -> list[dict[str, Any]]:
    """Entries of Encounters, each part of the next; the last is of this status."""
    uuid = "urn:uuid:00000000-0000-4000-8000-{:012}".format
    sent = {"resourceType": "Encounter", "class": {"code": "IMP"}, "subject": subject, "period": {"start": "2020-02-03"}}
    parts = [sent | {"status": "finished", "partOf": {"reference": uuid(n + 1)}} for n in range(length - 1)]
    request = {"method": "POST", "url": "Encounter"}
    whole = sent | {"status": status}
    return [{"fullUrl": uuid(n), "resource": each, "request": request} for n, each in enumerate([*parts, whole])]


@pytest.mark.parametrize(("status", "rows"), [("finished", 1499), ("planned", 0)])
def test_parts_hang_together_as_deep_as_they_may(detailed: Server, status: str, rows: int) -> None:
    """However deep, all get the visit of the whole; where that has no row, none has one."""
    subject = {"reference": f"Patient/{person(detailed)['id']}"}
    before, begun = len(details(detailed)), time.monotonic()
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": chain(subject, 1500, status)}
    assert len(detailed.json("POST", "", bundle)["entry"]) == 1500
    made = details(detailed)[before:]
    assert (len(made), len({row[1] for row in made})) == (rows, min(rows, 1))
    assert time.monotonic() - begun < 60


def test_a_part_of_a_row_of_the_etl(detailed: Server) -> None:
    """The part above came by the ETL: its visit is its row's. The row reads as a part of it without the document, too."""
    server = detailed
    row = server.rows("SELECT * FROM cdm.visit_detail WHERE visit_detail_id < 2000000000 AND visit_occurrence_id IS NOT NULL"
                      " ORDER BY 1 LIMIT 1")[0]  # fmt: skip
    above = f"Encounter/detail-{row['visit_detail_id']}"
    bed = made(server, {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"},
                        "subject": {"reference": f"Patient/{row['person_id']}"}, "partOf": {"reference": above},
                        "period": {"start": "2020-02-03", "end": "2020-02-09"}})  # fmt: skip
    assert details(server)[-1] == (int(bed["id"]), row["visit_occurrence_id"], row["visit_detail_id"], row["person_id"])
    renumbered = "UPDATE cdm.visit_detail SET visit_detail_id = 987654321 WHERE visit_detail_id = $1"
    server.runner.run(server.database.execute(renumbered, int(bed["id"])))  # as a row of the ETL, without its document
    shown = server.json("GET", "Encounter/detail-987654321")
    assert shown["partOf"] == {"reference": above}


def test_a_part_that_moves_takes_its_parts_along(detailed: Server) -> None:
    """A stay was entered with the wrong visit: all that is part of it follows, without a version and with no drift to be seen."""
    server = detailed
    subject = {"reference": f"Patient/{person(server)['id']}"}
    sent = {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"}, "subject": subject,
            "period": {"start": "2020-02-03", "end": "2020-02-09"}}  # fmt: skip
    wrong, right = made(server, sent), made(server, sent)
    chain = [wrong]
    for _ in range(3):
        chain.append(made(server, sent | {"partOf": {"reference": f"Encounter/{chain[-1]['id']}"}}))
    _, stay, bed, side = chain
    ids = [int(each["id"]) for each in (stay, bed, side)]
    server.runner.run(server.database.execute("UPDATE cdm.visit_detail SET provider_id = 1 WHERE visit_detail_id = $1", ids[2]))
    moved = stay | {"partOf": {"reference": f"Encounter/{right['id']}"}}
    server.json("PUT", f"Encounter/{stay['id']}", moved)
    found = {row[0]: row[1] for row in details(server) if row[0] in ids}
    assert found == {ids[0]: int(right["id"]), ids[1]: int(right["id"]), ids[2]: int(wrong["id"])}  # the last is the ETL's now
    assert read(server, bed) == bed
    assert server.json("PUT", f"Encounter/{bed['id']}", bed)["meta"]["versionId"] == "1"
    drifted = """SELECT o.key FROM omop_fhir.owned_row o JOIN cdm.visit_detail v ON v.visit_detail_id = o.key
        WHERE o."table" = 'visit_detail' AND md5(v::text) <> o.fingerprint"""
    assert [row["key"] for row in server.rows(drifted)] == [ids[2]]


def test_a_part_that_becomes_a_visit_of_its_own_is_referred_to_as_one(detailed: Server) -> None:
    """Another table, so another column: a stay that is told to be no part of a visit, a bed and a procedure during it."""
    server = detailed
    subject = person(server)
    about = {"subject": {"reference": f"Patient/{subject['id']}"}, "period": {"start": "2020-02-03", "end": "2020-02-09"}}
    sent = {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"}, **about}
    visit = made(server, sent)
    stay = made(server, sent | {"partOf": {"reference": f"Encounter/{visit['id']}"}})
    bed = made(server, sent | {"partOf": {"reference": f"Encounter/{stay['id']}"}})
    done = made(server, procedure(subject, encounter={"reference": f"Encounter/{stay['id']}"}))
    server.json("PUT", f"Encounter/{stay['id']}", {name: value for name, value in stay.items() if name != "partOf"})
    assert [row[1:3] for row in details(server) if row[0] == int(bed["id"])] == [(int(stay["id"]), None)]
    found = server.row("SELECT * FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(done["id"]))
    assert (found["visit_occurrence_id"], found.get("visit_detail_id")) == (int(stay["id"]), None)
    for each in (visit, bed, done):
        assert read(server, each) == each


def test_a_circle_of_parts_has_no_rows(detailed: Server) -> None:
    """Each of two is part of the other, so of no visit: they are kept as they were sent, and OMOP holds neither."""
    server = detailed
    subject = {"reference": f"Patient/{person(server)['id']}"}
    uuid = "urn:uuid:00000000-0000-4000-8000-00000000000"
    entries = [
        {"fullUrl": f"{uuid}{n}",
         "resource": {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"}, "subject": subject,
                      "period": {"start": "2020-02-03"}, "partOf": {"reference": f"{uuid}{1 - n}"}},
         "request": {"method": "POST", "url": "Encounter"}} for n in range(2)
    ]  # fmt: skip
    before = details(server)
    made = server.json("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries},
                       prefer="return=representation")  # fmt: skip
    assert details(server) == before
    for entry in made["entry"]:
        assert read(server, entry["resource"]) == entry["resource"]
