"""Every access leaves an event that says who did what to whose data, and nothing of the data."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from omop_fhir.auth.grants import ALL_LETTERS, ALL_TYPES, READING, Caller, Grants, Permission
from omop_fhir.observe import outlet
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.fixtures.waiting import until

from .conftest import Fixed, Served, rows, running

DOCTOR = Caller("app", account="8a6c", fhir_user="Practitioner/3", authorization="4d2b")
MARKER = "zebra9marker"
NEW_PATIENT = {"resourceType": "Patient", "name": [{"family": MARKER}], "gender": "female", "birthDate": "1970-01-02"}


def doctor(*permissions: Permission) -> Grants:
    return Grants("doctor", permissions or (Permission(ALL_TYPES, ALL_LETTERS),), caller=DOCTOR)


@pytest.fixture(scope="module")
def server(postgres_url: str, migrated: str) -> Iterator[Served]:
    """A server whose audit the tests of this file read."""
    name = asyncio.run(create_database(postgres_url, template=migrated))
    with running(database_url(postgres_url, name), access=Fixed(doctor()), audit_interval=0.05, delete_many=True) as server:
        yield server
    asyncio.run(drop_database(postgres_url, name))


def written(server: Served) -> None:
    """Wait until no event waits."""
    deadline = time.monotonic() + 10
    while server.facade.audit.waiting:
        assert time.monotonic() < deadline, "events are not written"
        time.sleep(0.01)


def events(server: Served, after: int = 0) -> list[dict[str, Any]]:
    written(server)
    query = f"SELECT event::text FROM omop_fhir.audit_event WHERE id > {after} AND kind NOT LIKE 'audit-%' ORDER BY id"
    return [json.loads(row[0]) for row in rows(server.database, query)]


def last(server: Served) -> int:
    written(server)
    return int(rows(server.database, "SELECT coalesce(max(id), 0) FROM omop_fhir.audit_event")[0][0])


Doing = Callable[[Served], Any]


def of(server: Served, do: Doing) -> list[dict[str, Any]]:
    """The events of what is done, without what is the same in all of them."""
    before, start = last(server), time.time_ns() // 1_000_000
    do(server)
    found = events(server, before)
    for event in found:
        assert start <= event.pop("at") <= time.time_ns() // 1_000_000
        assert (event.pop("client"), event.pop("account")) == ("app", "8a6c")
        assert (event.pop("user"), event.pop("authorization")) == ("Practitioner/3", "4d2b")
        assert event.pop("request")
        assert event.pop("address") == "127.0.0.1"
    return found


def get(path: str) -> Doing:
    return lambda server: server.get(path)


def done(kind: str, what: str = "", type: str | None = None, **more: str) -> dict[str, Any]:
    found = {"kind": kind, "outcome": "success", **({"what": what} if what else {}), **({"type": type} if type else {})}
    return found | more


def refused(kind: str, status: int, what: str = "", type: str | None = None, **more: str) -> dict[str, Any]:
    return done(kind, what, type, **more) | {"outcome": "refused", "reason": str(status)}


READS = [
    ("Patient/1", done("read", "Patient/1", "Patient")),
    ("Patient/9999999", refused("read", 404, "Patient/9999999", "Patient")),
    ("Procedure/257", done("read", "Procedure/257 Patient/1", "Procedure")),
    ("Practitioner/4", done("read", "Practitioner/4", "Practitioner")),
    ("Patient/1/_history", done("history-instance", "Patient/1", "Patient")),
    ("Nonsense/1", refused("read", 404)),
    ("Patient/Mary%20Smith", refused("read", 400, type="Patient")),
    ("Patient?_id=1,2&gender=female,male", done("search-type", "Patient/1 Patient/2", "Patient", parameters="_id gender")),
    ("Procedure?patient=1&code=nothing", done("search-type", "Patient/1", "Procedure", parameters="patient code")),
    ("Procedure?patient.family=x", done("search-type", type="Procedure", parameters="patient.family")),
    ("Patient?_id=1&_has:Procedure:patient:code=x", done("search-type", "Patient/1", "Patient",
                                                         parameters="_id _has:Procedure:patient:code")),
    (f"Patient?{MARKER}=1", refused("search-type", 400, type="Patient", parameters="?")),
    ("Patient?_id=1&_summary=count", done("search-type", "Patient/1", "Patient", parameters="_id _summary")),
    ("?_type=Patient&_id=1", done("search-system", "Patient/1", parameters="_type _id")),
    ("Patient/1/Procedure?_count=0", done("search-compartment", "Patient/1", "Procedure", parameters="_count")),
    ("Procedure?_id=257&_include=Procedure:patient", done("search-type", "Procedure/257 Patient/1", "Procedure",
                                                          parameters="_id _include")),
    ("_history?_since=2020-01-01", done("history-system", parameters="_since")),
]  # fmt: skip


@pytest.mark.parametrize(("path", "event"), READS, ids=[path for path, _ in READS])
def test_what_is_read_is_recorded(server: Served, path: str, event: dict[str, Any]) -> None:
    assert of(server, get(path)) == [event]


def test_everything_of_a_patient_names_all_that_was_shown(server: Served) -> None:
    shown: list[str] = []

    def fetch(server: Served) -> None:
        shown.extend(f"{each['resourceType']}/{each['id']}" for each in server.resources("Patient/1/$everything?_count=500"))

    (event,) = of(server, fetch)
    assert (event["kind"], event["parameters"]) == ("everything", "_count")
    assert len(shown) > 5
    assert set(event["what"].split()) == set(shown)


def test_a_further_page_is_an_event_of_its_own_and_names_the_search(server: Served) -> None:
    (first, second) = of(server, lambda server: list(server.walk("Practitioner?_id=3,4&_count=1")))
    assert (first["what"], second["what"]) == ("Practitioner/3", "Practitioner/4")
    assert first["parameters"] == second["parameters"] == "_id _count"


@pytest.mark.parametrize(
    ("sent", "kept"), [("0123456789abcdef", "0123456789abcdef"), ("Jane-Doe-1970", "sha256:c985a795c6631427")]
)
def test_a_request_goes_by_its_id_unless_that_could_name_somebody(server: Served, sent: str, kept: str) -> None:
    before = last(server)
    server.get("Patient/1", headers={"x-request-id": sent})
    (event,) = events(server, before)
    assert event["request"] == kept


def test_neither_metadata_nor_options_is_an_access(server: Served) -> None:
    assert of(server, get("metadata")) == []
    assert of(server, lambda server: server.http.request("OPTIONS", "Patient/1")) == []


def test_a_search_by_post_names_what_its_form_names(server: Served) -> None:
    post = lambda server: server.http.post("Patient/_search", data={"_id": "1"})  # noqa: E731
    assert of(server, post) == [done("search-type", "Patient/1", "Patient", parameters="_id")]


class TestWrites:
    def test_each_write_is_recorded_with_whose_it_is(self, server: Served) -> None:
        made: dict[str, str] = {}

        def create(server: Served) -> None:
            made["id"] = server.send("POST", "Patient", NEW_PATIENT).json()["id"]

        assert of(server, create) == [done("create", f"Patient/{made['id']}", "Patient")]
        path = f"Patient/{made['id']}"
        changed = {**NEW_PATIENT, "id": made["id"], "gender": "male"}
        assert of(server, lambda s: s.send("PUT", path, changed)) == [done("update", path, "Patient")]
        patch = [{"op": "replace", "path": "/gender", "value": "other"}]
        send = lambda s: s.send("PATCH", path, patch, content_type="application/json-patch+json")  # noqa: E731
        assert of(server, send) == [done("patch", path, "Patient")]
        procedure = {"resourceType": "Procedure", "status": "completed", "subject": {"reference": path},
                     "code": {"coding": [{"system": "http://snomed.info/sct", "code": "162676008"}]},
                     "performedDateTime": "2020-01-02"}  # fmt: skip
        (event,) = of(server, lambda s: made.update(of=s.send("POST", "Procedure", procedure).json()["id"]))
        assert event == done("create", f"Procedure/{made['of']} {path}", "Procedure")
        assert of(server, get(f"Procedure/{made['of']}")) == [done("read", f"Procedure/{made['of']} {path}", "Procedure")]
        assert of(server, get(f"Procedure/{made['of']}/_history/1")) == [
            done("vread", f"Procedure/{made['of']} {path}", "Procedure")
        ]
        assert of(server, lambda s: s.send("DELETE", f"Procedure/{made['of']}")) == [
            done("delete", f"Procedure/{made['of']} {path}", "Procedure")
        ]

    def test_the_patient_goes_by_the_id_that_a_client_gave(self, server: Served) -> None:
        server.send("PUT", "Patient/mary", {**NEW_PATIENT, "id": "mary"})
        encounter = {"resourceType": "Encounter", "id": "visit", "status": "finished", "subject": {"reference": "Patient/mary"},
                     "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                     "period": {"start": "2020-01-02", "end": "2020-01-02"}}  # fmt: skip
        assert of(server, lambda s: s.send("PUT", "Encounter/visit", encounter)) == [
            done("update", "Encounter/visit Patient/mary", "Encounter")
        ]
        assert of(server, get("Encounter?_id=visit")) == [
            done("search-type", "Encounter/visit Patient/mary", "Encounter", parameters="_id")
        ]

    def test_what_is_refused_is_recorded_though_nothing_is_written(self, server: Served) -> None:
        bad = {**NEW_PATIENT, "gender": MARKER}
        assert of(server, lambda s: s.send("POST", "Patient", bad)) == [refused("create", 400, type="Patient")]
        assert of(server, lambda s: s.send("DELETE", "Patient/1")) == [refused("delete", 405, "Patient/1", "Patient")]

    def test_each_entry_of_a_batch_has_its_event_and_the_batch_one(self, server: Served) -> None:
        entries = [
            {"request": {"method": "GET", "url": "Patient/1"}},
            {"request": {"method": "GET", "url": "Patient/9999999"}},
            {"request": {"method": "POST", "url": "Patient"}, "resource": {**NEW_PATIENT, "id": "no"}},
            {"request": {"method": "DELETE", "url": "Patient/2"}},
        ]
        found = of(server, lambda s: s.send("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries}))
        created = next(each for each in found if each["kind"] == "create")
        expected = [
            done("read", "Patient/1", "Patient"), refused("read", 404, "Patient/9999999", "Patient"),
            done("create", created["what"], "Patient"), refused("delete", 405, "Patient/2", "Patient"), done("batch"),
        ]  # fmt: skip
        assert len(found) == len(expected)
        assert all(each in found for each in expected)

    def test_a_transaction_that_fails_leaves_one_event(self, server: Served) -> None:
        entries = [
            {"request": {"method": "POST", "url": "Patient"}, "resource": NEW_PATIENT},
            {"request": {"method": "DELETE", "url": "Patient/2"}},
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        assert of(server, lambda s: s.send("POST", "", bundle)) == [refused("transaction", 405)]

    def test_a_conditional_delete_of_several_names_each(self, server: Served) -> None:
        for _ in range(2):
            server.send("POST", "Patient", {**NEW_PATIENT, "identifier": [{"system": "urn:x", "value": "twice"}]})
        found = of(server, lambda s: s.send("DELETE", "Patient?identifier=urn:x|twice"))
        assert [event["kind"] for event in found] == ["delete", "delete"]
        assert len({event["what"] for event in found}) == 2

    def test_a_conditional_create_that_finds_one_says_which(self, server: Served) -> None:
        identified = {**NEW_PATIENT, "identifier": [{"system": "urn:x", "value": "once"}]}
        made = server.send("POST", "Patient", identified).json()["id"]
        found = of(server, lambda s: s.send("POST", "Patient", identified, if_none_exist="identifier=urn:x|once"))
        assert found == [done("create", f"Patient/{made}", "Patient")]

    def test_a_validation_is_an_access_too(self, server: Served) -> None:
        found = of(server, lambda s: s.send("POST", "Patient/mary/$validate?mode=delete"))
        assert found == [done("validate", "Patient/mary", "Patient")]


def test_what_the_grants_do_not_allow_is_recorded(server: Served) -> None:
    access: Any = server.app.state.context.access
    try:
        access.current = doctor(Permission("Condition", READING))
        assert of(server, get("Patient/1")) == [refused("read", 403, "Patient/1", "Patient")]
        assert of(server, get("Patient?_id=1")) == [refused("search-type", 403, "Patient/1", "Patient", parameters="_id")]
        access.current = doctor(Permission("Patient", READING, patient=2))
        assert of(server, get("Patient/1")) == [refused("read", 404, "Patient/1", "Patient")]
    finally:
        access.current = doctor()


def test_who_has_no_token_is_recorded_as_nobody(postgres_url: str, migrated_copy: Callable[[], str], tmp_path: Any) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("t" * 40)
    with running(migrated_copy(), open=False, access_token_file=tokens, audit_interval=0.05) as server:
        server.get("Patient/1")
        server.get("Patient/1", headers={"authorization": "Bearer " + "x" * 40})
        server.get("Patient/1", headers={"authorization": "Bearer " + "t" * 40})
        found = [(e["outcome"], e.get("reason"), e["client"], e["what"]) for e in events(server)]
        text = "\n".join(row[0] for row in rows(server.database, "SELECT event::text FROM omop_fhir.audit_event"))
    assert found[:2] == [("refused", "401", "anonymous", "Patient/1")] * 2
    assert found[2][:2] == ("success", None)
    assert found[2][2].startswith("token ")
    assert "tttt" not in text
    assert "xxxx" not in text


def test_a_glass_that_was_broken_shows_in_each_access(server: Served) -> None:
    access: Any = server.app.state.context.access
    try:
        caller = Caller("app", account="8a6c", fhir_user="Practitioner/3", authorization="4d2b", emergency="found unconscious")
        access.current = Grants("doctor", (Permission(ALL_TYPES, ALL_LETTERS),), caller=caller)
        assert of(server, get("Patient/1")) == [done("read", "Patient/1", "Patient") | {"emergency": True}]
    finally:
        access.current = doctor()


def test_nothing_of_a_resource_or_of_a_value_searched_for_is_told(server: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for path in ("Patient?family=@", "Patient?identifier=@", "Patient?name:exact=@", "Procedure?patient.family=@",
                     "Patient?_sort=@", "@/1", "Patient?@=x"):  # fmt: skip
            server.get(path.replace("@", MARKER))
        server.send("POST", "Patient", {**NEW_PATIENT, MARKER: MARKER})
        written(server)
    assert rows(server.database, f"SELECT event FROM omop_fhir.audit_event WHERE event::text ILIKE '%{MARKER}%'") == []
    assert not [each for each in caplog.records if each.name.startswith("omop_fhir") and MARKER in each.getMessage()]


def test_without_an_own_schema_events_go_to_the_log(copy: Callable[[], str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "omop_fhir.audit"), running(copy(), audit_interval=0.05) as server:
        server.get("Patient/1")
        written(server)
    found = [json.loads(record.getMessage()) for record in caplog.records if record.name == "omop_fhir.audit"]
    assert [(event["kind"], event.get("what")) for event in found] == [
        ("audit-start", None), ("read", "Patient/1"), ("audit-stop", None)
    ]  # fmt: skip


def test_what_a_log_that_nobody_reads_cannot_take_is_not_done(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(served.database, audit_interval=0.05, audit_queue=3) as server:
        assert server.get("Patient/1").status_code == 200
        with monkeypatch.context() as stuck:
            stuck.setattr(outlet, "LIMIT", 0)
            until(lambda: server.get("Patient/1").status_code == 503)
            assert "cannot be audited" in server.refusal("Patient/1", 503, "transient")
        until(lambda: server.get("Patient/1").status_code == 200)
