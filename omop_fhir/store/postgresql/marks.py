"""How far in PostgreSQL's log a caller must see: what the caller wrote last, through whichever worker.

A caller's name and the place of a commit enter; the place that a replica must have reached to be read from for that caller
leaves. This worker remembers the commits that it made. Those of other workers are known through Redis where there is one that
answers and has been there for long enough; else the primary is asked how far it is, which is further than anybody was told.
Nothing is remembered for longer than a replica may lag behind: one that lags more is not read from at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from cachetools import TTLCache

from .node import ANSWERS_NOT, Node

FURTHEST = 2**63 - 1
"""Where nobody knows how far a commit is, no replica is far enough."""
MARGIN = 10.0
"""Seconds for which more than the bound of lag is remembered: looks at replicas take time."""
_CALLERS = 100_000

Wait: TypeAlias = Callable[[int], Awaitable[None]]
"""Waits until every replica that is read from has reached a place."""


class OtherMarks(Protocol):
    """What callers wrote last through other workers."""

    async def put(self, caller: str, position: int) -> bool:
        """Tell the other workers; False where they may not have been told."""

    async def get(self, caller: str) -> int | None:
        """What any worker told, 0 for nothing; None where that is not known."""


class Marks:
    """What callers wrote last."""

    def __init__(self, lag_limit: float, others: OtherMarks | None, primary: Callable[[], Node | None]) -> None:
        self._own: TTLCache[str, int] = TTLCache(_CALLERS, lag_limit + MARGIN)
        self._others = others
        self._primary = primary

    async def put(self, caller: str, position: int, wait: Wait) -> None:
        """Remember that the caller's commit is there.

        Where the other workers cannot be told, no replica that they read from may be behind when the caller is answered.
        """
        self._own[caller] = max(position, int(self._own.get(caller, 0)))
        if self._others and not await self._others.put(caller, position):
            await wait(position)

    async def needed(self, caller: str) -> int:
        """How far a replica must be for this caller; where the primary does not answer, as far as is known here."""
        own = int(self._own.get(caller, 0))
        if self._others and (told := await self._others.get(caller)) is not None:
            return max(own, told)
        primary = self._primary()
        try:
            return max(own, await primary.look()) if primary else own
        except ANSWERS_NOT:
            return own
