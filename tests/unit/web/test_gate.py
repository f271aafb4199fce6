"""Places for requests: who gets one, who waits, who is turned away."""

from __future__ import annotations

import asyncio

import pytest

from omop_fhir.errors import Overloaded
from omop_fhir.web.gate import Gate, Place


async def held(gate: Gate) -> Place:
    place = Place(gate)
    await place.enter()
    return place


async def test_they_get_their_places_in_the_order_in_which_they_came() -> None:
    gate, order = Gate(1, 10), list[int]()

    async def work(number: int) -> None:
        place = await held(gate)
        order.append(number)
        await asyncio.sleep(0)
        place.leave()

    await asyncio.gather(*(work(number) for number in range(20)))
    assert order == list(range(20))
    assert (gate.taken, gate.waiting) == (0, 0)


async def test_who_waited_long_enough_is_turned_away() -> None:
    gate = Gate(1, 0.05)
    first = await held(gate)
    with pytest.raises(Overloaded) as refused:
        await held(gate)
    assert refused.value.headers == {"Retry-After": "1"}
    assert (gate.taken, gate.waiting, gate.shed) == (1, 0, 1)
    first.leave()
    (await held(gate)).leave()
    assert gate.taken == 0


async def test_who_would_wait_too_long_is_turned_away_at_once() -> None:
    gate = Gate(1, 5)
    for _ in range(200):
        await gate.enter()
        gate.leave(2.0)  # as if each took two seconds
    first = await held(gate)
    waiting = [asyncio.create_task(held(gate)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        async with asyncio.timeout(0.5):
            await held(gate)
    first.leave()
    for task in waiting:
        (await task).leave()
    assert (gate.taken, gate.waiting) == (0, 0)


async def test_who_goes_away_takes_no_place() -> None:
    gate = Gate(1, 5)
    first = await held(gate)
    waiting = [asyncio.create_task(held(gate)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    first.leave()  # the turn of the one that has just been cancelled, or of the next
    waiting[1].cancel()
    place = await waiting[2]
    assert (gate.taken, gate.waiting) == (1, 0)
    place.leave()
    place.leave()
    assert gate.taken == 0


async def test_aside_others_are_let_in() -> None:
    gate = Gate(1, 1)
    place = await held(gate)
    async with place.aside():
        other = await held(gate)
        other.leave()
    assert gate.taken == 1
    place.leave()
