"""OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html)."""

from __future__ import annotations

from typing import Any


def operation_outcome(code: str, diagnostics: str, expression: str | None = None, severity: str = "error") -> dict[str, Any]:
    """An OperationOutcome of one issue, as a JSON object."""
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": diagnostics}
    if expression:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
