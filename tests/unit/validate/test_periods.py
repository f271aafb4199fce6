"""per-1: a period is refused only where every meaning of its start is after every meaning of its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from omop_fhir.validate import validate

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1), timezones=ZONES)
SIZES = st.sampled_from([4, 7, 10])


def is_refused(start: str, end: str) -> bool:
    resource = {"resourceType": "Patient", "name": [{"family": "A", "period": {"start": start, "end": end}}]}
    issues = validate(resource)
    assert {issue.expression for issue in issues} <= {"Patient.name[0].period"}
    return bool(issues)


def text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


@given(MOMENTS, MOMENTS)
def test_moments_compare_across_zones(start: datetime, end: datetime) -> None:
    milliseconds = timedelta(milliseconds=1)
    reversed_ = (start - datetime(1, 1, 1, tzinfo=UTC)) // milliseconds > (
        end - datetime(1, 1, 1, tzinfo=UTC)
    ) // milliseconds
    assert is_refused(text(start), text(end)) == reversed_


@given(st.dates(), st.dates(), SIZES, SIZES)
def test_dates_compare_as_far_as_both_are_precise(start: object, end: object, first: int, second: int) -> None:
    one, other = str(start)[:first], str(end)[:second]
    assert is_refused(one, other) == (one[: min(first, second)] > other[: min(first, second)])


@given(MOMENTS, SIZES, st.booleans())
def test_a_moment_is_within_its_own_day_month_and_year(moment: datetime, size: int, starts: bool) -> None:
    day = str(moment.date())[:size]
    assert not is_refused(*((text(moment), day) if starts else (day, text(moment))))


@given(MOMENTS, st.integers(3, 1000))
def test_a_date_days_before_a_moment_is_no_end_of_it(moment: datetime, days: int) -> None:
    assert is_refused(text(moment), str(moment.date() - timedelta(days=days)))
