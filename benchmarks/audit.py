"""What the audit costs: the same requests to two servers over one database, one of which records nothing.

`python -m benchmarks.audit [FILE]` writes a report in Markdown. `python -m benchmarks.audit serve URL PORT on|off` is one of the
servers: the program itself, and for `off` with a sink in the place of the audit.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import uvicorn

from omop_fhir.app import create_app
from omop_fhir.auth.audit import Event, Occasion, now
from omop_fhir.auth.grants import NOBODY
from omop_fhir.config import Settings
from omop_fhir.process.server import configuration
from omop_fhir.store.audit.trail import Kept
from omop_fhir.store.facade import Facade
from omop_fhir.store.migrate import migrate

from .load import generator, requests_per_second
from .machine import database, facts, load
from .population import SCHEMA, analyse, populations, server
from .report import table
from .sample import Sample, sample

PERSONS, ROUNDS, SECONDS, CONNECTIONS, CREATES, EVENTS = 2_000, 6, 2.0, 32, 100, 5_000
GOAL = 0.05

_TEXT = """# What the audit costs

Written by `python -m benchmarks.audit docs/benchmarks-audit.md`; every figure is from one run. Two servers of one worker each,
over one database of {persons:,} generated persons, are asked the same in turn: one records events, one is the same program
with a sink in the place of the audit. Medians of {rounds} rounds, quartiles in brackets; the ratio is taken round by round.
Reads and pages: {connections} connections, {seconds:g} s a round, by {generator} on the same machine, which also holds the
PostgreSQL that the events go to. Creates: {creates} a round, one after another on one connection; PostgreSQL without fsync, so
that the disk hides nothing. Load average of the machine at the end: {load}. A busy machine makes requests a second tell little;
the processor time that a request takes, of the worker and of PostgreSQL (until all events are written), tells more: in µs.
Goal: at most {goal:.0%} more time of the worker.

"""


_ALONE = """
An event by itself, in a process that does nothing else, in µs of processor time: to make it ready, and its share of the batch
that it is written and sealed with.

"""


class Nothing:
    """Takes events, and forgets them."""

    waiting = 0

    def record(self, event: Any) -> None:
        """Nothing is done."""

    def check(self) -> None:
        """All is well."""

    async def keep(self, connection: Any, events: Any) -> Kept:
        """Nothing is kept."""
        return Kept(())

    def committed(self, kept: Kept) -> None:
        """Nothing is done."""

    async def run(self) -> None:
        """Nothing is done, for ever."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is done."""


def serve(url: str, port: int, audits: bool) -> None:
    """One of the servers, until it is stopped."""
    settings = Settings(
        database_url=url, cdm_schema=SCHEMA, port=port, open=True, time_zone=ZoneInfo("UTC"),
        wait_limit=30.0,  # on a busy machine nobody shall be turned away
    )  # fmt: skip
    app = create_app(settings)
    if not audits:
        app.state.context.facade.audit = Nothing()
        object.__setattr__(app.state.context, "audit", app.state.context.facade.audit)
    uvicorn.Server(configuration(app)).run(sockets=[socket.create_server(("127.0.0.1", port))])


@contextmanager
def serving(url: str, switch: str) -> Iterator[tuple[str, int]]:
    """A server in a process of its own: its URL, its process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    running = subprocess.Popen([sys.executable, "-m", "benchmarks.audit", "serve", url, str(port), switch])  # noqa: S603
    try:
        yield _ready(f"http://127.0.0.1:{port}"), running.pid
    finally:
        running.terminate()
        running.wait(30)


def _ready(url: str) -> str:
    for _ in range(200):
        try:
            if httpx.get(f"{url}/health/ready").status_code == 200:
                return url
        except httpx.TransportError:
            pass
        sleep(0.1)
    raise RuntimeError("the server did not start")


async def _paths(url: str) -> dict[str, list[str]]:
    connection = await asyncpg.connect(url)
    try:
        persons = [row[0] for row in await connection.fetch(f"SELECT person_id FROM {SCHEMA}.person ORDER BY 1 LIMIT 2000")]  # noqa: S608
        sql = f"SELECT procedure_occurrence_id FROM {SCHEMA}.procedure_occurrence ORDER BY 1 LIMIT 2000"  # noqa: S608
        procedures = [row[0] for row in await connection.fetch(sql)]
    finally:
        await connection.close()
    return {
        "read a Procedure": [f"/fhir/Procedure/{key}" for key in procedures],
        "Procedures of a patient": [f"/fhir/Procedure?patient={key}&_count=50" for key in persons],
        "page of 50 Procedures": ["/fhir/Procedure?_count=50"],
    }


def _creates(url: str) -> float:
    """Patients made in a second."""
    patient = {"resourceType": "Patient", "gender": "female", "birthDate": "1970-01-02"}
    with httpx.Client(base_url=url) as client:
        start = perf_counter()
        for _ in range(CREATES):
            client.post("/fhir/Patient", json=patient).raise_for_status()
        return CREATES / (perf_counter() - start)


def _times(pid: int) -> tuple[int, list[float]]:
    """The parent of a process, and the processor seconds of itself and of the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return int(fields[1]), [(int(fields[11]) + int(fields[12])) / ticks, (int(fields[13]) + int(fields[14])) / ticks]


