"""`python -m benchmarks.observing`: microseconds that it takes to note a request in metrics and log."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import IO, NamedTuple

from omop_fhir.observe.access_log import AccessLog
from omop_fhir.observe.metrics import Metrics, share
from omop_fhir.observe.observed_request import ObservedRequest

_TIMES = 20_000
_ROUNDS = 5


class Noting(NamedTuple):
    """Microseconds: metrics of one worker, of one of several, a line of the log."""

    alone: float
    shared: float
    line: float


def measure() -> Noting:
    """Each in a process of its own: whether values are shared is decided once."""
    return Noting(*(_of(each) for each in ("alone", "shared", "line")))


def _of(what: str) -> float:
    command = [sys.executable, "-m", "benchmarks.observing", what]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603


def _metrics() -> float:
    metrics = Metrics()
    return min(_timed(lambda: metrics.answered("read", "Patient", 200, 0.0013)) for _ in range(_ROUNDS))


async def _line(nowhere: IO[bytes]) -> float:
    log = AccessLog("json", nowhere.write)
    observed = ObservedRequest("3f0e8a5c58f64a55", 0.0, "read", "Patient", 1, "app", "7")

    def note() -> None:
        log.note(observed, "GET", "/fhir/Patient/#", 200, 0.0013)

    times = []
    for _ in range(_ROUNDS):
        times.append(_timed(note))
        log.flush()
    return min(times)


def _timed(work: object) -> float:
    start = process_time()
    for _ in range(_TIMES):
        work()  # type: ignore[operator]
    return (process_time() - start) / _TIMES * 1e6


def main(what: str) -> None:
    """Print the time of one of them."""
    if what == "line":
        with Path("/dev/null").open("wb", buffering=0) as nowhere:
            print(asyncio.run(_line(nowhere)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if what == "shared":
            share(Path(folder))
        print(_metrics())


if __name__ == "__main__":
    main(*sys.argv[1:])
