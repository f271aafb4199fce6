"""Test a fresh demo with the conformance bench, and end with its exit code.

Usage: python tools/conformance.py [OPTIONS of `omop-fhir conformance run` but --base]

Enters: nothing but this checkout's environment. Leaves: what the bench prints, and the reports in the folder that
`--reports` names. The demo listens on a free port of the loopback and is gone afterwards.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

COMMAND = [sys.executable, "-m", "omop_fhir"]
PERSONS = "300"


def main(arguments: list[str]) -> int:
    with demo() as base:
        return bench("run", base, *arguments)


def bench(command: str, base: str, *arguments: str) -> int:
    """Run a command of the bench; warnings count, since this is our own server."""
    words = [*COMMAND, "conformance", command, "--base", base, "--strict", *arguments]
    return subprocess.run(words, check=False).returncode


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
