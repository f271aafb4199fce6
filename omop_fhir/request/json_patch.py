"""JSON Patch: (resource, operations) -> resource (RFC 6902, https://hl7.org/fhir/R4/http.html#patch).

Pure: the resource that enters stays as it was. Rejected with Invalid (400): what is no JSON Patch; with Unprocessable (422): an
operation that cannot be done, a test that fails among them. Both name the operation, counted from 0.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from jsonpatch import InvalidJsonPatch, JsonPatch, JsonPatchException, JsonPatchPathNotFound, JsonPatchTestFailed
from jsonpointer import JsonPointer, JsonPointerException

from ..errors import InvalidContent, Issue, Unprocessable

_MEMBERS = {"add": "value", "replace": "value", "test": "value", "move": "from", "copy": "from"}
_OPERATIONS = 10_000
_COPIES = 200_000
"""How many values all copies of one patch may make: a few of them, each doubling the resource, would fill any memory."""


def apply_json_patch(resource: dict[str, Any], operations: Any) -> Any:
    """What the operations, in their order, make of a resource. Raises InvalidContent, Unprocessable."""
    if not isinstance(operations, list):
        raise InvalidContent([Issue("structure", "a JSON Patch is an array of operations")])
    if len(operations) > _OPERATIONS:
        raise Unprocessable([Issue("too-costly", f"a JSON Patch has at most {_OPERATIONS} operations")])
    parsed = [_parse(operation, number) for number, operation in enumerate(operations)]
    document, copied = deepcopy(resource), 0
    for number, (operation, patch) in enumerate(zip(operations, parsed, strict=True)):
        copied += _size_of_copy(document, operation)
        if copied > _COPIES:
            raise Unprocessable([Issue("too-costly", f"{_name(operation, number)} copies too much")])
        document = _apply(document, patch, operation, number)
    return document


def _parse(operation: Any, number: int) -> JsonPatch:
    try:
        patch = JsonPatch([deepcopy(operation)])  # not every version of the library copies what it puts in place
        _check_members(operation)
        return patch
    except (InvalidJsonPatch, JsonPointerException) as error:
        raise InvalidContent([Issue("invalid", f"{_name(operation, number)} is malformed: {_reason(error)}")]) from None


def _check_members(operation: dict[str, Any]) -> None:
    """The members that the library asks for only when it applies the operation."""
    needed = _MEMBERS.get(operation["op"])
    if needed is not None and needed not in operation:
        raise InvalidJsonPatch(f"the operation does not contain a `{needed}` member")
    if needed == "from":
        JsonPointer(str(operation["from"]))


def _apply(document: Any, patch: JsonPatch, operation: dict[str, Any], number: int) -> Any:
    try:
        return patch.apply(document, in_place=True)
    except JsonPatchTestFailed:
        raise Unprocessable([Issue("processing", f"{_name(operation, number)} has failed")]) from None
    except (JsonPatchException, JsonPointerException) as error:
        raise Unprocessable([Issue("processing", f"{_name(operation, number)} cannot be done: {_hindrance(error)}")]) from None


def _name(operation: Any, number: int) -> str:
    if not isinstance(operation, dict) or "op" not in operation:
        return f"the operation {number}"
    place = f" at `{str(operation['path'])[:200]}`" if "path" in operation else ""
    return f"the operation {number}, `{str(operation['op'])[:20]}`{place},"


def _reason(error: Exception) -> str:
    return str(error)[:200]


def _hindrance(error: Exception) -> str:
    """Why an operation cannot be done; the library's own words for what it does not find quote the resource."""
    is_lost = isinstance(error, (JsonPointerException, JsonPatchPathNotFound))
    return "there is nothing where it leads" if is_lost or isinstance(error.__context__, LookupError) else _reason(error)


def _size_of_copy(document: Any, operation: dict[str, Any]) -> int:
    """The number of values that a copy makes; 0 where it will fail."""
    if operation.get("op") != "copy":
        return 0
    try:
        return _size(JsonPointer(operation["from"]).resolve(document))
    except JsonPointerException:
        return 0


def _size(value: Any) -> int:
    count, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        count += 1
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return count
