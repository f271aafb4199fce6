"""Every shape of grants at every door for every type: the same answers in a world that differs in what is hidden.

Whatever a request tells of what its caller may not see, be it a text, a count, an order, a link, a status or a header, differs
between two worlds that differ in nothing else. And no text of a hidden resource is ever in an answer, whatever the worlds say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from .asking import Answer, Asked, Request, different
from .doors import READING, WRITING, Facts
from .population import TYPES, Thing, things
from .scopes import Shape

DOORS = {**READING, **WRITING}
MOST_PAGES = 12
_MARKER = re.compile(rb"mk(\w{4})o([A-Za-z0-9]+?)i([A-Za-z0-9.-]+?)(?:one|two)")
_THINGS = {(thing.type[:4], thing.owner, thing.id): thing for thing in things()}


@dataclass(frozen=True, slots=True)
class Case:
    """One request of the matrix."""

    shape: Shape
    door: str
    type: str
    request: Request

    def __str__(self) -> str:
        return f"{self.shape.name} | {self.door} | {self.type} | {self.request}"

    @property
    def lot(self) -> int:
        """A number that is the case's for ever, by which some are chosen."""
        return int.from_bytes(blake2b(str(self).encode(), digest_size=4).digest())


@dataclass
class Tally:
    """What was asked, and what was found."""

    asked: int = 0
    leaks: list[str] = field(default_factory=list)


def cases(shape: Shape, known: Facts, door: str) -> Iterator[Case]:
    """All requests of one shape at one door."""
    for type in TYPES:
        yield from (Case(shape, door, type, request) for request in DOORS[door](type, known))


def chosen(found: list[Case], number: int) -> list[Case]:
    """So many of the cases, of each type about as many."""
    of_type: Counter[str] = Counter()
    turns = []
    for case in sorted(found, key=lambda case: case.lot):
        of_type[case.type] += 1
        turns.append((of_type[case.type], case.lot, case))
    return [case for _, _, case in sorted(turns, key=lambda turn: turn[:2])[:number]]


async def tell(case: Case, one: Asked, other: Asked, tally: Tally) -> None:
    """Ask in both worlds, follow the pages, and note what differs or is not the caller's to see."""
    request: Request | None = case.request
    for _ in range(MOST_PAGES):
        if request is None:
            return
        answers = await one.ask(request, case.shape.name), await other.ask(request, case.shape.name)
        tally.asked += 1
        told = [asked.comparable(answer, case.shape.name) for asked, answer in zip((one, other), answers, strict=True)]
        if told[0] != told[1]:
            tally.leaks.append(f"{case.shape.name}, {case.door}: {different(request, *told)}")
            return
        tally.leaks += [f"{case.shape.name}, {case.door}: {request}\n    shows {each}" for each in _strange(case, answers[0])]
        request = _next(answers[0])


def _next(answer: Answer) -> Request | None:
    path = answer.link("next")
    return None if path is None else Request("GET", path)


def _strange(case: Case, answer: Answer) -> Iterator[str]:
    """Texts of what the caller may not see."""
    asked = str(case.request).encode()
    for match in set(_MARKER.findall(answer.whole)):
        thing = _THINGS.get(tuple(part.decode() for part in match), Thing("", "", ""))
        if b"mk%bo%bi%b" % match not in asked and not _may_see(case.shape, thing, match):
            yield f"mk{match[0].decode()}o{match[1].decode()}i{match[2].decode()}"


def _may_see(shape: Shape, thing: Thing, match: tuple[bytes, bytes, bytes]) -> bool:
    if thing.type == "":  # what moved to another person
        thing = next(Thing(type, match[2].decode(), match[1].decode()) for type in TYPES if type[:4] == match[0].decode())
    if thing.type == "Organization" and shape.covers(Thing("Location", thing.id, thing.owner)):
        return True  # the row of a care site is both
    return shape.covers(thing)
