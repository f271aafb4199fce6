"""The server as a process of its own: how long it takes to start, how much memory it holds."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from .population import SCHEMA, Population

_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Memory:
    """In MB (10^6 bytes); None where the system does not tell."""

    resident: float | None
    proportional: float | None
    """Pages that other processes share count in part."""


@dataclass(frozen=True, slots=True)
class Process:
    """A running server."""

    url: str
    pid: int
    start_time: float
    """Seconds from the start of the interpreter to the line that says it is ready."""

    def processor_time(self) -> float:
        """Seconds of the processor that the process and its workers have used."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(_processor_time(pid) for pid in (self.pid, *workers))

    def memory(self) -> Memory:
        """What the process holds now."""
        try:
            text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        except OSError:
            return Memory(_resident(self.pid), None)
        return Memory(_kilobytes(text, "Rss"), _kilobytes(text, "Pss"))


def _processor_time(pid: int | str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kilobytes(text: str, name: str) -> float | None:
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else None


def _resident(pid: int) -> float | None:
    done = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return int(done.stdout) * 1024 / 1e6 if done.stdout.strip().isdigit() else None


@contextmanager
def serving(population: Population, options: Sequence[str] = ()) -> Iterator[Process]:
    """`omop-fhir serve` over a population, one worker, stopped in the end. Raises RuntimeError if it does not start."""
    port = _free_port()
    command = [sys.executable, "-m", "omop_fhir", "serve", "--open", "--port", str(port), "--time-zone", "UTC"]
    command += ["--no-access-log", "--drain-time", "0", *options]
    environment = {**os.environ, "OMOP_FHIR_DATABASE_URL": population.url, "OMOP_FHIR_CDM_SCHEMA": SCHEMA}
    start = perf_counter()
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        _await_ready(running)
        yield Process(f"http://127.0.0.1:{port}", running.pid, perf_counter() - start)
    finally:
        running.terminate()
        running.wait(_LIMIT)


def _await_ready(running: subprocess.Popen[str]) -> None:
    for line in running.stdout or ():
        if " ready on " in line:
            return
    raise RuntimeError("the server ended before it was ready")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
