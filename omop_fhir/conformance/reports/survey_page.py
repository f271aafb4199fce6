"""A survey as one HTML page, and as JSON.

What enters: a `Survey`. What leaves: a page with a table by type and profile, the issues of each with an example, what
was not checked, and the must-support elements; or the same as a JSON object. Nothing is rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from ..survey.survey import Survey
from ..survey.tally import Tally
from .html import document


def survey_page(found: Survey) -> str:
    """The whole page."""
    title = f"Validity of {found.server}"
    return document(title, [f"<h1>{escape(title)}</h1>", *_problems(found), _table(found), *_tallies(found)])


def survey_object(found: Survey) -> dict[str, Any]:
    """All that was found, as JSON."""
    return {"server": found.server, "problems": found.problems, "profiles": [_object(tally) for tally in found.tallies]}


def _object(tally: Tally) -> dict[str, Any]:
    return {
        "type": tally.type, "profile": tally.profile, "resources": tally.resources, "valid": tally.valid,
        "issues": [
            {"severity": kind.severity, "code": kind.code, "place": kind.place, "count": seen.count,
             "resources": seen.resources, "example": seen.example, "diagnostics": seen.diagnostics}
            for kind, seen in tally.sorted_issues
        ],
        "unchecked": dict(tally.unchecked),
        "mustSupport": {name: {"filled": filled, "of": asked} for name, (filled, asked) in tally.must_support.items()},
    }  # fmt: skip


def _problems(found: Survey) -> Iterator[str]:
    yield from (f'<p class="fail">{escape(problem)}</p>' for problem in found.problems)


def _table(found: Survey) -> str:
    rows = []
    for tally in found.tallies:
        style = "pass" if tally.valid == tally.resources else "fail"
        numbers = f'<td class=n>{tally.resources:,}</td><td class="n {style}">{tally.valid:,}</td>'
        rows.append(f"<tr><td>{escape(tally.type)}</td><td>{escape(tally.profile)}</td>{numbers}</tr>")
    head = "<th>type</th><th>by</th><th class=n>resources</th><th class=n>valid</th>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _tallies(found: Survey) -> Iterator[str]:
    for tally in found.tallies:
        if tally.issues or tally.unchecked or tally.must_support:
            yield f"<h2>{escape(tally.type)} <span class=soft>{escape(tally.profile)}</span></h2>"
            yield from _issues(tally)
            yield from _unchecked(tally)
            yield from _must_support(tally)


def _issues(tally: Tally) -> Iterator[str]:
    if not tally.issues:
        return
    rows = []
    for kind, seen in tally.sorted_issues:
        style = "fail" if kind.severity in ("fatal", "error") else "warning"
        rows.append(
            f'<tr><td class="{style}">{kind.severity}</td><td><code>{escape(kind.place)}</code></td>'
            f"<td>{escape(seen.diagnostics)}</td><td class=n>{seen.resources:,}</td><td>{escape(seen.example)}</td></tr>"
        )
    head = "<th></th><th>element</th><th>first seen</th><th class=n>resources</th><th>example</th>"
    yield f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _unchecked(tally: Tally) -> Iterator[str]:
    if tally.unchecked:
        items = "".join(f"<li>{escape(text)} <span class=soft>({count:,})</span></li>" for text, count in tally.unchecked.items())
        yield f"<p>Not checked:</p><ul>{items}</ul>"


def _must_support(tally: Tally) -> Iterator[str]:
    if tally.must_support:
        rows = "".join(
            f"<tr><td><code>{escape(name)}</code></td><td class=n>{filled:,}</td><td class=n>{asked:,}</td></tr>"
            for name, (filled, asked) in tally.must_support.items()
        )
        head = "<th>must-support element</th><th class=n>filled</th><th class=n>where its parent is</th>"
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        yield f"<details><summary>Must support</summary>{table}</details>"
