"""Writes docs/leaks.md: `python -m tests.leaks`."""

from __future__ import annotations

import asyncio

from omop_fhir.store.embedded import EmbeddedPostgres
from tests.fixtures.databases import DISPOSABLE

from .page import FILE, page
from .world import worlds


async def _write(server: str) -> None:
    async with worlds(server) as found:
        FILE.write_text(await page(found), "utf-8")


if __name__ == "__main__":
    with EmbeddedPostgres.start(settings=DISPOSABLE) as postgres:
        asyncio.run(_write(postgres.url))
