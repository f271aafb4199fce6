"""`omop-fhir serve` as a process: what it says, how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest

from .conftest import Served, execute, rows


@dataclass
class Process:
    """A running command with what it has said so far."""

    popen: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The URL of the line that says that it can answer."""
        while True:
            for line in self.said:
                if found := re.search(r"ready on (\S+)$", line.rstrip()):
                    return found[1]
            assert self.popen.poll() is None, "".join(self.said)
            threading.Event().wait(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(20)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "omop_fhir", *arguments]


@contextmanager
def started(*arguments: str, name: str = "serve", enters: tuple[str, ...] = ("--open",)) -> Iterator[Process]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMOP_FHIR_")}
    at_once = ("--drain-time", "0") if name == "serve" else ()
    popen = subprocess.Popen(
        command(name, *enters, "--port", "0", *at_once, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    process = Process(popen)
    reader = threading.Thread(target=lambda: process.said.extend(popen.stdout or ()))
    reader.start()
    try:
        yield process
    finally:
        popen.kill()
        popen.wait()
        reader.join()
        if popen.stdout:
            popen.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(copy: Callable[[], str], number: int) -> None:
    database = copy()
    with started("--database-url", database, "--cdm-schema", "cdm") as process:
        base = process.base
        assert not base.endswith(":0/fhir")
        assert httpx.get(f"{base}/metadata").json()["implementation"]["url"] == base
        with httpx.Client() as client:
            assert client.get(f"{base}/Patient/1").status_code == 200
            assert process.stop(number) in (0, 1, -number)
        assert any("omop-fhir serves Condition, Encounter" in line for line in process.said)
        assert "Traceback" not in "".join(process.said)
    left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'omop-fhir' AND datname = current_database()"
    assert rows(database, left) == [(0,)]


def test_it_waits_for_a_database_that_does_not_answer(postgres_url: str) -> None:
    with started("--database-url", "postgresql://nobody:secret-marker@127.0.0.1:9/x") as process:
        assert httpx.get(f"{process.base}/Patient/1").status_code == 503
        assert process.stop() in (0, -signal.SIGTERM)
        said = "".join(process.said)
        assert "waiting for the database" in said
        assert "secret-marker" not in said
        assert "Traceback" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--database-url", "nonsense"),
        ("--database-url", "mysql://secret-marker@x/y"),
        ("--database-url", "postgresql://u:secret-marker#1@localhost/x"),
        ("--database-url", ""),
        ("--database-url", "postgresql://x", "--statement-timeout", "0"),
        ("--database-url", "postgresql://x", "--statement-timeout", "nan"),
        ("--database-url", "postgresql://x", "--refresh-interval", "0"),
        ("--database-url", "postgresql://x", "--time-zone", "Mars/Base"),
        ("--database-url", "postgresql://x", "--base-url", "nonsense"),
        ("--database-url", "postgresql://x", "--base-url", "https://x/fhir?a=b"),
        ("--database-url", "postgresql://x", "--host", "0.0.0.0"),
        ("--database-url", "postgresql://x", "--mappings", "/nonexistent"),
    ],
    ids=" ".join,
)
def test_what_cannot_work_is_one_line(arguments: tuple[str, ...]) -> None:
    run = command("serve", "--open", "--port", "0", *arguments)
    ended = subprocess.run(run, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode not in (0, None)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert "secret-marker" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("Error: ")


def test_where_nothing_can_be_written_to_is_one_line() -> None:
    script = "import runpy, tempfile; tempfile.tempdir = '/nonexistent'; runpy.run_module('omop_fhir', run_name='__main__')"
    run = [sys.executable, "-c", script, "serve", "--open", "--port", "0", "--database-url", "postgresql://x"]
    ended = subprocess.run(run, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1), ended.stderr
    assert ended.stderr.startswith("Error: a folder to write to is needed")


def test_another_schema_is_told_in_one_line(copy: Callable[[], str]) -> None:
    with started("--database-url", copy(), "--cdm-schema", "public") as process:
        assert httpx.get(f"{process.base}/Patient/1").status_code == 404
        process.stop()
        said = [line for line in process.said if "schema public" in line or "not served" in line]
    assert [line.partition("facade ")[2] for line in said] == [
        "the schema public holds no table of a CDM: --cdm-schema names the one that does\n"
    ]


def test_of_tables_that_may_only_be_read_it_says_so_in_one_line(migrated_copy: Callable[[], str]) -> None:
    database, role = migrated_copy(), f"reader_{uuid4().hex[:8]}"
    execute(
        database,
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA cdm, omop_fhir TO {role};"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA cdm TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA omop_fhir TO {role};"
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA omop_fhir TO {role}",
    )
    url = re.sub(r"//[^@]*@", f"//{role}:x@", database)
    try:
        with started("--database-url", url, "--cdm-schema", "cdm") as process:
            assert httpx.get(f"{process.base}/Patient/1").status_code == 200
            process.stop()
            (line,) = (each for each in process.said if "only read" in each)
            assert "only read, since the database role may not write to the tables behind: Condition, Encounter, Location" in line
    finally:
        execute(database, f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (64, "Error: only 64 files may be open (ulimit -n), and more than 80 are needed"),
        (100, "WARNING omop_fhir.process.file_limit only 100 files may be open (ulimit -n): --connection-limit is 20"),
    ],
)
def test_no_more_connections_are_let_in_than_there_may_be_files(files: int, said: str) -> None:
    """The option after that is wrong, so that it ends."""
    run = command("serve", "--open", "--port", "0", "--database-url", "postgresql://x", "--base-url", "nonsense")
    limited = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", *run]
    ended = subprocess.run(limited, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert said in ended.stderr.splitlines()


def test_without_its_own_schema_it_says_in_one_line_that_nothing_can_be_written(
    copy: Callable[[], str], migrated_copy: Callable[[], str]
) -> None:
    absent, other, current = copy(), migrated_copy(), migrated_copy()
    execute(other, "DELETE FROM omop_fhir.migration WHERE version > 1")
    lacking = "nothing can be written: the database lacks the schema omop_fhir of this server: run `omop-fhir migrate`\n"
    with started("--database-url", absent, "--cdm-schema", "cdm") as process:
        assert httpx.post(f"{process.base}/Patient", json={"resourceType": "Patient"}).status_code == 405
        assert process.said.count(lacking) == 1
    with started("--database-url", other, "--cdm-schema", "cdm") as process:
        assert httpx.post(f"{process.base}/Patient", json={"resourceType": "Patient"}).status_code == 405
        assert sum("nothing can be written: the schema omop_fhir lacks V2" in line for line in process.said) == 1
    with started("--database-url", current, "--cdm-schema", "cdm") as process:
        assert httpx.post(f"{process.base}/Patient", json={"resourceType": "Patient"}).status_code == 201
        assert not any("written" in line for line in process.said)


def test_what_is_to_be_read_only_is(migrated_copy: Callable[[], str]) -> None:
    with started("--database-url", migrated_copy(), "--cdm-schema", "cdm", "--read-only") as process:
        assert httpx.post(f"{process.base}/Patient", json={"resourceType": "Patient"}).status_code == 405
        assert httpx.get(f"{process.base}/_history").status_code == 200


def test_the_demo_makes_its_own_schema() -> None:
    with started("--persons", "5", "--delete-many", name="demo") as process:
        made = httpx.post(f"{process.base}/Patient", json={"resourceType": "Patient"})
        assert made.status_code == 201
        assert httpx.get(made.headers["location"]).json() == made.json()
        claimed = httpx.get(f"{process.base}/metadata").json()["rest"][0]["resource"]
        assert {each["conditionalDelete"] for each in claimed if each["type"] != "AuditEvent"} == {"multiple"}
        process.stop()


def test_the_demo_authorizes_unless_it_is_open() -> None:
    with started("--persons", "5", "--redirect-uri", "http://127.0.0.1:9000/back", name="demo", enters=()) as process:
        base = process.base
        said = "".join(process.said)
        passwords = re.findall(r"^sign in as (doctor|patient) with ([a-z2-9]{4}(?:-[a-z2-9]{4}){3}) \((\w+/\d+)\)$", said, re.M)
        assert [(login, who.partition("/")[0]) for login, _, who in passwords] == [
            ("doctor", "Practitioner"), ("patient", "Patient"),
        ]  # fmt: skip
        pages = re.findall(rf"{base.removesuffix('/fhir')}(/\S*)$", said, re.M)
        assert pages == ["/app/", "/ehr", "/", "/fhir"]
        for page in pages[:3]:
            assert httpx.get(base.removesuffix("/fhir") + page, follow_redirects=True).status_code == 200
        assert "Ctrl-C stops it; nothing of it is kept\n" in process.said
        assert "your app may ask as client_id=my-app, for codes at http://127.0.0.1:9000/back\n" in process.said
        (url,) = re.findall(r"^  export OMOP_FHIR_CDM_SCHEMA=cdm OMOP_FHIR_DATABASE_URL='(\S+)'$", said, re.M)
        listed = subprocess.run(command("client", "list", "--database-url", url), capture_output=True, text=True, check=True)
        assert "my-app" in listed.stdout
        assert httpx.get(f"{base}/Patient/1").status_code == 401
        assert httpx.get(f"{base}/.well-known/smart-configuration").json()["issuer"] == base.removesuffix("/fhir")
        process.stop(signal.SIGINT)
    assert not [line for line in process.said if "Traceback" in line], process.said


def test_a_port_that_is_taken_is_one_line(copy: Callable[[], str]) -> None:
    with started("--database-url", copy(), "--cdm-schema", "cdm") as process:
        port = process.base.rsplit(":", 1)[1].split("/")[0]
        run = command("serve", "--open", "--port", port, "--database-url", "postgresql://x")
        ended = subprocess.run(run, capture_output=True, text=True, timeout=30, check=False)
        assert ended.returncode == 1
        assert re.fullmatch(rf"Error: cannot listen on 127\.0\.0\.1:{port}: .* \(--port takes another\)\n", ended.stderr)


def test_beside_a_public_base_the_line_says_where_requests_are_answered(served: Served) -> None:
    options = ("--database-url", served.database, "--cdm-schema", "cdm", "--base-url", "https://fhir.example.org/fhir/")
    with started(*options) as process:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/fhir", process.base)
        assert "omop-fhir is https://fhir.example.org/fhir to clients\n" in process.said
        statement = httpx.get(f"{process.base}/metadata").json()
        assert statement["implementation"]["url"] == "https://fhir.example.org/fhir"
