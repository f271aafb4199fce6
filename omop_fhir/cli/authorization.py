"""What the commands share that keep accounts, clients, roles and keys."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from ..auth.audit import Event, Kind
from ..auth.password import new_password
from ..config import Settings
from ..errors import Invalid
from ..store.audit.trail import COMMAND
from ..store.authorization.store import AuthorizationStore, opened

T = TypeVar("T")


def with_store(given: dict[str, Any], work: Callable[[AuthorizationStore], Awaitable[T]], secret: str = "") -> T:
    """Do some work with the store that the options name. Raises what the work raises, ConfigurationError."""
    settings = Settings(database_url=given["database_url"], own_schema=given["own_schema"], pool_size=2)

    async def run() -> T:
        async with opened(settings, secret) as store:
            return await work(store)

    return asyncio.run(run())


async def noted(store: AuthorizationStore, kind: Kind, reason: str) -> None:
    """Have the audit know of what a command did."""
    await store.note(Event(kind, COMMAND, reason=reason))


def ask_password(*, random: bool) -> tuple[str, bool]:
    """A password, and whether it was made up here and must be shown: typed twice at a terminal, else one line of the input."""
    if random:
        return new_password(), True
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True), False
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Invalid("give the password as one line of the input, or --random to have one made")
    return line, False
