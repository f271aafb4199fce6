"""FHIR dates and dateTimes (https://hl7.org/fhir/R4/datatypes.html#dateTime): partial, with implicit ranges and zones.

PostgreSQL's ISO text of a date or timestamp enters, FHIR text leaves; or a FHIR value enters and the range that it
means leaves. What FHIR cannot say (infinity, BC, years above 9999) is rejected by returning None.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, timedelta, timezone
from typing import NoReturn
from zoneinfo import ZoneInfo

_LAST_SECOND = 59
"""A leap second, `:60`, which FHIR allows, is put to the second before it: no calendar here knows of any."""
_FARTHEST = timedelta(hours=14)
_DATE = re.compile(r"(?!0000)\d{4}-\d{2}-\d{2}")
_FRACTION = re.compile(r"\.\d+", re.ASCII).fullmatch
_VALUE = re.compile(
    r"(?P<year>(?!0000)\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


def render_date(text: str) -> str | None:
    """The date of PostgreSQL's text of a date or timestamp, or None where FHIR has no such date."""
    if len(text) == 10:  # PostgreSQL writes nothing else of this length
        return text
    day = text[:10]
    return day if _DATE.fullmatch(day) and not text.endswith("BC") and text[10:11] in ("", " ", "T") else None


class DateTimes:
    """Renders PostgreSQL timestamps (text, without zone) in the site's time zone.

    A call takes `2010-04-30 12:30:00.5` and gives `2010-04-30T12:30:00.5+02:00`. Exact midnight may be a date in
    disguise and is given as a date, as is everything where no zone is declared. None: FHIR has no such date.
    """

    def __init__(self, zone: ZoneInfo | None) -> None:
        self.zone = zone
        self._offsets: dict[str, str | None] = {}
        """Day -> offset; empty on a day when it changes."""

    def __call__(self, text: str) -> str | None:
        size = len(text)
        if self.zone is None or size < 19 or text[11:] == "00:00:00" or (size > 19 and not _FRACTION(text, 19)):
            return render_date(text)
        day = text[:10]
        offset = self._offsets.get(day)
        if not offset:
            offset = self.offset(text)
        return f"{day}T{text[11:]}{offset}" if offset else render_date(text)

    def offset(self, text: str) -> str | None:
        """`+02:00` at a local timestamp; None where FHIR cannot write the offset, or no such date is."""
        day = text[:10]
        if day not in self._offsets:
            if len(self._offsets) > 50_000:
                self._offsets.clear()
            first, last = self._offset(f"{day} 00:00"), self._offset(f"{day} 23:59")
            self._offsets[day] = first if first == last else ""
        offset = self._offsets[day]
        return self._offset(text[:16]) if offset == "" else offset

    def _offset(self, minute: str) -> str | None:
        """The offset at a local minute; None where the zone kept local mean time, whose seconds FHIR cannot write."""
        try:
            offset = datetime.fromisoformat(minute).replace(tzinfo=self.zone).utcoffset()
        except (ValueError, OverflowError):
            return None
        if offset is None or offset.seconds % 60 or abs(offset) > _FARTHEST:
            return None
        sign, size = ("-", -offset) if offset < timedelta(0) else ("+", offset)
        return f"{sign}{size.seconds // 3600:02}:{size.seconds % 3600 // 60:02}"


def partial_date(year: int | None, month: int | None, day: int | None) -> str | None:
    """`yyyy`, `yyyy-MM` or `yyyy-MM-dd` from what is known; an impossible month or day counts as unknown."""
    if year is None or not 1 <= year <= 9999:
        return None
    if month is None or not 1 <= month <= 12:
        return f"{year:04}"
    if day is None or not (1 <= day <= 28 or 28 < day <= monthrange(year, month)[1]):
        return f"{year:04}-{month:02}"
    return f"{year:04}-{month:02}-{day:02}"


def date_range(text: str) -> tuple[datetime, datetime]:
    """The half-open range that a FHIR date, dateTime or instant means.

    Raises ValueError where the text is none. The ends carry a zone where the text did.
    """
    found = _VALUE.fullmatch(text)
    try:
        return _range(found) if found else _refuse(text)
    except ValueError:
        _refuse(text)


def _refuse(text: str) -> NoReturn:
    form = "yyyy, yyyy-MM, yyyy-MM-dd or yyyy-MM-ddThh:mm[:ss[.s]][Z|+hh:mm]"
    raise ValueError(f"`{text}` is not a date of the calendar in one of the forms {form}") from None


def _range(found: re.Match[str]) -> tuple[datetime, datetime]:
    part = {key: int(value) for key, value in found.groupdict().items() if value and key not in ("zone", "fraction")}
    if part.get("second", 0) > _LAST_SECOND + 1:
        raise ValueError
    low = datetime(
        part["year"], part.get("month", 1), part.get("day", 1), part.get("hour", 0), part.get("minute", 0),
        min(part.get("second", 0), _LAST_SECOND), int((found["fraction"] or "0")[:6].ljust(6, "0")), _zone(found["zone"]),
    )  # fmt: skip
    return low, _end(low, found)


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    size = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-size if text[0] == "-" else size)


def _end(low: datetime, found: re.Match[str]) -> datetime:
    try:
        if found["fraction"]:
            return low + timedelta(microseconds=10 ** max(0, 6 - len(found["fraction"])))
        for unit in ("second", "minute", "day"):
            if found[unit]:
                return low + timedelta(**{f"{unit}s": 1})
        if found["month"]:
            return low + timedelta(days=monthrange(low.year, low.month)[1])
        return low.replace(year=low.year + 1) if low.year < MAXYEAR else datetime.max.replace(tzinfo=low.tzinfo)
    except OverflowError:
        return datetime.max.replace(tzinfo=low.tzinfo)


def local(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """A moment on the site's own clock, without zone, as OMOP keeps time."""
    if moment.tzinfo is None or zone is None:
        return moment.replace(tzinfo=None)
    try:
        return moment.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        return moment.replace(tzinfo=None)


def instant_text(moment: datetime) -> str:
    """A moment with time zone as a FHIR instant, in UTC and to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(day: date, zone: ZoneInfo | None) -> str:
    """The start of `day` in the zone (UTC where none is declared) as a FHIR instant."""
    moment = datetime(day.year, day.month, day.day, tzinfo=zone or UTC)
    if moment.utcoffset() and moment.utcoffset().seconds % 60:  # type: ignore[union-attr]
        moment = moment.replace(tzinfo=UTC)
    return moment.isoformat().replace("+00:00", "Z")
