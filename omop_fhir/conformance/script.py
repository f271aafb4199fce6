"""A TestScript as frozen values.

What enters: a TestScript resource of R4 as parsed JSON (https://hl7.org/fhir/R4/testscript.html), or a file with one
in JSON or XML. What leaves: `Script`. What is rejected, with `Invalid`: a file that holds no TestScript, and a
TestScript that R4 does not allow (of `assert`, R5's `stopTestOnFail` and `defaultManualCompletion` are let through).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omop_fhir.errors import Invalid
from omop_fhir.validate import validate

from .exchange import parse_json
from .xml import XmlError, from_xml

JSON = Mapping[str, Any]
STOP_EXTENSIONS = ("testscript-assert-stoptestonfail", "testscript-stoptestonfail")
"""How the URLs of extensions end that say in R4 what `stopTestOnFail` says in R5."""

_FREE = re.compile(r"TestScript\.(contained|fixture\[\d+\]\.resource)")
"""Contained resources may be wrong on purpose, and fixtures are commonly named by the paths of files."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """A resource that the script works with (TestScript.fixture)."""

    id: str
    reference: str | None
    autocreate: bool
    autodelete: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that is taken from a fixture, a request or an answer when it is used (TestScript.variable)."""

    name: str
    default: str | None
    expression: str | None
    header: str | None
    path: str | None
    source: str | None
    hint: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A request to be made (TestScript.setup.action.operation)."""

    element: JSON

    @property
    def code(self) -> str | None:
        """Of the operation's type: `read`, `search`, ..."""
        code: str | None = (self.element.get("type") or {}).get("code")
        return code

    @property
    def text(self) -> str:
        """What it does, for people."""
        return str(self.element.get("description") or self.element.get("label") or self.code or "operation")

    def get(self, name: str) -> str | None:
        """A string element, None if it is not there."""
        value = self.element.get(name)
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Assertion:
    """Something that must hold (TestScript.setup.action.assert)."""

    element: JSON

    @property
    def text(self) -> str:
        """What must hold, for people."""
        return str(self.element.get("description") or self.element.get("label") or "assertion")

    @property
    def is_warning(self) -> bool:
        """Whether a failure is only a warning."""
        return self.element.get("warningOnly") is True

    @property
    def stops(self) -> bool:
        """Whether the test ends where it fails; R4 ends it, unless the script says otherwise."""
        said = self.element.get("stopTestOnFail")
        for extension in self.element.get("extension", ()):
            if str(extension.get("url", "")).lower().endswith(STOP_EXTENSIONS):
                said = extension.get("valueBoolean", said)
        return said is not False

    def get(self, name: str) -> str | None:
        """A string element, None if it is not there."""
        value = self.element.get(name)
        return None if value is None else str(value)


Action = Operation | Assertion


@dataclass(frozen=True, slots=True)
class Test:
    """One test (TestScript.test)."""

    name: str
    description: str
    actions: tuple[Action, ...]

    @property
    def resource(self) -> str:
        """The resource type of its first operation that names one."""
        return next((name for a in self.actions if isinstance(a, Operation) and (name := a.get("resource"))), "")


@dataclass(frozen=True, slots=True)
class Capability:
    """What a server must be able to do for the script to make sense (TestScript.metadata.capability)."""

    required: bool
    canonical: str
    destination: int
    links: tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """A TestScript."""

    resource: JSON
    place: Path | None
    """The file that it was read from."""
    fixtures: tuple[Fixture, ...]
    profiles: Mapping[str, str]
    """Id -> canonical URL."""
    variables: Mapping[str, Variable]
    capabilities: tuple[Capability, ...]
    setup: tuple[Action, ...]
    tests: tuple[Test, ...]
    teardown: tuple[Action, ...]

    @property
    def name(self) -> str:
        return str(self.resource.get("title") or self.resource["name"])

    @property
    def description(self) -> str:
        return str(self.resource.get("description", ""))

    @property
    def url(self) -> str:
        return str(self.resource["url"])

    @property
    def type(self) -> str:
        """The resource type that all its tests are about, empty if they are about several."""
        types = {test.resource for test in self.tests if test.resource}
        return types.pop() if len(types) == 1 else ""

    @property
    def links(self) -> tuple[str, ...]:
        """The places of the specification that the script is about."""
        rows = self.resource.get("metadata", {}).get("link", ())
        return tuple(str(row["url"]) for row in rows)


