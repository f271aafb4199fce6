"""PgBouncer in transaction mode, as Debian has it, or as OMOP_FHIR_TEST_PGBOUNCER names another."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .postgres import Postgres
from .process import Program, free_port, give

KEEPS_SINCE = (1, 21)
"""From here on prepared statements are kept (https://www.pgbouncer.org/changelog.html#pgbouncer-121x)."""

_CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={target}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
server_login_retry = 1
query_wait_timeout = 10
{more}
"""


def program(*, keeps_statements: bool = False) -> str:
    """A PgBouncer that keeps prepared statements, or one that loses them; skips the test where there is none."""
    named = os.environ.get("OMOP_FHIR_TEST_PGBOUNCER")
    found = [path for path in (named, shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")) if path]
    for path in found:
        if (version(path) >= KEEPS_SINCE) == keeps_statements:
            return path
    wanted = "1.21 or later" if keeps_statements else "before 1.21"
    pytest.skip(f"no PgBouncer {wanted} is installed, nor named by OMOP_FHIR_TEST_PGBOUNCER")


def any_program() -> str | None:
    """A PgBouncer of any version, Debian's before another."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin") or os.environ.get("OMOP_FHIR_TEST_PGBOUNCER")


def version(path: str) -> tuple[int, ...]:
    """Such as (1, 18, 0)."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"PgBouncer (\d+)\.(\d+)\.(\d+)", said)
    assert found, said
    return tuple(map(int, found.groups()))


def bouncer(path: str, server: Postgres, folder: Path, *, size: int = 10, **settings: str | int) -> Program:
    """A running PgBouncer before a server; its files lie in `folder`."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    port = free_port()
    if version(path) >= KEEPS_SINCE:
        settings.setdefault("max_prepared_statements", 200)
    more = "\n".join(f"{name} = {value}" for name, value in settings.items())
    configuration, users = folder / "pgbouncer.ini", folder / "users"
    configuration.write_text(_CONFIGURATION.format(target=server.port, port=port, folder=folder, size=size, more=more))
    users.write_text(f'"postgres" "{server.password}"\n')
    for each in (configuration, users):
        give(each)
    return Program([path, str(configuration)], port, folder / "log", as_nobody=True)
