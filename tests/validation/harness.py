"""Walks a server and asks the witnesses: pages go to worker processes, tallies come back, few of each at a
time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import chain
from multiprocessing import get_context

import httpx
import orjson

from tests.validation.tally import Tally
from tests.validation.walk import fetch, pages, served_types

_IN_FLIGHT = 4
"""Pages waiting or being looked at, per process."""


def examine(
    client: httpx.Client,
    *,
    types: Iterable[str] = (),
    sample: int | None = None,
    page_size: int = 250,
    processes: int = 1,
) -> Tally:
    """Everything that the server has of these types (all that it serves by default), and its
    CapabilityStatement.

    `sample`: so many of each type, at least. Raises WalkError where the server gives no page.
    """
    tally = Tally()
    tally.see(orjson.loads(fetch(client, "metadata")))
    names = tuple(types) or served_types(client)
    bodies = chain.from_iterable(_bodies(client, name, sample, page_size) for name in names)
    for part in _asked(bodies, processes):
        tally.add(part)
    return tally


def _bodies(client: httpx.Client, name: str, sample: int | None, page_size: int) -> Iterator[bytes]:
    return (page.body for page in pages(client, name, sample, page_size))


def _asked(bodies: Iterator[bytes], processes: int) -> Iterator[Tally]:
    if processes < 2:
        yield from map(ask, bodies)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting: set[Future[Tally]] = set()
        for body in bodies:
            waiting.add(pool.submit(ask, body))
            if len(waiting) >= processes * _IN_FLIGHT:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in waiting)


def ask(body: bytes) -> Tally:
    """The tally of one page."""
    tally = Tally()
    tally.see_page(orjson.loads(body))
    return tally
