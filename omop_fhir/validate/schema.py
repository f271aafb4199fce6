"""The second witness: the published JSON Schema, compiled per type by jsonschema-rs.

What enters: a resource. What leaves: findings, none if the schema accepts it. A resource inside it is an
object to this schema; it is checked by the schema of its own type. https://hl7.org/fhir/R4/json.html#schema
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from jsonschema_rs import Draft7Validator

from omop_fhir.fhir.definitions import schema_for

from .issue import NONE, Finding, Findings

_LIMIT = 100


@lru_cache(maxsize=256)
def validator(type_name: str) -> Draft7Validator:
    """The compiled schema of a resource type (2 to 3 ms, once). Raises UnknownDefinition."""
    return Draft7Validator(schema_for(type_name))


def check_schema(type_name: str, resource: Mapping[str, Any]) -> Findings:
    """What the schema refuses, at most a hundred findings."""
    compiled = validator(type_name)
    if compiled.is_valid(resource):
        return NONE
    errors = islice(compiled.iter_errors(resource), _LIMIT)
    return [Finding(_place(error.instance_path), "structure", error.message[:200]) for error in errors]


def _place(path: Sequence[str | int]) -> str:
    """`["name", 0, "_given"]` -> `.name[0].given`: what is wrong with `_given` is wrong with the element
    `given`."""
    return "".join(f"[{part}]" if isinstance(part, int) else "." + part.removeprefix("_") for part in path)
