"""`omop-fhir serve --workers N`: one address, several processes, none of which anybody notices when it goes."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.fixtures.waiting import until
from tests.stack.process import free_port, listens

from .conftest import Served, link, rows
from .test_process import Process, command, started

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="tells workers apart by /proc")


def children(pid: int) -> set[int]:
    """The processes that a process has started and that live."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in listed}


@contextmanager
def workers(database: str, *arguments: str, count: int = 2) -> Iterator[Process]:
    options = ("--workers", str(count), "--pool-size", "2", *arguments)
    with started("--database-url", database, "--cdm-schema", "cdm", "--time-zone", "UTC", *options) as process:
        _ = process.base
        yield process


def test_all_workers_answer_and_it_is_said_once(migrated_copy: Callable[[], str]) -> None:
    database = migrated_copy()
    with workers(database, count=3) as process:
        assert len(children(process.popen.pid)) == 3
        first = httpx.get(f"{process.base}/Patient?_count=2").json()
        for _ in range(20):  # each time another connection, and so, by and by, every worker
            follow = httpx.get(link(first, "next") or "")
            assert follow.status_code == 200
        assert sum("ready on" in line for line in process.said) == 1
        assert sum("omop-fhir serves" in line for line in process.said) == 1
        assert process.stop() == 0
    held = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'omop-fhir' AND datname = current_database()"
    until(lambda: rows(database, held) == [(0,)])


def processor_time(pid: int) -> float:
    """Seconds of the processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_many_workers_start_in_little_time(served: Served) -> None:
    """Time of the processor, since that of the clock is longer on a machine that is busy; benchmarks/overload.py has the goal."""
    with workers(served.database, count=6) as process:
        started = children(process.popen.pid)
        assert len(started) == 6
        shared, own = processor_time(process.popen.pid), sum(map(processor_time, started))
        assert shared + own < 3
        assert own / 6 < shared / 4  # a worker is a fork: it loads nothing again


def test_a_worker_that_dies_is_replaced(served: Served) -> None:
    with workers(served.database) as process:
        before = children(process.popen.pid)
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(children(process.popen.pid) - before) == 1)
        until(lambda: len(children(process.popen.pid)) == 2)
        assert all(httpx.get(f"{process.base}/Patient/1").status_code == 200 for _ in range(10))
        assert any("(SIGKILL): another takes its place" in line for line in process.said)
        assert process.stop() == 0


class Asking(threading.Thread):
    """Asks again and again, each time by a connection of its own, until it is told to stop."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.answers: list[int | str] = []
        self.ends = threading.Event()

    def run(self) -> None:
        while not self.ends.is_set():
            try:
                self.answers.append(httpx.get(self.url, timeout=20).status_code)
            except httpx.HTTPError as error:
                self.answers.append(type(error).__name__)

    def stop(self) -> set[int | str]:
        self.ends.set()
        self.join()
        return set(self.answers)


@pytest.mark.parametrize("count", [1, 2])
def test_workers_are_renewed_without_a_request_lost(served: Served, tmp_path: Path, count: int) -> None:
    with workers(served.database, "--drain-time", "0.3", "--mappings", str(tmp_path), count=count) as process:
        before = children(process.popen.pid)
        asking = [Asking(f"{process.base}/Patient/{key}") for key in (1, 2, 3)]
        for each in asking:
            each.start()
        (tmp_path / "procedure.yaml").write_text("enabled: false\n")
        process.popen.send_signal(signal.SIGHUP)
        until(lambda: len(children(process.popen.pid)) == count and not children(process.popen.pid) & before)
        assert [each.stop() for each in asking] == [{200}] * 3
        assert httpx.get(f"{process.base}/Procedure").status_code == 404  # what is in files was read anew
        (tmp_path / "procedure.yaml").write_text("nonsense: true\n")
        now = children(process.popen.pid)
        process.popen.send_signal(signal.SIGHUP)
        until(lambda: any("SIGHUP changes nothing" in line for line in process.said))
        assert children(process.popen.pid) == now
        assert process.stop() == 0


@pytest.mark.parametrize("count", [1, 2])
def test_before_it_stops_it_says_so_and_finishes_what_it_has(migrated_copy: Callable[[], str], count: int) -> None:
    body = b'{"resourceType": "Patient"}'
    with workers(migrated_copy(), "--drain-time", "1.5", count=count) as process:
        url = httpx.URL(process.base)
        with socket.create_connection(("127.0.0.1", url.port or 0)) as begun, httpx.Client() as kept:
            head = b"POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\n"
            begun.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
            assert kept.get(url.join("/health/ready")).status_code == 200
            process.popen.send_signal(signal.SIGTERM)
            until(lambda: httpx.get(url.join("/health/ready")).status_code == 503, 1)
            answer = kept.get(f"{process.base}/Patient/1")
            assert (answer.status_code, answer.headers.get("connection")) == (200, "close")
            time.sleep(2)
            with pytest.raises(httpx.ConnectError):
                httpx.get(url.join("/health/live"))
            begun.sendall(body[5:])
            assert begun.recv(65536).startswith(b"HTTP/1.1 201")
        assert process.popen.wait(10) == 0
        assert "Traceback" not in "".join(process.said)


