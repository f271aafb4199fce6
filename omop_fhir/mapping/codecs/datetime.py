"""Dates and times: `date`, `datetime`, `period` and `duration`.

OMOP keeps a date and, beside it, an optional timestamp without zone. Columns are given as a list and tried in order.
A timestamp renders with the site's zone; without a declared zone, or at exact midnight, it renders as a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ...fhir.dates import DateTimes, date_range, render_date
from ...fhir.values import DateValue, SearchValue
from ..predicate import NEVER, Column, Compare, IsNull, Moment, Not, Predicate, all_of, any_of
from ..site import Site
from .base import Codec, Projection, codec
from .writer import Put, Writer

DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def load_moment(w: Writer, columns: tuple[Column, ...], render: object) -> str:
    """Write the lines that render the first usable column; the local that holds the text or None."""
    value, call = w.fresh("d"), w.constant(render, "render")
    w.line(f"{value} = None")
    for column in columns:
        if w.present(column):
            with w.block(f"if {value} is None and {w.read(column)} is not None:"):
                w.line(f"{value} = {call}({w.read(column)})")
    return value


def local(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """A search value's moment on the site's own clock, without zone, as the CDM's timestamps are."""
    if moment.tzinfo is None or zone is None:
        return moment.replace(tzinfo=None)
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return moment.replace(tzinfo=None)


def matches(value: DateValue, start: Moment, end: Moment, zone: ZoneInfo | None) -> Predicate:
    """The prefixes of https://hl7.org/fhir/R4/search.html#prefix over the data's range [start, end)."""
    low, high = local(value.low, zone), local(value.high, zone)
    contained = all_of((Compare(start, ">=", low), Compare(end, "<=", high)))
    present = Not(IsNull(start))
    match value.prefix:
        case "eq":
            return contained
        case "ne":
            return all_of((present, Not(contained)))
        case "gt":
            return Compare(end, ">", high)
        case "lt":
            return Compare(start, "<", low)
        case "ge":
            return any_of((Compare(end, ">", high), contained))
        case "le":
            return any_of((Compare(start, "<", low), contained))
        case "sa":
            return Compare(start, ">=", high)
        case "eb":
            return Compare(end, "<=", low)
        case "ap":
            slack = (high - low) / 10
            return all_of((Compare(start, "<", _plus(high, slack)), Compare(end, ">", _plus(low, -slack))))


def _plus(moment: datetime, delta: timedelta) -> datetime:
    try:
        return moment + delta
    except OverflowError:
        return moment


def store_moment(text: str | None, columns: tuple[Column, ...], into: Projection) -> None:
    """Put a FHIR date or dateTime into its timestamp and date columns, on the site's clock."""
    for column in columns:
        into.assign(column, None)
    if text is None:
        return
    moment = local(date_range(text)[0], into.site.zone)
    if len(text) < 10:
        into.lose("", f"`{text}` is kept as {moment.date()}: OMOP has no partial dates")
    if "T" in text and into.site.zone is None:
        into.lose("", "the site declares no time zone: only the date is kept")
    timed = "T" in text and into.site.zone is not None
    for column in columns:
        if column.kind == "date":
            into.assign(column, moment.date())
        elif timed:
            into.assign(column, moment)


@dataclass(frozen=True, kw_only=True)
class _Instant(Codec):
    """What `date` and `datetime` share."""

    column: tuple[Column, ...]

    def moment(self, site: Site, *, upper: bool = False) -> Moment:
        """The start or the exclusive end of the value."""
        return Moment(self.column, upper, site.zone is None)

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, DateValue):
            return NEVER
        return matches(value, self.moment(site), self.moment(site, upper=True), site.zone)

    def project(self, value: Any, into: Projection) -> None:
        store_moment(value, self.column, into)

    def search_columns(self) -> tuple[Column, ...]:
        return self.column


@codec("date", "date")
@dataclass(frozen=True, kw_only=True)
class Date(_Instant):
    """A date."""

    def emit(self, w: Writer, put: Put) -> None:
        value = load_moment(w, self.column, render_date)
        with w.block(f"if {value} is not None:"):
            put(value, self.type)


@codec("datetime", "dateTime")
@dataclass(frozen=True, kw_only=True)
class DateTime(_Instant):
    """A dateTime."""

    def emit(self, w: Writer, put: Put) -> None:
        value = load_moment(w, self.column, DateTimes(w.site.zone))
        with w.block(f"if {value} is not None:"):
            put(value, self.type)


def close(start: str | None, end: str) -> dict[str, Any]:
    """A Period that has an end; one before the start is an error, and said to be one (per-1)."""
    if start is None:
        return {"end": end}
    size = min(len(start), len(end), 19)
    if end[:size] < start[:size]:
        return {"start": start, "_end": {"extension": [{"url": DATA_ABSENT, "valueCode": "error"}]}}
    return {"start": start, "end": end}


@codec("period", "Period")
@dataclass(frozen=True, kw_only=True)
class Period(Codec):
    """A Period; with `without_end: dateTime`, a lone start is a dateTime (for a choice element)."""

    start: tuple[Column, ...]
    end: tuple[Column, ...]
    without_end: str = ""

    def emit(self, w: Writer, put: Put) -> None:
        render = DateTimes(w.site.zone)
        start, end = load_moment(w, self.start, render), load_moment(w, self.end, render)
        closing = w.constant(close, "close")
        with w.block(f"if {end} is not None:"):
            put(f"{closing}({start}, {end})", "Period")
        with w.block(f"elif {start} is not None:"):
            if self.without_end:
                put(start, "dateTime")
            else:
                put(f"{{'start': {start}}}", "Period")

    def project(self, value: Any, into: Projection) -> None:
        period = {"start": value} if isinstance(value, str) else value or {}
        into.lose_others(period, {"start", "end"})
        store_moment(period.get("start"), self.start, into)
        store_moment(period.get("end"), self.end, into)

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, DateValue):
            return NEVER
        whole = site.zone is None
        last = (*self.end, *self.start) if self.without_end else self.end
        return matches(value, Moment(self.start, False, whole), Moment(last, True, whole), site.zone)

    def search_columns(self) -> tuple[Column, ...]:
        return self.start


class Minutes:
    """The whole and fractional minutes between two timestamps, where both have a real time of day."""

    def __init__(self, zone: ZoneInfo | None) -> None:
        self.zone = zone

    def __call__(self, start: str | None, end: str | None) -> float | int | None:
        if self.zone is None or start is None or end is None or "00:00:00" in (start[11:19], end[11:19]):
            return None
        try:
            first, last = (datetime.fromisoformat(text).replace(tzinfo=self.zone) for text in (start, end))
            minutes = (last.timestamp() - first.timestamp()) / 60
        except (ValueError, OverflowError):
            return None
        return None if minutes < 0 else int(minutes) if minutes.is_integer() else round(minutes, 3)


@codec("duration", "Duration")
@dataclass(frozen=True, kw_only=True)
class Duration(Codec):
    """The time between two timestamps, in minutes; nothing where either is a mere date."""

    start: Column
    end: Column

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("m")
        w.line(f"{value} = {w.constant(Minutes(w.site.zone), 'minutes')}({w.read(self.start)}, {w.read(self.end)})")
        with w.block(f"if {value} is not None:"):
            unit = "'unit': 'min', 'system': 'http://unitsofmeasure.org', 'code': 'min'"
            put(f"{{'value': {value}, {unit}}}", self.type)

    def project(self, value: Any, into: Projection) -> None:
        """The period says it already; a length beside it is derived, never stored."""
