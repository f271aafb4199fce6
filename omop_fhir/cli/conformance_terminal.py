"""The runs of the conformance bench on the terminal: progress while they run, then what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..conformance.reports.folder import write_reports
from ..conformance.reports.page import WORDS, by_type
from ..conformance.result import ORDER, ScriptResult, TestResult, total
from ..conformance.run import Bench
from ..conformance.script import Script
from .progress import bars
from .terminal import console

SIGNS = {
    "pass": ("✓", "green"), "warning": ("!", "yellow"), "skip": ("·", "cyan"), "fail": ("✗", "bold red"),
    "error": ("✗", "bold magenta"),
}  # fmt: skip


def conclude(bench: Bench, scripts: Sequence[Script], reports: Path | None, everything: bool, strict: bool) -> None:
    """Run, show, write the reports, and end with exit code 1 where something failed."""
    results = show(bench, scripts, everything)
    if reports is not None:
        write_reports(results, reports)
        console().print(f"reports: {reports / 'index.html'}")
    counts = total(results)
    if counts["fail"] or counts["error"] or (strict and counts["warning"]):
        raise SystemExit(1)


def show(bench: Bench, scripts: Sequence[Script], everything: bool) -> list[ScriptResult]:
    """Run the scripts one after the other and tell of each as it ends."""
    out, results = console(), list[ScriptResult]()
    with bars() as progress:
        task = progress.add_task("tests", total=sum(len(script.tests) for script in scripts))
        for script in scripts:
            progress.update(task, description=script.name[:60])
            results.append(bench.run(script, lambda _: progress.advance(task)))
            _script(out, results[-1], everything)
    _sum(out, results)
    return results


def _script(out: Console, result: ScriptResult, everything: bool) -> None:
    """A line for the script, and what did not pass; what one reason skipped is told once."""
    sign, style = SIGNS[result.outcome]
    out.print(Text.assemble((sign, style), f" {result.script.name}  ", (_counted(result.counts), "dim")))
    told = Counter(part.reason.message for part in result.parts if part.outcome == "skip" and part.reason)
    for part in result.parts:
        shared = told[part.reason.message] if part.outcome == "skip" and part.reason else 0
        if everything or (part.outcome != "pass" and shared <= 1):
            _test(out, part)
    for message, count in told.items():
        if count > 1 and not everything:
            out.print(Text.assemble("  ", SIGNS["skip"], f" {count} tests", (f": {message}", "dim")))


def _counted(counts: Counter[Any]) -> str:
    return ", ".join(f"{counts[name]} {WORDS[name]}" for name in ORDER if counts[name])


def _test(out: Console, part: TestResult) -> None:
    """A test and, where it did not pass, why, and how to see it again."""
    sign, style = SIGNS[part.outcome]
    reason = part.reason
    told = f": {reason.message}" if reason else ""
    out.print(Text.assemble("  ", (sign, style), f" {part.name}", (told, "dim")))
    if reason is not None and part.outcome in ("fail", "error"):
        out.print(Text(f"      {reason.text}", style="dim"))
        if reason.exchange is not None:
            out.print(Text(f"      {reason.exchange.line}", style="dim"))
            out.print(Text(f"      {reason.exchange.request.curl[:400]}", style="dim"))


def _sum(out: Console, results: Sequence[ScriptResult]) -> None:
    counts = total(results)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("resource")
    for name in ORDER:
        table.add_column(WORDS[name], justify="right", style=SIGNS[name][1] if counts[name] else "dim")
    for resource, row in by_type(results).items():
        table.add_row(resource, *(str(row[name]) for name in ORDER))
    out.print()
    out.print(table)
    good = not counts["fail"] and not counts["error"]
    seconds = sum(result.seconds for result in results)
    text = f"{counts.total()} tests in {seconds:.1f} s: {_counted(counts) or 'nothing to run'}."
    out.print(Text(f"\n{text}", style="bold" if good else "bold red"))
