"""The parts of the TestScripts that are derived: operations, assertions, tests.

What enters: what is to be asked and what must hold. What leaves: JSON of TestScript. Nothing is rejected.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

JSON = dict[str, Any]
R4 = "https://hl7.org/fhir/R4/"
OPERATIONS = "http://terminology.hl7.org/CodeSystem/testscript-operation-codes"
REFUSED = "400,401,403,404,405,406,409,410,412,415,422,501"
"""Statuses that refuse without a failure of the server itself."""
SELF = "Bundle.link.where(relation = 'self').url"
MATCHES = "Bundle.entry.where(search.mode = 'match' or search.mode.empty()).resource"
INCLUDED = "Bundle.entry.where(search.mode = 'include').resource"


def ask(code: str, **element: Any) -> JSON:
    """An operation of a type."""
    return {"operation": {"type": {"system": OPERATIONS, "code": code}, **element, "encodeRequestUrl": True}}


def send(method: str, url: str, **element: Any) -> JSON:
    """An operation that is a method and a path below the base."""
    return {"operation": {"method": method, "url": url, **element, "encodeRequestUrl": True}}


def search(type: str, query: str, **element: Any) -> JSON:
    return ask("search", resource=type, params=f"?{query}", **element)


def must(text: str, **element: Any) -> JSON:
    """An assertion."""
    return {"assert": {"description": text, **element, "warningOnly": False}}


def should(text: str, **element: Any) -> JSON:
    """An assertion whose failure is a warning."""
    return {"assert": {"description": text, **element, "warningOnly": True}}


OK = must("The status is 200.", response="okay")
BUNDLE = (OK, must("It is a Bundle.", resource="Bundle"))
NO_MATCH = must("Nothing matches.", expression=f"{MATCHES}.empty()")
REFUSAL = (
    must("It is refused.", operator="in", responseCode=REFUSED),
    should("An OperationOutcome says why.", resource="OperationOutcome"),
)


def holds(text: str, expression: str) -> JSON:
    return must(text, expression=expression)


def finds(id: str) -> JSON:
    return holds(f"{id} is found.", f"{MATCHES}.where(id = '{id}').exists()")


class Book:
    """A TestScript as it is written, test after test."""

    def __init__(self, id: str, title: str, description: str) -> None:
        self._named = {"id": id, "title": title, "description": description}
        self._tests: list[JSON] = []
        self._fixtures: dict[str, JSON] = {}

    def add(self, name: str, sentence: str, actions: Iterable[JSON]) -> None:
        """A test; `sentence` ends in the address that it is from."""
        self._tests.append({"name": name, "description": sentence, "action": list(actions)})

    def untold(self, name: str, sentence: str, reason: str) -> None:
        """A test that cannot be tried: it asserts nothing, and says why."""
        self.add(name, sentence, [must(reason)])

    def fixture(self, resource: JSON) -> str:
        """The id of a fixture that is contained in the script."""
        self._fixtures[resource["id"]] = resource
        return str(resource["id"])

    def written(self) -> JSON:
        """The resource."""
        id, title, description = self._named["id"], self._named["title"], self._named["description"]
        capability = {"required": False, "validated": False, "capabilities": "http://hl7.org/fhir/CapabilityStatement/base"}
        return {
            "resourceType": "TestScript", "id": id,
            **({"contained": list(self._fixtures.values())} if self._fixtures else {}),
            "url": f"urn:x-omop-fhir:TestScript:{id}", "name": title, "title": title, "status": "active",
            "date": datetime.now(UTC).date().isoformat(), "description": description,
            "metadata": {"link": [{"url": f"{R4}capabilitystatement.html"}], "capability": [capability]},
            **({"fixture": [_fixture(id) for id in self._fixtures]} if self._fixtures else {}),
            "test": self._tests,
        }  # fmt: skip


def _fixture(id: str) -> JSON:
    return {"id": id, "autocreate": False, "autodelete": False, "resource": {"reference": f"#{id}"}}


def binary(id: str, text: str, content_type: str = "application/fhir+json") -> JSON:
    """A Binary that stands for a body which is no resource."""
    data = base64.b64encode(text.encode()).decode()
    return {"resourceType": "Binary", "id": id, "contentType": content_type, "data": data}
