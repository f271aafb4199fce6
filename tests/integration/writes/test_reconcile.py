"""`omop-fhir reconcile` after an ETL has reloaded the CDM: persons renumbered, our rows dropped, others edited."""

from __future__ import annotations

from threading import Thread
from typing import Any

from click.testing import CliRunner, Result

from omop_fhir.cli import main

from .server import BASE, JSON, Server

SNOMED = "http://snomed.info/sct"


def reconcile(server: Server, *arguments: str) -> Result:
    """The command, on a thread of its own, for it has its own loop."""
    settings, found = server.facade.settings, []
    given = ["--database-url", settings.database_url, "--cdm-schema", "cdm", "--time-zone", "UTC", "--base-url", BASE]
    thread = Thread(target=lambda: found.append(CliRunner().invoke(main, ["reconcile", *given, *arguments])))
    thread.start()
    thread.join()
    return found[0]


def patient(value: str) -> JSON:
    return {
        "resourceType": "Patient", "gender": "female", "birthDate": "1950-03-04", "name": [{"family": value.title()}],
        "identifier": [{"system": f"{BASE}/identifier/person_source_value", "value": value}],
    }  # fmt: skip


def procedure(subject: str, text: str = "reconstruction") -> JSON:
    return {
        "resourceType": "Procedure", "status": "completed", "subject": {"reference": subject},
        "code": {"coding": [{"system": SNOMED, "code": "430193006"}], "text": text}, "performedDateTime": "2020-02-03",
        "note": [{"text": "kept as it was sent"}],
    }  # fmt: skip


def made(server: Server, resource: JSON) -> JSON:
    return server.json("POST", resource["resourceType"], resource, status=201)


def read(server: Server, resource: JSON) -> Any:
    return server.ask("GET", f"{resource['resourceType']}/{resource['id']}")


def row_of(server: Server, resource: JSON) -> dict[str, Any]:
    return server.row("SELECT * FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = $1", int(resource["id"]))


def test_nothing_to_do(server: Server) -> None:
    made(server, procedure(f"Patient/{made(server, patient('mrn-1'))['id']}"))
    result = reconcile(server)
    assert result.exit_code == 0, result.output
    assert "every document stands as it was written" in result.output


def test_a_reload_that_renumbers_drops_and_edits(server: Server) -> None:
    """The whole of it in one: what each repair is for is told, done, and then there is nothing left."""
    theirs = server.rows("SELECT person_id, person_source_value FROM cdm.person ORDER BY person_id LIMIT 3")
    old = theirs[0]["person_id"]
    own = made(server, patient("mrn-2"))
    moved = made(server, procedure(f"Patient/{old}", "of a person of the ETL"))
    dropped = made(server, procedure(f"Patient/{own['id']}", "dropped"))
    edited = made(server, procedure(f"Patient/{own['id']}", "edited"))
    _reload(server, old, dropped, edited)
    assert read(server, dropped).status_code == 404
    looked = reconcile(server)
    assert looked.exit_code == 1
    for line in ("--apply relink: 1 documents", "--apply replay: 2 rows", "--apply accept: 1 rows"):
        assert line in looked.output, looked.output
    assert reconcile(server, "--apply", "all", "--dry-run").output == looked.output
    assert read(server, dropped).status_code == 404

    repaired = reconcile(server, "--apply", "all")
    assert repaired.exit_code == 0, repaired.output
    assert row_of(server, moved)["person_id"] == 900_000 + old
    assert read(server, moved).json()["subject"] == {"reference": f"Patient/{900_000 + old}"}
    assert read(server, moved).json()["meta"]["versionId"] == "2"
    assert [r["id"] for r in _found(server, f"Procedure?patient={900_000 + old}&code=430193006")] == [moved["id"]]
    assert moved["id"] not in [each["id"] for each in _found(server, f"Procedure?patient={old}&code=430193006")]
    assert read(server, dropped).json() == dropped
    assert read(server, own).json() == own
    assert row_of(server, dropped)["procedure_source_value"] == "dropped"
    assert read(server, edited).json()["performedDateTime"] == "2021-05-06"
    assert read(server, edited).json()["note"] == edited["note"]
    assert read(server, edited).json()["meta"]["versionId"] == "2"
    assert row_of(server, edited)["procedure_source_value"] == "edited"
    assert reconcile(server).exit_code == 0


