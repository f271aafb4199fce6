"""Dates and times: `date`, `datetime`, `period` and `duration`.

OMOP keeps a date and, beside it, an optional timestamp without zone. Columns are given as a list and tried in order.
A timestamp renders with the site's zone; without a declared zone, or at exact midnight, it renders as a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

from ...fhir.absent import absent
from ...fhir.dates import DateTimes, date_range, local, render_date
from ...fhir.values import DateValue, QuantityValue, SearchValue, Token
from ..expression import Column, Elapsed, Expression, Moment, Until
from ..predicate import ALWAYS, NEVER, Compare, EndsBefore, IsNull, Not, Predicate, all_of, any_of, negation
from ..site import Site
from .base import Codec, Projection, codec
from .writer import Put, Writer


def load_moment(w: Writer, columns: tuple[Column, ...], render: object) -> str:
    """Write the lines that render the first usable column; the local that holds the text or None."""
    value, call = w.fresh("d"), w.constant(render, "render")
    w.line(f"{value} = None")
    for column in columns:
        if w.present(column):
            with w.block(f"if {value} is None and {w.read(column)} is not None:"):
                w.line(f"{value} = {call}({w.read(column)})")
    return value


def sought(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """`local` for a search value.

    An hour that the clock shows twice renders as its first pass; a moment of the second lies after all of it. The
    end of year 9999 stays `datetime.max`, which PostgreSQL is told as infinity.
    """
    if moment.replace(tzinfo=None) == datetime.max:
        return datetime.max
    there = local(moment, zone)
    at_the_ends = moment.year in (MINYEAR, MAXYEAR)  # no clock is put back, and a zone may lead out of the calendar
    if zone is None or moment.tzinfo is None or at_the_ends or not moment.astimezone(zone).fold:
        return there
    return _end_of_fold(there, zone)


def _end_of_fold(there: datetime, zone: ZoneInfo) -> datetime:
    minute = there.replace(second=0, microsecond=0)
    while minute.replace(tzinfo=zone).utcoffset() != minute.replace(tzinfo=zone, fold=1).utcoffset():
        minute += timedelta(minutes=1)
    return minute


@dataclass(frozen=True, slots=True)
class Extent:
    """The range that a rendered value covers, half-open; as a `period` it is unbounded where a side is missing."""

    start: Moment
    end: Moment
    is_period: bool = False
    given_end: Moment | None = None
    """The end of a period by its own columns; before the start it is an error and counts as missing."""

    def starts_before(self, moment: datetime) -> Predicate:
        """Part of the range lies before the moment."""
        early = Compare(self.start, "<", moment)
        return any_of((early, all_of((IsNull(self.start), Not(IsNull(self.end)))))) if self.is_period else early

    def ends_after(self, moment: datetime) -> Predicate:
        """Part of the range lies at or after the moment."""
        late = Compare(self.end, ">", moment)
        if not self.is_period:  # no value covers more than a day: what is said of the start lets an index serve
            return all_of((Compare(self.start, ">", _plus(moment, -timedelta(days=1))), late))
        if self.until and moment != datetime.max:
            return Compare(self.until, ">", moment)
        return any_of((late, all_of((IsNull(self.end), Not(IsNull(self.start)))), *self._error()))

    @property
    def until(self) -> Until | None:
        """The end of a period as one value, which an index can be made of."""
        return Until(self.start, self.end, self.given_end) if self.given_end else None

    def starts_from(self, moment: datetime) -> Predicate:
        """The whole range lies at or after the moment."""
        return Compare(self.start, ">=", moment)

    def ends_by(self, moment: datetime) -> Predicate:
        """The whole range lies before the moment."""
        if self.until and moment != datetime.max:
            return Compare(self.until, "<=", moment)
        early = () if self.is_period else (Compare(self.start, "<", moment),)
        return all_of((*early, Compare(self.end, "<=", moment), *(Not(error) for error in self._error())))

    def within(self, low: datetime, high: datetime) -> Predicate:
        """The whole range lies between the moments. That its start does goes without saying, but lets an index serve."""
        return all_of((self.starts_from(low), Compare(self.start, "<", high), self.ends_by(high)))

    def present(self) -> Predicate:
        """There is a value."""
        known = Not(IsNull(self.start))
        return any_of((known, Not(IsNull(self.end)))) if self.is_period else known

    def _error(self) -> tuple[Predicate, ...]:
        return (EndsBefore(self.given_end, self.start),) if self.given_end else ()


@dataclass(frozen=True, slots=True)
class Constant:
    """A point in time that is one for all rows, such as meta.lastUpdated; it covers nothing beyond itself."""

    at: datetime

    def starts_before(self, moment: datetime) -> Predicate:
        """The point lies before the moment."""
        return ALWAYS if self.at < moment else NEVER

    def ends_after(self, moment: datetime) -> Predicate:
        """The point lies at or after the moment."""
        return ALWAYS if self.at >= moment else NEVER

    starts_from = ends_after
    ends_by = starts_before

    def within(self, low: datetime, high: datetime) -> Predicate:
        """The point lies between the moments."""
        return all_of((self.starts_from(low), self.ends_by(high)))

    def present(self) -> Predicate:
        """There is a value."""
        return ALWAYS


def constant(text: str, zone: ZoneInfo | None) -> Constant:
    """A FHIR instant on the site's clock."""
    return Constant(local(date_range(text)[0], zone))


