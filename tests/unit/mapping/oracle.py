"""Does a row match? Said twice: by the predicate over the row, and by R4's words over what is rendered."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from omop_fhir.fhir.dates import date_range, partial_date
from omop_fhir.fhir.values import DateValue, ReferenceValue, Token
from omop_fhir.mapping.expression import PartialDate, Until
from omop_fhir.mapping.predicate import (
    Among,
    And,
    Column,
    Compare,
    EndsBefore,
    HasConcept,
    IsBlank,
    IsNull,
    Joined,
    Moment,
    Not,
    Or,
    Predicate,
    columns_of,
)
from omop_fhir.mapping.site import Site

from .rows import concept

Row = Mapping[Column, Any]
_DAY = timedelta(days=1)
_OPERATORS = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def holds(predicate: Predicate, row: Row) -> bool:
    """The predicate over a row that holds ints and PostgreSQL's texts; two-valued as in SQL's WHERE."""
    match predicate:
        case And(parts):
            return all(holds(part, row) for part in parts)
        case Or(parts):
            return any(holds(part, row) for part in parts)
        case Not(part):
            return not holds(part, row)
        case Compare(left, op, value):
            found = _value(left, row)
            return found is not None and bool(_OPERATORS[op](found, value))
        case Among(column, values):
            return row.get(column) in values
        case HasConcept(columns, token):
            return any(_means(token, row[column]) for column in columns if row.get(column))
        case IsNull(left):
            return _value(left, row) is None
        case IsBlank(column):
            return not (row.get(column) or "").strip(" \t\r\n\u00a0")
        case Joined(alias, where):
            many = {column: value or [] for column, value in row.items() if column.alias == alias}
            length = max(map(len, many.values()), default=0)
            return any(holds(where, {**row, **{c: v[n] for c, v in many.items()}}) for n in range(length))
        case EndsBefore(end, start):
            upper, lower = _value(end, row), _value(start, row)
            return upper is not None and lower is not None and upper <= lower


def holds_somewhere(predicate: Predicate, row: Row) -> bool:
    """The same where columns of a to-many source hold lists: for one row of it at least."""
    many = {column: value for column, value in row.items() if isinstance(value, list)}
    if not many or not set(columns_of(predicate)) & many.keys():
        return holds(predicate, row)
    length = max(map(len, many.values()))
    one = ({**row, **{c: v[n] for c, v in many.items() if n < len(v)}} for n in range(length))
    return any(holds(predicate, each) for each in one)


def _means(token: Token, id: int) -> bool:
    coding = concept(id).coding()
    return says(token, coding)


def _value(left: Column | Moment | PartialDate | Until, row: Row) -> Any:
    match left:
        case Column():
            return row.get(left)
        case Until():
            return _until(left, row)
        case PartialDate():
            text = partial_date(*(row.get(c) if c else None for c in (left.year, left.month, left.day)))
            return int(f"{text}-01-01"[:10].replace("-", "")) if text else None
        case Moment():
            return _moment(left, row)


def _until(left: Until, row: Row) -> datetime | None:
    start, end, given = (_moment(moment, row) for moment in (left.start, left.end, left.given_end))
    if start is not None and given is not None and given <= start:
        return datetime.max
    return end if end is not None else datetime.max if start is not None else None


def _moment(left: Moment, row: Row) -> datetime | None:
    found = next((moment for c in left.columns if (moment := timestamp(row.get(c))) is not None), None)
    if found is None:
        return None
    midnight = found.replace(hour=0, minute=0, second=0, microsecond=0)
    if left.whole_days:
        return _plus(midnight, _DAY) if left.upper else midnight
    if not left.upper:
        return found
    if found == midnight:
        return _plus(found, _DAY)
    return _plus(found, timedelta(microseconds=1) if found.microsecond else timedelta(seconds=1))


def _plus(moment: datetime, delta: timedelta) -> datetime:
    try:
        return moment + delta
    except OverflowError:
        return datetime.max if delta > timedelta() else datetime.min


def timestamp(text: str | None) -> datetime | None:
    """PostgreSQL's text of a date or timestamp; None where FHIR has no such date."""
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


def says(token: Token, coding: Mapping[str, str]) -> bool:
    """R4's token match against a Coding or Identifier."""
    if token.system is not None and token.system != coding.get("system", ""):
        return False
    return token.code is None or token.code == coding.get("code", coding.get("value"))


def codings(value: Any, system: str = "") -> Iterator[Mapping[str, str]]:
    """Every Coding (or Identifier) of a value; a bare code has the system of its required binding."""
    if isinstance(value, str):
        yield {"system": system, "code": value}
    elif isinstance(value, list):
        for item in value:
            yield from codings(item, system)
    elif isinstance(value, dict):
        yield from value.get("coding", [value])


def extent(value: Any, zone: ZoneInfo | None) -> tuple[datetime, datetime] | None:
    """The range of a rendered date, dateTime or Period on a clock without zone (UTC where the site has a zone)."""
    if value is None:
        return None
    if isinstance(value, str):
        low, high = date_range(value)
        if "." in value:
            high = low + timedelta(microseconds=1)
        return _clock(low, zone), _clock(high, zone)
    low = extent(value["start"], zone)[0] if "start" in value else datetime.min  # type: ignore[index]
    high = extent(value["end"], zone)[1] if "end" in value else datetime.max  # type: ignore[index]
    return low, high


def _clock(moment: datetime, zone: ZoneInfo | None) -> datetime:
    if moment.replace(tzinfo=None) == datetime.max:
        return datetime.max
    if zone is None:
        return moment.replace(tzinfo=None)
    there = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        return (there.replace(tzinfo=None) - there.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]
    except OverflowError:
        return datetime.min if there.year == 1 else datetime.max


def dates_match(sought: DateValue, value: Any, site: Site) -> bool:
    """https://hl7.org/fhir/R4/search.html#prefix, word for word."""
    data = extent(value, site.zone)
    if data is None:
        return False
    (start, end), (low, high) = data, (_clock(sought.low, site.zone), _clock(sought.high, site.zone))
    contained = low <= start and end <= high
    match sought.prefix:
        case "eq":
            return contained
        case "ne":
            return not contained
        case "gt":
            return end > high
        case "lt":
            return start < low
        case "ge":
            return end > high or contained
        case "le":
            return start < low or contained
        case "sa":
            return start >= high
        case "eb":
            return end <= low
        case "ap":
            slack = (high - low) / 10
            return start < _plus(high, slack) and end > _plus(low, -slack)


def refers(sought: ReferenceValue, value: Any) -> bool:
    """Does a rendered reference point at what is sought?"""
    type, _, id = ((value or {}).get("reference") or "/").rpartition("/")
    return bool(id) and id == sought.id and sought.type in (None, type)
