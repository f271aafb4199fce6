"""`python -m benchmarks.writes`: resources created a second, and the report docs/benchmarks-writes.md.

Transactions of 100 entries and single creates go over HTTP to one and to two worker processes, which take turns. The client,
the workers and PostgreSQL share the machine. With OMOP_FHIR_TEST_DATABASE_URL the database is made on that server, else on an
embedded one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import httpx
import orjson

from omop_fhir.errors import ConfigurationError
from omop_fhir.store.migrate import migrate

from . import machine
from .population import populations, server
from .process import serving
from .report import table
from .sample import Sample, sample

JSON = dict[str, Any]
REPORT = Path(__file__).parent.parent / "docs" / "benchmarks-writes.md"
GOAL = 2500
ENTRIES = 100
_HEADERS = {"content-type": "application/fhir+json"}
_SNOMED = "http://snomed.info/sct"
_INTRODUCTION = """# Writes

Written by `make bench`; every figure is from one run: medians of {repeats} rounds with the quartiles in brackets. A transaction
has {entries} entries, all created: a patient, 9 visits, and 30 each of procedures, exposures to drugs and conditions, all
referring to the patient and most to a visit by `urn:uuid:`. {clients} clients a worker, each sending as soon as it is answered;
one worker and two take turns. The client, the workers and PostgreSQL share the machine's cores. Whether a commit waits for the
disk is PostgreSQL's to say, below; the embedded server, which is used where no other is named, does.
"""


@dataclass
class Round:
    """What one round of one kind took."""

    rate: float
    """Resources a second."""
    times: list[float] = field(default_factory=list)
    """Milliseconds of each request."""


def transaction() -> JSON:
    """A transaction that creates all its entries."""
    patient = "urn:uuid:00000000-0000-4000-8000-000000000000"
    visits = [f"urn:uuid:00000000-0000-4000-8000-{number:012}" for number in range(1, 10)]
    moment = "2020-02-03T10:00:00Z"
    about = {"subject": {"reference": patient}}
    entries = [_entry(PATIENT, patient)]
    for url in visits:
        entries.append(_entry({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, **about,
                               "period": {"start": moment, "end": moment}}, url))  # fmt: skip
    for number in range(30):
        visit = {"reference": visits[number % 9]}
        entries += [_entry(each) for each in _done(about, visit, f"2020-02-{number % 28 + 1:02}T11:00:00Z")]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _done(about: JSON, visit: JSON, moment: str) -> list[JSON]:
    return [
        {"resourceType": "Procedure", "status": "completed", "code": _concept("430193006"), **about, "encounter": visit,
         "performedDateTime": moment},
        {"resourceType": "MedicationStatement", "status": "completed", "medicationCodeableConcept": {"text": "a pill"}, **about,
         "context": visit, "effectiveDateTime": moment, "dosage": [{"text": "one a day"}]},
        {"resourceType": "Condition", "code": _concept("38341003"), **about, "encounter": visit, "onsetDateTime": moment},
    ]  # fmt: skip


PATIENT: JSON = {
    "resourceType": "Patient",
    "identifier": [{"system": "urn:example:bench", "value": "1"}],
    "name": [{"use": "official", "family": "Silva", "given": ["Ana", "Maria"]}],
    "gender": "female",
    "birthDate": "1974-12-25",
    "address": [{"line": ["534 Erewhon St"], "city": "Boston", "state": "MA", "postalCode": "02108"}],
}


def _concept(code: str) -> JSON:
    return {"coding": [{"system": _SNOMED, "code": code}]}


def _entry(resource: JSON, url: str | None = None) -> JSON:
    named = {"fullUrl": url} if url else {}
    return named | {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}


async def _load(urls: Sequence[str], path: str, body: bytes, requests: int, clients: int, each: int) -> Round:
    """So many requests to each worker; `each` is how many resources one creates."""
    times: list[float] = []
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None)) as http:
        start = perf_counter()
        shares = [requests // clients] * clients
        await asyncio.gather(*(_client(http, f"{url}{path}", body, n, times) for url in urls for n in shares))
        return Round(len(times) * each / (perf_counter() - start), times)


async def _client(http: httpx.AsyncClient, url: str, body: bytes, requests: int, times: list[float]) -> None:
    for _ in range(requests):
        start = perf_counter()
        answer = await http.post(url, content=body, headers=_HEADERS)
        if answer.status_code not in (200, 201):
            raise RuntimeError(answer.text[:500])
        times.append((perf_counter() - start) * 1000)


Measured = dict[tuple[str, int], list[Round]]
"""Kind and number of workers -> its rounds."""


def _measured(urls: Sequence[str], options: argparse.Namespace) -> Measured:
    bundle, single = orjson.dumps(transaction()), orjson.dumps(PATIENT)
    kinds = {"transactions of 100": ("/fhir", bundle, 24, ENTRIES), "single creates": ("/fhir/Patient", single, 400, 1)}
    found: Measured = {}
    for number in range(options.repeats + 1):
        for kind, (path, body, requests, each) in kinds.items():
            for workers in (1, 2):
                done = asyncio.run(_load(urls[:workers], path, body, requests, options.clients, each))
                if number:  # the first round warms up
                    found.setdefault((kind, workers), []).append(done)
    return found


def _row(kind: str, workers: int, rounds: Sequence[Round]) -> list[str]:
    rate = sample([each.rate for each in rounds])
    times = [sorted(each.times) for each in rounds]
    p50, p99 = (sample([each[min(len(each) - 1, int(len(each) * p))] for each in times]) for p in (0.5, 0.99))
    return [kind, str(workers), rate.shown(), _shown(p50), _shown(p99)]


def _shown(times: Sample) -> str:
    return times.shown(1)


def report(found: Measured, facts: Mapping[str, str], options: argparse.Namespace) -> str:
    """The page of documentation."""
    rows = [_row(kind, workers, rounds) for (kind, workers), rounds in sorted(found.items(), reverse=True)]
    best = max(sample([each.rate for each in rounds]).median for (kind, _), rounds in found.items() if "100" in kind)
    goal = f"Goal: {GOAL:,} resources a second in transactions on two cores; the best median is {best:,.0f}."
    introduction = _INTRODUCTION.format(repeats=options.repeats, entries=ENTRIES, clients=options.clients)
    head = ("", "workers", "resources/s", "p50 of a request, ms", "p99 of a request, ms")
    return "\n".join(part.strip() + "\n" for part in (introduction, table(("", ""), facts.items()), goal, table(head, rows)))


async def _facts(url: str) -> dict[str, str]:
    begun = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average {machine.load()}"
    return {"begun": begun, **machine.facts(), "PostgreSQL": await machine.database(url), **await _durability(url)}


async def _durability(url: str) -> dict[str, str]:
    """What PostgreSQL promises of a commit."""
    connection = await asyncpg.connect(url)
    try:
        return {name: await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")}
    finally:
        await connection.close()


async def _run(url: str, options: argparse.Namespace) -> str:
    async with populations(url, [1000]) as (population,):
        await migrate(population.url, "omop_fhir")
        facts = await _facts(population.url)
        with ExitStack() as stack:
            urls = [stack.enter_context(serving(population)).url for _ in range(2)]
            found = await asyncio.to_thread(_measured, urls, options)
        return report(found, facts, options)


def main() -> None:
    """Make the database, measure, report."""
    parser = argparse.ArgumentParser(prog="benchmarks.writes", description=__doc__)
    parser.add_argument("--repeats", type=int, default=9, help="rounds of each kind (9)")
    parser.add_argument("--clients", type=int, default=4, help="of each worker (4)")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report goes (docs/benchmarks-writes.md)")
    options = parser.parse_args()
    try:
        with server(durable=True) as url:
            text = asyncio.run(_run(url, options))
    except (RuntimeError, OSError, ConfigurationError) as error:
        sys.exit(f"benchmarks: {error}")
    print(text)
    options.report.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
