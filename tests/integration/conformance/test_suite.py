"""The suite that comes with omop-fhir: our server passes it, and each of its tests can fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import pytest

from omop_fhir.conformance.client import Server
from omop_fhir.conformance.collect import collect
from omop_fhir.conformance.exchange import Answer, Exchange, Request, parse_json, to_json
from omop_fhir.conformance.run import Bench
from omop_fhir.conformance.script import Operation, Script
from omop_fhir.paths import suite_directory
from omop_fhir.validate import validate

from .conftest import Asked, Reply, answering_at, through

JSON = dict[str, Any]
WRITING = ("5-write", "6-history", "7-bundles", "8-smart")
ADDRESS = re.compile(r"https://(hl7\.org/fhir/(R4|smart-app-launch)/|www\.rfc-editor\.org/)\S+$")


@lru_cache(maxsize=1)
def scripts() -> tuple[Script, ...]:
    return tuple(collect([suite_directory()]))


def folder(script: Script) -> str:
    assert script.place is not None
    return script.place.relative_to(suite_directory()).parts[0]


def test_each_test_names_the_sentence_that_it_tests_and_its_address() -> None:
    tests = [test for script in scripts() for test in script.tests]
    assert len(tests) >= 150
    assert [test.name for test in tests if not ADDRESS.search(test.description)] == []
    assert all(script.links and script.description for script in scripts())


def test_each_script_is_valid_r4_and_named_once() -> None:
    wrong = [(script.place, issue) for script in scripts() for issue in validate(dict(script.resource)) if _matters(issue)]
    assert wrong == []
    assert len({script.url for script in scripts()}) == len(scripts())
    for script in scripts():
        names = [test.name for test in script.tests]
        assert len(set(names)) == len(names), script.place


def _matters(issue: Any) -> bool:
    """Fixtures are named by their files, and filled in when they are used; one entry is wrong so that it is refused."""
    if "'of course'" in issue.diagnostics or issue.expression.startswith("TestScript.fixture"):
        return False
    return issue.severity == "error" and not re.match(r"TestScript\.contained\[\d+\]\.\w+\.reference", issue.expression)


def test_our_server_passes_all_that_it_claims(ours: str) -> None:
    with Server(ours) as server:
        results = {script.place: Bench([server]).run(script) for script in scripts()}
    worse = [
        (result.script.name, part.name, part.reason.message if part.reason else "")
        for result in results.values()
        for part in result.parts
        if part.outcome != "pass" and not _unclaimed(part.reason.message if part.reason else "")
    ]
    assert worse == []
    passed = sum(result.counts["pass"] for result in results.values())
    assert passed >= 500


def _unclaimed(message: str) -> bool:
    return message.startswith("the server does not claim ")


# Each test can fail

Lie = Callable[[Request, Answer, JSON], Answer]


class Liar(Server):
    """Tells the truth so often, and then lies."""

    def __init__(self, base: str, truths: int, lie: Lie) -> None:
        super().__init__(base)
        self._truths, self._lie, self._last = truths, lie, JSON()

    def send(self, request: Request) -> Exchange:
        exchange = super().send(request)
        answer = exchange.answer
        if answer is None or (request.url.endswith("/metadata") and self._truths > 0):
            return exchange
        self._truths -= 1
        if self._truths >= 0:
            self._last = answer.resource if isinstance(answer.resource, dict) else self._last
            return exchange
        return Exchange(request, self._lie(request, answer, self._last), exchange.seconds)


def nothing(request: Request, answer: Answer, last: JSON) -> Answer:
    """Right status, and nothing that is right in it."""
    body = {"resourceType": "Bundle", "type": "collection", "wrong": 1} if answer.status < 300 else {"resourceType": "Basic"}
    return Answer({"content-type": "text/plain"}, to_json(body), answer.status)


def everything(request: Request, answer: Answer, last: JSON) -> Answer:
    """Whatever was asked for, all that was found before, twice, and more of it; and nothing is refused."""
    found = [{**entry, "search": {"mode": mode}} for entry in last.get("entry", ()) for mode in ("match", "include")]
    stranger = {"resource": {"resourceType": "Basic", "id": "x", "text": {"div": "x"}, "identifier": [{"value": "x"}]}}
    links = [{"relation": "self", "url": "x?no-such-parameter=1"}, {"relation": "next", "url": "x"}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 99, "link": links}
    entries = [*found, {**stranger, "search": {"mode": "match"}}, {"resource": {"resourceType": "Patient", "id": "y"}}]
    return Answer({"content-type": "application/fhir+json"}, to_json({**bundle, "entry": entries}), 200)


def other(request: Request, answer: Answer, last: JSON) -> Answer:
    """The right answer of another server: other ids, versions, names and no headers."""
    text = re.sub(r'"(id|versionId|fullUrl|relation|mode|type|kind|fhirVersion|name|code)":"[^"]*"', r'"\1":"z"', answer.text)
    return Answer({"content-type": "application/fhir+json; charset=iso-8859-1"}, text, answer.status)


def twice(request: Request, answer: Answer, last: JSON) -> Answer:
    """Everything in it is there twice, and nothing is where it should be empty."""
    body = parse_json(answer.text) if answer.text.startswith("{") else {}
    return Answer(answer.headers, to_json(_doubled(body)), 200 if answer.status >= 400 else 404)


def _doubled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _doubled(item) for key, item in value.items()}
    return [_doubled(item) for item in value] * 2 if isinstance(value, list) else value


def _outcomes(base: str, script: Script, lie: Lie, but: set[str]) -> Iterator[tuple[str, str]]:
    """(test, outcome) of tests, but some, whose setup hears the truth."""
    truths = sum(isinstance(action, Operation) for action in script.setup)
    for test in (test for test in script.tests if test.name not in but):
        alone = Script(**{**script.__dict__, "tests": (test,)})
        with Liar(base, truths, lie) as server:
            (found,) = Bench([server]).run(alone).tests
        yield test.name, found.outcome


@pytest.mark.parametrize("chapter", ["1-capabilities", "2-rest", "3-search", "4-operations"])
def test_each_test_is_seen_to_fail(ours: str, chapter: str) -> None:
    for script in (script for script in scripts() if folder(script) == chapter):
        failed, tried = set(), set()
        for lie in (nothing, everything, other, twice):
            for name, outcome in _outcomes(ours, script, lie, failed):
                failed |= {name} if outcome in ("fail", "error", "warning") else set()
                tried |= {name} if outcome != "skip" else set()
        assert tried - failed == set(), script.place


POSITIVE = {
    "The CapabilityStatement is open", "The CapabilityStatement needs no token", "Patient.rs: search", "Patient.rs: read",
    "Patient.r: read", "Patient.s: search", "The own record is read", "Another's history", "Patient.s: no history",
}  # fmt: skip
"""What needs no token, what a token opens, and histories, which this server without a schema of its own has not."""


def test_a_server_that_lets_everybody_in_and_speaks_of_smart_is_found_out(ours: str) -> None:
    def boast(asked: Asked, reply: Reply) -> Reply:
        if asked.path != "/fhir/metadata":
            return reply
        statement = parse_json(str(reply.body))
        service = {"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}
        statement["rest"][0]["security"] = {"service": [{"coding": [service]}]}
        return Reply(reply.status, statement, reply.headers)

    given = dict.fromkeys(("PatientScopeToken", "ReadScopeToken", "SearchScopeToken", "PatientToken"), "t")
    smart = [script for script in scripts() if folder(script) == "8-smart"]
    with answering_at(through(ours, boast)) as base, Server(base) as server:
        bench = Bench([server], variables={**given, "PatientId": "1", "OtherPatientId": "2"})
        results = [bench.run(script) for script in smart]
    passed = {part.name for result in results for part in result.parts if part.outcome == "pass"}
    assert passed <= POSITIVE
    others = {part.outcome for result in results for part in result.parts if part.name not in POSITIVE}
    assert others <= {"fail", "warning", "skip"}
