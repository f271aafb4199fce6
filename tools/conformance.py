"""Test fresh demos with the conformance bench, and end with the worst exit code.

Usage: python tools/conformance.py [--reports FOLDER] [OPTIONS that `run` and `claims` share, but --base]

Enters: nothing but this checkout's environment. Leaves: what the bench prints, and the reports in the folder that
`--reports` names. The demos listen on a free port of the loopback and are gone afterwards. An open one runs the suite and has its
claims tested, for which `conformance/data/whole.json` is written to it: resources that have every element by which they can be
searched. One that authorizes runs the scripts for SMART, with tokens that its doctor and its patient got by launching an app.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from launch import launch

COMMAND = [sys.executable, "-m", "omop_fhir"]
PERSONS = "300"
CONFORMANCE = Path(__file__).parents[1] / "conformance"
WHOLE = CONFORMANCE / "data" / "whole.json"
SMART = CONFORMANCE / "suite" / "8-smart"


def main(arguments: list[str]) -> int:
    given = argparse.ArgumentParser(add_help=False)
    given.add_argument("--reports", type=Path)
    known, others = given.parse_known_args(arguments)
    bench = Bench(known.reports, others)
    with demo("--open") as (base, _):
        codes = [bench.run("run", base)]
        write(base)
        codes.append(bench.run("claims", base))
    with demo() as (base, passwords):
        variables = smart(base, passwords)
        codes.append(bench.run("run", base, str(SMART), report="smart", variables=variables))
        codes.append(bench.run("claims", base, report="claims-smart", token=launched(base, passwords, "doctor", "user/*.rs")))
    return max(codes)


class Bench:
    """The bench, as it is called each time; warnings count, since these are our own servers."""

    def __init__(self, reports: Path | None, arguments: list[str]) -> None:
        self.reports = reports
        self.arguments = arguments

    def run(
        self, command: str, base: str, *places: str, report: str = "", variables: Mapping[str, str] | None = None, token: str = ""
    ) -> int:
        """The exit code; tokens go by the environment, where nobody else sees them."""
        words = [*COMMAND, "conformance", command, *places, "--base", base, "--strict", *self.arguments]
        kept = ["--reports", str(self.reports / (report or command))] if self.reports else []
        named = " ".join(f"{name}={value}" for name, value in (variables or {}).items())
        secrets = {name: value for name, value in (("OMOP_FHIR_VARIABLE", named), ("OMOP_FHIR_TOKEN", token)) if value}
        return subprocess.run([*words, *kept], check=False, env={**os.environ, **secrets}).returncode


def write(base: str) -> None:
    """Give the server what the claims are tried on."""
    answer = httpx.post(base, content=WHOLE.read_bytes(), headers={"Content-Type": "application/fhir+json"}, timeout=60)
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{WHOLE}: {answer.status_code} {answer.text}")


def smart(base: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """What the scripts for SMART ask for: tokens of several scopes, the patient of one of them, and another patient."""
    scopes = {"PatientScopeToken": "user/Patient.rs", "ReadScopeToken": "user/Patient.r", "SearchScopeToken": "user/Patient.s"}
    found = {name: launched(base, passwords, "doctor", scope) for name, scope in scopes.items()}
    own = launch(base, "patient", passwords["patient"], "launch/patient patient/*.rs")
    headers = {"Authorization": f"Bearer {found['PatientScopeToken']}"}
    seen = httpx.get(f"{base}/Patient?_count=2", headers=headers).json()["entry"]
    other = next(entry["resource"]["id"] for entry in seen if entry["resource"]["id"] != own["patient"])
    return {**found, "PatientToken": own["access_token"], "PatientId": own["patient"], "OtherPatientId": other}


def launched(base: str, passwords: Mapping[str, str], login: str, scope: str) -> str:
    """An access token."""
    return str(launch(base, login, passwords[login], scope)["access_token"])


@contextmanager
def demo(*options: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A demo of its own; gives its base URL, and the passwords that it tells."""
    words = [*COMMAND, "demo", *options, "--port", "0", "--persons", PERSONS]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield ready(process)
        finally:
            process.terminate()


def ready(process: subprocess.Popen[str]) -> tuple[str, dict[str, str]]:
    """The base URL, once the demo can answer, and the password of each login."""
    passwords = {}
    for line in process.stdout or ():
        if told := re.match(r"sign in as (\S+) with (\S+)", line):
            passwords[told[1]] = told[2]
        if " ready on " in line:
            return line.rpartition(" ")[2].strip(), passwords
    raise SystemExit("the demo did not start")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
