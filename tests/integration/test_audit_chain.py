"""The seals over the audit: what is altered, removed, put in, put elsewhere or cut off shows; and what a kill takes away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from click.testing import CliRunner

from omop_fhir.auth.audit import Event
from omop_fhir.auth.audit_seal import START, Seal, digest, key_of, text_of
from omop_fhir.auth.grants import Caller
from omop_fhir.cli import main
from omop_fhir.config import Settings
from omop_fhir.errors import Unavailable
from omop_fhir.store.audit import trail as audit_module
from omop_fhir.store.audit.trail import AuditTrail
from omop_fhir.store.audit.verify import Report, heads, verify
from omop_fhir.store.facade import Facade
from omop_fhir.store.migrate import migrate
from tests.fixtures.databases import NewDatabase, administer, database_url, drop_database

KEY = "k" * 40
DOCTOR = Caller("app", account="a-1", fhir_user="Practitioner/5")
OWN = "omop_fhir"


@pytest.fixture
async def url(new_database: NewDatabase, migrated_template: str) -> str:
    return await new_database(template=migrated_template)


def read(number: int) -> Event:
    return Event("read", DOCTOR, type="Patient", resources=(f"Patient/{number}",))


@asynccontextmanager
async def worker(url: str, **given: Any) -> AsyncIterator[AuditTrail]:
    """A worker's audit; nothing flushes it but the test."""
    settings = Settings(database_url=url, time_zone=ZoneInfo("UTC"), **{"audit_key": KEY} | given)
    facade = Facade(settings, "http://localhost/fhir", ())
    await facade.open()
    try:
        yield facade.audit
    finally:
        await facade.close()


async def fill(url: str, seals: int = 3, **given: Any) -> None:
    """A worker writes two events for each seal, and ends."""
    async with worker(url, **given) as trail:
        for number in range(seals):
            trail.record(read(2 * number))
            trail.record(read(2 * number + 1))
            assert await trail.flush()
        await trail.close()


async def run(url: str, *statements: str, tampering: bool = True) -> list[Any]:
    """Run statements as the owner of the database, who is not kept from anything."""
    connection = await asyncpg.connect(url)
    try:
        if tampering:
            await connection.execute("SET session_replication_role = replica")  # no trigger fires
        for statement in statements[:-1]:
            await connection.execute(statement)
        return [tuple(row) for row in await connection.fetch(statements[-1])]
    finally:
        await connection.close()


async def report(url: str, *keys: str, **given: Any) -> Report:
    made = [key for secret in keys or (KEY,) if (key := key_of(secret)) is not None]
    return await verify(url, OWN, made, 60, **given)


async def problems(url: str, *keys: str) -> list[str]:
    return (await report(url, *keys)).problems


