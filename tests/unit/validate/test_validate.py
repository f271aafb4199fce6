"""Single rules: a resource with one thing wrong, the place and the kind of the issue."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from omop_fhir.validate import Issue, validate
from tests.unit.validate.samples import sample

JSON = dict[str, Any]
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
IN_ERROR = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "entered-in-error"}]
}


def found(resource: object) -> list[tuple[str, str]]:
    return [(issue.expression, issue.code) for issue in validate(resource)]


def changed(type_name: str, **elements: Any) -> JSON:
    resource = {**sample(type_name), **elements}
    return {name: value for name, value in resource.items() if value is not ...}


@pytest.mark.parametrize(
    ("resource", "place", "code"),
    [
        (changed("Patient", birthDate="2021-02-29"), "Patient.birthDate", "value"),
        (changed("Patient", birthDate="0000"), "Patient.birthDate", "value"),
        (changed("Patient", birthDate="2021-1-1"), "Patient.birthDate", "value"),
        (changed("Patient", birthDate="2021-01-01T00:00:00Z"), "Patient.birthDate", "value"),
        (changed("Patient", deceasedDateTime="2021-01-01T00:00:00"), "Patient.deceased", "value"),
        (changed("Patient", deceasedDateTime="2021-01-01T00:00Z"), "Patient.deceased", "value"),
        (changed("Patient", active="true"), "Patient.active", "value"),
        (changed("Patient", id="a" * 65), "Patient.id", "value"),
        (changed("Patient", id="a b"), "Patient.id", "value"),
        (changed("Patient", language="en  us"), "Patient.language", "value"),
        (changed("Patient", implicitRules="a b"), "Patient.implicitRules", "value"),
        (changed("Patient", meta={"lastUpdated": "2020-01-01"}), "Patient.meta.lastUpdated", "value"),
        (changed("Patient", name=[{"family": ""}]), "Patient.name[0].family", "value"),
        (changed("Patient", name=[{"family": "a\x01"}]), "Patient.name[0].family", "value"),
        (changed("Patient", name=[{"family": "\ud800"}]), "Patient.name[0].family", "value"),
        (changed("Patient", name=[{"family": "a" * (1024 * 1024 + 1)}]), "Patient.name[0].family", "value"),
        (changed("Patient", name=[{"given": [None]}]), "Patient.name[0].given[0]", "structure"),
        (
            changed("Patient", name=[{"_given": [None, {"extension": [ABSENT]}]}]),
            "Patient.name[0].given[0]",
            "structure",
        ),
        (changed("Patient", name=[{"given": ["a"], "_given": [None, None]}]), "Patient.name[0].given", "structure"),
        (changed("Patient", name=[{"_family": {"id": "x"}}]), "Patient.name[0].family", "invariant"),
        (changed("Patient", name=[{"id": "x"}]), "Patient.name[0]", "invariant"),
        (changed("Patient", telecom=[{"value": "1"}]), "Patient.telecom[0]", "invariant"),
        (changed("Patient", telecom=[{"system": "phone", "rank": 0}]), "Patient.telecom[0].rank", "value"),
        (changed("Patient", telecom=[{"system": "phone", "rank": 1.5}]), "Patient.telecom[0].rank", "value"),
        (changed("Patient", photo=[{"contentType": "a/b", "data": "x"}]), "Patient.photo[0].data", "value"),
        (changed("Patient", photo=[{"data": "AAAA"}]), "Patient.photo[0]", "invariant"),
        (changed("Patient", contact=[{"gender": "male"}]), "Patient.contact[0]", "invariant"),
        (
            changed("Patient", identifier=[{"system": "urn:oid:1.02", "value": "1"}]),
            "Patient.identifier[0].system",
            "value",
        ),
        (
            changed("Patient", identifier=[{"system": "urn:uuid:A", "value": "1"}]),
            "Patient.identifier[0].system",
            "value",
        ),
        (changed("Patient", extension=[{"url": "a"}]), "Patient.extension[0]", "invariant"),
        (changed("Patient", extension=[{"valueCode": "a"}]), "Patient.extension[0]", "required"),
        (
            changed("Patient", extension=[{"url": "a", "valueCode": "a", "extension": [ABSENT]}]),
            "Patient.extension[0]",
            "invariant",
        ),
        (
            changed("Patient", extension=[{"url": "a", "valueCode": "a", "_valueString": {"extension": [ABSENT]}}]),
            "Patient.extension[0].value",
            "structure",
        ),
        (
            changed("Patient", managingOrganization={"reference": "#o"}),
            "Patient.managingOrganization.reference",
            "value",
        ),
        (
            changed("Patient", managingOrganization={"type": "Patient", "display": "x"}),
            "Patient.managingOrganization.type",
            "value",
        ),
        (
            changed("Patient", managingOrganization={"type": "Nonsense", "display": "x"}),
            "Patient.managingOrganization.type",
            "value",
        ),
        (
            changed("Encounter", subject={"reference": "Patient/1", "type": "Group"}),
            "Encounter.subject.type",
            "value",
        ),
        (
            changed("Encounter", subject={"reference": "https://example.org/fhir/Practitioner/1"}),
            "Encounter.subject.reference",
            "value",
        ),
        (changed("Encounter", subject={"type": "Patient"}), "Encounter.subject", "required"),
        (changed("Encounter", subject={"reference": "Nonsense/1"}), "Encounter.subject.reference", "value"),
        (changed("Encounter", subject={"reference": "Location?identifier=1"}), "Encounter.subject.reference", "value"),
        (changed("Encounter", period={"start": "2020-02", "end": "2020-01-31"}), "Encounter.period", "invariant"),
        (
            changed("Encounter", period={"start": "2020-01-01T10:00:00+01:00", "end": "2020-01-01T08:59:59Z"}),
            "Encounter.period",
            "invariant",
        ),
        (changed("Encounter", length={"value": 1, "code": "h"}), "Encounter.length", "invariant"),
        (changed("Encounter", status="Finished"), "Encounter.status", "code-invalid"),
        (
            changed("Encounter", statusHistory=[{"status": "x", "period": {"start": "2020"}}]),
            "Encounter.statusHistory[0].status",
            "code-invalid",
        ),
        (
            changed("Encounter", **{"class": ...}),
            "Encounter",
            "required",
        ),
        (
            changed("Encounter", text={"status": "generated", "div": f"<div {XHTML}><script>1</script></div>"}),
            "Encounter.text.div",
            "invariant",
        ),
        (changed("Procedure", performedString="x"), "Procedure.performed", "structure"),
        (changed("Procedure", performer=...), "Procedure.contained[0]", "invariant"),
        (
            changed("Procedure", contained=[{"resourceType": "Location", "id": "who"}]),
            "Procedure.performer[0].actor.reference",
            "value",
        ),
        (
            changed(
                "MedicationStatement", dosage=[{"doseAndRate": [{"doseQuantity": {"comparator": "<", "value": 1}}]}]
            ),
            "MedicationStatement.dosage[0].doseAndRate[0].dose.comparator",
            "invariant",
        ),
        (
            changed("MedicationStatement", dosage=[{"timing": {"repeat": {"period": 1}}}]),
            "MedicationStatement.dosage[0].timing.repeat",
            "invariant",
        ),
        (changed("MedicationStatement", medicationCodeableConcept=...), "MedicationStatement", "required"),
        (changed("Condition", clinicalStatus={"text": "active"}), "Condition.clinicalStatus", "code-invalid"),
        (changed("Condition", clinicalStatus=...), "Condition", "invariant"),
        (changed("Condition", verificationStatus=IN_ERROR), "Condition.clinicalStatus", "invariant"),
        (changed("Condition", evidence=[{"id": "a", "extension": [ABSENT]}]), "Condition.evidence[0]", "invariant"),
        (changed("Observation", dataAbsentReason={"text": "x"}), "Observation.dataAbsentReason", "invariant"),
        (
            changed(
                "Observation", component=[{"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}}]
            ),
            "Observation.component[0].code",
            "invariant",
        ),
        (
            changed(
                "Observation",
                referenceRange=[{"low": {"value": 2}, "text": "x", "age": {"low": {"value": 2}, "high": {"value": 1}}}],
            ),
            "Observation.referenceRange[0].age",
            "invariant",
        ),
        (changed("Organization", name=...), "Organization", "invariant"),
        (changed("Organization", address=[{"use": "home", "city": "x"}]), "Organization.address[0].use", "invariant"),
        (changed("Location", position={"longitude": "1", "latitude": 2}), "Location.position.longitude", "value"),
        (
            changed("Location", position={"longitude": float("inf"), "latitude": 2}),
            "Location.position.longitude",
            "value",
        ),
        (changed("Bundle", type="collection", total=1), "Bundle.total", "invariant"),
        (changed("Bundle", entry=[{"fullUrl": "http://example.org/a"}]), "Bundle.entry[0]", "invariant"),
        (
            changed("Bundle", entry=[{"resource": {"resourceType": "Patient", "gender": "x"}}]),
            "Bundle.entry[0].resource.gender",
            "code-invalid",
        ),
        (
            changed("Bundle", entry=[{"resource": {"resourceType": "X"}}]),
            "Bundle.entry[0].resource.resourceType",
            "structure",
        ),
        (
            changed(
                "Bundle",
                entry=[{"fullUrl": "http://e.org/Patient/2", "resource": {"resourceType": "Patient", "id": "1"}}],
            ),
            "Bundle.entry[0].fullUrl",
            "invariant",
        ),
        (changed("Bundle", entry=sample("Bundle")["entry"] * 2), "Bundle.entry[1].fullUrl", "invariant"),
        (changed("CapabilityStatement", implementation=...), "CapabilityStatement", "invariant"),
        (
            changed("CapabilityStatement", rest=[{"mode": "server", "resource": [{"type": "Patient"}] * 2}]),
            "CapabilityStatement.rest[0].resource[1].type",
            "invariant",
        ),
        (
            changed("Observation", focus=[{"type": "Nonsense", "display": "x"}]),
            "Observation.focus[0].type",
            "value",
        ),
        (changed("Patient", name=[{"given": ["A", 1]}]), "Patient.name[0].given[1]", "value"),
        (changed("Account", status="x"), "Account.status", "code-invalid"),
        (changed("Account", coverage=[{"priority": 1}]), "Account.coverage[0]", "required"),
    ],
)
def test_what_is_wrong_is_found(resource: JSON, place: str, code: str) -> None:
    assert (place, code) in found(resource)


@pytest.mark.parametrize(
    "resource",
    [
        changed("Encounter", period={"start": "2020-01-02", "end": "2020-01"}),
        changed("Encounter", period={"start": "2020-01-01T23:00:00-05:00", "end": "2020-01-01"}),
        changed("Encounter", subject={"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}),
        changed("Encounter", subject={"reference": "Patient?identifier=http://example.org/mrn|1"}),
        changed("Encounter", status=..., _status={"extension": [ABSENT]}),
        changed("Procedure", status="entered-in-error"),
        changed("Condition", clinicalStatus=..., abatementDateTime=..., verificationStatus=IN_ERROR),
        changed("Observation", valueQuantity=..., dataAbsentReason={"text": "x"}),
        changed("Location", position={"longitude": 1, "latitude": 2e-7}),
        changed("Patient", meta={"profile": ["http://a", None], "_profile": [None, {"extension": [ABSENT]}]}),
        changed("Patient", extension=[{"url": "a", "_valueCanonical": {"extension": [ABSENT]}}]),
    ],
)
def test_what_is_allowed_is_not_found(resource: JSON) -> None:
    assert validate(resource) == []


def test_all_issues_at_once() -> None:
    resource = {"resourceType": "Procedure", "status": "done", "subject": {"reference": "x"}, "colour": 1, "note": []}
    assert found(resource) == [
        ("Procedure.status", "code-invalid"),
        ("Procedure.subject.reference", "value"),
        ("Procedure.colour", "structure"),
        ("Procedure.note", "structure"),
    ]


def test_an_issue_names_the_thing() -> None:
    issue = Issue("code-invalid", "'done' is not a code of the value set event-status", "error", "Procedure.status")
    assert validate(changed("Procedure", status="done")) == [issue]


def test_contained_resources_are_checked_where_they_are() -> None:
    inner = {"resourceType": "Practitioner", "id": "who", "gender": "x", "meta": {"versionId": "1"}}
    assert found(changed("Procedure", contained=[inner])) == [
        ("Procedure.contained[0].gender", "code-invalid"),
        ("Procedure.contained[0].meta.versionId", "invariant"),
    ]
    nested = {"resourceType": "Practitioner", "id": "who", "contained": [inner]}
    assert ("Procedure.contained[0].contained", "invariant") in found(changed("Procedure", contained=[nested]))


def test_a_contained_resource_may_be_used_by_a_sibling() -> None:
    contained = [
        {
            "resourceType": "Practitioner",
            "id": "who",
            "qualification": [{"code": {"text": "x"}, "issuer": {"reference": "#o"}}],
        },
        {"resourceType": "Organization", "id": "o", "name": "x"},
    ]
    assert validate(changed("Procedure", contained=contained)) == []


def test_a_problem_list_item_without_status_is_a_warning() -> None:
    system = "http://terminology.hl7.org/CodeSystem/condition-category"
    category = [{"coding": [{"system": system, "code": "problem-list-item"}]}]
    issues = validate(changed("Condition", clinicalStatus=..., abatementDateTime=..., category=category))
    assert [(issue.severity, issue.code) for issue in issues] == [("warning", "invariant")]


@pytest.mark.parametrize("value", [None, [], "x", 1, {}, {"resourceType": None}, {"resourceType": "Resource"}])
def test_what_is_no_resource(value: object) -> None:
    assert [issue.severity for issue in validate(value)] == ["error"]


@pytest.mark.parametrize("name", ["extension", "gender", "nonsense"])
def test_depth_is_bounded(name: str) -> None:
    value: Any = {"url": "a", "valueString": "b"}
    for _ in range(20 * sys.getrecursionlimit()):
        value = {"url": "a", "extension": [value]}
    assert validate({"resourceType": "Patient", name: [value]})
