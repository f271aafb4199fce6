"""JSON Patch: the operations of RFC 6902, its public test suite where that is at hand, and what is refused."""

from __future__ import annotations

import base64
import copy
import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import jsonpatch
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omop_fhir.errors import Invalid, InvalidContent, Unprocessable, UnsupportedMediaType
from omop_fhir.fhir.json import dumps, loads
from omop_fhir.request.json_patch import apply_json_patch
from omop_fhir.request.patch import apply_patch, entry_patch
from tests.strategies.resources import resources
from tests.unit.validate.samples import SHARED, sample

JSON = dict[str, Any]
SUITES = [SHARED / "spec" / "r4" / "patch" / name for name in ("rfc-tests.json", "rfc-spec_tests.json")]
PATIENT = {"resourceType": "Patient", "id": "1", "name": [{"given": ["a"]}], "active": True}


def op(name: str, path: str, **rest: Any) -> JSON:
    return {"op": name, "path": path, **rest}


def patched(*operations: JSON, resource: JSON = PATIENT) -> JSON:
    before = copy.deepcopy(resource)
    changed = apply_patch(resource, "json-patch", list(operations))
    assert resource == before
    return changed


@pytest.mark.parametrize(
    ("operations", "change"),
    [
        ([], {}),
        ([op("replace", "/active", value=False)], {"active": False}),
        ([op("add", "/name/-", value={"text": "b"})], {"name": [{"given": ["a"]}, {"text": "b"}]}),
        ([op("add", "/gender", value="male"), op("test", "/gender", value="male")], {"gender": "male"}),
        ([op("copy", "/name/0/text", **{"from": "/name/0/given/0"})], {"name": [{"given": ["a"], "text": "a"}]}),
        ([op("move", "/name/0/family", **{"from": "/name/0/given/0"})], {"name": [{"family": "a"}]}),
        ([op("add", "/telecom", value=[]), op("add", "/telecom/0", value={"value": "1"})], {"telecom": [{"value": "1"}]}),
        ([op("add", "/telecom", value=[])], {}),
        ([op("test", "/name/0/given/0", value="a")], {}),
    ],
)
def test_a_patch(operations: list[JSON], change: JSON) -> None:
    assert patched(*operations) == PATIENT | change


def test_what_is_emptied_goes() -> None:
    assert patched(op("remove", "/name/0/given/0")) == {"resourceType": "Patient", "id": "1", "active": True}


def test_what_is_emptied_beside_a_list_of_primitives_leaves_the_list_in_place() -> None:
    beside = [None, {"id": "x"}, {"id": "y"}]
    resource = {"resourceType": "Patient", "name": [{"given": ["a", "b", "c"], "_given": beside}]}
    one = patched(op("remove", "/name/0/_given/1/id"), resource=resource)
    assert one["name"] == [{"given": ["a", "b", "c"], "_given": [None, None, {"id": "y"}]}]
    both = patched(op("remove", "/name/0/_given/1/id"), op("remove", "/name/0/_given/2/id"), resource=resource)
    assert both["name"] == [{"given": ["a", "b", "c"]}]


def test_decimals_keep_their_digits() -> None:
    resource = loads(b'{"resourceType":"Observation","valueQuantity":{"value":1.00}}')
    operations = loads(b'[{"op":"test","path":"/valueQuantity/value","value":1.0},{"op":"add","path":"/x","value":2.50}]')
    assert dumps(apply_patch(resource, "json-patch", operations)) == (
        b'{"resourceType":"Observation","valueQuantity":{"value":1.00},"x":2.50}'
    )


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (op("test", "/active", value=False), "the operation 1, `test` at `/active`, has failed"),
        (op("test", "/active", value=1), "has failed"),
        (op("remove", "/gender"), "the operation 1, `remove` at `/gender`, cannot be done"),
        (op("replace", "/name/7", value={}), "cannot be done"),
        (op("add", "/name/7", value={}), "cannot be done"),
        (op("add", "/name/0/period/start", value="2020"), "cannot be done"),
        (op("add", "/active/x", value=1), "cannot be done"),
        (op("remove", "/name/-1"), "cannot be done"),
        (op("remove", ""), "cannot be done"),
        (op("move", "/name/0/x", **{"from": "/name"}), "cannot be done"),
        (op("copy", "/x", **{"from": "/y"}), "cannot be done"),
        (op("replace", "/id", value="2"), "the patch changes `id`"),
        (op("remove", "/id"), "the patch changes `id`"),
        (op("replace", "/resourceType", value="Group"), "the patch changes `resourceType`"),
        (op("replace", "", value=[1]), "the patch leaves no resource"),
    ],
)
def test_what_cannot_be_done(operation: JSON, reason: str) -> None:
    with pytest.raises(Unprocessable) as error:
        patched(op("test", "/id", value="1"), operation)
    assert reason in str(error.value)
    assert error.value.status == 422


