"""The application in this process over several worlds, asked without a socket; answers as bytes that can be compared."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

import orjson
from starlette.applications import Starlette

from omop_fhir.app import create_app
from omop_fhir.auth.grants import ANYONE, Grants
from omop_fhir.config import Settings
from omop_fhir.errors import Invalid
from omop_fhir.request.page import PageSealer

BASE = "http://leaks.test/fhir"
EVERYBODY = "everybody"
"""The bearer who may do everything."""

_PASSING = (b"x-request-id", b"server-timing")
_PAGE = re.compile(rb"_page=([A-Za-z0-9_%-]+)")
_INSTANT = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_KEY = re.compile(rb"20001\d{5}")
_HTTP_DATE = re.compile(rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} [\d:]{8} GMT")


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what stands behind the base is percent-encoded already."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def content(self) -> bytes:
        """The body as it is sent: a form as text, all else as JSON."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body)

    def __str__(self) -> str:
        given = "".join(f" {name}={value}" for name, value in self.headers.items())
        return f"{self.method} {self.path}{given} {self.content.decode()[:200]}".rstrip()


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body as they came."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def whole(self) -> bytes:
        """All of it as one text."""
        return b"\n".join((b"%d" % self.status, *(name + b": " + value for name, value in self.headers), self.body))

    def json(self) -> Any:
        return orjson.loads(self.body)

    def link(self, relation: str) -> str | None:
        """The path of a Bundle's link, below the base."""
        found = self.json().get("link", ()) if self.status == 200 and self.body[:1] == b"{" else ()
        url = next((each["url"] for each in found if each["relation"] == relation), None)
        return None if url is None else str(url).removeprefix(f"{BASE}/").removeprefix(BASE)


class ByBearer:
    """Access by the name of a shape of grants."""

    may_write = True

    def __init__(self, known: Mapping[str, Grants]) -> None:
        self.known = known

    async def grants(self, authorization: str | None) -> Grants:
        """What the bearer's grants are. Raises KeyError."""
        return self.known[unquote((authorization or "").removeprefix("Bearer "))]


@dataclass
class Asked:
    """One application over one world."""

    app: Starlette
    sealer: PageSealer
    lifespan: AbstractAsyncContextManager[Any]
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    async def over(cls, database: str, known: Mapping[str, Grants], **given: Any) -> Asked:
        """The application over a database; whoever writes `Bearer NAME` has the grants of this name."""
        options: dict[str, Any] = {"base_url": BASE, "time_zone": ZoneInfo("UTC"), "secret_key": "for tests"}
        options |= {"pool_size": 2, "explain": True}
        app = create_app(Settings(database, "cdm", open=True, **options | given))
        context = app.state.context
        object.__setattr__(context, "access", ByBearer({EVERYBODY: ANYONE, **known}))
        lifespan = app.router.lifespan_context(app)
        await lifespan.__aenter__()
        return cls(app, context.sealer, lifespan)

    async def close(self) -> None:
        """Let go of the database."""
        await self.lifespan.__aexit__(None, None, None)

    async def ask(self, request: Request, bearer: str = EVERYBODY) -> Answer:
        """What is answered."""
        parts = urlsplit(f"/fhir/{request.path}" if not request.path.startswith("?") else f"/fhir{request.path}")
        headers = {"accept": "application/fhir+json", "authorization": f"Bearer {quote(bearer)}", **request.headers}
        if request.body is not None:
            headers.setdefault("content-type", "application/fhir+json")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method, "scheme": "http",
            "path": unquote(parts.path), "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "server": ("leaks.test", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": request.content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        body = b"".join(each.get("body", b"") for each in sent[1:])
        kept = tuple((name, value) for name, value in sent[0]["headers"] if name not in _PASSING)
        return Answer(sent[0]["status"], kept, body)

    def comparable(self, answer: Answer, holder: str) -> bytes:
        """The answer with its paging links opened, and with all times and keys since the start alike.

        A key tells how many came before it, of whoever: that is known of it.
        """
        text = _PAGE.sub(lambda match: self._opened(match[1], holder), answer.whole)
        text = _KEY.sub(b"KEY", text)
        text = _INSTANT.sub(lambda match: self._past(match[0], datetime.fromisoformat(match[0].decode())), text)
        return _HTTP_DATE.sub(lambda match: self._past(match[0], parsedate_to_datetime(match[0].decode())), text)

    def _opened(self, sealed: bytes, holder: str) -> bytes:
        try:
            return repr(self.sealer.open(unquote(sealed.decode()), holder)).encode()
        except Invalid:
            return b"_page=NOT-HIS"

    def _past(self, text: bytes, moment: datetime) -> bytes:
        return text if moment < self.started else b"NOW"


def different(request: Request, one: bytes, other: bytes) -> str:
    """Words for the first difference of two answers."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    around = slice(max(0, at - 60), at + 100)
    return f"{request}\n    one:   …{one[around]!r}\n    other: …{other[around]!r}"


def pairs(given: Sequence[tuple[str, str]]) -> str:
    """Parameters as a query."""
    return "&".join(f"{quote(name, safe=':_.-')}={quote(value, safe=':,/|.-_')}" for name, value in given)
