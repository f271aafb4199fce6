"""What the CapabilityStatement claims of writes and histories is done, and what it does not claim is refused."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from omop_fhir.cli import main
from omop_fhir.validate import validate

from .conftest import OWN_SCHEMA, SCHEMA, Served, execute, refused, running

VALIDATE = {"name": "validate", "definition": "http://hl7.org/fhir/OperationDefinition/Resource-validate"}
READS = ["read", "search-type"]
HISTORIES = ["read", "vread", "history-instance", "history-type", "search-type"]
ALL = ["read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"]
SAMPLES: dict[str, dict[str, Any]] = {
    "Condition": {"subject": {"reference": "Patient/1"}, "code": {"text": "x"}},
    "Encounter": {
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": "Patient/1"},
        "period": {"start": "2020-01-01", "end": "2020-01-02"},
    },
    "Location": {"name": "x"},
    "MedicationStatement": {
        "status": "unknown",
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": {"text": "x"},
    },
    "Organization": {"name": "x"},
    "Patient": {"gender": "female", "birthDate": "1950-02-03"},
    "Practitioner": {"gender": "female"},
    "Procedure": {"status": "completed", "subject": {"reference": "Patient/1"}, "performedDateTime": "2020-01-01"},
}
TYPES = tuple(SAMPLES)


def rest(served: Served) -> dict[str, Any]:
    statement = served.json("metadata")
    assert validate(statement) == []
    (found,) = statement["rest"]
    return dict(found)


def claims(served: Served, type: str) -> dict[str, Any]:
    return next(each for each in rest(served)["resource"] if each["type"] == type)


def codes(claimed: dict[str, Any]) -> list[str]:
    return [each["code"] for each in claimed["interaction"]]


def sample(type: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": type, **SAMPLES[type], **more}


class TestWritable:
    def test_the_server_claims_bundles_and_its_history(self, writable: Served) -> None:
        assert codes(rest(writable)) == ["transaction", "batch", "search-system", "history-system"]
        statement = writable.json("metadata")
        assert statement["patchFormat"] == ["application/json-patch+json", "application/fhir+json"]
        assert writable.get("_history").status_code == 200
        for kind in ("transaction", "batch"):
            bundle = {"resourceType": "Bundle", "type": kind}
            assert writable.send("POST", "/", bundle).json() == {"resourceType": "Bundle", "type": f"{kind}-response"}

    @pytest.mark.parametrize("type", TYPES)
    def test_each_type_claims_all(self, writable: Served, type: str) -> None:
        claimed = claims(writable, type)
        assert codes(claimed) == ALL
        assert {name: claimed[name] for name in ("versioning", "readHistory", "updateCreate", "referencePolicy")} == {
            "versioning": "versioned-update",
            "readHistory": True,
            "updateCreate": True,
            "referencePolicy": ["literal", "logical", "enforced"],
        }
        assert [claimed[f"conditional{each}"] for each in ("Create", "Read", "Update", "Delete")] == [
            True, "full-support", True, "single",
        ]  # fmt: skip
        assert VALIDATE in claimed["operation"]

    @pytest.mark.parametrize("type", TYPES)
    def test_each_interaction_is_done(self, writable: Served, type: str) -> None:
        made = writable.send("POST", type, sample(type, language="en"))
        assert made.status_code == 201, made.text
        id = made.json()["id"]
        found = writable.send("POST", type, sample(type), if_none_exist=f"_id={id}")
        assert (found.status_code, found.json()["id"]) == (200, id)
        updated = writable.send("PUT", f"{type}/{id}", sample(type, id=id, language="de"), if_match='W/"1"')
        assert (updated.status_code, updated.headers["etag"]) == (200, 'W/"2"'), updated.text
        by_condition = writable.send("PUT", f"{type}?_id={id}", sample(type, language="fr"))
        assert (by_condition.status_code, by_condition.headers["etag"]) == (200, 'W/"3"'), by_condition.text
        patches: list[tuple[str, Any]] = [
            ("application/json-patch+json", [{"op": "replace", "path": "/language", "value": "it"}]),
            ("application/fhir+json", parameters(type, "language", "es")),
        ]
        for format, patch in patches:
            patched = writable.send("PATCH", f"{type}/{id}", patch, content_type=format)
            assert patched.status_code == 200, patched.text
        assert patched.json()["language"] == "es"
        assert len(writable.json(f"{type}/{id}/_history")["entry"]) == 5
        assert len(writable.json(f"{type}/_history?_count=5")["entry"]) == 5
        assert writable.json(f"{type}/{id}/_history/4")["language"] == "it"
        assert writable.send("POST", f"{type}/$validate", sample(type)).status_code == 200
        assert writable.send("DELETE", f"{type}?_id={id}").status_code == 204
        assert writable.get(f"{type}/{id}").status_code == 410
        named = writable.send("PUT", f"{type}/made-by-{type}", sample(type, id=f"made-by-{type}"))
        assert (named.status_code, named.json()["id"]) == (201, f"made-by-{type}"), named.text
        assert writable.send("DELETE", f"{type}/made-by-{type}").status_code == 204

    def test_of_several_matches_none_is_deleted_as_claimed(self, writable: Served) -> None:
        for _ in range(2):
            writable.send("POST", "Patient", sample("Patient", identifier=[{"system": "urn:s", "value": "several"}]))
        answer = writable.send("DELETE", "Patient?identifier=urn:s|several")
        assert "several Patient" in refused(answer, 412, "conflict")

    def test_by_setting_several_are_deleted_at_once(self, writable: Served) -> None:
        with running(writable.database, delete_many=True) as server:
            assert claims(server, "Patient")["conditionalDelete"] == "multiple"
            for _ in range(2):
                server.send("POST", "Patient", sample("Patient", identifier=[{"system": "urn:s", "value": "many"}]))
            assert server.send("DELETE", "Patient?identifier=urn:s|many").status_code == 204
            assert server.json("Patient?identifier=urn:s|many&_summary=count")["total"] == 0

    @pytest.mark.parametrize(
        ("path", "allow"),
        [
            ("", "GET, HEAD, POST, OPTIONS"),
            ("metadata", "GET, HEAD, OPTIONS"),
            ("Patient", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            ("Patient/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
            ("Patient/1/_history", "GET, HEAD, OPTIONS"),
            ("Patient/1/_history/1", "GET, HEAD, OPTIONS"),
            ("Patient/_history", "GET, HEAD, OPTIONS"),
            ("_history", "GET, HEAD, OPTIONS"),
            ("Patient/$validate", "POST, OPTIONS"),
            ("Patient/1/$validate", "POST, GET, HEAD, OPTIONS"),
            ("Patient/1/$everything", "GET, HEAD, POST, OPTIONS"),
            ("Patient/_search", "POST, OPTIONS"),
        ],
    )
    def test_each_path_tells_its_methods(self, writable: Served, path: str, allow: str) -> None:
        answer = writable.http.options(path)
        assert (answer.status_code, answer.headers["allow"]) == (204, allow)
        other = writable.http.request("PROPFIND", path)
        refused(other, 405, "not-supported")
        assert other.headers["allow"] == allow


def parameters(type: str, name: str, value: str) -> dict[str, Any]:
    """A FHIRPath Patch that replaces a code."""
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": f"{type}.{name}"},
        {"name": "value", "valueCode": value},
    ]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}


def check_nothing_is_written(served: Served, type: str) -> None:
    """Every write is 405 with an outcome that says why."""
    body = sample(type, id="x")
    for method, path in (
        ("POST", type), ("PUT", f"{type}/x"), ("PUT", f"{type}?_id=x"), ("PATCH", f"{type}/x"), ("PATCH", f"{type}?_id=x"),
        ("DELETE", f"{type}/x"), ("DELETE", f"{type}?_id=x"), ("POST", f"{type}/$validate"),
    ):  # fmt: skip
        answer = served.send(method, path, body)
        words = refused(answer, 405, "not-supported")
        assert "nothing can be written" in words or f"{type} is only read here" in words, words
        assert answer.headers["allow"].startswith("GET, HEAD")
    entry = {"resource": body, "request": {"method": "PUT", "url": f"{type}/x"}}
    batch = served.send("POST", "/", {"resourceType": "Bundle", "type": "batch", "entry": [entry]}).json()
    assert batch["entry"][0]["response"]["status"].startswith("405")
    transaction = served.send("POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    refused(transaction, 405, "not-supported")


def check_reads_only(served: Served, interactions: list[str]) -> None:
    """Nothing of writes is claimed, and nothing written."""
    assert "patchFormat" not in served.json("metadata")
    assert "transaction" not in codes(rest(served))
    for type in TYPES:
        claimed = claims(served, type)
        assert codes(claimed) == interactions
        assert claimed["versioning"] == ("versioned" if "vread" in interactions else "no-version")
        assert claimed["readHistory"] == ("vread" in interactions)
        assert [claimed[each] for each in ("updateCreate", "conditionalCreate", "conditionalUpdate")] == [False] * 3
        assert claimed["conditionalDelete"] == "not-supported"
        assert VALIDATE not in claimed.get("operation", ())
    check_nothing_is_written(served, "Patient")
    check_nothing_is_written(served, "Procedure")
    assert served.http.options("Patient/1").headers["allow"] == "GET, HEAD, OPTIONS"


class TestReadOnly:
    def test_without_the_own_schema(self, served: Served) -> None:
        check_reads_only(served, READS)

    def test_by_setting_what_was_written_is_still_read(self, writable: Served) -> None:
        writable.send("PUT", "Patient/kept", sample("Patient", id="kept"))
        with running(writable.database, read_only=True) as server:
            check_reads_only(server, HISTORIES)
            assert server.json("Patient/kept") == writable.json("Patient/kept")
            assert len(server.json("Patient/kept/_history")["entry"]) == 1
            assert len(server.json("_history?_count=1")["entry"]) == 1

    def test_while_the_own_schema_is_of_another_version(self, migrated_copy: Callable[[], str]) -> None:
        database = migrated_copy()
        execute(database, f"UPDATE {OWN_SCHEMA}.migration SET checksum = 'other' WHERE version = 1")
        with running(database) as server:
            check_reads_only(server, READS)


class TestRole:
    @pytest.fixture
    def database(self, migrated_copy: Callable[[], str]) -> Iterator[str]:
        """A database with the role `narrow`, which may read all and write nothing."""
        url = migrated_copy()
        execute(
            url,
            "DROP ROLE IF EXISTS narrow",
            "CREATE ROLE narrow LOGIN PASSWORD 'narrow'",
            *(f"GRANT USAGE ON SCHEMA {schema} TO narrow" for schema in (SCHEMA, OWN_SCHEMA)),
            *(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO narrow" for schema in (SCHEMA, OWN_SCHEMA)),
        )
        yield url
        execute(url, "DROP OWNED BY narrow", "DROP ROLE narrow")

    def as_narrow(self, url: str) -> str:
        """The same URL for the role."""
        parts = urlsplit(url)
        return parts._replace(netloc=f"narrow:narrow@{parts.netloc.rpartition('@')[2]}").geturl()

    def test_a_role_that_may_not_write_reads_only_until_it_may(
        self, database: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING), running(self.as_narrow(database), refresh_interval=0.1) as server:
            check_reads_only(server, HISTORIES)
            told = [record for record in caplog.records if "may not write" in record.getMessage()]
            assert len(told) == 1
            execute(
                database,
                *(f"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {each} TO narrow" for each in (SCHEMA, OWN_SCHEMA)),
                f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {OWN_SCHEMA} TO narrow",
            )
            wait_for(lambda: codes(claims(server, "Patient")) == ALL)
            assert server.send("POST", "Patient", sample("Patient")).status_code == 201

    def test_a_command_does_not_speak_of_it(self, database: str, caplog: pytest.LogCaptureFixture) -> None:
        given = ["explain", "Patient?_id=1", "--database-url", self.as_narrow(database), "--cdm-schema", SCHEMA]
        with caplog.at_level(logging.WARNING):
            assert CliRunner().invoke(main, given).exit_code == 0
        assert caplog.records == []

    def test_a_table_that_it_may_not_write_to_leaves_its_type_read_only(self, database: str) -> None:
        execute(
            database,
            *(f"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {each} TO narrow" for each in (SCHEMA, OWN_SCHEMA)),
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {OWN_SCHEMA} TO narrow",
            f"REVOKE INSERT ON {SCHEMA}.visit_occurrence FROM narrow",
        )
        with running(self.as_narrow(database)) as server:
            assert codes(claims(server, "Encounter")) == HISTORIES
            check_nothing_is_written(server, "Encounter")
            assert codes(claims(server, "Patient")) == ALL

    def test_a_row_that_it_may_not_write_is_named(self, database: str) -> None:
        execute(
            database,
            *(f"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {each} TO narrow" for each in (SCHEMA, OWN_SCHEMA)),
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {OWN_SCHEMA} TO narrow",
            f"REVOKE INSERT ON {SCHEMA}.measurement FROM narrow",
        )
        sodium = {"coding": [{"system": "http://loinc.org", "code": "2947-0"}]}
        with running(self.as_narrow(database)) as server:
            answer = server.send("POST", "Procedure", sample("Procedure", code=sodium))
            assert answer.status_code == 422, answer.text
            assert "permission denied for table measurement" in answer.json()["issue"][0]["diagnostics"]
            assert server.send("POST", "Procedure", sample("Procedure")).status_code == 201


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait for what a change of the database brings about; at most ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_where_tokens_only_read_no_write_is_claimed(writable: Served, tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("a" * 40)
    with running(writable.database, open=False, access_token_file=file, own_schema=OWN_SCHEMA) as server:
        assert codes(claims(server, "Patient")) == HISTORIES
        answer = server.http.post("Patient", json=sample("Patient"), headers={"authorization": f"Bearer {'a' * 40}"})
        assert answer.status_code == 403, answer.text
