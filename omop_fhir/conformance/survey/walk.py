"""The resources of a type, page by page.

What enters: a server and a type. What leaves: resources in the server's order; a page is forgotten when the next one
comes. What is rejected, with `WalkError`: an answer that is no page, a page that comes again.
https://hl7.org/fhir/R4/http.html#paging
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..client import Server
from ..exchange import Exchange

Resource = dict[str, Any]


class WalkError(Exception):
    """The server does not let itself be walked; the message names the request and the answer."""


def walk(server: Server, type: str, limit: int | None, count: int) -> Iterator[Resource]:
    """The resources of a type, at most `limit`, in pages of `count`. Raises WalkError."""
    url: str | None = f"{type}?_count={count if limit is None else min(limit, count)}"
    seen, left = set[int](), limit
    while url is not None and (left is None or left > 0):
        if hash(url) in seen:
            raise WalkError(f"{url} is a page that was there before")
        seen.add(hash(url))
        bundle = _page(server.get(url))
        found = _matches(bundle)
        yield from found if left is None else found[:left]
        left = None if left is None else left - len(found)
        url = _next(bundle)


def _page(exchange: Exchange) -> Mapping[str, Any]:
    bundle = exchange.answer.resource if exchange.answer and exchange.answer.status == 200 else None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise WalkError(f"{exchange.line}: not a page of results")
    return bundle


def _matches(bundle: Mapping[str, Any]) -> list[Resource]:
    """The resources that match; what was included, and outcomes, are not of the walk."""
    rows = (row for row in bundle.get("entry", ()) if (row.get("search") or {}).get("mode", "match") == "match")
    return [row["resource"] for row in rows if isinstance(row.get("resource"), dict)]


def _next(bundle: Mapping[str, Any]) -> str | None:
    return next((row["url"] for row in bundle.get("link", ()) if row.get("relation") == "next"), None)
