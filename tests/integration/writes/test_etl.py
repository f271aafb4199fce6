"""What an ETL does to the rows of documents, seen by those who read the documents."""

from __future__ import annotations

from typing import Any

from .server import Server

_OWN = {"url": "http://example.org/nickname", "valueString": "Anni"}
_GIVEN = {
    "resourceType": "Patient", "gender": "female", "birthDate": "1950-03-04", "name": [{"family": "Meier"}],
    "extension": [_OWN],
}  # fmt: skip


def _made(server: Server) -> dict[str, Any]:
    return server.json("POST", "Patient", _GIVEN, status=201)


def test_a_changed_column_changes_its_elements_and_no_others(lenient: Server) -> None:
    made = _made(lenient)
    lenient.rows("UPDATE cdm.person SET gender_concept_id = 8507 WHERE person_id = $1", int(made["id"]))
    now = lenient.json("GET", f"Patient/{made['id']}")
    assert now["gender"] == "male"
    assert (now["name"], now["birthDate"]) == (made["name"], made["birthDate"])
    assert _OWN in now["extension"]
    assert now["meta"]["versionId"].startswith("1-")
    assert lenient.json("GET", f"Patient?_id={made['id']}")["entry"][0]["resource"] == now


def test_sending_it_again_puts_the_row_right(lenient: Server) -> None:
    made = _made(lenient)
    lenient.rows("UPDATE cdm.person SET gender_concept_id = 8507 WHERE person_id = $1", int(made["id"]))
    lenient.json("PUT", f"Patient/{made['id']}", _GIVEN | {"id": made["id"]})
    now = lenient.json("GET", f"Patient/{made['id']}")
    assert (now["gender"], now["meta"]["versionId"]) == ("female", "2")
    assert lenient.row("SELECT gender_concept_id FROM cdm.person WHERE person_id = $1", int(made["id"])) == {
        "gender_concept_id": 8532
    }


def test_the_version_that_is_shown_is_the_one_that_matches(lenient: Server) -> None:
    made = _made(lenient)
    lenient.rows("UPDATE cdm.person SET gender_concept_id = 8507 WHERE person_id = $1", int(made["id"]))
    shown = lenient.ask("GET", f"Patient/{made['id']}").headers["etag"]
    changed = _GIVEN | {"id": made["id"], "active": True}
    assert lenient.ask("PUT", f"Patient/{made['id']}", changed, if_match='W/"1"').status_code == 412
    assert lenient.ask("PUT", f"Patient/{made['id']}", changed, if_match=shown).status_code == 200


def test_a_resource_whose_row_is_gone_is_withheld(lenient: Server) -> None:
    made = _made(lenient)
    lenient.rows("DELETE FROM cdm.person WHERE person_id = $1", int(made["id"]))
    assert lenient.ask("GET", f"Patient/{made['id']}").status_code == 404
    assert "entry" not in lenient.json("GET", f"Patient?_id={made['id']}")


def test_no_version_of_what_is_withheld_is_shown(lenient: Server) -> None:
    made = _made(lenient)
    lenient.json("PUT", f"Patient/{made['id']}", _GIVEN | {"id": made["id"], "active": True})
    lenient.rows("DELETE FROM cdm.person WHERE person_id = $1", int(made["id"]))
    for path in ("", "/_history", "/_history/1", "/_history/2"):
        assert lenient.ask("GET", f"Patient/{made['id']}{path}").status_code == 404, path
    shown = lenient.json("GET", "Patient/_history?_count=1000").get("entry", ())
    assert made["id"] not in {entry["resource"]["id"] for entry in shown if "resource" in entry}


def _theirs(server: Server, value: str) -> int:
    """A person of the ETL."""
    sql = "SELECT coalesce(max(person_id), 0) + 1 AS id FROM cdm.person WHERE person_id < 1000000"
    id = int(server.rows(sql)[0]["id"])
    server.rows(
        "INSERT INTO cdm.person (person_id, gender_concept_id, year_of_birth, race_concept_id, ethnicity_concept_id,"
        f" person_source_value) VALUES ({id}, 8507, 1950, 0, 0, '{value}')"
    )
    return id


