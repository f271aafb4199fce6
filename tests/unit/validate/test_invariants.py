"""Each invariant by its key: broken at a place, and kept when one thing is put right."""

from __future__ import annotations

from typing import Any

import pytest

from omop_fhir.validate import validate
from omop_fhir.validate.invariants import UCUM

JSON = dict[str, Any]
ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
IN_ERROR = {"coding": [{"system": ALLERGY, "code": "entered-in-error"}]}


def issues(resource: JSON, key: str) -> list[str]:
    return [issue.expression for issue in validate(resource) if issue.diagnostics.startswith(key + ":")]


def observation(**value: Any) -> JSON:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **value}


def timing(**repeat: Any) -> JSON:
    return observation(effectiveTiming={"repeat": repeat})


def extension(name: str, value: Any) -> JSON:
    return {"resourceType": "Patient", "extension": [{"url": "a", name: value}]}


def condition(**elements: Any) -> JSON:
    return {"resourceType": "Condition", "subject": {"reference": "Patient/1"}, **elements}


def bundle(kind: str, *entries: JSON, **elements: Any) -> JSON:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **elements}


def capability(kind: str = "instance", **elements: Any) -> JSON:
    return {"resourceType": "CapabilityStatement", "kind": kind, **elements}


def parameters(**parameter: Any) -> JSON:
    return {"resourceType": "Parameters", "parameter": [{"name": "a", **parameter}]}


