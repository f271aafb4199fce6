"""Results as JUnit XML, which CI systems read.

What enters: results. What leaves: XML text, one `testsuite` a script and one `testcase` a test; what could not be
judged is `skipped`. Nothing is rejected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from ..result import ActionResult, ScriptResult, TestResult, total
from .text import clean

_TAGS = {"fail": "failure", "error": "error", "skip": "skipped"}


def junit(results: Sequence[ScriptResult]) -> str:
    """All results as one JUnit document."""
    root = Element("testsuites", {"name": "omop-fhir conformance", **_counts(total(results), results)})
    for result in results:
        suite = SubElement(root, "testsuite", {"name": result.script.name, **_counts(result.counts, [result])})
        if result.issued:
            suite.set("timestamp", result.issued)
        for part in result.parts:
            _case(suite, result, part)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _counts(counts: Counter[Any], results: Iterable[ScriptResult]) -> dict[str, str]:
    seconds = sum(result.seconds for result in results)
    named = {"failures": counts["fail"], "errors": counts["error"], "skipped": counts["skip"]}
    return {"tests": str(counts.total()), **{k: str(v) for k, v in named.items()}, "time": f"{seconds:.3f}"}


def _case(suite: Element, result: ScriptResult, part: TestResult) -> None:
    named = {"classname": result.script.name, "name": part.name, "time": f"{part.seconds:.3f}"}
    case = SubElement(suite, "testcase", named)
    reason = part.reason
    if part.outcome in _TAGS and reason is not None:
        node = SubElement(case, _TAGS[part.outcome], {"message": clean(f"{reason.text}: {reason.message}")})
        node.text = clean(_told(part, reason))
    elif reason is not None:
        SubElement(case, "system-out").text = clean(f"warning: {reason.text}: {reason.message}")


def _told(part: TestResult, reason: ActionResult) -> str:
    lines = [part.description, f"{reason.text}: {reason.message}"]
    if reason.exchange is not None:
        lines += [reason.exchange.line, reason.exchange.request.curl]
        lines += [reason.exchange.answer.shown_text] if reason.exchange.answer else []
    return "\n".join(line for line in lines if line)

