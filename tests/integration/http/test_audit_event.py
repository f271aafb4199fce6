"""The audit as AuditEvent: valid R4, searched by the parameters that are claimed, by those who administer, by nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from omop_fhir.auth.audit import Event, Kind, Occasion, Outcome
from omop_fhir.auth.grants import ALL_LETTERS, ALL_TYPES, Caller, Grants, Permission
from omop_fhir.mapping.audit import MEANINGS
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.validation.witnesses import WITNESSES

from .conftest import Fixed, Served, execute, link, refused, running
from .test_audit import written

DOCTOR = Caller("app", account="8a6c", fhir_user="Practitioner/3", authorization="4d2b3f10-0000-4000-8000-000000000001")
PATIENT = Caller("portal", account="77aa", fhir_user="Patient/5")
EVERYTHING = (Permission(ALL_TYPES, ALL_LETTERS),)
ADMIN = Grants("admin", EVERYTHING, caller=Caller("console", account="ad01"), administers=True)
NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
HOUR = 3_600_000


def event(hour: int, kind: Kind, caller: Caller = DOCTOR, outcome: Outcome = "success", **more: Any) -> Event:
    return Event(kind, caller, outcome, at=NOON + hour * HOUR, **more)


EVENTS = (
    event(0, "read", type="Patient", resources=("Patient/1",), occasion=Occasion("r-0", "192.0.2.7")),
    event(1, "search-type", type="Condition", resources=("Condition/7", "Condition/8"), patients=(1, 2),
          parameters=("code", "_sort")),
    event(2, "update", type="Encounter", resources=("Encounter/9",), patients=(2,)),
    event(3, "read", PATIENT, type="Patient", resources=("Patient/5",)),
    event(4, "sign-in", Caller("pages"), "refused", reason="wrong-password"),
    event(5, "emergency", replace(DOCTOR, emergency="found unconscious")),
    event(6, "read", replace(DOCTOR, emergency="found unconscious"), resources=("Patient/1",)),
    event(7, "read", DOCTOR, "failed", reason="503"),
    event(8, "token"),
)  # fmt: skip


@pytest.fixture(scope="module")
def server(postgres_url: str, migrated: str) -> Iterator[Served]:
    """A server with the events above; what is done to it is after them."""
    name = asyncio.run(create_database(postgres_url, template=migrated))
    with running(database_url(postgres_url, name), access=Fixed(ADMIN), audit_interval=0.05) as server:
        server.get("metadata")
        written(server)
        for each in EVENTS:
            server.facade.audit.record(each)
        server.get("Patient/1")  # a request wakes the loop of the server, whose thread this is not
        written(server)
        yield server
    asyncio.run(drop_database(postgres_url, name))


def hours(server: Served, query: str) -> list[int]:
    """Which of the events a search finds: the hours after noon of the first of January."""
    found = server.resources(f"AuditEvent?_count=200&date=lt2026-01-02&{query}")
    return [int(each["recorded"][11:13]) - 12 for each in found]


SEARCHES = [
    ("", [0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ("_sort=-date", [8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ("_sort=outcome,-date", [8, 6, 5, 3, 2, 1, 0, 4, 7]),
    ("patient=1", [0, 1, 6]),
    ("patient=Patient/2", [1, 2]),
    ("patient:Patient=2", [1, 2]),
    ("patient=http://127.0.0.1/fhir/Patient/2", []),
    ("patient=5", [3]),
    ("patient=Practitioner/3", []),
    ("entity=Condition/7", [1]),
    ("entity=Encounter/9,Condition/8", [1, 2]),
    ("entity=Patient/5", [3]),
    ("agent=Practitioner/3", [0, 1, 2, 5, 6, 7, 8]),
    ("agent=Practitioner/3&patient=2", [1, 2]),
    ("agent=3", [0, 1, 2, 5, 6, 7, 8]),
    ("agent=Patient/5", [3]),
    ("agent:missing=true", [4]),
    ("altid=8a6c&outcome=0", [0, 1, 2, 5, 6, 8]),
    ("altid=77aa", [3]),
    ("action=R", [0, 3, 6, 7]),
    ("action=U", [2]),
    ("action=http://hl7.org/fhir/audit-event-action|E", [1, 4, 5, 8]),
    ("action=urn:other|E", []),
    ("outcome=4", [4]),
    ("outcome=8,4", [4, 7]),
    ("outcome:not=0", [4, 7]),
    ("type=rest", [0, 1, 2, 3, 6, 7]),
    ("type=http://dicom.nema.org/resources/ontology/DCM|110114", [4, 8]),
    ("type=http://dicom.nema.org/resources/ontology/DCM|", [4, 5, 8]),
    ("subtype=read", [0, 3, 6, 7]),
    ("subtype=110122", [4]),
    ("subtype=token", [8]),
    ("subtype=emergency,sign-in", [4, 5]),
    ("policy=urn:uuid:4d2b3f10-0000-4000-8000-000000000001&outcome=8", [7]),
    ("policy=urn:uuid:none", []),
    ("address=192.0.2.7", [0]),
    ("address:exact=192.0.2.7", [0]),
    ("date=ge2026-01-01T17:00:00Z", [5, 6, 7, 8]),
    ("date=2026-01-01T14:00:00Z", [2]),
    ("date=lt2026-01-01T14:00:00Z", [0, 1]),
    ("date=2026-01-01T15:00:00%2B01:00", [2]),
    ("_lastUpdated=gt2026-01-01T19:00:00Z", [8]),
]


@pytest.mark.parametrize(("query", "found"), SEARCHES, ids=[query for query, _ in SEARCHES])
def test_each_parameter_finds_what_it_means(server: Served, query: str, found: list[int]) -> None:
    assert hours(server, query) == found


def test_a_day_is_one_of_the_site(server: Served) -> None:
    everywhere = server.json("AuditEvent?date=2026-01-01&_summary=count")["total"]
    assert everywhere == len(EVENTS)
    assert server.json("AuditEvent?date=2025-12-31&_summary=count")["total"] == 0


def test_an_event_is_shown_whole(server: Served) -> None:
    (resource,) = server.resources("AuditEvent?entity=Condition/7")
    assert resource.pop("id")
    code = {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "2"}
    role = "http://terminology.hl7.org/CodeSystem/object-role"

    def touched(reference: str) -> dict[str, Any]:
        return {"what": {"reference": reference}, "type": code, "role": {"system": role, "code": "4"}}

    def patient(reference: str) -> dict[str, Any]:
        return {"what": {"reference": reference}, "type": {**code, "code": "1"}, "role": {"system": role, "code": "1"}}

    assert resource == {
        "resourceType": "AuditEvent",
        "meta": {"versionId": "1", "lastUpdated": "2026-01-01T13:00:00.000Z"},
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "search-type"}],
        "action": "E",
        "recorded": "2026-01-01T13:00:00.000Z",
        "outcome": "0",
        "agent": [
            {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/extra-security-role-type",
                                  "code": "humanuser"}]},
             "who": {"reference": "Practitioner/3"}, "altId": "8a6c", "requestor": True,
             "policy": ["urn:uuid:4d2b3f10-0000-4000-8000-000000000001"]},
            {"type": {"coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110150"}]},
             "who": {"display": "app"}, "name": "app", "requestor": False},
        ],
        "source": {"observer": {"display": "omop-fhir"},
                   "type": [{"system": "http://terminology.hl7.org/CodeSystem/security-source-type", "code": "4"}]},
        "entity": [
            touched("Condition/7"), touched("Condition/8"), patient("Patient/1"), patient("Patient/2"),
            {"type": code, "role": {"system": role, "code": "24"},
             "detail": [{"type": "parameter", "valueString": "code"}, {"type": "parameter", "valueString": "_sort"}]},
        ],
    }  # fmt: skip


def test_the_reason_of_an_emergency_is_shown_where_it_was_given(server: Served) -> None:
    purpose = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG", "display": "break the glass"}
    (given,) = server.resources("AuditEvent?subtype=emergency")
    assert given["purposeOfEvent"] == [{"coding": [purpose], "text": "found unconscious"}]
    (read,) = server.resources("AuditEvent?date=2026-01-01T18:00:00Z")
    assert read["purposeOfEvent"] == [{"coding": [purpose]}]


def test_every_kind_of_event_is_valid(server: Served) -> None:
    for kind in MEANINGS:
        server.facade.audit.record(Event(kind, DOCTOR, "refused", "404", "Patient", ("Patient/1",), (1,), ("code",)))  # type: ignore[arg-type]
    server.get("Patient/1")
    written(server)
    found = list(server.walk("AuditEvent?_count=20"))
    assert len(found) > len(MEANINGS) + len(EVENTS)
    for resource in found:
        assert {name: witness(resource) for name, witness in WITNESSES.items() if witness(resource)} == {}, resource


def test_a_read_and_its_conditions(server: Served) -> None:
    (resource,) = server.resources("AuditEvent?entity=Condition/7")
    answer = server.get(f"AuditEvent/{resource['id']}")
    assert (answer.json(), answer.headers["etag"], answer.headers["last-modified"]) == (
        resource, 'W/"1"', "Thu, 01 Jan 2026 13:00:00 GMT"
    )  # fmt: skip
    assert server.get(f"AuditEvent/{resource['id']}", headers={"if-none-match": 'W/"1"'}).status_code == 304
    assert server.refusal("AuditEvent/999999999", 404, "not-found") == "AuditEvent/999999999 was not found"
    part = server.json(f"AuditEvent/{resource['id']}?_elements=recorded")
    assert set(part) == {"resourceType", "id", "meta", "type", "recorded", "agent", "source"}


def test_pages_lead_through_all_events_and_back(server: Served) -> None:
    first = server.json("AuditEvent?date=lt2026-01-02&_sort=-date&_count=4")
    second = server.json(link(first, "next") or "")
    third = server.json(link(second, "next") or "")
    ids = [entry["resource"]["id"] for page in (first, second, third) for entry in page["entry"]]
    assert len(set(ids)) == len(EVENTS)
    assert link(third, "next") is None
    assert server.json(link(second, "previous") or "")["entry"] == first["entry"]


def test_a_search_by_post_and_a_total(server: Served) -> None:
    answer = server.http.post("AuditEvent/_search", data={"patient": "2", "date": "2026-01-01", "_total": "accurate"})
    assert (answer.status_code, answer.json()["total"]) == (200, 2)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("AuditEvent?entity=7", 400, "not-supported"),
        ("AuditEvent?_include=AuditEvent:patient", 400, "not-supported"),
        ("AuditEvent?_has:Provenance:target:agent=x", 400, "invalid"),
        ("AuditEvent?agent-name=x", 400, "not-supported"),
        ("AuditEvent?nonsense=x", 400, "invalid"),
        ("AuditEvent/1/_history", 404, "not-found"),
        ("AuditEvent/x/y", 404, "not-found"),
        ("Encounter/1/AuditEvent", 404, "not-found"),
        ("Patient/1/AuditEvent/_history", 404, "not-found"),
        ("Patient?_has:AuditEvent:patient:type=rest", 400, "invalid"),
        ("Patient?_revinclude=AuditEvent:patient", 400, "invalid"),
        ("?_type=AuditEvent", 400, "invalid"),
    ],
)
def test_nothing_else_leads_to_events_or_away_from_them(server: Served, path: str, status: int, code: str) -> None:
    answer = server.get(path)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (status, code), answer.text


@pytest.mark.parametrize(("name", "parameter"), [("Patient", "patient"), ("Practitioner", "agent")])
def test_the_events_of_a_compartment_are_those_of_its_parameter(server: Served, name: str, parameter: str) -> None:
    found = server.resources(f"{name}/1/AuditEvent?_count=100&date=lt2026-01-02")
    assert found == server.resources(f"AuditEvent?{parameter}={name}/1&_count=100&date=lt2026-01-02")
    posted = server.http.post(f"{name}/1/AuditEvent/_search", data={"_count": "100", "date": "lt2026-01-02"})
    assert [entry["resource"] for entry in posted.json().get("entry", ())] == found


def test_a_chain_ends_at_the_event(server: Served) -> None:
    assert server.resources("AuditEvent?patient.gender=female") == []


def test_everything_of_a_patient_holds_no_events(server: Served) -> None:
    assert "AuditEvent" not in {each["resourceType"] for each in server.walk("Patient/1/$everything")}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_nobody_writes_events(server: Served, method: str) -> None:
    path = "AuditEvent" if method == "POST" else "AuditEvent/1"
    assert server.send(method, path, {"resourceType": "AuditEvent"}).status_code == 405


@pytest.mark.parametrize("path", ["AuditEvent", "AuditEvent/1", "AuditEvent?patient=5", "AuditEvent/x/y"])
@pytest.mark.parametrize("caller", [DOCTOR, PATIENT], ids=["doctor", "patient"])
def test_who_does_not_administer_learns_nothing(server: Served, path: str, caller: Caller) -> None:
    access: Any = server.app.state.context.access
    try:
        access.current = Grants("other", EVERYTHING, caller=caller)
        refused(server.get(path), 403, "forbidden")
        refused(server.http.post("AuditEvent/_search", data={"_count": "1"}), 403, "forbidden")
    finally:
        access.current = ADMIN


def test_a_link_to_a_page_is_good_for_nobody_else(server: Served) -> None:
    page = link(server.json("AuditEvent?_count=1"), "next") or ""
    access: Any = server.app.state.context.access
    try:
        access.current = replace(ADMIN, holder="another")
        assert server.get(page).status_code == 400
    finally:
        access.current = ADMIN


def test_reading_the_audit_is_audited(server: Served) -> None:
    (resource,) = server.resources("AuditEvent?entity=Condition/7")
    written(server)
    (newest,) = server.resources("AuditEvent?altid=ad01&type=rest&_sort=-date&_count=1")
    assert newest["entity"][0]["what"] == {"reference": f"AuditEvent/{resource['id']}"}


class TestClaims:
    def claim(self, server: Served) -> dict[str, Any] | None:
        resources = server.json("metadata")["rest"][0]["resource"]
        return next((each for each in resources if each["type"] == "AuditEvent"), None)

    def test_what_is_served_is_claimed(self, server: Served) -> None:
        claim = self.claim(server)
        assert claim is not None
        assert [each["code"] for each in claim["interaction"]] == ["read", "search-type"]
        assert {each["name"] for each in claim["searchParam"]} == {
            "_id", "_lastUpdated", "action", "address", "agent", "altid", "date", "entity", "outcome", "patient", "policy",
            "subtype", "type",
        }  # fmt: skip
        assert "searchInclude" not in claim
        assert claim["versioning"] == "no-version"

    def test_without_an_own_schema_nothing_is(self, served: Served) -> None:
        assert self.claim(served) is None
        served.refusal("AuditEvent", 404, "not-found")

    def test_where_nobody_administers_nothing_is(self, server: Served, tmp_path: Any) -> None:
        tokens = tmp_path / "tokens"
        tokens.write_text("t" * 40)
        with running(server.database, open=False, access_token_file=tokens) as guarded:
            assert self.claim(guarded) is None
            refused(guarded.get("AuditEvent", headers={"authorization": "Bearer " + "t" * 40}), 403, "forbidden")


def test_many_events_are_found_along_indexes(server: Served) -> None:
    execute(
        server.database,
        """INSERT INTO omop_fhir.audit_event (event)
           SELECT jsonb_build_object('at', 1500000000000 + n * 1000, 'kind', 'read', 'outcome', 'success', 'client', 'app',
                                     'user', 'Practitioner/' || n % 50, 'what', 'Patient/' || 1000 + n % 2000)
           FROM generate_series(1, 40000) n""",
        "ANALYZE omop_fhir.audit_event",
    )
    queries = ("patient=1017", "patient=1017&_sort=-date", "agent=Practitioner/7&_sort=-date", "_sort=-date", "date=2026-01-01")
    with running(server.database, access=Fixed(ADMIN), explain=True) as explaining:
        for query in queries:
            assert explaining.json(f"AuditEvent?{query}&_count=5")["entry"]
            told = explaining.get(f"AuditEvent?{query}&_count=5&_explain=true").text
            assert "Index Scan" in told, query
            assert "Seq Scan" not in told, query
