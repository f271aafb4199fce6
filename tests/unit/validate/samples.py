"""Small valid resources of our own, one or more per type that the shipped mappings make, and the official
examples."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import orjson

JSON = dict[str, Any]
SHARED = Path(os.environ.get("OMOP_FHIR_SHARED", Path(__file__).resolve().parents[4] / "shared"))
EXAMPLES = SHARED / "spec" / "r4" / "examples"

_US_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

_SAMPLES: tuple[JSON, ...] = (
    {
        "resourceType": "Patient",
        "id": "-9007199254740993",
        "meta": {"versionId": "h1", "lastUpdated": "2020-02-29T23:59:60Z"},
        "extension": [
            {
                "url": _US_RACE,
                "extension": [
                    {
                        "url": "ombCategory",
                        "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"},
                    },
                    {"url": "text", "valueString": "White"},
                ],
            }
        ],
        "identifier": [{"use": "usual", "system": "http://example.org/mrn", "value": "P\u00a01"}],
        "active": True,
        "name": [
            {"_family": {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}},
            {
                "use": "official",
                "given": ["Ana", None],
                "_given": [{"id": "g1"}, {"extension": [{"url": _ABSENT, "valueCode": "masked"}]}],
                "period": {"start": "2001", "end": "2001-05"},
            },
        ],
        "telecom": [{"system": "phone", "value": "1", "rank": 1}],
        "gender": "female",
        "birthDate": "1974",
        "_birthDate": {"id": "b"},
        "deceasedDateTime": "2015-02-14T13:42:00+10:00",
        "address": [{"line": ["1 Rue"], "city": "\u3000Oz"}],
        "contact": [{"name": {"family": "Du"}, "gender": "male"}],
        "communication": [{"language": {"text": "nl"}, "preferred": True}],
        "managingOrganization": {"reference": "Organization/1", "type": "Organization"},
        "link": [{"other": {"reference": "Patient/2"}, "type": "seealso"}],
    },
    {
        "resourceType": "Encounter",
        "id": "1",
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>In</p></div>'},
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": "Patient/1"},
        "participant": [{"individual": {"reference": "http://example.org/fhir/Practitioner/1"}}],
        "period": {"start": "2010-04-30", "end": "2010-04-30T10:00:00Z"},
        "length": {"value": 3.5, "system": "http://unitsofmeasure.org", "code": "h"},
        "location": [{"location": {"reference": "Location/1"}, "status": "completed"}],
        "partOf": {"identifier": {"value": "x"}},
    },
    {
        "resourceType": "Procedure",
        "id": "1",
        "contained": [{"resourceType": "Practitioner", "id": "who", "name": [{"text": "Dr A"}]}],
        "status": "completed",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "80146002", "userSelected": False}]},
        "subject": {"reference": "Patient/1/_history/2"},
        "performedPeriod": {"start": "2010-04-30T10:00:00.123Z"},
        "performer": [{"actor": {"reference": "#who"}}],
    },
    {
        "resourceType": "MedicationStatement",
        "id": "1",
        "status": "active",
        "medicationCodeableConcept": {"text": "Aspirin"},
        "subject": {"reference": "Patient/1"},
        "effectivePeriod": {"start": "2010-04", "end": "2010-04-30"},
        "dosage": [
            {
                "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1.50, "unit": "mg"}}],
            }
        ],
    },
    {
        "resourceType": "Condition",
        "id": "1",
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "resolved"}]},
        "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": "confirmed"}]},
        "code": {"text": "Flu"},
        "subject": {"reference": "Patient/1"},
        "onsetDateTime": "2010-04-30",
        "abatementDateTime": "2010-05-01",
        "evidence": [{"detail": [{"reference": "Observation/1"}]}],
    },
    {
        "resourceType": "Observation",
        "id": "1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "subject": {"reference": "Patient/1"},
        "valueQuantity": {"value": 120, "system": "http://unitsofmeasure.org", "code": "mm[Hg]", "comparator": "<"},
        "referenceRange": [{"low": {"value": 80}, "high": {"value": 120}}],
    },
    {"resourceType": "Practitioner", "id": "1", "gender": "unknown", "qualification": [{"code": {"text": "MD"}}]},
    {
        "resourceType": "Organization",
        "id": "1",
        "name": "Ward",
        "telecom": [{"system": "phone", "value": "1", "use": "work"}],
    },
    {"resourceType": "Location", "id": "1", "status": "active", "position": {"longitude": -83.69, "latitude": 42.25}},
    {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 1,
        "link": [{"relation": "self", "url": "http://example.org/fhir/Patient"}],
        "entry": [
            {
                "fullUrl": "http://example.org/fhir/Patient/1",
                "resource": {"resourceType": "Patient", "id": "1", "gender": "male"},
                "search": {"mode": "match"},
            }
        ],
    },
    {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found", "diagnostics": "no"}]},
    {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2020-01-01",
        "kind": "instance",
        "implementation": {"description": "here"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": "Patient",
                        "interaction": [{"code": "read"}],
                        "searchParam": [{"name": "_id", "type": "token"}],
                    }
                ],
            }
        ],
    },
    {"resourceType": "Account", "id": "1", "status": "active", "coverage": [{"coverage": {"reference": "Coverage/1"}}]},
)


def samples() -> list[JSON]:
    """Fresh copies."""
    return copy.deepcopy(list(_SAMPLES))


def sample(type_name: str) -> JSON:
    """A fresh copy of the sample of a type."""
    return next(found for found in samples() if found["resourceType"] == type_name)


def examples() -> dict[str, JSON]:
    """The official examples by file name; none where the definitions are not at hand."""
    return {path.name: orjson.loads(path.read_bytes()) for path in sorted(EXAMPLES.glob("*.json"))}
