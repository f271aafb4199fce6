"""The whole stack on this machine: PostgreSQL and its replica, a PgBouncer before each, Redis, one server of two workers.

Whoever runs a cluster of PostgreSQL has something that promotes a replica when the primary is gone, and lets the primary go on
alone when its synchronous replica is gone (Patroni does both). Here this script plays that part.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.writes.server import prepare
from tests.stack import pgbouncer
from tests.stack import redis as redis_server
from tests.stack.postgres import Postgres, both, replicated, until
from tests.stack.process import Program, free_port

PERSONS = 200
REPLICA = "replica"


@dataclass
class Stack:
    """All parts while they run."""

    primary: Postgres
    replica: Postgres
    before_primary: Program
    before_replica: Program
    redis: Program
    server: Program
    log: Path
    """What the server said."""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/fhir"

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        listed = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        return sorted(map(int, listed))

    def kill_worker(self) -> None:
        os.kill(self.workers()[0], signal.SIGKILL)

    def protect(self) -> None:
        """From now on a commit waits until the replica has it too."""
        until(lambda: self.primary.ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == 1)
        self.primary.synchronous(REPLICA)

    def promote(self) -> None:
        """The replica takes the place of a primary that is gone."""
        self.replica.promote()

    def rejoin(self) -> None:
        """The former primary comes back as a replica."""
        self.primary.follow(self.replica)
        self.primary, self.replica = self.replica, self.primary
        self.before_primary, self.before_replica = self.before_replica, self.before_primary
        self.protect()


def lacking() -> str | None:
    """What this machine lacks for it."""
    if not Path("/proc/self/task").exists():
        return "workers are told apart by /proc, which is not there"
    programs = {"pgbouncer": pgbouncer.any_program(), "redis-server": redis_server.program()}
    missing = [name for name, found in programs.items() if not found]
    return f"{' and '.join(missing)} must be installed" if missing else None


@contextmanager
def running() -> Iterator[Stack]:
    """The stack, filled, with all of it up."""
    with ExitStack() as stack:
        primary, replica = stack.enter_context(replicated(lambda url: asyncio.run(prepare(url, PERSONS))))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="omop-fhir-acceptance-")))
        folder.chmod(0o755)
        path = str(pgbouncer.any_program())
        one, other = (
            _stopped(stack, pgbouncer.bouncer(path, server, folder / name, size=20))
            for server, name in ((primary, "one"), (replica, "other"))
        )
        cache = _stopped(stack, redis_server.redis(str(redis_server.program()), folder))
        server = _stopped(stack, _server(both(primary, replica, one=one.port, other=other.port), redis_server.url(cache), folder))
        found = Stack(primary, replica, one, other, cache, server, folder / "server.log")
        found.protect()
        until(lambda: len(found.workers()) == 2)
        yield found


def _stopped(stack: ExitStack, program: Program) -> Program:
    stack.callback(program.stop)
    return program


def _server(database: str, redis: str, folder: Path) -> Program:
    port = free_port()
    command = [sys.executable, "-m", "omop_fhir", "serve", "--open", "--port", str(port), "--workers", "2", "--time-zone", "UTC",
               "--drain-time", "0", "--no-access-log"]
    clean = {name: "" for name in os.environ if name.startswith("OMOP_FHIR_")}
    for name in clean:
        os.environ.pop(name)
    return Program(
        command, port, folder / "server.log", PYTHONPATH=str(Path(__file__).parents[2]), OMOP_FHIR_DATABASE_URL=database,
        OMOP_FHIR_REDIS_URL=redis, OMOP_FHIR_CDM_SCHEMA="cdm", OMOP_FHIR_SECRET_KEY="k" * 40,
    )  # fmt: skip
