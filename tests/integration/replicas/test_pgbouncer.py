"""Behind PgBouncer in transaction mode, that keeps prepared statements or loses them: found out, and served the same."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import httpx
import pytest

from omop_fhir.store.migrate import missing
from omop_fhir.store.postgresql.pooler import Door
from tests.integration.http.conftest import Served, running
from tests.stack.pgbouncer import bouncer, program
from tests.stack.postgres import Postgres

PATHS = [
    "Patient/1", "Procedure?patient=1", "Encounter?_count=3&_sort=-date", "Patient?gender=female&_total=accurate", "_history",
]  # fmt: skip
PUBLIC = "https://fhir.example.org/fhir"
IGNORED = "plan_cache_mode, default_transaction_read_only"


def url(server: Postgres, port: int) -> str:
    return f"postgresql://{server.login}@127.0.0.1:{port}/postgres"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user may reach (pytest's own are closed to `nobody`)."""
    with tempfile.TemporaryDirectory(prefix="omop-fhir-pgbouncer-") as found:
        Path(found).chmod(0o755)
        yield Path(found)


@pytest.mark.parametrize("keeps", [False, True], ids=["before 1.21", "since 1.21"])
def test_what_is_there_is_found_out(pair: tuple[Postgres, Postgres], folder: Path, keeps: bool) -> None:
    path = program(keeps_statements=keeps)
    for number, more in enumerate(({}, {"ignore_startup_parameters": IGNORED}, {"pool_mode": "session"})):
        process = bouncer(path, pair[0], folder / str(number), **more)
        door = Door(url(pair[0], process.port))
        try:
            asyncio.run(_once(door))
            assert (door.is_pooled, door._keeps) == (True, keeps and more.get("pool_mode") != "session")
        finally:
            process.stop()
    door = Door(pair[0].url)
    asyncio.run(_once(door))
    assert door.is_pooled is False


async def _once(door: Door) -> None:
    for kind in ("keyed", "scans", "writes"):
        connection = await door.connect(kind)  # type: ignore[arg-type]
        await connection.close()


@pytest.mark.parametrize("keeps", [False, True], ids=["before 1.21", "since 1.21"])
def test_the_same_is_served_through_it(pair: tuple[Postgres, Postgres], folder: Path, keeps: bool) -> None:
    """Three server connections for many more clients, so that each statement may meet any of them."""
    process = bouncer(program(keeps_statements=keeps), pair[0], folder / "one", size=3)
    try:
        with (
            running(pair[0].url, base_url=PUBLIC) as direct,
            running(url(pair[0], process.port), base_url=PUBLIC) as pooled,
        ):
            for path in PATHS:
                assert _bare(direct.json(path)) == _bare(pooled.json(path))
            with ThreadPoolExecutor(12) as threads:
                statuses = list(threads.map(lambda number: _ask(pooled, number), range(240)))
            assert set(statuses) == {200, 201}
            assert asyncio.run(missing(url(pair[0], process.port), "omop_fhir")) == ()
        assert asyncio.run(_settings(url(pair[0], process.port))) == {("off", "auto", "0")}
    finally:
        process.stop()


def _ask(served: Served, number: int) -> int:
    with httpx.Client(base_url=served.base, timeout=30) as client:
        if number % 6 == 0:
            headers = {"content-type": "application/fhir+json"}
            return client.post("Patient", json={"resourceType": "Patient"}, headers=headers).status_code
        return client.get(PATHS[number % len(PATHS)]).status_code


def _bare(body: dict[str, object]) -> dict[str, object]:
    """What holds no sealed link."""
    return {name: value for name, value in body.items() if name != "link"}


async def _settings(url: str) -> set[tuple[str, ...]]:
    """What those find who are lent the same server connections after us."""
    names = ("default_transaction_read_only", "plan_cache_mode", "statement_timeout")
    sql = "SELECT " + ", ".join(f"current_setting('{name}')" for name in names)
    found = set()
    for _ in range(6):
        connection = await asyncpg.connect(url, statement_cache_size=0)
        found.add(tuple(await connection.fetchrow(sql) or ()))
        await connection.close()
    return found
