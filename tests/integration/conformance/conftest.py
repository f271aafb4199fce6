"""Servers on the loopback that answer as a test says, and scripts as short as can be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import orjson
import pytest

from omop_fhir.conformance.client import Server
from omop_fhir.conformance.result import ScriptResult
from omop_fhir.conformance.run import Bench
from omop_fhir.conformance.script import parse_script
from omop_fhir.store.data.generate import generate_database
from tests.fixtures.databases import create_database, database_url, drop_database
from tests.integration.http.conftest import running

FHIR_JSON = "application/fhir+json"
JSON = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What a server answers."""

    status: int = 200
    body: Any = None
    """A resource, or text that goes out as it is."""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body)


@dataclass(frozen=True)
class Asked:
    """What a server was asked."""

    method: str
    path: str
    """With its query."""
    headers: dict[str, str]
    """By lower-case name."""
    body: str


Answerer = Callable[[Asked], Reply]
Answering = Callable[[Answerer | Reply], Server]


class _Handler(BaseHTTPRequestHandler):
    answerer: Answerer

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(size).decode())
        reply = type(self).answerer(asked)
        body = reply.bytes
        self.send_response(reply.status)
        named = {"Content-Type": FHIR_JSON} if body else {}
        for name, value in {**named, **reply.headers}.items():
            self.send_header(name, value)
        if reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if reply.status not in (204, 304) and self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


@contextmanager
def answering_at(answerer: Answerer) -> Iterator[str]:
    """A server on a free port of the loopback; gives its base URL."""
    handler = type("Handler", (_Handler,), {"answerer": staticmethod(answerer)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/fhir"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def answering() -> Iterator[Answering]:
    """`answering(reply)` starts a server that always answers so, or as a function of what it is asked says."""
    with ExitStack() as stack:

        def start(answer: Answerer | Reply) -> Server:
            answerer = (lambda _: answer) if isinstance(answer, Reply) else answer
            return stack.enter_context(Server(stack.enter_context(answering_at(answerer))))

        yield start


def operation(code: str = "read", **element: Any) -> JSON:
    """An operation action."""
    return {"operation": {"type": {"code": code}, "encodeRequestUrl": True, **element}}


def check(**element: Any) -> JSON:
    """An assert action."""
    return {"assert": {"warningOnly": False, **element}}


READ = operation(resource="Patient", params="/1")


def script(*actions: JSON, **more: Any) -> JSON:
    """A TestScript with one test of these actions."""
    named = {"url": "http://example.org/TestScript/t", "name": "t", "status": "draft"}
    tests = {"test": [{"name": "the test", "action": list(actions)}]} if actions else {}
    return {"resourceType": "TestScript", **named, **tests, **more}


def run(server: Server, resource: JSON, **bench: Any) -> ScriptResult:
    """Run a TestScript resource against a server."""
    return Bench([server], **bench).run(parse_script(resource))


def told(result: ScriptResult, test: int = 0) -> list[tuple[str, str]]:
    """(outcome, message) of each action of a test."""
    return [(action.outcome, action.message) for action in result.tests[test].actions]


@pytest.fixture(scope="session")
def ours(postgres_url: str) -> Iterator[str]:
    """The base URL of our own server over generated data, awkward rows among them."""
    name = asyncio.run(create_database(postgres_url))
    asyncio.run(generate_database(database_url(postgres_url, name), schema="cdm", persons=150, awkward=True))
    with running(database_url(postgres_url, name)) as served:
        yield served.base
    asyncio.run(drop_database(postgres_url, name))


def through(base: str, change: Callable[[Asked, Reply], Reply], ask: Callable[[Asked], Asked] = lambda asked: asked) -> Answerer:
    """An answerer that asks another server, and changes the question and the answer."""
    trust = httpx.create_ssl_context()  # which takes longer to make than a request

    def answer(asked: Asked) -> Reply:
        sent = ask(asked)
        url = base + sent.path.removeprefix("/fhir")
        headers = {k: v for k, v in sent.headers.items() if k not in ("host", "connection", "accept-encoding", "content-length")}
        found = httpx.request(sent.method, url, headers=headers, content=sent.body or None, timeout=30, verify=trust)
        kept = {k.title(): v for k, v in found.headers.items() if k in ("content-type", "etag", "last-modified", "location")}
        return change(asked, Reply(found.status_code, found.text or None, kept))

    return answer
