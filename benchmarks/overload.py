"""`python -m benchmarks.overload`: what a worker does when more is asked than it can do; writes docs/benchmarks-overload.md.

One worker, and a generator of load in a process of its own. First what the worker can do: so many connections that ask again as
soon as they are answered. Then requests come at a fixed rate, whatever becomes of them (an open loop), of up to 8 times that; the
time of a request counts from when it was due, also where no connection was free to send it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
from collections import deque
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import uvloop

from omop_fhir.cli.options import DEFAULTS
from omop_fhir.store.migrate import migrate

from . import machine, observing
from .load import requests_per_second
from .population import Population, populations, server
from .process import Process, serving
from .report import table
from .sample import Sample

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks-overload.md"
PAGE = "/fhir/Procedure?_count=100&_include=Procedure:patient"
FACTORS = (0.5, 1, 2, 4, 8)
CONNECTIONS = 500
_SATURATING = 16
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

_INTRODUCTION = """# Under overload

Written by `python -m benchmarks.overload`; every figure is from one run. One worker with the settings that `serve` has when
nothing is said{settings}, its own schema migrated, so that every access is audited. {connections} connections are kept open;
requests come at a fixed rate whatever becomes of them, for {seconds:g} s each, and their time counts from when they were due.
Each asks for a page of 100 Procedures with their patients. The generator and PostgreSQL share the machine's cores with the
worker. A capacity is lower where it is measured right after a heavy overload.

*Capacity*: answers a second to {saturating} connections that ask again at once, just before. *Goodput*: answers 200 a second;
and for each second of the processor that the worker got, for it had to share. *Turned away*: 503 with `Retry-After`, and how long
that took. Times in ms.
"""


_COST = """## What looking on costs

Time of the processor, beside that of a read of a Patient, which is the cheapest request there is: counting it in the metrics, and
its line in the log, which the server writes a few at a time. Goal: less than 3 % for the metrics.
"""


_STARTS = """## Start

Seconds from the start of the interpreter until the server says that all its workers are ready, and seconds of the processor that
this took, which is what it would be on a machine that has nothing else to do. Five starts each, on a warm database. Goal: less
than 2 s.
"""
WORKERS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Run:
    """What became of the requests of one rate."""

    offered: float
    goodput: float
    turned_away: float
    failed: int
    median: float
    high: float
    highest: float
    refusal: float
    processor: float = 0.0
    """Median, 99th percentile and longest of those that were answered, median of those that were turned away, in ms; answers for
    each second of the processor that the worker took."""


class Cost(NamedTuple):
    """Microseconds of the processor: a read, and what noting it takes of them."""

    read: float
    alone: float
    shared: float
    line: float


Found: TypeAlias = tuple[list[tuple[float, float, Run]], Cost, dict[int, list[tuple[float, float]]]]
"""Times of the capacity, the capacity just before, what became of the requests; what looking on costs; starts by workers."""


class Asker(asyncio.Protocol):
    """A connection that asks once at a time, and tells how it was answered."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._received = bytearray()
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def ask(self, request: bytes, due: float) -> None:
        self.due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        length = _LENGTH.search(self._received, 0, end) if end >= 0 else None
        if length and len(self._received) >= end + 4 + int(length[1]):
            status = int(self._received[9:12])
            self._received.clear()
            self._load.answered(self, status)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(self)


class Load:
    """Requests at a fixed rate."""

    def __init__(self, url: str, paths: list[str], rate: float, seconds: float) -> None:
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 80
        self._requests = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths]
        self._rate, self._seconds = rate, seconds
        self._idle: list[Asker] = []
        self._waiting: deque[float] = deque()
        self._times: dict[int, list[float]] = {}
        self._failed = 0
        self._ends = False

    async def run(self) -> Run:
        loop = asyncio.get_running_loop()
        made = [await loop.create_connection(lambda: Asker(self), self.host, self.port) for _ in range(CONNECTIONS)]
        self._idle = [asker for _, asker in made]
        start, sent, total = perf_counter(), 0, int(self._rate * self._seconds)
        while sent < total:
            now = perf_counter()
            while sent < total and start + sent / self._rate <= now:
                self._ask(start + sent / self._rate)
                sent += 1
            await asyncio.sleep(0.001)
        elapsed = perf_counter() - start
        await asyncio.sleep(2.5)  # who was let in is answered
        self._ends = True
        for transport, _ in made:
            transport.close()
        return self._result(sent, elapsed)

    def _ask(self, due: float) -> None:
        if self._idle:
            self._idle.pop().ask(random.choice(self._requests), due)  # noqa: S311
        else:
            self._waiting.append(due)

    def answered(self, asker: Asker, status: int) -> None:
        self._times.setdefault(status, []).append(perf_counter() - asker.due)
        if self._waiting:
            asker.ask(random.choice(self._requests), self._waiting.popleft())  # noqa: S311
        else:
            self._idle.append(asker)

    def lost(self, asker: Asker) -> None:
        if not self._ends:
            self._failed += 1

    def _result(self, sent: int, elapsed: float) -> Run:
        good, refused = sorted(self._times.get(200, [0.0])), sorted(self._times.get(503, [0.0]))
        others = sum(len(times) for status, times in self._times.items() if status not in (200, 503))
        return Run(
            offered=sent / elapsed,
            goodput=len(good) / elapsed,
            turned_away=len(self._times.get(503, ())) / elapsed,
            failed=self._failed + others,
            median=_at(good, 0.5),
            high=_at(good, 0.99),
            highest=good[-1] * 1000,
            refusal=_at(refused, 0.5),
        )


