"""FHIRPath and the paths of TestScripts: what they give, and that what is malformed is refused."""

from __future__ import annotations

from typing import Any

import pytest

from omop_fhir.conformance.fhirpath import PathError, as_text, evaluate, holds
from omop_fhir.conformance.path import values_at

PATIENT: dict[str, Any] = {
    "resourceType": "Patient", "id": "1", "active": True, "birthDate": "1970-01-01",
    "_birthDate": {"extension": [{"url": "http://example.org/t", "valueString": "10:00"}]},
    "name": [{"family": "Chalmers", "given": ["Peter", None], "_given": [None, {"extension": [{"url": "http://example.org/u"}]}]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("Patient.birthDate", ["1970-01-01"]),
        ("birthDate.count()", [1]),
        ("birthDate = '1970-01-01'", [True]),
        ("birthDate.substring(0, 4).toInteger() < 1971", [True]),
        ("birthDate.extension.value", ["10:00"]),
        ("name.given.count()", [2]),
        ("name.given", ["Peter"]),
        ("%resource.id", ["1"]),
        ("Observation.id", []),
    ],
)
def test_a_primitive_with_extensions_is_one_value(expression: str, values: list[Any]) -> None:
    assert evaluate(PATIENT, expression) == values


@pytest.mark.parametrize(
    "expression",
    ["name.(", "active foo", "active)", "active..id", "active =", "'abc", "active true", "name.nosuch()", "%nothing", ""],
)
def test_a_malformed_expression_is_refused_and_not_guessed(expression: str) -> None:
    with pytest.raises(PathError, match="FHIRPath"):
        evaluate(PATIENT, expression)


def test_only_one_value_that_is_not_false_holds() -> None:
    assert holds([True])
    assert holds(["x"])
    assert not holds([False])
    assert not holds([])
    assert not holds([True, True])


def test_values_are_compared_as_json_writes_them() -> None:
    assert [as_text(value) for value in evaluate(PATIENT, "active | id")] == ["true", "1"]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("Patient/id", ["1"]),
        ("fhir:Patient/fhir:name/fhir:given/@value", ["Peter"]),
        ("/f:Patient/f:name[1]/f:family", ["Chalmers"]),
        ("count(Patient/name/given)", ["2"]),
        ("exists(//family)", ["true"]),
        ("Patient/gender", []),
        ("$.name[0].family", ["Chalmers"]),
        ("$..family", ["Chalmers"]),
        ("$.active", ["true"]),
        ("$.gender", []),
    ],
)
def test_xpath_and_jsonpath_lead_to_the_same_values(path: str, values: list[str]) -> None:
    assert values_at(PATIENT, path) == values


@pytest.mark.parametrize("path", ["Patient/[", "nosuch(1)", "$.a[[", "x:Patient"])
def test_a_malformed_path_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        values_at(PATIENT, path)