def test_what_is_about_another_by_now_is_withheld(server: Server) -> None:
    """An ETL gives the number to somebody else: nobody sees what was said of the one in the record of the other."""
    id = _theirs(server, "mrn-a")
    about = {"subject": {"reference": f"Patient/{id}"}, "performedDateTime": "2020-01-01"}
    rows = [server.json("POST", "Procedure", {"resourceType": "Procedure", "status": status, **about}, status=201)
            for status in ("completed", "not-done", "not-done")]  # fmt: skip
    assert server.ask("DELETE", f"Procedure/{rows[2]['id']}").status_code == 204
    server.rows("UPDATE cdm.person SET person_source_value = 'mrn-b' WHERE person_id = $1", id)
    for each in rows:
        assert server.ask("GET", f"Procedure/{each['id']}").status_code == 404
        assert server.ask("GET", f"Procedure/{each['id']}/_history").status_code == 404
        assert server.ask("GET", f"Procedure/{each['id']}/_history/1").status_code == 404
    assert "entry" not in server.json("GET", f"Procedure?patient={id}")
    assert "entry" not in server.json("GET", "Procedure/_history")
    server.rows("UPDATE cdm.person SET person_source_value = 'mrn-a' WHERE person_id = $1", id)
    assert [server.ask("GET", f"Procedure/{each['id']}").status_code for each in rows] == [200, 200, 410]
    assert len(server.json("GET", "Procedure/_history")["entry"]) == 4


def test_a_person_of_ours_may_change_its_number(server: Server) -> None:
    made = _made(server)
    about = {"subject": {"reference": f"Patient/{made['id']}"}, "performedDateTime": "2020-01-01"}
    own = server.json("POST", "Procedure", {"resourceType": "Procedure", "status": "not-done", **about}, status=201)
    system = "http://127.0.0.1:8080/fhir/identifier/person_source_value"
    server.json("PUT", f"Patient/{made['id']}", _GIVEN | {"id": made["id"], "identifier": [{"system": system, "value": "new"}]})
    assert server.json("GET", f"Procedure/{own['id']}") == own


def test_rows_in_other_tables_are_looked_at(server: Server) -> None:
    """A death that an ETL changed or took away is so in the Patient; what stood among measurements and is gone is withheld."""
    made = server.json("POST", "Patient", _GIVEN | {"deceasedDateTime": "2020-02-03"}, status=201)
    server.rows("UPDATE cdm.death SET death_date = '2020-02-04' WHERE person_id = $1", int(made["id"]))
    now = server.json("GET", f"Patient/{made['id']}")
    assert (now["deceasedDateTime"], now["name"]) == ("2020-02-04", made["name"])
    server.rows("DELETE FROM cdm.death WHERE person_id = $1", int(made["id"]))
    now = server.json("GET", f"Patient/{made['id']}")
    assert ("deceasedDateTime" in now, now["name"], now["birthDate"]) == (False, made["name"], made["birthDate"])
    sql = "SELECT concept_code AS code FROM cdm.concept WHERE domain_id = 'Measurement' AND vocabulary_id = 'SNOMED' LIMIT 1"
    coding = {"system": "http://snomed.info/sct", "code": server.row(sql)["code"]}
    own = server.json("POST", "Procedure", {
        "resourceType": "Procedure", "status": "completed", "subject": {"reference": f"Patient/{made['id']}"},
        "code": {"coding": [coding]}, "performedDateTime": "2020-01-01",
    }, status=201)  # fmt: skip
    assert server.json("GET", f"Procedure/{own['id']}") == own
    server.rows("DELETE FROM cdm.measurement WHERE person_id = $1", int(made["id"]))
    assert server.ask("GET", f"Procedure/{own['id']}").status_code == 404
    assert server.ask("GET", f"Procedure/{own['id']}/_history").status_code == 404