def _at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))] * 1000


def _run(process: Process, paths: list[str], rate: float, seconds: float) -> Run:
    """In a process of its own: a loop that is busy would see its own delays as the server's."""
    command = [sys.executable, "-m", "benchmarks.overload", "--load", process.url, str(rate), str(seconds)]
    before = process.processor_time()
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(done.stderr)
    run = Run(**json.loads(done.stdout))
    return replace(run, processor=run.goodput * seconds / (process.processor_time() - before))


async def _measured(persons: int, seconds: float, options: list[str]) -> tuple[Found, dict[str, str]]:
    with server() as url:
        async with populations(url, [persons]) as (population,):
            await migrate(population.url, DEFAULTS.own_schema)
            facts = {**machine.facts(), "PostgreSQL": await machine.database(population.url)}
            return await asyncio.to_thread(_runs, population, seconds, options), facts


def _runs(population: Population, seconds: float, options: list[str]) -> Found:
    paths = [PAGE]
    starts = {workers: [_start(population, workers) for _ in range(5)] for workers in WORKERS}
    with serving(population, options) as process:
        requests_per_second(process.url, paths, _SATURATING, 2)
        runs = []
        for factor in FACTORS:
            capacity = requests_per_second(process.url, paths, _SATURATING, 3)
            runs.append((factor, capacity, _run(process, paths, factor * capacity, seconds)))
        return runs, _cost(process, population.persons), starts


def _start(population: Population, workers: int) -> tuple[float, float]:
    """Seconds until the server says that it is ready, and seconds of the processor until then."""
    with serving(population, ["--workers", str(workers)]) as process:
        return process.start_time, process.processor_time()


def _cost(process: Process, persons: int) -> Cost:
    """What noting a request costs, beside what a read costs in all: microseconds of the processor."""
    reads = [f"/fhir/Patient/{key}" for key in range(1, persons + 1)]
    before = process.processor_time()
    rate = requests_per_second(process.url, reads, _SATURATING, 4)
    read = (process.processor_time() - before) / (rate * 4)
    return Cost(read * 1e6, *observing.measure())


def report(found: Found, facts: dict[str, str], options: list[str], seconds: float) -> str:
    """The report in Markdown."""
    runs, cost, starts = found
    settings = f" but for `{' '.join(options)}`" if options else ""
    head = ("times the capacity", "capacity /s", "offered /s", "goodput /s", "per processor second", "turned away /s", "failed")
    head += ("median", "99 %", "longest", "refusal")
    rows = [
        [f"{factor:g}"]
        + [f"{value:,.0f}" for value in (capacity, run.offered, run.goodput, run.processor, run.turned_away, run.failed)]
        + [f"{value:,.0f}" for value in (run.median, run.high, run.highest, run.refusal)]
        for factor, capacity, run in runs
    ]
    text = _INTRODUCTION.format(settings=settings, connections=CONNECTIONS, seconds=seconds, saturating=_SATURATING)
    overload = [text, table(("", ""), facts.items()), table(head, rows)]
    return "\n".join([*overload, _COST, _cost_table(cost), _STARTS, _start_table(starts)])


def _start_table(starts: dict[int, list[tuple[float, float]]]) -> str:
    rows = [
        [str(workers), *(Sample(values).shown(2) for values in zip(*found, strict=True))]
        for workers, found in starts.items()
    ]
    return table(("workers", "s", "s of the processor"), rows)


def _cost_table(cost: Cost) -> str:
    rows = [
        [name, f"{time:.1f}", f"{time / cost.read:.1%}"]
        for name, time in (
            ("a read in all", cost.read),
            ("metrics, one worker", cost.alone),
            ("metrics, several workers", cost.shared),
            ("a line of the log, as JSON", cost.line),
        )
    ]
    return table(("", "µs", "share of the read"), rows)


def main() -> None:
    """Measure and write the report; with `--load`, be the generator."""
    if sys.argv[1:2] == ["--load"]:
        url, rate, seconds = sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
        paths = sys.stdin.read().split("\n")
        print(json.dumps(asdict(uvloop.run(Load(url, paths, rate, seconds).run()))))
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--persons", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--print", action="store_true", help="print the report, and write nothing")
    parser.add_argument("options", nargs="*", help="options of `omop-fhir serve`, behind --")
    given = parser.parse_args()
    found, facts = asyncio.run(_measured(given.persons, given.seconds, given.options))
    text = report(found, facts, given.options, given.seconds)
    if given.print:
        print(text)
    else:
        REPORT.write_text(text)


if __name__ == "__main__":
    main()
