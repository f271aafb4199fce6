"""Runs TestScripts against servers.

What enters: a script, the servers (its destinations), folders of fixtures, profiles, values of variables. What leaves:
a `ScriptResult`. Nothing is rejected: what goes wrong, or is not supported, is the outcome of an action.
https://hl7.org/fhir/R4/testscript.html#4.3.4

Setup comes first, and without its success no test runs; a test ends with the first failure that is more than a
warning; teardown always runs, and what `autocreate` made is deleted last where `autodelete` says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from omop_fhir.errors import ConfigurationError

from .assertion import Judge
from .client import Server
from .exchange import Exchange
from .memory import Memory
from .needs import unclaimed
from .operation import request_of
from .profiles.library import Library
from .result import ActionResult, Outcome, ScriptResult, TestResult
from .script import Action, Assertion, Fixture, Operation, Script
from .shelf import Shelf
from .verdict import Broken, Failed, Skipped

Progress = Callable[[TestResult], None]
_STOPPED = "an action before it did not succeed"


@dataclass(frozen=True)
class Bench:
    """What all scripts of a run share."""

    servers: Sequence[Server]
    """The destinations, in the order of their index."""
    shelf: Shelf = field(default_factory=Shelf)
    library: Library = field(default_factory=Library)
    variables: Mapping[str, str] = field(default_factory=dict)
    keep_going: bool = False
    """Whether the assertions behind a failed one are tried all the same, up to the next operation."""

    def run(self, script: Script, progress: Progress = lambda _: None) -> ScriptResult:
        """Run a script; `progress` hears of each test as it ends."""
        return _Run(self, script, progress).run()


class _Run:
    """One run of one script."""

    def __init__(self, bench: Bench, script: Script, progress: Progress) -> None:
        self._bench = bench
        self._script = script
        self._progress = progress
        self._memory = Memory(script, bench.shelf, bench.variables)
        self._judge = Judge(self._memory, bench.library, dict(script.profiles))

    def run(self) -> ScriptResult:
        begin, issued = time.perf_counter(), datetime.now(UTC).isoformat(timespec="milliseconds")
        setup, tests, teardown = self._parts()
        server = self._bench.servers[0].base
        return ScriptResult(self._script, server, setup, tests, teardown, time.perf_counter() - begin, issued)

    def _parts(self) -> tuple[TestResult | None, tuple[TestResult, ...], TestResult | None]:
        reason = self._unmet()
        if reason is not None:
            return None, self._skipped(reason), None
        setup = self._setup()
        good = setup is None or setup.outcome in ("pass", "warning")
        reason = f"setup: {setup.reason.message}" if setup and setup.reason else ""
        tests = tuple(self._tests()) if good else self._skipped(reason)
        return setup, tests, self._teardown()

    def _skipped(self, reason: str) -> tuple[TestResult, ...]:
        found = []
        for test in self._script.tests:
            actions = tuple(_not_done(action, reason) for action in test.actions)
            found.append(TestResult(test.name, test.description, actions, resource=test.resource or self._script.type))
            self._progress(found[-1])
        return tuple(found)

    # What the server must claim

    def _unmet(self) -> str | None:
        """The first required capability that a server does not claim."""
        contained = {row.get("id"): row for row in self._script.resource.get("contained", ())}
        for capability in self._script.capabilities:
            required = contained.get(capability.canonical.removeprefix("#"))
            if not capability.required or required is None or not capability.canonical.startswith("#"):
                continue
            try:
                missing = unclaimed(required, self._server(capability.destination).statement)
            except (ConfigurationError, Skipped) as error:
                return str(error)
            if missing is not None:
                return f"the server does not claim {missing}"
        return None

    def _server(self, destination: int | None) -> Server:
        """The server of a destination. Raises Skipped where none was given."""
        index = destination or 1
        if not 1 <= index <= len(self._bench.servers):
            raise Skipped(f"destination {index}: only {len(self._bench.servers)} servers were given (--base)")
        return self._bench.servers[index - 1]

    # Parts

    def _setup(self) -> TestResult | None:
        begin = time.perf_counter()
        actions = [self._create(fixture) for fixture in self._script.fixtures if fixture.autocreate]
        good = all(action.outcome == "pass" for action in actions)
        actions += self._actions(self._script.setup, stopped=not good)
        return TestResult("setup", "", tuple(actions), time.perf_counter() - begin) if actions else None

    def _tests(self) -> Iterator[TestResult]:
        for test in self._script.tests:
            begin = time.perf_counter()
            actions = tuple(self._actions(test.actions))
            type = test.resource or self._script.type
            result = TestResult(test.name, test.description, actions, time.perf_counter() - begin, type)
            self._progress(result)
            yield result

    def _teardown(self) -> TestResult | None:
        begin = time.perf_counter()
        actions = [result for action in self._script.teardown for result in self._actions((action,))]
        actions += [self._delete(fixture) for fixture in self._script.fixtures if fixture.autodelete]
        return TestResult("teardown", "", tuple(actions), time.perf_counter() - begin) if actions else None

    def _actions(self, actions: Sequence[Action], stopped: bool = False) -> Iterator[ActionResult]:
        for action in actions:
            tried = not stopped or (self._bench.keep_going and isinstance(action, Assertion))
            result = self._action(action) if tried else _not_done(action, _STOPPED)
            yield result
            stopped = stopped or _stops(action, result)

    def _action(self, action: Action) -> ActionResult:
        return self._operate(action) if isinstance(action, Operation) else self._assert(action)

    # Actions

    def _operate(self, operation: Operation) -> ActionResult:
        try:
            exchange = self._exchange(operation)
        except Skipped as error:
            return ActionResult("operation", "skip", operation.text, str(error))
        except Broken as error:
            return ActionResult("operation", "error", operation.text, str(error))
        outcome: Outcome = "pass" if exchange.answer is not None else "error"
        return ActionResult("operation", outcome, operation.text, exchange.line, exchange)

    def _exchange(self, operation: Operation) -> Exchange:
        server = self._server(operation.element.get("destination"))
        exchange = server.send(request_of(operation, self._memory, server))
        self._memory.keep(exchange, operation.get("requestId"), operation.get("responseId"))
        source = operation.get("sourceId")
        if exchange.answer is not None and operation.code == "create" and source and exchange.answer.status in (200, 201):
            self._memory.keep_created(source, exchange.answer)
        return exchange

    def _assert(self, assertion: Assertion) -> ActionResult:
        last = self._memory.last
        try:
            return ActionResult("assert", "pass", assertion.text, self._judge.judge(assertion), last)
        except Failed as error:
            outcome: Outcome = "warning" if assertion.is_warning else "fail"
            return ActionResult("assert", outcome, assertion.text, str(error), last)
        except Skipped as error:
            return ActionResult("assert", "skip", assertion.text, str(error), last)
        except Broken as error:
            return ActionResult("assert", "error", assertion.text, str(error), last)

    def _create(self, fixture: Fixture) -> ActionResult:
        element = {"type": {"code": "create"}, "sourceId": fixture.id, "encodeRequestUrl": True}
        return self._made_sure(Operation({**element, "description": f"create the fixture {fixture.id}"}))

    def _delete(self, fixture: Fixture) -> ActionResult:
        element = {"type": {"code": "delete"}, "targetId": fixture.id, "encodeRequestUrl": True}
        return self._made_sure(Operation({**element, "description": f"delete the fixture {fixture.id}"}))

    def _made_sure(self, operation: Operation) -> ActionResult:
        """An operation of the bench's own, which must succeed."""
        result = self._operate(operation)
        answer = result.exchange.answer if result.exchange else None
        if answer is None or answer.status < 300:
            return result
        return ActionResult("operation", "error", operation.text, result.message, result.exchange)


def _stops(action: Action, result: ActionResult) -> bool:
    """Whether nothing behind the action makes sense any more."""
    if isinstance(action, Operation):
        return result.outcome != "pass"
    return result.outcome in ("fail", "error") and action.stops


def _not_done(action: Action, reason: str) -> ActionResult:
    return ActionResult("operation" if isinstance(action, Operation) else "assert", "skip", action.text, reason)
