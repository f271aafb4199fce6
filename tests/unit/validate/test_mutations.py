"""Valid resources have no issues; whatever is made wrong in them is found, and at its place."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omop_fhir.validate import validate
from tests.strategies.resources import resources
from tests.unit.validate.mutations import mutations
from tests.unit.validate.samples import EXAMPLES, examples, samples

JSON = dict[str, Any]
VALID = [*samples(), *examples().values()]


@pytest.mark.parametrize("resource", samples(), ids=lambda resource: resource["resourceType"])
def test_samples_are_valid(resource: JSON) -> None:
    assert validate(resource) == []


def test_official_examples_are_valid() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the official examples are not at hand")
    issues = {name: validate(resource) for name, resource in examples().items()}
    assert {name: found for name, found in issues.items() if found} == {}


@pytest.mark.parametrize("resource", samples(), ids=lambda resource: resource["resourceType"])
def test_every_mutation_is_found_at_its_place(resource: JSON) -> None:
    for number, mutation in enumerate(mutations(resource)):
        changed = copy.deepcopy(resource)
        again = list(mutations(changed))[number]
        again.apply()
        places = {issue.expression for issue in validate(changed)}
        assert mutation.place in places, f"{mutation.name} at {mutation.place}: {places}"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_several_mutations_are_all_found(data: st.DataObject) -> None:
    """Two things wrong in places apart from each other: both are told."""
    resource = copy.deepcopy(data.draw(st.sampled_from(VALID)))
    chosen = data.draw(st.lists(st.sampled_from(list(mutations(resource))), min_size=1, max_size=2))
    if len(chosen) == 2 and (_near(chosen[0].place, chosen[1].place)):
        chosen = chosen[:1]
    for mutation in chosen:
        mutation.apply()
    places = {issue.expression for issue in validate(resource)}
    assert {mutation.place for mutation in chosen} <= places


def _near(one: str, other: str) -> bool:
    return one.startswith(other.rpartition(".")[0]) or other.startswith(one.rpartition(".")[0])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_any_mutation_of_any_resource_is_found(data: st.DataObject) -> None:
    resource = data.draw(resources(data.draw(st.sampled_from(sorted({found["resourceType"] for found in samples()})))))
    assert [issue for issue in validate(resource) if issue.severity != "warning"] == []
    numbers = data.draw(st.lists(st.integers(0, len(list(mutations(resource))) - 1), max_size=10, unique=True))
    for number in numbers:
        changed = copy.deepcopy(resource)
        mutation = list(mutations(changed))[number]
        mutation.apply()
        places = {issue.expression for issue in validate(changed)}
        assert mutation.place in places, f"{mutation.name} at {mutation.place}: {places}"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_json_makes_it_raise(data: st.DataObject) -> None:
    resource = copy.deepcopy(data.draw(st.sampled_from(VALID)))
    node = data.draw(st.sampled_from(list(mutations(resource)))).node
    node.holder[data.draw(st.sampled_from([node.name, "_" + node.name]))] = data.draw(JSON_VALUES)
    for issue in validate(resource):
        assert issue.expression.startswith(resource["resourceType"])
        assert issue.diagnostics


@given(JSON_VALUES)
def test_no_resource_is_an_issue(value: object) -> None:
    assert validate(value)


def test_number_types_of_other_parsers() -> None:
    from decimal import Decimal

    resource = next(found for found in samples() if found["resourceType"] == "Observation")
    resource["valueQuantity"]["value"] = Decimal("1.00")
    assert validate(resource) == []


def test_samples_are_json() -> None:
    for resource in samples():
        assert orjson.loads(orjson.dumps(resource)) == resource
