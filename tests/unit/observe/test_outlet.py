"""Lines wait for whoever reads them, and nobody waits for that."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator

import pytest

from omop_fhir.observe import outlet
from omop_fhir.observe.outlet import Outlet

LINE = b"x" * 99 + b"\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe that takes one page."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    yield read, write
    os.close(read)


def taken(descriptor: int, count: int) -> bytes:
    """So many bytes out of the pipe."""
    found = b""
    while len(found) < count:
        found += os.read(descriptor, count - len(found))
    return found


def test_lines_come_in_order(pipe: tuple[int, int]) -> None:
    made = Outlet(pipe[1])
    lines = [b"%d\n" % number for number in range(5000)]
    for line in lines:
        made.put(line)
    whole = b"".join(lines)
    assert taken(pipe[0], len(whole)) == whole
    made.drain(5)
    assert not made.is_full


def test_who_writes_never_waits_and_what_is_lost_is_counted_and_told(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outlet, "LIMIT", 10_000)
    os.write(pipe[1], b"." * 4096)
    made, begun = Outlet(pipe[1]), time.monotonic()
    for _ in range(1000):
        made.put(LINE)
    kept = b"kept\n"
    made.put(kept, keep=True)
    made.drain(0.1)
    assert time.monotonic() - begun < 2
    assert (made.is_full, made.lost) == (True, 900)
    assert taken(pipe[0], 4096 + 10_000 + len(kept)) == b"." * 4096 + 100 * LINE + kept
    made.drain(5)
    assert not made.is_full
    assert [record.getMessage() for record in caplog.records] == ["900 lines of the log were lost: they could not be written"]


def test_what_cannot_be_written_is_lost_but_for_what_is_kept(
    monkeypatch: pytest.MonkeyPatch, pipe: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outlet, "_PAUSE", 0.01)
    full, failing, real = os.open("/dev/full", os.O_WRONLY), True, os.write
    monkeypatch.setattr(os, "write", lambda to, data: real(full if failing and to == pipe[1] else to, data))
    made = Outlet(pipe[1])
    made.put(b"a\n")
    made.put(b"b\n", keep=True)
    made.put(b"c\n")
    made.drain(0.2)
    assert made.lost == 1
    failing = False
    made.drain(5)
    assert taken(pipe[0], 4) == b"b\nc\n"
    os.close(full)


def test_a_fork_writes_its_own(pipe: tuple[int, int]) -> None:
    made = Outlet(pipe[1])
    made.put(b"parent\n")
    made.drain(5)
    pid = os.fork()
    if pid == 0:
        made.put(b"child\n")
        made.drain(5)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    made.put(b"again\n")
    assert taken(pipe[0], 19) == b"parent\nchild\nagain\n"
