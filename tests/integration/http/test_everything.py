"""`$everything`: https://hl7.org/fhir/R4/operation-patient-everything.html."""

from __future__ import annotations

from typing import Any

import pytest

from omop_fhir.auth.grants import Grants

from .conftest import SCHEMA, Serve, Served, execute, link, refused, rows, running

CLINICAL = ("Condition", "Encounter", "MedicationStatement", "Procedure")
TABLES = {
    "Condition": ("condition_occurrence", "condition_occurrence_id", "condition_start_date"),
    "Encounter": ("visit_occurrence", "visit_occurrence_id", "visit_start_date"),
    "MedicationStatement": ("drug_exposure", "drug_exposure_id", "drug_exposure_start_date"),
    "Procedure": ("procedure_occurrence", "procedure_occurrence_id", "procedure_date"),
}


def names(resources: Any) -> list[str]:
    """`Type/id` of resources."""
    return [f"{resource['resourceType']}/{resource['id']}" for resource in resources]


def busy(served: Served) -> int:
    """A person with rows in every clinical table."""
    joined = " JOIN ".join(
        f"(SELECT person_id, count(*) n FROM {SCHEMA}.{table} GROUP BY 1) {type} USING (person_id)"
        for type, (table, _, _) in TABLES.items()
    )
    found = rows(served.database, f"SELECT person_id FROM {SCHEMA}.person JOIN {joined} WHERE person_id > 0 LIMIT 1")
    return int(found[0][0])


def clinical(served: Served, person: int, condition: str = "TRUE") -> list[str]:
    """What the tables hold of a person."""
    return [
        f"{type}/{row[0]}"
        for type, (table, key, _) in TABLES.items()
        for row in rows(
            served.database, f"SELECT {key} FROM {SCHEMA}.{table} WHERE person_id = {person} AND {condition} ORDER BY 1"
        )
    ]


def references(value: Any) -> set[str]:
    """Every reference inside a resource."""
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*(references(each) for each in value.values()))
    return set().union(*(references(each) for each in value)) if isinstance(value, list) else set()


def test_it_is_the_patient_all_that_is_theirs_and_what_that_refers_to_each_once(served: Served) -> None:
    person = busy(served)
    resources = list(served.walk(f"Patient/{person}/$everything?_count=7"))
    found = names(resources)
    assert len(found) == len(set(found))
    assert found[0] == f"Patient/{person}"
    inside = clinical(served, person)
    assert found[1 : 1 + len(inside)] == inside
    outside = {each for resource in resources[: 1 + len(inside)] for each in references(resource)} - set(found[: 1 + len(inside)])
    there = {each for each in outside if served.get(each).status_code == 200}
    assert there
    assert set(found[1 + len(inside) :]) == there


def test_pages_go_back_as_they_went_forth(served: Served) -> None:
    person = busy(served)
    pages, url = [], f"Patient/{person}/$everything?_count=5"
    while url:
        bundle = served.json(url)
        pages.append(bundle)
        url = link(bundle, "next") or ""
    assert len(pages) > 2
    for page in reversed(pages[1:]):
        pages.pop()
        assert names(e["resource"] for e in served.json(str(link(page, "previous")))["entry"]) == names(
            e["resource"] for e in pages[-1]["entry"]
        )


def test_get_and_post_say_the_same(served: Served) -> None:
    person = busy(served)
    got = served.json(f"Patient/{person}/$everything?_count=3&_type=Encounter,Procedure")
    parts = [{"name": "_count", "valueInteger": 3}, {"name": "_type", "valueCode": "Encounter"},
             {"name": "_type", "valueCode": "Procedure"}]  # fmt: skip
    body = {"resourceType": "Parameters", "parameter": parts}
    posted = served.http.post(f"Patient/{person}/$everything", json=body)
    form = served.http.post(f"Patient/{person}/$everything", data={"_count": "3", "_type": "Encounter,Procedure"})
    assert got["entry"] == posted.json()["entry"] == form.json()["entry"]
    assert {e["resource"]["resourceType"] for e in got["entry"]} <= {"Encounter", "Procedure"}
    empty = served.http.post(f"Patient/{person}/$everything", headers={"content-type": "application/fhir+json"})
    assert empty.status_code == 200


def parameters(*given: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(given)}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"resourceType": "Patient"}, 400, "not a Parameters resource"),
        ([], 400, "not a Parameters resource"),
        ({"resourceType": "Parameters", "parameter": [{"valueString": "x"}]}, 400, "no `name`"),
        (parameters({"name": "start"}), 400, "`start` has not one primitive value"),
        ({"resourceType": "Parameters", "parameter": [{"name": "start", "valueDate": "soon"}]}, 400, "`start`: `soon`"),
        ({"resourceType": "Parameters", "parameter": [{"name": "colour", "valueCode": "x"}]}, 400, "no parameter `colour`"),
        (parameters({"name": "start", "valueString": "2020"}), 400, "`start` has a `valueDate`"),
        (parameters({"name": "_count", "valueString": "3"}), 400, "`_count` has a `valueInteger`"),
        (parameters({"name": "_count", "valueInteger": "3"}), 400, "`_count` has a `valueInteger`"),
        (parameters({"name": "_since", "valueDate": "2020-01-01"}), 400, "a `valueInstant`"),
        (parameters({"name": "_type", "valueUri": "Patient"}), 400, "`_type` has a `valueCode`"),
        ({"resourceType": "Parameters", "parameter": {}}, 400, "`parameter` is not a list"),
    ],
)
def test_a_body_that_is_not_right_is_refused(served: Served, body: Any, status: int, words: str) -> None:
    assert words in refused(served.http.post("Patient/1/$everything", json=body), status, "invalid")