class Range(Protocol):
    """What a rendered date covers, asked for in predicates."""

    def starts_before(self, moment: datetime) -> Predicate: ...
    def ends_after(self, moment: datetime) -> Predicate: ...
    def starts_from(self, moment: datetime) -> Predicate: ...
    def ends_by(self, moment: datetime) -> Predicate: ...
    def within(self, low: datetime, high: datetime) -> Predicate: ...
    def present(self) -> Predicate: ...


def matches(value: DateValue, data: Range, zone: ZoneInfo | None) -> Predicate:
    """The prefixes of https://hl7.org/fhir/R4/search.html#prefix; `ap` allows a tenth of the value's range more."""
    low, high = sought(value.low, zone), sought(value.high, zone)
    contained = data.within(low, high)
    match value.prefix:
        case "eq":
            return contained
        case "ne":
            return all_of((data.present(), negation(contained)))
        case "gt":
            return data.ends_after(high)
        case "lt":
            return data.starts_before(low)
        case "ge":
            return any_of((data.ends_after(high), contained))
        case "le":
            return any_of((data.starts_before(low), contained))
        case "sa":
            return data.starts_from(high)
        case "eb":
            return data.ends_by(low)
        case "ap":
            slack = (high - low) / 10
            return all_of((data.starts_before(_plus(high, slack)), data.ends_after(_plus(low, -slack))))


def _plus(moment: datetime, delta: timedelta) -> datetime:
    try:
        return moment + delta
    except OverflowError:
        return moment


def store_moment(
    text: str | None, columns: tuple[Column, ...], into: Projection, step: str = "", last: bool = False
) -> None:
    """Put a FHIR date or dateTime into its timestamp and date columns, on the site's clock.

    A partial date becomes its first day, with `last` its last one: a period's end means all of it.
    """
    for column in columns:
        into.assign(column, None)
    if text is None:
        return
    moment = local(date_range(text)[0], into.site.zone)
    if len(text) < 10:
        moment = date_range(text)[1] - timedelta(days=1) if last else moment
        into.lose(step, f"`{text}` is kept as {moment.date()}: OMOP has no partial dates", "imputed")
    if text[16:19] == ":60":
        into.lose(step, "a timestamp has no leap second")
    if "T" in text and into.site.zone is None:
        into.lose(step, "the site declares no time zone: only the date is kept")
    timed = "T" in text and into.site.zone is not None
    has_date = any(column.kind == "date" for column in columns)
    for column in columns:
        if column.kind == "date":
            into.assign(column, moment.date())
        elif timed or not has_date:
            into.assign(column, moment if timed else datetime(moment.year, moment.month, moment.day))
    if timed and (columns[0].kind == "date" or not _reads_back(text, moment, into.site.zone)):
        into.lose(step, f"`{text}` cannot be told from another moment or a mere date on the site's clock")


def _reads_back(text: str, moment: datetime, zone: ZoneInfo | None) -> bool:
    """Does the stored timestamp render as the same moment, with a time of day?"""
    rendered = DateTimes(zone)(moment.isoformat(" "))
    return rendered is not None and "T" in rendered and date_range(rendered)[0] == _zoned(date_range(text)[0], zone)


def _zoned(moment: datetime, zone: ZoneInfo | None) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@dataclass(frozen=True, kw_only=True)
class _Instant(Codec):
    """What `date` and `datetime` share; a token parameter asks whether there is a value (`deceased`)."""

    moments: ClassVar = frozenset({"column"})
    searched_by: ClassVar = frozenset({"date", "token"})

    column: tuple[Column, ...]

    def extent(self, site: Site) -> Extent:
        """What the value covers."""
        whole = site.zone is None or self.type == "date"
        return Extent(Moment(self.column, False, whole), Moment(self.column, True, whole))

    def search(self, value: SearchValue, site: Site) -> Predicate:
        match value:
            case DateValue():
                return matches(value, self.extent(site), site.zone)
            case Token(system=None, code="true"):
                return self.present(site)
            case Token(system=None, code="false"):
                return Not(self.present(site))
            case _:
                return NEVER

    def order(self, site: Site) -> Expression | None:
        return self.extent(site).start

    def present(self, site: Site) -> Predicate:
        return self.extent(site).present()

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
        value = load_moment(w, self.column, w.moments)
        with w.block(f"if {value} is not None:"):
            put(value, self.type)


def close(start: str | None, end: str) -> dict[str, Any]:
    """A Period that has an end; one before the start is an error, and said to be one (per-1)."""
    if start is None:
        return {"end": end}
    if start <= end and len(start) == len(end):
        return {"start": start, "end": end}
    size = min(len(start), len(end), 19)
    if end[:size] < start[:size]:
        return {"start": start, "_end": absent("error")}
    return {"start": start, "end": end}


