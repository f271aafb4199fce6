"""A server that believes a real Keycloak: its configuration, keys, tokens and introspection, as they are.

Where Keycloak comes from: `OMOP_FHIR_TEST_KEYCLOAK` names the folder of an unpacked distribution (from Maven Central,
`org.keycloak:keycloak-quarkus-dist`, a zip); it needs Java 17 or later.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .conftest import Served, running
from .keycloak import SECRET, Keycloak, keycloak

BASE = "https://fhir.example.org/fhir"
SETTINGS = {"base_url": BASE, "open": False, "roles_claim": "realm_access.roles"}
DISTRIBUTION = os.environ.get("OMOP_FHIR_TEST_KEYCLOAK")

pytestmark = [
    pytest.mark.skipif(not DISTRIBUTION, reason="OMOP_FHIR_TEST_KEYCLOAK names no Keycloak"),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java to run Keycloak with"),
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Keycloak]:
    with keycloak(Path(DISTRIBUTION or ""), BASE) as found:
        yield found


@pytest.fixture(scope="module")
def server(served: Served, issuer: Keycloak) -> Iterator[Served]:
    with running(served.database, issuer=issuer.issuer, **SETTINGS) as found:
        yield found


def get(served: Served, path: str, token: str) -> httpx.Response:
    return served.get(path, headers={"authorization": f"Bearer {token}"})


def test_apps_are_sent_to_it(server: Served, issuer: Keycloak) -> None:
    get(server, "Patient/1", issuer.signed_in("mary", "patient/*.rs")["access_token"])
    told = server.json(".well-known/smart-configuration")
    endpoints = f"{issuer.issuer}/protocol/openid-connect"
    assert (told["issuer"], told["authorization_endpoint"], told["token_endpoint"]) == (
        issuer.issuer, f"{endpoints}/auth", f"{endpoints}/token"
    )  # fmt: skip


def test_a_patient_who_signs_in_sees_the_own_record_alone(server: Served, issuer: Keycloak) -> None:
    token = issuer.signed_in("mary", "patient/*.rs")["access_token"]
    assert get(server, "Patient/1", token).status_code == 200
    assert get(server, "Patient/2", token).status_code == 404
    found = get(server, "Condition", token).json()["entry"]
    assert {entry["resource"]["subject"]["reference"] for entry in found} == {"Patient/1"}


def test_what_the_app_did_not_ask_for_it_may_not_do(server: Served, issuer: Keycloak) -> None:
    token = issuer.signed_in("mary", "")["access_token"]
    assert get(server, "Patient/1", token).status_code == 403


def test_a_role_opens_what_it_is_for_and_nobody_else_anything(server: Served, issuer: Keycloak) -> None:
    doctor = issuer.signed_in("doctor", "user/*.rs")["access_token"]
    assert len(get(server, "Patient?_count=5", doctor).json()["entry"]) == 5
    visitor = issuer.signed_in("visitor", "user/*.rs")["access_token"]
    assert get(server, "Patient", visitor).status_code == 403


def test_a_client_without_a_user(server: Served, issuer: Keycloak) -> None:
    assert len(get(server, "Patient?_count=5", issuer.backend()).json()["entry"]) == 5


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_other_tokens_open_nothing(server: Served, issuer: Keycloak, kind: str) -> None:
    answer = get(server, "Patient/1", issuer.signed_in("mary", "patient/*.rs")[kind])
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_new_key_is_known_at_once(server: Served, issuer: Keycloak) -> None:
    before = issuer.signed_in("mary", "patient/*.rs")["access_token"]
    assert get(server, "Patient/1", before).status_code == 200
    issuer.rotate()
    after = issuer.signed_in("mary", "patient/*.rs")["access_token"]
    assert after.split(".")[0] != before.split(".")[0]
    assert get(server, "Patient/1", after).status_code == 200


def test_it_is_asked_what_a_token_says(served: Served, issuer: Keycloak, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    asking = SETTINGS | {"introspection_client": "resource", "introspection_secret_file": secret}
    with running(served.database, issuer=issuer.issuer, **asking) as server:
        token = issuer.signed_in("mary", "patient/*.rs")["access_token"]
        assert get(server, "Patient/1", token).status_code == 200
        assert get(server, "Patient/2", token).status_code == 404
        revoked = issuer.signed_in("mary", "patient/*.rs")["access_token"]
        issuer.revoke(revoked)
        assert get(server, "Patient/1", revoked).status_code == 401
