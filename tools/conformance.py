"""Test a fresh demo with the conformance bench, its TestScripts and its claims, and end with the worse exit code.

Usage: python tools/conformance.py [--reports FOLDER] [OPTIONS that `run` and `claims` share, but --base]

Enters: nothing but this checkout's environment. Leaves: what the bench prints, and the reports in the folder that
`--reports` names. The demo listens on a free port of the loopback and is gone afterwards. Before its claims are tested,
`conformance/data/whole.json` is written to it: resources that have every element by which they can be searched.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

COMMAND = [sys.executable, "-m", "omop_fhir"]
PERSONS = "300"
WHOLE = Path(__file__).parents[1] / "conformance" / "data" / "whole.json"


def main(arguments: list[str]) -> int:
    given = argparse.ArgumentParser(add_help=False)
    given.add_argument("--reports", type=Path)
    known, others = given.parse_known_args(arguments)
    with demo() as base:
        scripts = bench("run", base, known.reports, *others)
        write(base)
        return max(scripts, bench("claims", base, known.reports, *others))


def write(base: str) -> None:
    """Give the server what the claims are tried on."""
    answer = httpx.post(base, content=WHOLE.read_bytes(), headers={"Content-Type": "application/fhir+json"}, timeout=60)
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{WHOLE}: {answer.status_code} {answer.text}")


def bench(command: str, base: str, reports: Path | None, *arguments: str) -> int:
    """Run a command of the bench; warnings count, since this is our own server."""
    words = [*COMMAND, "conformance", command, "--base", base, "--strict", *arguments]
    kept = ["--reports", str(reports / command)] if reports else []
    return subprocess.run([*words, *kept], check=False).returncode


@contextmanager
def demo() -> Iterator[str]:
    """A demo of its own; gives its base URL."""
    words = [*COMMAND, "demo", "--open", "--port", "0", "--persons", PERSONS]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield ready(process)
        finally:
            process.terminate()


def ready(process: subprocess.Popen[str]) -> str:
    """The base URL, once the demo can answer."""
    for line in process.stdout or ():
        if " ready on " in line:
            return line.rpartition(" ")[2].strip()
    raise SystemExit("the demo did not start")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
