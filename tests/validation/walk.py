"""All resources of a running FHIR server, page by page.

What enters: a client whose base URL is the server's. What leaves: pages as bytes, in the order of the server;
a page is forgotten once it is taken. What it rejects: an answer that is no page, with `WalkError`.
https://hl7.org/fhir/R4/http.html#paging
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson


class WalkError(Exception):
    """The server does not let itself be walked; the message names the URL and the answer."""


@dataclass(frozen=True)
class Page:
    """One searchset as the server sent it."""

    type_name: str
    url: str
    body: bytes
    size: int
    """Entries that match."""


def served_types(client: httpx.Client) -> tuple[str, ...]:
    """The types that the CapabilityStatement says can be searched."""
    statement = orjson.loads(fetch(client, "metadata"))
    rest = [row for row in statement.get("rest", ()) if row.get("mode") == "server"]
    rows = [row for part in rest for row in part.get("resource", ())]
    return tuple(row["type"] for row in rows if _searchable(row))


def _searchable(row: dict[str, Any]) -> bool:
    return any(interaction.get("code") == "search-type" for interaction in row.get("interaction", ()))


def pages(client: httpx.Client, type_name: str, sample: int | None, page_size: int) -> Iterator[Page]:
    """The pages of a type by `next` links, until there are no more or `sample` resources were seen.

    Raises WalkError also where a page comes twice, which would never end.
    """
    url: str | None = f"{type_name}?_count={page_size if sample is None else min(sample, page_size)}"
    seen, left = set[str](), sample
    while url is not None and (left is None or left > 0):
        if url in seen:
            raise WalkError(f"{url} is the next page of itself")
        seen.add(url)
        body = fetch(client, url)
        bundle = _bundle(url, body)
        page = Page(type_name, url, body, _matches(bundle))
        yield page
        left = None if left is None else left - page.size
        url = _next(bundle)


def fetch(client: httpx.Client, url: str) -> bytes:
    """The body of a 200. Raises WalkError for any other answer."""
    try:
        response = client.get(url)
    except httpx.HTTPError as error:
        raise WalkError(f"GET {url}: {error}") from error
    if response.status_code != 200:
        raise WalkError(f"GET {url}: {response.status_code} {response.text[:300]}")
    return response.content


def _bundle(url: str, body: bytes) -> dict[str, Any]:
    bundle = orjson.loads(body)
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise WalkError(f"GET {url}: not a Bundle")
    return bundle


def _matches(bundle: dict[str, Any]) -> int:
    return sum(row.get("search", {}).get("mode", "match") == "match" for row in bundle.get("entry", ()))


def _next(bundle: dict[str, Any]) -> str | None:
    return next((link["url"] for link in bundle.get("link", ()) if link.get("relation") == "next"), None)
