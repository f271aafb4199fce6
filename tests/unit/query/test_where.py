"""Every predicate can be written."""

from __future__ import annotations

from typing import get_args

from omop_fhir.mapping.predicate import Predicate
from omop_fhir.query.where import _CONDITIONS


def test_each_kind_of_predicate_has_a_writer() -> None:
    assert set(_CONDITIONS) == set(get_args(Predicate))
