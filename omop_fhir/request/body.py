"""The body of a write: bytes and their content type -> a resource, a patch or a Bundle as Python values.

What leaves are plain dicts and lists; numbers with a fraction are `decimal.Decimal` and keep their digits. Rejected with
UnsupportedMediaType: everything but JSON of FHIR 4.0 in UTF-8; with Invalid: what is not JSON (see `fhir.json`), control
characters, a body that is empty or no resource, a type or id that is not that of the URL.
https://hl7.org/fhir/R4/http.html#create, https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from ..errors import Invalid, UnsupportedMediaType
from ..fhir.definitions import resource_types
from ..fhir.json import loads
from .negotiation import is_version, media

JSON: TypeAlias = dict[str, Any]
PatchKind: TypeAlias = Literal["json-patch", "fhirpath-patch"]

JSON_TYPES = ("application/fhir+json", "application/json", "text/json")
JSON_PATCH = "application/json-patch+json"
_ENCODINGS = ("utf-8", "utf8", "us-ascii")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]").search
_CONTROLS = re.compile(r"[\x00-\x1f]")
_ESCAPES = (b"\\u00", b"\\b", b"\\f")
"""The only ways in which a control character can stand in JSON."""


def parse_resource(body: bytes, content_type: str | None) -> JSON:
    """The resource in a body; its `resourceType` is one of R4, all else is for `validate` to judge.

    Raises UnsupportedMediaType, Invalid.
    """
    check_content_type(content_type)
    return as_resource(parse_json(body))


def check_content_type(content_type: str | None) -> None:
    """Raises UnsupportedMediaType for a body that is not JSON of FHIR 4.0."""
    kind = _kind(content_type)
    if kind not in JSON_TYPES:
        raise UnsupportedMediaType(f"the body is {_named(kind)}; only application/fhir+json is taken")


def patch_kind(content_type: str | None) -> PatchKind:
    """Which kind of patch a body of this type is (https://hl7.org/fhir/R4/http.html#patch). Raises UnsupportedMediaType."""
    kind = _kind(content_type)
    if kind == JSON_PATCH:
        return "json-patch"
    if kind in JSON_TYPES:
        return "fhirpath-patch"
    taken = f"{JSON_PATCH} (JSON Patch) and application/fhir+json (FHIRPath Patch)"
    raise UnsupportedMediaType(f"the patch is {_named(kind)}; taken are {taken}")


def _kind(content_type: str | None) -> str:
    kind, parameters = media(content_type or "")
    if parameters.get("charset", "utf-8").lower() not in _ENCODINGS:
        raise UnsupportedMediaType(f"the body is in `{parameters['charset']}`; JSON is exchanged in UTF-8")
    if not is_version(parameters):
        raise UnsupportedMediaType(f"the body is of FHIR {parameters['fhirversion']}; this server speaks 4.0")
    return kind


def _named(kind: str) -> str:
    return f"`{kind}`" if kind else "of no content type"


def parse_json(body: bytes) -> Any:
    """The value of a body, whatever it is. Raises Invalid."""
    if not body.strip():
        raise Invalid("the body is empty")
    try:
        value = loads(body)
    except ValueError as error:
        raise Invalid(f"the body is not right JSON: {error}") from None
    if any(escape in body for escape in _ESCAPES):
        _check_characters(value)
    return value


def _check_characters(value: Any) -> None:
    root = value["resourceType"] if isinstance(value, dict) and isinstance(value.get("resourceType"), str) else ""
    for place, text in _texts(value, root):
        if found := _CONTROL(text):
            message = f"a text holds the control character U+{ord(found[0]):04X}, which FHIR does not allow"
            raise Invalid(message, expression=_CONTROLS.sub("", place) or None)


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            here = f"{place}.{name.removeprefix('_')}" if place else name
            yield here, name
            yield from _texts(item, here)


def as_resource(value: Any, place: str | None = None) -> JSON:
    """`value` as a resource. Raises Invalid where it is no object, or its `resourceType` no type of R4.

    `place` is the FHIRPath of the value, where it is part of a larger body.
    """
    if not isinstance(value, dict):
        raise Invalid("a resource is a JSON object", expression=place)
    name = value.get("resourceType")
    where = f"{place}.resourceType" if place else "resourceType"
    if name is None:
        raise Invalid("a resource has a `resourceType`", expression=where)
    if not isinstance(name, str) or name not in resource_types():
        raise Invalid(f"`{str(name)[:100]}` is not a resource type of R4", expression=where)
    return value


def check_type(resource: JSON, type: str) -> None:
    """Raises Invalid where the resource is not of the type in the URL."""
    name = resource["resourceType"]
    if name != type:
        raise Invalid(f"the body is of type {name} and the URL of type {type}", expression=f"{name}.resourceType")


def check_id(resource: JSON, id: str) -> None:
    """Raises Invalid where an update's body has no id, or not that of the URL (https://hl7.org/fhir/R4/http.html#update)."""
    own = resource.get("id")
    if own != id:
        type = resource["resourceType"]
        what = "has no id" if own is None else f"has the id `{str(own)[:64]}`"
        raise Invalid(f"the body {what}, and the URL has `{id}`", expression=f"{type}.id")
