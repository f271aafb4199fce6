"""The result of a script as a TestReport resource (https://hl7.org/fhir/R4/testreport.html).

What enters: a `ScriptResult`. What leaves: the resource as JSON; a script of which something was skipped and nothing
failed is `pending`, never `pass`. Nothing is rejected.
"""

from __future__ import annotations

from typing import Any

from ..result import ActionResult, ScriptResult, TestResult
from .text import clean

JSON = dict[str, Any]
_RESULTS = {"pass": "pass", "warning": "pass", "skip": "pending", "fail": "fail", "error": "fail"}
_ENGINE = "urn:x-omop-fhir:conformance"


def test_report(result: ScriptResult) -> JSON:
    """The TestReport of a script's run."""
    return {
        "resourceType": "TestReport",
        "name": result.script.name,
        "status": "completed",
        "testScript": {"reference": result.script.url, "display": result.script.name},
        "result": _RESULTS[result.outcome],
        **_score(result),
        "tester": "omop-fhir conformance",
        "issued": result.issued,
        "participant": [
            {"type": "test-engine", "uri": _ENGINE, "display": "omop-fhir conformance"},
            {"type": "server", "uri": result.server},
        ],
        **_part("setup", result.setup),
        **({"test": [_test(test) for test in result.tests]} if result.tests else {}),
        **_part("teardown", result.teardown),
    }


def _score(result: ScriptResult) -> JSON:
    """How many percent of the tests that could be judged passed; nothing where none could."""
    judged = [test.outcome for test in result.tests if test.outcome != "skip"]
    passed = sum(outcome in ("pass", "warning") for outcome in judged)
    return {"score": round(100 * passed / len(judged), 1)} if judged else {}


def _part(name: str, part: TestResult | None) -> JSON:
    return {} if part is None else {name: {"action": [_action(action) for action in part.actions]}}


def _test(test: TestResult) -> JSON:
    described = {"description": test.description} if test.description else {}
    return {"name": test.name, **described, "action": [_action(action) for action in test.actions]}


def _action(action: ActionResult) -> JSON:
    message = f"{action.text}: {action.message}" if action.message else action.text
    return {action.kind: {"result": action.outcome, "message": clean(message)}}
