"""Other validators beside ours: whatever they refuse, we refuse; where they are known to be blind, only we
do.

fhir.resources (R4B) accepts, as measured here: wrong codes of required bindings, text for a boolean,
references to wrong types, and script in narrative. The JSON Schema knows only some of the required codes
(none of Procedure.status), and accepts absent required primitives, two types of a choice, days that no month
has.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from omop_fhir.validate import validate
from omop_fhir.validate.schema import check_schema
from tests.unit.validate.mutations import Mutation, mutations
from tests.unit.validate.samples import samples

JSON = dict[str, Any]


def accepted_by_models(resource: JSON) -> bool:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(copy.deepcopy(resource))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("resource", samples(), ids=lambda resource: resource["resourceType"])
def test_all_accept_the_samples(resource: JSON) -> None:
    assert check_schema(resource["resourceType"], resource) == ()
    assert accepted_by_models(resource)


def _mutated(resource: JSON) -> list[tuple[Mutation, JSON]]:
    found = []
    for number in range(len(list(mutations(resource)))):
        changed = copy.deepcopy(resource)
        mutation = list(mutations(changed))[number]
        mutation.apply()
        found.append((mutation, changed))
    return found


@pytest.mark.parametrize("resource", samples(), ids=lambda resource: resource["resourceType"])
def test_what_another_refuses_we_refuse(resource: JSON) -> None:
    for mutation, changed in _mutated(resource):
        refused = bool(check_schema(resource["resourceType"], changed)) or not accepted_by_models(changed)
        assert validate(changed) or not refused, f"{mutation.name} at {mutation.place}"


@pytest.mark.parametrize(
    ("change", "schema", "models"),
    [
        ({"status": "no-such-code"}, True, True),
        ({"subject": {"reference": "Location/1"}}, True, True),
        ({"performedString": "x"}, True, False),
        ({"performedPeriod": {"start": "2021-02-30"}}, True, False),
        ({"note": []}, True, True),
        ({"id": "a" * 65}, False, True),
        ({"text": {"status": "empty", "div": "<script/>"}}, True, True),
    ],
)
def test_where_others_are_blind(change: JSON, schema: bool, models: bool) -> None:
    """Should one of these learn to see, we shall hear of it here."""
    resource = next(found for found in samples() if found["resourceType"] == "Procedure") | change
    assert validate(resource)
    assert (check_schema("Procedure", resource) == (), accepted_by_models(resource)) == (schema, models)
