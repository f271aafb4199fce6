"""What comes in, before any database: JSON, validation, links and Bundles, in µs a resource.

Beside each stage stand what others take for the same: Python's own parser made strict, orjson (which keeps the last of repeated
keys and makes floats of decimals), the JSON Schema alone, and fhir.resources. Alone: `python -m benchmarks.incoming`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from time import perf_counter
from typing import Any

import orjson
from fhir.resources.R4B import get_fhir_model_class

from omop_fhir.fhir.json import dumps, loads
from omop_fhir.request.bundle import parse_bundle
from omop_fhir.request.links import find_links
from omop_fhir.request.references import References, Target
from omop_fhir.validate import validate
from omop_fhir.validate.incoming import check_rules
from omop_fhir.validate.schema import validator

from .sample import Sample, sample

JSON = dict[str, Any]
GOAL = 60
ENTRIES = 10_000
_BASE = "https://fhir.example/fhir"
_CALLS = 50


def _concept(system: str, code: str, display: str) -> JSON:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


RESOURCES: tuple[JSON, ...] = (
    {
        "resourceType": "Patient",
        "id": "8f5a1c9e-7f0b-4d2a-9a39-0d1b2a6f9c11",
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Ana <b>Silva</b></p></div>'},
        "extension": [
            {
                "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
                "extension": [
                    {
                        "url": "ombCategory",
                        "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3", "display": "White"},
                    },
                    {"url": "text", "valueString": "White"},
                ],
            }
        ],
        "identifier": [
            {"system": "https://github.com/synthetichealth/synthea", "value": "8f5a1c9e"},
            {
                "type": _concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical Record Number"),
                "system": "http://hospital.example.org",
                "value": "8f5a1c9e-7f0b",
            },
        ],
        "name": [{"use": "official", "family": "Silva", "given": ["Ana", "Maria"], "prefix": ["Ms."]}],
        "telecom": [{"system": "phone", "value": "555-320-7564", "use": "home"}],
        "gender": "female",
        "birthDate": "1974-12-25",
        "address": [{"line": ["534 Erewhon St"], "city": "Boston", "state": "MA", "postalCode": "02108", "country": "US"}],
        "maritalStatus": _concept("http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "M", "Married"),
        "communication": [{"language": _concept("urn:ietf:bcp:47", "en-US", "English")}],
    },
    {
        "resourceType": "Encounter",
        "id": "4b1c",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [_concept("http://snomed.info/sct", "162673000", "General examination of patient (procedure)")],
        "subject": {"reference": "urn:uuid:8f5a1c9e-7f0b-4d2a-9a39-0d1b2a6f9c11", "display": "Ms. Ana Silva"},
        "participant": [
            {
                "type": [_concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "PPRF", "primary performer")],
                "period": {"start": "2011-04-30T10:14:09-04:00", "end": "2011-04-30T10:29:09-04:00"},
                "individual": {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999984699"},
            }
        ],
        "period": {"start": "2011-04-30T10:14:09-04:00", "end": "2011-04-30T10:29:09-04:00"},
    },
    {
        "resourceType": "Procedure",
        "id": "77",
        "status": "completed",
        "code": _concept("http://snomed.info/sct", "430193006", "Medication Reconciliation (procedure)"),
        "subject": {"reference": "urn:uuid:8f5a1c9e-7f0b-4d2a-9a39-0d1b2a6f9c11"},
        "encounter": {"reference": "urn:uuid:6fd1f1a5-33c9-4a34-8c1f-6a0a6d54f9b0"},
        "performedPeriod": {"start": "2011-04-30T10:14:09-04:00", "end": "2011-04-30T10:29:09-04:00"},
    },
    {
        "resourceType": "Observation",
        "id": "12",
        "status": "final",
        "category": [_concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "vital-signs")],
        "code": _concept("http://loinc.org", "85354-9", "Blood Pressure"),
        "subject": {"reference": "urn:uuid:8f5a1c9e-7f0b-4d2a-9a39-0d1b2a6f9c11"},
        "encounter": {"reference": "urn:uuid:6fd1f1a5-33c9-4a34-8c1f-6a0a6d54f9b0"},
        "effectiveDateTime": "2011-04-30T10:14:09-04:00",
        "issued": "2011-04-30T10:14:09.123-04:00",
        "component": [
            {
                "code": _concept("http://loinc.org", code, display),
                "valueQuantity": {
                    "value": Decimal(value),
                    "unit": "mm[Hg]",
                    "system": "http://unitsofmeasure.org",
                    "code": "mm[Hg]",
                },
            }
            for code, display, value in (("8462-4", "Diastolic", "77.0"), ("8480-6", "Systolic", "117.50"))
        ],
    },
)
"""Resources of the size and make of Synthea's."""


