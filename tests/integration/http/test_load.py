"""Many at once: reads that gather, concepts that are fetched together, clients that go away, a server that stops."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from omop_fhir.app import create_app
from omop_fhir.config import Settings
from omop_fhir.errors import Problem
from omop_fhir.query.statement import Statement
from omop_fhir.store.facade import Facade
from omop_fhir.store.postgresql.pool import Pool

from .conftest import NewDatabase, Serve, Served, ids, rows, running


class Counter:
    """Counts the statements that a server sends."""

    def __init__(self, facade: Facade) -> None:
        self.texts: list[str] = []
        pool = facade.pool
        fetch = pool.fetch

        async def counted(statement: Statement, **options: Any) -> Any:
            self.texts.append(statement.text)
            return await fetch(statement, **options)

        pool.fetch = counted  # type: ignore[method-assign]


async def at_once(served: Served, paths: list[str], clients: int) -> list[httpx.Response]:
    """All paths, asked by so many connections together."""
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=served.base, limits=limits, timeout=60) as client:
        return list(await asyncio.gather(*(client.get(path) for path in paths)))


async def test_reads_that_come_together_become_few_statements(served: Served) -> None:
    app = create_app(Settings(database_url=served.database, cdm_schema="cdm", open=True))
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await client.get("/fhir/Patient?_count=1000")
        counter = Counter(app.state.context.facade)
        answers = await asyncio.gather(*(client.get(f"/fhir/Patient/{key}") for key in range(1, 151)))
        found = [answer.json()["id"] for answer in answers if answer.status_code == 200]
        assert len(found) > 100
        assert all(answer.status_code in (200, 404) for answer in answers)
        assert len(counter.texts) <= 8


def test_reads_that_gather_get_each_its_own(served: Served) -> None:
    server = served
    paths = [
        path
        for key in range(1, 30)
        for path in (f"Patient/{key}", f"Patient/{-key}0000", f"Procedure/{key}", f"Patient/{key}")
    ]
    alone = {path: server.get(path) for path in set(paths)}
    for path, answer in zip(paths, asyncio.run(at_once(server, paths, 40)), strict=True):
        assert (answer.status_code, answer.content) == (alone[path].status_code, alone[path].content)


def test_the_concepts_of_a_page_are_fetched_in_one_statement(serve: Serve, served: Served) -> None:
    server = serve(database=served.database)
    server.json("metadata")
    counter = Counter(server.facade)
    assert len(server.resources("Encounter?_count=1000")) > 100
    assert len(counter.texts) == 2
    server.json("Encounter?_count=1000")
    assert len(counter.texts) == 3


def test_an_empty_answer_costs_no_more_than_two_statements(serve: Serve, served: Served) -> None:
    server = serve(database=served.database)
    server.json("metadata")
    counter = Counter(server.facade)
    assert server.resources("Patient?identifier=nobody") == []
    assert len(counter.texts) <= 2
    assert server.resources("Patient?_id=007") == []
    assert len(counter.texts) <= 2


def test_clients_that_go_away_leave_no_warning_and_no_connection(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    server = serve(pool_size=4)
    server.json("Patient?_count=1")
    for path in ("Patient?_count=1000", "Patient/1", "Procedure?_count=1000", "metadata") * 15:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(f"GET /fhir/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    for head in (
        b"POST /fhir/Patient/_search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head + b"Content-Length: 100\r\n\r\n_id=1")
    time.sleep(0.5)
    answers = asyncio.run(at_once(server, ["Patient/1", "Patient?_count=5"] * 20, 20))
    assert {answer.status_code for answer in answers} == {200}
    held = rows(
        server.database,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'omop-fhir' AND datname = current_database()",
    )
    assert held[0][0] <= 5  # one more than those of the pool looks how the server is
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_server_that_stops_ends_what_it_has_begun_and_leaves_no_connection(
    copy: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    database = copy()
    with running(database) as server:
        assert len(ids(server.resources("Patient?_count=1000"))) > 100
        start = time.monotonic()
    assert time.monotonic() - start < 5
    held = rows(
        database,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'omop-fhir' AND datname = current_database()",
    )
    assert held == [(0,)]
    assert [record.getMessage() for record in caplog.records] == []


async def test_a_statement_cannot_write_and_a_session_keeps_nothing(new_database: NewDatabase) -> None:
    pool = Pool(Settings(database_url=await new_database(), pool_size=2))
    await pool.open()
    try:
        with pytest.raises(Problem):
            await pool.fetch(Statement("CREATE TABLE t (a int)", ()))
        first, second = [await pool.fetch(Statement("SELECT pg_backend_pid()", ())) for _ in range(2)]
        assert first == second
    finally:
        await pool.close()
