"""What a kill takes away of the audit: at most what was read in the window; and several workers, each with its chain."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from omop_fhir.auth.audit_seal import key_of
from omop_fhir.store.audit.verify import Report, verify
from tests.fixtures.waiting import until

from .conftest import rows
from .test_workers import children, workers

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="tells workers apart by /proc")

KEY = "k" * 40
WINDOW = 1.0
SLACK = 1.5
"""Seconds that a busy machine may take to write a batch."""


def report(database: str) -> Report:
    key = key_of(KEY)
    assert key is not None
    return asyncio.run(verify(database, "omop_fhir", [key], 60))


def recorded(database: str) -> set[str]:
    """The ids of the requests that are in the audit."""
    return {row[0] for row in rows(database, "SELECT event ->> 'request' FROM omop_fhir.audit_event WHERE event ? 'request'")}


def ask(base: str, path: str, number: int) -> str:
    """One request over a connection of its own; its id."""
    id = f"{number:032x}"
    assert httpx.get(f"{base}/{path}", headers={"x-request-id": id}).status_code == 200
    return id


def test_a_kill_takes_away_at_most_what_was_read_in_the_window(migrated_copy: Callable[[], str]) -> None:
    database = migrated_copy()
    options = ("--open", "--audit-key", KEY, "--audit-interval", str(WINDOW))
    asked: dict[str, float] = {}
    with workers(database, *options) as process:
        patient = {"resourceType": "Patient", "gender": "female"}
        end = time.monotonic() + 4
        while time.monotonic() < end:
            asked[ask(process.base, "Patient/1", len(asked))] = time.monotonic()
        made = httpx.post(f"{process.base}/Patient", json=patient, headers={"content-type": "application/fhir+json"}).json()["id"]
        killed = time.monotonic()
        for worker in children(process.popen.pid) | {process.popen.pid}:
            os.kill(worker, signal.SIGKILL)
        process.popen.wait(10)
    kept = recorded(database)
    lost = {id for id in asked if id not in kept}
    assert [id for id in lost if asked[id] < killed - WINDOW - SLACK] == []
    assert len(kept) > len(asked) / 10
    (write,) = rows(database, "SELECT what[1] FROM omop_fhir.audit_event WHERE kind = 'create'")
    assert write == (f"Patient/{made}",)
    assert report(database).problems == []


def test_two_workers_write_all_and_their_chains_are_sound(migrated_copy: Callable[[], str]) -> None:
    database = migrated_copy()
    with workers(database, "--open", "--audit-key", KEY, "--audit-interval", "0.1") as process:
        asked = {ask(process.base, "Patient/1", number) for number in range(120)}
        until(lambda: asked <= recorded(database))
        assert process.stop() == 0
    found = report(database)
    assert (found.problems, found.notes, found.waiting) == ([], [], 0)
    assert found.chains >= 2
    assert asked <= recorded(database)
