"""The strategy of resources: what it draws is valid, keeps its digits in JSON, and leaves nothing of R4 out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omop_fhir.fhir.definitions import elements, resource_types
from omop_fhir.fhir.json import dumps, loads
from omop_fhir.validate.incoming import errors, validate_write
from tests.strategies.resources import Wishes, resources

JSON = dict[str, Any]
MAPPED = (
    "Patient", "Encounter", "Procedure", "MedicationStatement", "Condition", "Observation", "Practitioner", "Organization",
    "Location",
)  # fmt: skip


@pytest.mark.parametrize("type", MAPPED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_it_is_valid(type: str, data: st.DataObject) -> None:
    resource = data.draw(resources(type))
    assert errors(validate_write(resource)) == ()
    body = dumps(resource)
    again = loads(body)
    assert again == resource
    assert dumps(again) == body


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_it_is_valid_of_any_type(data: st.DataObject) -> None:
    type = data.draw(st.sampled_from(sorted(resource_types())))
    assert errors(validate_write(data.draw(resources(type)))) == ()


@pytest.mark.parametrize("type", ["Patient", "Procedure", "Observation"])
def test_every_element_comes(type: str) -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=400,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(resources(type))
    def count(resource: JSON) -> None:
        seen.update(name.removeprefix("_") for name in resource)
        seen.update(name for name in resource if name.startswith("_"))

    count()
    left_out = ("modifierExtension", "implicitRules")
    tops = [each for each in elements(type) if each.path.count(".") == 1 and each.name not in left_out]
    missing = [each.path for each in tops if not any(seen[name] for name in each.properties)]
    assert missing == []
    assert any(name.startswith("_") for name in seen)


def test_wishes_are_met() -> None:
    wishes = Wishes(
        targets={"Patient": ["7"]},
        given={"Procedure.code": st.just({"text": "given"}), "Procedure.status": st.just("completed")},
        without=frozenset({"Procedure.extension", "Procedure.note"}),
        contained=False,
    )

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(resources("Procedure", wishes))
    def check(resource: JSON) -> None:
        assert resource["status"] == "completed"
        assert resource.get("code", {"text": "given"}) == {"text": "given"}
        assert {"extension", "note", "contained", "implicitRules", "modifierExtension"}.isdisjoint(resource)
        assert resource["subject"].get("reference", "Patient/7") == "Patient/7"

    check()
