"""What is too much, too long or too slow is refused early, with words and a time; the others notice nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.fixtures.waiting import until
from tests.stack import redis as redis_stack

from .conftest import Serve, Served, exchange, outcome_of, refused, running
from .test_observability import value
from .test_process import Process
from .test_workers import workers

FORM = (
    b"POST /fhir/Patient/_search HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\n"
)


@contextmanager
def locked(database: str, table: str) -> Iterator[None]:
    """Nobody can read the table within the block."""
    ready, ends = threading.Event(), threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(database)
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            ready.set()
            while not ends.is_set():
                await asyncio.sleep(0.02)
        await connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(asyncio.run, hold())
        assert ready.wait(10)
        try:
            yield
        finally:
            ends.set()
            holding.result(10)


class TestRate:
    def test_who_asks_too_much_waits(self, serve: Serve) -> None:
        server = serve(rate_limit=10, rate_burst=2)  # twenty reads at once, ten a second after
        answers = [server.get("Patient/1") for _ in range(30)]
        allowed = [answer.status_code for answer in answers].index(429)
        assert 20 <= allowed < 28
        refused(answers[allowed], 429, "throttled")
        assert answers[allowed].headers["retry-after"] == "1"
        assert server.http.get("/../health/ready").status_code == 200
        page = f"http://127.0.0.1:{server.port}/metrics"
        assert value(page, "rate_limited_requests_total") == sum(answer.status_code == 429 for answer in answers)

    def test_what_costs_more_counts_more(self, serve: Serve) -> None:
        server = serve(rate_limit=1, rate_burst=9)
        assert [server.get("Patient?_count=1").status_code for _ in range(3)] == [200, 200, 429]
        other = serve(rate_limit=1, rate_burst=10)
        entries = [{"request": {"method": "GET", "url": "Patient?_count=1"}}] * 8
        batch = {"resourceType": "Bundle", "type": "batch", "entry": entries}
        answer = other.send("POST", "", batch)
        assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["200"] * 8
        refusal = other.get("Patient/1")
        assert refusal.status_code == 429
        assert 25 <= int(refusal.headers["retry-after"]) <= 31  # 8 searches of 5, and the request itself, less what there was

    def test_with_redis_a_client_has_one_budget_for_all_workers(self, served: Served, tmp_path: Path) -> None:
        path = redis_stack.program()
        if path is None:
            pytest.skip("redis-server is not installed")
        redis = redis_stack.redis(path, tmp_path)
        try:
            limits = {"rate_limit": 0.1, "rate_burst": 45.0, "redis_url": redis_stack.url(redis)}
            with running(served.database, **limits) as one, running(served.database, **limits) as other:
                answers = [server.get("Patient/1").status_code for server in (one, other) * 3]
                assert answers == [200, 200, 200, 200, 200, 429]
                redis.stop()
                assert one.get("Patient/1").status_code == 200  # by what this worker counts for itself
        finally:
            redis.stop()

    def test_each_client_has_its_own(self, served: Served, tmp_path: Path) -> None:
        tokens = ["a" * 40, "b" * 40]
        (tmp_path / "tokens").write_text("\n".join(tokens))
        with running(served.database, open=False, access_token_file=tmp_path / "tokens", rate_limit=1, rate_burst=2.5) as server:
            one, other = ({"authorization": f"Bearer {token}"} for token in tokens)
            assert [server.get("Patient/1", headers=one).status_code for _ in range(4)] == [200, 200, 200, 429]
            assert server.get("Patient/1", headers=other).status_code == 200


class TestOverload:
    def test_who_would_wait_too_long_is_told_at_once_and_reads_go_on(self, serve: Serve) -> None:
        server = serve(concurrency=1, wait_limit=0.4)
        assert server.get("Procedure?_count=1").status_code == 200
        with ThreadPoolExecutor(4) as pool:
            with locked(server.database, "cdm.procedure_occurrence"):
                first = pool.submit(server.get, "Procedure?_count=1")
                time.sleep(0.2)
                start = time.monotonic()
                others = [pool.submit(server.get, "Procedure?_count=1") for _ in range(3)]
                for each in others:
                    refused(each.result(), 503, "throttled")
                    assert each.result().headers["retry-after"] == "1"
                assert time.monotonic() - start < 2
                assert server.get("Patient/1").status_code == 200
                assert not first.done()
            assert first.result().status_code == 200
        assert server.get("Procedure?_count=1").status_code == 200
        assert value(f"http://127.0.0.1:{server.port}/metrics", "shed_requests_total", reason="busy") == 3

    def test_a_request_has_its_time(self, serve: Serve) -> None:
        server = serve(request_timeout=0.5)
        until(lambda: server.get("Procedure?_count=1").status_code == 200)  # the first answer takes longest
        with locked(server.database, "cdm.procedure_occurrence"):
            said = refused(server.get("Procedure?_count=1"), 503, "timeout")
        assert said == "the request took longer than 0.5 s, and what was not done was given up"
        assert server.get("Procedure?_count=1").status_code == 200

    def test_a_body_on_its_way_holds_up_nobody(self, serve: Serve) -> None:
        server = serve(concurrency=1, wait_limit=0.3)
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
        for each in slow:
            each.sendall(FORM + b"_co")
        time.sleep(0.2)
        assert server.get("Patient?_count=1").status_code == 200
        for each in slow:
            each.sendall(b"unt=")
            assert each.recv(100).startswith(b"HTTP/1.1 400")
            each.close()


class TestHeads:
    @pytest.mark.parametrize("size", [40_000, 400_000])
    def test_a_head_that_is_too_long(self, serve: Serve, size: int) -> None:
        server = serve()
        for before in (b"", b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            head = b"GET /fhir/Patient/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: " + b"a" * size
            raw = exchange(server, before + head + b"\r\n\r\n")
            status, outcome = outcome_of(raw[raw.rindex(b"HTTP/1.1 ") :])
            assert (status, outcome["issue"][0]["code"]) == (431, "too-long")
        assert server.get("Patient/1").status_code == 200

    def test_one_that_never_ends(self, serve: Serve) -> None:
        with socket.create_connection(("127.0.0.1", serve().port), timeout=5) as endless:
            endless.sendall(b"GET /fhir/Patient/1 HTTP/1.1\r\nX: ")
            for _ in range(60):
                endless.sendall(b"a" * 1000)
                time.sleep(0.001)
            status, outcome = outcome_of(endless.recv(65536))
            assert (status, outcome["issue"][0]["code"]) == (431, "too-long")

    def test_what_is_no_http_gets_an_outcome(self, serve: Serve) -> None:
        status, outcome = outcome_of(exchange(serve(), b"nonsense\r\n\r\n"))
        assert (status, outcome["issue"][0]["code"]) == (400, "invalid")

    def test_a_connection_too_many(self, serve: Serve) -> None:
        server = serve(connection_limit=3)
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        time.sleep(0.1)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as fourth:
            status, outcome = outcome_of(fourth.recv(65536))
            assert (status, outcome["issue"][0]["code"]) == (503, "throttled")
        for each in held:
            each.close()
        until(lambda: server.http.get("Patient/1").status_code == 200)


@pytest.fixture(scope="module")
def process(served: Served) -> Iterator[Process]:
    """A server that waits for nobody."""
    limits = ("--head-timeout", "0.5", "--body-timeout", "0.5", "--send-timeout", "1.5", "--no-access-log")
    with workers(served.database, *limits, count=1) as process:
        yield process


def slow_ended(connection: socket.socket) -> bool:
    """Does it end, by whatever way, before all was sent?"""
    taken = 0
    try:
        while part := connection.recv(65536):
            taken += len(part)
    except ConnectionResetError:
        return True
    return taken < 5_000_000


class TestSlowClients:
    def received(self, process: Process, sent: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", httpx.URL(process.base).port or 0), timeout=10) as slow:
            slow.sendall(sent)
            return b"".join(iter(lambda: slow.recv(65536), b""))

    def test_a_head_that_does_not_come(self, process: Process) -> None:
        assert self.received(process, b"") == b""
        status, outcome = outcome_of(self.received(process, b"GET /fhir/Patient/1 HTTP/1.1\r\nHo"))
        assert (status, outcome["issue"][0]["code"]) == (408, "timeout")

    def test_a_body_that_does_not_come(self, process: Process) -> None:
        status, outcome = outcome_of(self.received(process, FORM + b"_co"))
        assert (status, outcome["issue"][0]["code"]) == (408, "timeout")

    def test_an_answer_that_is_not_taken(self, process: Process) -> None:
        page = str(httpx.URL(process.base).join("/metrics"))
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", httpx.URL(process.base).port or 0))
            slow.sendall(b"GET /fhir/Procedure?_count=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
            until(lambda: value(page, "closed_connections_total", reason="answer") == 1)
            assert slow_ended(slow)
        assert value(page, "closed_connections_total", reason="head") == 2
        assert value(page, "closed_connections_total", reason="body") == 1
        assert httpx.get(f"{process.base}/Patient/1").status_code == 200
