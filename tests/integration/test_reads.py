"""Reads that arrive together become one statement, each with its own answer; connections are lent and given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from omop_fhir.app import make_context
from omop_fhir.auth.grants import ALL_TYPES, ANYONE, READING, Grants, Permission
from omop_fhir.config import Settings
from omop_fhir.errors import Timeout, Unavailable
from omop_fhir.plan.criteria import Criteria
from omop_fhir.plan.read import ReadPlan, plan_read
from omop_fhir.query.statement import Statement
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.facade import Facade
from omop_fhir.store.postgresql.connections import Connections
from omop_fhir.store.postgresql.node import Node
from omop_fhir.store.postgresql.pool import Pool
from omop_fhir.store.reads import BATCH, Coalescer
from omop_fhir.store.snapshot import Snapshot
from tests.fixtures.databases import create_database, database_url, drop_database

PERSONS = 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(postgres_url: str) -> AsyncIterator[str]:
    name = await create_database(postgres_url)
    found = database_url(postgres_url, name)
    await generate_database(found, schema="cdm", persons=PERSONS, awkward=False)
    yield found
    await drop_database(postgres_url, name)


def settings(url: str, **others: Any) -> Settings:
    return Settings(url, cdm_schema="cdm", open=True, time_zone=ZoneInfo("UTC"), **others)


@dataclass
class Counting:
    """A pool that keeps the statements that went through it."""

    pool: Pool
    statements: list[Statement] = field(default_factory=list)

    async def fetch(self, statement: Statement, *, keyed: bool = False) -> Any:
        self.statements.append(statement)
        return await self.pool.fetch(statement, keyed=keyed)

    async def fetch_from(self, node: Node, statement: Statement) -> Any:
        self.statements.append(statement)
        return await self.pool.fetch_from(node, statement)

    async def reader(self, failed: Node | None = None) -> Node:
        return await self.pool.reader(failed)


@pytest.fixture
async def facade(url: str) -> AsyncIterator[Facade]:
    facade = make_context(settings(url))[0].facade
    await facade.open()
    yield facade
    await facade.close()


@pytest.fixture
async def snapshot(facade: Facade) -> Snapshot:
    return await facade.snapshot()


@pytest.fixture
def counting(facade: Facade, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    counting = Counting(facade.pool)
    with monkeypatch.context() as patched:
        patched.setattr(facade, "pool", counting)
        yield counting


def patient(snapshot: Snapshot, key: int, within: int | None = None) -> ReadPlan:
    return ReadPlan(snapshot.bounds["Patient"][0], key, within)


async def read_all(facade: Facade, snapshot: Snapshot, plans: Sequence[ReadPlan]) -> list[int | None]:
    """The keys that were read."""
    records = await asyncio.gather(*(facade.read(snapshot, plan) for plan in plans))
    return [None if record is None else record[2] for record in records]


class TestTogether:
    async def test_many_reads_are_few_statements_and_each_has_its_own_answer(
        self, facade: Facade, snapshot: Snapshot, counting: Counting
    ) -> None:
        wanted = [key % PERSONS + 1 for key in range(3 * BATCH)]
        assert await read_all(facade, snapshot, [patient(snapshot, key) for key in wanted]) == wanted
        assert len(counting.statements) <= 4

    async def test_a_lone_read_is_a_statement(self, facade: Facade, snapshot: Snapshot, counting: Counting) -> None:
        assert await read_all(facade, snapshot, [patient(snapshot, 7)]) == [7]
        assert len(counting.statements) == 1

    async def test_what_is_not_there_has_no_record_among_those_that_are(
        self, facade: Facade, snapshot: Snapshot
    ) -> None:
        wanted = [1, 10**15, 2, -(10**15), 2, 3]
        found = await read_all(facade, snapshot, [patient(snapshot, key) for key in wanted])
        assert found == [1, None, 2, None, 2, 3]

    async def test_each_caller_sees_only_the_own_compartment(
        self, facade: Facade, snapshot: Snapshot, counting: Counting
    ) -> None:
        plans = [patient(snapshot, 5, within) for within in (5, 6, None, 5)]
        assert await read_all(facade, snapshot, plans) == [5, None, 5, 5]
        assert len(counting.statements) == 1

    @pytest.mark.parametrize("given", ["among", "query"])
    async def test_those_who_may_see_the_same_gather_and_each_sees_what_it_may(
        self, facade: Facade, snapshot: Snapshot, counting: Counting, given: str
    ) -> None:
        """`among`: the patients of a care site; `query`: what a search in a scope finds, which asks the vocabulary first."""
        people = await facade.pool.fetch(Statement("SELECT person_id, care_site_id, gender_concept_id FROM cdm.person", ()))
        pairs, seen = {
            "among": ((("organization", "1"),), [key for key, site, _ in people if site == 1]),
            "query": ((("gender", "female"),), [key for key, _, gender in people if gender == 8532]),
        }[given]
        asked = Permission(ALL_TYPES, READING, **{given: pairs})
        plans = []
        for grants in (ANYONE, Grants("app", (asked,))):
            criteria = Criteria(snapshot.bounds, snapshot.site, grants, snapshot.site.base)
            plans += [plan_read("Patient", str(key), snapshot.bounds["Patient"], criteria) for key, *_ in people]
        counting.statements.clear()
        records = await asyncio.gather(*(facade.read(snapshot, plan) for plan in plans))
        assert 0 < len(seen) < len(people)
        assert [record[2] for record in records[: len(people)] if record] == [key for key, *_ in people]
        assert [record[2] for record in records[len(people) :] if record] == seen
        assert len([each for each in counting.statements if "wanted" in each.text]) <= 4

    async def test_types_do_not_mix(self, facade: Facade, snapshot: Snapshot) -> None:
        smallest = "SELECT min(visit_occurrence_id) FROM cdm.visit_occurrence"
        key = (await facade.pool.fetch(Statement(smallest, ())))[0][0]
        encounter = ReadPlan(snapshot.bounds["Encounter"][0], key, None)
        person, visit = await asyncio.gather(
            facade.read(snapshot, patient(snapshot, 1)), facade.read(snapshot, encounter)
        )
        assert person is not None
        assert visit is not None
        assert "year_of_birth" in person.keys()  # noqa: SIM118 - a record is no dict
        assert "visit_concept_id" in visit.keys()  # noqa: SIM118

    async def test_a_reader_that_goes_away_takes_no_other_along(self, facade: Facade, snapshot: Snapshot) -> None:
        tasks = [asyncio.ensure_future(facade.read(snapshot, patient(snapshot, key))) for key in range(1, 11)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[4].cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert isinstance(found[4], asyncio.CancelledError)
        assert [found[n][2] for n in (1, 2, 3, 5, 6, 7, 8, 9)] == [2, 3, 4, 6, 7, 8, 9, 10]  # type: ignore[index]


class TestFailure:
    async def test_all_who_wait_hear_of_it_and_the_next_are_served(self, snapshot: Snapshot) -> None:
        answers: list[Exception | None] = [Unavailable("away"), None]

        async def fetch(plans: Sequence[ReadPlan]) -> list[Any]:
            await asyncio.sleep(0)
            failed = answers.pop(0)
            if failed:
                raise failed
            return [(ordinal, plan.key) for ordinal, plan in enumerate(plans, start=1)]

        coalescer = Coalescer(fetch)
        failed = await asyncio.gather(
            *(coalescer.read(patient(snapshot, key)) for key in range(5)), return_exceptions=True
        )
        assert [type(each) for each in failed] == [Unavailable] * 5
        assert await coalescer.read(patient(snapshot, 9)) == (1, 9)


class TestConnections:
    async def test_no_more_than_allowed_are_open_and_they_are_used_again(self, url: str) -> None:
        pool, pids = Pool(settings(url, pool_size=4)), set[int]()
        await pool.open()
        for _ in range(3):
            records = await asyncio.gather(
                *(pool.fetch(Statement("SELECT pg_backend_pid(), pg_sleep(0.01)", ())) for _ in range(6))
            )
            pids |= {record[0][0] for record in records}
        await pool.close()
        assert len(pids) == 2

    async def test_a_statement_that_is_given_up_ends_in_the_database_and_its_connection_with_it(self, url: str) -> None:
        pool = Pool(settings(url, statement_timeout=0.2, pool_size=2))
        await pool.open()
        with pytest.raises(Timeout):
            await pool.fetch(Statement("SELECT pg_sleep(30), 'given up'", ()))
        running = "SELECT query FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
        assert not [query for (query,) in await pool.fetch(Statement(running, ())) if "given up" in query]
        await pool.close()

    async def test_a_connection_that_was_killed_is_replaced(self, url: str) -> None:
        pool = Pool(settings(url, pool_size=2))
        await pool.open()
        pid = (await pool.fetch(Statement("SELECT pg_backend_pid()", ())))[0][0]
        other = await asyncpg.connect(url)
        await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
        await other.close()
        assert (await pool.fetch(Statement("SELECT 1", ())))[0][0] == 1
        await pool.close()

    async def test_who_waits_in_vain_leaves_no_place_taken(self, url: str) -> None:
        connections = Connections(1, lambda: asyncpg.connect(url))
        async with connections.lend():
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05), connections.lend():
                    pass
        async with asyncio.timeout(5), connections.lend() as connection:
            assert await connection.fetchval("SELECT 1") == 1
        await connections.close()

    async def test_who_waits_for_a_server_that_is_given_up_waits_no_longer(self, url: str) -> None:
        connecting = asyncio.Event()

        async def connect() -> Any:
            connection = await asyncpg.connect(url)
            connecting.set()
            await asyncio.sleep(0.1)
            return connection

        async def ask() -> None:
            async with connections.lend() as connection:
                await connection.fetchval("SELECT pg_sleep(30)")

        connections = Connections(3, connect)
        begun = [asyncio.create_task(ask()) for _ in range(2)]
        await asyncio.sleep(0.5)
        connections.expire()  # another was broken; these two still wait for their answers
        connecting.clear()
        begun.append(asyncio.create_task(ask()))
        await connecting.wait()
        connections.abandon()
        async with asyncio.timeout(5):
            found = await asyncio.gather(*begun, return_exceptions=True)
        assert all(isinstance(each, (asyncpg.InterfaceError, asyncpg.PostgresConnectionError)) for each in found), found
        assert connections.lent == 0
        await connections.close()

    async def test_what_cannot_connect_leaves_no_place_taken(self, url: str) -> None:
        fails = [True]

        async def connect() -> Any:
            if fails.pop():
                raise ConnectionRefusedError
            return await asyncpg.connect(url)

        connections = Connections(1, connect)
        with pytest.raises(ConnectionRefusedError):
            async with connections.lend():
                pass
        fails.append(False)
        async with asyncio.timeout(5), connections.lend() as connection:
            assert not connection.is_closed()
        await connections.close()

    async def test_a_connection_left_within_a_transaction_is_not_lent_again(self, url: str) -> None:
        connections = Connections(1, lambda: asyncpg.connect(url))
        lent = []

        async def fail() -> None:
            async with connections.lend() as connection:
                lent.append(connection)
                await connection.execute("BEGIN; SELECT * FROM nowhere")

        with pytest.raises(asyncpg.UndefinedTableError):
            await fail()
        async with connections.lend() as connection:
            assert connection not in lent
        await connections.close()
