"""Rows as PostgreSQL would hand them over, awkward ones among them; concepts that resolve any id."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from omop_fhir.mapping.bind import Bound
from omop_fhir.mapping.predicate import Column
from omop_fhir.omop.concept import Concept
from omop_fhir.render.concepts import RenderedConcept

from .cdm_database import bounds

INTEGERS = st.one_of(
    st.none(),
    st.sampled_from([0, 1, -1, 2, 4, 8, 12, 13, 29, 30, 31, 1900, 1980, 2000, 9999, 10000, 2**31, -(2**63), 2**63 - 1]),
    st.sampled_from([8507, 8532, 8515, 1546847, 9201, 32220, 32865, 8870, 8536, 38003563, 32840, 32906]),
    st.integers(-(2**63), 2**63 - 1),
)
DATES = st.one_of(
    st.none(),
    st.sampled_from(["infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "9999-12-31", "0001-01-01"]),
    st.dates().map(str),
)
TIMESTAMPS = st.one_of(
    st.none(),
    st.sampled_from([
        "infinity", "-infinity", "0044-03-15 12:30:00 BC", "0044-03-15 00:00:00 BC", "10000-01-01 10:00:00",
        "2023-03-26 02:30:00", "2023-10-29 02:30:00", "2010-04-30 00:00:00", "2010-04-30 00:00:00.5",
        "9999-12-31 23:59:59.999999", "0001-01-01 00:00:01", "1850-01-01 12:00:00",
    ]),
    st.datetimes().map(lambda moment: moment.isoformat(" ")),
)  # fmt: skip
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "\t", "\u00a0", "\u3000", "'", '"', "\x01", "a\u00a0b", "🫀", "\ufeff"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40),
)
NUMBERS = st.one_of(
    st.none(),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "0", "0.50", "-0.0", "1e+308", "100000000000000000000.1"]),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
)  # fmt: skip
_KEYS = st.integers(-(2**63), 2**63 - 1)
_SIZES = st.integers(0, 3)
_BY_KIND = {"integer": INTEGERS, "date": DATES, "timestamp": TIMESTAMPS, "numeric": NUMBERS}


def values(column: Column) -> st.SearchStrategy[Any]:
    """What a record may hold for a column."""
    return _BY_KIND.get(column.kind, TEXTS)


@st.composite
def rows(draw: st.DrawFn, name: str, version: str = "5.4") -> tuple[Any, ...]:
    """A record of a shipped mapping: its key filled, the rest as it comes."""
    bound = bounds(version)[name]
    sizes = {s.alias: draw(_SIZES) for s in bound.mapping.sources.values() if s.many}
    return tuple(_value(draw, bound, column, sizes) for column in bound.columns)


def _value(draw: st.DrawFn, bound: Bound, column: Column, sizes: dict[str, int]) -> Any:
    if column == bound.mapping.key:
        return draw(_KEYS)
    if column.alias in sizes:
        size = sizes[column.alias]
        return draw(_lists(column.kind, size, column.name.endswith("occurrence_id"))) if size else None
    return draw(values(column))


@cache
def _lists(kind: str, size: int, is_key: bool) -> st.SearchStrategy[list[Any]]:
    """What a record may hold for a column of a to-many source."""
    of = _BY_KIND.get(kind, TEXTS)
    return st.lists(of.filter(lambda value: value is not None) if is_key else of, min_size=size, max_size=size)


CONCEPTS = {
    8507: Concept(8507, "MALE", "Gender", "M", "Gender", standard=True),
    32865: Concept(32865, "Patient self-report", "Type Concept", "OMOP4976942", "Type Concept", standard=True),
    9201: Concept(9201, "Inpatient Visit", "Visit", "IP", "Visit", standard=True),
}

VISITS = frozenset((9203, 8870, 8536))
"""Concepts of the class table among `INTEGERS`: standard, as they are in the vocabulary."""


def concept(id: int) -> Concept:
    """A concept for any id: of a vocabulary that FHIR knows, of one that it does not, or not in the table at all."""
    if id in CONCEPTS:
        return CONCEPTS[id]
    if id in VISITS:
        return Concept(id, f"Visit {id}", "Visit", f"V{id}", "Visit", standard=True)
    match id % 5:
        case 0:
            return Concept(id)
        case 1:
            return Concept(id, f"name {id}", "Type Concept", f"OMOP{id}", "Type Concept", standard=True)
        case 2:
            return Concept(id, f"Struct\u00a0ure {id}", "SNOMED", f"{id}", "Spec Anatomic Site", standard=True)
        case 3:
            return Concept(id, None, "ICD10CM", f"I{id}", "Condition")
        case _:
            return Concept(id, f"Procedure {id}", "SNOMED", f"S{id}", "Procedure", standard=True)


class AllConcepts(dict[int, RenderedConcept]):
    """Concepts by id, each made when first asked for."""

    def __missing__(self, id: int) -> RenderedConcept:
        assert type(id) is int
        assert id != 0, "concept 0 is no concept to show"
        self[id] = RenderedConcept(concept(id))
        return self[id]
