"""Results -> the report, docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .http import READS, STATIC, HttpResult
from .pages import SIZE, PageResult
from .sample import Sample

PAGE_GOAL = 1.7
READ_GOAL = 0.6
MEMORY_GOAL = 150
SCALE_GOAL = 1.3
START_GOAL = 2.0

_INTRODUCTION = """# Benchmarks

Written by `make bench`; every figure below is from one run. Figures are medians, with the lower and upper quartile in
brackets. Contestants take turns within the run, and ratios are taken round by round, so that a busy moment of the
machine falls on both sides: trust the ratios, not the absolute figures. The data are generated persons without the
awkward cases (see generated-data.md), since a bare asyncpg connection fails on dates that Python lacks.
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
    sections = [_INTRODUCTION, table(("", ""), conditions.facts.items())]
    sections += [_PAGES.format(size=SIZE, goal=PAGE_GOAL), _page_table(pages)]
    sections += [_http_text(conditions), _http_table(http)]
    sections += [_PROCESS.format(memory=MEMORY_GOAL, start=START_GOAL), _process_table(http)]
    sections += _scale(pages, http)
    sections.insert(2, _goals(pages, http))
    return "\n".join(sections)


def _goals(pages: Sequence[PageResult], http: Sequence[HttpResult]) -> str:
    """Every goal beside the worst median that was measured."""
    page = max(result.page.over(result.bare).median for result in pages)
    read = min(result.rates[kind].over(result.rates[STATIC]).median for result in http for kind in READS)
    memory = max(result.memory.proportional or result.memory.resident or 0 for result in http)
    start = max(result.start_time.median for result in http)
    scale = max(sample.median for _, sample in _ratios(pages, http))
    rows = [
        [f"page of {SIZE}, times the bare fetch", f"at most {PAGE_GOAL:g}", f"{page:.2f}", _verdict(page <= PAGE_GOAL)],
        ["read, share of a static answer", f"at least {READ_GOAL:g}", f"{read:.2f}", _verdict(read >= READ_GOAL)],
        ["memory of a worker, MB", f"below {MEMORY_GOAL}", f"{memory:.0f}", _verdict(memory < MEMORY_GOAL)],
        ["start, s", f"below {START_GOAL:g}", f"{start:.2f}", _verdict(start < START_GOAL)],
        [
            "largest population, times the smallest",
            f"at most {SCALE_GOAL:g}",
            f"{scale:.2f}",
            _verdict(scale <= SCALE_GOAL),
        ],
    ]
    return "## Goals\n\n" + table(("", "goal", "worst median", ""), rows)


def _verdict(reached: bool) -> str:
    return "reached" if reached else "missed"


def _http_text(conditions: Conditions) -> str:
    return _HTTP.format(
        connections=conditions.connections,
        generator=conditions.generator,
        repeats=conditions.repeats,
        seconds=conditions.seconds,
        goal=READ_GOAL,
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _page_table(pages: Sequence[PageResult]) -> str:
    head = ("page of", "persons", "bare fetch", "own fetch", "page", "page / bare fetch", "page / own fetch")
    return table(head, [_page_row(result) for result in pages])


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
    return table(("request", "persons", "requests/s", "share of the static answer"), rows)


def _process_table(results: Sequence[HttpResult]) -> str:
    rows = [
        [f"{r.persons:,}", _megabytes(r.memory.resident), _megabytes(r.memory.proportional), r.start_time.shown(2)]
        for r in results
    ]
    return table(("persons", "RSS, MB", "PSS, MB", "start, s"), rows)


def _megabytes(value: float | None) -> str:
    return "not told by this system" if value is None else f"{value:.0f}"


def _scale(pages: Sequence[PageResult], http: Sequence[HttpResult]) -> list[str]:
    small, large = http[0], http[-1]
    if small is large:
        return []
    text = _SCALE.format(large=large.persons, small=small.persons, goal=SCALE_GOAL)
    return [text, table(("", "ratio"), [[name, ratio.shown(2)] for name, ratio in _ratios(pages, http)])]


def _ratios(pages: Sequence[PageResult], http: Sequence[HttpResult]) -> list[tuple[str, Sample]]:
    """How many times longer it takes with the largest population than with the smallest."""
    small, large = http[0], http[-1]
    first = {result.type: result for result in pages if result.persons == small.persons}
    last = {result.type: result for result in pages if result.persons == large.persons}
    ratios = [(f"page of {SIZE}, {type}, without HTTP", last[type].page.over(first[type].page)) for type in first]
    return ratios + [(f"{kind}, over HTTP", small.rates[kind].over(large.rates[kind])) for kind in small.rates]
