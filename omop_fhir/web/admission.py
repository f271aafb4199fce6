"""Who is answered now, and for how long: places for requests, a budget for each client, a bound for each request's time.

Reads by key have places of their own, so that they go on while searches are waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from math import ceil

from starlette.responses import Response
from starlette.types import Scope

from ..auth.budget import Budgets
from ..auth.grants import ANYONE, Grants, named
from ..config import Settings
from ..errors import Timeout, TooManyRequests
from ..observe.metrics import Reading
from .exchange import Exchange
from .gate import Gate, Place

_LIGHT = frozenset({"read", "vread", "capabilities", "smart-configuration"})
_READS = 4
"""Reads that come together become one statement: so many more of them than of others are worked on at once."""


class Admission:
    """Decides for one worker."""

    def __init__(self, settings: Settings, budgets: Budgets | None) -> None:
        self._light = Gate(settings.concurrency * _READS, settings.wait_limit)
        self._heavy = Gate(settings.concurrency, settings.wait_limit)
        self._limit = settings.request_timeout
        self._budgets = budgets
        self.limited = 0

    async def run(self, interaction: str, exchange: Exchange, answer: Callable[[], Awaitable[Response]]) -> Response:
        """The answer, when it is its turn. Raises Overloaded, Timeout, and what `answer` raises."""
        place = exchange.place = Place(self._light if interaction in _LIGHT else self._heavy)
        try:
            async with asyncio.timeout(self._limit) as bound:
                await place.enter()
                return await answer()
        except TimeoutError:
            if not bound.expired():
                raise
            raise Timeout(f"the request took longer than {self._limit:g} s, and what was not done was given up") from None
        finally:
            place.leave()

    async def charge(self, scope: Scope, grants: Grants, cost: float) -> None:
        """Take the cost of a request from the budget of who asks. Raises TooManyRequests where that is used up."""
        if self._budgets is None:
            return
        wait = await self._budgets.spend(_payer(scope, grants), cost)
        if wait > 0:
            self.limited += 1
            raise TooManyRequests("this client asks more than it may: try again later, or ask for less", ceil(wait))

    def readings(self) -> Iterator[Reading]:
        """For the metrics."""
        yield Reading("in_flight_requests", (), self._light.taken + self._heavy.taken)
        yield Reading("waiting_requests", (), self._light.waiting + self._heavy.waiting)
        yield Reading("shed_requests", ("busy",), self._light.shed + self._heavy.shed)
        yield Reading("rate_limited_requests", (), self.limited)


def _payer(scope: Scope, grants: Grants) -> str:
    """Client and account; the address where nothing is known of who calls."""
    if grants.holder == ANYONE.holder:
        return f"address {scope.get('client_address', '')}"
    return f"{named(grants)} {grants.caller.account or ''}"
