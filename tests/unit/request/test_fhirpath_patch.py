# ruff: noqa: E501 - tables of cases read best as lines

"""FHIRPath Patch: our own cases, the official ones where they are at hand, and what is refused."""

from __future__ import annotations

import copy
from contextlib import suppress
from decimal import Decimal
from time import perf_counter
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from omop_fhir.errors import InvalidContent, Unprocessable
from omop_fhir.request.elements import find
from omop_fhir.request.patch import apply_patch
from tests.strategies.resources import resources
from tests.unit.request import fhir_xml
from tests.unit.validate.mutations import nodes
from tests.unit.validate.samples import SHARED, sample

JSON = dict[str, Any]
OFFICIAL = SHARED / "spec" / "r4" / "patch" / "fhir-patch-tests.xml"


def parameter(name: str, **value: Any) -> JSON:
    return {"name": name, **value}


def operation(type: str, path: str, *parts: JSON) -> JSON:
    rest = [parameter("type", valueCode=type), parameter("path", valueString=path), *parts]
    return {"name": "operation", "part": rest}


def add(path: str, name: str, **value: Any) -> JSON:
    return operation("add", path, parameter("name", valueString=name), parameter("value", **value))


def replace(path: str, **value: Any) -> JSON:
    return operation("replace", path, parameter("value", **value))


def delete(path: str) -> JSON:
    return operation("delete", path)


def insert(path: str, index: int, **value: Any) -> JSON:
    return operation("insert", path, parameter("index", valueInteger=index), parameter("value", **value))


def move(path: str, source: int, destination: int) -> JSON:
    numbers = (parameter("source", valueInteger=source), parameter("destination", valueInteger=destination))
    return operation("move", path, *numbers)


def patch(*operations: JSON) -> JSON:
    return {"resourceType": "Parameters", "parameter": list(operations)}


def patched(resource: JSON, *operations: JSON) -> JSON:
    before = copy.deepcopy(resource)
    changed = apply_patch(resource, "fhirpath-patch", patch(*operations))
    assert resource == before
    return changed


def patient(**elements: Any) -> JSON:
    return {"resourceType": "Patient", **elements}


IDENTIFIERS = [{"use": "usual", "value": "1"}, {"use": "official", "value": "2"}, {"value": "3"}]
UNKNOWN = {"extension": [{"url": "http://a", "valueCode": "unknown"}]}


