"""What a write must meet beside being valid R4: nothing that is not understood, nothing partial, nothing too long."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.errors import InvalidContent, Issue, Unprocessable
from omop_fhir.fhir.json import loads
from omop_fhir.validate import validate
from omop_fhir.validate.incoming import check_rules, refuse, validate_write
from tests.unit.validate.samples import EXAMPLES, examples, sample, samples

JSON = dict[str, Any]
NOT = {"url": "http://example.org/not", "valueBoolean": True}
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def found(issues: Any) -> list[tuple[str, str | None]]:
    return [(issue.code, issue.expression) for issue in issues]


@pytest.mark.parametrize("resource", samples(), ids=lambda resource: resource["resourceType"])
def test_samples_may_be_kept(resource: JSON) -> None:
    assert validate_write(resource) == []


def test_official_examples_may_be_kept() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the official examples are not at hand")
    refused = {name: found(issues) for name, resource in examples().items() if (issues := validate_write(resource))}
    places = [("extension", f"Patient.modifierExtension[{index}]") for index in (0, 1)]
    assert refused == {"json-edge-cases.json": places}
    edges = examples()["json-edge-cases.json"]
    assert validate_write(edges, frozenset(extension["url"] for extension in edges["modifierExtension"])) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"modifierExtension": [NOT]}, "Patient.modifierExtension[0]"),
        ({"contact": [{"name": {"text": "a"}, "modifierExtension": [NOT]}]}, "Patient.contact[0].modifierExtension[0]"),
        (
            {"contained": [{"resourceType": "Basic", "id": "a", "code": {"text": "b"}, "modifierExtension": [NOT]}]},
            "Patient.contained[0].modifierExtension[0]",
        ),
    ],
)
def test_modifiers_that_are_not_understood(change: JSON, place: str) -> None:
    resource = sample("Patient") | change
    assert ("extension", place) in found(validate_write(resource))
    assert found(check_rules(resource, frozenset({NOT["url"]}))) == []


def test_implicit_rules_are_not_understood() -> None:
    resource = sample("Patient") | {"implicitRules": "http://example.org/rules"}
    assert found(validate_write(resource)) == [("not-supported", "Patient.implicitRules")]


@pytest.mark.parametrize("tag", [SUBSETTED, {"code": "SUBSETTED"}])
def test_part_of_a_resource_is_not_the_whole(tag: JSON) -> None:
    resource = sample("Patient") | {"meta": {"tag": [{"code": "x"}, tag]}}
    assert found(validate_write(resource)) == [("business-rule", "Patient.meta.tag")]


def test_a_tag_of_another_system_is_none() -> None:
    tag = {"system": "http://example.org", "code": "SUBSETTED"}
    assert validate_write(sample("Patient") | {"meta": {"tag": [tag]}}) == []


def test_validity_comes_first_and_all_is_told() -> None:
    resource = sample("Patient") | {"gender": "x", "colour": 1, "modifierExtension": [NOT], "meta": {"tag": [SUBSETTED]}}
    assert found(validate_write(resource)) == [
        ("code-invalid", "Patient.gender"),
        ("structure", "Patient.colour"),
        ("extension", "Patient.modifierExtension[0]"),
        ("business-rule", "Patient.meta.tag"),
    ]


def test_refusals() -> None:
    warning = Issue("invariant", "w", "warning", "Patient")
    rule, wrong = Issue("too-long", "r", expression="Patient.name"), Issue("value", "v", expression="Patient.birthDate")
    refuse([])
    refuse([warning])
    with pytest.raises(Unprocessable) as unprocessable:
        refuse([warning, rule])
    assert unprocessable.value.status == 422
    assert unprocessable.value.issues == (warning, rule)
    with pytest.raises(InvalidContent) as invalid:
        refuse([rule, wrong], "Bundle.entry[3].resource")
    assert invalid.value.status == 400
    assert found(invalid.value.issues) == [
        ("too-long", "Bundle.entry[3].resource.name"),
        ("value", "Bundle.entry[3].resource.birthDate"),
    ]


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        (b"1.00", True), (b"123456789012345678.90", True), (b"1e-7", True), (b"9" * 1000, True), (b"1e308", True),
        (b"9" * 1001, False), (b"9" * 4000, False), (b"1e1001", False), (b"1e999999999999", False), (b"1e-999999999", False),
        (b"0." + b"3" * 1001, False), (b'"1"', False), (b"true", False),
    ],
)  # fmt: skip
def test_numbers_that_nobody_else_could_read(number: bytes, valid: bool) -> None:
    for path, name in (("Observation.value.value", "valueQuantity"), ("Observation.value", "valueRange")):
        quantity = b'{"value":%b}' % number if name == "valueQuantity" else b'{"low":{"value":%b},"high":{"value":2}}' % number
        body = b'{"resourceType":"Observation","status":"final","code":{"text":"a"},"%b":%b}' % (name.encode(), quantity)
        issues = [issue for issue in validate(loads(body)) if issue.code != "invariant"]
        assert (issues == []) == valid, path
        assert all(str(issue.expression).startswith(path) for issue in issues)


@pytest.mark.parametrize("type", ["Age", "Count", "Duration", "Distance"])
@pytest.mark.parametrize("number", [b"1e999999999999", b"9" * 4000, b"1e500", b"9" * 900])
def test_invariants_survive_huge_numbers(type: str, number: bytes) -> None:
    body = b'{"resourceType":"Basic","code":{"text":"a"},"extension":[{"url":"http://a","value%b":{"value":%b}}]}'
    issues = validate(loads(body % (type.encode(), number)))
    assert {issue.expression for issue in issues} <= {"Basic.extension[0].value", "Basic.extension[0].value.value"}


ANY = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["modifierExtension", "implicitRules", "url", "meta", "tag", "code"]), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["meta", "modifierExtension", "contact", "contained"]), ANY))
def test_no_values_break_the_rules(values: JSON) -> None:
    resource = {"resourceType": "Patient", **values}
    list(check_rules(resource))
