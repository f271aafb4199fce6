"""`--observation-period maintain`: the days of a person who came in through FHIR are an observation period of OMOP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from .server import JSON, Server, serving
from .test_reconcile import made, patient, procedure


@pytest.fixture(scope="module")
def keeping(postgres_url: str) -> Iterator[Server]:
    with serving(postgres_url, observation_period="maintain") as started:
        yield started


def on(day: str, subject: str) -> JSON:
    return procedure(subject) | {"performedDateTime": day}


def periods(server: Server, person: Any) -> list[tuple[date, date]]:
    sql = "SELECT observation_period_start_date AS a, observation_period_end_date AS b FROM cdm.observation_period"
    return [(each["a"], each["b"]) for each in server.rows(f"{sql} WHERE person_id = $1 ORDER BY 1", int(person))]


def test_a_period_is_made_and_widened(keeping: Server) -> None:
    own = made(keeping, patient("p-1"))
    subject = f"Patient/{own['id']}"
    assert periods(keeping, own["id"]) == []
    for day in ("2020-02-03", "2020-02-03", "2019-01-01", "2021-12-31", "2020-06-06"):
        made(keeping, on(day, subject))
    assert periods(keeping, own["id"]) == [(date(2019, 1, 1), date(2021, 12, 31))]


def test_a_bundle_of_a_patient(keeping: Server) -> None:
    entry: list[JSON] = [{"fullUrl": "urn:uuid:7b7a1f0e-0000-4000-8000-000000000001", "resource": patient("p-2"),
              "request": {"method": "POST", "url": "Patient"}}]
    entry += [{"resource": on(day, "urn:uuid:7b7a1f0e-0000-4000-8000-000000000001"),
               "request": {"method": "POST", "url": "Procedure"}} for day in ("2018-01-01", "2018-03-01")]
    answer = keeping.json("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entry})
    id = answer["entry"][0]["response"]["location"].split("/")[-3]
    assert periods(keeping, id) == [(date(2018, 1, 1), date(2018, 3, 1))]


def test_it_goes_with_the_person(keeping: Server) -> None:
    own = made(keeping, patient("p-3"))
    event = made(keeping, on("2020-02-03", f"Patient/{own['id']}"))
    keeping.ask("DELETE", f"Procedure/{event['id']}")
    assert keeping.ask("DELETE", f"Patient/{own['id']}").status_code == 204
    assert periods(keeping, own["id"]) == []


def test_persons_and_periods_of_an_etl_are_left_alone(keeping: Server) -> None:
    theirs = keeping.rows("SELECT min(person_id) AS id FROM cdm.person")[0]["id"]
    before = periods(keeping, theirs)
    made(keeping, on("1999-01-01", f"Patient/{theirs}"))
    assert periods(keeping, theirs) == before
    own = made(keeping, patient("p-4"))
    sql = "INSERT INTO cdm.observation_period VALUES (99999, $1, '2000-01-01', '2000-12-31', 32817)"
    keeping.rows(sql, int(own["id"]))
    made(keeping, on("2020-02-03", f"Patient/{own['id']}"))
    assert periods(keeping, own["id"]) == [(date(2000, 1, 1), date(2000, 12, 31))]


def test_at_the_same_time_there_is_still_one(keeping: Server) -> None:
    own = made(keeping, patient("p-5"))
    subject = f"Patient/{own['id']}"

    async def all_at_once() -> list[int]:
        sent = (keeping.send("POST", "Procedure", on(f"2020-02-{day:02}", subject)) for day in range(1, 9))
        return [answer.status_code for answer in await asyncio.gather(*sent)]

    assert keeping.runner.run(all_at_once()) == [201] * 8
    assert periods(keeping, own["id"]) == [(date(2020, 2, 1), date(2020, 2, 8))]


def test_by_default_there_is_none(lenient: Server) -> None:
    own = made(lenient, patient("p-6"))
    made(lenient, on("2020-02-03", f"Patient/{own['id']}"))
    assert periods(lenient, own["id"]) == []
