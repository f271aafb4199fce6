"""Requests over HTTP: a read by id and pages, against a static answer of the same server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import asyncpg

from .load import requests_per_second
from .population import SCHEMA, Population
from .process import Memory, Process, serving
from .sample import Sample, sample

STATIC = "static answer"
READS = ("read a Procedure", "read a Patient")
_PATHS = 2000
_STARTS = 5


@dataclass(frozen=True, slots=True)
class HttpResult:
    """Requests a second by kind of request, and the server's memory after all of them."""

    persons: int
    rates: dict[str, Sample]
    memory: Memory
    start_time: Sample


async def measure(
    populations: Sequence[Population], *, repeats: int, seconds: float, connections: int
) -> list[HttpResult]:
    """Every kind of request on every population, `repeats` times for `seconds`, in turn."""
    paths = {population.persons: await _paths(population) for population in populations}
    starts = {population.persons: _start_times(population, min(repeats, _STARTS)) for population in populations}
    with ExitStack() as stack:
        servers = {population.persons: stack.enter_context(serving(population)) for population in populations}
        rates = _rates(servers, paths, repeats, seconds, connections)
        return [
            HttpResult(persons, rates[persons], server.memory(), starts[persons]) for persons, server in servers.items()
        ]


async def _paths(population: Population) -> dict[str, list[str]]:
    """Paths by kind of request."""
    connection = await asyncpg.connect(population.url)
    try:
        procedures = await _keys(connection, "procedure_occurrence", "procedure_occurrence_id")
        persons = await _keys(connection, "person", "person_id")
    finally:
        await connection.close()
    return {
        STATIC: ["/health/live"],
        READS[0]: [f"/fhir/Procedure/{key}" for key in procedures],
        READS[1]: [f"/fhir/Patient/{key}" for key in persons],
        "page of 50 Procedures": ["/fhir/Procedure?_count=50"],
        "Procedures of a patient": [f"/fhir/Procedure?patient={key}&_count=50" for key in persons],
    }


async def _keys(connection: asyncpg.Connection[asyncpg.Record], table: str, key: str) -> list[int]:
    rows = await connection.fetch(f"SELECT {key} FROM {SCHEMA}.{table} ORDER BY random() LIMIT {_PATHS}")  # noqa: S608
    return [row[0] for row in rows]


def _start_times(population: Population, repeats: int) -> Sample:
    times = []
    for _ in range(repeats):
        with serving(population) as server:
            times.append(server.start_time)
    return sample(times)


def _rates(
    servers: dict[int, Process], paths: dict[int, dict[str, list[str]]], repeats: int, seconds: float, connections: int
) -> dict[int, dict[str, Sample]]:
    found: dict[int, dict[str, list[float]]] = {persons: {kind: [] for kind in paths[persons]} for persons in servers}
    for number in range(-1, repeats):
        for kind in next(iter(paths.values())):
            for persons, server in servers.items():
                rate = requests_per_second(server.url, paths[persons][kind], connections, seconds if number >= 0 else 1)
                if number >= 0:
                    found[persons][kind].append(rate)
    return {persons: {kind: sample(rates) for kind, rates in kinds.items()} for persons, kinds in found.items()}
