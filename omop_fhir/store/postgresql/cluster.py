"""The servers that hold one database: which takes writes, which are read from, and when one takes the place of another.

URLs of hosts enter; the node for a statement leaves. One host is taken as it is. Of several, each is asked every second whether
it takes writes and how far in the log it is: the primary is the one that takes writes and was promoted last; replicas are read
from as long as they lag behind it no longer than a bound. Raises Unavailable where no node will do: the caller should come again.

The lag of a replica is the time for which the primary has been further than the replica is now. It is not measured by clocks of
servers, and is zero where nothing is written. While there is no primary nothing new is written, so replicas are read from as
before. https://www.postgresql.org/docs/current/warm-standby.html
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from math import inf
from time import monotonic

from ...config import Settings
from ...errors import Unavailable
from .hosts import split_hosts
from .node import ANSWERS_NOT, Node, State

log = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two looks at the servers."""
SOON = 0.1
"""Seconds between two looks where something is amiss."""
_MISSES = 2
"""Looks in a row after which a server that did not answer is away: a single connection may break, and be made again."""


class Cluster:
    """All servers of one database."""

    def __init__(self, settings: Settings) -> None:
        self.nodes = tuple(Node(url, settings) for url in split_hosts(settings.database_url))
        self._limit = settings.replica_lag
        self._misses = dict.fromkeys(self.nodes, 0)
        self._passed: deque[tuple[float, int]] = deque(maxlen=600)
        """When the primary was how far."""
        self._timeline = 0
        self._looking = asyncio.Lock()
        self._looked = False
        self._amiss = asyncio.Event()

    @property
    def only(self) -> Node | None:
        """The server, where there is but one."""
        return self.nodes[0] if len(self.nodes) == 1 else None

    @property
    def primary(self) -> Node | None:
        """The server that takes writes, as far as is known."""
        return self.only or next((node for node in self.nodes if node.role == "primary"), None)

    @property
    def answers(self) -> bool:
        """Is there one of several, as far as is known, that statements can go to?"""
        return self.only is None and bool(self.primary or self.replicas)

    @property
    def replicas(self) -> tuple[Node, ...]:
        """Those that may be read from: they follow the primary closely enough."""
        return tuple(node for node in self.nodes if node.role == "replica" and node.lag <= self._limit)

    def condition(self) -> dict[str, object]:
        """How many servers are what, and how far the replicas are behind, in seconds."""
        roles = [node.role for node in self.nodes]
        lags = [round(node.lag, 1) for node in self.nodes if node.role == "replica" and node.lag < inf]
        return {role: roles.count(role) for role in ("primary", "replica", "outdated", "away")} | {"lag": lags}

    async def known(self) -> None:
        """Have looked at the servers once."""
        if self.only is None and not self._looked:
            await self.look()

    async def writer(self) -> Node:
        """The primary. Raises Unavailable while there is none."""
        await self.known()
        if self.primary is None:
            self.report()
            raise Unavailable("no database server takes writes just now: try again in a moment")
        return self.primary

    def report(self) -> None:
        """Something is amiss: look at the servers at once."""
        self._amiss.set()

    async def watch(self) -> None:
        """Look at the servers again and again; runs until cancelled."""
        while self.only is None:
            await self.look()
            waiting = SOON if self.primary is None else INTERVAL
            try:
                async with asyncio.timeout(waiting):
                    await self._amiss.wait()
                await asyncio.sleep(SOON)
            except TimeoutError:
                pass
            self._amiss.clear()

    async def look(self) -> None:
        """Ask every server how it is."""
        async with self._looking:
            states = await asyncio.gather(*(self._state(node) for node in self.nodes))
            self._judge(dict(zip(self.nodes, states, strict=True)))
            self._looked = True

    async def _state(self, node: Node) -> State | None:
        """What a server said; None where it says nothing."""
        try:
            state = await node.probe()
        except ANSWERS_NOT:
            self._misses[node] += 1
            if self._misses[node] >= _MISSES or node.role not in ("primary", "replica"):
                return None
            self.report()
            return State(node.role == "replica", node.position, self._timeline, node.is_drained)
        self._misses[node] = 0
        return state

    def _judge(self, states: dict[Node, State | None]) -> None:
        primary = _newest((node, state) for node, state in states.items() if state and not state.is_replica)
        if primary and (states[primary].timeline or 0) < self._timeline:  # type: ignore[union-attr]
            primary = None  # it was taken over from while nobody looked
        if primary:
            self._follow(primary, states[primary])
        for node, state in states.items():
            self._assign(node, state, primary)

    def _follow(self, primary: Node, state: State | None) -> None:
        assert state is not None  # noqa: S101  it was asked for its state
        if (state.timeline or 0) > self._timeline:
            self._timeline = state.timeline or 0
            self._passed.clear()
        primary.position = state.position
        self._passed.append((monotonic(), state.position))

    def _assign(self, node: Node, state: State | None, primary: Node | None) -> None:
        before = node.role
        if state is None:
            node.role = "away"
        elif state.is_replica:
            node.role, node.position, node.is_drained = "replica", state.position, state.is_drained
            node.lag = self._lag(state.position) if primary else node.lag
        else:
            node.role = "primary" if node is primary else "outdated"
        if node.role != before:
            level = logging.INFO if before == "unknown" else logging.WARNING
            log.log(level, "database server %s: %s, was %s", node.name, node.role, before)
            if node.role in ("away", "outdated"):
                node.abandon()
            elif before != "unknown":
                node.expire()

    def _lag(self, position: int) -> float:
        """For how many seconds the primary has been further than this."""
        if not self._passed or position >= self._passed[-1][1]:
            return 0.0
        reached = [at for at, passed in self._passed if passed <= position]
        return monotonic() - reached[-1] if reached else inf

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(node.close() for node in self.nodes))


def _newest(claims: Iterable[tuple[Node, State]]) -> Node | None:
    """Of several that take writes, the one that was promoted last."""
    found = max(claims, key=lambda claim: claim[1].timeline or 0, default=None)
    return found[0] if found else None
