"""What workers share in Redis: found by another worker, and missed by nobody when Redis is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from omop_fhir.errors import ConfigurationError
from omop_fhir.omop.concept import Concept
from omop_fhir.store.shared.budgets import SharedBudgets
from omop_fhir.store.shared.concepts import SharedConcepts
from omop_fhir.store.shared.marks import SharedMarks
from omop_fhir.store.shared.notices import SharedNotices
from omop_fhir.store.shared.redis import Shared
from tests.stack.process import Program
from tests.stack.redis import program, url
from tests.stack.redis import redis as started

CONCEPTS = [Concept(1, "Nephrectomy", "SNOMED", "175905003", "Procedure", True), Concept(2_000_000_001)]


class Own:
    """A worker's own budgets: whoever spent something waits."""

    def __init__(self) -> None:
        self.spent: set[str] = set()

    async def spend(self, client: str, cost: float) -> float:
        wait = 17.0 if client in self.spent else 0.0
        self.spent.add(client)
        return wait


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Program]:
    """A Redis of our own."""
    path = program()
    if path is None:
        pytest.skip("redis-server is not installed")
    process = started(path, tmp_path)
    yield process
    process.stop()


async def test_a_concept_that_one_worker_keeps_is_found_by_another(redis: Program) -> None:
    doors = Shared(url(redis)), Shared(url(redis))
    one, other = map(SharedConcepts, doors)
    await one.put("vocabulary", CONCEPTS)
    assert await other.get("vocabulary", [1, 2, 2_000_000_001]) == {c.id: c for c in CONCEPTS}
    assert await other.get("another vocabulary", [1]) == {}
    for door in doors:
        await door.close()


async def test_a_redis_that_dies_changes_nothing_but_the_time(redis: Program) -> None:
    door = Shared(url(redis))
    shared = SharedConcepts(door)
    await shared.put("vocabulary", CONCEPTS)
    redis.kill()
    assert await shared.get("vocabulary", [1]) == {}
    start = time.monotonic()
    for _ in range(100):
        await shared.put("vocabulary", CONCEPTS)
        assert await shared.get("vocabulary", [1]) == {}
    assert time.monotonic() - start < 0.1
    assert not door.is_up
    await door.close()


def test_a_url_that_is_none_is_told_in_one_line() -> None:
    with pytest.raises(ConfigurationError, match="--redis-url is not the URL of a Redis"):
        Shared("http://cache")


async def test_a_redis_that_never_was_is_left_alone() -> None:
    door = Shared("redis://127.0.0.1:1/0")
    assert await SharedConcepts(door).get("vocabulary", [1]) == {}
    await door.close()


async def test_a_mark_of_one_worker_is_known_to_another_once_redis_is_old_enough(redis: Program) -> None:
    doors = Shared(url(redis)), Shared(url(redis))
    one, other = (SharedMarks(door, lifetime=1) for door in doors)
    assert await one.get("somebody") is None  # it may have lost what it knew
    await asyncio.sleep(1.2)
    assert await other.get("somebody") == 0
    assert await one.put("somebody", 2**40 + 7)
    assert await one.put("somebody", 5)
    found = await asyncio.gather(other.get("somebody"), other.get("nobody"), other.get("somebody"))
    assert found == [2**40 + 7, 0, 2**40 + 7]
    await asyncio.sleep(1.2)
    assert await other.get("somebody") == 0
    redis.kill()
    assert not await one.put("somebody", 9)
    assert await one.get("somebody") is None
    for door in doors:
        await door.close()


async def test_a_budget_is_one_for_all_workers_and_each_ones_own_without_redis(redis: Program) -> None:
    doors = Shared(url(redis)), Shared(url(redis))
    one, other = (SharedBudgets(door, Own(), "requests", 1.0, 3.0) for door in doors)
    waits = [await each.spend("a", 1.0) for each in (one, other, one, other, one)]
    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[4] <= 1
    assert await other.spend("b", 10.0) == 0  # what costs more than all leaves a debt
    assert 6 < await one.spend("b", 1.0) <= 7
    redis.kill()
    assert [await each.spend("a", 3.0) for each in (one, other, one)] == [0, 0, 17]
    for door in doors:
        await door.close()


async def test_a_notice_of_one_worker_is_heard_by_another_also_after_redis_was_gone(
    redis: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("redis", "notices"):
        monkeypatch.setattr(f"omop_fhir.store.shared.{module}.PAUSE", 0.5)
    doors = Shared(url(redis)), Shared(url(redis))
    one, other = (SharedNotices(door, "revocations") for door in doors)
    heard = asyncio.Event()
    listening = asyncio.create_task(other.listen(heard.set))
    for restart in (False, True):
        if restart:
            redis.kill()
            redis.start()
        async with asyncio.timeout(15):
            await heard.wait()  # some may have been missed
            heard.clear()
            while not heard.is_set():
                await one.send()
                await asyncio.sleep(0.05)
        heard.clear()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    for door in doors:
        await door.close()