class TestVerify:
    async def test_what_was_written_is_sound(self, url: str) -> None:
        await fill(url)
        found = await report(url)
        assert (found.problems, found.notes, found.waiting) == ([], [], 0)
        assert (found.chains, found.seals, found.events) == (1, 4, 7)  # the last seal is over `audit-stop`

    async def test_two_workers_have_chains_of_their_own(self, url: str) -> None:
        async with worker(url) as one, worker(url) as two:
            for number in range(20):
                one.record(read(number))
                two.record(read(100 + number))
                assert await asyncio.gather(one.flush(), two.flush()) == [True, True]
            await asyncio.gather(one.close(), two.close())
        found = await report(url)
        assert (found.problems, found.chains, found.seals, found.events) == ([], 2, 42, 42)

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("UPDATE omop_fhir.audit_event SET event = jsonb_set(event, '{what}', '\"Patient/9\"') WHERE id = 3",
             ["event 3 was altered (seal 2 of chain 1)"]),
            ("DELETE FROM omop_fhir.audit_event WHERE id = 4", ["event 4 was removed (seal 2 of chain 1)"]),
            ("""UPDATE omop_fhir.audit_event a SET event = b.event FROM omop_fhir.audit_event b WHERE a.id + b.id = 7
                AND a.id IN (3, 4)""",
             ["event 3 was altered (seal 2 of chain 1)", "event 4 was altered (seal 2 of chain 1)"]),
            ("""INSERT INTO omop_fhir.audit_event (event) VALUES ('{"at": 1, "kind": "read", "outcome": "success"}')""",
             ["event 8 was put in without a seal, or its seal was removed"]),
            ("UPDATE omop_fhir.audit_seal SET at = at - 1000 WHERE number = 2", ["seal 2 of chain 1 was altered"]),
            ("DELETE FROM omop_fhir.audit_seal WHERE number = 2",
             ["seals 2 to 2 of chain 1 were removed", "event 3 was put in without a seal, or its seal was removed",
              "event 4 was put in without a seal, or its seal was removed"]),
            ("UPDATE omop_fhir.audit_seal SET number = CASE number WHEN 2 THEN 30 ELSE 20 END WHERE number IN (2, 3)",
             ["seals 2 to 3 of chain 1 were removed", "seals 5 to 19 of chain 1 were removed", "seal 20 of chain 1 was altered",
              "seals 21 to 29 of chain 1 were removed", "seal 30 of chain 1 was altered"]),
            ("UPDATE omop_fhir.audit_chain SET key = 'another'", ["chain 1 was made with a key (another) that is not given"]),
            ("DELETE FROM omop_fhir.audit_chain", ["chain 1 has seals and no beginning"]),
        ],
    )  # fmt: skip
    async def test_what_was_done_to_it_shows(self, url: str, statement: str, said: list[str]) -> None:
        await fill(url)
        await run(url, statement)
        found = await problems(url)
        assert [each for each in found if "does not follow" not in each] == said

    async def test_who_makes_the_seals_anew_without_the_key_is_found_out(self, url: str) -> None:
        await fill(url)
        await run(
            url,
            "UPDATE omop_fhir.audit_event SET event = jsonb_set(event, '{what}', '\"Patient/9\"') WHERE id = 7",
            """UPDATE omop_fhir.audit_seal s SET digests = sha256(convert_to((SELECT event::text FROM omop_fhir.audit_event
               WHERE id = 7), 'UTF8')), hash = sha256(hash) WHERE number = 4""",
        )
        assert "seal 4 of chain 1 was altered" in await problems(url)

    async def test_a_chain_cut_off_at_its_end_shows_in_the_next(self, url: str) -> None:
        await fill(url)
        await fill(url)
        await run(url, "DELETE FROM omop_fhir.audit_event WHERE id IN (6, 5, 7)",
                  "DELETE FROM omop_fhir.audit_seal WHERE chain = 1 AND number >= 3")  # fmt: skip
        assert await problems(url) == ["chain 1 was cut off: chain 2 saw its seal 4"]

    async def test_the_newest_chain_cut_off_shows_by_a_head_kept_elsewhere(self, url: str, tmp_path: Path) -> None:
        await fill(url)
        kept = await heads(url, OWN, 60)
        await run(url, "DELETE FROM omop_fhir.audit_event WHERE id IN (6, 5, 7)",
                  "DELETE FROM omop_fhir.audit_seal WHERE number >= 3")  # fmt: skip
        found = await report(url)
        assert found.problems == []
        assert found.notes[0].startswith("chain 1 is open: its worker runs, or was killed after ")
        assert (await report(url, heads=kept)).problems == ["chain 1 was cut off: a head that was kept elsewhere saw its seal 4"]

    async def test_a_chain_without_a_key_counts_only_where_the_caller_knows_of_it(self, url: str) -> None:
        await fill(url, audit_key=None)
        await fill(url)
        assert await problems(url) == ["chain 1 has seals that anybody can make, and a key was given: see --unkeyed"]
        assert (await report(url, unkeyed=[1])).problems == []
        assert len((await report(url, unkeyed=[2])).problems) == 1

    async def test_seals_made_anew_without_the_key_show(self, url: str) -> None:
        """All of them, the chain named as one without a key: what is wrong then is that alone."""
        await fill(url)
        await run(url, "UPDATE omop_fhir.audit_chain SET key = NULL", "DELETE FROM omop_fhir.audit_seal",
                  "DELETE FROM omop_fhir.audit_event WHERE id > 1")  # fmt: skip
        connection = await asyncpg.connect(url)
        try:
            event = text_of(json.loads(await connection.fetchval("SELECT event::text FROM omop_fhir.audit_event")))
            seal = Seal(1, 1, 0, (1,), digest(event), (), START)
            values = seal.chain, seal.number, seal.at, list(seal.events), seal.digests, seal.previous, seal.hash(None)
            columns = "chain, number, at, events, digests, anchors, previous, hash"
            sql = f"INSERT INTO omop_fhir.audit_seal ({columns}) VALUES ($1, $2, $3, $4, $5, '[]', $6, $7)"
            await connection.execute(sql, *values)
        finally:
            await connection.close()
        assert await problems(url) == ["chain 1 has seals that anybody can make, and a key was given: see --unkeyed"]

    async def test_the_key_must_be_known(self, url: str) -> None:
        await fill(url)
        (said,) = await problems(url, "another" * 8)
        assert said.startswith("chain 1 was made with a key (")
        await fill(url, audit_key="another" * 8)
        assert await problems(url, KEY, "another" * 8) == []

    async def test_the_command_says_so(self, url: str, tmp_path: Path) -> None:
        await fill(url)
        kept = tmp_path / "heads"

        def command(*words: str) -> Any:
            return CliRunner().invoke(main, ["audit", *words, "--database-url", url])

        kept.write_text((await asyncio.to_thread(command, "heads")).output)
        sound = await asyncio.to_thread(command, "verify", "--audit-key", KEY, "--heads", str(kept))
        assert (sound.exit_code, sound.output) == (0, "nothing was altered: 1 chains, 4 seals, 7 events; 0 wait for a seal\n")
        await run(url, "DELETE FROM omop_fhir.audit_event WHERE id = 4")
        wrong = await asyncio.to_thread(command, "verify", "--audit-key", KEY)
        assert (wrong.exit_code, wrong.output.splitlines()[0]) == (1, "event 4 was removed (seal 2 of chain 1)")
        told = json.loads((await asyncio.to_thread(command, "verify", "--audit-key", KEY, "--json")).output)
        assert told["problems"] == ["event 4 was removed (seal 2 of chain 1)"]