def test_another_kind_of_body_is_refused(served: Served) -> None:
    answer = served.http.post("Patient/1/$everything", content=b"x", headers={"content-type": "text/plain"})
    assert "text/plain" in refused(answer, 415, "not-supported")
    answer = served.http.post("Patient/1/$everything", content=b"{", headers={"content-type": "application/json"})
    assert "not right JSON" in refused(answer, 400, "invalid")


def test_dates_of_care_bound_what_happened_and_not_the_patient(served: Served) -> None:
    person = busy(served)
    days = sorted(
        str(row[0])
        for table, _, column in TABLES.values()
        for row in rows(served.database, f"SELECT {column} FROM {SCHEMA}.{table} WHERE person_id = {person}")
    )
    middle = days[len(days) // 2]
    whole = names(served.walk(f"Patient/{person}/$everything"))
    before = names(served.walk(f"Patient/{person}/$everything?end={middle}"))
    after = names(served.walk(f"Patient/{person}/$everything?start={middle}"))
    for found in (before, after):
        assert found[0] == f"Patient/{person}"
        assert set(found) < set(whole)
    procedures = [each for each in clinical(served, person) if each.startswith("Procedure/")]
    late = rows(
        served.database,
        f"SELECT procedure_occurrence_id FROM {SCHEMA}.procedure_occurrence WHERE person_id = {person} "
        f"AND procedure_date > '{middle}'",
    )
    assert not {f"Procedure/{row[0]}" for row in late} & set(before)
    assert {f"Procedure/{row[0]}" for row in late} <= set(after)
    assert set(procedures) <= set(before) | set(after)


def test_of_all_patients_it_is_all_that_any_patient_has(served: Served) -> None:
    expected = {f"{type}/{row[0]}" for type, (table, key, _) in TABLES.items()
                for row in rows(served.database, f"SELECT {key} FROM {SCHEMA}.{table}")}  # fmt: skip
    expected |= {f"Patient/{row[0]}" for row in rows(served.database, f"SELECT person_id FROM {SCHEMA}.person")}
    found = names(served.walk("Patient/$everything?_count=1000"))
    assert len(found) == len(set(found))
    assert {each for each in found if each.split("/")[0] in ("Patient", *TABLES)} == expected
    assert {each.split("/")[0] for each in found} - {"Patient", *TABLES} == {"Practitioner", "Organization", "Location"}


def test_types_that_refer_to_nobody_and_types_that_are_not_there(served: Served) -> None:
    person = busy(served)
    only = names(served.walk(f"Patient/{person}/$everything?_type=Practitioner"))
    assert only
    assert all(each.startswith("Practitioner/") for each in only)
    assert "`Observation`" in served.refusal(f"Patient/{person}/$everything?_type=Observation", 400, "invalid")


def test_since_the_release_is_all_and_after_it_nothing(served: Served) -> None:
    assert names(served.walk("Patient/1/$everything?_since=2024-01-30T00:00:00Z")) == names(
        served.walk("Patient/1/$everything")
    )
    assert "entry" not in served.json("Patient/1/$everything?_since=2024-02-01")


def test_without_a_release_since_is_refused(serve: Serve) -> None:
    server = serve()
    execute(server.database, f"DELETE FROM {SCHEMA}.cdm_source")
    with running(server.database) as other:
        assert "`_since`" in other.refusal("Patient/1/$everything?_since=2020", 400, "not-supported")
        assert "`_lastUpdated`" in other.refusal("Patient?_lastUpdated=ge2020", 400, "not-supported")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Patient/0/$everything", 404, "not-found"),
        ("Patient/x/$everything", 404, "not-found"),
        ("Patient/x_y/$everything", 400, "invalid"),
        ("Patient/1/$everything?_sort=date", 400, "invalid"),
        ("Patient/1/$everything?start=2020&start=2021", 400, "invalid"),
        ("Patient/1/$everything?_since=x", 400, "invalid"),
        ("Encounter/1/$everything", 404, "not-found"),
    ],
)
def test_what_cannot_be_answered(served: Served, path: str, status: int, code: str) -> None:
    served.refusal(path, status, code)


def test_a_caller_bound_to_a_patient_sees_what_belongs_to_that_patient_and_nothing_else(served: Served) -> None:
    person = busy(served)

    class One:
        may_write = True

        async def grants(self, authorization: str | None) -> Grants:
            return Grants.reading("one", frozenset({"*"}), person)

    with running(served.database, access=One()) as server:
        own = names(server.walk("Patient/$everything"))
        assert own == names(served.walk(f"Patient/{person}/$everything"))
        assert own[: 1 + len(clinical(served, person))] == [f"Patient/{person}", *clinical(served, person)]
        server.refusal(f"Patient/{person + 1}/$everything", 404, "not-found")


def test_it_says_what_it_did(served: Served) -> None:
    bundle = served.json("Patient/1/$everything?start=2000&_type=Encounter&_pretty=true")
    assert bundle["type"] == "searchset"
    assert link(bundle, "self") == f"{served.base}/Patient/1/$everything?start=2000&_type=Encounter"
    assert served.json("Patient/1/$everything?_summary=count")["total"] == len(list(served.walk("Patient/1/$everything")))
