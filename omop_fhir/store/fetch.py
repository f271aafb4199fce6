"""JSON from other servers: keys of clients and issuers, an issuer's configuration, answers of an introspection endpoint.

A URL enters, a JSON object leaves. Rejected, with FetchError: anything but https (http on this machine, where that is allowed),
credentials in the URL, addresses that are not public (unless they are allowed), redirects, what takes too long, is too long or is
no JSON object. The address that was checked is the one that is asked, so a name that changes in between gains nothing.
https://datatracker.ietf.org/doc/html/rfc8725#section-3.10
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, TypeAlias

import httpx
import orjson

from ..observe.trace_context import outgoing

Address: TypeAlias = IPv4Address | IPv6Address

LIMIT = 262_144
"""Bytes of an answer."""
TIMEOUT = 5.0
"""Seconds for the whole of a request."""
_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "omop-fhir"}


class FetchError(Exception):
    """What was asked for did not come; the message names the host and repeats nothing of the answer."""


@dataclass
class Fetcher:
    """Fetches JSON objects. `private`: may hosts of private networks be asked, and this machine by http?

    What an operator configures may lie in a private network; what a client registers may not.
    """

    private: bool = False
    limit: int = LIMIT
    timeout: float = TIMEOUT
    _client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)

    async def get(self, url: str) -> dict[str, Any]:
        """The JSON object at a URL. Raises FetchError."""
        return await self._json("GET", url, {}, None)

    async def post(self, url: str, form: Mapping[str, str], authorization: str | None = None) -> dict[str, Any]:
        """The JSON object that a form is answered with. Raises FetchError."""
        headers = {} if authorization is None else {"authorization": authorization}
        return await self._json("POST", url, headers, form)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _json(self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> dict[str, Any]:
        target = checked_url(url, private=self.private)
        try:
            async with asyncio.timeout(self.timeout):
                body = await self._body(method, target, headers, form)
            content = orjson.loads(body)
        except TimeoutError:
            raise FetchError(f"{target.host} took longer than {self.timeout:g} seconds") from None
        except orjson.JSONDecodeError:
            raise FetchError(f"{target.host} answered with no JSON") from None
        if not isinstance(content, dict):
            raise FetchError(f"{target.host} answered with no JSON object")
        return content

    async def _body(self, method: str, url: httpx.URL, headers: Mapping[str, str], form: Mapping[str, str] | None) -> bytes:
        failure: Exception | None = None
        for address in await self._addresses(url):
            try:
                async with self._answer(method, url, address, headers, form) as answer:
                    return await self._read(answer, url.host)
            except httpx.ConnectError as error:
                failure = error
            except httpx.HTTPError as error:
                raise FetchError(f"{url.host} could not be asked: {type(error).__name__}") from None
        raise FetchError(f"{url.host} cannot be reached: {type(failure).__name__}")

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        """The addresses of the host; if one of them may not be asked, none may."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(url.host, _port(url), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise FetchError(f"{url.host} has no address") from None
        addresses = list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))
        if not self.private and not all(is_public(each) for each in addresses):
            raise FetchError(f"{url.host} is no public host")
        if url.scheme == "http" and not all(each.is_loopback for each in addresses):
            raise FetchError(f"{url.host} is asked by https only")
        return addresses

    @asynccontextmanager
    async def _answer(
        self, method: str, url: httpx.URL, address: Address, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> AsyncIterator[httpx.Response]:
        """The answer of one address, which shows the certificate of the host."""
        if self._client is None:
            # the machine's own certificates, or those of SSL_CERT_FILE: an issuer in a hospital has one of the hospital's
            trusted = ssl.create_default_context()
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=self.timeout, verify=trusted)
        host = url.netloc.decode("ascii")
        async with self._client.stream(
            method,
            url.copy_with(host=str(address)),
            headers={**_HEADERS, **outgoing(), "host": host, **headers},
            data=form,
            extensions={"sni_hostname": url.host},
        ) as answer:
            yield answer

    async def _read(self, answer: httpx.Response, host: str) -> bytes:
        if answer.status_code != 200:
            raise FetchError(f"{host} answered with the status {answer.status_code}")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise FetchError(f"{host} answered compressed, which was not asked for")
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > self.limit:
                raise FetchError(f"{host} answered with more than {self.limit} bytes")
        return bytes(body)


def checked_url(text: str, *, private: bool) -> httpx.URL:
    """The URL, if it may be asked as far as its text tells. Raises FetchError."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError):
        raise FetchError("this is no URL") from None
    if url.scheme != "https" and not (private and url.scheme == "http"):
        raise FetchError(f"{url.host or 'it'} is asked by https only")
    if not url.host or url.userinfo or url.fragment:
        raise FetchError("a URL has a host, no credentials and no fragment")
    return url


def is_public(address: Address) -> bool:
    """Is this an address of the internet, and not one of a private network, this machine, or something special?"""
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and address.teredo is not None:
        return False
    return address.is_global and not address.is_multicast and not _is_translated(address)


def _is_translated(address: Address) -> bool:
    """NAT64's prefix, behind which any IPv4 address may lie."""
    return isinstance(address, IPv6Address) and int(address) >> 32 == 0x0064FF9B << 64


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