@codec("period", "Period")
@dataclass(frozen=True, kw_only=True)
class Period(Codec):
    """A Period; with `without_end: dateTime`, a lone start is a dateTime (for a choice element)."""

    moments: ClassVar = frozenset({"start", "end"})
    searched_by: ClassVar = frozenset({"date"})

    start: tuple[Column, ...]
    end: tuple[Column, ...]
    without_end: str = ""

    def emit(self, w: Writer, put: Put) -> None:
        render = w.moments
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
        store_moment(period.get("start"), self.start, into, "" if isinstance(value, str) else "start")
        store_moment(period.get("end"), self.end, into, "end", last=True)

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return matches(value, self.extent(site), site.zone) if isinstance(value, DateValue) else NEVER

    def order(self, site: Site) -> Expression | None:
        return self.extent(site).start

    def extent(self, site: Site) -> Extent:
        """What the value covers."""
        whole = site.zone is None
        last = (*self.end, *self.start) if self.without_end else self.end
        start, end = Moment(self.start, False, whole), Moment(last, True, whole)
        return Extent(start, end, is_period=True, given_end=Moment(self.end, True, whole))

    def present(self, site: Site) -> Predicate:
        return self.extent(site).present()

    def search_columns(self) -> tuple[Column, ...]:
        return self.start


class Minutes:
    """The whole and fractional minutes between two timestamps, where both have a real time of day."""

    def __init__(self, moments: DateTimes) -> None:
        self.moments = moments

    def __call__(self, start: str | None, end: str | None) -> float | int | None:
        if start is None or end is None:
            return None
        first, last = self.moments(start), self.moments(end)
        if first is None or last is None or "T" not in first or "T" not in last:
            return None
        if start[:16] == end[:16] and len(start) == len(end) == 19:
            seconds: float = int(end[17:]) - int(start[17:])
        else:
            seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
        if seconds < 0:
            return None
        return int(seconds) // 60 if not seconds % 60 else round(seconds / 60, 3)


UCUM = "http://unitsofmeasure.org"
MINUTES = {"s": Decimal(1) / 60, "min": Decimal(1), "h": Decimal(60), "d": Decimal(1440), "wk": Decimal(10080)}


def compares(left: Expression, value: QuantityValue, size: Decimal = Decimal(1)) -> Predicate:
    """The prefixes of https://hl7.org/fhir/R4/search.html#number over a value without precision of its own."""
    exact, low, high = (round(part * size, 6) for part in (value.value, value.low, value.high))
    slack = abs(exact) / 10
    inside = all_of((Compare(left, ">=", low), Compare(left, "<", high)))
    match value.prefix:
        case "eq":
            return inside
        case "ne":
            return all_of((Not(IsNull(left)), Not(inside)))
        case "gt" | "sa":
            return Compare(left, ">", exact)
        case "lt" | "eb":
            return Compare(left, "<", exact)
        case "ge":
            return Compare(left, ">=", exact)
        case "le":
            return Compare(left, "<=", exact)
        case "ap":
            return all_of((Compare(left, ">=", exact - slack), Compare(left, "<=", exact + slack)))


@codec("duration", "Duration")
@dataclass(frozen=True, kw_only=True)
class Duration(Codec):
    """The time between two timestamps, in minutes; nothing where either is a mere date."""

    searched_by: ClassVar = frozenset({"quantity"})
    moments: ClassVar = frozenset({"start", "end"})

    start: Column
    end: Column

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("m")
        w.line(f"{value} = {w.constant(Minutes(w.moments), 'minutes')}({w.read(self.start)}, {w.read(self.end)})")
        with w.block(f"if {value} is not None:"):
            unit = "'unit': 'min', 'system': 'http://unitsofmeasure.org', 'code': 'min'"
            put(f"{{'value': {value}, {unit}}}", self.type)

    def search(self, value: SearchValue, site: Site) -> Predicate:
        """In minutes; a value in seconds, hours or days is converted (https://hl7.org/fhir/R4/search.html#quantity)."""
        if not isinstance(value, QuantityValue) or site.zone is None or value.system not in (None, UCUM):
            return NEVER
        size = MINUTES.get(value.code or "min")
        return NEVER if size is None else compares(Elapsed(self.start, self.end), value, size)

    def order(self, site: Site) -> Expression | None:
        return Elapsed(self.start, self.end) if site.zone else None

    def present(self, site: Site) -> Predicate:
        return Not(IsNull(Elapsed(self.start, self.end))) if site.zone else NEVER

    def project(self, value: Any, into: Projection) -> None:
        """The period says it already; a length beside it is derived, never stored."""
        if value:
            into.afterwards(lambda: self._check(value, into))

    def _check(self, value: dict[str, Any], into: Projection) -> None:
        ends = (into.columns.get(column) for column in (self.start, self.end))
        said = Minutes(DateTimes(into.site.zone))(*(str(end) if isinstance(end, datetime) else None for end in ends))
        if said is None or value != {"value": said, "unit": "min", "system": UCUM, "code": "min"}:
            into.lose("", "OMOP keeps no length of its own: it follows from the period, in minutes")
