"""Bundles of very many entries: memory stays within a bound, and an answer's head stays small."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import rows
from .test_process import started

ENTRIES = 10_000
BOUND = 350
"""MB that a worker may hold at its peak with a transaction of so many entries."""
HEADERS = {"content-type": "application/fhir+json"}


def bundle(type: str, entries: int, each: int = 10) -> dict[str, Any]:
    """A patient and some procedures, again and again."""
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "162676008", "display": "Brief general examination"}]}
    found: list[dict[str, Any]] = []
    for number in range(entries):
        url = f"urn:uuid:00000000-0000-4000-8000-{number:012}"
        resource: dict[str, Any] = {"resourceType": "Patient", "gender": "male", "birthDate": "1950-02-03"}
        if number % each and type == "transaction":
            subject = {"reference": f"urn:uuid:00000000-0000-4000-8000-{number - number % each:012}"}
            resource = {"resourceType": "Procedure", "status": "completed", "subject": subject, "code": code,
                        "performedDateTime": "2020-01-02"}  # fmt: skip
        found.append({"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}})
    return {"resourceType": "Bundle", "type": type, "entry": found}


def peak(pid: int) -> float:
    """The most that any worker of the server has held, in MB."""
    workers = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    texts = [Path(f"/proc/{worker}/status").read_text() for worker in workers or [str(pid)]]
    return max(int(text.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6 for text in texts)


def test_ten_thousand_entries_in_bounded_memory(migrated_copy: Callable[[], str]) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells in /proc what a process has held")
    database, sent = migrated_copy(), bundle("transaction", ENTRIES)
    with started("--database-url", database, "--cdm-schema", "cdm") as process:
        peaks = [peak(process.popen.pid) if httpx.get(f"{process.base}/metadata").is_success else 0.0]
        for _ in range(2):
            answer = httpx.post(f"{process.base}/", json=sent, headers=HEADERS, timeout=300)
            assert answer.status_code == 200, answer.text[:500]
            assert len(answer.json()["entry"]) == ENTRIES
            peaks.append(peak(process.popen.pid))
    print(f"peak of a worker: {', '.join(f'{each:.0f}' for each in peaks)} MB before, and after each of {ENTRIES:,} entries")
    assert peaks[2] < BOUND
    assert rows(database, "SELECT count(*) FROM omop_fhir.document") == [(2 * ENTRIES,)]


def test_the_head_of_an_answer_does_not_grow_with_the_entries(migrated_copy: Callable[[], str]) -> None:
    with started("--database-url", migrated_copy(), "--cdm-schema", "cdm") as process:
        answer = httpx.post(f"{process.base}/", json=bundle("batch", 300), headers=HEADERS, timeout=60)
    assert [entry["response"]["status"] for entry in answer.json()["entry"]] == ["201 Created"] * 300
    assert [part.partition(";")[0] for part in answer.headers["server-timing"].split(", ")] == ["parse", "write"]
