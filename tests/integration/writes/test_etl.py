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
