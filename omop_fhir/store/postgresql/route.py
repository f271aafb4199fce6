"""Where the statements of one request go: all to one server, which has seen what the request's caller wrote.

A cluster and a caller enter, the node to read from leaves; Unavailable where none will do. What belongs to no request (tokens,
the shape of the database) is read from the primary.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic

from ...errors import Unavailable
from .cluster import Cluster
from .marks import FURTHEST, Marks
from .node import Node

_PATIENCE = 0.005
"""Seconds between two looks at replicas that are waited for."""

_RESPITE = 0.2
"""Seconds that replicas have to replay what a primary sent before it died."""


@dataclass(slots=True)
class Route:
    """One request's: for whom, and the node that it reads from since it was chosen."""

    caller: str
    node: Node | None = None
    needs_primary: bool = False


_route: ContextVar[Route | None] = ContextVar("route", default=None)


@contextmanager
def reading_as(caller: str) -> Iterator[None]:
    """What is read within is one request of this caller."""
    token = _route.set(Route(caller))
    try:
        yield
    finally:
        _route.reset(token)


def read_primary() -> None:
    """Let the request go on at the primary: replicas may not have seen yet what it met."""
    if route := _route.get():
        route.node, route.needs_primary = None, True


class Router:
    """Chooses nodes."""

    def __init__(self, cluster: Cluster, marks: Marks, lag_limit: float) -> None:
        self._cluster = cluster
        self._marks = marks
        self._lag_limit = lag_limit

    async def reader(self, failed: Node | None = None) -> Node:
        """The node to read from, another than one that failed if there is any. Raises Unavailable."""
        if (only := self._cluster.only) is not None:
            return only
        await self._cluster.known()
        route = _route.get()
        if route is None:
            return await self._cluster.writer()
        if route.node is None or route.node is failed:
            route.node = await self._chosen(route, failed)
        return route.node

    async def _chosen(self, route: Route, failed: Node | None) -> Node:
        candidates = [] if route.needs_primary else [node for node in self._cluster.replicas if node is not failed]
        if candidates:
            needed = await self._marks.needed(route.caller)
            ready = [node for node in candidates if node.position >= needed] or await self._caught_up(candidates, needed)
            if not ready:  # most often what was just written is replayed in a moment
                await asyncio.sleep(_PATIENCE if failed is None else _RESPITE)
                ready = await self._caught_up(candidates, needed)
            if not ready and needed == FURTHEST and self._cluster.primary in (None, failed):
                ready = [node for node in candidates if node.is_drained]  # no other has more of what the primary left
            if ready:
                return min(ready, key=lambda node: node.lent)
        return await self._cluster.writer()

    async def _caught_up(self, candidates: Sequence[Node], needed: int) -> list[Node]:
        """Those that have gone so far since they were looked at."""
        positions = await asyncio.gather(*(node.look() for node in candidates), return_exceptions=True)
        return [node for node, at in zip(candidates, positions, strict=True) if isinstance(at, int) and at >= needed]

    async def wrote(self, node: Node, position: int | None) -> None:
        """The request's caller has committed on this node: what the caller reads from now on is to show it."""
        route = _route.get()
        if route is None or self._cluster.only is not None:
            return
        route.node, route.needs_primary = node, True
        await self._marks.put(route.caller, FURTHEST if position is None else position, self._wait)

    async def _wait(self, position: int) -> None:
        """Until all replicas are there that somebody may read from, which takes no longer than they may lag."""
        end = monotonic() + self._lag_limit
        while monotonic() < end:
            behind = [node for node in self._cluster.replicas if node.position < position]
            if not behind or len(await self._caught_up(behind, position)) == len(behind):
                return
            await asyncio.sleep(_PATIENCE)


def usable(cluster: Cluster) -> Node:
    """Any node that can be read from, the primary before others. Raises Unavailable."""
    found = cluster.primary or next(iter(cluster.replicas), None)
    if found is None:
        raise Unavailable("no database server answers just now: try again in a moment")
    return found

