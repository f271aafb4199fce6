"""A message that is sent again: plain creates are told what is there already, where the site or a mapping wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .server import JSON, Server, serving

NOTHING = {"extension": [{"url": "urn:why", "valueCode": "unknown"}]}
SYSTEM = "http://hospital.example/mrn"


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Server]:
    with serving(postgres_url, deduplicate=True) as started:
        yield started


def patient(*values: str, **more: Any) -> JSON:
    return {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": value} for value in values], **more}


def count(server: Server, value: str) -> int:
    return int(server.json("GET", f"Patient?identifier={SYSTEM}|{value}&_summary=count")["total"])


def bundle(*resources: JSON) -> JSON:
    entries = [{"fullUrl": f"urn:uuid:00000000-0000-4000-8000-00000000000{n}", "resource": each,
                "request": {"method": "POST", "url": each["resourceType"]}} for n, each in enumerate(resources)]  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_a_create_again_is_what_is_there(server: Server) -> None:
    first = server.ask("POST", "Patient", patient("1"))
    again = server.ask("POST", "Patient", patient("1", gender="male"))
    assert (first.status_code, again.status_code, count(server, "1")) == (201, 200, 1)
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
    told = server.ask("POST", "Patient", patient("1"), prefer="return=OperationOutcome").json()["issue"][0]["diagnostics"]
    assert told == f"Patient/{first.json()['id']} is so already"


def test_one_of_its_identifiers_is_enough(server: Server) -> None:
    own = server.json("POST", "Patient", patient("2"), status=201)
    assert server.json("POST", "Patient", patient("2b", "2"))["id"] == own["id"]
    assert server.ask("POST", "Patient", patient("2b")).status_code == 201
    several = server.ask("POST", "Patient", patient("2b", "2"))
    assert several.status_code == 412
    assert "several Patient have the identifiers" in several.text


def test_of_very_many_identifiers_one_is_enough(server: Server) -> None:
    own = server.json("POST", "Patient", patient("many-777"), status=201)
    found = server.json("POST", "Patient", patient(*(f"many-{number}" for number in range(1000))))
    assert found["id"] == own["id"]


@pytest.mark.parametrize("identifier", [{"value": "3"}, {"system": SYSTEM}, {"system": SYSTEM, "_value": NOTHING}])
def test_an_identifier_by_halves_is_none(server: Server, identifier: JSON) -> None:
    sent = {"resourceType": "Patient", "identifier": [identifier]}
    assert [server.ask("POST", "Patient", sent).status_code for _ in range(2)] == [201, 201]


@pytest.mark.parametrize("value", ["a|b", "a,b", "a$b", "a\\b", "ä&b=c#d+e %2C"])
def test_signs_that_mean_something_in_a_search(server: Server, value: str) -> None:
    assert [server.ask("POST", "Patient", patient(value)).status_code for _ in range(2)] == [201, 200]


@pytest.mark.parametrize("wrong", [[], "x", [None], [{"system": 1, "value": 2}], {"system": SYSTEM, "value": "1"}, [["x"]]])
def test_what_is_no_identifier_is_refused_as_ever(server: Server, wrong: Any) -> None:
    assert server.ask("POST", "Patient", {"resourceType": "Patient", "identifier": wrong}).status_code == 400


def test_at_the_same_time_only_one_is_made(server: Server) -> None:
    async def all_at_once() -> list[int]:
        answers = await asyncio.gather(*(server.send("POST", "Patient", patient("4", f"4-{n}")) for n in range(12)))
        return sorted(answer.status_code for answer in answers)

    assert server.runner.run(all_at_once()) == [200] * 11 + [201]


def test_a_bundle_sent_twice_adds_nothing(server: Server) -> None:
    subject = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}
    sent = bundle(
        patient("5"),
        {"resourceType": "Procedure", "status": "completed", "subject": subject, "performedDateTime": "2020-01-01",
         "identifier": [{"system": "urn:order", "value": "5"}]},
    )  # fmt: skip
    first, counts = server.json("POST", "", sent), server.counts()
    again = server.json("POST", "", sent)
    assert [[e["response"]["status"][:3] for e in each["entry"]] for each in (first, again)] == [["201", "201"], ["200", "200"]]
    assert [e["response"]["location"] for e in again["entry"]] == [e["response"]["location"] for e in first["entry"]]
    assert server.counts() == counts


def test_twice_in_one_bundle(server: Server) -> None:
    """Feeds repeat a patient before each order: all references lead to the one."""
    def order(number: int) -> JSON:
        subject = {"reference": f"urn:uuid:00000000-0000-4000-8000-00000000000{number}"}
        return {"resourceType": "Procedure", "status": "completed", "subject": subject, "performedDateTime": "2020-01-01"}

    made = server.json("POST", "", bundle(patient("6"), order(0), patient("6"), order(2)), prefer="return=representation")
    assert [e["response"]["status"][:3] for e in made["entry"]] == ["201", "201", "200", "201"]
    first, one, second, two = (e["resource"] for e in made["entry"])
    assert (first["id"], count(server, "6")) == (second["id"], 1)
    assert {each["subject"]["reference"] for each in (one, two)} == {f"Patient/{first['id']}"}


def test_only_where_it_is_wanted(postgres_url: str, tmp_path: Path) -> None:
    (tmp_path / "patient.yaml").write_text("write: {deduplicate: true}\n", encoding="utf-8")
    with serving(postgres_url, mappings=(tmp_path,)) as server:
        assert [server.ask("POST", "Patient", patient("1")).status_code for _ in range(2)] == [201, 200]
        place = {"resourceType": "Organization", "name": "x", "identifier": [{"system": SYSTEM, "value": "1"}]}
        assert [server.ask("POST", "Organization", place).status_code for _ in range(2)] == [201, 201]
