"""Who is answered now, and for how long: places for requests, a budget for each client, a bound for each request's time.

Reads by key have places of their own, so that they go on while searches are waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from math import ceil
from secrets import token_hex

import orjson
from starlette.responses import Response
from starlette.types import Scope

from ..auth.budget import Budgets
from ..auth.grants import ANYONE, Grants, named
from ..config import Settings
from ..errors import Overloaded, Timeout, TooManyRequests
from ..fhir.outcome import outcome_of
from ..observe.metrics import Reading
from ..request.negotiation import JSON
from .exchange import Exchange
from .gate import BUSY, Gate, Place

_LIGHT = frozenset({"read", "vread", "capabilities", "smart-configuration"})
_READS = 8
"""Reads that come together become one statement: so many more of them than of others are worked on at once."""


class Admission:
    """Decides for one worker."""

    def __init__(self, settings: Settings, budgets: Budgets | None) -> None:
        places = settings.concurrency or 2 * settings.pool_size  # more would only wait for one another
        self._light = Gate(places * _READS, settings.wait_limit)
        self._heavy = Gate(places, settings.wait_limit)
        self._limit = settings.request_timeout
        self._budgets = budgets
        self.limited = 0
        self._refusal = _refusal(settings.wait_limit)

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

    def turns_away(self, data: bytes) -> bytes | None:
        """The answer to a whole GET that need not be parsed, for it would be turned away; None where it is to be looked at.

        Turning away must cost next to nothing: at several times of what can be done it is most of what is done.
        """
        if not self._heavy.is_full or not data.startswith(b"GET /fhir/") or data.find(b"\r\n\r\n") != len(data) - 4:
            return None
        head = data.lower()
        if any(name in head for name in _MORE):
            return None
        gate = self._light if _is_light(data[4 : data.index(b" ", 4)]) else self._heavy
        if not gate.is_full:
            return None
        gate.shed += 1
        return self._refusal % token_hex(8).encode()

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


_MORE = (b"origin:", b"content-length:", b"transfer-encoding:", b"connection: close")
"""Of a browser, which needs more of an answer; of a body, which would be taken for the next request; of the last request."""


def _is_light(target: bytes) -> bool:
    """Is it a read by key?"""
    parts = target.partition(b"?")[0].split(b"/")
    return len(parts) == 4 and not parts[3].startswith((b"_", b"$")) and parts[3] != b""


def _refusal(patience: float) -> bytes:
    """A whole answer, but for the id of the request."""
    body = orjson.dumps(outcome_of(Overloaded(BUSY, 1).issues))
    head = (
        "HTTP/1.1 503 Service Unavailable",
        f"content-type: {JSON}",
        f"content-length: {len(body)}",
        f"retry-after: {ceil(patience)}",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "x-request-id: %s",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def _payer(scope: Scope, grants: Grants) -> str:
    """Client and account; the address where nothing is known of who calls."""
    if grants.holder == ANYONE.holder:
        return f"address {scope.get('client_address', '')}"
    return f"{named(grants)} {grants.caller.account or ''}"
