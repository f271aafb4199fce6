"""What a script knows while it runs: its fixtures, what was sent and received, its variables.

What enters: requests and answers as they happen. What leaves: sources by their id, the values of variables, text with
`${variables}` filled in, the instance behind a `targetId`. What is rejected: an id that the script does not define
(`Broken`), a variable or fixture for which there is nothing (`Skipped`).
https://hl7.org/fhir/R4/testscript.html#4.3.3
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .exchange import Answer, Exchange, Message, to_json
from .fhirpath import PathError, as_text, evaluate
from .media import JSON
from .path import values_at
from .script import Script, Variable
from .shelf import Shelf
from .verdict import Broken, Skipped

_VARIABLE = re.compile(r"\$\{([^{}]+)\}")
_INSTANCE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})(?:/_history/([A-Za-z0-9.\-]{1,64}))?/?(?:$|\?)")


@dataclass(frozen=True, slots=True)
class Target:
    """An instance, and a version where one is known."""

    type: str
    id: str
    version: str | None = None


class Memory:
    """The state of one script's run."""

    def __init__(self, script: Script, shelf: Shelf, given: Mapping[str, str]) -> None:
        self._script = script
        self._shelf = shelf
        self._given = given
        self._fixtures: dict[str, Message] = {}
        self._kept: dict[str, Message] = {}
        self._created: dict[str, Target] = {}
        self.last: Exchange | None = None

    def keep(self, exchange: Exchange, request_id: str | None = None, response_id: str | None = None) -> None:
        """Remember what happened, and under which ids."""
        self.last = exchange
        if request_id:
            self._kept[request_id] = exchange.request
        if response_id and exchange.answer is not None:
            self._kept[response_id] = exchange.answer

    def keep_created(self, fixture_id: str, answer: Answer) -> None:
        """Remember which instance a fixture became."""
        target = _located(answer)
        if target is not None:
            self._created[fixture_id] = target

    def source(self, id: str) -> Message:
        """The fixture, request or answer of an id. Raises Broken, Skipped."""
        if id in self._kept:
            return self._kept[id]
        if id not in self._fixtures:
            self._fixtures[id] = self._fixture(id)
        return self._fixtures[id]

    def _fixture(self, id: str) -> Message:
        for fixture in self._script.fixtures:
            if fixture.id == id:
                if fixture.reference is None:
                    raise Skipped(f"the fixture {id} names no resource")
                found = self._shelf.find(self._script, fixture.reference)
                return Message({"content-type": JSON}, to_json(found))
        raise Broken(f"the script has no fixture, request or answer {id!r} at this point")

    def message(self, source_id: str | None, direction: str | None = None) -> Message:
        """The source named, else the last request or answer. Raises Broken, Skipped."""
        if source_id is not None:
            return self.source(source_id)
        if self.last is None:
            raise Broken("nothing was sent before")
        if direction == "request":
            return self.last.request
        if self.last.answer is None:
            raise Broken(self.last.problem)
        return self.last.answer

    def resource(self, source_id: str | None, direction: str | None = None) -> Any:
        """The resource of a source, with variables filled in where it is a fixture. Raises Broken, Skipped."""
        message = self.message(source_id, direction)
        return self.fill(message.resource) if source_id in self._fixtures else message.resource

    def target(self, id: str) -> Target:
        """The instance that a `targetId` means. Raises Broken, Skipped."""
        if id in self._created:
            return self._created[id]
        message, resource = self.source(id), self.resource(id)
        located = _located(message) if isinstance(message, Answer) else None
        if isinstance(resource, dict) and isinstance(resource.get("id"), str) and resource.get("resourceType") != "Bundle":
            version = (resource.get("meta") or {}).get("versionId") or (located.version if located else None)
            return Target(str(resource["resourceType"]), resource["id"], version)
        if located is None:
            raise Broken(f"{id} has no id of an instance")
        return located

    # Variables

    def text(self, value: str) -> str:
        """Text with `${variables}` filled in. Raises Broken, Skipped."""
        return _VARIABLE.sub(lambda match: self.variable(match[1]), value)

    def fill(self, value: Any) -> Any:
        """JSON with `${variables}` filled in. Raises Broken, Skipped."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        return [self.fill(item) for item in value] if isinstance(value, list) else value

    def variable(self, name: str) -> str:
        """The value of a variable, taken anew each time. Raises Broken, Skipped."""
        if name in self._given:
            return self._given[name]
        if name not in self._script.variables:
            raise Broken(f"the script has no variable {name!r}")
        variable = self._script.variables[name]
        found = self._taken(variable)
        if found is None and variable.default is None:
            raise Skipped(_unknown(variable))
        return variable.default or "" if found is None else found

    def _taken(self, variable: Variable) -> str | None:
        if variable.header is None and variable.expression is None and variable.path is None:
            return None
        try:
            return self._first(variable)
        except PathError as error:
            raise Broken(f"variable {variable.name}: {error}") from None
        except Broken:
            if variable.default is None:
                raise
            return None

    def _first(self, variable: Variable) -> str | None:
        if variable.header is not None:
            return self.message(variable.source).header(variable.header)
        resource = self.resource(variable.source)
        if not isinstance(resource, dict):
            return None
        if variable.expression is not None:
            values = [as_text(value) for value in evaluate(resource, self.text(variable.expression))]
        else:
            values = values_at(resource, self.text(variable.path or ""))
        return values[0] if values else None


def _unknown(variable: Variable) -> str:
    how = variable.header or variable.expression or variable.path
    if how is None:
        hint = f" ({variable.hint})" if variable.hint else ""
        return f"the variable {variable.name} has no value{hint}; give one with --variable {variable.name}=..."
    return f"the variable {variable.name} has no value: {how} gives nothing in {variable.source or 'the last answer'}"


def _located(message: Message) -> Target | None:
    """The instance that Location or Content-Location names."""
    for name in ("location", "content-location"):
        match = _INSTANCE.search(message.header(name) or "")
        if match:
            return Target(match[1], match[2], match[3] or _version(message))
    return None


def _version(message: Message) -> str | None:
    match = re.fullmatch(r'(?:W/)?"(.+)"', message.header("etag") or "")
    return match[1] if match else None
