"""What grants cost: the same page for somebody who may see all, and for somebody who is bound to a patient or a care site.

Alone: `python -m benchmarks.scoped` writes docs/benchmarks-scoped.md. One server in this process, asked without a socket; both
callers take turns batch by batch, each batch over the same patients, so that a busy moment falls on both.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from omop_fhir.app import create_app
from omop_fhir.auth.grants import ALL_TYPES, ANYONE, READING, Grants, Pairs, Permission
from omop_fhir.config import Settings
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.embedded import EmbeddedPostgres
from omop_fhir.store.migrate import migrate

from . import machine

PERSONS = 2000
ROUNDS = 21
BATCH = 40
GOAL = 1.1
FILE = Path(__file__).parents[1] / "docs" / "benchmarks-scoped.md"

PATIENTS = {
    "read of the Patient": "Patient/{patient}",
    "read of an Encounter": "Encounter/{encounter}",
    "Encounters of the patient": "Encounter?patient={patient}",
    "Procedures of the patient, newest first": "Procedure?patient={patient}&_sort=-date",
    "Conditions of the patient, counted": "Condition?patient={patient}&_total=accurate",
    "Encounters that a chain finds": "Encounter?patient.gender=female&patient={patient}",
    "Encounters with the Practitioners included": "Encounter?patient={patient}&_include=Encounter:practitioner",
    "`$everything` but places": "Patient/{patient}/$everything?_type=Patient,Encounter,Condition,Procedure,MedicationStatement",
}
"""What is asked by somebody with `patient/*.rs`."""
SITE = {
    "a page of 50 Patients": "Patient?organization={site}",
    "Encounters of a patient": "Encounter?patient={patient}",
    "read of an Encounter": "Encounter/{encounter}",
    "a page of 50 Encounters of the care site's patients, asked for by a chain": "Encounter?patient.organization={site}",
    "a page of 50 Encounters": "Encounter",
    "Encounters of a year, newest first": "Encounter?date=2020&_sort=-date",
}
"""What is asked by somebody with `user/*.rs` for one care site."""


class Turns:
    """Whoever asks next has these grants."""

    may_write = True
    current = ANYONE

    async def grants(self, authorization: str | None) -> Grants:
        """The grants set last."""
        return self.current


class Server:
    """The application in this process."""

    def __init__(self, database: str) -> None:
        self.turns = Turns()
        self.app = create_app(Settings(database, "cdm", open=True, time_zone=ZoneInfo("UTC")))
        object.__setattr__(self.app.state.context, "access", self.turns)

    async def ask(self, path: str, grants: Grants) -> bytes:
        """The body of an answer, which must be 200."""
        self.turns.current = grants
        plain, _, query = path.partition("?")
        sent: list[Any] = []
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": "",
            "path": f"/fhir/{plain}", "raw_path": f"/fhir/{plain}".encode(), "query_string": query.encode(),
            "headers": [(b"accept", b"application/fhir+json")], "server": ("b", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, _receive, send)
        body = b"".join(each.get("body", b"") for each in sent[1:])
        if sent[0]["status"] != 200:
            raise SystemExit(f"{path}: {body.decode()}")
        return body


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def main() -> None:
    """Measure, and write the page."""
    begun = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average {machine.load()}"
    with EmbeddedPostgres.start() as database:
        await generate_database(database.url, schema="cdm", persons=PERSONS, awkward=False)
        await migrate(database.url, "omop_fhir")
        server = Server(database.url)
        async with server.app.router.lifespan_context(server.app):
            people = await _people(database.url)
            rows = [await _measured(server, what, path, people, "patient") for what, path in PATIENTS.items()]
            rows += [await _measured(server, what, path, people, "site") for what, path in SITE.items()]
    FILE.write_text(_page(begun, rows), "utf-8")
    print("\n".join(rows))


async def _people(url: str) -> list[dict[str, int]]:
    """Patients with a visit, and the care site of each."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
    try:
        found = await connection.fetch(
            "SELECT p.person_id AS patient, p.care_site_id AS site, min(v.visit_occurrence_id) AS encounter FROM cdm.person p"
            " JOIN cdm.visit_occurrence v USING (person_id) WHERE p.care_site_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1"
        )
    finally:
        await connection.close()
    return [dict(record) for record in found]


def _bound(person: Mapping[str, int], to: str) -> Grants:
    among: Pairs = () if to == "patient" else (("organization", str(person["site"])),)
    return Grants("bound", (Permission(ALL_TYPES, READING, person["patient"] if to == "patient" else None, among),))


async def _measured(server: Server, what: str, path: str, people: list[dict[str, int]], to: str) -> str:
    """A row of the table."""
    choose, ratios, alone = Random(1), [], []  # noqa: S311
    await _batch(server, path, people[:BATCH], None)
    await _batch(server, path, people[:BATCH], to)
    gc.collect()
    for round in range(ROUNDS):
        batch = choose.sample(people, BATCH)
        took = {}
        for bound in ((None, to), (to, None))[round % 2]:
            took[bound] = await _batch(server, path, batch, bound)
        ratios.append(took[to] / took[None])
        alone.append(took[None] / BATCH * 1e6)
    low, _, high = quantiles(ratios, n=4)
    grants = "`patient/*.rs`" if to == "patient" else "`user/*.rs`, own care site"
    judged = "reached" if median(ratios) <= GOAL else "missed"
    if not await _is_same(server, path, people[:BATCH], to):
        judged += ", by other resources"
    return f"| {grants} | {what} | {median(alone):,.0f} | {median(ratios):.2f} [{low:.2f}, {high:.2f}] | {judged} |"


async def _is_same(server: Server, path: str, people: list[dict[str, int]], to: str) -> bool:
    """Are the same resources found for both?"""
    for person in people:
        asked = path.format(**person)
        if _found(await server.ask(asked, ANYONE)) != _found(await server.ask(asked, _bound(person, to))):
            return False
    return True


def _found(body: bytes) -> list[tuple[str, str]]:
    answer = orjson.loads(body)
    resources = [entry["resource"] for entry in answer.get("entry", ())] if answer["resourceType"] == "Bundle" else [answer]
    return [(resource["resourceType"], resource["id"]) for resource in resources]


async def _batch(server: Server, path: str, people: list[dict[str, int]], to: str | None) -> float:
    """Seconds for one request about each person."""
    asked = [(path.format(**person), ANYONE if to is None else _bound(person, to)) for person in people]
    start = perf_counter()
    for each, grants in asked:
        await server.ask(each, grants)
    return perf_counter() - start


def _page(begun: str, rows: list[str]) -> str:
    facts = "\n".join(f"| {name} | {value} |" for name, value in {"begun": begun, **machine.facts()}.items())
    return f"""# What grants cost

Written by `python -m benchmarks.scoped`. The same request for somebody who may see everything and for somebody whose grants are
bound, answered with the same resources where nothing else is said; {PERSONS:,} generated persons in seven care sites,
{ROUNDS} rounds of {BATCH} requests each, one after another, in turn; ratios are taken round by round, medians with the lower and
upper quartile. Goal: at most {GOAL:g} times. Whoever asks for the Encounters of one care site's patients by a chain is to be
compared with whoever is bound to that site and asks for Encounters: the same page, by the same statement.

| | |
|---|---|
{facts}

| grants | asked | µs, may see everything | bound, times that | |
|---|---|---|---|---|
{chr(10).join(rows)}
"""


if __name__ == "__main__":
    asyncio.run(main())
