"""Concurrent writes against a simple model: histories are linear, no update is lost, no condition is met twice.

Rounds of requests go out together. Afterwards every version of every document must be the doing of one request that succeeded,
and hold what that request makes of the version before. https://hl7.org/fhir/R4/http.html#concurrency
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from omop_fhir.fhir.json import dumps, loads

from .server import Server

JSON = dict[str, Any]
SYSTEM, NAMES = "urn:example:concurrent", ("a", "b", "c")
KINDS = (
    "put", "put if match", "put if stale", "patch", "patch if match", "delete",
    "create", "update", "patch one", "delete one",
)  # fmt: skip
"""By id, with If-Match of the version that was seen last or of an older one; from `create` on by a condition."""
ALLOWED = {200, 201, 204, 404, 409, 410, 412}
_RUNS = count()
_PHASES = (Phase.generate,)
"""What the scheduler does is not drawn, so there is nothing to shrink."""


@dataclass
class Operation:
    """One request for a Patient: what it asks for, and what became of it."""

    kind: str
    name: str
    marker: str
    run: int
    seen: int
    """The version of the document when the round began; 0: none."""
    status: int = 0
    place: tuple[str, int] | None = None
    """Id and version that it made."""

    @property
    def id(self) -> str:
        return f"c{self.run}-{self.name}"

    @property
    def is_conditional(self) -> bool:
        return self.kind in KINDS[6:]

    @property
    def if_match(self) -> int | None:
        return {"put if match": self.seen, "patch if match": self.seen, "put if stale": self.seen - 1}.get(self.kind)

    @property
    def condition(self) -> str:
        return f"identifier={SYSTEM}|{self.id}"

    @property
    def method(self) -> str:
        word = self.kind.split()[0]
        return {"put": "PUT", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "create": "POST"}[word]

    @property
    def path(self) -> str:
        if self.kind == "create":
            return "Patient"
        return f"Patient?{self.condition}" if self.is_conditional else f"Patient/{self.id}"

    @property
    def resource(self) -> JSON:
        own = {} if self.is_conditional else {"id": self.id}
        identifiers = [{"system": SYSTEM, "value": self.id}] if self.is_conditional else []
        return {"resourceType": "Patient", **own, "identifier": [*identifiers, {"value": self.marker}]}

    @property
    def patch(self) -> list[JSON]:
        return [{"op": "add", "path": "/identifier/-", "value": {"value": self.marker}}]

    def headers(self) -> dict[str, str]:
        """What the request says beside its body."""
        found = {} if self.if_match is None else {"if_match": f'W/"{self.if_match}"'}
        if self.kind == "create":
            found["if_none_exist"] = self.condition
        return found | ({"content_type": "application/json-patch+json"} if self.method == "PATCH" else {})

    def entry(self) -> JSON:
        """The same as an entry of a Bundle."""
        request = {"method": self.method, "url": self.path}
        request |= {"ifMatch": f'W/"{self.if_match}"'} if self.if_match is not None else {}
        request |= {"ifNoneExist": self.condition} if self.kind == "create" else {}
        if self.method == "PATCH":
            data = base64.b64encode(dumps(self.patch)).decode()
            binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
            return {"resource": binary, "request": request}
        return {"request": request} | ({} if self.method == "DELETE" else {"resource": self.resource})

    def result(self, before: list[str] | None) -> list[str] | None:
        """The identifiers of the version that it makes of the one before; None: deleted."""
        if self.method == "DELETE":
            return None
        if self.method == "PATCH":
            assert before is not None, "what was not there was patched"
            return [*before, self.marker]
        return [each["value"] for each in self.resource["identifier"]]


@dataclass
class Model:
    """Sends rounds, and compares what is kept with what the requests should have made."""

    server: Server
    run: int = field(default_factory=_RUNS.__next__)
    markers: Iterator[int] = field(default_factory=count)
    made: dict[tuple[str, int], Operation] = field(default_factory=dict)

    def round(self, wanted: list[tuple[bool, list[tuple[str, str]]]]) -> None:
        """Send all at once; several in one are a transaction."""
        seen = self._versions()
        groups = [[self._operation(kind, name, seen) for kind, name in group] for _, group in wanted]
        self.server.runner.run(self._all([(b, g) for (b, _), g in zip(wanted, groups, strict=True)]))
        operations = [operation for group in groups for operation in group]
        self._note(operations)
        self._check_alone(operations, [group[0] for (bundled, _), group in zip(wanted, groups, strict=True) if not bundled])
        self._check_histories()

    def _operation(self, kind: str, name: str, seen: dict[str, int]) -> Operation:
        operation = Operation(kind, name, f"m{next(self.markers)}", self.run, 0)
        operation.seen = seen.get(operation.id, 0)
        return operation

    async def _all(self, groups: list[tuple[bool, list[Operation]]]) -> None:
        await asyncio.gather(*(self._bundle(group) if bundled else self._alone(group[0]) for bundled, group in groups))

    async def _alone(self, operation: Operation) -> None:
        body = {"PATCH": operation.patch, "DELETE": None}.get(operation.method, operation.resource)
        answer = await self.server.send(operation.method, operation.path, body, **operation.headers())
        assert answer.status_code in ALLOWED, answer.text
        operation.status = answer.status_code
        if answer.is_success and "etag" in answer.headers:
            operation.place = self._place(operation, answer)

    def _place(self, operation: Operation, answer: httpx.Response) -> tuple[str, int]:
        version = int(answer.headers["etag"].strip('W/"'))
        location = answer.headers.get("location")
        return (location.split("/")[-3] if location else operation.id), version

    async def _bundle(self, group: list[Operation]) -> None:
        entries = [operation.entry() for operation in group]
        answer = await self.server.send("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
        assert answer.status_code in ALLOWED | {400}, answer.text
        for number, operation in enumerate(group):
            operation.status = answer.status_code
            if answer.status_code == 200:
                response = answer.json()["entry"][number]["response"]
                operation.status = int(response["status"][:3])
                if "etag" in response:
                    location = response.get("location")
                    id = location.split("/")[-3] if location else operation.id
                    operation.place = id, int(response["etag"].strip('W/"'))

    def _note(self, operations: list[Operation]) -> None:
        for operation in operations:
            is_old = operation.kind == "create" and operation.status == 200
            if operation.place is None or is_old:
                continue
            key = operation.place
            if operation.kind == "delete one":
                key = self._only(operation), operation.place[1]
            if operation.method == "DELETE" and key in self.made and self.made[key].method == "DELETE":
                continue  # it was gone already, and that is the version which the answer names
            assert key not in self.made, ("two requests made one version", operation, self.made[key])
            self.made[key] = operation
            if operation.if_match is not None:
                assert operation.if_match == operation.place[1] - 1, ("If-Match was not kept", operation)

    def _only(self, operation: Operation) -> str:
        """The id of the document whose version a conditional delete made: no answer says it."""
        sql = """SELECT d.id FROM omop_fhir.version v
            JOIN omop_fhir.version b ON b.document = v.document AND b.version = v.version - 1
            JOIN omop_fhir.document d ON d.document = v.document
            WHERE v.content IS NULL AND v.version = $2 AND b.content LIKE '%"value":"' || $1 || '"%'"""
        found = [r["id"] for r in self.server.rows(sql, operation.id, operation.place[1] if operation.place else 0)]
        return next(id for id in found if (id, operation.place[1] if operation.place else 0) not in self.made)

    def _check_alone(self, operations: list[Operation], single: list[Operation]) -> None:
        """What nobody else touched, and no transaction failed with, must have succeeded where its version was there."""
        for operation in single:
            if sum(other.name == operation.name for other in operations) == 1 and operation.seen:
                wanted = ("put",) if self._was_gone(operation) else ("put", "put if match")  # what was deleted has no version
                assert operation.kind not in wanted or operation.status < 300, operation

    def _was_gone(self, operation: Operation) -> bool:
        sql = """SELECT v.content IS NULL AS gone FROM omop_fhir.version v JOIN omop_fhir.document d USING (document)
            WHERE d.id = $1 AND v.version = $2"""
        return bool(self.server.rows(sql, operation.id, operation.seen)[0]["gone"])

    def _versions(self) -> dict[str, int]:
        return {r["id"]: r["version"] for r in self.server.rows("SELECT id, version FROM omop_fhir.document")}

    def _check_histories(self) -> None:
        """Each history is 1, 2, 3 and so on, and each version what its request makes of the version before."""
        sql = """SELECT d.id, v.version, v.content, d.content AS last, d.version AS newest FROM omop_fhir.version v
            JOIN omop_fhir.document d USING (document) WHERE d.id = ANY ($1) ORDER BY d.id, v.version"""
        before: list[str] | None = None
        numbers: dict[str, int] = {}
        for record in self.server.rows(sql, sorted({id for id, _ in self.made})):
            id, version = record["id"], record["version"]
            before = None if id not in numbers else before
            assert version == numbers.get(id, 0) + 1, ("a gap", id, version)
            operation = self.made.get((id, version))
            assert operation is not None, ("a version that nobody made", id, version)
            expected = operation.result(before)
            assert _markers(record["content"]) == expected, ("a lost update", id, version, operation)
            numbers[id], before = version, expected
            if version == record["newest"]:
                assert record["content"] == record["last"]
        assert len(self.made) == sum(numbers.values()), "a version that was told is not there"
        self._check_conditions()

    def _check_conditions(self) -> None:
        sql = """SELECT t.code FROM omop_fhir.token t JOIN omop_fhir.document d USING (document)
            WHERE t.system = $1 AND t.code LIKE $2 AND d.content IS NOT NULL
            GROUP BY t.code HAVING count(DISTINCT d.document) > 1"""
        assert not self.server.rows(sql, SYSTEM, f"c{self.run}-%"), "a condition was met twice"


def _markers(content: str | None) -> list[str] | None:
    return None if content is None else [each["value"] for each in loads(content.encode())["identifier"]]


REQUEST = st.tuples(st.sampled_from(KINDS), st.sampled_from(NAMES))
GROUP = st.one_of(
    st.tuples(st.just(False), st.lists(REQUEST, min_size=1, max_size=1)),
    st.tuples(st.just(True), st.lists(REQUEST, min_size=2, max_size=3)),
)


def machine(server: Server) -> type[RuleBasedStateMachine]:
    """The state machine over a server."""

    class Concurrent(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.model = Model(server)

        @rule(groups=st.lists(GROUP, min_size=1, max_size=6))
        def together(self, groups: list[tuple[bool, list[tuple[str, str]]]]) -> None:
            self.model.round(groups)

    return Concurrent


@pytest.mark.hypothesis
def test_histories_are_linear_and_no_update_is_lost(lenient: Server) -> None:
    most = max(25, settings().max_examples // 4)
    run_state_machine_as_test(
        machine(lenient),
        settings=settings(
            max_examples=most, stateful_step_count=12, suppress_health_check=list(HealthCheck), deadline=None, phases=_PHASES
        ),
    )


@pytest.mark.parametrize(
    "rounds",
    [
        [[(False, [("put", "a")])], [(True, [("put", "b"), ("patch", "a")])]],  # the patch itself was kept, as the Patient
        [[(True, [("create", "b"), ("update", "b")])]],  # two Patients by one condition
        [[(True, [("create", "b"), ("create", "b")])]],
        [[(False, [("put", "a")])], [(True, [("put if match", "a"), ("patch", "c"), ("put", "c")])]],
        [  # two documents lose the same version, the one by its id and the other by its identifier
            [(False, [("put", "a")])], [(False, [("create", "a")])], [(False, [("delete one", "a")]), (False, [("delete", "a")])],
        ],
    ],
)
def test_what_the_model_has_found(lenient: Server, rounds: list[list[tuple[bool, list[tuple[str, str]]]]]) -> None:
    model = Model(lenient)
    for each in rounds:
        model.round(each)


def test_a_condition_of_two_entries_is_refused(lenient: Server) -> None:
    entries = [Operation(kind, "x", kind, next(_RUNS), 0) for kind in ("create", "create")]
    entries[1].run = entries[0].run
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [each.entry() for each in entries]}
    outcome = lenient.json("POST", "", bundle, status=400)
    assert outcome["issue"][0]["diagnostics"] == (
        f"`Patient?{entries[0].condition}` is the condition of more than one entry"
    )


def test_of_many_updates_of_one_version_one_wins(lenient: Server) -> None:
    resource = {"resourceType": "Patient", "id": "raced", "identifier": [{"value": "0"}]}
    lenient.ask("PUT", "Patient/raced", resource)

    async def race() -> list[httpx.Response]:
        bodies = [resource | {"identifier": [{"value": str(number)}]} for number in range(1, 21)]
        return await asyncio.gather(*(lenient.send("PUT", "Patient/raced", body, if_match='W/"1"') for body in bodies))

    statuses = sorted(answer.status_code for answer in lenient.runner.run(race()))
    assert statuses == [200] + [412] * 19
    assert lenient.json("GET", "Patient/raced")["meta"]["versionId"] == "2"


def test_of_many_conditional_creates_one_creates(lenient: Server) -> None:
    resource = {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": "once"}]}

    async def race() -> list[httpx.Response]:
        once = (lenient.send("POST", "Patient", resource, if_none_exist=f"identifier={SYSTEM}|once") for _ in range(20))
        return await asyncio.gather(*once)

    assert sorted(answer.status_code for answer in lenient.runner.run(race())) == [200] * 19 + [201]


def test_nobody_refers_to_what_another_deletes(server: Server) -> None:
    """Of a delete and creates that refer to it, at the same time, either the one is done or the others are."""
    procedure = {"resourceType": "Procedure", "status": "completed", "performedDateTime": "2020-01-01"}

    async def at_once(id: str) -> tuple[int, ...]:
        await server.send("PUT", f"Patient/{id}", {"resourceType": "Patient", "id": id})
        about = procedure | {"subject": {"reference": f"Patient/{id}"}}
        sent = (server.send("DELETE", f"Patient/{id}"), *(server.send("POST", "Procedure", about) for _ in range(2)))
        return tuple(answer.status_code for answer in await asyncio.gather(*sent))

    for number in range(20):
        deleted, *made = server.runner.run(at_once(f"race-{number}"))
        assert (deleted, set(made)) in ((204, {400}), (409, {201}), (409, {400, 201})), (deleted, made)
