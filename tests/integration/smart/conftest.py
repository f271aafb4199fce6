"""A server that authorizes, over generated persons, with accounts of several roles and a few apps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from omop_fhir.auth.audit import Event
from omop_fhir.auth.client import Client, new_client
from omop_fhir.auth.pkce import create_s256_code_challenge
from omop_fhir.auth.role import Person
from omop_fhir.config import Settings
from omop_fhir.errors import Unavailable
from omop_fhir.store.authorization.store import AuthorizationStore, opened
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.integration.http.conftest import Served, execute, migrated, running, template

from .browser import Browser, Left, Page

__all__ = ["migrated", "template"]

SECRET = "a secret key for the tests, of 32+"
PASSWORD = "correct horse battery"
REDIRECT = "https://app.example.org/back"
MARKUP = "<b onclick=alert(1)>&\"'</b>"
SCOPE = (
    "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access administer"
    " patient/*.cruds user/*.cruds"
)


@dataclass(frozen=True)
class Smart:
    """The running server, and what it knows."""

    served: Served
    settings: Settings
    opened: ExitStack

    @property
    def root(self) -> str:
        return self.served.base.removesuffix("/fhir")

    def browser(self, **given: Any) -> Browser:
        """Somebody's browser, in which nobody has signed in."""
        browser = Browser(self.root, **given)
        self.opened.enter_context(browser.http)
        return browser

    def keep(self, work: Callable[[AuthorizationStore], Any]) -> Any:
        """What the store says, asked beside the server as a command does."""

        async def ask() -> Any:
            async with opened(self.settings, SECRET) as store:
                return await work(store)

        return asyncio.run(ask())


class App:
    """An app: what it asks for, and what it does with the answer."""

    def __init__(self, smart: Smart, client: str = "app", redirect_uri: str = REDIRECT) -> None:
        self.smart = smart
        self.client = client
        self.redirect_uri = redirect_uri
        self.verifier = token_urlsafe(48)
        self.state = token_urlsafe(8)

    def parameters(self, scope: str = "launch/patient patient/*.rs", **other: str) -> dict[str, str]:
        """A right request; a parameter given as "" is left out."""
        given = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": self.state,
            "aud": self.smart.served.base,
            "code_challenge": create_s256_code_challenge(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (given | other).items() if value}

    def url(self, scope: str = "launch/patient patient/*.rs", **other: str) -> str:
        return f"/auth/authorize?{urlencode(self.parameters(scope, **other))}"

    def token(self, answer: Page | Left, **other: str) -> httpx.Response:
        """The token endpoint's answer to the code that came back."""
        assert isinstance(answer, Left), answer
        assert answer.query["state"] == self.state
        form = {
            "grant_type": "authorization_code",
            "code": answer.query["code"],
            "redirect_uri": self.redirect_uri,
            "client_id": self.client,
            "code_verifier": self.verifier,
        }
        return httpx.post(f"{self.smart.root}/auth/token", data=form | other)

    def granted(self, answer: Page | Left) -> dict[str, Any]:
        """The token answer, which must be one."""
        token = self.token(answer)
        assert token.status_code == 200, token.text
        body: dict[str, Any] = token.json()
        return body

    def read(self, token: dict[str, Any], path: str) -> httpx.Response:
        """A FHIR request with the token."""
        return httpx.get(f"{self.smart.served.base}/{path}", headers={"authorization": f"Bearer {token['access_token']}"})


def clients() -> Iterator[Client]:
    yield new_client("app", "Growth chart", "public", SCOPE, [REDIRECT], launch_uri="https://app.example.org/launch")
    yield new_client("other", "Other app", "public", SCOPE, ["https://other.example.org/back"])
    yield new_client("markup", MARKUP, "public", SCOPE, [REDIRECT])
    yield new_client("native", "App on a phone", "public", SCOPE, ["org.example.app:/back"])


async def fill(store: AuthorizationStore) -> None:
    for login, name, role, person in (
        ("doctor", "Ada Doctor", "Doctor", Person("Practitioner/1")),
        ("nurse", "Nina Nurse", "Nurse", Person("Practitioner/2", "1")),
        ("desk", "Rita Desk", "Receptionist", Person(None, "1")),
        ("patient", "Pat Ient", "Patient", Person("Patient/1")),
        ("markup", MARKUP, "Doctor", Person("Practitioner/1")),
        ("admin", "Adam Admin", "Admin", Person()),
    ):
        await store.accounts.create(login, name, PASSWORD, [role], person)
    for client in clients():
        await store.clients.register(client)


@pytest.fixture(scope="session")
def smart(postgres_url: str, migrated: str, quick_passwords: None) -> Iterator[Smart]:
    """The server; patient 2 has markup for an identifier."""
    name = asyncio.run(create_database(postgres_url, template=migrated))
    url = database_url(postgres_url, name)
    execute(url, f"UPDATE cdm.person SET person_source_value = $${MARKUP}$$ WHERE person_id = 2")
    settings = Settings(database_url=url, pool_size=2)

    async def prepare() -> None:
        async with opened(settings, SECRET) as store:
            await fill(store)

    asyncio.run(prepare())
    with running(url, open=False, secret_key=SECRET, sample_app=True) as served, ExitStack() as stack:
        yield Smart(served, settings, stack)
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
def app(smart: Smart) -> App:
    return App(smart)


@pytest.fixture
def browser(smart: Smart) -> Browser:
    return smart.browser()


@dataclass
class Recorder:
    """Keeps the events, or cannot."""

    events: list[Event] = field(default_factory=list)
    is_away: bool = False

    def record(self, event: Event) -> None:
        self.events.append(event)

    def check(self) -> None:
        if self.is_away:
            raise Unavailable("nothing can be recorded just now")

    def told(self) -> list[tuple[str, str, str | None]]:
        return [(event.kind, event.outcome, event.reason) for event in self.events]


@pytest.fixture
def recorder(smart: Smart) -> Iterator[Recorder]:
    context = smart.served.app.state.context
    before, made = context.audit, Recorder()
    object.__setattr__(context, "audit", made)
    yield made
    object.__setattr__(context, "audit", before)
