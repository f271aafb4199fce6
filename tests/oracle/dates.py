"""Dates, dateTimes and Periods as ranges, and the prefixes over them (https://hl7.org/fhir/R4/search.html#date).

Every range is half-open, in UTC; without a zone of the server, on a clock that knows none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_TEXT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII)
Range = tuple[datetime, datetime]


def span(text: str, zone: ZoneInfo | None, *, exact_fraction: bool = False) -> Range:
    """What a date or dateTime covers. `exact_fraction`: to the microsecond, however few digits are written."""
    found = _TEXT.fullmatch(text)
    assert found, text
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    low = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    low += timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    if fraction:
        high = low + timedelta(microseconds=1 if exact_fraction else 10 ** (6 - len(fraction[:6])))
    elif hour:
        high = low + (timedelta(seconds=1) if second else timedelta(minutes=1))
    elif day:
        high = _day_after(low)
    elif month:
        high = datetime(low.year + low.month // 12, low.month % 12 + 1, 1) if low.year < 9999 else datetime.max
    else:
        high = datetime(low.year + 1, 1, 1) if low.year < 9999 else datetime.max
    return _utc(low, offset, zone), _utc(high, offset, zone)


def _day_after(day: datetime) -> datetime:
    return day + timedelta(days=1) if day < datetime(9999, 12, 31) else datetime.max


def _utc(moment: datetime, offset: str | None, zone: ZoneInfo | None) -> datetime:
    if zone is None or moment == datetime.max:
        return moment
    try:
        return moment.replace(tzinfo=_offset(offset) if offset else zone).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return datetime.min if moment.year == 1 else datetime.max


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    size = timedelta(hours=int(text[1:3]), minutes=int(text[4:]))
    return timezone(-size if text[0] == "-" else size)


def extent(value: Any, zone: ZoneInfo | None) -> Range:
    """What an element covers: a Period is unbounded on a side that it lacks."""
    if isinstance(value, str):
        return span(value, zone, exact_fraction=True)
    low = span(value["start"], zone, exact_fraction=True)[0] if "start" in value else datetime.min
    return low, span(value["end"], zone, exact_fraction=True)[1] if "end" in value else datetime.max


def matches(element: Any, text: str, zone: ZoneInfo | None, *, is_instant: bool = False) -> bool:
    """Does an element fulfil a date value with its prefix? `ap` widens the value by a tenth of itself on either side.

    An instant is a point in time, and covers no more than that (https://hl7.org/fhir/R4/search.html#date).
    """
    prefix, rest = (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)
    (low, high), (first, last) = extent(element, zone), span(rest, zone)
    if is_instant:
        inside = first <= low < last
        return {
            "eq": inside, "ne": not inside, "gt": low >= last, "lt": low < first, "ge": low >= first, "le": low < last,
            "sa": low >= last, "eb": low < first, "ap": first - (last - first) / 10 <= low < _plus(last, (last - first) / 10),
        }[prefix]  # fmt: skip
    contained = first <= low and high <= last
    slack = (last - first) / 10
    return {
        "eq": contained,
        "ne": not contained,
        "gt": high > last,
        "lt": low < first,
        "ge": high > last or contained,
        "le": low < first or contained,
        "sa": low >= last,
        "eb": high <= first,
        "ap": low < _plus(last, slack) and high > _plus(first, -slack),
    }[prefix]


def _plus(moment: datetime, delta: timedelta) -> datetime:
    try:
        return moment + delta
    except OverflowError:
        return moment
