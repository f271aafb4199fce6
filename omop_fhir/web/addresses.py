"""Where a request comes from, and what that decides: the client's address, and who may see the metrics.

A header that names the client is believed only from a proxy that is trusted (`--trusted-proxies`): anybody can send one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from starlette.types import Scope

from ..auth.client import is_own_machine
from ..config import Settings
from ..errors import ConfigurationError
from .hosts import is_called_locally

Network: TypeAlias = IPv4Network | IPv6Network

_FORWARDED = (b"x-forwarded-for", b"forwarded", b"x-real-ip")


class Addresses:
    """What the settings say about addresses. Raises ConfigurationError for what is no network."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = networks(settings.trusted_proxies, "--trusted-proxies")
        self._monitors = networks(settings.metrics_allow, "--metrics-allow")
        self._port = settings.metrics_port

    def client(self, scope: Scope) -> str:
        """The address of the client: of the last one in X-Forwarded-For that is no proxy of ours, or who is connected."""
        peer = _peer(scope)
        if not self._proxies or not _within(peer, self._proxies):
            return peer
        named = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
        for address in (_bare(part) for part in reversed(named.split(","))):
            if not address:
                break  # what stands before something that is no address may be anything
            peer = address
            if not _within(address, self._proxies):
                break
        return peer

    def is_monitor(self, scope: Scope) -> bool:
        """May who asks see the metrics?"""
        if self._port is not None:
            return self.is_monitored(scope)
        if _peer(scope) == self.client(scope) and any(name in _FORWARDED for name, _ in scope["headers"]):
            return False  # it came by a proxy that nobody told us of, and whoever sent it is not on this machine
        if is_own_machine(self.client(scope)) and not is_called_locally(scope):
            return False  # a page in a browser of this machine, say, whose name leads here
        return _within(self.client(scope), self._monitors)

    def is_monitored(self, scope: Scope) -> bool:
        """Did it come by the port that is for the metrics alone?"""
        server = scope.get("server")
        return self._port is not None and server is not None and server[1] == self._port


def networks(given: Sequence[str], option: str) -> tuple[Network, ...]:
    """Networks by CIDR. Raises ConfigurationError, naming the option.

    >>> networks(("10.0.0.0/8", "::1"), "--x")
    (IPv4Network('10.0.0.0/8'), IPv6Network('::1/128'))
    """
    try:
        return tuple(ip_network(each.strip()) for each in given)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {error}; give networks such as 10.0.0.0/8") from None


@lru_cache(maxsize=4096)
def _within(address: str, among: tuple[Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in among)


@lru_cache(maxsize=4096)
def _bare(text: str) -> str:
    """An address without its port, empty where it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
