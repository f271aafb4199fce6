"""Every predicate can be written, wherever it stands."""

from __future__ import annotations

from typing import get_args

from omop_fhir.mapping.expression import Expression
from omop_fhir.mapping.predicate import Citation, Cited, Column, Compare, Linked, Predicate
from omop_fhir.query.scope import Scope
from omop_fhir.query.statement import Arguments
from omop_fhir.query.value import _EXPRESSIONS
from omop_fhir.query.where import _CONDITIONS, Where

from .case import ZONE, Case

SNAPSHOT = Case("").snapshot()
(PATIENT,) = SNAPSHOT.bounds["Patient"]
(PRACTITIONER,) = SNAPSHOT.bounds["Practitioner"]


def written(predicate: Predicate) -> str:
    """A predicate of practitioners as SQL."""
    return Where(Scope(PRACTITIONER, ZONE), Arguments(), {}, SNAPSHOT.schema).sql(predicate)


def test_each_kind_of_predicate_and_expression_has_a_writer() -> None:
    assert set(_CONDITIONS) == set(get_args(Predicate))
    assert set(_EXPRESSIONS) == set(get_args(Expression))


def test_values_of_a_list_are_found_under_conditions_on_joined_tables() -> None:
    race, cause = Column("race_observation", "value_as_concept_id"), Compare(Column("death", "cause_concept_id"), "=", 7)
    key = PRACTITIONER.mapping.key
    for predicate in (Cited(key, (Citation(PATIENT, race, cause),)), Linked(key, PATIENT, race, cause)):
        sql = written(predicate)
        assert '"death_1"."cause_concept_id" = $1::bigint' in sql
        assert 'LEFT JOIN LATERAL (SELECT * FROM "cdm"."death" "death_1"' in sql
