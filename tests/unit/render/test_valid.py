"""Whatever a row holds, what is rendered is valid R4."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.mapping.site import Site
from omop_fhir.render.resource import ResourceRenderer
from omop_fhir.validate import validate
from tests.unit.mapping.cdm_database import SITE, ZONELESS, bounds
from tests.unit.mapping.rows import AllConcepts, rows

NOTHING_SERVED = Site("https://fhir.example/fhir", zone=ZoneInfo("UTC"), last_updated="2024-06-30T00:00:00+02:00")


def parsed(body: bytes) -> Any:
    """The JSON with numbers as they were written."""
    return json.loads(body, parse_float=Decimal)


SITES = {"zone": SITE, "zoneless": ZONELESS, "nothing served": NOTHING_SERVED}


@cache
def renderer(name: str, version: str, site: str) -> ResourceRenderer:
    return ResourceRenderer(bounds(version)[name], SITES[site])


@pytest.mark.parametrize("site", sorted(SITES))
@pytest.mark.parametrize("version", ["5.4", "5.3"])
@pytest.mark.parametrize("name", sorted(bounds()))
@given(data=st.data())
def test_every_row_renders_as_a_valid_resource(name: str, version: str, site: str, data: st.DataObject) -> None:
    resource = renderer(name, version, site)(data.draw(rows(name, version)), AllConcepts())
    assert [issue for issue in validate(parsed(resource.json)) if issue.severity != "warning"] == []