def _reload(server: Server, old: int, dropped: JSON, edited: JSON) -> None:
    for sql in (
        "ALTER TABLE cdm.procedure_occurrence DISABLE TRIGGER ALL",
        "ALTER TABLE cdm.person DISABLE TRIGGER ALL",
        f"UPDATE cdm.person SET person_id = 900000 + person_id WHERE person_id = {old}",
        f"UPDATE cdm.person SET person_id = {old} WHERE person_id = {old + 1}",
        "DELETE FROM cdm.person WHERE person_id >= 2000000000",
        f"DELETE FROM cdm.procedure_occurrence WHERE procedure_occurrence_id = {dropped['id']}",
        "UPDATE cdm.procedure_occurrence SET procedure_date = '2021-05-06', procedure_datetime = NULL"
        f" WHERE procedure_occurrence_id = {edited['id']}",
    ):
        server.runner.run(server.database.execute(sql))


def _found(server: Server, url: str) -> list[JSON]:
    return [entry["resource"] for entry in server.json("GET", url).get("entry", ())]


def test_columns_that_are_not_ours(server: Server) -> None:
    """A table that was given a further column: the documents stand, and the rows count as they are from then on."""
    own = made(server, patient("mrn-8"))
    server.runner.run(server.database.execute("ALTER TABLE cdm.person ADD COLUMN cohort text DEFAULT 'a'"))
    assert read(server, own).json() == own
    assert "--apply remember: 1 rows" in reconcile(server).output
    assert reconcile(server, "--apply", "remember").exit_code == 0
    assert read(server, own).json() == own
    assert server.json("PUT", f"Patient/{own['id']}", own | {"active": True})["meta"]["versionId"] == "2"


def test_each_row_for_itself(server: Server) -> None:
    """A row beside which all is well does not hide that another row of the same document was changed."""
    own = made(server, patient("mrn-10") | {"deceasedDateTime": "2020-05-05"})
    for sql in ("ALTER TABLE cdm.person ADD COLUMN cohort text", "UPDATE cdm.person SET cohort = 'b'",
                f"UPDATE cdm.death SET death_date = '2020-06-06', death_datetime = NULL WHERE person_id = {own['id']}"):
        server.runner.run(server.database.execute(sql))
    result = reconcile(server, "--apply", "remember")
    assert (result.exit_code, "--apply accept: 1 rows" in result.output) == (1, True)
    merged = read(server, own).json()
    assert (merged["deceasedDateTime"], merged["meta"]["versionId"][:2]) == ("2020-06-06", "1-")
    result = reconcile(server, "--apply", "accept")
    assert result.exit_code == 0, result.output
    now = read(server, own).json()
    assert (now["deceasedDateTime"], now["meta"]["versionId"]) == ("2020-06-06", "2")


def test_what_is_accepted_is_found(server: Server) -> None:
    own = made(server, patient("mrn-9"))
    server.runner.run(server.database.execute(f"UPDATE cdm.person SET gender_concept_id = 8507 WHERE person_id = {own['id']}"))
    assert _found(server, "Patient?gender=male&family=mrn-9") == []
    result = reconcile(server, "--apply", "accept")
    assert result.exit_code == 0, result.output
    assert [each["gender"] for each in _found(server, "Patient?gender=male&family=mrn-9")] == ["male"]
    history = server.json("GET", f"Patient/{own['id']}/_history")["entry"]
    assert [entry["resource"]["gender"] for entry in history] == ["male", "female"]
    audited = server.rows("SELECT event ->> 'reason' AS repair, what FROM omop_fhir.audit_event WHERE kind = 'reconcile'")
    assert ("accept", [f"Patient/{own['id']}"]) in [(each["repair"], each["what"]) for each in audited]


