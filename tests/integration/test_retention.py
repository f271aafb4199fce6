"""What is old goes and leaves the audit verifiable; what is held stays, and so does what does not verify."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from omop_fhir.cli import main
from omop_fhir.config import Settings
from omop_fhir.errors import NotFound
from omop_fhir.store.audit import trail as audit_module
from omop_fhir.store.audit.verify import heads
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.migrate import migrate
from omop_fhir.store.retention import Gone, Terms, hold, release, retain
from tests.fixtures.databases import NewDatabase, create_database, database_url, drop_database

from .test_audit_chain import KEY, OWN, fill, problems, read, report, run, worker

DAY = 86_400_000


@pytest.fixture
async def url(new_database: NewDatabase, migrated_template: str) -> str:
    return await new_database(template=migrated_template)


@pytest.fixture
def population(postgres_url: str) -> Iterator[str]:
    """URL of a migrated database with persons 1 to 5."""
    name = asyncio.run(create_database(postgres_url))
    made = database_url(postgres_url, name)
    asyncio.run(generate_database(made, schema="cdm", persons=5))
    asyncio.run(migrate(made, OWN))
    yield made
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture(autouse=True)
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written by the worker of a test is 100 days old."""
    monkeypatch.setattr(audit_module, "time_ns", lambda: time.time_ns() - 100 * DAY * 1_000_000)


async def keep(url: str, audit: int | None = None, history: int | None = None, key: str = KEY, apply: bool = True) -> Gone:
    return await retain(Settings(database_url=url), [key], Terms(audit, history), apply=apply)


async def numbers(url: str) -> list[int]:
    return [row[0] for row in await run(url, "SELECT number FROM omop_fhir.audit_seal WHERE chain = 1 ORDER BY number")]


class TestAudit:
    async def test_what_is_old_goes_and_what_is_left_verifies(self, url: str) -> None:
        await fill(url, seals=4)
        kept = await heads(url, OWN, 60)
        assert (await keep(url, audit=101)).events == 0
        gone = await keep(url, audit=99)
        assert (gone.events, gone.seals, gone.held, gone.problems) == (9, 5, 0, [])
        found = await report(url, heads=kept)
        assert (found.problems, found.seals, found.waiting) == ([], 0, 1)
        (event,) = await run(url, "SELECT kind, event ->> 'reason' FROM omop_fhir.audit_event")
        assert event == ("retention", "audit-9-events")

    async def test_it_may_be_done_again_and_the_chain_goes_on(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        async with worker(url) as trail:
            for number in range(3):
                trail.record(read(number))
                assert await trail.flush()
            assert (await keep(url, audit=99)).seals == 3
            assert (await keep(url, audit=99)).seals == 0
            trail.record(read(7))
            assert await trail.flush()
            assert await problems(url) == []
            assert (await keep(url, audit=99)).seals == 1
            assert await run(url, "SELECT chain, first, last, events FROM omop_fhir.audit_checkpoint") == [(1, 1, 4, 4)]
            await trail.close()
        assert await problems(url) == []

    async def test_without_apply_it_only_says_what_would_go(self, url: str) -> None:
        await fill(url)
        gone = await keep(url, audit=99, apply=False)
        assert (gone.events, gone.seals) == (7, 4)
        assert (await numbers(url), await problems(url)) == ([1, 2, 3, 4], [])

    async def test_what_is_about_a_held_patient_stays(self, url: str) -> None:
        await fill(url, seals=4)
        await hold(Settings(database_url=url), "3", "a court asks")
        gone = await keep(url, audit=99)
        assert (gone.seals, gone.held) == (4, 1)
        assert (await numbers(url), await problems(url)) == ([2], [])
        await release(Settings(database_url=url), "3")
        assert (await keep(url, audit=99)).seals == 1
        assert (await numbers(url), await problems(url)) == ([], [])

    async def test_what_was_altered_stays(self, url: str) -> None:
        await fill(url)
        await run(url, "UPDATE omop_fhir.audit_seal SET at = at - 1 WHERE number = 2")
        gone = await keep(url, audit=99)
        assert gone.problems == ["chain 1 stays from seal 1: see `omop-fhir audit verify`"]
        assert await numbers(url) == [1, 2, 3, 4]

    async def test_without_its_key_a_chain_stays(self, url: str) -> None:
        await fill(url)
        (said,) = (await keep(url, audit=99, key="another" * 8)).problems
        assert said.startswith("chain 1 stays: the key (")

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("UPDATE omop_fhir.audit_checkpoint SET events = 1", "is not one that this server made"),
            ("DELETE FROM omop_fhir.audit_checkpoint", "all seals of chain 1 were removed"),
            ("UPDATE omop_fhir.audit_checkpoint SET first = 2", "says that seals from 2 went, which are not known"),
        ],
    )
    async def test_what_was_done_to_a_checkpoint_shows(self, url: str, statement: str, said: str) -> None:
        await fill(url)
        await keep(url, audit=99)
        await run(url, statement)
        assert any(said in each for each in await problems(url))

    async def test_who_removes_seals_makes_no_checkpoint_without_the_key(self, url: str) -> None:
        await fill(url)
        await run(
            url,
            """INSERT INTO omop_fhir.audit_checkpoint SELECT 1, 2, 3, 4, at, previous, hash, hash FROM omop_fhir.audit_seal
               WHERE number = 3""",
            "DELETE FROM omop_fhir.audit_event WHERE id IN (3, 4, 5, 6)",
            "DELETE FROM omop_fhir.audit_seal WHERE number IN (2, 3)",
        )
        assert "the checkpoint at seal 3 of chain 1 is not one that this server made" in await problems(url)


