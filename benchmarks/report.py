"""Results -> the report, docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .http import STATIC, HttpResult
from .pages import SIZE, PageResult

PAGE_GOAL = 1.7
READ_GOAL = 0.6
MEMORY_GOAL = 150
SCALE_GOAL = 1.3
START_GOAL = 2.0

_INTRODUCTION = """# Benchmarks

Written by `make bench`; every figure below is from one run. Figures are medians, with the lower and upper quartile in
brackets. Contestants take turns within the run, and ratios are taken round by round, so that a busy moment of the
machine falls on both sides: trust the ratios, not the absolute figures.
"""

_PAGES = """## A page of {size}, without HTTP

From the parameters of a search to the bytes of a Bundle: parse, plan, resolve, SQL, fetch, render, paging link; each
round begins at another key. *bare fetch*: the same rows and columns by the same statement on a bare asyncpg
connection, every value decoded by asyncpg, without the server's two columns of bookkeeping and its casts to text.
*own fetch*: the server's own statement on that connection. Times in µs. Goal: at most {goal:g} times the bare fetch.
"""

_HTTP = """## Over HTTP

One worker, {connections} connections that are kept open, {generator} on the same machine, {repeats} slices of
{seconds:g} s of each kind, in turn. The static answer is `/health/live` of the same server.
Goal: a read at least {goal:.0%} of it.
"""

_PROCESS = """## The worker

Memory after all of the above; seconds from the start of the interpreter until the server says that it is ready, on a
database that is warm. Goals: less than {memory} MB, less than {start:g} s.
"""

_SCALE = """## {large:,} persons against {small:,}

How many times longer the same takes (for requests: how many times fewer a second). Goal: at most {goal:g}.
"""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the run was like."""

    facts: Mapping[str, str]
    connections: int
    generator: str
    repeats: int
    seconds: float


def report(pages: Sequence[PageResult], http: Sequence[HttpResult], conditions: Conditions) -> str:
    """The whole report in Markdown."""
    sections = [_INTRODUCTION, _table(("", ""), conditions.facts.items())]
    sections += [_PAGES.format(size=SIZE, goal=PAGE_GOAL), _page_table(pages)]
    sections += [_http_text(conditions), _http_table(http)]
    sections += [_PROCESS.format(memory=MEMORY_GOAL, start=START_GOAL), _process_table(http)]
    sections += _scale(pages, http)
    return "\n".join(sections)


def _http_text(conditions: Conditions) -> str:
    return _HTTP.format(
        connections=conditions.connections,
        generator=conditions.generator,
        repeats=conditions.repeats,
        seconds=conditions.seconds,
        goal=READ_GOAL,
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _page_table(pages: Sequence[PageResult]) -> str:
    head = ("page of", "persons", "bare fetch", "own fetch", "page", "page / bare fetch", "page / own fetch")
    return _table(head, [_page_row(result) for result in pages])


def _page_row(result: PageResult) -> list[str]:
    ratios = (result.page.over(result.bare), result.page.over(result.own))
    return [
        result.type,
        f"{result.persons:,}",
        *(sample.shown() for sample in (result.bare, result.own, result.page)),
        *(ratio.shown(2) for ratio in ratios),
    ]


def _http_table(results: Sequence[HttpResult]) -> str:
    rows = [
        [kind, f"{result.persons:,}", rate.shown(), "" if kind == STATIC else rate.over(result.rates[STATIC]).shown(2)]
        for kind in results[0].rates
        for result in results
        if (rate := result.rates[kind])
    ]
    return _table(("request", "persons", "requests/s", "share of the static answer"), rows)


def _process_table(results: Sequence[HttpResult]) -> str:
    rows = [
        [f"{r.persons:,}", _megabytes(r.memory.resident), _megabytes(r.memory.proportional), r.start_time.shown(2)]
        for r in results
    ]
    return _table(("persons", "RSS, MB", "PSS, MB", "start, s"), rows)


def _megabytes(value: float | None) -> str:
    return "not told by this system" if value is None else f"{value:.0f}"


def _scale(pages: Sequence[PageResult], http: Sequence[HttpResult]) -> list[str]:
    small, large = http[0], http[-1]
    if small is large:
        return []
    first = {result.type: result for result in pages if result.persons == small.persons}
    last = {result.type: result for result in pages if result.persons == large.persons}
    rows = [
        [f"page of {SIZE}, {type}, without HTTP", last[type].page.over(first[type].page).shown(2)] for type in first
    ]
    rows += [[f"{kind}, over HTTP", small.rates[kind].over(large.rates[kind]).shown(2)] for kind in small.rates]
    text = _SCALE.format(large=large.persons, small=small.persons, goal=SCALE_GOAL)
    return [text, _table(("", "ratio"), rows)]
