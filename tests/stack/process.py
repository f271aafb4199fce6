"""A program on a port that stays the same, which can be killed and started again. PostgreSQL's kin refuse to run as root."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LIMIT = 30.0
"""Seconds that anything may take to come up."""


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def identity() -> dict[str, Any]:
    """Arguments of `subprocess` for a user who is not root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def give(path: Path) -> None:
    """Let that user own the path."""
    if found := identity():
        os.chown(path, found["user"], found["group"])


class Program:
    """A running program that listens on `port`."""

    def __init__(self, command: Sequence[str], port: int, log: Path, *, as_nobody: bool = False, **environment: str) -> None:
        self.port = port
        self._command, self._log, self._environment = list(command), log, environment
        self._identity = identity() if as_nobody else {}
        self.start()

    def start(self) -> None:
        """Start it, and return when it listens."""
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                env={**os.environ, **self._environment}, **self._identity,
            )  # fmt: skip
        end = time.monotonic() + LIMIT
        while not listens(self.port):
            assert self._popen.poll() is None, f"{self._command[0]} ended: {self._log.read_text()[-2000:]}"
            assert time.monotonic() < end, f"{self._command[0]} does not listen: {self._log.read_text()[-2000:]}"
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        return self._popen.pid

    def kill(self) -> None:
        """SIGKILL."""
        self._popen.kill()
        self._popen.wait()

    def stop(self) -> int:
        """SIGTERM, and what it ended with."""
        if self._popen.poll() is None:
            self._popen.terminate()
        return self._popen.wait(LIMIT)


def listens(port: int) -> bool:
    """Does anybody take connections there?"""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
