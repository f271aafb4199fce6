"""References to one version of a resource: it must be there for the caller, and stays as it was sent.

https://hl7.org/fhir/R4/references.html#literal
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from omop_fhir.auth.grants import ALL_LETTERS, ALL_TYPES, Grants, Permission
from omop_fhir.store.writing.targets import MOST_VERSIONS

from .conftest import Fixed, Served, refused, rows, running

URN = "urn:uuid:00000000-0000-4000-8000-000000000001"


def procedure(subject: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Procedure", "status": "completed", "performedDateTime": "2020-01-01",
            "subject": {"reference": subject}, **more}  # fmt: skip


def post(resource: dict[str, Any], full_url: str | None = None, **request: str) -> dict[str, Any]:
    entry = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]} | request}
    return entry | ({"fullUrl": full_url} if full_url else {})


def transaction(served: Served, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources that a transaction has made."""
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}
    answer = served.send("POST", "", bundle, prefer="return=representation")
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json()["entry"]]


def missing(served: Served, subject: str) -> list[tuple[str, str, str]]:
    """Code, place and words of what is wrong with a reference."""
    answer = served.send("POST", "Procedure", procedure(subject))
    assert answer.status_code in (400, 422), answer.text
    return [(issue["code"], issue["expression"][0], issue["diagnostics"]) for issue in answer.json()["issue"]]


@pytest.fixture(scope="module")
def twice(writable: Served) -> str:
    """A Patient of two versions."""
    sent = {"resourceType": "Patient", "id": "twice", "birthDate": "1980-01-01"}
    for gender in ("male", "female"):
        assert writable.send("PUT", "Patient/twice", sent | {"gender": gender}).status_code in (200, 201)
    return "Patient/twice"


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("base", ["", "{base}/"])
def test_a_version_that_is_there_is_kept_as_it_was_sent(writable: Served, twice: str, base: str, version: str) -> None:
    text = f"{base.format(base=writable.base)}{twice}/_history/{version}"
    answer = writable.send("POST", "Procedure", procedure(text), prefer="return=OperationOutcome")
    assert answer.status_code == 201, answer.text
    assert "OMOP refers to rows, not to versions of them" in answer.text
    id = answer.headers["location"].split("/")[-3]
    assert writable.json(f"Procedure/{id}")["subject"] == {"reference": text}
    sql = f"""SELECT p.person_id = d.key FROM cdm.procedure_occurrence p, omop_fhir.document d
        WHERE p.procedure_occurrence_id = {id} AND d.id = 'twice'"""
    assert rows(writable.database, sql) == [(True,)]
    assert id in {found["id"] for found in writable.resources(f"Procedure?subject={twice}&_count=100")}


@pytest.mark.parametrize("version", ["3", "0", "01", "h0123456789abcdef", "99999999999"])
def test_one_that_is_not_there_is_refused_as_an_absent_target_is(writable: Served, twice: str, version: str) -> None:
    absent = missing(writable, "Patient/nobody")
    told = missing(writable, f"{twice}/_history/{version}")
    assert [each[:2] for each in told] == [each[:2] for each in absent] == [("not-found", "Procedure.subject.reference")]
    assert told[0][2] == f"{twice}/_history/{version} was not found"
    assert missing(writable, "Patient/nobody/_history/1")[0][2] == "Patient/nobody/_history/1 was not found"


def test_of_very_many_versions_none_is_looked_for(writable: Served, twice: str) -> None:
    performers = [{"actor": {"reference": f"{twice}/_history/{n}"}} for n in range(1, MOST_VERSIONS + 2)]
    sent = procedure(twice, performer=performers)
    answer = writable.send("POST", "Procedure", sent)
    said = refused(answer, 400, "too-costly")
    assert said == "what is written refers to at most 500 versions, and this to 501"


