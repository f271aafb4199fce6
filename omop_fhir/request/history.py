"""The parameters of histories: `_since`, `_at`, `_count`.

Name and value pairs enter, a `HistoryRequest` leaves; moments without a time zone are on the site's clock. Rejected with
Invalid: moments that are none, and a `_count` of nothing; with NotSupported: every other parameter.
https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ..errors import Invalid, NotSupported
from ..fhir.dates import date_range
from .shape import Pairs, single

_BESIDE = ("_format", "_pretty")
_NAMES = ("_since", "_at", "_count", *_BESIDE)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """Versions made at or after `since`; those that were current at some time from `at[0]` until before `at[1]`.

    Moments have a time zone. `count` are versions a page, `pairs` the parameters as given, for links.
    """

    since: datetime | None
    at: tuple[datetime, datetime] | None
    count: int | None
    pairs: Pairs


def parse_history(pairs: Iterable[tuple[str, str]], zone: ZoneInfo | None) -> HistoryRequest:
    """The history that name and value pairs ask for. Raises Invalid, NotSupported."""
    pairs = tuple(pairs)
    for name, _ in pairs:
        if name not in _NAMES:
            message = f"a history takes no parameter `{name}`; it takes `_since`, `_at` and `_count`"
            raise NotSupported(message, expression=f"http.{name}")
    since = _moments(pairs, "_since", zone)
    kept = tuple(pair for pair in pairs if pair[0] not in _BESIDE)
    return HistoryRequest(since[0] if since else None, _moments(pairs, "_at", zone), _count(pairs), kept)


def _moments(pairs: Pairs, name: str, zone: ZoneInfo | None) -> tuple[datetime, datetime] | None:
    text = single(pairs, name)
    if text is None:
        return None
    try:
        low, high = date_range(text)
        return _zoned(low, zone), _zoned(high, zone)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"`{name}`: {error}", expression=f"http.{name}") from None


def _zoned(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """In UTC; the ends of time stay within what a datetime can be."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone or UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def _count(pairs: Pairs) -> int | None:
    text = single(pairs, "_count")
    if text is None:
        return None
    if not _COUNT.fullmatch(text) or int(text) == 0:
        raise Invalid(f"`_count={text}` is not a number of versions, one at least", expression="http._count")
    return int(text)
