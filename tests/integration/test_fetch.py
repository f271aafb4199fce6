"""Other servers are asked with care: no private address, no redirect, no endless answer."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from omop_fhir.store.fetch import Fetcher, FetchError, is_public

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(answer: bytes | Answering) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server on the loopback that answers every request so; its URL, and the requests that came."""
    seen: list[bytes] = []
    served: list[asyncio.Task[Any] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await answer(reader, writer)
        writer.close()
        await writer.wait_closed()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/x", seen
    await asyncio.gather(*filter(None, served), return_exceptions=True)


def said(body: bytes, status: str = "200 OK", *headers: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status}".encode(), b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def fetch(url: str, **given: Any) -> dict[str, Any]:
    fetcher = Fetcher(**{"private": True} | given)
    try:
        return await fetcher.get(url)
    finally:
        await fetcher.close()


async def test_a_json_object_comes() -> None:
    async with server(said(b'{"a": 1}')) as (url, seen):
        assert await fetch(url) == {"a": 1}
        assert b"host: 127.0.0.1:" in seen[0].lower()


async def test_a_form_is_posted_with_credentials() -> None:
    async with server(said(b'{"active": true}')) as (url, seen):
        fetcher = Fetcher(private=True)
        assert await fetcher.post(url, {"token": "t"}, "Basic eA==") == {"active": True}
        await fetcher.close()
        assert seen[0].startswith(b"POST /x ")
        assert b"authorization: basic ea==" in seen[0].lower()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (said(b"[1]"), "no JSON object"),
        (said(b"<html>"), "no JSON"),
        (said(b"{}", "302 Found", b"location: http://127.0.0.1:1/"), "status 302"),
        (said(b"{}", "500 No"), "status 500"),
        (said(b'{"a": "' + b"x" * 2000 + b'"}'), "more than 1000 bytes"),
        (said(b"{}", "200 OK", b"content-encoding: gzip"), "compressed"),
    ],
)
async def test_another_answer_is_refused(answer: bytes, message: str) -> None:
    async with server(answer) as (url, seen):
        with pytest.raises(FetchError, match=message):
            await fetch(url, limit=1000)
        assert len(seen) == 1


async def test_a_slow_answer_is_not_waited_for() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(8):
            writer.write(b" ")
            await asyncio.sleep(0.05)

    async with server(drip) as (url, _):
        with pytest.raises(FetchError, match=r"took longer than 0\.2 seconds"):
            await fetch(url, timeout=0.2)


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://example.org/", "file:///etc/passwd", "http://192.0.2.1/", "https://u:p@example.org/", "https://e.org/#x",
     "https://", "gopher://127.0.0.1/"],
)  # fmt: skip
async def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(FetchError):
        await fetch(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[fd00::1]", "0.0.0.0", "2130706433"]
)
async def test_what_is_not_public_is_not_asked(host: str) -> None:
    with pytest.raises(FetchError, match=r"public host|no address"):
        await fetch(f"https://{host}/keys", private=False)


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server of the name `localhost` shows, by a certificate that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Encoding.PEM
    (tmp_path / "certificate").write_bytes(certificate.public_bytes(pem))
    (tmp_path / "key").write_bytes(key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    return context


async def over_tls(context: ssl.SSLContext, host: str) -> tuple[dict[str, Any] | str, str]:
    """What is fetched from this host over TLS, or why not; and the request that came, or why none did."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> str:
            connection, _ = listening.accept()
            try:
                with connection, context.wrap_socket(connection, server_side=True) as secure:
                    request = secure.recv(65536).decode().lower()
                    secure.sendall(said(b'{"a": 1}'))
                    return request
            except OSError as error:
                return type(error).__name__

        port = listening.getsockname()[1]
        serving = asyncio.ensure_future(asyncio.to_thread(serve))
        try:
            found: dict[str, Any] | str = await fetch(f"https://{host}:{port}/")
        except FetchError as error:
            found = str(error)
        return found, (await serving).replace(str(port), "PORT")


async def test_the_certificate_is_the_hosts_though_its_address_is_asked(certified: ssl.SSLContext) -> None:
    found, request = await over_tls(certified, "localhost")
    assert (found, "host: localhost:port" in request.lower()) == ({"a": 1}, True)


async def test_a_certificate_of_another_name_is_refused(certified: ssl.SSLContext) -> None:
    found, request = await over_tls(certified, "127.0.0.1")
    assert found == "127.0.0.1 cannot be reached: ConnectError"
    assert "host" not in request


async def test_http_is_for_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    with pytest.raises(FetchError, match="https only"):
        await fetch("http://localhost/")


async def test_a_name_that_leads_to_a_private_address_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443)) for a in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    with pytest.raises(FetchError, match=r"example\.org is no public host"):
        await fetch("https://example.org/", private=False)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.0.1", False), ("169.254.169.254", False),
        ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False), ("192.0.2.1", False),
        ("::1", False), ("::", False), ("fe80::1", False), ("fd00::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("2001:0:1::", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, expected: bool) -> None:
    assert is_public(ip_address(address)) is expected
