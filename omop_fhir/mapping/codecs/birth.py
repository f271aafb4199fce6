"""`birth_date` from year, month and day as far as they are known, and `birth_time`, the time of day of birth."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from ...fhir.dates import DateTimes, partial_date
from ...fhir.values import DateValue, SearchValue
from ..expression import Expression, PartialDate
from ..predicate import ALWAYS, NEVER, Column, Compare, IsNull, Not, Predicate, all_of, any_of
from ..site import Site
from .base import Codec, Projection, codec
from .datetime import matches, store_moment
from .writer import Put, Writer


@codec("birth_date", "date")
@dataclass(frozen=True, kw_only=True)
class BirthDate(Codec):
    """A date that is as partial as what is known."""

    integers: ClassVar = frozenset({"year", "month", "day"})
    searched_by: ClassVar = frozenset({"date"})

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
            if part is not None and column is None:
                into.lose("", f"only a part of `{value}` has a column")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return matches(value, _Extent(self), site.zone) if isinstance(value, DateValue) else NEVER

    def order(self, site: Site) -> Expression | None:
        return PartialDate(self.year, self.month, self.day)

    def present(self, site: Site) -> Predicate:
        return _Extent(self).present()

    def search_columns(self) -> tuple[Column, ...]:
        return (self.year,)


@dataclass(frozen=True, slots=True)
class _Extent:
    """The days that a partial date covers; an impossible month or day counts as unknown, as it does in rendering."""

    codec: BirthDate

    def present(self) -> Predicate:
        return all_of((Compare(self.codec.year, ">=", 1), Compare(self.codec.year, "<=", 9999)))

    def starts_before(self, moment: datetime) -> Predicate:
        return Compare(self._first, "<" if moment.time() == time() else "<=", _number(moment))

    def starts_from(self, moment: datetime) -> Predicate:
        return Compare(self._first, ">=" if moment.time() == time() else ">", _number(moment))

    def ends_after(self, moment: datetime) -> Predicate:
        """The exclusive end is a midnight; it is after the moment if it is after that day's midnight."""
        if moment.date() == date.min:
            return self.present()
        if moment.date() == date.max and moment.time() > time():  # the end of all that FHIR can say
            return NEVER
        return self._ends_after(moment.date() - timedelta(days=1))

    def ends_by(self, moment: datetime) -> Predicate:
        return all_of((self.present(), Not(self.ends_after(moment))))

    def within(self, low: datetime, high: datetime) -> Predicate:
        return all_of((self.starts_from(low), self.starts_before(high), self.ends_by(high)))

    @property
    def _first(self) -> PartialDate:
        return PartialDate(self.codec.year, self.codec.month, self.codec.day)

    def _ends_after(self, day: date) -> Predicate:
        """The last day is after `day`."""
        codec, same, length = self.codec, _is(self.codec.month, day.month), _length(day)
        within = [all_of((_known(codec.month, 12), _above(codec.month, day.month)))]
        within.append(all_of((same, _known(codec.day, length), _above(codec.day, day.day))))
        if day.day < length:
            within.append(all_of((same, _unknown(codec.day, length))))
        if (day.month, day.day) < (12, 31):
            within.append(_unknown(codec.month, 12))
        this_year = all_of((Compare(codec.year, "=", day.year), any_of(tuple(within))))
        return all_of((self.present(), any_of((Compare(codec.year, ">", day.year), this_year))))


def _number(moment: datetime) -> int:
    """The day as `PartialDate` counts it."""
    return moment.year * 10_000 + moment.month * 100 + moment.day


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _known(part: Column | None, highest: int) -> Predicate:
    return all_of((Compare(part, ">=", 1), Compare(part, "<=", highest))) if part else NEVER


def _unknown(part: Column | None, highest: int) -> Predicate:
    return any_of((IsNull(part), Compare(part, "<", 1), Compare(part, ">", highest))) if part else ALWAYS


def _is(part: Column | None, value: int) -> Predicate:
    return Compare(part, "=", value) if part else NEVER


def _above(part: Column | None, limit: int) -> Predicate:
    return Compare(part, ">", limit) if part else NEVER


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

    integers: ClassVar = frozenset({"year", "month", "day"})
    moments: ClassVar = frozenset({"datetime"})

    datetime: Column
    year: Column
    month: Column
    day: Column

    def emit(self, w: Writer, put: Put) -> None:
        times = w.constant(BirthTimes(w.moments), "birth_times")
        parts = ", ".join(w.read(column) for column in (self.datetime, self.year, self.month, self.day))
        value = w.fresh("d")
        w.line(f"{value} = {times}({parts})")
        with w.block(f"if {value} is not None:"):
            put(value, self.type)

    def project(self, value: Any, into: Projection) -> None:
        if value and into.site.zone is None:
            into.lose("", "the site declares no time zone: the time of birth is not kept")
            value = None
        store_moment(value, (self.datetime,), into)
        self._check_day(into)

    def _check_day(self, into: Projection) -> None:
        """Only a time on the day of birth itself can be read back."""
        kept, parts = into.columns.get(self.datetime), tuple(map(into.columns.get, (self.year, self.month, self.day)))
        if kept and parts[0] is not None and (kept.year, kept.month, kept.day) != parts:
            into.lose("", f"the time of birth is on {kept.date()}, which is not the date of birth")
