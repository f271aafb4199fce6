"""Progress on the terminal: bars where it is one, a line a table where it is not."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ..store.data.report import FileReport, LoadReport

console = Console(stderr=True)


def bars() -> Progress:
    """A set of progress bars."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)


class LoadBars:
    """Shows how far a load is (`omop_fhir.store.data.report.Progress`)."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._name = ""

    def start(self, table: str, bytes_total: int) -> None:
        """A file begins."""
        self._name = table
        self._task = self._progress.add_task(table, total=bytes_total)

    def advance(self, amount: int) -> None:
        """So many more bytes are done."""
        if self._task is not None:
            self._progress.advance(self._task, amount)

    def finish(self, rows: int) -> None:
        """The file is done."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        console.print(f"{self._name}: {rows:,} rows" if self._name != "indexes" else "indexes: done", highlight=False)


def report_load(report: LoadReport) -> None:
    """Tell what was refused, with file, line and reason, and the sum."""
    for file in report.files:
        _report_file(file)
    for path, reason in report.skipped.items():
        console.print(f"{path.name}: skipped: {reason}", markup=False, highlight=False)
    for problem in report.problems:
        console.print(problem, markup=False, highlight=False)
    summary = f"{report.rows:,} rows into CDM {report.version} in {report.seconds:.1f} s, {report.refused:,} refused"
    console.print(summary, highlight=False)


def _report_file(file: FileReport) -> None:
    lines = [f"{file.path.name}: {note}" for note in file.notes]
    if file.problem:
        lines.append(f"{file.path.name}: nothing was loaded: {file.problem}")
    lines += [f"{file.path.name}:{refusal.line}: refused: {refusal.reason}" for refusal in file.refusals]
    if file.refused > len(file.refusals):
        lines.append(f"{file.path.name}: {file.refused - len(file.refusals):,} more rows were refused")
    for line in lines:
        console.print(line, markup=False, highlight=False)
