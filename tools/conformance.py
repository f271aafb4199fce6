"""Test a fresh demo with the conformance bench, its TestScripts and its claims, and end with the worse exit code.

Usage: python tools/conformance.py [--reports FOLDER] [OPTIONS that `run` and `claims` share, but --base]

Enters: nothing but this checkout's environment. Leaves: what the bench prints, and the reports in the folder that
`--reports` names. The demo listens on a free port of the loopback and is gone afterwards.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "omop_fhir"]
PERSONS = "300"


def main(arguments: list[str]) -> int:
    given = argparse.ArgumentParser(add_help=False)
    given.add_argument("--reports", type=Path)
    known, others = given.parse_known_args(arguments)
    with demo() as base:
        return max([bench(command, base, known.reports, *others) for command in ("run", "claims")])


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
