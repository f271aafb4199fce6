"""A Redis that keeps nothing on disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from .process import Program, free_port


def program() -> str | None:
    return shutil.which("redis-server")


def redis(path: str, folder: Path) -> Program:
    """A running Redis; its log lies in `folder`."""
    port = free_port()
    command = [path, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    return Program(command, port, folder / "redis.log")


def url(redis: Program) -> str:
    return f"redis://127.0.0.1:{redis.port}/0"
