"""`writable: all`: a row that an ETL brought becomes a document when it is first changed, and nothing else of it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from omop_fhir.cli import main

from .server import BASE, JSON, OURS, Server, serving
from .test_reconcile import made, procedure, reconcile

NOTE = [{"text": "looked at again"}]


@pytest.fixture(scope="module")
def shared(postgres_url: str) -> Iterator[Server]:
    """A server whose tests take each a row of their own."""
    with serving(postgres_url, writable="all") as started:
        yield started


@pytest.fixture
def alone(postgres_url: str) -> Iterator[Server]:
    """A server over a database that no other test has seen."""
    with serving(postgres_url, writable="all") as started:
        yield started


def procedures(server: Server) -> list[str]:
    """Ids of procedures of the ETL."""
    sql = "SELECT procedure_occurrence_id AS id FROM cdm.procedure_occurrence WHERE procedure_occurrence_id < $1 ORDER BY 1"
    return [str(each["id"]) for each in server.rows(sql, OURS)]


def whole(server: Server, table: str, key: str, value: int | str) -> JSON:
    """Every column of a row."""
    return server.row(f"SELECT * FROM cdm.{table} WHERE {key} = $1", int(value))


def put(server: Server, resource: JSON, **headers: str) -> Any:
    return server.ask("PUT", f"{resource['resourceType']}/{resource['id']}", resource, **headers)


def test_what_is_read_and_put_back_changes_nothing(shared: Server) -> None:
    id = procedures(shared)[0]
    row, read = whole(shared, "procedure_occurrence", "procedure_occurrence_id", id), shared.ask("GET", f"Procedure/{id}")
    same = put(shared, read.json(), if_match=read.headers["etag"])
    assert (same.status_code, same.content, same.headers["etag"]) == (200, read.content, read.headers["etag"])
    assert shared.ask("GET", f"Procedure/{id}").content == read.content
    assert shared.owned("Procedure", id) == []
    assert whole(shared, "procedure_occurrence", "procedure_occurrence_id", id) == row


def test_an_update_takes_the_row_over(shared: Server) -> None:
    id = procedures(shared)[1]
    shared.runner.run(shared.database.execute(
        "UPDATE cdm.procedure_occurrence SET procedure_source_value = 'as the ETL had it', modifier_source_value = 'odd',"
        f" procedure_type_concept_id = 32827 WHERE procedure_occurrence_id = {id}"))  # fmt: skip
    row, read = whole(shared, "procedure_occurrence", "procedure_occurrence_id", id), shared.ask("GET", f"Procedure/{id}")
    patient = read.json()["subject"]["reference"].rpartition("/")[2]
    found = shared.json("GET", f"Procedure?patient={patient}&_count=500&_elements=subject")["entry"]
    changed = read.json() | {"note": NOTE, "performedDateTime": "2012-05-06"}
    answer = put(shared, changed, if_match=read.headers["etag"])
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert answer.headers["location"] == f"{BASE}/Procedure/{id}/_history/2"
    assert answer.json() == changed | {"meta": answer.json()["meta"]}

    now = whole(shared, "procedure_occurrence", "procedure_occurrence_id", id)
    different = {name for name in row.keys() | now.keys() if row.get(name) != now.get(name)}
    assert different == {"procedure_date", "procedure_datetime"}
    assert str(now["procedure_date"]) == "2012-05-06"
    assert shared.owned("Procedure", id) == [{"table": "procedure_occurrence", "key": int(id), "part": "procedure:0"}]

    assert shared.ask("GET", f"Procedure/{id}").content == answer.content
    again = shared.json("GET", f"Procedure?patient={patient}&_count=500&_elements=subject")["entry"]
    assert sorted(e["resource"]["id"] for e in again) == sorted(e["resource"]["id"] for e in found)
    assert [e["resource"]["note"] for e in shared.json("GET", f"Procedure?_id={id}")["entry"]] == [NOTE]
    assert shared.json("GET", f"Procedure?patient={patient}&_summary=count")["total"] == len(found)

    history = shared.json("GET", f"Procedure/{id}/_history")["entry"]
    assert [e["response"]["etag"] for e in history] == ['W/"2"', 'W/"1"']
    before = history[1]["resource"]
    assert before == read.json() | {"meta": before["meta"]}
    assert shared.json("GET", f"Procedure/{id}/_history/1") == before
    assert shared.ask("GET", f"Procedure/{id}/_history/{read.json()['meta']['versionId']}").status_code == 404
    assert put(shared, changed, if_match=read.headers["etag"]).status_code == 412


def test_what_the_row_says_beyond_its_resource_outlives_every_update(shared: Server) -> None:
    """An update sets what is other than before; of the rest the row may know more than the resource."""
    id = procedures(shared)[2]
    name, key = "procedure_occurrence", "procedure_occurrence_id"
    shared.runner.run(shared.database.execute(
        "UPDATE cdm.procedure_occurrence SET procedure_source_value = 'odd', procedure_source_concept_id = 0,"
        f" visit_occurrence_id = 987654321 WHERE procedure_occurrence_id = {id}"))  # fmt: skip
    row, read = whole(shared, name, key, id), shared.json("GET", f"Procedure/{id}")
    for text in ("once", "twice"):
        assert put(shared, read | {"note": [{"text": text}]}).status_code == 200
        assert whole(shared, name, key, id) == row
    moved = read | {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "430193006"}]}}
    assert put(shared, moved).status_code == 200
    now = whole(shared, name, key, id)
    assert (now["procedure_source_value"], now["visit_occurrence_id"]) == ("430193006", 987654321)


def test_a_patch_takes_the_row_over(shared: Server) -> None:
    id = procedures(shared)[3]
    read = shared.ask("GET", f"Procedure/{id}")
    headers = {"content_type": "application/json-patch+json"}
    change = [{"op": "add", "path": "/note", "value": NOTE}]
    stale = shared.ask("PATCH", f"Procedure/{id}", change, if_match='W/"h0"', **headers)
    assert stale.status_code == 412
    assert shared.owned("Procedure", id) == []
    answer = shared.ask("PATCH", f"Procedure/{id}", change, if_match=read.headers["etag"], **headers)
    assert answer.status_code == 200, answer.text
    assert answer.json() == read.json() | {"note": NOTE, "meta": answer.json()["meta"]}


def test_a_condition_finds_the_row(shared: Server) -> None:
    id = procedures(shared)[4]
    read = shared.json("GET", f"Procedure/{id}")
    identifier = read["identifier"][0]
    condition = f"Procedure?identifier={identifier['system']}|{identifier['value']}"
    answer = shared.ask("PUT", condition, {k: v for k, v in read.items() if k != "id"} | {"note": NOTE})
    assert (answer.status_code, answer.json()["id"]) == (200, id)
    assert shared.json("GET", condition)["entry"][0]["resource"]["note"] == NOTE


def test_a_person_keeps_what_hangs_on_it(shared: Server) -> None:
    """Death, races and address are taken over with the person, and changed only where the Patient is."""
    (person,) = shared.rows(
        "SELECT person_id AS id FROM cdm.person JOIN cdm.death USING (person_id) WHERE location_id IS NOT NULL"
        " ORDER BY 1 LIMIT 1")  # fmt: skip
    id = str(person["id"])
    before = whole(shared, "person", "person_id", id), whole(shared, "death", "person_id", id)
    locations = shared.rows("SELECT * FROM cdm.location ORDER BY location_id")
    read = shared.json("GET", f"Patient/{id}")
    named = read | {"name": [{"family": "Found"}]}
    named.pop("_name", None)
    assert put(shared, named).status_code == 200
    assert (whole(shared, "person", "person_id", id), whole(shared, "death", "person_id", id)) == before
    assert shared.rows("SELECT * FROM cdm.location ORDER BY location_id") == locations
    assert [e["resource"]["id"] for e in shared.json("GET", "Patient?family=found")["entry"]] == [id]
    alive = {name: value for name, value in named.items() if not name.startswith("deceased") and name != "extension"}
    moved = put(shared, alive | {"address": [{"city": "Elsewhere"}]})
    assert moved.status_code == 200, moved.text
    assert shared.rows("SELECT * FROM cdm.death WHERE person_id = $1", int(id)) == []
    now = whole(shared, "person", "person_id", id)
    assert now["location_id"] >= 2_000_000_000 != before[0]["location_id"]
    assert shared.rows("SELECT * FROM cdm.location WHERE location_id < 2000000000 ORDER BY location_id") == locations


def test_a_row_that_others_refer_to_is_not_deleted(shared: Server) -> None:
    id = str(shared.rows("SELECT min(person_id) AS id FROM cdm.person")[0]["id"])
    answer = shared.ask("DELETE", f"Patient/{id}")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (409, "conflict")
    assert "cannot be deleted" in answer.json()["issue"][0]["diagnostics"]
    assert shared.owned("Patient", id) == []
    assert shared.ask("GET", f"Patient/{id}").status_code == 200


def test_a_person_that_only_unmapped_tables_refer_to_is_not_deleted(shared: Server) -> None:
    shared.runner.run(shared.database.execute("""
        INSERT INTO cdm.person (person_id, gender_concept_id, year_of_birth, race_concept_id, ethnicity_concept_id)
        VALUES (77001, 0, 1970, 0, 0), (77002, 0, 1970, 0, 0);
        INSERT INTO cdm.observation_period (observation_period_id, person_id, observation_period_start_date,
            observation_period_end_date, period_type_concept_id) VALUES (77001, 77001, '2000-01-01', '2001-01-01', 32817)"""))
    answer = shared.ask("DELETE", "Patient/77001")
    assert answer.status_code == 409
    assert "rows of observation_period refer to it" in answer.text
    assert shared.ask("DELETE", "Patient/77002").status_code == 204
    assert shared.rows("SELECT person_id FROM cdm.person WHERE person_id IN (77001, 77002)") == [{"person_id": 77001}]


def test_a_deleted_row_is_gone_with_its_history_kept(shared: Server) -> None:
    id = procedures(shared)[5]
    read = shared.ask("GET", f"Procedure/{id}")
    assert shared.ask("DELETE", f"Procedure/{id}", if_match='W/"1"').status_code == 412
    assert shared.ask("DELETE", f"Procedure/{id}", if_match=read.headers["etag"]).status_code == 204
    assert shared.rows("SELECT FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(id)) == []
    assert shared.ask("GET", f"Procedure/{id}").status_code == 410
    history = shared.json("GET", f"Procedure/{id}/_history")["entry"]
    assert [e["request"]["method"] for e in history] == ["DELETE", "PUT"]
    assert shared.ask("DELETE", f"Procedure/{id}").status_code == 204
    back = put(shared, {k: v for k, v in read.json().items() if k != "meta"})
    assert (back.status_code, back.headers["etag"]) == (201, 'W/"3"')
    assert whole(shared, "procedure_occurrence", "procedure_occurrence_id", id)["person_id"]


def test_what_is_an_error_is_no_row_any_more(shared: Server) -> None:
    id = procedures(shared)[6]
    read = shared.json("GET", f"Procedure/{id}")
    assert put(shared, read | {"status": "entered-in-error"}).status_code == 200
    assert shared.rows("SELECT FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(id)) == []
    assert shared.json("GET", f"Procedure/{id}")["status"] == "entered-in-error"
    assert put(shared, read).status_code == 200
    assert whole(shared, "procedure_occurrence", "procedure_occurrence_id", id)["person_id"]


@pytest.mark.parametrize(("method", "status"), [("PUT", 405), ("PATCH", 404), ("DELETE", 204)])
def test_numbers_that_are_not_there(shared: Server, method: str, status: int) -> None:
    body = {"PUT": procedure("Patient/1") | {"id": "123456789"}, "PATCH": []}.get(method)
    kind = {"content_type": "application/json-patch+json"} if method == "PATCH" else {}
    assert shared.ask(method, "Procedure/123456789", body, **kind).status_code == status


def test_of_two_that_begin_from_the_row_one_wins(shared: Server) -> None:
    id = procedures(shared)[7]
    read = shared.ask("GET", f"Procedure/{id}")

    async def both() -> list[int]:
        import asyncio

        bodies = [read.json() | {"note": [{"text": str(n)}]} for n in range(4)]
        sent = (shared.send("PUT", f"Procedure/{id}", body, if_match=read.headers["etag"]) for body in bodies)
        return [answer.status_code for answer in await asyncio.gather(*sent)]

    assert sorted(shared.runner.run(both())) == [200, 412, 412, 412]
    assert len(shared.json("GET", f"Procedure/{id}/_history")["entry"]) == 2


def test_validate_takes_nothing_over(shared: Server) -> None:
    id = procedures(shared)[8]
    read = shared.json("GET", f"Procedure/{id}")
    parameters = {"resourceType": "Parameters", "parameter": [
        {"name": "mode", "valueCode": "update"}, {"name": "resource", "resource": read | {"note": NOTE}}]}  # fmt: skip
    assert shared.ask("POST", f"Procedure/{id}/$validate", parameters).status_code == 200
    assert shared.json("GET", f"Procedure/{id}") == read
    assert shared.owned("Procedure", id) == []


def test_in_a_transaction_all_or_nothing(shared: Server) -> None:
    first, second = procedures(shared)[9:11]
    reads = [shared.json("GET", f"Procedure/{id}") for id in (first, second)]

    def bundle(last: JSON) -> JSON:
        entries = [reads[0] | {"note": NOTE}, last]
        return {"resourceType": "Bundle", "type": "transaction", "entry": [
            {"resource": e, "request": {"method": "PUT", "url": f"Procedure/{e['id']}"}} for e in entries]}  # fmt: skip

    assert shared.ask("POST", "", bundle(reads[1] | {"subject": {"reference": "Patient/none"}})).status_code == 400
    assert shared.json("GET", f"Procedure/{first}") == reads[0]
    assert shared.owned("Procedure", first) == []
    assert shared.ask("POST", "", bundle(reads[1] | {"note": NOTE})).status_code == 200
    assert [shared.json("GET", f"Procedure/{id}")["note"] for id in (first, second)] == [NOTE, NOTE]


def test_an_encounter_stays_in_its_table(shared: Server) -> None:
    """The id of a visit is its key in visit_occurrence: it cannot become the detail of another."""
    visits = shared.rows("SELECT visit_occurrence_id AS id FROM cdm.visit_occurrence ORDER BY 1 LIMIT 2")
    first, second = (str(each["id"]) for each in visits)
    read = shared.json("GET", f"Encounter/{first}")
    assert put(shared, read | {"priority": {"text": "urgent"}}).status_code == 200
    assert put(shared, read | {"partOf": {"reference": f"Encounter/{second}"}}).status_code in (200, 422)
    assert shared.json("GET", f"Encounter/{first}")["id"] == first


def test_a_row_of_two_types(alone: Server) -> None:
    """A care site is a Location and an Organization: each is a document of its own, both say what the row says."""
    id = str(alone.rows("SELECT min(care_site_id) AS id FROM cdm.care_site")[0]["id"])
    place, owner = (alone.json("GET", f"{type}/{id}") for type in ("Location", "Organization"))
    assert put(alone, place | {"alias": ["Annex"]}).status_code == 200
    assert put(alone, owner | {"name": "Renamed"}).status_code == 200
    now = alone.json("GET", f"Location/{id}")
    assert (now["name"], now["alias"], alone.json("GET", f"Organization/{id}")["name"]) == ("Renamed", ["Annex"], "Renamed")
    alone.runner.run(alone.database.execute("INSERT INTO cdm.care_site (care_site_id, care_site_name) VALUES (77003, 'Shed')"))
    refused = alone.ask("DELETE", "Location/77003")
    assert refused.status_code == 409
    assert "its row is Organization/77003 too" in refused.text


def test_without_the_setting_they_stay_documents(alone: Server, postgres_url: str) -> None:
    """A server that only writes its own still shows what another has taken over, once, and updates it."""
    from omop_fhir.store.facade import Facade

    id = procedures(alone)[0]
    read = alone.json("GET", f"Procedure/{id}")
    assert put(alone, read | {"note": NOTE}).status_code == 200
    settings = alone.facade.settings
    object.__setattr__(settings, "writable", "own")
    alone.runner.run(alone.facade.refresh(alone.runner.run(alone.facade.snapshot())))
    assert isinstance(alone.facade, Facade)
    assert alone.json("GET", f"Procedure/{id}")["note"] == NOTE
    assert len(alone.json("GET", f"Procedure?_id={id}")["entry"]) == 1
    assert put(alone, read | {"note": [{"text": "third"}]}).status_code == 200
    assert put(alone, alone.json("GET", f"Procedure/{procedures(alone)[1]}") | {"note": NOTE}).status_code == 405


def test_an_etl_that_changes_drops_and_reloads(alone: Server) -> None:
    """What was taken over stands as what came in here does: merged where changed, withheld where gone, and reconciled."""
    changed, dropped, deleted = procedures(alone)[:3]
    for id in (changed, dropped):
        read = alone.json("GET", f"Procedure/{id}")
        assert put(alone, read | {"note": NOTE}).status_code == 200
    assert alone.ask("DELETE", f"Procedure/{deleted}").status_code == 204
    kept = alone.rows("SELECT * FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(dropped))
    alone.runner.run(alone.database.execute(f"""
        UPDATE cdm.procedure_occurrence SET procedure_date = '2001-02-03', procedure_datetime = NULL
        WHERE procedure_occurrence_id = {changed};
        DELETE FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = {dropped}"""))
    merged = alone.json("GET", f"Procedure/{changed}")
    assert (merged["performedDateTime"], merged["note"]) == ("2001-02-03", NOTE)
    assert alone.ask("GET", f"Procedure/{changed}/_history/{merged['meta']['versionId']}").json() == merged
    assert alone.ask("GET", f"Procedure/{dropped}").status_code == 404
    result = reconcile(alone, "--apply", "all")
    assert result.exit_code == 0, result.output
    assert alone.json("GET", f"Procedure/{dropped}")["note"] == NOTE
    again = alone.rows("SELECT * FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(dropped))
    assert again[0]["procedure_concept_id"] == kept[0]["procedure_concept_id"]
    assert alone.json("GET", f"Procedure/{changed}")["meta"]["versionId"] == "3"


def test_our_own_are_made_and_changed_as_ever(shared: Server) -> None:
    own = made(shared, procedure("Patient/1"))
    assert int(own["id"]) >= 2_000_000_000
    assert put(shared, own | {"note": NOTE}).status_code == 200


def test_a_person_that_is_numbered_anew(alone: Server) -> None:
    """The number of a person is its id: what was taken over is found under the new one, and who has the old one now too."""
    first, second = (row["person_id"] for row in alone.rows("SELECT person_id FROM cdm.person ORDER BY 1 LIMIT 2"))
    new = 900_000 + first
    read = alone.json("GET", f"Patient/{first}")
    read.pop("_name", None)
    assert put(alone, read | {"name": [{"family": "Found"}]}).status_code == 200
    event = made(alone, procedure(f"Patient/{first}"))
    other = made(alone, {"resourceType": "Patient", "link": [{"other": {"reference": f"Patient/{first}"}, "type": "seealso"}]})
    tables = alone.rows("SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'cdm' AND column_name ="
                        " 'person_id' AND table_name IN ('procedure_occurrence', 'condition_occurrence', 'visit_occurrence',"
                        " 'drug_exposure', 'observation', 'measurement', 'death')")  # fmt: skip
    for old, now in ((first, new), (second, first)):
        for table in ("person", *(row["name"] for row in tables)):
            alone.runner.run(alone.database.execute(f"ALTER TABLE cdm.{table} DISABLE TRIGGER ALL"))
            alone.rows(f"UPDATE cdm.{table} SET person_id = {now} WHERE person_id = {old}")
    assert alone.ask("GET", f"Patient/{first}").status_code == 404
    result = reconcile(alone, "--apply", "all")
    assert result.exit_code == 0, result.output
    moved = alone.json("GET", f"Patient/{new}")
    assert (moved["id"], moved["name"], moved["meta"]["versionId"]) == (str(new), [{"family": "Found"}], "3")
    assert alone.json("GET", f"Procedure/{event['id']}")["subject"] == {"reference": f"Patient/{new}"}
    linked = alone.json("GET", f"Patient/{other['id']}")
    assert (linked["link"][0]["other"], linked["meta"]["versionId"]) == ({"reference": f"Patient/{new}"}, "2")
    assert [e["resource"]["id"] for e in alone.json("GET", f"Patient?link=Patient/{new}")["entry"]] == [other["id"]]
    history = alone.json("GET", f"Patient/{new}/_history")["entry"]
    assert {entry["resource"]["id"] for entry in history} == {str(new)}
    someone = alone.json("GET", f"Patient/{first}")
    assert "family" not in str(someone)
    assert someone["meta"]["versionId"].startswith("h")
    assert reconcile(alone).exit_code == 0


def test_a_key_that_is_anothers_row_by_now(alone: Server) -> None:
    """An ETL numbers its rows anew: what was taken over is kept as a row of ours, and the number is the other row's."""
    id = procedures(alone)[0]
    read = alone.json("GET", f"Procedure/{id}")
    assert put(alone, read | {"note": NOTE}).status_code == 200
    person = int(read["subject"]["reference"].rpartition("/")[2])
    sql = f"UPDATE cdm.procedure_occurrence SET person_id = {person + 1} WHERE procedure_occurrence_id = {id}"
    alone.runner.run(alone.database.execute(sql))
    assert alone.ask("GET", f"Procedure/{id}").status_code == 404
    result = reconcile(alone, "--apply", "all")
    assert result.exit_code == 0, result.output
    theirs = alone.json("GET", f"Procedure/{id}")
    assert (theirs["subject"], "note" in theirs) == ({"reference": f"Patient/{person + 1}"}, False)
    found = alone.json("GET", f"Procedure?patient={person}&_count=1000")["entry"]
    (ours,) = [entry["resource"] for entry in found if entry["resource"].get("note") == NOTE]
    assert int(ours["id"]) >= OURS
    assert ours["meta"]["versionId"] == "3"
    assert whole(alone, "procedure_occurrence", "procedure_occurrence_id", ours["id"])["person_id"] == person
    assert reconcile(alone).exit_code == 0


def test_explain_shows_both_places_where_a_row_may_be(alone: Server) -> None:
    one, other, *_ = procedures(alone)
    assert put(alone, alone.json("GET", f"Procedure/{one}") | {"note": NOTE}).status_code == 200
    url = alone.facade.settings.database_url
    shown = CliRunner().invoke(main, ["explain", f"Procedure/{other}", "--json", "--database-url", url, "--cdm-schema", "cdm"])
    assert shown.exit_code == 0, shown.output
    found = json.loads(shown.output)
    assert [each["purpose"] for each in found["statements"]] == ["read", "read, where there is no such row"]
    assert 'JOIN "cdm"."procedure_occurrence"' in found["statements"][0]["text"]
    assert 'FROM "omop_fhir"."document"' in found["statements"][1]["text"]
    assert [each["table"] for each in found["sources"]] == ["procedure_occurrence", "document"]