@pytest.mark.parametrize(
    ("resource", "operations", "expected"),
    [
        (patient(), [add("Patient", "birthDate", valueDate="1930-01-01")], patient(birthDate="1930-01-01")),
        (patient(), [add("Patient", "name", valueHumanName={"text": "a"})], patient(name=[{"text": "a"}])),
        (patient(), [add("Patient", "deceased", valueBoolean=True)], patient(deceasedBoolean=True)),
        (
            patient(name=[{"given": ["a"]}]),
            [add("Patient.name[0]", "given", valueString="b"), add("Patient.name", "given", valueString="c")],
            patient(name=[{"given": ["a", "b", "c"]}]),
        ),
        (
            patient(),
            [add("Patient", "birthDate", valueDate="1930", _valueDate={"id": "x"})],
            patient(birthDate="1930", _birthDate={"id": "x"}),
        ),
        (
            patient(birthDate="1930"),
            [add("Patient.birthDate", "extension", valueString="no")],
            None,
        ),
        (
            patient(name=[{"given": ["a", "b"]}]),
            [
                operation(
                    "add",
                    "Patient.name.given[1]",
                    parameter("name", valueString="extension"),
                    parameter(
                        "value", part=[parameter("url", valueUri="http://a"), parameter("value", valueCode="unknown")]
                    ),
                )
            ],
            patient(name=[{"given": ["a", "b"], "_given": [None, UNKNOWN]}]),
        ),
        (
            patient(),
            [
                operation(
                    "add",
                    "Patient",
                    parameter("name", valueString="contact"),
                    parameter(
                        "value",
                        part=[
                            parameter("name", valueHumanName={"text": "a"}),
                            parameter("telecom", valueContactPoint={"value": "1"}),
                            parameter("telecom", valueContactPoint={"value": "2"}),
                            parameter("gender", valueCode="male"),
                        ],
                    ),
                )
            ],
            patient(contact=[{"name": {"text": "a"}, "telecom": [{"value": "1"}, {"value": "2"}], "gender": "male"}]),
        ),
        (patient(birthDate="1930", _birthDate={"id": "a"}), [replace("Patient.birthDate", valueDate="1931")], patient(birthDate="1931")),
        (patient(deceasedBoolean=True), [replace("Patient.deceased", valueDateTime="2020")], patient(deceasedDateTime="2020")),
        (
            patient(identifier=IDENTIFIERS),
            [replace("Patient.identifier.where(use = 'official').value", valueString="9")],
            patient(identifier=[IDENTIFIERS[0], {"use": "official", "value": "9"}, IDENTIFIERS[2]]),
        ),
        (patient(identifier=IDENTIFIERS), [delete("Patient.identifier.where(use.exists().not())")], patient(identifier=IDENTIFIERS[:2])),
        (patient(identifier=IDENTIFIERS), [delete("Patient.identifier.first()")], patient(identifier=IDENTIFIERS[1:])),
        (patient(identifier=IDENTIFIERS), [delete("identifier.last()")], patient(identifier=IDENTIFIERS[:2])),
        (patient(identifier=IDENTIFIERS[:1]), [delete("Patient.identifier[0]")], patient()),
        (patient(contact=[{"name": {"text": "a"}}], active=True), [delete("Patient.contact[0].name.text")], patient(active=True)),
        (patient(), [delete("Patient.birthDate")], patient()),
        (
            patient(name=[{"given": ["a", None, "c"], "_given": [None, UNKNOWN, None]}]),
            [delete("Patient.name.given[0]")],
            patient(name=[{"given": [None, "c"], "_given": [UNKNOWN, None]}]),
        ),
        (
            patient(name=[{"given": ["a", None, "c"], "_given": [None, UNKNOWN, None]}]),
            [move("Patient.name.given", 1, 0)],
            patient(name=[{"given": [None, "a", "c"], "_given": [UNKNOWN, None, None]}]),
        ),
        (
            patient(extension=[{"url": "http://a", "valueCode": "x"}, {"url": "http://b", "valueCode": "y"}]),
            [replace("Patient.extension('http://b').value", valueString="z")],
            patient(extension=[{"url": "http://a", "valueCode": "x"}, {"url": "http://b", "valueString": "z"}]),
        ),
        (patient(identifier=IDENTIFIERS), [move("Patient.identifier", 2, 0)], patient(identifier=[IDENTIFIERS[n] for n in (2, 0, 1)])),
        (patient(identifier=IDENTIFIERS), [move("Patient.identifier", 0, 2)], patient(identifier=[IDENTIFIERS[n] for n in (1, 2, 0)])),
        (patient(identifier=IDENTIFIERS[:1]), [insert("Patient.identifier", 0, valueIdentifier=IDENTIFIERS[1])], patient(identifier=IDENTIFIERS[1::-1])),
        (patient(), [insert("Patient.identifier", 0, valueIdentifier=IDENTIFIERS[1])], patient(identifier=IDENTIFIERS[1:2])),
        (
            {"resourceType": "Encounter", "class": {"code": "AMB"}},
            [replace("Encounter.`class`", valueCoding={"code": "IMP"})],
            {"resourceType": "Encounter", "class": {"code": "IMP"}},
        ),
        (
            {"resourceType": "Observation", "component": [{"code": {"text": "a"}, "valueQuantity": {"value": Decimal("1.00")}}]},
            [replace("Observation.component.where(code.text = 'a' and value.value = 1).value.ofType(Quantity).value", valueDecimal=Decimal("2.50"))],
            {"resourceType": "Observation", "component": [{"code": {"text": "a"}, "valueQuantity": {"value": Decimal("2.50")}}]},
        ),
    ],
)  # fmt: skip
def test_a_patch(resource: JSON, operations: list[JSON], expected: JSON | None) -> None:
    if expected is None:
        with pytest.raises(Unprocessable):
            patched(resource, *operations)
    else:
        assert patched(resource, *operations) == expected


