"""OMOP vocabularies and their FHIR code systems (https://terminology.hl7.org).

A vocabulary without a FHIR system (Visit, Type Concept, RxNorm Extension, a site's own) is emitted in the form that
OHDSI registered at HL7: system `https://fhir-terminology.ohdsi.org`, code = concept_id.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

OHDSI = "https://fhir-terminology.ohdsi.org"


@cache
def systems() -> Mapping[str, str]:
    """vocabulary_id -> the system URI that is emitted."""
    return {row["vocabulary_id"]: row["system"] for row in _rows()}


@cache
def vocabularies() -> Mapping[str, tuple[str, ...]]:
    """System URI, canonical or also accepted -> vocabulary_ids (several where systems are shared)."""
    result: dict[str, tuple[str, ...]] = {}
    for row in _rows():
        for system in (row["system"], *row["accept"].split()):
            result[system] = (*result.get(system, ()), row["vocabulary_id"])
    return result


def _rows() -> list[dict[str, str]]:
    with files(__package__).joinpath("vocabularies.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
