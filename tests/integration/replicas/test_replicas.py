"""Several hosts in the database URL: who is read from, what a caller sees of its own writes, and who takes over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from omop_fhir.auth.grants import ALL_LETTERS, ALL_TYPES, Grants, Permission
from tests.integration.http.conftest import Fixed, Served, refused, running
from tests.stack.postgres import Postgres, both, replicated, until
from tests.stack.redis import program, redis, url

from .conftest import prepared

READS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'omop-fhir' AND strpos(query, 'year_of_birth') > 0"
"""Connections that looked for persons last, on the server that is asked."""
PATIENT: dict[str, Any] = {"resourceType": "Patient", "gender": "female"}


def named(name: str) -> Fixed:
    """A caller of this name who may do everything."""
    return Fixed(Grants(name, (Permission(ALL_TYPES, ALL_LETTERS),)))


class ByName:
    """Whoever comes is called what the header says, and may do everything."""

    may_write = True

    async def grants(self, authorization: str | None) -> Grants:
        return await named(authorization or "anyone").grants(authorization)


@contextmanager
def paused(replica: Postgres) -> Iterator[None]:
    """The replica receives and does not replay."""
    replica.ask("SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        replica.ask("SELECT pg_wal_replay_resume()")


def settled(served: Served) -> None:
    """The server knows who is who, and the replica is read from."""
    served.json("metadata")
    until(lambda: len(served.facade.pool.cluster.replicas) == 1 and served.facade.pool.cluster.primary is not None)


def test_reads_go_to_the_replica_and_writes_to_the_primary(pair: tuple[Postgres, Postgres]) -> None:
    primary, replica = pair
    with running(both(replica, primary)) as served:
        settled(served)
        until(lambda: served.json("Patient/1") and replica.ask(READS))
        made = served.send("POST", "Patient", PATIENT)
        assert made.status_code == 201
        assert served.json(f"Patient/{made.json()['id']}")["gender"] == "female"


def test_a_caller_sees_its_own_write_and_others_read_on(pair: tuple[Postgres, Postgres]) -> None:
    primary, replica = pair
    with running(both(primary, replica), access=named("writer"), replica_lag=60) as served, paused(replica):
        settled(served)
        made = served.send("POST", "Patient", PATIENT).json()
        for number in range(5):
            version = served.send("PUT", f"Patient/{made['id']}", {**PATIENT, "id": made["id"], "active": number % 2 == 0})
            assert served.json(f"Patient/{made['id']}")["active"] is (number % 2 == 0)
            found = served.json(f"Patient?_id={made['id']}")["entry"]
            assert [f'W/"{each["resource"]["meta"]["versionId"]}"' for each in found] == [version.headers["etag"]]
        stale = served.send("PUT", f"Patient/{made['id']}", {**PATIENT, "id": made["id"]}, if_match='W/"1"')
        assert stale.status_code == 412


def test_another_worker_shows_it_too(pair: tuple[Postgres, Postgres]) -> None:
    """Without Redis, the other worker asks the primary how far it is."""
    primary, replica = pair
    url = both(primary, replica)
    with (
        running(url, access=named("writer"), replica_lag=60) as one,
        running(url, access=named("writer"), replica_lag=60) as other,
    ):
        settled(one)
        settled(other)
        with paused(replica):
            made = one.send("POST", "Patient", PATIENT).json()
            assert other.json(f"Patient/{made['id']}")["id"] == made["id"]
            assert [each["id"] for each in other.resources(f"Patient?_id={made['id']}")] == [made["id"]]


def test_a_caller_sees_its_own_write_also_when_redis_dies(pair: tuple[Postgres, Postgres], tmp_path: Path) -> None:
    """And the replica is read from by all others, without a question to the primary."""
    primary, replica = pair
    path = program()
    if path is None:
        pytest.skip("redis-server is not installed")
    cache = redis(path, tmp_path)
    given: dict[str, Any] = {"access": ByName(), "replica_lag": 1, "redis_url": url(cache)}
    with running(both(primary, replica), **given) as one, running(both(primary, replica), **given) as other:
        settled(one)
        settled(other)
        assert condition(one) == {"database": {"primary": 1, "replica": 1, "outdated": 0, "away": 0, "lag": [0.0]}, "redis": "up"}
        for kill in (False, True):
            if kill:
                cache.kill()
            for number in range(20):
                writer, reader = (one, other) if number % 2 else (other, one)
                made = writer.send("POST", "Patient", PATIENT, authorization="writer").json()
                assert reader.get(f"Patient/{made['id']}", headers={"authorization": "writer"}).status_code == 200
        until(lambda: condition(one)["redis"] == "down")
        assert "redis_up 0.0" in httpx.get(f"http://127.0.0.1:{one.port}/metrics").text
        cache.start()
        until(lambda: condition(one)["redis"] == "up")
    cache.stop()


def condition(served: Served) -> dict[str, Any]:
    """What is told of the server beside that it is ready."""
    said = httpx.get(f"http://127.0.0.1:{served.port}/health/ready")
    assert said.status_code == 200
    found: dict[str, Any] = said.json()
    assert found.pop("status") == "ready"
    return found


def test_a_replica_that_lags_too_long_is_not_read_from(pair: tuple[Postgres, Postgres]) -> None:
    primary, replica = pair
    with running(both(primary, replica), replica_lag=2) as served:
        settled(served)
        with paused(replica):
            primary.ask("CREATE TABLE IF NOT EXISTS public.beside (at timestamptz)")
            until(lambda: not served.facade.pool.cluster.replicas, seconds=10)
            assert served.json("Patient/1")["id"] == "1"
            (lagging,) = [node for node in served.facade.pool.cluster.nodes if node.role == "replica"]
            assert 2 < lagging.lag < 10
        until(lambda: served.facade.pool.cluster.replicas, seconds=10)


def test_a_replica_that_dies_is_missed_by_nobody(pair: tuple[Postgres, Postgres]) -> None:
    primary, replica = pair
    with running(both(primary, replica)) as served:
        settled(served)
        replica.kill()
        for _ in range(50):
            assert served.json("Patient/1")["id"] == "1"
            assert served.json("Procedure?patient=1&_count=2")["type"] == "searchset"
        assert served.send("POST", "Patient", PATIENT).status_code == 201
        replica.restart()
        until(lambda: served.facade.pool.cluster.replicas)


class Writer(threading.Thread):
    """Creates patients one after another, and notes what was said of each."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base, self.done = base, threading.Event()
        self.statuses: dict[str, int] = {}

    def run(self) -> None:
        headers = {"content-type": "application/fhir+json", "authorization": "writer"}
        with httpx.Client(base_url=self.base, timeout=30, headers=headers) as client:
            number = 0
            while not self.done.is_set():
                number += 1
                id = f"w-{number}"
                said = client.put(f"Patient/{id}", json={**PATIENT, "id": id})
                self.statuses[id] = said.status_code
                if said.status_code == 503:
                    assert said.headers["retry-after"]
                    time.sleep(0.05)