def test_the_version_of_a_deletion_is_nothing_to_refer_to(writable: Served) -> None:
    for method, body in (("PUT", {"resourceType": "Patient", "id": "back"}), ("DELETE", None)):
        assert writable.send(method, "Patient/back", body).status_code in (201, 204)
    assert missing(writable, "Patient/back/_history/1")  # the target is gone
    assert writable.send("PUT", "Patient/back", {"resourceType": "Patient", "id": "back"}).status_code == 201
    assert missing(writable, "Patient/back/_history/2")[0][2] == "Patient/back/_history/2 was not found"
    for version in "13":
        assert writable.send("POST", "Procedure", procedure(f"Patient/back/_history/{version}")).status_code == 201


def test_a_row_has_the_one_version_that_it_is_read_with(writable: Served) -> None:
    version = writable.json("Patient/1")["meta"]["versionId"]
    assert writable.send("POST", "Procedure", procedure(f"Patient/1/_history/{version}")).status_code == 201
    for other in ("1", "h0123456789abcdef"):
        assert missing(writable, f"Patient/1/_history/{other}")[0][2] == f"Patient/1/_history/{other} was not found"


def test_entries_refer_to_the_version_that_an_entry_gets(writable: Served, twice: str) -> None:
    made, done = transaction(writable, post({"resourceType": "Patient"}, URN), post(procedure(f"{URN}/_history/7")))
    assert done["subject"] == {"reference": f"Patient/{made['id']}/_history/1"}
    writable.json(done["subject"]["reference"])
    there, done = transaction(
        writable, post({"resourceType": "Patient"}, URN, ifNoneExist="_id=twice"), post(procedure(f"{URN}/_history/7"))
    )
    assert (there["id"], done["subject"]) == ("twice", {"reference": f"{twice}/_history/2"})


def test_what_an_entry_updates_keeps_the_versions_that_it_had(writable: Served) -> None:
    own = {"resourceType": "Patient", "id": "updated"}
    assert writable.send("PUT", "Patient/updated", own).status_code == 201
    for gender in ("male", "male"):  # the second time nothing changes
        put = {"fullUrl": f"{writable.base}/Patient/updated", "resource": own | {"gender": gender},
               "request": {"method": "PUT", "url": "Patient/updated"}}  # fmt: skip
        _, done = transaction(writable, put, post(procedure("Patient/updated/_history/1")))
        assert done["subject"] == {"reference": "Patient/updated/_history/1"}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [put, post(procedure("Patient/updated/_history/9"))]}
    answer = writable.send("POST", "", bundle)
    assert answer.status_code in (400, 422)
    (issue,) = answer.json()["issue"]
    assert (issue["code"], issue["expression"]) == ("not-found", ["Bundle.entry[1].resource.subject.reference"])


@pytest.fixture(scope="module")
def seen_by(writable: Served) -> Iterator[Callable[[str], Served]]:
    """The same database as somebody sees it who is bound to a patient."""
    access = Fixed(Grants("nobody", ()))
    with running(writable.database, access=access) as served:

        def seen(id: str) -> Served:
            key = rows(writable.database, f"SELECT key FROM omop_fhir.document WHERE id = '{id}'")[0][0]
            access.current = Grants(id, (Permission(ALL_TYPES, ALL_LETTERS, patient=key),))
            return served

        yield seen


def test_a_version_about_another_patient_is_not_there(writable: Served, seen_by: Callable[[str], Served]) -> None:
    """A visit went from one patient to another: each may refer to the versions that were about themselves."""
    for id in ("first", "second"):
        assert writable.send("PUT", f"Patient/{id}", {"resourceType": "Patient", "id": id}).status_code == 201
        visit = {"resourceType": "Encounter", "id": "moved", "status": "planned", "class": {"code": "AMB"},
                 "subject": {"reference": f"Patient/{id}"}}  # fmt: skip
        assert writable.send("PUT", "Encounter/moved", visit).status_code in (200, 201)
    second = seen_by("second")
    for version, status in (("2", 201), ("1", 400)):
        sent = procedure("Patient/second", encounter={"reference": f"Encounter/moved/_history/{version}"})
        answer = second.send("POST", "Procedure", sent)
        assert answer.status_code == status, answer.text
    assert answer.json()["issue"][0]["diagnostics"] == "Encounter/moved/_history/1 was not found"
