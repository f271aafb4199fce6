"""Predicates are simplified to what holds of the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from time import perf_counter
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.mapping.bind import Bound
from omop_fhir.mapping.predicate import (
    ALWAYS,
    NEVER,
    And,
    Column,
    Compare,
    Linked,
    Not,
    Or,
    Predicate,
    all_of,
    any_of,
    implies,
)

PATIENT = cast("Bound", "patient")
"""A name will do: what a source is plays no part."""
KEY, OWN = Column("person", "person_id"), Column("visit", "person_id")
HERE = [Compare(Column("visit", name), "=", 1) for name in ("a", "b")]
THERE = [Compare(Column("person", name), "=", 1) for name in ("c", "d")]

World = Mapping[Predicate, bool]


def forms(leaves: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    def of(inner: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
        parts = st.lists(inner, max_size=3).map(tuple)
        return st.builds(And, parts) | st.builds(Or, parts) | st.builds(Not, inner)

    return st.recursive(leaves, of, max_leaves=5)


BEHIND = forms(st.sampled_from(THERE))
LINKS = st.builds(Linked, st.just(OWN), st.just(PATIENT), st.just(KEY), BEHIND)
PREDICATES = forms(st.sampled_from(HERE) | LINKS)


def holds(part: Predicate, row: World, linked: list[World]) -> bool:
    """Of a row, where these are the rows that it is linked to."""
    match part:
        case And(parts):
            return all(holds(each, row, linked) for each in parts)
        case Or(parts):
            return any(holds(each, row, linked) for each in parts)
        case Not(inner):
            return not holds(inner, row, linked)
        case Linked(where=where):
            return any(holds(where, other, []) for other in linked)
        case _:
            return row[part]


def worlds(leaves: list[Compare]) -> list[World]:
    return [dict(zip(leaves, truths, strict=True)) for truths in product((False, True), repeat=len(leaves))]


ALL = [(row, [other for other, is_in in zip(worlds(THERE), chosen, strict=True) if is_in])
       for row in worlds(HERE) for chosen in product((False, True), repeat=4)]  # fmt: skip


@given(st.lists(PREDICATES, max_size=4).map(tuple))
def test_a_conjunction_holds_where_all_parts_do(parts: tuple[Predicate, ...]) -> None:
    together = all_of(parts)
    for row, linked in ALL:
        assert holds(together, row, linked) == all(holds(part, row, linked) for part in parts)


@given(st.lists(PREDICATES, max_size=4).map(tuple))
def test_a_disjunction_holds_where_any_part_does(parts: tuple[Predicate, ...]) -> None:
    together = any_of(parts)
    for row, linked in ALL:
        assert holds(together, row, linked) == any(holds(part, row, linked) for part in parts)


@given(PREDICATES, PREDICATES)
def test_what_is_implied_holds_wherever_the_other_does(part: Predicate, other: Predicate) -> None:
    if implies(part, other):
        assert all(holds(other, row, linked) for row, linked in ALL if holds(part, row, linked))


def test_a_link_goes_without_saying_beside_one_that_demands_more() -> None:
    c, d = THERE
    link, more = Linked(OWN, PATIENT, KEY, c), Linked(OWN, PATIENT, KEY, And((c, d)))
    assert all_of((link, more)) == all_of((more, link)) == more
    assert all_of((Or((link, Linked(OWN, PATIENT, KEY, d))), HERE[0], more)) == And((HERE[0], more))


def test_one_that_demands_something_else_stays() -> None:
    link, other = (Linked(OWN, PATIENT, KEY, each) for each in THERE)
    elsewhere = Linked(Column("visit", "a"), PATIENT, KEY, THERE[0])
    assert all_of((link, other)) == And((link, other))
    assert all_of((link, elsewhere)) == And((link, elsewhere))


def test_long_lists_are_not_held_against_each_other() -> None:
    many = [Compare(Column("person", "c"), "=", n) for n in range(1000)]
    links = tuple(Linked(OWN, PATIENT, KEY, Or(tuple(each))) for each in (many, many[::-1]))
    begun = perf_counter()
    assert all_of(links) == And(links)
    assert perf_counter() - begun < 0.1


def test_what_holds_always_and_never() -> None:
    assert all_of((HERE[0], ALWAYS)) == HERE[0] == any_of((HERE[0], NEVER))
    assert all_of((HERE[0], NEVER)) == NEVER
    assert any_of((HERE[0], ALWAYS)) == ALWAYS