@pytest.mark.parametrize(
    ("op", "reason"),
    [
        (add("Patient.contact", "gender", valueCode="male"), "the path leads to no element"),
        (add("Patient.identifier", "use", valueCode="usual"), "the path leads to 3 elements"),
        (add("Patient", "gender", valueCode="male"), "`Patient.gender` is there already"),
        (add("Patient", "colour", valueCode="male"), "Patient has no element `colour`"),
        (add("Patient", "maritalStatus", valueString="x"), "`Patient.maritalStatus` takes CodeableConcept, not String"),
        (add("Patient", "deceased", valueString="x"), "takes boolean or dateTime, not String"),
        (add("Patient.identifier[7]", "use", valueCode="usual"), "the path leads to no element"),
        (replace("Patient.birthDate", valueDate="2020"), "the path leads to no element"),
        (replace("Patient", valueString="x"), "the resource itself"),
        (delete("Patient"), "the resource itself"),
        (delete("Patient.identifier"), "only one can be deleted"),
        (delete("Encounter.status"), "the path is for a Encounter, and the resource is a Patient"),
        (delete("Patient.nonsense"), "Patient has no element `nonsense`"),
        (delete("Patient.identifier.resolve()"), "`resolve()` is not supported in the path of a patch"),
        (delete("Patient.identifier.where(descendants().exists())"), "`descendants()` is not supported in criteria"),
        (delete("Patient.identifier.where(use = )"), "cannot be evaluated"),
        (delete("Patient.identifier.where(use.exists() foo)"), "cannot be evaluated"),
        (delete("Patient.identifier.where(use)"), "neither true nor false"),
        (delete("Patient.identifier.where(use = 'a'"), "a bracket is not closed"),
        (delete("Patient.identifier[x]"), "is not understood"),
        (delete(".identifier"), "does not begin with a name"),
        (delete("Patient.identifier" + ".x" * 1000), "more than 1000 characters"),
        (insert("Patient.identifier", 4, valueIdentifier={"value": "a"}), "the index 4 is beyond the end of a list of 3"),
        (insert("Patient." + " " * 100_000 + "x.", 0, valueCode="male"), "more than 1000 characters"),
        (insert("Patient.gender", 0, valueCode="male"), "`Patient.gender` is no list"),
        (insert("Patient.contact.telecom", 0, valueContactPoint={"value": "a"}), "leads to 0 elements, not to one"),
        (insert("Patient.identifier[0]", 0, valueIdentifier={"value": "a"}), "does not end in the name of a list"),
        (move("Patient.identifier", 3, 0), "the index 3 is beyond the end"),
        (move("Patient.identifier", 0, 3), "the index 3 is beyond the end"),
        (replace("Patient.gender", valueCode=None), "no value is given"),
        (replace("Patient.id", valueId="2"), "the patch changes `id`"),
        (delete("Patient.id"), "the patch changes `id`"),
    ],
)
def test_what_cannot_be_done(op: JSON, reason: str) -> None:
    resource = patient(id="1", gender="male", identifier=IDENTIFIERS)
    with pytest.raises(Unprocessable) as error:
        patched(resource, delete("Patient.birthDate"), op)
    assert reason in str(error.value)
    assert error.value.status == 422
    if "changes" not in reason:
        assert [issue.expression for issue in error.value.issues] == ["Parameters.parameter[1]"]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ([{"name": "x"}], "each parameter of a patch has the name `operation`"),
        ([7], "each parameter of a patch has the name `operation`"),
        ([{"name": "operation"}], "the part `type` is a text"),
        ([{"name": "operation", "part": 7}], "`part` is a list"),
        ([{"name": "operation", "part": [{}]}], "each part has a `name`"),
        ([operation("delete", "Patient", parameter("value", valueString="x"))], "delete has no part `value`"),
        ([operation("add", "Patient", parameter("name", valueString="x"))], "add needs the part `value`"),
        ([operation("copy", "Patient")], "its type is `copy`"),
        ([operation("delete", "")], "the part `path` is a text"),
        ([insert("Patient.name", -1, valueHumanName={})], "the part `index` is a whole number"),
        ([operation("delete", "Patient", parameter("path", valueString="x"))], "the part `path` stands twice"),
        ([replace("Patient.gender", valueCode="male", valueString="x")], "has one value, or a list of parts"),
    ],
)
def test_what_is_no_patch(parameters: list[Any], reason: str) -> None:
    with pytest.raises(InvalidContent) as error:
        apply_patch(patient(), "fhirpath-patch", {"resourceType": "Parameters", "parameter": [*parameters, {"name": "y"}]})
    assert reason in str(error.value)
    assert error.value.status == 400
    assert [issue.expression for issue in error.value.issues] == ["Parameters.parameter[0]", "Parameters.parameter[1]"]


@pytest.mark.parametrize("value", [None, [], {"resourceType": "Patient"}, {"resourceType": "Parameters", "parameter": 7}])
def test_what_is_no_parameters(value: Any) -> None:
    with pytest.raises(InvalidContent):
        apply_patch(patient(), "fhirpath-patch", value)


