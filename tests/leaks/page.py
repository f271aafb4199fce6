"""docs/leaks.md: the matrix as tables, made of what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .asking import Request
from .doors import READING, WRITING, Facts
from .knocked_out import KNOCKED_OUT, WRITES_KNOCKED_OUT
from .matrix import DOORS
from .population import TYPES
from .scopes import SHAPES, Shape, readers, writers
from .world import Worlds

FILE = Path(__file__).parents[2] / "docs" / "leaks.md"

_HEAD = """# What a caller may not see does not show

Made by `python -m tests.leaks`; a test fails when it is out of date. [The tests](../tests/leaks/test_leaks.py) run a part of this
matrix each time, and all of it by `make leaks`.

## How it is tested

A small population, in which every text tells whose it is, stands in several databases that differ from the first in what a
caller may not see, and in nothing else: there texts, codes and dates are others, some is missing, some is new. Rows of the CDM
and documents that came in through FHIR, with old versions, resources that moved from one patient to another, and references
across patients, as in dirty data. Each request below is asked in both, and both answers, with those of all further pages, must
be the same byte for byte: status, headers, body, counts, order, links (opened), and words of errors. So nothing that is hidden
is told, neither by showing it nor by what a filter, chain, `_has`, sort or count makes of it. Besides, no text of a hidden
resource may be in any answer. Left out of the comparison are the id of the request, `Server-Timing`, times of what is written
just then, and keys.

That what is granted is seen, and writes are done, is tested too: else a server that refuses all would pass.
"""

_TAIL = """
## What is known and accepted

* **Keys tell how many.** Ids of what is created are given in order, so two of them tell how much was written in between.
* **A delete tells of references.** What others refer to cannot be deleted (409), though the caller may not see them.
* **Time.** What is hidden and what is absent are found missing by the same statements; how long these take is not compared.
* **Own references.** A resource that may be seen shows the ids that it refers to, also of what may not be seen.
* **Places.** With grants that are bound to patients, Practitioners, Organizations and Locations are seen where something that may
  be seen refers to them, and never written (403 where they are seen).
* **Moved resources.** The old versions that a caller may see of a resource which is another patient's now are withheld where an
  ETL gave that patient's number to somebody else.
* **Patches** need the right to read, since whether a `test` holds, and the answer, tell what was there.
* **Estimates** (`_total=estimate`, `_explain`) know of everything, and are for those who may read and search everything.
* **A search in a scope or role has no chain.** Such a scope would grant nothing.
"""


async def page(worlds: Worlds) -> str:
    """The whole page."""
    shapes = [await _shape(worlds, shape) for shape in SHAPES]
    return "\n".join([_HEAD, *_shapes_head(), *shapes, *_doors(worlds.facts), *_defences(), _TAIL])


def _shapes_head() -> Iterator[str]:
    yield "## Grants\n"
    yield "Told of a Condition of another patient, and of one that is nowhere, in the same way:\n"
    yield "| grants | read | search | history |"
    yield "|---|---|---|---|"


async def _shape(worlds: Worlds, shape: Shape) -> str:
    answers = [await worlds.first.ask(Request("GET", path), shape.name) for path in
               ("Condition/202", "Condition?_id=202", "Condition/condition-2-2/_history")]  # fmt: skip
    told = ["empty" if each.status == 200 and b'"entry"' not in each.body else str(each.status) for each in answers]
    writes = ", and writes" if shape.writes else ""
    return f"| `{shape.name}`{writes} | {' | '.join(told)} |"


def _doors(facts: Facts) -> Iterator[str]:
    yield "\n## Doors\n"
    reading, writing = len(list(readers())), len(list(writers()))
    yield f"Requests at each door for each type. Those that read are asked with each of {reading} grants, those that"
    yield f"write with each of {writing}, on a server where rows of the database may be written too.\n"
    yield f"| | {' | '.join(TYPES)} | |"
    yield f"|---|{'---|' * (len(TYPES) + 1)}"
    totals = {}
    for door in DOORS:
        numbers = [sum(1 for _ in DOORS[door](type, facts)) for type in TYPES]
        totals[door] = sum(numbers)
        yield f"| {door} | {' | '.join(str(number) for number in numbers)} | {totals[door]:,} |"
    read = len(list(readers())) * sum(totals[door] for door in READING)
    written = len(list(writers())) * sum(totals[door] for door in WRITING)
    yield f"\nTogether {read:,} requests that read and {written:,} that write, each in two worlds, and the pages that follow."


def _defences() -> Iterator[str]:
    yield "\n## Each defence is missed\n"
    yield "The tests take these away one by one, and the matrix finds it at the door named:\n"
    yield "| taken away | found at |"
    yield "|---|---|"
    yield from (f"| {defence} | {door} |" for defence, (_, door, _, _) in KNOCKED_OUT.items())
    yield from (f"| {defence} | {door} |" for defence, (door, _, _) in WRITES_KNOCKED_OUT.items())
