"""What a run found: results of actions, tests and scripts.

What enters: outcomes in the words of TestReport (https://hl7.org/fhir/R4/valueset-report-action-result-codes.html).
What leaves: frozen results; the outcome of a whole is the worst of its parts. Nothing is rejected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .exchange import Exchange
from .script import Script

Outcome = Literal["pass", "warning", "skip", "fail", "error"]
ORDER: tuple[Outcome, ...] = ("pass", "warning", "skip", "fail", "error")
"""From the best to the worst."""


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a whole; nothing at all is `skip`, since nothing was seen to hold."""
    return max(outcomes, key=ORDER.index, default="skip")


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What became of one operation or assertion."""

    kind: Literal["operation", "assert"]
    outcome: Outcome
    text: str
    """What was done, or had to hold."""
    message: str = ""
    """What was seen instead, or why it was skipped."""
    exchange: Exchange | None = None
    """The request of an operation; of an assertion the last one before it."""


@dataclass(frozen=True)
class TestResult:
    """What became of one test, or of setup or teardown."""

    name: str
    description: str
    actions: tuple[ActionResult, ...]
    seconds: float = 0.0
    resource: str = ""
    """The resource type that it is about, if it is about one."""

    @property
    def outcome(self) -> Outcome:
        return worst(action.outcome for action in self.actions)

    @property
    def reason(self) -> ActionResult | None:
        """The first action of the worst outcome, unless that is `pass`."""
        outcome = self.outcome
        return next((a for a in self.actions if a.outcome == outcome), None) if outcome != "pass" else None


@dataclass(frozen=True)
class ScriptResult:
    """What became of a script."""

    script: Script
    server: str
    setup: TestResult | None
    tests: tuple[TestResult, ...]
    teardown: TestResult | None
    seconds: float = 0.0
    issued: str = field(default="", compare=False)
    """When it was run, as an instant."""

    @property
    def outcome(self) -> Outcome:
        parts = [self.setup, *self.tests, self.teardown]
        return worst(part.outcome for part in parts if part is not None)

    @property
    def parts(self) -> tuple[TestResult, ...]:
        """The tests, and setup and teardown where they did not succeed, in the order in which they ran."""
        setup, teardown = ([part] if part is not None and part.outcome in ("fail", "error") else []
                           for part in (self.setup, self.teardown))  # fmt: skip
        return (*setup, *self.tests, *teardown)

    @property
    def counts(self) -> Counter[Outcome]:
        """How many tests came to which outcome; a setup or teardown that went wrong counts as a test."""
        return Counter(part.outcome for part in self.parts)


def total(results: Iterable[ScriptResult]) -> Counter[Outcome]:
    """How many tests of all scripts came to which outcome."""
    found: Counter[Outcome] = Counter()
    for result in results:
        found += result.counts
    return found
