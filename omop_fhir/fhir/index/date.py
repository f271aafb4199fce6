"""Elements as ranges of time (https://hl7.org/fhir/R4/search.html#date), on the site's own clock.

date, dateTime, instant, Period and Timing enter, the range that each covers leaves. A Timing covers all from its first to its
last event or bound. Rejected with ValueError: what is no date of the calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from ..dates import date_range, local
from .entries import DateEntry, Found
from .kind import Kind
from .parameter import Parameter
from .path import Step

Range: TypeAlias = tuple[datetime, datetime]
_SECONDS = slice(17, 19)
_DAY, _SECOND, _MOMENT = timedelta(days=1), timedelta(seconds=1), timedelta(microseconds=1)


def covered(text: str, zone: ZoneInfo | None) -> Range:
    """What a date, dateTime or instant covers; a fraction of a second is a moment, however few digits it has."""
    return _on_clock(*_meant(text), zone)


def _meant(text: str) -> Range:
    if text[_SECONDS] == "60":  # no clock shows a leap second: it counts as the second that follows
        low, high = date_range(f"{text[:17]}59{text[19:]}")
        return _plus(low, _SECOND), _plus(high, _SECOND)
    if len(text) < 19:
        return _day(text) if len(text) == 10 and text[4] == text[7] == "-" else date_range(text)
    low = datetime.fromisoformat(text)
    return low, _plus(low, _MOMENT if "." in text else _SECOND)


def _day(text: str) -> Range:
    low = datetime.fromisoformat(text)
    return low, _plus(low, _DAY)


def _plus(moment: datetime, delta: timedelta) -> datetime:
    try:
        return moment + delta
    except OverflowError:
        return datetime.max.replace(tzinfo=moment.tzinfo)


def _on_clock(low: datetime, high: datetime, zone: ZoneInfo | None) -> Range:
    """Also where the clock is put back in between, and shows an end that seems to come before the start."""
    start = local(low, zone)
    end = datetime.max if high.replace(tzinfo=None) == datetime.max else local(high, zone)
    if end <= start and low.tzinfo and high.tzinfo and high > low:
        end = start + (high - low)
    return start, end


def period_range(value: Mapping[str, Any], zone: ZoneInfo | None) -> Range | None:
    """What a Period covers, without bound where it lacks a side; None if it says neither.

    An end before the start is an error and counts as missing (per-1).
    """
    start, end = value.get("start"), value.get("end")
    if start is None:
        return (datetime.min, covered(end, zone)[1]) if end else None
    if end is None:
        return covered(start, zone)[0], datetime.max
    low, high = _on_clock(_meant(start)[0], _meant(end)[1], zone)
    return low, high if low < high else datetime.max


def timing_range(value: Mapping[str, Any], zone: ZoneInfo | None) -> Range | None:
    """The outer limits of a Timing; None if it says none."""
    ranges = list(_timed(value, zone))
    return (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else None


def _timed(value: Mapping[str, Any], zone: ZoneInfo | None) -> Iterator[Range]:
    for text in value.get("event", ()):
        if text is not None:
            yield covered(text, zone)
    bounds = value.get("repeat", {}).get("boundsPeriod")
    if bounds and (limits := period_range(bounds, zone)):
        yield limits


def _added(range: Callable[[Any, ZoneInfo | None], Range | None]) -> Callable[[Parameter, Kind], Step]:
    def compiled(parameter: Parameter, kind: Kind) -> Step:
        number, zone = parameter.number(), parameter.zone

        def add(value: Any, found: Found) -> None:
            limits = range(value, zone)
            if limits is not None:
                found.dates.append(DateEntry(number, *limits))

        return add

    return compiled


DATES: Mapping[str, Callable[[Parameter, Kind], Step]] = {
    **dict.fromkeys(("date", "dateTime", "instant"), _added(covered)),
    "Period": _added(period_range),
    "Timing": _added(timing_range),
}
"""By datatype."""
