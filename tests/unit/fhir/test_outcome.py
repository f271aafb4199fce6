"""OperationOutcome: https://hl7.org/fhir/R4/operationoutcome.html."""

from __future__ import annotations

from omop_fhir.fhir.outcome import MOST, Issue, outcome_of


def test_an_issue() -> None:
    (issue,) = outcome_of([Issue("value", "is none", expression="Patient.gender")])["issue"]
    assert issue == {"severity": "error", "code": "value", "diagnostics": "is none", "expression": ["Patient.gender"]}


def test_of_very_many_the_first_are_told() -> None:
    made = outcome_of(Issue("value", str(number)) for number in range(MOST + 2345))["issue"]
    assert [issue["diagnostics"] for issue in made] == [*map(str, range(MOST)), "and 2,345 issues more"]
    assert made[-1]["severity"] == "information"
    assert len(outcome_of(Issue("value", "x") for _ in range(MOST))["issue"]) == MOST
