"""Three witnesses of validity, each blind to something else.

What enters: a resource. What leaves: what the witness has against it, as (place, message).
`schema` is the published JSON Schema per type, `models` is fhir.resources, `ours` is `omop_fhir.validate`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from fhir.resources.R4B import get_fhir_model_class
from jsonschema_rs import Draft7Validator

from omop_fhir.fhir.definitions import schema_for
from omop_fhir.validate import validate

JSON = dict[str, Any]
Complaint = tuple[str, str]
Witness = Callable[[JSON], list[Complaint]]

SCHEMA_VARIABLE = "OMOP_FHIR_R4_SCHEMA"
"""Path of an untouched `fhir.schema.json`; without it, the mended one of the package serves."""
_MANY = 20


def place(*parts: str | int) -> str:
    """`Patient.name.given`: without the numbers, so that the same complaint about many is one."""
    return ".".join(str(part) for part in parts if not isinstance(part, int))


def schema(resource: JSON) -> list[Complaint]:
    """The R4 JSON Schema of the resource's type, by jsonschema-rs."""
    name = resource["resourceType"]
    validator = _validator(name, os.environ.get(SCHEMA_VARIABLE))
    if validator.is_valid(resource):
        return []
    errors = islice(validator.iter_errors(resource), _MANY)
    return [(place(name, *error.instance_path), error.message[:160]) for error in errors]


@lru_cache(maxsize=256)
def _validator(name: str, path: str | None) -> Draft7Validator:
    if path is None:
        return Draft7Validator(schema_for(name))
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": _published(path)})


@lru_cache(maxsize=1)
def _published(path: str) -> JSON:
    found: JSON = orjson.loads(Path(path).read_bytes())["definitions"]
    return found


def models(resource: JSON) -> list[Complaint]:
    """fhir.resources, whose R4B is what it has nearest to R4."""
    name = resource["resourceType"]
    model = model_class(name)
    if model is None:
        return []
    try:
        model.model_validate(resource)
    except ValueError as error:
        return _model_errors(name, error)
    return []


@lru_cache(maxsize=256)
def model_class(name: str) -> Any:
    """The model of a type, or None for one that R4 has and R4B has not."""
    try:
        return get_fhir_model_class(name)
    except ValueError:
        return None


def _model_errors(name: str, error: ValueError) -> list[Complaint]:
    errors = getattr(error, "errors", None)
    if errors is None:
        return [(name, str(error)[:160])]
    return [(place(name, *row["loc"]), row["msg"][:160]) for row in errors()[:_MANY]]


def ours(resource: JSON) -> list[Complaint]:
    """Errors of our own validation; warnings and advice are none."""
    issues = [issue for issue in validate(resource) if issue.severity in ("error", "fatal")]
    return [(re.sub(r"\[\d+\]", "", issue.expression), issue.diagnostics[:160]) for issue in issues[:_MANY]]


WITNESSES: dict[str, Witness] = {"schema": schema, "models": models, "ours": ours}
