"""A read within a Bundle: asked of the same router, as if it had come alone, with the caller's own credentials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from starlette.responses import Response

from ..errors import Problem
from ..fhir.dates import instant_text
from ..fhir.outcome import outcome_of
from ..render.response import EntryResponse
from ..request.bundle import Entry
from .exchange import Exchange
from .failure import understood

Respond: TypeAlias = Callable[[Exchange], Awaitable[Response]]

_KEPT = (b"authorization", b"prefer")


async def ask(exchange: Exchange, entry: Entry, respond: Respond) -> EntryResponse:
    """What became of the entry."""
    try:
        response = await respond(_inner(exchange, entry))
    except Exception as error:
        problem: Problem = understood(error, exchange.scope.get("request_id", "?"))
        return EntryResponse(entry.index, problem.status, outcome=outcome_of(problem.issues))
    headers = {name: value.decode("latin-1") for name, value in response.raw_headers}
    tag = headers.get(b"etag")
    return EntryResponse(
        entry.index,
        response.status_code,
        version=tag[3:-1] if tag else None,
        last_modified=_instant(headers.get(b"last-modified")),
        resource=None if entry.method == "HEAD" else bytes(response.body) or None,
    )


def _inner(exchange: Exchange, entry: Entry) -> Exchange:
    _, _, query = entry.url.partition("?")
    local = "/".join(quote(part, safe="$-._~%") for part in entry.path)
    headers = [(name, value) for name, value in exchange.scope["headers"] if name in _KEPT]
    headers += [(b"accept", b"application/fhir+json"), *_conditions(entry)]
    scope: dict[str, Any] = {
        **exchange.scope,
        "method": entry.method,
        "path": f"{exchange.prefix}/{local}",
        "raw_path": f"{exchange.prefix}/{local}".encode("latin-1"),
        "query_string": quote(query, safe="%/:?@!$&'()*+,;=-._~|").encode("latin-1"),
        "headers": headers,
    }
    return Exchange(scope, exchange.receive, exchange.url_limit)


def _conditions(entry: Entry) -> list[tuple[bytes, bytes]]:
    """The conditions of a read, as headers."""
    tags, since = entry.preconditions.if_none_match, entry.preconditions.if_modified_since
    found = []
    if tags is not None:
        text = "*" if tags.any else ", ".join(f'W/"{version}"' for version in sorted(tags.versions))
        found.append((b"if-none-match", text.encode("latin-1")))
    if since is not None:
        found.append((b"if-modified-since", since.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").encode()))
    return found


def _instant(http_date: str | None) -> str | None:
    return None if http_date is None else instant_text(parsedate_to_datetime(http_date))