class TestRights:
    @pytest.mark.parametrize("table", ["audit_event", "audit_seal", "audit_chain"])
    @pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
    async def test_rows_are_not_changed_or_taken_away(self, url: str, table: str, statement: str) -> None:
        await fill(url)
        column = {"audit_event": "event", "audit_seal": "hash", "audit_chain": "worker"}[table]
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=f"rows of {table} are not changed or taken away"):
            await run(url, statement.replace("{}", f"omop_fhir.{table}", 1).replace("{}", column), tampering=False)

    async def test_these_rights_are_enough(self, url: str, postgres_url: str) -> None:
        role = f"omop_fhir_auditor_{uuid4().hex[:8]}"
        kept = ("audit_event", "audit_chain", "audit_seal")
        await run(
            url,
            f"CREATE ROLE {role} LOGIN PASSWORD 'secret'",
            f"GRANT USAGE ON SCHEMA {OWN} TO {role}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {OWN} TO {role}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {OWN} TO {role}",
            *(f"REVOKE UPDATE, DELETE ON {OWN}.{table} FROM {role}" for table in kept),
            "SELECT 1",
        )
        host, database = postgres_url.rpartition("@")[2], url.rpartition("/")[2]
        own = f"postgresql://{role}:secret@{host.partition('/')[0]}/{database}"
        try:
            await fill(own)
            assert await problems(url) == []
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await run(own, f"SET omop_fhir.retention = 'on'; DELETE FROM {OWN}.audit_event", "SELECT 1", tampering=False)
        finally:
            await run(url, f"DROP OWNED BY {role}", f"DROP ROLE {role}", "SELECT 1")


