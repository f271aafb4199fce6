"""The JSON Schema (draft-07) of mapping files, derived from the codecs, so that editors complete and check them.

`mappings/mapping.schema.json` is this schema, written by `python -m omop_fhir.mapping.schema`.
"""

from __future__ import annotations

import inspect
import json
import sys
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from .codecs import CODECS, Codec
from .writing import SETTINGS

_COLUMN = {"type": "string", "pattern": r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$"}
_NAME = {"type": "string", "pattern": "^[a-z_][a-z0-9_]*$"}
_INTEGER = {"type": ["string", "integer"], "pattern": "^-?[0-9]+$"}
_INTEGERS = {"anyOf": [_INTEGER, {"type": "array", "items": _INTEGER, "minItems": 1}]}
_BOOLEAN = {"enum": ["true", "false", True, False]}
_BY_ANNOTATION: dict[str, dict[str, Any]] = {
    "Column": {"$ref": "#/definitions/column"},
    "tuple[Column, ...]": {"$ref": "#/definitions/columns"},
    "str": {"type": "string"},
    "bool": _BOOLEAN,
    "Table": {"type": "string", "pattern": "^[a-z_]+$", "description": "Name of a CSV file in tables/"},
    "Codec": {"$ref": "#/definitions/codec"},
    "dict[str, Codec]": {"type": "object", "additionalProperties": {"$ref": "#/definitions/element"}},
    "dict[Column, tuple[str, ...]]": {"$ref": "#/definitions/when"},
}  # fmt: skip


_CANONICAL = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s|]+(\|[^\s|]+)?$"
"""A URL, perhaps with a version: https://hl7.org/fhir/R4/references.html#canonical"""


@cache
def mapping_schema() -> dict[str, Any]:
    """The schema of one mapping file, as a JSON object. Our reader gives scalars as text; an editor may not."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "omop-fhir mapping",
        "type": "object",
        "additionalProperties": False,
        "properties": _properties(),
        "definitions": _definitions(),
    }


def _properties() -> dict[str, Any]:
    columns = {"type": "object", "additionalProperties": {"$ref": "#/definitions/column"}}
    return {
        "resource": {"type": "string", "pattern": "^[A-Z][A-Za-z]+$", "description": "FHIR R4 resource type"},
        "description": {"type": "string"},
        "enabled": _BOOLEAN,
        "prefix": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9.-]{0,20}$", "description": "Before keys in ids"},
        "from": {"type": "object", "minProperties": 1, "propertyNames": _NAME, "additionalProperties": _source()},
        "compartment": columns,
        "profile": {"type": "array", "items": {"type": "string", "pattern": _CANONICAL}},
        "elements": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/definitions/element"}},
        "search": {"type": "object", "additionalProperties": {"type": ["string", "null"], "description": "Element"}},
        "write": _write(),
    }  # fmt: skip


def _write() -> dict[str, Any]:
    properties = {
        "rows": {"type": "object", "additionalProperties": {"enum": ["own", "shared"]}},
        "rows_when": {"$ref": "#/definitions/conditions"},
        "columns": {
            "type": "object", "propertyNames": _COLUMN,
            "additionalProperties": {"anyOf": [_INTEGER, {"type": "array", "items": _rule(), "minItems": 1}]},
        },
        "route": {"$ref": "#/definitions/column"},
        "elements": {"type": "object", "additionalProperties": {"enum": list(SETTINGS)}},
        "unmapped": {"enum": list(SETTINGS)},
        "too_long": {"enum": ["report", "refuse"]},
        "deduplicate": _BOOLEAN,
        "writable": {"enum": ["own", "all"]},
    }  # fmt: skip
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _rule() -> dict[str, Any]:
    one = {"$ref": "#/definitions/column"}
    properties = {
        "value": _INTEGER,
        "copy": {**one},
        "lasting": {**one, "description": "With copy: the last of so many days"},
        "element": {"type": "string", "description": "Element whose date counts"},
        "parts": {"type": "array", "items": one, "minItems": 1, "maxItems": 3, "description": "Year, month, day"},
        "received": {"enum": ["true", True], "description": "The day on which the resource was received"},
        "inherit": {"type": "string", "description": "Reference to another row of this mapping, whose same column counts"},
        "when": {"$ref": "#/definitions/conditions"},
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _conditions() -> dict[str, Any]:
    codes = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    return {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [codes, {"enum": ["present", "absent"]}]}}


def _source() -> dict[str, Any]:
    names = {"type": "array", "items": _NAME, "minItems": 1}
    properties = {
        "table": _NAME,
        "key": {**_NAME, "description": "Key column; its value is the id"},
        "join": {"type": "object", "propertyNames": _NAME, "additionalProperties": {"$ref": "#/definitions/column"}},
        "where": {"type": "object", "propertyNames": _COLUMN, "additionalProperties": _INTEGERS},
        "first": {**names, "description": "Of several rows take the first by these columns"},
        "many": {**names, "description": "Take all rows, in the order of these columns"},
    }
    return {"type": "object", "required": ["table"], "additionalProperties": False, "properties": properties}


def _definitions() -> dict[str, Any]:
    choose = [
        {"if": {"properties": {"codec": {"const": name}}, "required": ["codec"]}, "then": _codec(cls)}
        for name, cls in sorted(CODECS.items())
    ]
    codec = {"type": "object", "properties": {"codec": {"enum": sorted(CODECS)}}, "allOf": choose}
    when = {"type": "object", "minProperties": 1, "propertyNames": _COLUMN, "additionalProperties": _INTEGERS}
    element = {"if": {"type": "null"}, "else": {"$ref": "#/definitions/codec"}}
    one = {"$ref": "#/definitions/column"}
    columns = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    conditions = _conditions()
    return {
        "column": _COLUMN, "columns": columns, "when": when, "codec": codec, "element": element, "conditions": conditions,
    }  # fmt: skip


def _codec(cls: type[Codec]) -> dict[str, Any]:
    own = [item for item in fields(cls) if item.name != "repeating"]
    required = [item.name for item in own if item.default is MISSING and item.default_factory is MISSING]
    return {
        "description": (inspect.getdoc(cls) or "").splitlines()[0],
        "required": required,
        "additionalProperties": False,
        "properties": {
            "codec": {},
            "when": {"$ref": "#/definitions/when"},
            **{item.name: _BY_ANNOTATION[str(item.type).removesuffix(" | None")] for item in own},
        },
    }


if __name__ == "__main__":
    json.dump(mapping_schema(), sys.stdout, indent=2)
    sys.stdout.write("\n")
