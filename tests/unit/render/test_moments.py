"""Timestamps become dateTimes only where FHIR can say them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from omop_fhir.fhir.dates import DateTimes, render_date


@pytest.mark.parametrize(
    ("zone", "text", "value"),
    [
        ("Europe/Berlin", "2010-04-30 12:30:00", "2010-04-30T12:30:00+02:00"),
        ("Europe/Berlin", "2010-01-30 12:30:00.25", "2010-01-30T12:30:00.25+01:00"),
        ("Europe/Berlin", "2010-04-30 00:00:00", "2010-04-30"),
        ("Europe/Berlin", "2010-04-30 00:00:00.5", "2010-04-30T00:00:00.5+02:00"),
        ("Europe/Berlin", "2010-04-30", "2010-04-30"),
        ("Europe/Berlin", "2023-03-26 01:59:59", "2023-03-26T01:59:59+01:00"),
        ("Europe/Berlin", "2023-03-26 03:00:00", "2023-03-26T03:00:00+02:00"),
        ("Europe/Berlin", "2023-10-29 02:30:00", "2023-10-29T02:30:00+02:00"),
        ("Europe/Berlin", "2023-10-29 03:00:00", "2023-10-29T03:00:00+01:00"),
        ("Europe/Berlin", "1850-01-01 12:00:00", "1850-01-01"),  # local mean time, +00:53:28
        ("Asia/Kathmandu", "2010-01-01 01:00:00", "2010-01-01T01:00:00+05:45"),
        ("UTC", "0044-03-15 12:30:00 BC", None),
        ("UTC", "10000-01-01 12:30:00", None),
        ("UTC", "infinity", None),
        ("UTC", "-infinity", None),
        (None, "2010-04-30 12:30:00", "2010-04-30"),
        (None, "0044-03-15 12:30:00 BC", None),
    ],
)
def test_a_timestamp_becomes_what_is_known(zone: str | None, text: str, value: str | None) -> None:
    moments = DateTimes(ZoneInfo(zone) if zone else None)
    assert (moments(text), moments(text)) == (value, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2010-04-30", "2010-04-30"),
        ("0044-03-15 BC", None),
        ("10000-01-01", None),
        ("infinity", None),
        ("-infinity", None),
    ],
)
def test_a_date_becomes_itself_or_nothing(text: str, value: str | None) -> None:
    assert render_date(text) == value
