"""Where a request of HTTP/1.1 ends, and what it must say: what a client, a proxy or an attacker may put between.

https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import json
import socket
from select import select
from typing import Any

import pytest

from omop_fhir.web.gate import Gate

from .conftest import Served, exchange, outcome_of

UPGRADES = {
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n",
}
BODY = json.dumps({"resourceType": "Condition", "subject": {"reference": "Patient/1"}}).encode()
HIDDEN = b"GET /fhir/Patient/2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""A body that is a request to whoever loses the end of the request that it is of."""
CLOSE = b"Connection: close\r\n"


def get(more: bytes = b"", host: bytes = b"Host: localhost\r\n") -> bytes:
    return b"GET /fhir/Patient/1?_summary=text HTTP/1.1\r\n" + host + more + b"\r\n"


def post(body: bytes, more: bytes = b"", chunked: bool = False) -> bytes:
    head = b"POST /fhir/Condition HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\n" + more
    if chunked:
        return head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    return head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def statuses(raw: bytes) -> list[int]:
    """The statuses of all answers on a connection."""
    return [int(part[:3]) for part in raw.split(b"HTTP/1.1 ")[1:]]


def told(raw: bytes) -> tuple[int, str]:
    """Status and words of a refusal."""
    status, outcome = outcome_of(raw)
    return status, outcome["issue"][0]["diagnostics"]


def in_pieces(served: Served, *pieces: bytes) -> bytes:
    """All that the server answers to what arrives piece by piece."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            select([connection], [], [], 0.2)  # until it is answered, or is not
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize("to", UPGRADES)
class TestUpgrade:
    """Clients that speak HTTP/2 too ask for it in each request, Java's among them; the server passes over it."""

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_body_is_read(self, writable: Served, to: str, chunked: bool) -> None:
        assert statuses(exchange(writable, post(BODY, UPGRADES[to], chunked) + get(CLOSE))) == [201, 200]

    def test_a_body_that_comes_later_is_read(self, writable: Served, to: str) -> None:
        whole = post(BODY, UPGRADES[to])
        assert statuses(in_pieces(writable, whole[:40], whole[40:-30], whole[-30:] + get(CLOSE))) == [201, 200]

    def test_a_body_is_no_request(self, writable: Served, to: str) -> None:
        head, body = post(HIDDEN, UPGRADES[to])[: -len(HIDDEN)], HIDDEN
        for pieces in ((head + body + get(CLOSE),), (head, body + get(CLOSE))):
            assert statuses(in_pieces(writable, *pieces)) == [400, 200]

    def test_requests_that_follow_are_answered(self, served: Served, to: str) -> None:
        assert statuses(exchange(served, get(UPGRADES[to]) * 400 + get(CLOSE))) == [200] * 401

    def test_nothing_is_logged_about_it(self, served: Served, to: str, caplog: Any) -> None:
        exchange(served, get(UPGRADES[to]) + get(CLOSE))
        assert "WebSocket" not in caplog.text


@pytest.mark.parametrize("host", [b"", b"Host: localhost\r\nHost: localhost\r\n"])
def test_a_request_has_one_host(served: Served, host: bytes) -> None:
    assert told(exchange(served, get(CLOSE, host))) == (400, "a request of HTTP/1.1 has one `Host`")


def test_http_1_0_needs_no_host(served: Served) -> None:
    assert statuses(exchange(served, b"GET /fhir/Patient/1 HTTP/1.0\r\n\r\n")) == [200]


def test_a_transfer_coding_that_is_not_known_is_not_taken_for_none(writable: Served) -> None:
    raw = post(BODY, CLOSE, chunked=True).replace(b"Encoding: chunked", b"Encoding: gzip, chunked")
    assert told(exchange(writable, raw)) == (501, "of transfer codings only `chunked` is taken")


def test_who_asks_first_is_not_told_to_send_what_is_too_long(writable: Served) -> None:
    raw = post(b"", CLOSE + b"Expect: 100-continue\r\n").replace(b"Length: 0", b"Length: 99999999")
    assert told(exchange(writable, raw)) == (413, "the body is longer than 1048576 bytes")


def test_a_body_is_no_request_where_its_head_could_be_turned_away_unread(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "is_full", True)
    head = b"GET /fhir/Patient?_count=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN)
    assert statuses(in_pieces(served, head, HIDDEN + get(CLOSE))) == [200, 200]
    assert statuses(in_pieces(served, get(), get(CLOSE))) == [503, 200]
