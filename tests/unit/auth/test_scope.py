"""Scopes: all that can be written is read back alike, and what two sets have in common is in both."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.auth.grants import LETTERS
from omop_fhir.auth.scope import WORDS, InvalidScope, Scope, Scopes, parse_scope, parse_scopes

LEVELS = ("patient", "user", "system")
SUBSETS = ["".join(letters) for size in range(1, 6) for letters in combinations("cruds", size)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("type", ["*", "Patient", "MedicationStatement"])
@pytest.mark.parametrize("letters", SUBSETS)
def test_every_subset_in_its_order_is_read(level: str, type: str, letters: str) -> None:
    scope = parse_scope(f"{level}/{type}.{letters}")
    assert scope == Scope(level, type, frozenset(letters))  # type: ignore[arg-type]
    assert str(scope) == f"{level}/{type}.{letters}"


@pytest.mark.parametrize(("action", "letters"), [("read", "rs"), ("write", "cud"), ("*", "cruds")])
@pytest.mark.parametrize("level", LEVELS)
def test_version_1_means_its_letters_and_is_written_as_it_came(level: str, action: str, letters: str) -> None:
    scope = parse_scope(f"{level}/Patient.{action}")
    assert scope == parse_scope(f"{level}/Patient.{letters}")
    assert str(scope) == f"{level}/Patient.{action}"


ORDERED = set(SUBSETS)


@pytest.mark.parametrize(
    "letters", [*sorted({a + b for a in "cruds" for b in "cruds"} - ORDERED), "rcuds", "crudss", "cruds*", "srudc"]
)
def test_letters_out_of_order_or_twice_are_refused(letters: str) -> None:
    with pytest.raises(InvalidScope):
        parse_scope(f"patient/Patient.{letters}")


@pytest.mark.parametrize(
    "text",
    [
        "patient/Patient", "patient/.rs", "patient/Patient.", "patient/patient.rs", "patient/Patient.RS", "patient/Patient.rsx",
        "patient//Patient.rs", "patient/Patient/1.rs", "patient/*.rs.rs", "patient/Patient.rs/", "patient/**.rs",
        "patient%2fPatient.rs", "patient%2FPatient.rs", "Patient/Patient.rs", "PATIENT/*.rs", "patient/Patient.read?code=1",
        "patient/*.rs?code=1", "patient/Observation.rs?", "patient/Observation.rs?code", "patient/Observation.rs?code=",
        "patient/Observation.rs?subject.name=x", "patient/Observation.rs?_has:Procedure:patient:code=x",
        "patient/Observation.rs?code=%zz", "patient/Observation.rs?code=%ff", "patient/Observation.rs?=x", "user/%2a.rs",
        "patient/Observation.rs?subject:Patient.name=x", "system/*.%63", "patient/Procedure.e",
    ],
)  # fmt: skip
def test_what_is_nearly_a_scope_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidScope):
        parse_scopes(text)


@pytest.mark.parametrize("separator", ["\t", "\n", "\r", "\x0b", "\x00", "\u00a0", "\u2003", "\u3000", '"', "\\", "\x7f"])
def test_nothing_but_a_space_separates(separator: str) -> None:
    with pytest.raises(InvalidScope, match="no scope has"):
        parse_scopes(f"patient/Patient.r{separator}user/*.cruds")


def test_spaces_may_be_many_and_scopes_come_once() -> None:
    assert str(parse_scopes("  openid   patient/*.rs openid patient/*.read ")) == "openid patient/*.rs"


def test_unknown_words_are_left_out() -> None:
    assert parse_scopes("email phone launch/practitioner launch") == Scopes((), ("launch",))


def test_a_granular_scope_is_a_search() -> None:
    text = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory&status:not=final"
    scope = parse_scope(text)
    assert isinstance(scope, Scope)
    assert scope.query == (
        ("category", "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"),
        ("status:not", "final"),
    )
    assert str(scope) == text


def meet(asked: str, allowed: str) -> str:
    return str(parse_scopes(asked).within(parse_scopes(allowed)))


@pytest.mark.parametrize(
    ("asked", "allowed", "left"),
    [
        ("patient/*.rs", "patient/*.cruds", "patient/*.rs"),
        ("patient/*.cruds", "patient/*.rs", "patient/*.rs"),
        ("patient/*.read", "patient/*.cruds", "patient/*.read"),
        ("patient/*.*", "patient/*.rs", "patient/*.read"),
        ("patient/*.read", "patient/Patient.r", "patient/Patient.r"),
        ("patient/*.rs", "patient/Patient.r patient/Procedure.s", "patient/Patient.r patient/Procedure.s"),
        ("patient/*.rs", "user/*.rs", ""),
        ("patient/Patient.r", "patient/Patient.s", ""),
        ("patient/Patient.r", "patient/Procedure.r", ""),
        ("patient/*.rs patient/Patient.r", "patient/*.rs", "patient/*.rs"),
        ("patient/Observation.rs", "patient/Observation.rs?code=1", "patient/Observation.rs?code=1"),
        ("patient/Observation.rs?code=2", "patient/*.r", "patient/Observation.r?code=2"),
        ("patient/Observation.rs?a=1", "patient/Observation.rs?b=2", "patient/Observation.rs?a=1&b=2"),
        ("patient/Observation.read", "patient/Observation.rs?b=2", "patient/Observation.rs?b=2"),
        ("openid launch/patient offline_access", "openid launch/patient", "openid launch/patient"),
    ],
)
def test_what_two_sets_have_in_common(asked: str, allowed: str, left: str) -> None:
    assert meet(asked, allowed) == left


types = st.sampled_from(["*", "Patient", "Observation", "Procedure"])
queries = st.sampled_from([(), (("code", "1"),), (("status", "x|y"), ("code", "a b&c=d"))])


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    type = draw(types)
    letters = draw(st.frozensets(st.sampled_from(LETTERS), min_size=1))
    return Scope(draw(st.sampled_from(LEVELS)), type, letters, () if type == "*" else draw(queries))  # type: ignore[arg-type]


sets = st.builds(
    Scopes,
    st.lists(scopes(), max_size=4, unique=True).map(tuple),
    st.lists(st.sampled_from(WORDS), max_size=3, unique=True).map(tuple),
)


@given(scopes())
def test_what_is_written_is_read_back(scope: Scope) -> None:
    assert parse_scope(str(scope)) == scope


@given(sets, sets)
def test_the_intersection_is_covered_by_both(asked: Scopes, allowed: Scopes) -> None:
    left = asked.within(allowed)
    for scope in left.resources:
        assert any(each.covers(scope) for each in asked.resources)
        assert any(each.covers(scope) for each in allowed.resources)
    assert set(left.words) == set(asked.words) & set(allowed.words)


def allows(given: Scopes, level: str, type: str, letter: str, query: set[tuple[str, str]]) -> bool:
    return any(
        s.level == level and s.type in ("*", type) and letter in s.letters and set(s.query) <= query for s in given.resources
    )


@given(sets, sets, st.sampled_from(LEVELS), st.sampled_from(["Patient", "Observation"]), st.sampled_from(LETTERS), queries)
def test_it_allows_exactly_what_both_allow(a: Scopes, b: Scopes, level: str, type: str, letter: str, query: object) -> None:
    """A resource that matches the searches in `query` is allowed by the intersection just where both allow it."""
    held = set(query)  # type: ignore[call-overload]
    both = allows(a, level, type, letter, held) and allows(b, level, type, letter, held)
    assert allows(a.within(b), level, type, letter, held) == both


@pytest.mark.parametrize(
    ("asked", "allowed", "left"),
    [
        ("patient/*.cruds", "patient/*.rs", "patient/*.cud"),
        ("openid patient/*.rs system/*.rs", "patient/*.rs", "openid system/*.rs"),
        ("patient/*.rs", "patient/Observation.rs", "patient/*.rs"),
        ("patient/Observation.rs?category=a", "patient/*.r patient/Observation.s?category=a", ""),
        ("patient/Observation.read", "patient/Observation.rs?category=a", "patient/Observation.rs"),
    ],
)
def test_what_one_set_has_beyond_another(asked: str, allowed: str, left: str) -> None:
    assert str(parse_scopes(asked).beyond(parse_scopes(allowed))) == left


@given(sets, sets, st.sampled_from(LEVELS), st.sampled_from(["Patient", "Observation"]), st.sampled_from(LETTERS), queries)
def test_what_is_not_beyond_another_set_is_in_it(
    a: Scopes, b: Scopes, level: str, type: str, letter: str, query: object
) -> None:
    held = set(query)  # type: ignore[call-overload]
    if allows(a, level, type, letter, held):
        assert allows(b, level, type, letter, held) or allows(a.beyond(b), level, type, letter, held)


@given(sets)
def test_a_set_within_itself_allows_the_same(given_set: Scopes) -> None:
    again = given_set.within(given_set)
    assert again.within(given_set) == again
    assert all(any(each.covers(scope) for each in again.resources) for scope in given_set.resources)


@given(st.text(max_size=60))
def test_any_text_is_a_set_or_refused(text: str) -> None:
    try:
        found = parse_scopes(text)
    except InvalidScope:
        return
    assert parse_scopes(str(found)) == found
