"""Concepts shared in Redis: found by another worker, and missed by nobody when Redis is gone."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from omop_fhir.errors import ConfigurationError
from omop_fhir.omop.concept import Concept
from omop_fhir.store.shared import SharedConcepts

CONCEPTS = [Concept(1, "Nephrectomy", "SNOMED", "175905003", "Procedure", True), Concept(2_000_000_001)]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """URL and process of a Redis of our own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _await(port)
        yield f"redis://127.0.0.1:{port}/0", process
        process.kill()


def _await(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


async def test_a_concept_that_one_worker_keeps_is_found_by_another(redis: tuple[str, object]) -> None:
    one, other = SharedConcepts(redis[0]), SharedConcepts(redis[0])
    await one.put("vocabulary", CONCEPTS)
    assert await other.get("vocabulary", [1, 2, 2_000_000_001]) == {c.id: c for c in CONCEPTS}
    assert await other.get("another vocabulary", [1]) == {}
    await one.close()
    await other.close()


async def test_a_redis_that_dies_changes_nothing_but_the_time(redis: tuple[str, subprocess.Popen[bytes]]) -> None:
    shared = SharedConcepts(redis[0])
    await shared.put("vocabulary", CONCEPTS)
    redis[1].kill()
    redis[1].wait()
    assert await shared.get("vocabulary", [1]) == {}
    start = time.monotonic()
    for _ in range(100):
        await shared.put("vocabulary", CONCEPTS)
        assert await shared.get("vocabulary", [1]) == {}
    assert time.monotonic() - start < 0.1
    await shared.close()


def test_a_url_that_is_none_is_told_in_one_line() -> None:
    with pytest.raises(ConfigurationError, match="--redis-url is not the URL of a Redis"):
        SharedConcepts("http://cache")


async def test_a_redis_that_never_was_is_left_alone() -> None:
    shared = SharedConcepts("redis://127.0.0.1:1/0")
    assert await shared.get("vocabulary", [1]) == {}
    await shared.close()