class TestHistory:
    async def document(self, url: str, number: int, type: str, id: str, person: int, versions: int, days: int) -> None:
        """A document whose last version is so many days old, each one a day after the one before."""
        await run(
            url,
            f"""INSERT INTO omop_fhir.document (document, source, key, type, id, version, last_updated, person, content)
                VALUES ({number}, 1, {number}, '{type}', '{id}', {versions}, now() - interval '{days} days', {person}, '')""",
            f"""INSERT INTO omop_fhir.version (document, version, source, last_updated, method, person, content)
                SELECT {number}, n, 1, now() - make_interval(days => {days} + {versions} - n), 'PUT', {person}, ''
                FROM generate_series(1, {versions}) n""",
        )

    async def versions(self, url: str, number: int) -> list[int]:
        query = f"SELECT version FROM omop_fhir.version WHERE document = {number} ORDER BY version"
        return [row[0] for row in await run(url, query)]

    async def test_versions_go_that_others_superseded_long_ago(self, url: str) -> None:
        await self.document(url, 1, "Patient", "1", 1, versions=5, days=28)
        assert (await keep(url, history=30, apply=False)).versions == 2
        assert (await keep(url, history=30)).versions == 2
        assert await self.versions(url, 1) == [3, 4, 5]
        assert (await keep(url, history=1)).versions == 2
        assert await self.versions(url, 1) == [5]
        assert (await keep(url, history=1)).versions == 0

    async def test_those_of_a_held_patient_stay(self, url: str) -> None:
        await self.document(url, 1, "Patient", "mary", 2_000_000_001, versions=3, days=28)
        await run(url, "UPDATE omop_fhir.document SET key = 2000000001 WHERE document = 1", "SELECT 1")
        await self.document(url, 2, "Procedure", "2", 2_000_000_001, versions=3, days=28)
        await self.document(url, 3, "Procedure", "3", 7, versions=3, days=28)
        await self.document(url, 4, "Procedure", "4", 8, versions=3, days=28)
        settings = Settings(database_url=url)
        await hold(settings, "mary", "a court asks")
        await hold(settings, "7", "a court asks")
        assert (await keep(url, history=1)).versions == 2
        assert [len(await self.versions(url, number)) for number in (1, 2, 3, 4)] == [3, 3, 3, 1]


class TestCommands:
    def test_each_says_what_it_did(self, tmp_path: Path, postgres_url: str) -> None:
        name = asyncio.run(create_database(postgres_url))
        url = database_url(postgres_url, name)
        asyncio.run(migrate(url, OWN))
        asyncio.run(fill(url))

        def command(*words: str) -> Any:
            return CliRunner().invoke(main, [*words, "--database-url", url], catch_exceptions=False)

        assert command("hold", "list").output == "there is no hold\n"
        said = command("hold", "add", "Patient/3", "--reason", "a court asks").output
        assert said.startswith("warning: whether there is a Patient/3 is not known: Patient is not served (table person: ")
        assert said.endswith("\nnothing of Patient/3 is taken away\n")
        assert "a court asks" in command("hold", "list").output
        assert command("hold", "add", "a b", "--reason", "x").exit_code == 1
        assert command("hold", "remove", "4").output == "Error: there is no hold on Patient/4\n"
        wanted = ("retention", "--audit-days", "99", "--audit-key", KEY)
        assert command(*wanted).output == (
            "5 events of the audit would go, under 3 seals; 1 seals stay for a legal hold\n"
            "0 superseded versions would go\n"
            "0 rows of ended sessions, launches and authorizations would go\n"
            "nothing was changed: give --apply to do it\n"
        )
        assert command(*wanted, "--apply").output == (
            "5 events of the audit went, under 3 seals; 1 seals stay for a legal hold\n"
            "0 superseded versions went\n"
            "0 rows of ended sessions, launches and authorizations went\n"
        )
        assert command("hold", "remove", "Patient/3").output == "the hold on Patient/3 has ended\n"
        asyncio.run(drop_database(postgres_url, name))

    def test_a_hold_is_on_a_patient_who_is_there(self, population: str) -> None:
        def command(*words: str) -> Any:
            return CliRunner().invoke(main, [*words, "--database-url", population, "--cdm-schema", "cdm"], catch_exceptions=False)

        refused = command("hold", "add", "Patient/999", "--reason", "a court asks")
        assert (refused.exit_code, refused.output) == (
            1, "Error: Patient/999 was not found: give --unknown to keep what the audit has of somebody who is gone\n",
        )  # fmt: skip
        assert command("hold", "add", "Patient/3", "--reason", "x").output == "nothing of Patient/3 is taken away\n"
        assert command("hold", "add", "999", "--reason", "x", "--unknown").output == "nothing of Patient/999 is taken away\n"

    @pytest.mark.parametrize(
        "words",
        [("audit", "verify"), ("audit", "heads"), ("hold", "list"), ("hold", "remove", "3"), ("retention",),
         ("hold", "add", "3", "--unknown", "--reason", "x")],
        ids=" ".join,
    )  # fmt: skip
    def test_without_our_schema_each_says_what_to_do(self, postgres_url: str, words: tuple[str, ...]) -> None:
        result = CliRunner().invoke(main, [*words, "--database-url", postgres_url, "--own-schema", "elsewhere"])
        assert (result.exit_code, result.output) == (
            1, "Error: the schema elsewhere is absent, not up to date, or closed to the database role: run `omop-fhir migrate`\n",
        )  # fmt: skip


async def test_a_hold_that_is_not_there_cannot_end(url: str) -> None:
    with pytest.raises(NotFound, match="there is no hold on Patient/1"):
        await release(Settings(database_url=url), "1")