@dataclass(frozen=True, slots=True)
class IncomingResult:
    """The times of one type, by stage, in µs."""

    type: str
    bytes: int
    times: Mapping[str, Sample]


def measure(rounds: int = 60) -> list[IncomingResult]:
    """Each type, its stages in turn within each round."""
    return [_measure(resource, rounds) for resource in RESOURCES]


def _measure(resource: JSON, rounds: int) -> IncomingResult:
    body = dumps(resource)
    stages = _stages(loads(body), body)
    values: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(rounds):
        for name, stage in stages.items():
            values[name].append(_time(stage))
    return IncomingResult(resource["resourceType"], len(body), {name: sample(each) for name, each in values.items()})


def _stages(value: JSON, body: bytes) -> dict[str, Callable[[], object]]:
    schema, model = validator(value["resourceType"]), get_fhir_model_class(value["resourceType"])
    return {
        "JSON in": lambda: loads(body),
        "Python's json, strict": lambda: json.loads(body, parse_float=Decimal, object_pairs_hook=_once),
        "orjson": lambda: orjson.loads(body),
        "validation": lambda: validate(value),
        "rules": lambda: list(check_rules(value)),
        "JSON Schema alone": lambda: schema.is_valid(value),
        "fhir.resources": lambda: model.model_validate(value),
        "links": lambda: find_links(value),
        "JSON out": lambda: dumps(value),
    }


def _once(pairs: list[tuple[str, Any]]) -> JSON:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("repeated key")
    return made


def _time(stage: Callable[[], object]) -> float:
    calls = _CALLS
    start = perf_counter()
    for _ in range(calls):
        stage()
    return (perf_counter() - start) / calls * 1e6


def measure_bundle(entries: int = ENTRIES, repeats: int = 5) -> dict[str, Sample]:
    """A transaction of so many entries: seconds by stage."""
    body = _bundle(entries)
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        clock = perf_counter()
        for name, value in _bundle_stages(body).items():
            times.setdefault(name, []).append(value - clock)
            clock = value
    return {name: sample(values) for name, values in times.items()}


def _bundle_stages(body: bytes) -> dict[str, float]:
    """The moments at which the stages ended."""
    ended: dict[str, float] = {}
    value = loads(body)
    ended["JSON in"] = perf_counter()
    request = parse_bundle(value, _BASE)
    ended["entries"] = perf_counter()
    references = References(request.entries, _BASE)
    for entry in request.entries:
        references.read(entry)
    ended["references found"] = perf_counter()
    targets = {entry.index: Target(f"{entry.type}/{entry.index + 1}", "1") for entry in request.entries}
    for entry in request.entries:
        references.rewritten(entry, targets, {})
    ended["references rewritten"] = perf_counter()
    for entry in request.entries:
        validate(entry.resource)
    ended["validation"] = perf_counter()
    return ended


def _bundle(entries: int) -> bytes:
    rows = []
    for number in range(entries):
        resource = {name: item for name, item in RESOURCES[number % len(RESOURCES)].items() if name != "id"}
        url = f"urn:uuid:00000000-0000-4000-8000-{number:012}"
        rows.append({"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}})
    return dumps({"resourceType": "Bundle", "type": "transaction", "entry": rows})


def report(results: list[IncomingResult], bundle: Mapping[str, Sample]) -> str:
    """Both in Markdown."""
    stages = list(results[0].times)
    head = ["stage, µs", *(f"{result.type}, {result.bytes:,} bytes" for result in results)]
    rows = [[name, *(result.times[name].shown(1) for result in results)] for name in stages]
    worst = max(result.times["validation"].median for result in results)
    verdict = f"Goal: validation below {GOAL} µs; the slowest median is {worst:.0f}.\n"
    seconds = [[name, each.shown(2)] for name, each in bundle.items()]
    return "\n".join(
        (_table(head, rows), verdict, f"A transaction of {ENTRIES:,} entries:\n", _table(["stage", "seconds"], seconds))
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ["---"] * len(head), *rows))


if __name__ == "__main__":
    print(report(measure(), measure_bundle()))
