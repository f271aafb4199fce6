"""How many requests are answered at once, and how many wait for that: a bounded line, so that who is let in is answered soon.

A request enters; it gets a place, at once or after waiting, or is turned away (Overloaded) as soon as it is clear that it would
wait too long: the line divided by the rate at which places came free lately (Little's law). So under any load those who are let
in are answered about as fast as ever, and turning the others away costs little.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from time import monotonic

from ..errors import Overloaded

_WEIGHT = 0.05
"""How much the latest request counts in the mean time that a place is taken."""
BUSY = "the server is busy: try again in a moment"
_LONGEST = 10_000
"""More never wait, whatever the rate: each costs memory."""


class Gate:
    """`size` places; who would wait for more than `patience` seconds is turned away."""

    def __init__(self, size: int, patience: float) -> None:
        self.size = size
        self.taken = 0
        self.shed = 0
        self._patience = patience
        self._line: deque[asyncio.Future[None]] = deque()
        self._mean = 0.0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    @property
    def expected(self) -> float:
        """Seconds that one more would wait, as things go."""
        return (len(self._line) + 1) * self._mean / self.size if self.taken >= self.size else 0.0

    @property
    def is_full(self) -> bool:
        """Would one more be turned away?"""
        return self.taken >= self.size and (self.expected > self._patience or len(self._line) >= _LONGEST)

    async def enter(self) -> None:
        """Take a place. Raises Overloaded."""
        if self.taken < self.size:
            self.taken += 1
            return
        if self.is_full:
            raise self._overloaded()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._free()  # it was its turn in the moment in which it went away
            elif turn in self._line:
                self._line.remove(turn)
            if isinstance(error, TimeoutError):
                raise self._overloaded() from None
            raise

    def leave(self, seconds: float) -> None:
        """Give the place to who comes next; it was taken for so long."""
        self._mean += _WEIGHT * (seconds - self._mean)
        self._free()

    def _free(self) -> None:
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.taken -= 1

    def _overloaded(self) -> Overloaded:
        self.shed += 1
        return Overloaded(BUSY, ceil(self._patience))


class Place:
    """What a request holds of a gate."""

    __slots__ = ("_gate", "_since")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._since: float | None = None

    async def enter(self) -> None:
        """Raises Overloaded."""
        await self._gate.enter()
        self._since = monotonic()

    def leave(self) -> None:
        """Leave, if it was entered."""
        if self._since is not None:
            self._gate.leave(monotonic() - self._since)
            self._since = None

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Let others in while something is awaited that is not in our hands. Raises Overloaded where there is no way back."""
        self.leave()
        yield
        await self.enter()
