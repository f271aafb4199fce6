"""The database under the running server: away, slow, swapped, reloaded, stripped. None may be a 500 or a lie."""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx
import pytest

from omop_fhir.plan.search import SearchPlan
from omop_fhir.store.data.generate import generate_database
from omop_fhir.store.embedded import EmbeddedPostgres
from omop_fhir.store.facade import Facade
from omop_fhir.store.postgresql import pool
from omop_fhir.store.snapshot import Snapshot
from tests.fixtures.databases import DISPOSABLE
from tests.fixtures.waiting import until

from .conftest import Serve, Served, execute, refused, rows, running


@contextmanager
def locked(database: str, table: str) -> Iterator[None]:
    """No statement can read the table within the block."""
    ready, done = threading.Event(), threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(database)
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            ready.set()
            await asyncio.to_thread(done.wait)
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(hold()))
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        done.set()
        thread.join()


class Load:
    """Clients that ask again and again; every answer is kept with its URL."""

    def __init__(self, served: Served, paths: list[str], clients: int) -> None:
        self.answers: list[tuple[str, httpx.Response]] = []
        self._stop = threading.Event()
        self._served, self._paths = served, paths
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def _ask(self, number: int) -> None:
        with httpx.Client(base_url=self._served.base, timeout=30) as client:
            turn = number
            while not self._stop.is_set():
                path = self._paths[turn % len(self._paths)]
                self.answers.append((path, client.get(path)))
                turn += 1

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def statuses(self) -> set[int]:
        return {answer.status_code for _, answer in self.answers}


def ready(served: Served) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{served.port}/health/ready", timeout=30)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user may reach; of a short path, since a socket lies in it."""
    parent = Path(tempfile.mkdtemp(dir="/tmp"))
    parent.chmod(0o755)
    yield parent / "data"
    shutil.rmtree(parent)


class Door:
    """A TCP port of the loopback behind which the database of one URL or another stands, or none."""

    def __init__(self, url: str) -> None:
        self._port = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgresql://{urlsplit(url).netloc}127.0.0.1:{self._port.getsockname()[1]}{urlsplit(url).path}"
        self.lets_through = threading.Event()
        """Else it takes what comes, and is silent."""
        self.lets_through.set()
        self.lead_to(url)
        threading.Thread(target=self._serve, daemon=True).start()

    def lead_to(self, url: str) -> None:
        self._path = str(next(Path(parse_qs(urlsplit(url).query)["host"][0]).glob(".s.PGSQL.*[0-9]")))

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._port.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.socket(socket.AF_UNIX) as behind:
            behind.connect(self._path)
            back = threading.Thread(target=self._carry, args=(behind, client))
            back.start()
            self._carry(client, behind)
            back.join()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self.lets_through.wait()
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._port.shutdown(socket.SHUT_RDWR)
        self._port.close()