def test_a_primary_that_dies_is_replaced_without_a_restart() -> None:
    with replicated(prepared) as (primary, replica):
        primary.synchronous("replica")
        with running(both(primary, replica), access=ByName()) as served:
            settled(served)
            writer = Writer(served.base)
            writer.start()
            until(lambda: list(writer.statuses.values()).count(201) > 20)
            primary.kill()
            until(lambda: 503 in writer.statuses.values())
            assert refused(served.send("POST", "Patient", PATIENT), 503, "transient")
            assert served.json("Patient/1")["id"] == "1"
            replica.promote()
            before = list(writer.statuses.values()).count(201)
            until(lambda: list(writer.statuses.values()).count(201) > before + 20)
            primary.restart()  # it believes still that it is the primary
            outdated = until_role(served, "outdated")
            assert outdated.endswith(str(primary.port))
            made = served.send("POST", "Patient", PATIENT).json()
            assert replica.ask(f"SELECT count(*) FROM omop_fhir.document WHERE id = '{made['id']}'") == 1
            primary.follow(replica)
            until(lambda: served.facade.pool.cluster.replicas)
            writer.done.set()
            writer.join()
            assert set(writer.statuses.values()) <= {201, 503}
            for id, status in writer.statuses.items():
                if status == 201:
                    assert served.json(f"Patient/{id}")["id"] == id


def until_role(served: Served, role: str) -> str:
    """The name of the server that comes to be it."""
    until(lambda: any(node.role == role for node in served.facade.pool.cluster.nodes))
    return next(node.name for node in served.facade.pool.cluster.nodes if node.role == role)