def test_no_criteria_take_long() -> None:
    resource = patient(identifier=[{"value": str(number)} for number in range(1000)])
    start = perf_counter()
    assert len(patched(resource, delete("Patient.identifier.where(" + "value.exists() and " * 4 + "value = '5')"))["identifier"]) == 999
    with pytest.raises(Unprocessable, match="too long for so many elements"):
        patched(resource, delete("Patient.identifier.where(" + "value.exists() and " * 45 + "value = '5')"))
    with pytest.raises(Unprocessable, match="at most 500 operations"):
        patched(resource, *[delete("Patient.gender")] * 501)
    assert perf_counter() - start < 10


PATHS = st.lists(
    st.sampled_from(
        ["Patient", ".", "name", "given", "[0]", "[1]", "birthDate", "extension", "first()", "where(", ")", "use = 'official'",
         "contact", "deceased", "value", "ofType(boolean)", "'", "`", "(", " "]
    ),
    min_size=1,
    max_size=7,
).map("".join)  # fmt: skip
VALUES = st.sampled_from([{"valueString": "x"}, {"valueHumanName": {"text": "x"}}, {"part": []}, {"valueBoolean": True}, {}])
NAMES = st.sampled_from(["name", "given", "birthDate", "deceased", "extension", "id", "x"])


@given(st.sampled_from(["add", "insert", "replace", "delete", "move"]), PATHS, NAMES, VALUES, st.integers(0, 3))
def test_any_operation_is_done_or_refused(type: str, path: str, name: str, value: JSON, number: int) -> None:
    parts = {
        "add": [parameter("name", valueString=name), parameter("value", **value)],
        "insert": [parameter("index", valueInteger=number), parameter("value", **value)],
        "replace": [parameter("value", **value)],
        "delete": [],
        "move": [parameter("source", valueInteger=number), parameter("destination", valueInteger=0)],
    }
    with suppress(InvalidContent):
        patched(sample("Patient"), operation(type, path, *parts[type]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_every_element_is_found_by_the_path_that_validation_gives_it(data: st.DataObject) -> None:
    resource = data.draw(resources(data.draw(st.sampled_from(["Patient", "Procedure", "Observation", "Encounter"]))))
    for node in nodes(resource):
        values = node.holder[node.name] if node.element.is_list else [node.holder[node.name]]
        found = find(resource, node.place)
        assert [place.value for place in found] == values
        assert all(place.holder is node.holder for place in found)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_what_is_deleted_and_put_back_is_as_it_was(data: st.DataObject) -> None:
    resource = data.draw(resources(data.draw(st.sampled_from(["Patient", "Procedure", "Observation", "Encounter"]))))
    tops = [node for node in nodes(resource) if node.holder is resource and node.name not in ("id", "contained")]
    assume(tops)
    node = data.draw(st.sampled_from(tops))
    deletions = [delete(node.first)] * (len(node.holder[node.name]) if node.element.is_list else 1)
    without = patched(resource, *deletions)
    assert without == {name: value for name, value in resource.items() if name not in (node.name, f"_{node.name}")}
    if node.element.types and not node.element.is_backbone and not node.element.is_list and f"_{node.name}" not in resource:
        suffix = node.kind.suffix  # type: ignore[union-attr]
        again = patched(without, add(resource["resourceType"], node.element.name, **{f"value{suffix}": resource[node.name]}))
        assert again == resource


def official() -> list[ElementTree.Element]:
    return list(ElementTree.parse(OFFICIAL).getroot()) if OFFICIAL.is_file() else []


def test_the_official_cases_are_at_hand() -> None:
    if not OFFICIAL.is_file():
        pytest.skip(f"the official cases of FHIRPath Patch are not at hand ({OFFICIAL.name})")


@pytest.mark.parametrize("case", official(), ids=lambda case: case.get("name"))
def test_an_official_case(case: ElementTree.Element) -> None:
    before, operations = (fhir_xml.resource(case.find(name)[0]) for name in ("input", "diff"))  # type: ignore[index]
    output = case.find("output")
    if output is None:
        with pytest.raises(Unprocessable):
            apply_patch(before, "fhirpath-patch", operations)
    else:
        assert _spaceless(apply_patch(before, "fhirpath-patch", operations)) == _spaceless(fhir_xml.resource(output[0]))


def _spaceless(value: Any) -> Any:
    """Narratives are equal in all but white space, which the cases indent in several ways."""
    if isinstance(value, dict):
        return {name: "".join(str(item).split()) if name == "div" else _spaceless(item) for name, item in value.items()}
    return [_spaceless(item) for item in value] if isinstance(value, list) else value
