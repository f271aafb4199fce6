"""OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import Issue

__all__ = ["Issue", "outcome_of"]

_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"}
"""Control characters, which no string of FHIR may hold though a client sent them, as the pictures that Unicode has of them."""

MOST = 1000
"""Issues that one outcome tells: an answer is not to be many times as large as what was sent."""


def outcome_of(issues: Iterable[Issue]) -> dict[str, Any]:
    """An OperationOutcome of several issues, as a JSON object; of very many the first, and how many more there are."""
    told = list(issues)
    if len(told) > MOST:
        told[MOST:] = [Issue("too-costly", f"and {len(told) - MOST:,} issues more", "information")]
    return {"resourceType": "OperationOutcome", "issue": [_json(issue) for issue in told]}


def _json(issue: Issue) -> dict[str, Any]:
    made: dict[str, Any] = {"severity": issue.severity, "code": issue.code, "diagnostics": _text(issue.diagnostics)}
    if issue.expression:
        made["expression"] = [_text(issue.expression)]
    return made


def _text(text: str) -> str:
    return text.translate(_PICTURES)
