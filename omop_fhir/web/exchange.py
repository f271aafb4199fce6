"""One FHIR request and its answer: the ASGI scope read once, headers and timings put together.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from ..errors import Invalid, TooLarge, UnsupportedMediaType, UriTooLong
from ..render.bundle import pretty
from ..request.body import parse_json
from ..request.everything import parameters
from ..request.negotiation import JSON, check_acceptable
from ..request.pairs import parse_pairs
from ..request.shape import Pairs
from .audited import Touched
from .gate import Place

BODY_IS_HERE = "omop_fhir.body_is_here"
"""Key of the ASGI scope: a function that tells whether the whole body has arrived."""

FORM = "application/x-www-form-urlencoded"
FORM_LIMIT = 65_536
"""Bytes of a form of the authorization server."""
_JSON = ("application/fhir+json", "application/json")
_FORM_OF_ANSWER = ("_format=", "_pretty=")
_ALWAYS = (
    (b"content-type", JSON.encode()),
    (b"cache-control", b"private, no-cache"),
    (b"x-content-type-options", b"nosniff"),
)


class Answer(Response):
    """A response whose headers are bytes already: most of them are the same for all."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status_code = status
        self.raw_headers = headers
        self.body = body
        self.background = None


class Exchange:
    """A request in hand: its parameters, what the client accepts, how long each stage took."""

    def __init__(self, scope: Scope, receive: Receive, url_limit: int) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.receive = receive
        self.url_limit = url_limit
        self._headers = _joined(scope["headers"])
        self.timings: dict[str, float] = {}
        self.place: Place | None = None
        self.touched = Touched()
        query = scope["query_string"]
        if len(query) + len(scope.get("raw_path") or b"") > url_limit:
            raise UriTooLong(f"the URL is longer than {url_limit} characters: use POST and _search")
        self.pairs: Pairs = parse_pairs(query) if query else ()

    def header(self, name: bytes) -> str | None:
        """The value of a header, whose name is in lower case; several lines are one list (RFC 9110 §5.3)."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    def check_acceptable(self) -> None:
        """Raises NotAcceptable where the client wants something else than JSON of FHIR 4.0."""
        check_acceptable(self.header(b"accept"), self.parameter("_format"))

    def parameter(self, name: str) -> str | None:
        """The first value of a parameter."""
        return next((value for key, value in self.pairs if key == name), None)

    @property
    def wants_pretty(self) -> bool:
        """Is `_pretty` set?"""
        return self.parameter("_pretty") == "true"

    async def read_form(self, limit: int) -> None:
        """Add the parameters of a form body. Raises what `form` does."""
        self.pairs = (*self.pairs, *await self.form(limit))

    async def form(self, limit: int) -> Pairs:
        """The parameters of a form body. Raises UnsupportedMediaType, TooLarge, Invalid."""
        if self.media_type != FORM:
            raise UnsupportedMediaType(f"a form is sent as {FORM}, not `{self.media_type or 'nothing'}`")
        return parse_pairs(await self.read_body(limit))

    async def read_parameters(self, limit: int) -> None:
        """Add the parameters of a Parameters resource or a form. Raises UnsupportedMediaType, TooLarge, Invalid."""
        kind = self.media_type
        if kind == FORM:
            await self.read_form(limit)
            return
        body = await self.read_body(limit)
        if kind not in _JSON and body:
            raise UnsupportedMediaType(f"an operation takes application/fhir+json or {FORM}, not `{kind or 'nothing'}`")
        if body:
            self.pairs = (*self.pairs, *parameters(parse_json(body)))

    @property
    def media_type(self) -> str:
        """That of the body, without its parameters, in lower case; empty where it is not said."""
        return (self.header(b"content-type") or "").partition(";")[0].strip().lower()

    @property
    def prefix(self) -> str:
        """The path of the FHIR base."""
        return str(self.scope.get("fhir_prefix", ""))

    @property
    def query(self) -> str:
        """The part of the URL behind `?`, as it was sent, without what asks for a form of the answer."""
        given: bytes = self.scope["query_string"]
        parts = given.decode("latin-1").split("&")
        return "&".join(part for part in parts if not part.startswith(_FORM_OF_ANSWER))

    async def read_body(self, limit: int) -> bytes:
        """The whole body. While it is on its way others are let in.

        Raises UnsupportedMediaType for one that is compressed (RFC 9110 §8.4), TooLarge, Invalid, Overloaded.
        """
        coding = self.header(b"content-encoding")
        if coding is not None and coding.strip().lower() != "identity":
            raise UnsupportedMediaType(f"a body encoded as `{coding}` is not taken: send it as it is")
        if int(self.header(b"content-length") or 0) > limit:
            raise TooLarge(f"the body is longer than {limit} bytes")  # before who waits for it is told to send it
        is_here = self.scope.get(BODY_IS_HERE)
        if self.place is None or is_here is None or is_here():
            return await self._body(limit)
        async with self.place.aside():
            return await self._body(limit)

    async def _body(self, limit: int) -> bytes:
        body = bytearray()
        try:
            async for chunk in Request(self.scope, self.receive).stream():
                body += chunk
                if len(body) > limit:
                    raise TooLarge(f"the body is longer than {limit} bytes")
        except ClientDisconnect:
            raise Invalid("the client went away before the body was complete") from None
        return bytes(body)

    def stage(self, name: str) -> Stage:
        """Time a stage for the Server-Timing header."""
        return Stage(name, self.timings)

    def answer(self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """The response with this body; as the client likes it, indented or not."""
        if body and self.wants_pretty:
            body = pretty(body)
        raw = [*_ALWAYS, (b"vary", self._vary())]
        for name, value in (headers or {}).items():
            raw.append((name.encode("latin-1"), value.encode("latin-1")))
        if self.timings:
            raw.append((b"server-timing", _server_timing(self.timings)))
        if status != 304:
            raw.append((b"content-length", b"%d" % len(body)))
        return Answer(status, raw, body)

    def _vary(self) -> bytes:
        """All that the answer depends on; compression and CORS name their own header where they act."""
        compression = b"" if b"accept-encoding" in self._headers else b", Accept-Encoding"
        origin = b"" if b"origin" in self._headers else b", Origin"
        return b"Accept, Authorization%b%b" % (compression, origin)


def _joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    joined = dict(headers)
    if len(joined) < len(headers):
        joined = {name: b", ".join(value for each, value in headers if each == name) for name in joined}
    return joined


class Stage:
    """What happens within is timed, if it succeeds."""

    __slots__ = ("_name", "_start", "_timings")

    def __init__(self, name: str, timings: dict[str, float]) -> None:
        self._name = name
        self._timings = timings

    def __enter__(self) -> None:
        self._start = perf_counter()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._timings[self._name] = self._timings.get(self._name, 0.0) + perf_counter() - self._start


def _server_timing(seconds: Mapping[str, float]) -> bytes:
    """The header: each stage once, however often it came: the entries of a batch are many."""
    return ", ".join(f"{name};dur={spent * 1000:.2f}" for name, spent in seconds.items()).encode("latin-1")


def to_json(resource: Mapping[str, object]) -> bytes:
    """A resource of our own making as bytes."""
    return orjson.dumps(resource)
