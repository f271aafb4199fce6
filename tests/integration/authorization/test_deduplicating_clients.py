"""Two interface engines at one server: what one sends again is not made again, for its registration says so; the other's is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from omop_fhir.store.authorization.access import STALE
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.integration.http.conftest import Served

from .server import JWKS, Smart, authorizing

SCOPE = "system/*.cruds"
SYSTEM = "http://hospital.example/mrn"
NUMBERS = count(1)


class Engine:
    """A backend service that was registered over HTTP."""

    def __init__(self, smart: Smart, id: str, scope: str = SCOPE, **given: Any) -> None:
        admin = smart.tokens(login="admin", scope="administer user/*.rs")["access_token"]
        told = {"client_id": id, "client_name": id, "token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS, "scope": scope}
        answer = smart.served.http.post(
            f"{smart.issuer}/auth/clients", json=told | given, headers={"authorization": f"Bearer {admin}"}
        )
        assert answer.status_code == 201, answer.text
        self.metadata = answer.json()
        self.served: Served = smart.served
        self.token = smart.service(smart.assertion(id), scope).json()["access_token"]

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self.served.send("POST", path, body, authorization=f"Bearer {self.token}", **headers)

    def twice(self, path: str, body: Any) -> list[int]:
        return [self.post(path, body).status_code for _ in range(2)]


def patient() -> dict[str, Any]:
    """Somebody with an identifier that nobody else has."""
    return {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": str(next(NUMBERS))}]}


def bundle(*resources: dict[str, Any], type: str = "transaction") -> dict[str, Any]:
    entries = [{"resource": each, "request": {"method": "POST", "url": each["resourceType"]}} for each in resources]
    return {"resourceType": "Bundle", "type": type, "entry": entries}


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["response"]["status"][:3] for each in answer.json()["entry"]]


@pytest.fixture(scope="module")
def engines(smart: Smart) -> tuple[Engine, Engine]:
    return Engine(smart, "once", deduplicates=True), Engine(smart, "twice")


def test_registration_says_it(engines: tuple[Engine, Engine]) -> None:
    assert [each.metadata["deduplicates"] for each in engines] == [True, False]


def test_one_sends_again_and_nothing_doubles(engines: tuple[Engine, Engine]) -> None:
    once, twice = engines
    sent = patient()
    first, again = once.post("Patient", sent), once.post("Patient", sent)
    assert [first.status_code, again.status_code] == [201, 200]
    assert (again.headers["location"], again.json()) == (first.headers["location"], first.json())
    assert twice.twice("Patient", patient()) == [201, 201]


def test_what_one_made_the_other_makes_again(engines: tuple[Engine, Engine]) -> None:
    once, twice = engines
    sent = patient()
    assert twice.post("Patient", sent).status_code == 201
    assert once.post("Patient", sent).status_code == 200
    assert twice.post("Patient", sent).status_code == 201
    assert once.post("Patient", sent).status_code == 412  # there are two by now, and nobody says which it is


@pytest.mark.parametrize("type", ["transaction", "batch"])
def test_bundles(engines: tuple[Engine, Engine], type: str) -> None:
    once, twice = engines
    sent, other = bundle(patient(), patient(), type=type), bundle(patient(), patient(), type=type)
    first, again = once.post("", sent), once.post("", sent)
    assert (statuses(first), statuses(again)) == (["201", "201"], ["200", "200"])
    places = [[each["response"]["location"] for each in answer.json()["entry"]] for answer in (first, again)]
    assert places[0] == places[1]
    assert [statuses(twice.post("", other)) for _ in range(2)] == [["201", "201"]] * 2


def test_within_one_bundle(engines: tuple[Engine, Engine]) -> None:
    once, twice = engines
    same, other = patient(), patient()
    answer = once.post("", bundle(same, same))
    assert statuses(answer) == ["201", "200"]
    assert len({each["response"]["location"] for each in answer.json()["entry"]}) == 1
    assert statuses(twice.post("", bundle(other, other))) == ["201", "201"]


def test_it_takes_the_right_to_search(smart: Smart) -> None:
    """Else an answer would tell who is there."""
    assert Engine(smart, "blind", "system/Patient.c", deduplicates=True).twice("Patient", patient()) == [403, 403]


@contextmanager
def _site(postgres_url: str, population: str, **given: Any) -> Iterator[Smart]:
    name = asyncio.run(create_database(postgres_url, template=population))
    with authorizing(database_url(postgres_url, name), **given) as made:
        yield made
    asyncio.run(drop_database(postgres_url, name))


def test_a_mapping_has_the_last_word(postgres_url: str, population: str, tmp_path: Path) -> None:
    """A site whose patients' identifiers are shared by families says so, whoever sends."""
    (tmp_path / "patient.yaml").write_text("write: {deduplicate: false}\n", encoding="utf-8")
    with _site(postgres_url, population, mappings=(tmp_path,)) as smart:
        once = Engine(smart, "once", deduplicates=True)
        assert once.twice("Patient", patient()) == [201, 201]
        place = {"resourceType": "Organization", "name": "x", "identifier": [{"system": SYSTEM, "value": "1"}]}
        assert once.twice("Organization", place) == [201, 200]


@pytest.mark.parametrize("wanted", [True, False])
def test_a_change_counts_for_tokens_that_are_out(smart: Smart, wanted: bool) -> None:
    engine = Engine(smart, f"changing-{wanted}", deduplicates=not wanted)
    assert engine.twice("Patient", patient()) == [201, 201 if wanted else 200]

    async def change(store: Any) -> None:
        await store.clients.deduplicate(await store.clients.named(f"changing-{wanted}"), wanted)

    smart.run(change)  # as the command does, beside the server, whose workers look for what they must forget
    until = monotonic() + STALE
    while engine.twice("Patient", patient()) != [201, 200 if wanted else 201]:
        assert monotonic() < until, "the token is served as before"
        sleep(0.1)
