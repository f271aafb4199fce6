"""What `$validate` is asked: a resource, and what is to be done with it.

The parsed body and the parameters of the URL enter, a `Validation` leaves. Rejected with Invalid: modes that there are not, a
body that is neither a resource nor Parameters with one; with NotSupported: validation against a profile.
https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from ..errors import Invalid, NotSupported
from .body import JSON, as_resource
from .shape import Pairs

Mode: TypeAlias = Literal["create", "update", "delete"]

_MODES = ("create", "update", "delete")
_BESIDE = ("_format", "_pretty")


@dataclass(frozen=True, slots=True)
class Validation:
    """`resource` None: there is none, which only a deletion needs none of; `mode` None: is it right, whatever comes of it?"""

    resource: JSON | None
    mode: Mode | None


def parse_validation(body: Any, pairs: Pairs) -> Validation:
    """The validation asked for; `body` None: there is none. Raises Invalid, NotSupported."""
    named = [(name, value, f"http.{name}") for name, value in pairs if name not in _BESIDE]
    resource = None if body is None else as_resource(body)
    if resource is not None and resource["resourceType"] == "Parameters":
        named += _named(resource)
        resource = None
    mode: Mode | None = None
    for name, value, place in named:
        match name:
            case "resource":
                resource = as_resource(value, place)
            case "mode":
                mode = _mode(value, place)
            case "profile":
                raise NotSupported("resources are validated by R4 itself, and not against a profile", expression=place)
            case _:
                raise Invalid(f"`$validate` has no parameter `{name[:100]}`: it has `resource`, `mode`", expression=place)
    if resource is None and mode != "delete":
        raise Invalid("there is no resource to validate; only `mode=delete` needs none")
    return Validation(resource, mode)


def _mode(value: Any, place: str) -> Mode:
    if value not in _MODES:
        raise Invalid(f"`mode` is one of {', '.join(_MODES)}", expression=place)
    return cast(Mode, value)


def _named(resource: JSON) -> Iterator[tuple[str, Any, str]]:
    """Name, value and place of each parameter."""
    given = resource.get("parameter")
    for number, each in enumerate(given if isinstance(given, list) else ()):
        place = f"Parameters.parameter[{number}]"
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            raise Invalid("a parameter has no `name`", expression=place)
        values = [name for name in each if name == "resource" or name.startswith("value")]
        if len(values) != 1:
            raise Invalid(f"`{each['name'][:100]}` has not one value", expression=place)
        yield each["name"], each[values[0]], f"{place}.{values[0]}"
