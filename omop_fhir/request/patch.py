"""A patch of either kind applied to a resource (https://hl7.org/fhir/R4/http.html#patch).

What leaves has no empty object or array, which FHIR does not know: they are what remains where all within was removed.
Rejected with Unprocessable (422): a patch that changes type or id of the resource, or makes no resource of it.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any, TypeAlias

from ..errors import Invalid, Issue, Unprocessable
from .body import PatchKind, parse_json, patch_kind
from .fhirpath_patch import apply_fhirpath_patch
from .json_patch import apply_json_patch

JSON: TypeAlias = dict[str, Any]


def apply_patch(resource: JSON, kind: PatchKind, patch: Any) -> JSON:
    """The resource as the patch makes it, not yet validated; the one that enters stays as it was.

    `patch` is the parsed body. Raises InvalidContent for a malformed patch, Unprocessable for one that cannot be done.
    """
    if kind == "json-patch":
        changed = apply_json_patch(resource, patch)
    else:
        changed = apply_fhirpath_patch(resource, patch if isinstance(patch, dict) else {})
    if not isinstance(changed, dict):
        raise Unprocessable([Issue("business-rule", "the patch leaves no resource")])
    for name in ("resourceType", "id"):
        if changed.get(name) != resource.get(name):
            text = f"the patch changes `{name}`, which a patch may not"
            raise Unprocessable([Issue("business-rule", text, expression=f"{resource['resourceType']}.{name}")])
    pruned: JSON = without_empties(changed)
    return pruned


def entry_patch(resource: JSON, place: str) -> tuple[PatchKind, Any]:
    """The patch in a Bundle's entry: a Parameters, or a Binary that holds a JSON Patch.

    `place` is the FHIRPath of the resource. Raises UnsupportedMediaType, Invalid.
    """
    if resource["resourceType"] == "Parameters":
        return "fhirpath-patch", resource
    kind = patch_kind(str(resource.get("contentType") or ""))
    try:
        data = b64decode(str(resource.get("data") or ""), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("the patch is not base64", expression=f"{place}.data") from None
    return kind, parse_json(data)


def without_empties(value: Any) -> Any:
    """The value without empty objects and arrays; beside the items of a primitive list, null stands for an empty object."""
    if isinstance(value, dict):
        pairs = ((name, _without(item, name.startswith("_"))) for name, item in value.items())
        return {name: item for name, item in pairs if item not in ({}, [])}
    return value


def _without(item: Any, beside: bool) -> Any:
    if not isinstance(item, list):
        return without_empties(item)
    items = [without_empties(each) for each in item]
    if beside:
        items = [each or None for each in items]
        return items if any(items) else []
    return [each for each in items if each != {}]
