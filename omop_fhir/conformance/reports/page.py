"""The results of scripts as one HTML page.

What enters: results. What leaves: a page with a summary, a table by resource type, and every test; of what did not
pass, the request, the answer and a curl line. Nothing is rejected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from ..exchange import Exchange
from ..result import ORDER, ActionResult, Outcome, ScriptResult, TestResult, total
from .html import document, exchange_part, linked

NO_TYPE = "(server)"


def page(results: Sequence[ScriptResult]) -> str:
    """The whole page."""
    server = results[0].server if results else ""
    title = f"Conformance of {server}"
    parts = [*_summary(results), _by_type(results), *_failures(results), *_scripts(results)]
    return document(title, [f"<h1>{escape(title)}</h1>", *parts])


def _counted(counts: Counter[Outcome]) -> str:
    return ", ".join(f'<span class="{name}">{counts[name]} {WORDS[name]}</span>' for name in ORDER if counts[name])


def _summary(results: Sequence[ScriptResult]) -> Iterator[str]:
    counts = total(results)
    when = results[0].issued[:19].replace("T", " ") if results else ""
    seconds = sum(result.seconds for result in results)
    yield f"<p>{counts.total()} tests in {len(results)} scripts: {_counted(counts) or 'none'}.</p>"
    yield f"<p class=soft>{escape(when)} UTC, {seconds:.1f} s. What could not be judged is never counted as passed.</p>"


WORDS: dict[Outcome, str] = {
    "pass": "passed", "warning": "passed with warnings", "skip": "skipped", "fail": "failed", "error": "could not be run",
}  # fmt: skip


def by_type(results: Sequence[ScriptResult]) -> dict[str, Counter[Outcome]]:
    """Resource type -> how many tests came to which outcome."""
    found: dict[str, Counter[Outcome]] = {}
    for part in (part for result in results for part in result.parts):
        found.setdefault(part.resource or NO_TYPE, Counter())[part.outcome] += 1
    return dict(sorted(found.items()))


def _by_type(results: Sequence[ScriptResult]) -> str:
    head = "".join(f"<th class=n>{WORDS[name]}</th>" for name in ORDER)
    rows = "".join(_row(name, counts) for name, counts in {**by_type(results), "all": total(results)}.items())
    return f"<table><thead><tr><th>resource<th>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(name: str, counts: Counter[Outcome]) -> str:
    cells = "".join(f'<td class="n {each if counts[each] else "soft"}">{counts[each]}</td>' for each in ORDER)
    parts = "".join(f'<i class="{each}" style="flex:{counts[each]}"></i>' for each in ORDER if counts[each])
    return f"<tr><td class=k>{escape(name)}</td><td><span class=bar>{parts}</span></td>{cells}</tr>"


def _failures(results: Sequence[ScriptResult]) -> Iterator[str]:
    """What failed, with links to where it is shown."""
    rows = [
        f'<li><a href="#{_anchor(result, part)}">{escape(result.script.name)}: {escape(part.name)}</a>{_told(part)}</li>'
        for result in results
        for part in result.parts
        if part.outcome in ("fail", "error")
    ]
    if rows:
        yield f"<h2>What failed</h2><ul>{''.join(rows)}</ul>"


def _anchor(result: ScriptResult, part: TestResult) -> str:
    return escape(quote(f"{result.script.url} {part.name}", safe=":"))


def _told(part: TestResult) -> str:
    reason = part.reason
    return f"<span class=soft>: {escape(reason.message)}</span>" if reason and reason.message else ""


def _scripts(results: Sequence[ScriptResult]) -> Iterator[str]:
    """Each folded up, unless something in it went wrong."""
    for result in results:
        is_open = " open" if result.outcome in ("fail", "error") else ""
        head = f"<h2>{escape(result.script.name)}</h2> {_counted(result.counts)}"
        described = f"<p class=soft>{linked(result.script.description)}</p>" if result.script.description else ""
        tests = "".join(_test(result, part) for part in result.parts)
        yield f"<details class=script{is_open}><summary>{head}</summary>{described}{tests}</details>"


def _test(result: ScriptResult, part: TestResult) -> str:
    outcome = part.outcome
    is_open = " open" if outcome in ("fail", "error") else ""
    blamed = part.reason.exchange if part.reason is not None and is_open else None
    actions = "".join(f"<li>{_action(action, outcome, blamed)}</li>" for action in part.actions)
    described = f"<p class=soft>{linked(part.description)}</p>" if part.description else ""
    return (
        f'<details{is_open} id="{_anchor(result, part)}"><summary><b class="{outcome}">{outcome}</b> {escape(part.name)}'
        f"{_told(part)}</summary>{described}<ul>{actions}</ul></details>"
    )


def _action(action: ActionResult, of_test: Outcome, blamed: Exchange | None) -> str:
    """A line; of a test that did not pass, an operation with what was sent and received, open where it is to blame."""
    line = f'<span class="{action.outcome}">{action.outcome}</span> {escape(action.text)}'
    if action.kind == "operation" and of_test != "pass" and action.exchange is not None:
        return line + exchange_part(action.exchange, is_open=action.exchange is blamed)
    return line + (f" <span class=soft>{escape(action.message)}</span>" if action.message else "")
