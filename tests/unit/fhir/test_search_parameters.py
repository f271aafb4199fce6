"""The table of search parameters."""

from __future__ import annotations

from omop_fhir.fhir.definitions import compartment
from omop_fhir.fhir.search_parameters import search_parameter, search_parameters

R4 = "http://hl7.org/fhir/SearchParameter/"
US_CORE = "http://hl7.org/fhir/us/core/SearchParameter/"


def test_a_parameter_of_many_types_is_cut_to_one() -> None:
    found = search_parameter("Procedure", "patient")
    assert found is not None
    assert (found.type, found.url, found.targets) == ("reference", R4 + "clinical-patient", ("Patient",))
    assert found.expression == "Procedure.subject.where(resolve() is Patient)"


def test_common_parameters() -> None:
    urls = {code: search_parameter("Patient", code) for code in ("_id", "_lastUpdated", "_text")}
    assert [found.url for found in urls.values() if found] == [
        R4 + "Resource-id",
        R4 + "Resource-lastUpdated",
        R4 + "DomainResource-text",
    ]
    assert search_parameter("Bundle", "_text") is None


def test_us_core_adds_what_r4_lacks_and_replaces_nothing() -> None:
    race, name = search_parameter("Patient", "race"), search_parameter("Patient", "name")
    assert race is not None
    assert name is not None
    assert (race.url, name.url) == (US_CORE + "us-core-race", R4 + "Patient-name")


def test_composites_have_their_components() -> None:
    found = search_parameter("Observation", "code-value-quantity")
    assert found is not None
    assert [part.definition for part in found.components] == [R4 + "clinical-code", R4 + "Observation-value-quantity"]


def test_comparators() -> None:
    found = search_parameter("Patient", "birthdate")
    assert found is not None
    assert found.comparators == ("eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap")


def test_unknown() -> None:
    assert search_parameter("Patient", "nonsense") is None
    assert search_parameter("Nonsense", "name") is None


def test_all_of_a_type() -> None:
    codes = [found.code for found in search_parameters("Encounter")]
    assert {"_id", "date", "class", "status", "patient", "subject"} <= set(codes)
    assert len(codes) == len(set(codes))


def test_the_compartment_of_what_is_mapped_is_searchable() -> None:
    members = compartment("Patient")
    for name in ("Procedure", "Encounter", "MedicationStatement", "Condition", "Observation"):
        assert all(search_parameter(name, code) is not None for code in members[name])