@pytest.mark.parametrize(
    ("operations", "reason"),
    [
        ({"op": "remove"}, "a JSON Patch is an array of operations"),
        (None, "a JSON Patch is an array of operations"),
        ([7], "the operation 0 is malformed"),
        ([{}], "the operation 0 is malformed"),
        ([op("remove", "gender")], "the operation 0, `remove` at `gender`, is malformed"),
        ([op("spam", "/a")], "is malformed"),
        ([{"op": "remove", "path": None}], "is malformed"),
        ([op("add", "/a")], "is malformed"),
        ([op("move", "/a")], "is malformed"),
        ([op("move", "/a", **{"from": None})], "is malformed"),
        ([op("copy", "/a", **{"from": "b"})], "is malformed"),
        ([op("remove", "/~2")], "is malformed"),
        ([op("add", "/a", value=1), op("spam", "/a")], "the operation 1, `spam` at `/a`, is malformed"),
    ],
)
def test_what_is_no_patch(operations: Any, reason: str) -> None:
    with pytest.raises(InvalidContent) as error:
        apply_patch(PATIENT, "json-patch", operations)
    assert reason in str(error.value)
    assert error.value.status == 400


def test_copies_do_not_fill_the_memory() -> None:
    operations = [op("copy", f"/x{number}", **{"from": ""}) for number in range(64)]
    with pytest.raises(Unprocessable, match="copies too much"):
        patched(*operations)
    with pytest.raises(Unprocessable, match="at most 10000 operations"):
        patched(*[op("test", "/id", value="1")] * 10_001)


def test_what_a_patch_adds_is_not_shared() -> None:
    operations = [op("add", "/contact", value=[{"telecom": []}]), op("add", "/contact/0/telecom/-", value={"value": "1"})]
    before = copy.deepcopy(operations)
    assert patched(*operations) == patched(*operations)
    assert operations == before


def cases() -> list[JSON]:
    found = [case for path in SUITES if path.is_file() for case in json.loads(path.read_text("utf-8"))]
    return [case for case in found if "patch" in case and not case.get("disabled")]


def test_the_suite_of_the_rfc_is_at_hand() -> None:
    if not cases():
        pytest.skip(f"the test suite of JSON Patch is not at hand ({SUITES[0].name})")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.get("comment", ""))
def test_a_case_of_the_rfc(case: JSON) -> None:
    if "error" in case:
        with pytest.raises(InvalidContent):
            apply_json_patch(case["doc"], case["patch"])
    else:
        assert apply_json_patch(case["doc"], case["patch"]) == case.get("expected", case["doc"])


POINTERS = st.lists(
    st.sampled_from(["name", "0", "-", "given", "1", "active", "~0", "~1", "~2", "", "-1", "01", "\u0663", "x"]), max_size=4
).map(lambda parts: "".join(f"/{part}" for part in parts))
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x", 1]),
        "path": POINTERS | st.sampled_from([None, 1, "a"]),
        "from": POINTERS | st.none(),
        "value": st.sampled_from([None, 1, Decimal("1.0"), "a", [], {}, {"a": [1]}]),
    },
)


@given(st.lists(OPERATIONS | st.sampled_from([None, 1, []]), max_size=4))
def test_any_operations_are_done_or_refused(operations: list[Any]) -> None:
    with suppress(InvalidContent):
        patched(*operations, resource=sample("Patient"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(resources("Patient"), resources("Patient"))
def test_the_difference_of_two_resources_leads_from_one_to_the_other(one: JSON, other: JSON) -> None:
    other["id"] = one["id"]
    difference = jsonpatch.JsonPatch.from_diff(one, other, dumps=lambda value: dumps(value).decode())
    changed = patched(*difference, resource=one)
    assert changed == other


def test_the_patch_of_an_entry() -> None:
    parameters = {"resourceType": "Parameters"}
    assert entry_patch(parameters, "x") == ("fhirpath-patch", parameters)
    data = base64.b64encode(b'[{"op":"remove","path":"/a"}]').decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
    assert entry_patch(binary, "x") == ("json-patch", [{"op": "remove", "path": "/a"}])
    with pytest.raises(Invalid, match="not base64") as error:
        entry_patch(binary | {"data": "*"}, "Bundle.entry[0].resource")
    assert error.value.expression == "Bundle.entry[0].resource.data"
    with pytest.raises(UnsupportedMediaType):
        entry_patch({"resourceType": "Binary", "data": data}, "x")
