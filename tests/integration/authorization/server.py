"""A running server that authorizes, and what a test needs to act as an app, a service, a user's browser or a thief."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from omop_fhir.auth.assertion import TYPE
from omop_fhir.auth.client import new_client
from omop_fhir.auth.role import Person
from omop_fhir.auth.scope import parse_scopes
from omop_fhir.config import Settings
from omop_fhir.store.authorization.accounts import Account
from omop_fhir.store.authorization.authorizations import Grant
from omop_fhir.store.authorization.store import AuthorizationStore, opened
from tests.integration.http.conftest import Served, running

from .conftest import CHALLENGE, PASSWORD, REDIRECT, SECRET, VERIFIER

T = TypeVar("T")

EVERYTHING = (
    "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access administer"
    " patient/*.cruds user/*.cruds"
)
CLINICAL = "openid fhirUser launch/patient offline_access patient/*.rs"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-384", {"kid": "ec"})
JWKS = {"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]}


@dataclass
class Smart:
    """The server, and accounts and clients in it."""

    served: Served
    settings: Settings
    secrets: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.served.base.removesuffix("/fhir")

    def run(self, work: Callable[[AuthorizationStore], Awaitable[T]]) -> T:
        """Do something with the store, as another worker would."""

        async def connected() -> T:
            async with opened(self.settings, SECRET) as store:
                return await work(store)

        return asyncio.run(connected())

    def post(self, path: str, form: Any, **options: Any) -> httpx.Response:
        """A form to an endpoint."""
        return self.served.http.post(f"{self.issuer}{path}", data=form, **options)

    def code(self, client: str, login: str = "house", scope: str = CLINICAL, **given: Any) -> str:
        """The code that the user's consent gives."""
        grant = Grant(client, parse_scopes(scope), 3600.0, self.accounts[login].id, **given)
        return self.run(lambda store: store.authorizations.grant(grant, REDIRECT, CHALLENGE))

    def redeem(self, code: str, client: str = "app", **given: Any) -> httpx.Response:
        """The answer to a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        options = {"auth": (client, self.secrets[client])} if client in self.secrets else {}
        proof = {} if options else {"client_id": client}
        return self.post("/auth/token", {**form, **proof, **given}, **options)

    def tokens(self, client: str = "app", login: str = "house", scope: str = CLINICAL, **given: Any) -> dict[str, Any]:
        """The token answer of a whole authorization."""
        answer = self.redeem(self.code(client, login, scope, **given), client)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def refresh(self, token: str, client: str = "app", **given: str) -> httpx.Response:
        """The answer to a refresh token."""
        options = {"auth": (client, self.secrets[client])} if client in self.secrets else {}
        proof = {} if options else {"client_id": client}
        return self.post("/auth/token", {"grant_type": "refresh_token", "refresh_token": token, **proof, **given}, **options)

    def assertion(self, client: str = "service", key: Any = RSA, alg: str = "RS384", header: Any = None, **claims: Any) -> str:
        """A signed client assertion; claims that are None are left out."""
        now = int(time())
        given = {"iss": client, "sub": client, "aud": f"{self.issuer}/auth/token", "exp": now + 240, "jti": uuid4().hex} | claims
        head = {"alg": alg, "kid": key.kid, "typ": "JWT"} | (header or {})
        told = ({name: value for name, value in each.items() if value is not None} for each in (head, given))
        return jwt.encode(*told, key, algorithms=[alg])

    def service(self, assertion: str | None = None, scope: str = "system/*.rs", **given: str) -> httpx.Response:
        """The answer to a backend service."""
        form = {"grant_type": "client_credentials", "scope": scope, "client_assertion_type": TYPE}
        return self.post("/auth/token", {**form, "client_assertion": assertion or self.assertion(), **given})

    def get(self, path: str, token: str) -> httpx.Response:
        """A FHIR request with a token."""
        return self.served.get(path, headers={"authorization": f"Bearer {token}"})

    def introspect(self, token: str, client: str = "resource-server") -> dict[str, Any]:
        """What the introspection endpoint says."""
        answer = self.post("/auth/introspect", {"token": token}, auth=(client, self.secrets[client]))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


async def _populate(store: AuthorizationStore, smart: Smart) -> None:
    people = [
        ("house", "Doctor", Person("Practitioner/1")),
        ("admin", "Admin", Person()),
        ("patient", "Patient", Person("Patient/1")),
        ("pharmacist", "Pharmacist", Person("Practitioner/2")),
    ]
    for login, role, person in people:
        smart.accounts[login] = await store.accounts.create(login, f"The {login}", PASSWORD, [role], person)
    clients = [
        new_client("app", "A public app", "public", EVERYTHING, [REDIRECT]),
        new_client("other", "Another app", "public", EVERYTHING, [REDIRECT]),
        new_client("site", "A site", "secret", EVERYTHING, [REDIRECT]),
        new_client("signing", "A site that signs", "key", EVERYTHING, [REDIRECT], jwks=JWKS),
        new_client("service", "A service", "key", "system/*.rs system/Observation.cruds", jwks=JWKS),
        new_client("narrow", "Another service", "key", "system/Observation.rs", jwks=JWKS),
        new_client("resource-server", "A resource server", "secret", "", introspects=True),
    ]
    for client in clients:
        _, secret = await store.clients.register(client)
        if secret:
            smart.secrets[client.id] = secret


@contextmanager
def authorizing(database: str, **given: Any) -> Iterator[Smart]:
    """A server that authorizes, over a migrated database with nobody in it."""
    with running(database, open=False, secret_key=SECRET, **given) as served:
        smart = Smart(served, Settings(database_url=database))
        smart.run(lambda store: _populate(store, smart))
        yield smart
