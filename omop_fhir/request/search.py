"""A search as the client asks for it: criteria, and how the result is to look.

Name and value pairs enter, from the URL and from a form; a `SearchRequest` leaves. Malformed ones are rejected with
Invalid; whether a parameter is one that this database can answer is decided in `plan`.
https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from ..errors import Invalid, TooCostly
from .criterion import Criterion, parse_criterion
from .shape import Pairs, Shape, parse_shape, single

Total: TypeAlias = Literal["none", "estimate", "accurate"]

_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_HARMLESS = re.compile(r"_(?!filter|text|content|list|query|contained)[A-Za-z]+", re.ASCII)
"""Unknown parameters that cannot filter: they become a word in the Bundle, not an error."""
_FILTERS_COMMON = frozenset({"_id", "_lastUpdated", "_profile", "_tag", "_security", "_source", "_type", "_has"})


@dataclass(frozen=True, slots=True)
class SortKey:
    """One rule of `_sort`."""

    code: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An `_include` or `_revinclude`: `source:code[:target]`; source `*` is any type, code `*` any reference."""

    source: str
    code: str
    target: str | None
    reverse: bool
    iterate: bool


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A parsed search. `type` is None for a search of the whole system, `types` what `_type` narrows it to.

    `pairs` are the parameters as given (without `_format` and `_pretty`), for the self link; `ignored` are names of
    unknown parameters that cannot filter.
    """

    type: str | None
    types: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    sort: tuple[SortKey, ...]
    inclusions: tuple[Inclusion, ...]
    count: int | None
    total: Total
    shape: Shape
    pairs: Pairs
    ignored: tuple[str, ...]


RESULT_PARAMETERS = frozenset(
    {
        "_count", "_elements", "_explain", "_format", "_include", "_include:iterate", "_include:recurse", "_pretty",
        "_revinclude", "_revinclude:iterate", "_revinclude:recurse", "_sort", "_summary", "_total", "_type",
    }
)  # fmt: skip


MOST_SORTS = 16
"""Rules of one order."""


def parse_search(type: str | None, pairs: Iterable[tuple[str, str]]) -> SearchRequest:
    """The search that name and value pairs ask for. Raises Invalid, NotSupported."""
    pairs = tuple(pairs)
    filters = [(name, value) for name, value in pairs if name not in RESULT_PARAMETERS]
    ignored = tuple(name for name, _ in filters if _is_harmless(name))
    shape, count = parse_shape(type, pairs), _count(pairs)
    if type is not None and any(name == "_type" for name, _ in pairs):
        raise Invalid(f"`_type` is for searches over several types; this one is of {type}", expression="http._type")
    if shape.summary == "text" and any(name.startswith(("_include", "_revinclude")) for name, _ in pairs):
        raise Invalid("`_summary=text` and inclusions exclude each other", expression="http._summary")
    return SearchRequest(
        type=type,
        types=_types(pairs),
        criteria=tuple(parse_criterion(name, value) for name, value in filters if name not in ignored),
        sort=_sort(pairs),
        inclusions=tuple(_inclusions(pairs)),
        count=count,
        total=_total(pairs),
        shape=Shape(count=True) if count == 0 else shape,
        pairs=tuple(pair for pair in pairs if pair[0] not in ("_format", "_pretty", "_explain", *ignored)),
        ignored=ignored,
    )


def _is_harmless(name: str) -> bool:
    code = name.partition(":")[0].partition(".")[0]
    return code not in _FILTERS_COMMON and bool(_HARMLESS.fullmatch(name))


def _count(pairs: Pairs) -> int | None:
    text = single(pairs, "_count")
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise Invalid(f"`_count={text}` is not a number of resources, of nine digits at most", expression="http._count")
    return int(text)


def _total(pairs: Pairs) -> Total:
    text = single(pairs, "_total") or "none"
    if text not in ("none", "estimate", "accurate"):
        raise Invalid(f"`_total={text}` is none of none, estimate, accurate", expression="http._total")
    return cast(Total, text)


def _types(pairs: Pairs) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for name, value in pairs if name == "_type" for part in value.split(",")))


def _sort(pairs: Pairs) -> tuple[SortKey, ...]:
    text = single(pairs, "_sort")
    if text is None:
        return ()
    keys = {key.code: key for key in reversed([_sort_key(part.strip()) for part in text.split(",")])}  # the first counts
    if len(keys) > MOST_SORTS:
        raise TooCostly(f"`_sort` takes at most {MOST_SORTS} parameters, not {len(keys)}", expression="http._sort")
    return tuple(reversed(keys.values()))


def _sort_key(text: str) -> SortKey:
    code = text.removeprefix("-")
    if not _CODE.fullmatch(code):
        raise Invalid(f"`_sort={text}` is not a search parameter, with `-` for descending", expression="http._sort")
    return SortKey(code, text.startswith("-"))


def _inclusions(pairs: Pairs) -> Iterable[Inclusion]:
    for name, value in pairs:
        word, _, modifier = name.partition(":")
        if word in ("_include", "_revinclude"):
            for part in value.split(","):
                yield _inclusion(name, part.strip(), word == "_revinclude", modifier in ("iterate", "recurse"))


def _inclusion(name: str, text: str, reverse: bool, iterate: bool) -> Inclusion:
    if text == "*":
        return Inclusion("*", "*", None, reverse, iterate)
    source, *rest = text.split(":")
    if not 1 <= len(rest) <= 2 or not all((source, *rest)):
        raise Invalid(f"`{name}={text}` is not Type:parameter[:Target] or *", expression=f"http.{name}")
    return Inclusion(source, rest[0], rest[1] if len(rest) == 2 else None, reverse, iterate)