def read_script(place: Path) -> Script:
    """The TestScript in a file. Raises Invalid, which names the file."""
    resource = read_resource(place)
    if resource.get("resourceType") != "TestScript":
        raise Invalid(f"{place}: a {resource.get('resourceType')}, not a TestScript")
    try:
        return parse_script(resource, place)
    except Invalid as error:
        raise Invalid(f"{place}: {error}") from None


def read_resource(place: Path) -> dict[str, Any]:
    """The resource in a file of JSON or XML. Raises Invalid, which names the file."""
    found = read_content(place)
    if not isinstance(found, dict):
        raise Invalid(f"{place}: not a resource")
    return found


def read_content(place: Path) -> Any:
    """What a file of JSON holds, or the resource in one of FHIR XML. Raises Invalid, which names the file."""
    try:
        text = place.read_text("utf-8-sig")
        return from_xml(text) if text.lstrip().startswith("<") else parse_json(text)
    except (OSError, UnicodeDecodeError, XmlError, ValueError, RecursionError) as error:
        raise Invalid(f"{place}: {error}") from None


def parse_script(resource: dict[str, Any], place: Path | None = None) -> Script:
    """A TestScript resource as a Script. Raises Invalid with the first thing that R4 does not allow."""
    errors = [issue for issue in validate(_as_r4(resource)) if issue.severity in ("fatal", "error")]
    errors = [issue for issue in errors if not _FREE.match(issue.expression or "")]
    if errors:
        raise Invalid(f"{errors[0].expression}: {errors[0].diagnostics}", expression=errors[0].expression)
    return Script(
        resource=resource,
        place=place,
        fixtures=tuple(_fixtures(resource)),
        profiles={row.get("id", ""): row.get("reference", "") for row in resource.get("profile", ())},
        variables={row["name"]: _variable(row) for row in resource.get("variable", ())},
        capabilities=tuple(_capability(row) for row in resource.get("metadata", {}).get("capability", ())),
        setup=_actions(resource.get("setup")),
        tests=tuple(_test(row, index) for index, row in enumerate(resource.get("test", ()), 1)),
        teardown=_actions(resource.get("teardown")),
    )


_LATER = ("stopTestOnFail", "defaultManualCompletion")


def _as_r4(value: Any) -> Any:
    """The script without what R5 added to its assertions."""
    if isinstance(value, dict):
        return {key: _as_r4(item) for key, item in value.items() if key not in _LATER}
    return [_as_r4(item) for item in value] if isinstance(value, list) else value


def _fixtures(resource: JSON) -> Iterator[Fixture]:
    for row in resource.get("fixture", ()):
        reference = (row.get("resource") or {}).get("reference")
        yield Fixture(row.get("id", ""), reference, row["autocreate"], row["autodelete"])


def _variable(row: JSON) -> Variable:
    return Variable(
        name=row["name"],
        default=row.get("defaultValue"),
        expression=row.get("expression"),
        header=row.get("headerField"),
        path=row.get("path"),
        source=row.get("sourceId"),
        hint=row.get("hint") or row.get("description") or "",
    )


def _capability(row: JSON) -> Capability:
    return Capability(row["required"], row["capabilities"], row.get("destination", 1), tuple(row.get("link", ())))


def _test(row: JSON, index: int) -> Test:
    return Test(row.get("name") or row.get("id") or f"test {index}", row.get("description", ""), _actions(row))


def _actions(part: JSON | None) -> tuple[Action, ...]:
    return tuple(_action(row) for row in (part or {}).get("action", ()))


def _action(row: JSON) -> Action:
    return Operation(row["operation"]) if "operation" in row else Assertion(row.get("assert", {}))
