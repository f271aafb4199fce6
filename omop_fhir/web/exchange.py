"""One FHIR request and its answer: the ASGI scope read once, headers and timings put together.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ..errors import Invalid, TooLarge, UnsupportedMediaType, UriTooLong
from ..render.bundle import pretty
from ..request.negotiation import JSON, check_acceptable
from ..request.search import Pairs

_FORM = "application/x-www-form-urlencoded"
_FIELDS = 1000
_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ALWAYS = {
    "content-type": JSON,
    "cache-control": "private, no-cache",
    "vary": "Accept, Authorization",
    "x-content-type-options": "nosniff",
}


class Exchange:
    """A request in hand: its parameters, what the client accepts, how long each stage took."""

    def __init__(self, request: Request, url_limit: int) -> None:
        self.request = request
        self._timings: list[str] = []
        query = request.scope["query_string"]
        if len(query) + len(request.scope.get("raw_path") or b"") > url_limit:
            raise UriTooLong(f"the URL is longer than {url_limit} characters: use POST and _search")
        self.pairs: Pairs = parse_pairs(query)

    def check_acceptable(self) -> None:
        """Raises NotAcceptable where the client wants something else than JSON of FHIR 4.0."""
        check_acceptable(self.request.headers.get("accept"), self.parameter("_format"))

    def parameter(self, name: str) -> str | None:
        """The first value of a parameter."""
        return next((value for key, value in self.pairs if key == name), None)

    @property
    def wants_pretty(self) -> bool:
        """Is `_pretty` set?"""
        return self.parameter("_pretty") == "true"

    async def read_form(self, limit: int) -> None:
        """Add the parameters of a form body. Raises UnsupportedMediaType, TooLarge, Invalid."""
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            raise UnsupportedMediaType(f"_search takes {_FORM}, not `{kind or 'nothing'}`")
        body = bytearray()
        async for chunk in self.request.stream():
            body += chunk
            if len(body) > limit:
                raise TooLarge(f"the body is longer than {limit} bytes")
        self.pairs = (*self.pairs, *parse_pairs(bytes(body)))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage for the Server-Timing header."""
        start = perf_counter()
        yield
        self._timings.append(f"{name};dur={(perf_counter() - start) * 1000:.2f}")

    def answer(self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """The response with this body; as the client likes it, indented or not."""
        all_headers = {**_ALWAYS, **(headers or {})}
        if self._timings:
            all_headers["server-timing"] = ", ".join(self._timings)
        return Response(pretty(body) if self.wants_pretty and body else body, status, all_headers)


def parse_pairs(text: bytes) -> Pairs:
    """Name and value pairs of a query or form. Raises Invalid where they are not UTF-8 or too many."""
    if _STRAY.search(text):
        raise Invalid("the parameters hold a `%` that begins no percent-encoded byte: write it as `%25`")
    try:
        decoded = text.decode("ascii")
        return tuple(parse_qsl(decoded, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS))
    except (UnicodeDecodeError, ValueError):
        raise Invalid(f"the parameters are not percent-encoded UTF-8, or more than {_FIELDS}") from None


def to_json(resource: Mapping[str, object]) -> bytes:
    """A resource of our own making as bytes."""
    return orjson.dumps(resource)
