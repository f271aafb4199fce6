"""`birth_date` from year, month and day as far as they are known, and `birth_time`, the time of day of birth."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ...fhir.dates import DateTimes, date_range, partial_date
from ...fhir.values import DateValue, SearchValue
from ..predicate import ALWAYS, NEVER, Column, Compare, IsNull, Not, Predicate, all_of, any_of
from ..site import Site
from .base import Codec, Projection, codec
from .writer import Put, Writer


@codec("birth_date", "date")
@dataclass(frozen=True, kw_only=True)
class BirthDate(Codec):
    """A date that is as partial as what is known."""

    year: Column
    month: Column | None = None
    day: Column | None = None

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("d")
        parts = ", ".join(w.read(column) if column else "None" for column in (self.year, self.month, self.day))
        w.line(f"{value} = {w.constant(partial_date, 'partial_date')}({parts})")
        with w.block(f"if {value} is not None:"):
            put(value, self.type)

    def project(self, value: Any, into: Projection) -> None:
        parts = [int(part) for part in value.split("-")] if value else []
        for column, part in zip((self.year, self.month, self.day), (*parts, None, None, None), strict=False):
            into.assign(column, part)
        if not parts:
            into.lose("", "OMOP has no person without a year of birth")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, DateValue):
            return NEVER
        return _matches(self, value.prefix, _days(value))

    def search_columns(self) -> tuple[Column, ...]:
        return (self.year,)


def _days(value: DateValue) -> tuple[date, date]:
    """First and last day that the value touches."""
    return value.low.date(), (value.high - timedelta(microseconds=1)).date()


def _matches(codec: BirthDate, prefix: str, days: tuple[date, date]) -> Predicate:
    first, last = days
    starts_early, ends_late = _starts_before(codec, first), _ends_after(codec, last)
    known = Not(IsNull(codec.year))
    contained = all_of((known, Not(starts_early), Not(ends_late)))
    match prefix:
        case "eq":
            return contained
        case "ne":
            return all_of((known, Not(contained)))
        case "gt":
            return ends_late
        case "lt":
            return starts_early
        case "ge":
            return any_of((ends_late, contained))
        case "le":
            return any_of((starts_early, contained))
        case "sa":
            return all_of((known, Not(_starts_before(codec, last + timedelta(days=1)))))
        case "eb":
            return all_of((known, Not(_ends_after(codec, first - timedelta(days=1)))))
        case _:
            slack = max(timedelta(days=1), (last - first) / 10)
            near = (_starts_before(codec, last + slack), _ends_after(codec, first - slack))
            return all_of((known, *near))


def _below(column: Column | None, limit: int, lowest: int) -> Predicate:
    """A part is below `limit`; an unknown part counts as the lowest there is."""
    unknown = (IsNull(column) if column else ALWAYS,) if limit > lowest else ()
    return any_of((*((Compare(column, "<", limit),) if column else ()), *unknown))


def _above(column: Column | None, limit: int, highest: int) -> Predicate:
    """A part is above `limit`; an unknown part counts as the highest there is."""
    unknown = (IsNull(column) if column else ALWAYS,) if limit < highest else ()
    return any_of((*((Compare(column, ">", limit),) if column else ()), *unknown))


def _same(column: Column | None, value: int, unknown: int) -> Predicate:
    """A part is `value`, where an unknown part counts as `unknown`."""
    known: Predicate = Compare(column, "=", value) if column else NEVER
    return any_of((known, IsNull(column) if column else ALWAYS)) if value == unknown else known


def _starts_before(codec: BirthDate, day: date) -> Predicate:
    """The first day of the partial date is before `day`."""
    year = Compare(codec.year, "=", day.year)
    return any_of((
        Compare(codec.year, "<", day.year),
        all_of((year, _below(codec.month, day.month, 1))),
        all_of((year, _same(codec.month, day.month, 1), _below(codec.day, day.day, 1))),
    ))  # fmt: skip


def _ends_after(codec: BirthDate, day: date) -> Predicate:
    """The last day of the partial date is after `day`."""
    year, length = Compare(codec.year, "=", day.year), monthrange(day.year, day.month)[1]
    return any_of((
        Compare(codec.year, ">", day.year),
        all_of((year, _above(codec.month, day.month, 12))),
        all_of((year, _same(codec.month, day.month, 12), _above(codec.day, day.day, length))),
    ))  # fmt: skip


class BirthTimes:
    """The dateTime of birth, where the timestamp has a real time of day and names the day that is known."""

    def __init__(self, render: DateTimes) -> None:
        self.render = render

    def __call__(self, text: str | None, year: int | None, month: int | None, day: int | None) -> str | None:
        moment = self.render(text) if text else None
        return moment if moment and "T" in moment and moment[:10] == partial_date(year, month, day) else None


@codec("birth_time", "dateTime")
@dataclass(frozen=True, kw_only=True)
class BirthTime(Codec):
    """The value of the patient-birthTime extension."""

    datetime: Column
    year: Column
    month: Column
    day: Column

    def emit(self, w: Writer, put: Put) -> None:
        times = w.constant(BirthTimes(DateTimes(w.site.zone)), "birth_times")
        parts = ", ".join(w.read(column) for column in (self.datetime, self.year, self.month, self.day))
        value = w.fresh("d")
        w.line(f"{value} = {times}({parts})")
        with w.block(f"if {value} is not None:"):
            put(value, self.type)

    def project(self, value: Any, into: Projection) -> None:
        into.assign(self.datetime, None)
        if value and into.site.zone is None:
            into.lose("", "the site declares no time zone: the time of birth is not kept")
        elif value:
            into.assign(self.datetime, _local(value, into.site))


def _local(text: str, site: Site) -> datetime:
    moment = date_range(text)[0]
    return moment.astimezone(site.zone).replace(tzinfo=None) if moment.tzinfo else moment
