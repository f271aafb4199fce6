"""The R4 tables say what the specification says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from omop_fhir.fhir import definitions
from omop_fhir.fhir.definitions import UnknownDefinition, children, element, schema_definitions


def test_elements_of_a_patient() -> None:
    deceased = element("Patient.deceased[x]")
    assert deceased is element("Patient.deceased")
    assert (deceased.name, deceased.properties) == ("deceased", ("deceasedBoolean", "deceasedDateTime"))
    assert (deceased.is_choice, deceased.is_modifier, deceased.is_summary, deceased.is_list) == (
        True,
        True,
        True,
        False,
    )
    assert element("Patient.contact").is_backbone
    assert element("Patient.name").is_list
    assert element("Patient.generalPractitioner").targets == ("Organization", "Practitioner", "PractitionerRole")
    assert element("Bundle.entry.link").content == "Bundle.link"


def test_mandatory_elements() -> None:
    expected = {
        "Patient": (),
        "Encounter": ("status", "class"),
        "Procedure": ("status", "subject"),
        "MedicationStatement": ("status", "medication", "subject"),
        "Condition": ("subject",),
        "Observation": ("status", "code"),
    }
    assert {name: definitions.mandatory(name) for name in expected} == expected


def test_summary_elements() -> None:
    summary = definitions.summary("Procedure")
    assert {"id", "meta", "status", "code", "subject", "performed"} <= set(summary)
    assert not {"text", "note", "contained", "followUp"} & set(summary)


def test_a_type_known_from_the_schema_alone() -> None:
    assert not definitions.is_complete("Account")
    assert definitions.is_complete("Patient")
    assert "description" in definitions.summary("Account")
    assert definitions.mandatory("Goal") == ("description", "subject")
    assert element("Goal.start[x]").properties == ("startDate", "startCodeableConcept")


def test_codes() -> None:
    assert definitions.codes("administrative-gender") == {"male", "female", "other", "unknown"}
    assert ("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved") in definitions.codings(
        "condition-clinical"
    )
    assert element("Encounter.status").binding == "encounter-status"
    assert element("Encounter.class").binding is None


def test_the_patient_compartment() -> None:
    compartment = definitions.compartment("Patient")
    assert compartment["Procedure"] == ("patient", "performer")
    assert "Location" not in compartment
    assert definitions.compartment("Encounter")["Encounter"] == ("{def}",)


def test_resource_types() -> None:
    types = definitions.resource_types()
    assert {"Patient", "Account", "VisionPrescription", "Bundle"} <= types
    assert not {"Resource", "DomainResource", "HumanName", "ActorDefinition", "ExampleScenario_Instance"} & types
    assert len(types) == 146


@pytest.mark.parametrize(
    "ask",
    [
        lambda: definitions.elements("Nonsense"),
        lambda: definitions.element("Patient.nonsense"),
        lambda: definitions.is_complete("Nonsense"),
        lambda: definitions.codes("nonsense"),
        lambda: definitions.compartment("Location"),
        lambda: definitions.schema_for("Nonsense"),
    ],
)
def test_what_r4_has_not_is_named(ask: Any) -> None:
    with pytest.raises(UnknownDefinition, match=r"Nonsense|nonsense|Location"):
        ask()


def _pairs(path: str, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(element path, property, schema of the value) of a type, all the way down."""
    properties = schema_definitions()[name]["properties"]
    for found in children(path):
        for key in found.properties:
            assert key in properties, f"{found.path}: the schema has no {key}"
            value = properties[key]
            yield found.path, key, value
            reference = value.get("items", value).get("$ref", "").rpartition("/")[2]
            if "_" in reference and found.content is None:
                yield from _pairs(found.path, reference)


def test_tables_and_schema_agree() -> None:
    """Two sources of the same facts: names, whether a list, which codes."""
    for name, definition in schema_definitions().items():
        if "_" not in name and "properties" in definition:
            for path, key, value in _pairs(name, name):
                found = element(path)
                assert ("items" in value) == found.is_list, path
                if "enum" in value:
                    assert found.binding is not None, f"{path} {key}"
                    assert set(value["enum"]) == definitions.codes(found.binding), path