class TestFailure:
    async def test_a_name_that_the_database_cannot_hold_keeps_no_event_from_being_written(self, postgres_url: str) -> None:
        name = f"omop_fhir_test_{uuid4().hex[:12]}"
        await administer(postgres_url, f"CREATE DATABASE {name} ENCODING LATIN1 LOCALE 'C' TEMPLATE template0")
        url = database_url(postgres_url, name)
        try:
            await migrate(url, OWN)
            async with worker(url) as trail:
                trail.record(Event("token", Caller("\u043f\u0440\ud800 caf\u00e9"), "refused", "invalid_client"))
                assert await trail.flush()
                await trail.close()
            assert await problems(url) == []
            (client,) = await run(url, "SELECT client FROM omop_fhir.audit_event WHERE kind = 'token'")
            assert client == ("??  caf?",)
        finally:
            await drop_database(postgres_url, name)

    async def test_events_wait_while_the_database_refuses_them_and_none_is_lost(self, url: str) -> None:
        async with worker(url) as trail:
            trail.record(read(1))
            assert await trail.flush()
            await run(url, "ALTER TABLE omop_fhir.audit_seal RENAME TO hidden")
            trail.record(read(2))
            assert not await trail.flush()
            trail.record(read(3))
            assert not await trail.flush()
            assert trail.waiting == 2
            await run(url, "ALTER TABLE omop_fhir.hidden RENAME TO audit_seal")
            assert await trail.flush()
            await trail.close()
        assert await problems(url) == []
        whats = await run(url, "SELECT what[1] FROM omop_fhir.audit_event WHERE kind = 'read' ORDER BY id")
        assert whats == [("Patient/1",), ("Patient/2",), ("Patient/3",)]

    async def test_a_defect_does_not_end_it(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        async with worker(url) as trail:
            monkeypatch.setattr(trail, "_sealed", lambda own: 1 / 0)
            trail.record(read(1))
            assert not await trail.flush()
            monkeypatch.undo()
            assert await trail.flush()
            assert (trail.waiting, trail.failures) == (0, 1)
        assert await problems(url) == []

    async def test_once_too_many_wait_nothing_more_is_answered(self, url: str) -> None:
        async with worker(url, audit_queue=1000) as trail:
            for number in range(1000):
                trail.check()
                trail.record(read(number))
            with pytest.raises(Unavailable, match="cannot be audited just now"):
                trail.check()
            assert await trail.flush()
            trail.check()
        assert await problems(url) == []

    async def test_by_setting_the_log_takes_what_is_too_much(self, url: str, caplog: pytest.LogCaptureFixture) -> None:
        async with worker(url, audit_queue=1000, audit_overflow="log") as trail:
            for number in range(1002):
                trail.check()
                trail.record(read(number))
            assert await trail.flush()
        logged = [json.loads(record.getMessage())["what"] for record in caplog.records if record.name == "omop_fhir.audit"]
        assert logged == ["Patient/1000", "Patient/1001"]

    async def test_a_commit_whose_answer_was_lost_is_not_done_twice(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        async with worker(url) as trail:
            trail.record(read(1))
            assert await trail.flush()
            pool: Any = trail._pool
            transaction = pool.transaction

            @asynccontextmanager
            async def losing() -> AsyncIterator[Any]:
                async with transaction() as connection:
                    yield connection
                raise Unavailable("the connection was lost")

            monkeypatch.setattr(pool, "transaction", losing)
            trail.record(read(2))
            assert not await trail.flush()
            monkeypatch.undo()
            assert await trail.flush()
            trail.record(read(3))
            assert await trail.flush()
            await trail.close()
        assert await problems(url) == []
        whats = await run(url, "SELECT what[1] FROM omop_fhir.audit_event WHERE kind = 'read' ORDER BY id")
        assert whats == [("Patient/1",), ("Patient/2",), ("Patient/3",)]

    async def test_what_a_killed_worker_left_without_a_seal_is_sealed_by_another(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with worker(url) as killed, killed._pool.transaction() as connection:
            await killed.keep(connection, [Event("create", DOCTOR, resources=("Patient/7",))])
        assert (await report(url)).waiting == 1
        monkeypatch.setattr(audit_module, "ANCHORED", -1.0)
        await fill(url)
        found = await report(url)
        assert (found.problems, found.waiting, found.events) == ([], 0, 8)