@pytest.mark.parametrize("count", [1, 2])
def test_who_was_let_in_before_it_stopped_is_answered(served: Served, count: int) -> None:
    with workers(served.database, "--drain-time", "0.3", count=count) as process:
        url = httpx.URL(process.base)
        with socket.create_connection(("127.0.0.1", url.port or 0)) as let_in:
            time.sleep(0.3)  # until a worker has it
            process.popen.send_signal(signal.SIGTERM)
            until(lambda: not is_open(url.port or 0))
            let_in.sendall(b"GET /fhir/Patient/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert let_in.recv(65536).startswith(b"HTTP/1.1 200")
        assert process.popen.wait(10) == 0


def is_open(port: int) -> bool:
    """Does anybody listen there?"""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_workers_do_not_outlive_their_parent(served: Served) -> None:
    with workers(served.database) as process:
        left = children(process.popen.pid)
        process.popen.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def test_when_the_parent_is_killed_what_was_begun_is_answered(migrated_copy: Callable[[], str]) -> None:
    with workers(migrated_copy(), "--drain-time", "0", count=1) as process:
        url, body = httpx.URL(process.base), b'{"resourceType": "Patient"}'
        (worker,) = children(process.popen.pid)
        with socket.create_connection(("127.0.0.1", url.port or 0)) as begun:
            head = b"POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\n"
            begun.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
            process.popen.kill()
            until(lambda: not is_open(url.port or 0))
            begun.sendall(body[5:])
            assert begun.recv(65536).startswith(b"HTTP/1.1 201")
        until(lambda: not Path(f"/proc/{worker}").exists())


def test_interrupted_from_the_terminal_it_ends_in_order(served: Served) -> None:
    with workers(served.database, "--drain-time", "60") as process:
        for pid in (*children(process.popen.pid), process.popen.pid):
            os.kill(pid, signal.SIGINT)
        assert process.popen.wait(10) == 0


def test_told_all_at_once_as_systemd_does_it_still_drains(served: Served) -> None:
    with workers(served.database, "--drain-time", "1") as process:
        with httpx.Client() as client:
            for pid in (*children(process.popen.pid), process.popen.pid, *children(process.popen.pid)):
                os.kill(pid, signal.SIGTERM)
            begun = time.monotonic()
            while time.monotonic() - begun < 0.7:
                assert client.get(f"{process.base}/Patient/1").status_code == 200
        assert process.popen.wait(10) == 0
        assert "Traceback" not in "".join(process.said)


def test_it_ends_with_the_terminal_in_which_it_was_started(served: Served) -> None:
    port = free_port()
    given = ("--open", "--port", str(port), "--database-url", served.database, "--cdm-schema", "cdm", "--drain-time", "0")
    pid, terminal = pty.fork()
    if pid == 0:
        run = command("serve", *given)
        os.execv(run[0], run)
    until(lambda: listens(port) and len(children(pid)) == 1)
    os.kill(pid, signal.SIGHUP)  # from elsewhere: the worker is renewed
    old = children(pid)
    until(lambda: children(pid) and not children(pid) & old)
    os.close(terminal)
    until(lambda: os.waitpid(pid, os.WNOHANG) == (pid, 0))


_HANGS = """
import os, time
from pathlib import Path
from omop_fhir.process import workers

workers.SILENCE_LIMIT = 0.5

def load():
    def serve(tells, alive):
        alive()
        if tells:
            time.sleep(60)
        for _ in range(100):
            alive()
            time.sleep(0.1)
    return serve


say = lambda text: print(text, flush=True)
workers.Supervisor(1, load, stop_limit=5, on_ready=lambda: say("ready"), on_stop=str, on_end=lambda pid: say("ended")).run()
"""


def test_a_worker_that_hangs_is_replaced() -> None:
    with subprocess.Popen([sys.executable, "-c", _HANGS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as hanging:
        assert hanging.stdout is not None
        assert [hanging.stdout.readline() for _ in range(2)] == ["ready\n", "ended\n"]
        until(lambda: len(children(hanging.pid)) == 1)
        hanging.terminate()
        _, said = hanging.communicate(timeout=20)
        assert "does not answer: it is killed" in said