class TestAway:
    def test_a_server_that_stops_and_starts_again_under_load(
        self, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        database = EmbeddedPostgres.start(folder, settings=DISPOSABLE)
        asyncio.run(generate_database(database.url, schema="cdm", persons=20, awkward=False))
        door = Door(database.url)
        with running(door.url) as server:
            assert ready(server).status_code == 200
            expected = server.get("Patient/1").text
            with Load(server, ["Patient/1", "Patient?_count=5", "Procedure?patient=1", "metadata"], 8) as load:
                time.sleep(0.3)
                database.stop()
                mark = len(load.answers)
                until(lambda: any(answer.status_code == 503 for _, answer in load.answers[mark:]))
                assert ready(server).status_code == 503
                assert httpx.get(f"http://127.0.0.1:{server.port}/health/live").status_code == 200
                assert httpx.get(f"http://127.0.0.1:{server.port}/").status_code == 200
                away = server.get("Patient/1")
                assert "cannot be reached" in refused(away, 503, "transient")
                assert int(away.headers["retry-after"]) > 0
                again = EmbeddedPostgres.start(folder, settings=DISPOSABLE)
                door.lead_to(again.url)
                until(lambda: ready(server).status_code == 200)
                assert server.get("Patient/1").text == expected
            assert load.statuses() == {200, 503}
            assert all(a.json()["resourceType"] == "OperationOutcome" for _, a in load.answers if a.status_code == 503)
        assert "Traceback" not in caplog.text
        noted = [r.getMessage().partition(":")[0] for r in caplog.records if r.name == "omop_fhir.store.postgresql.pool"]
        assert noted == ["database away", "database back"]
        door.close()
        again.stop()

    def test_connections_that_are_cut_are_made_anew(self, serve: Serve) -> None:
        server = serve()
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with Load(server, ["Patient/1", "Patient?_count=5", "Procedure?code=5880005"], 6) as load:
            for _ in range(5):
                time.sleep(0.1)
                execute(server.database, cut)
        assert load.statuses() <= {200, 503}
        assert sum(answer.status_code == 200 for _, answer in load.answers) > 20
        assert server.get("Patient/1").status_code == 200

    def test_one_that_is_silent_holds_nobody_for_long(
        self, migrated_copy: Callable[[], str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pool, "CLOSE_LIMIT", 0.2)
        door = Door(migrated_copy())
        with running(door.url, statement_timeout=0.5, refresh_interval=60) as server:
            # Half a second is little for what is done for the first time, on a busy machine.
            until(lambda: server.send("POST", "Patient", {"resourceType": "Patient"}).status_code == 201)
            until(lambda: (ready(server).status_code, server.get("Patient/1").status_code) == (200, 200))
            door.lets_through.clear()
            begun = time.monotonic()
            assert ready(server).status_code == 503
            assert "database away: Timeout" in caplog.text
            assert server.get("Patient/1").status_code == 503
            assert server.send("POST", "Patient", {"resourceType": "Patient"}).status_code == 503
            assert time.monotonic() - begun < 10
            door.lets_through.set()
            until(lambda: ready(server).status_code == 200)
            until(lambda: server.get("Patient/1").status_code == 200)
        door.close()

    @pytest.mark.parametrize("change", ["password", "database", "port"])
    def test_a_wrong_address_or_password_waits(self, postgres_url: str, change: str) -> None:
        wrong = {
            "password": "postgresql://nobody:secret-marker@127.0.0.1:1/postgres",
            "database": postgres_url.replace("/postgres", "/nonexistent", 1)
            if "/postgres?" in postgres_url
            else postgres_url.rsplit("/", 1)[0] + "/nonexistent",
            "port": "postgresql://postgres@127.0.0.1:9/postgres",
        }[change]
        with running(wrong) as server:
            for path in ("Patient/1", "Patient", "metadata"):
                answer = server.get(path)
                refused(answer, 503, "transient")
                assert "secret-marker" not in answer.text
            assert ready(server).status_code == 503


class TestSlow:
    def test_a_statement_over_the_limit_is_given_up(self, serve: Serve) -> None:
        server = serve(statement_timeout=0.5, refresh_interval=60)
        server.json("Patient/1")
        server.json("Patient?_count=1")
        with locked(server.database, "cdm.person"):
            for path in ("Patient/1", "Patient?_count=1", "Patient?gender=male", "Patient?_summary=count"):
                start = time.monotonic()
                assert "0.5 s" in server.refusal(path, 503, "timeout")
                assert time.monotonic() - start < 5
            assert server.get("Organization?_count=1").status_code == 200
        assert server.get("Patient/1").status_code == 200
        waiting = rows(
            server.database,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        assert waiting == [(0,)]

    def test_more_clients_than_connections_wait_and_then_are_told_to_come_again(self, serve: Serve) -> None:
        server = serve(statement_timeout=1, refresh_interval=60, pool_size=2)
        server.json("Patient?_count=1")
        with locked(server.database, "cdm.person"), ThreadPoolExecutor(12) as threads:
            answers = list(threads.map(lambda _: httpx.get(f"{server.base}/Patient?_count=1", timeout=30), range(12)))
        assert {answer.status_code for answer in answers} == {503}
        codes = {answer.json()["issue"][0]["code"] for answer in answers}
        assert "timeout" in codes  # of those who got a connection; the others wait, on a busy machine one after the other
        assert codes <= {"timeout", "transient"}
        until(lambda: server.get("Patient?_count=1").status_code == 200)


class TestSwap:
    """An ETL builds a schema beside the one in use and renames both in one transaction."""

    PATHS = (
        "Patient/1",
        "Patient?_count=200",
        "Patient?gender=female&_count=7",
        "Patient?identifier=NEW-1",
        "Procedure?code=5880005&_count=20",
        "Procedure?code=NEW-CODE",
        "Procedure?patient=1",
        "Encounter?patient=1,2,3",
        "Patient?_summary=count",
        "Procedure?code=NEW-CODE&_summary=count",
        "Condition?_count=30",
        "Location/1",
        "metadata",
    )
    SWAP = (
        "ALTER SCHEMA cdm RENAME TO swapping",
        "ALTER SCHEMA beside RENAME TO cdm",
        "ALTER SCHEMA swapping RENAME TO beside",
    )

    @pytest.fixture
    def two(self, copy: Callable[[], str]) -> str:
        """A database with a second generation of the data beside the first: other names, codes, keys and rows."""
        database = copy()
        execute(database, "ALTER SCHEMA cdm RENAME TO beside")
        asyncio.run(generate_database(database, schema="cdm", persons=150, seed=2))
        execute(
            database,
            "UPDATE beside.concept SET concept_name = 'other ' || concept_name",
            "UPDATE beside.concept SET concept_code = 'NEW-CODE' WHERE concept_id = 4326177",
            "UPDATE beside.person SET person_source_value = 'NEW-' || person_id",
            "UPDATE beside.person SET year_of_birth = 1990, birth_datetime = NULL",
            "UPDATE beside.location SET city = 'Elsewhere'",
            "UPDATE beside.cdm_source SET cdm_release_date = '2024-02-29'",
            "DELETE FROM beside.person WHERE person_id > 150",
            "ANALYZE",
        )
        return database

    def test_no_answer_mixes_two_states(self, two: str, caplog: pytest.LogCaptureFixture) -> None:
        states: list[dict[str, Any]] = []
        with running(two, base_url="http://x/fhir", refresh_interval=30) as server:
            states.append({path: normal(server.get(path)) for path in self.PATHS})
            execute(two, *self.SWAP)
            states.append({path: normal(server.get(path)) for path in self.PATHS})
            differing = [path for path in self.PATHS if states[0][path] != states[1][path]]
            assert set(self.PATHS) - set(differing) <= {"metadata"}
            with Load(server, list(self.PATHS), 20) as load:
                for _ in range(12):
                    time.sleep(0.25)
                    execute(two, *self.SWAP)
        wrong = {
            (path, answer.status_code, answer.text[:600])
            for path, answer in load.answers
            if normal(answer) not in (states[0][path], states[1][path])
        }
        assert len(load.answers) > 200
        assert wrong == set()
        seen = [sum(normal(answer) == state[path] for path, answer in load.answers) for state in states]
        assert min(seen) > 50
        assert "Traceback" not in caplog.text

    def test_types_that_are_asked_one_after_another_are_of_one_state(self, two: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """What one statement found before the swap does not stand beside what another did not find after it."""
        asked = Facade._part
        ((key,),) = rows(two, "SELECT max(condition_occurrence_id) FROM cdm.condition_occurrence c"
                              " JOIN cdm.drug_exposure d ON d.drug_exposure_id = c.condition_occurrence_id")  # fmt: skip
        execute(two, f"DELETE FROM beside.condition_occurrence WHERE condition_occurrence_id = {key}",
                f"DELETE FROM beside.drug_exposure WHERE drug_exposure_id = {key}")  # fmt: skip
        path = f"?_type=Condition,Location,MedicationStatement,Organization&_id={key}"
        with running(two, base_url="http://x/fhir", refresh_interval=30) as server:
            assert [e["resource"]["resourceType"] for e in server.json(path)["entry"]] == ["Condition", "MedicationStatement"]
            swapped: list[bool] = []

            async def part(facade: Facade, snapshot: Snapshot, plan: SearchPlan) -> Any:
                found = await asked(facade, snapshot, plan)
                if found and not swapped:
                    swapped.append(True)
                    await asyncio.to_thread(execute, two, *self.SWAP)
                return found

            monkeypatch.setattr(Facade, "_part", part)
            assert server.json(path).get("entry", []) == []
            assert swapped

    def test_the_new_state_is_seen_at_once_and_without_a_request_too(self, two: str) -> None:
        with running(two) as server:
            old = server.json("metadata")["date"]
            assert server.json("Patient/1")["meta"]["lastUpdated"].startswith("2024-01-31")
            execute(two, *self.SWAP)
            assert server.json("Patient/1")["meta"]["lastUpdated"].startswith("2024-02-29")
            time.sleep(1)
            execute(two, *self.SWAP)
            time.sleep(1)
            assert server.json("metadata")["date"] > old

    def test_a_schema_that_is_dropped_and_loaded_anew(self, two: str) -> None:
        with running(two, statement_timeout=10) as server:
            with Load(server, list(self.PATHS), 8) as load:
                time.sleep(0.3)
                execute(two, "DROP SCHEMA cdm CASCADE")
                until(lambda: server.get("Patient/1").status_code == 404)
                assert "Patient is not served" in server.refusal("Patient/1", 404, "not-found")
                assert "resource" not in server.json("metadata")["rest"][0]
                assert ready(server).status_code == 503
                execute(two, "ALTER SCHEMA beside RENAME TO cdm")
                until(lambda: server.get("Patient/1").status_code == 200)
            assert load.statuses() <= {200, 404, 503, 400}
            assert ready(server).status_code == 200


def normal(answer: httpx.Response) -> object:
    """What two answers to one URL must have in common: all but page links and the time of a description."""
    body = answer.json()
    if body["resourceType"] == "CapabilityStatement":
        body.pop("date")
    body["link"] = sorted(each["relation"] for each in body.get("link", ()))
    return answer.status_code, body, answer.headers.get("last-modified")


class TestTables:
    def test_columns_that_go_and_come(self, serve: Serve) -> None:
        server = serve()
        with Load(
            server, ["Patient/1", "Patient?_count=30", "Patient?birthdate=1992", "Procedure?_count=20"], 8
        ) as load:
            for statement in (
                "ALTER TABLE cdm.person DROP COLUMN provider_id",
                "ALTER TABLE cdm.person ADD COLUMN provider_id bigint",
                "ALTER TABLE cdm.procedure_occurrence DROP COLUMN procedure_end_date",
                "ALTER TABLE cdm.person ADD COLUMN favourite_colour text",
                "ALTER TABLE cdm.person ALTER COLUMN month_of_birth TYPE numeric",
                "ALTER TABLE cdm.person ALTER COLUMN person_source_value TYPE text",
            ):
                time.sleep(0.15)
                execute(server.database, statement)
        assert load.statuses() == {200}
        assert "generalPractitioner" not in server.json("Patient/1")

    def test_tables_that_are_made_anew_with_other_columns(self, serve: Serve) -> None:
        server = serve()
        assert server.json("Patient/1")["address"]
        execute(
            server.database,
            "CREATE TABLE cdm.new_person AS SELECT person_id, gender_concept_id, year_of_birth, race_concept_id,"
            " 'x' || person_id AS person_source_value FROM cdm.person",
            "DROP TABLE cdm.person",
            "ALTER TABLE cdm.new_person RENAME TO person",
        )
        patient = server.json("Patient/1")
        assert patient["identifier"][0]["value"] == "x1"
        assert "address" not in patient

    def test_a_vocabulary_that_is_reloaded_in_place_shows_its_new_names(self, serve: Serve) -> None:
        server = serve(refresh_interval=0.3)
        before = server.json("Encounter?_count=1")["entry"][0]["resource"]["type"][0]["coding"][0]
        execute(
            server.database,
            "CREATE TEMP TABLE kept AS SELECT * FROM cdm.concept",
            "UPDATE kept SET concept_name = upper(concept_name)",
            "TRUNCATE cdm.concept",
            "INSERT INTO cdm.concept SELECT * FROM kept",
        )

        def shown() -> str:
            text: str = server.json("Encounter?_count=1")["entry"][0]["resource"]["type"][0]["coding"][0]["display"]
            return text

        until(lambda: shown() == before["display"].upper(), 3)

    def test_a_lost_privilege_withdraws_the_type_and_its_return_brings_it_back(self, copy: Callable[[], str]) -> None:
        database = copy()
        role = "omop_fhir_reader"
        execute(
            database,
            f"DROP ROLE IF EXISTS {role}",
            f"CREATE ROLE {role} LOGIN SUPERUSER",
            f"ALTER ROLE {role} NOSUPERUSER",
            f"GRANT USAGE ON SCHEMA cdm TO {role}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA cdm TO {role}",
            f"ALTER ROLE {role} PASSWORD 'reader'",
        )
        try:
            scheme, _, rest = database.partition("://")
            with running(f"{scheme}://{role}:reader@{rest.partition('@')[2]}") as server:
                expected = server.get("Procedure?patient=1").text
                execute(database, f"REVOKE SELECT ON cdm.procedure_occurrence FROM {role}")
                assert "Procedure is not served" in server.refusal("Procedure?patient=1", 404, "not-found")
                assert server.get("Patient/1").status_code == 200
                types = [each["type"] for each in server.json("metadata")["rest"][0]["resource"]]
                assert "Procedure" not in types
                execute(database, f"GRANT SELECT ON cdm.procedure_occurrence TO {role}")
                until(lambda: server.get("Procedure?patient=1").text == expected, 5)
                execute(database, f"REVOKE SELECT ON cdm.concept FROM {role}")
                assert server.get("Procedure?patient=1").status_code == 200
                assert server.get("Procedure?code=5880005").status_code == 200
        finally:
            execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


class TestDefect:
    MARKER = "Mrs-Marker-1950"

    def test_an_unexpected_error_tells_its_request_id_and_no_more(
        self, serve: Serve, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        server = serve()
        execute(server.database, f"UPDATE cdm.person SET person_source_value = '{self.MARKER}' WHERE person_id = 1")
        assert self.MARKER in server.get("Patient/1").text
        snapshot = asyncio.run(server.facade.snapshot())

        def broken(*_: object, **__: object) -> object:
            raise ValueError(f"cannot render {self.MARKER}")

        snapshot.caches.renderers.clear()
        object.__setattr__(snapshot, "renderer", broken)
        for path in (f"Patient?identifier={self.MARKER}", "Patient/1", f"Patient/1?x={self.MARKER}"):
            answer = server.get(path, headers={"x-request-id": "the-request", "authorization": f"Bearer {self.MARKER}"})
            assert answer.headers["x-request-id"] == "the-request"
            if answer.status_code == 400:
                continue
            diagnostics = refused(answer, 500, "exception")
            assert diagnostics == "a defect in this server; please report the request id the-request"
            assert "ValueError at" in caplog.text
        logged = caplog.text + "".join(capfd.readouterr())
        ours = "\n".join(
            r.getMessage() for r in caplog.records if r.name.startswith(("omop_fhir", "uvicorn", "asyncio"))
        )
        assert self.MARKER not in ours
        assert "Traceback" not in logged

    def test_the_log_of_requests_has_neither_ids_nor_queries(self, serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
        server = serve(access_log=True)
        for path in (
            f"Patient?identifier={self.MARKER}",
            f"Patient/{self.MARKER}",
            f"{self.MARKER}/1",
            f"Patient/1/{self.MARKER}",
            f"Patient/x%0aERROR {self.MARKER}",
            "Patient/1",
        ):
            server.get(path)
        time.sleep(0.2)
        logged = capfd.readouterr().err
        lines = logged.splitlines()
        assert lines[-1].startswith("GET /fhir/Patient/# 200 ")
        assert len(lines) == 6
        assert self.MARKER not in logged
