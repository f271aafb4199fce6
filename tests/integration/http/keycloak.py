"""A Keycloak for the tests, out of its distribution, with a realm as docs/smart.md describes it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

ADMIN = token_urlsafe()
APP = "http://127.0.0.1/app/"
SECRET = token_urlsafe()
PASSWORD = token_urlsafe()
SCOPES = ("patient/*.rs", "user/*.rs", "system/*.rs")


@dataclass(frozen=True)
class Keycloak:
    """The realm `fhir`."""

    root: str
    http: httpx.Client

    @property
    def issuer(self) -> str:
        return f"{self.root}/realms/fhir"

    def administer(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the administration for something of the realm."""
        form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": ADMIN}
        token = self.http.post(f"{self.root}/realms/master/protocol/openid-connect/token", data=form).json()["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        answer = self.http.request(method, f"{self.root}/admin/realms{path}", json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def signed_in(self, user: str, scope: str) -> Mapping[str, str]:
        """The token answer of an app that a user signs in to, by code and PKCE."""
        verifier = token_urlsafe(48)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"response_type": "code", "client_id": "app", "redirect_uri": APP, "scope": f"openid {scope}", "state": "s",
                 "code_challenge": challenge, "code_challenge_method": "S256"}  # fmt: skip
        page = httpx.get(f"{self.issuer}/protocol/openid-connect/auth", params=asked)
        found = re.search(r'action="([^"]+)"', page.text)
        assert found is not None, page.text
        cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())  # Secure; a browser trusts this machine
        credentials = {"username": user, "password": PASSWORD}
        answer = httpx.post(unescape(found[1]), data=credentials, headers={"cookie": cookies})
        assert answer.status_code == 302, answer.text
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        return self._token(grant_type="authorization_code", code=code, redirect_uri=APP, client_id="app", code_verifier=verifier)

    def backend(self) -> str:
        """The access token of a client without a user."""
        asked = {"grant_type": "client_credentials", "client_id": "backend", "client_secret": SECRET, "scope": "system/*.rs"}
        return self._token(**asked)["access_token"]

    def revoke(self, token: str) -> None:
        """Take back an access token."""
        answer = self.http.post(f"{self.issuer}/protocol/openid-connect/revoke", data={"token": token, "client_id": "app"})
        assert answer.status_code == 200, answer.text

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        config = {"priority": ["1000"], "algorithm": ["RS256"]}
        self.administer("POST", "/fhir/components", {"name": "newer", "providerId": "rsa-generated",
                        "providerType": "org.keycloak.keys.KeyProvider", "config": config})  # fmt: skip

    def _token(self, **form: str) -> Mapping[str, str]:
        answer = self.http.post(f"{self.issuer}/protocol/openid-connect/token", data=form)
        assert answer.status_code == 200, answer.text
        found: Mapping[str, str] = answer.json()
        return found


@contextmanager
def keycloak(distribution: Path, audience: str) -> Iterator[Keycloak]:
    """A Keycloak that runs as long as the context, its data in memory; its access tokens are for `audience`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN}
    command = [distribution / "bin" / "kc.sh", "start-dev", "--db=dev-mem", "--http-host=127.0.0.1", f"--http-port={port}"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            with httpx.Client(timeout=30) as http:
                found = Keycloak(f"http://127.0.0.1:{port}", http)
                _await(found)
                _fill(found, audience)
                yield found
        finally:
            process.terminate()


def _await(keycloak: Keycloak, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if keycloak.http.get(f"{keycloak.root}/realms/master").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError("Keycloak does not start")


def _fill(keycloak: Keycloak, audience: str) -> None:
    """The realm: scopes with their names in SMART, the server as audience, a patient and two who are none, clients."""
    mappers = [
        _mapper("audience", "oidc-audience-mapper", {"included.custom.audience": audience}),
        *(_mapper(name, "oidc-usermodel-attribute-mapper", {"user.attribute": name, "claim.name": name})
          for name in ("patient", "fhirUser")),
    ]  # fmt: skip
    app = {"clientId": "app", "publicClient": True, "redirectUris": [APP], "attributes": {"pkce.code.challenge.method": "S256"},
           "protocolMappers": mappers}  # fmt: skip
    backend = {"clientId": "backend", "secret": SECRET, "serviceAccountsEnabled": True, "standardFlowEnabled": False,
               "protocolMappers": mappers}  # fmt: skip
    keycloak.administer("POST", "", {
        "realm": "fhir", "enabled": True, "roles": {"realm": [{"name": "Doctor"}, {"name": "Patient"}]},
        "clients": [app, backend, {"clientId": "resource", "secret": SECRET}],
    })  # fmt: skip
    for name in SCOPES:
        told = {"include.in.token.scope": "true"}
        keycloak.administer("POST", "/fhir/client-scopes", {"name": name, "protocol": "openid-connect", "attributes": told})
    made = {each["name"]: each["id"] for each in keycloak.administer("GET", "/fhir/client-scopes")}
    for client in keycloak.administer("GET", "/fhir/clients"):
        if client["clientId"] in ("app", "backend"):
            for name in SCOPES:
                keycloak.administer("PUT", f"/fhir/clients/{client['id']}/optional-client-scopes/{made[name]}", {})
    profile = keycloak.administer("GET", "/fhir/users/profile")
    keycloak.administer("PUT", "/fhir/users/profile", profile | {"unmanagedAttributePolicy": "ENABLED"})
    roles = {each["name"]: each for each in keycloak.administer("GET", "/fhir/roles")}
    people: tuple[tuple[str, dict[str, list[str]], str | None], ...] = (
        ("mary", {"patient": ["1"], "fhirUser": ["Patient/1"]}, "Patient"),
        ("doctor", {"fhirUser": ["Practitioner/1"]}, "Doctor"),
        ("visitor", {}, None),
    )
    for name, attributes, role in people:
        _add_user(keycloak, name, attributes, roles.get(role or ""))


def _mapper(name: str, kind: str, config: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind,
            "config": {"access.token.claim": "true", "jsonType.label": "String", **config}}  # fmt: skip


def _add_user(keycloak: Keycloak, name: str, attributes: Mapping[str, list[str]], role: Any) -> None:
    keycloak.administer("POST", "/fhir/users", {
        "username": name, "enabled": True, "email": f"{name}@example.org", "emailVerified": True, "firstName": name,
        "lastName": name, "attributes": attributes, "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
    })  # fmt: skip
    (user,) = keycloak.administer("GET", f"/fhir/users?username={name}&exact=true")
    if role is not None:
        keycloak.administer("POST", f"/fhir/users/{user['id']}/role-mappings/realm", [role])