def allergy(**elements: Any) -> JSON:
    return {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/1"}, **elements}


REQUEST = {"request": {"method": "GET", "url": "Patient/1"}}
RESPONSE = {"response": {"status": "200"}}
PATIENT = {"resource": {"resourceType": "Patient", "id": "1"}}
SEARCH = {**PATIENT, "search": {"mode": "match"}}
HEADER = {"resource": {"resourceType": "MessageHeader", "id": "1"}}
COMPOSITION = {"resource": {"resourceType": "Composition", "id": "1"}}
DOCUMENT = {"identifier": {"system": "http://example.org", "value": "1"}, "timestamp": "2020-01-01T00:00:00Z"}
SOFTWARE, HERE = {"name": "a"}, {"description": "a"}
AGE = {"value": 1, "system": UCUM, "code": "a"}
CENTRE = {"id": "a", "extension": [{"url": "a", "valueCode": "b"}]}
REST = {"mode": "server"}
FILTER = {"type": "Condition", "codeFilter": [{"path": "code"}], "dateFilter": [{"path": "onset"}]}
DOCS = {"mode": "producer", "profile": "http://example.org/a"}


@pytest.mark.parametrize(
    ("key", "place", "broken", "kept"),
    [
        (
            "qty-3",
            "Observation.value",
            observation(valueQuantity={"code": "kg"}),
            observation(valueQuantity={"unit": "kg"}),
        ),
        ("age-1", "Condition.onset", condition(onsetAge={"value": 1}), condition(onsetAge=AGE)),
        ("age-1", "Condition.onset.value", condition(onsetAge=AGE | {"value": 0}), condition(onsetAge=AGE)),
        ("age-1", "Condition.onset.system", condition(onsetAge=AGE | {"system": "x"}), condition(onsetAge=AGE)),
        (
            "cnt-3",
            "Patient.extension[0].value.value",
            extension("valueCount", {"value": 1.5}),
            extension("valueCount", {"value": 2.0, "code": "1", "system": UCUM}),
        ),
        (
            "cnt-3",
            "Patient.extension[0].value.code",
            extension("valueCount", {"code": "2"}),
            extension("valueCount", {"code": "1"}),
        ),
        (
            "dis-1",
            "Patient.extension[0].value",
            extension("valueDistance", {"value": 1}),
            extension("valueDistance", {"value": 1, "code": "m", "system": UCUM}),
        ),
        (
            "drt-1",
            "Patient.extension[0].value",
            extension("valueDuration", {"code": "h", "system": UCUM}),
            extension("valueDuration", AGE | {"code": "h"}),
        ),
        (
            "rat-1",
            "Observation.value",
            observation(valueRatio={"numerator": {"value": 1}}),
            observation(valueRatio={"numerator": {"value": 1}, "denominator": {"value": 1}}),
        ),
        ("rat-1", "Observation.value", observation(valueRatio={"id": "a"}), observation(valueRatio=CENTRE)),
        (
            "exp-1",
            "Patient.extension[0].value",
            extension("valueExpression", {"language": "text/cql"}),
            extension("valueExpression", {"language": "text/cql", "expression": "1"}),
        ),
        (
            "drq-1",
            "Patient.extension[0].value.codeFilter[0]",
            extension("valueDataRequirement", FILTER | {"codeFilter": [{"path": "a", "searchParam": "b"}]}),
            extension("valueDataRequirement", FILTER),
        ),
        (
            "drq-2",
            "Patient.extension[0].value.dateFilter[0]",
            extension("valueDataRequirement", FILTER | {"dateFilter": [CENTRE]}),
            extension("valueDataRequirement", FILTER),
        ),
        ("tim-1", "Observation.effective.repeat", timing(duration=1), timing(duration=1, durationUnit="h")),
        ("tim-2", "Observation.effective.repeat", timing(period=1), timing(period=1, periodUnit="h")),
        ("tim-4", "Observation.effective.repeat.duration", timing(duration=-1), timing(duration=0)),
        ("tim-5", "Observation.effective.repeat.period", timing(period=-1), timing(period=0)),
        ("tim-6", "Observation.effective.repeat", timing(periodMax=1), timing(periodMax=1, period=1)),
        ("tim-7", "Observation.effective.repeat", timing(durationMax=1), timing(durationMax=1, duration=1)),
        ("tim-8", "Observation.effective.repeat", timing(countMax=1), timing(countMax=1, count=1)),
        ("tim-9", "Observation.effective.repeat", timing(offset=1, when=["C"]), timing(offset=1, when=["AC"])),
        ("tim-9", "Observation.effective.repeat", timing(offset=1), timing(when=["C"])),
        (
            "tim-10",
            "Observation.effective.repeat",
            timing(timeOfDay=["10:00:00"], when=["AC"]),
            timing(timeOfDay=["10:00:00"]),
        ),
        (
            "con-1",
            "Condition.stage[0]",
            condition(stage=[{"type": {"text": "a"}}]),
            condition(stage=[{"summary": {"text": "a"}}]),
        ),
        (
            "con-2",
            "Condition.evidence[0]",
            condition(evidence=[CENTRE]),
            condition(evidence=[{"code": [{"text": "a"}]}]),
        ),
        ("ait-1", "AllergyIntolerance", allergy(), allergy(verificationStatus=IN_ERROR)),
        (
            "ait-2",
            "AllergyIntolerance.clinicalStatus",
            allergy(verificationStatus=IN_ERROR, clinicalStatus={}),
            allergy(clinicalStatus={}),
        ),
        (
            "obs-3",
            "Observation.referenceRange[0]",
            observation(referenceRange=[{"type": {"text": "a"}}]),
            observation(referenceRange=[{"text": "a"}]),
        ),
        (
            "imm-1",
            "Immunization.education[0]",
            {"resourceType": "Immunization", "education": [CENTRE]},
            {"resourceType": "Immunization", "education": [{"documentType": "a"}]},
        ),
        ("inv-1", "Parameters.parameter[0]", parameters(), parameters(valueString="a")),
        (
            "inv-1",
            "Parameters.parameter[0]",
            parameters(valueString="a", part=[]),
            parameters(part=[{"name": "b", "valueCode": "c"}]),
        ),
        ("bdl-1", "Bundle.total", bundle("batch", total=1), bundle("history", total=1)),
        ("bdl-2", "Bundle.entry[0].search", bundle("collection", SEARCH), bundle("searchset", SEARCH)),
        ("bdl-3", "Bundle.entry[0]", bundle("transaction", PATIENT), bundle("transaction", PATIENT | REQUEST)),
        ("bdl-3", "Bundle.entry[0]", bundle("searchset", PATIENT | REQUEST), bundle("searchset", PATIENT)),
        ("bdl-4", "Bundle.entry[0]", bundle("batch-response", PATIENT), bundle("batch-response", RESPONSE)),
        ("bdl-5", "Bundle.entry[0]", bundle("searchset", {"fullUrl": "urn:a"}), bundle("searchset", PATIENT)),
        (
            "bdl-7",
            "Bundle.entry[1].fullUrl",
            bundle("collection", *[PATIENT | {"fullUrl": "urn:a"}] * 2),
            bundle("history", *[PATIENT | {"fullUrl": "urn:a"}] * 2),
        ),
        (
            "bdl-8",
            "Bundle.entry[0].fullUrl",
            bundle("collection", {"fullUrl": "http://a.org/Patient/1/_history/1"}),
            bundle("collection", {"fullUrl": "http://a.org/Patient/1"}),
        ),
        (
            "bdl-9",
            "Bundle",
            bundle("document", COMPOSITION, timestamp="2020-01-01T00:00:00Z"),
            bundle("document", COMPOSITION, **DOCUMENT),
        ),
        (
            "bdl-10",
            "Bundle",
            bundle("document", COMPOSITION, identifier={}),
            bundle("document", COMPOSITION, **DOCUMENT),
        ),
        ("bdl-11", "Bundle", bundle("document", PATIENT, **DOCUMENT), bundle("document", COMPOSITION, **DOCUMENT)),
        ("bdl-12", "Bundle", bundle("message", PATIENT), bundle("message", HEADER)),
        ("cpb-1", "CapabilityStatement", capability(), capability(rest=[REST])),
        ("cpb-2", "CapabilityStatement", capability(), capability(description="a")),
        (
            "cpb-3",
            "CapabilityStatement.messaging[0].endpoint",
            capability("capability", messaging=[{"endpoint": []}]),
            capability(messaging=[{"endpoint": []}]),
        ),
        (
            "cpb-7",
            "CapabilityStatement.document[1]",
            capability(document=[DOCS, DOCS]),
            capability(document=[DOCS, DOCS | {"mode": "consumer"}]),
        ),
        (
            "cpb-9",
            "CapabilityStatement.rest[0].resource[1].type",
            capability(rest=[REST | {"resource": [{"type": "Patient"}] * 2}]),
            capability(rest=[REST] * 2),
        ),
        (
            "cpb-12",
            "CapabilityStatement.rest[0].resource[0].searchParam[1].name",
            capability(rest=[{"resource": [{"searchParam": [{"name": "a"}] * 2}]}]),
            capability(rest=[{"resource": [{"searchParam": [{"name": "a"}, {"name": "b"}]}]}]),
        ),
        ("cpb-14", "CapabilityStatement", capability(), capability(implementation=HERE)),
        (
            "cpb-15",
            "CapabilityStatement",
            capability("capability", software=SOFTWARE, implementation=HERE),
            capability("capability", software=SOFTWARE),
        ),
        ("cpb-16", "CapabilityStatement", capability("requirements", software=SOFTWARE), capability("requirements")),
    ],
)
def test_an_invariant_is_found_where_it_is_broken(key: str, place: str, broken: JSON, kept: JSON) -> None:
    assert issues(broken, key) == [place]
    assert issues(kept, key) == []