def test_a_key_that_is_anothers(server: Server) -> None:
    """An ETL gave the key of our row to a row of another person: that stays, and ours gets a new key under its old id."""
    own = made(server, patient("mrn-3"))
    sent = made(server, procedure(f"Patient/{own['id']}"))
    other = server.rows("SELECT min(person_id) AS id FROM cdm.person")[0]["id"]
    sql = f"UPDATE cdm.procedure_occurrence SET person_id = {other} WHERE procedure_occurrence_id = {sent['id']}"
    server.runner.run(server.database.execute(sql))
    assert read(server, sent).status_code == 404
    assert reconcile(server, "--apply", "replay").exit_code == 0
    assert read(server, sent).json() == sent
    assert row_of(server, sent)["person_id"] == other
    assert len(server.rows(f"SELECT FROM cdm.procedure_occurrence WHERE person_id = {own['id']}")) == 1
    assert [each["id"] for each in _found(server, f"Procedure?patient={own['id']}")] == [sent["id"]]


def test_a_patients_key_that_is_anothers(server: Server) -> None:
    """What is a patient's follows the new key, and stays found under the old id."""
    own = made(server, patient("mrn-4"))
    sent = made(server, procedure(f"Patient/{own['id']}"))
    sql = f"UPDATE cdm.person SET person_source_value = 'somebody' WHERE person_id = {own['id']}"
    server.runner.run(server.database.execute(sql))
    assert read(server, own).status_code == 404
    result = reconcile(server, "--apply", "all")
    assert result.exit_code == 0, result.output
    (key,) = server.rows("SELECT person_id FROM cdm.person WHERE person_source_value = 'mrn-4'")
    assert row_of(server, sent)["person_id"] == key["person_id"] != int(own["id"])
    assert read(server, own).json() == own
    assert read(server, sent).json() == sent
    assert [each["id"] for each in _found(server, f"Procedure?patient={own['id']}")] == [sent["id"]]


def test_a_person_who_is_there_under_another_key(server: Server) -> None:
    """Writing the row again would make two persons of one: it is told instead."""
    own = made(server, patient("mrn-5"))
    sql = f"UPDATE cdm.person SET person_id = 800000 WHERE person_id = {own['id']}"
    server.runner.run(server.database.execute(sql))
    result = reconcile(server, "--apply", "replay")
    assert result.exit_code == 1
    assert "by now that of the person 800000" in result.output


def test_entries_by_other_rules(server: Server) -> None:
    own = made(server, patient("mrn-6"))
    server.runner.run(server.database.execute("DELETE FROM omop_fhir.string; UPDATE omop_fhir.document SET rules = 1"))
    assert _found(server, "Patient?family=mrn-6") == []
    assert "--apply index: 1 documents" in reconcile(server).output
    assert reconcile(server, "--apply", "index").exit_code == 0
    assert [each["id"] for each in _found(server, "Patient?family=mrn-6")] == [own["id"]]


def test_many_rows_in_batches(server: Server) -> None:
    own = made(server, patient("mrn-7"))
    subject = f"Patient/{own['id']}"
    entry = [{"resource": procedure(subject), "request": {"method": "POST", "url": "Procedure"}}] * 1100
    server.json("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entry})
    server.runner.run(server.database.execute("DELETE FROM cdm.procedure_occurrence WHERE procedure_occurrence_id >= 2000000000"))
    result = reconcile(server, "--apply", "replay")
    assert result.exit_code == 0, result.output
    assert "replay: 1,100 documents" in result.output
    assert server.json("GET", f"Procedure?patient={own['id']}&_summary=count")["total"] == 1100


def test_without_our_schema(server: Server) -> None:
    given = ["--database-url", server.facade.settings.database_url, "--cdm-schema", "cdm", "--own-schema", "elsewhere"]
    found: list[Result] = []
    thread = Thread(target=lambda: found.append(CliRunner().invoke(main, ["reconcile", *given])))
    thread.start()
    thread.join()
    assert (found[0].exit_code, found[0].output) == (
        1, "Error: the schema elsewhere is absent, not up to date, or closed to the database role: run `omop-fhir migrate`\n",
    )  # fmt: skip
