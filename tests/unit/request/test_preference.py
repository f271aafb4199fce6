"""The Prefer header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.request.preference import NONE, Preference, parse_preference


@pytest.mark.parametrize(
    ("text", "preference"),
    [
        ("return=minimal", Preference("minimal")),
        ("return=representation", Preference("representation")),
        ("return=OperationOutcome", Preference("OperationOutcome")),
        ('Return = "minimal" ; x=y', Preference("minimal")),
        ("return=minimal, return=representation", Preference("minimal")),
        ('return=minimal, handling="lenient"', Preference("minimal", lenient=True)),
        ("handling=lenient; a=b", Preference(lenient=True)),
        ("handling=strict, handling=lenient", Preference(strict=True)),
        ("respond-async, wait=5", Preference(respond_async=True)),
        ("return=everything, priority=5", NONE),
        ("", NONE),
        (None, NONE),
    ],
)
def test_preferences(text: str | None, preference: Preference) -> None:
    assert parse_preference(text) == preference


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert isinstance(parse_preference(text), Preference)
