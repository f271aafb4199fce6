"""Coalesced reads: those of one source that wait together, under the same grants, become one statement.

While a statement for a source is under way, further keys gather; when it returns they go out as the next one. Each key
travels with the compartment that its caller is bound to, and the answer comes back by ordinal, never by id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import asyncpg

from ..plan.read import ReadPlan

BATCH = 64
LANES = 2
"""Statements under way at once for those who gather: one for a lone reader's latency, one more for throughput."""

Fetch: TypeAlias = Callable[[Sequence[ReadPlan]], Awaitable[Sequence[asyncpg.Record]]]
"""Fetches the rows of plans of one source; the first column of a record is the ordinal, from 1."""


@dataclass
class Coalescer:
    """Gathers the reads of one source of one snapshot under the same grants, on one server."""

    fetch: Fetch
    _waiting: list[tuple[ReadPlan, asyncio.Future[asyncpg.Record | None]]] = field(default_factory=list)
    _lanes: int = 0

    async def read(self, plan: ReadPlan) -> asyncpg.Record | None:
        """The record of a plan, None where there is no such row. Raises what `fetch` raises."""
        future: asyncio.Future[asyncpg.Record | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((plan, future))
        if self._lanes < LANES:
            self._lanes += 1
            task = asyncio.ensure_future(self._run())
            task.add_done_callback(_forget)
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                await self._answer(batch)
        finally:
            self._lanes -= 1

    async def _answer(self, batch: list[tuple[ReadPlan, asyncio.Future[asyncpg.Record | None]]]) -> None:
        try:
            records = await self.fetch([plan for plan, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            return
        found = {record[0]: record for record in records}
        for ordinal, (_, future) in enumerate(batch, start=1):
            if not future.done():
                future.set_result(found.get(ordinal))


def _forget(task: asyncio.Future[None]) -> None:
    """A reader that went away leaves no warning behind."""
    if not task.cancelled():
        task.exception()
