"""What came of it -> the table, and docs/acceptance.md around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import quantiles

from benchmarks.machine import facts
from benchmarks.report import table

from .load import READERS, SEARCHERS, WRITERS, Answer
from .run import NOTICED, Outcome, Phase

_HEAD = (
    "phase", "requests", "answered", "503", "broken connections", "other errors", "reads: median, 99 %, longest (ms)",
    "writes: median, 99 %, longest (ms)", "longest time without a write (s)",
)  # fmt: skip

_TEXT = """# Acceptance

Written by `make acceptance`: the real stack on one machine, each part killed with SIGKILL in turn under load.

The stack: PostgreSQL with a synchronous streaming replica, {pooler} in transaction mode before each, Redis {redis}, and
`omop-fhir serve --workers 2` with both PgBouncers in its database URL. The load: {readers} clients that read, {searchers} that
search, {writers} that send transactions of five entries and ask for the new patient at once, by another connection. All are one
caller (`--open`), so that every read has to show all that was written before. Each phase lasts {seconds:g} s with the part
killed and {seconds:g} s with it back. The script plays the cluster's manager: {noticed:g} s after a database server is gone it
promotes the replica, or lets the primary go on without it.

A *503* has `Retry-After`; a *broken connection* is one whose request got no answer. A client comes again {again} s later. *Other
errors* would be any other status.

{table}
{lost}

{facts}"""

_LOST = """Transactions acknowledged: {acknowledged:,}; of these lost: {lost}. There in part: {torn}. Own writes that a client
did not see at once: {unseen}. Transactions that were not acknowledged: {unacknowledged:,}; of these there, and whole: {kept:,}.
{defects}."""


def told(outcome: Outcome) -> str:
    """The table, as text."""
    return table(_HEAD, map(_row, outcome.phases))


def kept(outcome: Outcome) -> str:
    """What was and was not lost."""
    defects = f"Rows and documents disagree: {', '.join(outcome.defects)}" if outcome.defects else "Rows and documents agree"
    return _LOST.format(
        acknowledged=outcome.acknowledged, lost=len(outcome.lost), torn=len(outcome.torn),
        unseen=len(outcome.unseen), unacknowledged=outcome.unacknowledged, kept=outcome.kept, defects=defects,
    )  # fmt: skip


def page(outcome: Outcome, seconds: float, again: float, versions: dict[str, str]) -> str:
    """The whole page."""
    about = facts() | versions
    return _TEXT.format(
        table=told(outcome), lost=kept(outcome), facts=table(("", ""), about.items()), seconds=seconds, noticed=NOTICED,
        readers=READERS, searchers=SEARCHERS, writers=WRITERS, again=again, pooler=versions["PgBouncer"], redis=versions["Redis"],
    )  # fmt: skip


def _row(phase: Phase) -> Sequence[str]:
    statuses = [each.status for each in phase.answers]
    good = sum(200 <= status < 300 for status in statuses)
    unavailable, broken = statuses.count(503), statuses.count(0)
    return (
        phase.name, f"{len(statuses):,}", f"{good:,}", str(unavailable), str(broken),
        str(len(statuses) - good - unavailable - broken), _latency(phase.of("read", "search", "own write")),
        _latency(phase.of("write")), f"{phase.longest_gap:.1f}",
    )  # fmt: skip


def _latency(answers: Iterable[Answer]) -> str:
    times = sorted(each.seconds * 1000 for each in answers if 200 <= each.status < 300)
    if len(times) < 2:
        return "none"
    cuts = quantiles(times, n=100, method="inclusive")
    return f"{cuts[49]:.0f}, {cuts[98]:.0f}, {times[-1]:.0f}"