def _family(parent: int) -> float:
    """Processor seconds of all children of a process, those that have ended among them."""
    total = _times(parent)[1][1]
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                of, (own, _) = _times(int(folder.name))
            except OSError:
                continue
            total += own if of == parent else 0.0
    return total


class Costs(NamedTuple):
    """Of one round: requests a second, and processor time of worker and database for each, in µs."""

    rate: float
    worker: float
    database: float


def _cost(kind: str, paths: dict[str, list[str]], server: tuple[str, int], postmaster: int) -> Costs:
    url, pid = server
    before = _times(pid)[1][0], _family(postmaster)
    rate = requests_per_second(url, paths[kind], CONNECTIONS, SECONDS) if kind in paths else _creates(url)
    sleep(1.5)  # until all events are written
    number = rate * SECONDS if kind in paths else CREATES
    worker, database = _times(pid)[1][0] - before[0], _family(postmaster) - before[1]
    return Costs(rate, worker / number * 1e6, database / number * 1e6)


def _rounds(
    servers: dict[str, tuple[str, int]], paths: dict[str, list[str]], postmaster: int
) -> dict[str, dict[str, list[Costs]]]:
    """Kind of request -> switch -> costs; who is asked first changes round by round."""
    found: dict[str, dict[str, list[Costs]]] = {kind: {"on": [], "off": []} for kind in (*paths, "create a Patient")}
    for number in range(ROUNDS + 1):
        for kind, costs in found.items():
            for switch in ("on", "off") if number % 2 else ("off", "on"):
                cost = _cost(kind, paths, servers[switch], postmaster)
                if number:  # the first round warms up
                    costs[switch].append(cost)
    return found


async def _postmaster(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return _times(await connection.fetchval("SELECT pg_backend_pid()"))[0]
    finally:
        await connection.close()


async def _alone(url: str) -> list[list[str]]:
    """Processor time of one event by itself, in µs: to record it, and its share of a flush; the best of five."""
    facade = Facade(Settings(database_url=url, audit_queue=100_000), "http://localhost/fhir", ())
    await facade.open()
    rows = []
    for shown in (1, 50):
        resources, patients = tuple(f"Procedure/{n}" for n in range(shown)), tuple(range(shown))
        times = []
        for _ in range(5):
            start = process_time()
            for number in range(EVENTS):
                occasion = Occasion(f"{number:016x}", "127.0.0.1")
                facade.audit.record(Event("read", NOBODY, "success", None, "Procedure", resources, patients, (), occasion, now()))
            recorded = process_time()
            await facade.audit.flush()
            times.append(((recorded - start) / EVENTS * 1e6, (process_time() - recorded) / EVENTS * 1e6))
        record, flush = min(times)
        rows.append([f"{shown} resources of as many patients", f"{record:.1f}", f"{flush:.1f}"])
    await facade.close()
    return rows


async def measure() -> str:
    """The report."""
    with server() as url:
        async with populations(url, [PERSONS]) as (population,):
            await migrate(population.url, "omop_fhir")
            await analyse(population.url)
            paths = await _paths(population.url)
            with ExitStack() as stack:
                servers = {switch: stack.enter_context(serving(population.url, switch)) for switch in ("on", "off")}
                costs = await asyncio.to_thread(_rounds, servers, paths, await _postmaster(population.url))
            alone = await _alone(population.url)
            return _report(costs, alone, {**facts(), "PostgreSQL": await database(population.url)})


def _report(costs: dict[str, dict[str, list[Costs]]], alone: list[list[str]], machine: dict[str, str]) -> str:
    text = _TEXT.format(persons=PERSONS, rounds=ROUNDS, connections=CONNECTIONS, seconds=SECONDS, generator=generator(),
                        creates=CREATES, load=load(), goal=GOAL)  # fmt: skip
    rows = [[kind, *_row(each)] for kind, each in costs.items()]
    head = ("", "worker, without", "worker, with", "ratio", "PostgreSQL, without", "PostgreSQL, with", "requests a second, ratio")
    text += table(("", ""), machine.items()) + "\n" + table(head, rows)
    return text + _ALONE + table(("an event that names", "to record it", "to write it"), alone)


def _row(costs: dict[str, list[Costs]]) -> Iterator[str]:
    def of(switch: str, name: str) -> Sample:
        return sample([getattr(each, name) for each in costs[switch]])

    off, on = of("off", "worker"), of("on", "worker")
    yield from (off.shown(), on.shown(), on.over(off).shown(3))
    yield from (of("off", "database").shown(), of("on", "database").shown())
    yield of("on", "rate").over(of("off", "rate")).shown(3)


def main(words: list[str]) -> None:
    """Serve, or measure and write the report."""
    if words[:1] == ["serve"]:
        serve(words[1], int(words[2]), words[3] == "on")
        return
    text = asyncio.run(measure())
    if words:
        Path(words[0]).write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
