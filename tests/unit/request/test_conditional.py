"""Conditions: entity tags, HTTP dates, and searches that choose."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.errors import Invalid, Problem
from omop_fhir.request.conditional import Preconditions, Tags, http_date, parse_condition, parse_preconditions, parse_tags
from omop_fhir.request.criterion import Criterion


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ('W/"3"', {"3"}),
        ('"3"', {"3"}),
        ("3", {"3"}),
        ('W/"3", "h4" ,W/"5"', {"3", "h4", "5"}),
        ('W/"a,b"', {"a,b"}),
        (' W/"1",, ', {"1"}),
        ('W/""', {""}),
    ],
)
def test_tags(text: str, versions: set[str]) -> None:
    tags = parse_tags(text, "http.If-Match")
    assert tags == Tags(frozenset(versions))
    assert all(map(tags.match, versions))
    assert not tags.match("other")
    assert not tags.match(None)


def test_any_version_is_one_that_exists() -> None:
    tags = parse_tags(" * ", "http.If-Match")
    assert tags.match("7")
    assert not tags.match(None)


@pytest.mark.parametrize("text", ["", " ", ",", 'W/"3', '"3" "4"', "W/3", "a b", '"3", *', "w/\"3\"", '"\x00"'])
def test_what_is_no_tag_is_named(text: str) -> None:
    with pytest.raises(Invalid, match="is not a version") as error:
        parse_tags(text, "http.If-Match")
    assert error.value.expression == "http.If-Match"


@given(st.text(max_size=20) | st.text('W/"*, 3', max_size=12))
def test_any_text_is_tags_or_refused(text: str) -> None:
    with suppress(Invalid):
        parse_tags(text, "http.If-Match")


@given(st.lists(st.text("abc019-.,", min_size=1), min_size=1))
def test_tags_are_read_as_they_are_written(versions: list[str]) -> None:
    assert parse_tags(", ".join(f'W/"{version}"' for version in versions), "x").versions == set(versions)


SUNDAY = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_the_three_forms_of_dates(text: str) -> None:
    assert http_date(text) == SUNDAY


@pytest.mark.parametrize("text", [None, "", "yesterday", "1994-11-06T08:49:37Z", "Sun, 99 Nov 1994 08:49:37 GMT"])
def test_what_is_no_date_is_left_aside(text: str | None) -> None:
    assert http_date(text) is None


@given(st.text(max_size=40))
def test_no_text_breaks_dates(text: str) -> None:
    found = http_date(text)
    assert found is None or found.tzinfo is not None


def test_preconditions_of_headers() -> None:
    headers = {
        b"if-match": 'W/"1"',
        b"if-none-match": "*",
        b"if-none-exist": " identifier=a|b ",
        b"if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT",
    }
    found = parse_preconditions(headers.get)
    assert found == Preconditions(Tags(frozenset({"1"})), Tags(frozenset(), any=True), "identifier=a|b", SUNDAY)
    assert parse_preconditions({}.get) == Preconditions()


@pytest.mark.parametrize("query", ["identifier=http://a|b%20c", "?identifier=http://a|b%20c", "Patient?identifier=http://a|b%20c"])
def test_a_condition(query: str) -> None:
    found = parse_condition("Patient", query, "http.If-None-Exist")
    assert (found.type, found.query) == ("Patient", "identifier=http://a|b%20c")
    assert found.search.criteria == (Criterion("identifier", (), "identifier", None, "http://a|b c"),)


def test_a_condition_in_a_bundle_may_hold_any_letter() -> None:
    found = parse_condition("Patient", "family=M\u00fcller", "Bundle.entry[0].request.ifNoneExist")
    assert found.search.pairs == (("family", "M\u00fcller"),)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "a condition names at least one search parameter"),
        ("?", "a condition names at least one search parameter"),
        ("identifier=a&_count=1", "and not `_count`"),
        ("identifier=a&_sort=name", "and not `_sort`"),
        ("identifier=a&_unknown=1", "and not `_unknown`"),
        ("identifier=%ff", "not percent-encoded UTF-8"),
        ("identifier=5%", "begins no percent-encoded byte"),
        ("ident ifier=5", "is not the name of a search parameter"),
    ],
)
def test_what_chooses_nothing_is_refused(query: str, reason: str) -> None:
    with pytest.raises(Invalid) as error:
        parse_condition("Patient", query, "http.If-None-Exist")
    assert reason in str(error.value)


@given(st.text(max_size=30) | st.text("identifier=&|?%_count", max_size=30))
def test_any_query_is_a_condition_or_refused(query: str) -> None:
    with suppress(Problem):
        assert parse_condition("Patient", query, "x").search.criteria
