"""Conditions of a request: on the version of one resource (ETags, times), and on what a search finds.

Header values enter, frozen conditions leave. Rejected with Invalid: entity tags that are none; a search that is empty, names
no filter, or asks for the form of a result. A malformed If-Modified-Since is left aside, as RFC 9110 §13.1.3 demands.
https://hl7.org/fhir/R4/http.html#concurrency, #ccreate, #cread
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from ..errors import Invalid
from .pairs import parse_text
from .search import RESULT_PARAMETERS, SearchRequest, parse_search

_TAG = re.compile(r'(?:W/)?"(?P<quoted>[\x21\x23-\x7e\x80-\xff]*)"|(?P<bare>[A-Za-z0-9.\-]{1,64})')
_SEPARATOR = re.compile(r"[ \t]*,[ \t,]*|[ \t]*$")
_SPECIAL = re.compile(r"[\\$|,]")
_AT_ONCE = 100

Header = Callable[[bytes], str | None]
"""The value of a header, by its name in lower case."""


@dataclass(frozen=True, slots=True)
class Tags:
    """The versions that an If-Match or If-None-Match names; `any`: `*`, whatever version there is."""

    versions: frozenset[str]
    any: bool = False

    def match(self, version: str | None) -> bool:
        """Is this version among them? None: there is no such resource.

        The comparison is weak in both headers: FHIR's tags are weak ones (https://hl7.org/fhir/R4/http.html#concurrency).
        """
        return version is not None and (self.any or version in self.versions)


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What must hold before a request is done; None: the client did not ask.

    `if_none_exist` is the search as the client wrote it, see `parse_condition`; `if_modified_since` has a time zone.
    """

    if_match: Tags | None = None
    if_none_match: Tags | None = None
    if_none_exist: str | None = None
    if_modified_since: datetime | None = None


def parse_preconditions(header: Header) -> Preconditions:
    """The conditions in the headers of a request. Raises Invalid."""
    exist = header(b"if-none-exist")
    return Preconditions(
        _tags("If-Match", header(b"if-match")),
        _tags("If-None-Match", header(b"if-none-match")),
        exist.strip() if exist is not None else None,
        http_date(header(b"if-modified-since")),
    )


def _tags(name: str, text: str | None) -> Tags | None:
    return None if text is None else parse_tags(text, f"http.{name}")


def parse_tags(text: str, place: str) -> Tags:
    """Entity tags, weak or strong, or `*`; a bare version is taken too. Raises Invalid, naming `place`.

    >>> sorted(parse_tags('W/"3", "h4"', "http.If-Match").versions)
    ['3', 'h4']
    """
    rest = text.strip(" \t,")
    if rest == "*":
        return Tags(frozenset(), any=True)
    versions, position = set(), 0
    while position < len(rest):
        found = _TAG.match(rest, position)
        separator = _SEPARATOR.match(rest, found.end()) if found else None
        if found is None or separator is None:
            break
        versions.add(found["bare"] if found["quoted"] is None else found["quoted"])
        position = separator.end()
    if not versions or position < len(rest):
        raise Invalid(f'`{text[:100]}` is not a version: W/"3", several of them, or *', expression=place)
    return Tags(frozenset(versions))


def http_date(text: str | None) -> datetime | None:
    """A date of HTTP in any of its three forms (RFC 9110 §5.6.7); None where it is none."""
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text.strip())
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


@dataclass(frozen=True, slots=True)
class Condition:
    """Resources of one type, chosen by a search: of a conditional create, update, patch, delete or reference."""

    type: str
    query: str
    """As the client wrote it, without the type and `?`."""
    search: SearchRequest


def identifiers(resource: Mapping[str, Any]) -> Iterator[str]:
    """The identifiers of a resource that have system and value, as a search has them; the resource may still be wrong."""
    found = resource.get("identifier")
    for each in found if isinstance(found, list) else ():
        given = (each.get("system"), each.get("value")) if isinstance(each, dict) else ()
        parts = [part for part in given if isinstance(part, str) and part.strip() and part.isprintable()]
        if len(parts) == len(("system", "value")):
            yield "|".join(quote(_SPECIAL.sub(r"\\\g<0>", part), safe="") for part in parts)


def identified(type: str, wanted: Sequence[str]) -> Iterator[Condition]:
    """The resources that have one of these identifiers, so many at a time."""
    for first in range(0, len(wanted), _AT_ONCE):
        yield parse_condition(type, f"identifier={','.join(wanted[first : first + _AT_ONCE])}", f"{type}.identifier")


def parse_condition(type: str, query: str, place: str) -> Condition:
    """The resources of a type that a search chooses.

    Raises Invalid, naming `place`, where it chooses nothing by a parameter that filters: such a search would find everything.
    """
    query = query.strip().removeprefix("?").removeprefix(f"{type}?")
    pairs = parse_text(query)
    search = parse_search(type, pairs)
    unfit = next((name for name, _ in pairs if name in RESULT_PARAMETERS), None) or next(iter(search.ignored), None)
    if unfit is not None:
        raise Invalid(f"a condition takes parameters that filter, and not `{unfit}`", expression=place)
    if not search.criteria:
        raise Invalid("a condition names at least one search parameter", expression=place)
    return Condition(type, query, search)
