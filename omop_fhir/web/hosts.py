"""The names by which this server may be called, in `Host`: checked where the way to it is all that keeps pages of others out.

A page may have its own name lead to 127.0.0.1 ("DNS rebinding"); to the browser, what is read there is then of the page's own
origin, and CORS keeps it from nothing. Its name still stands in `Host`. Where tokens are asked for, such a page has none.
Rejected, with Misdirected: another name (RFC 9110 §7.4). Who sends no `Host` is no browser.
https://www.rfc-editor.org/rfc/rfc9110#name-421-misdirected-request
"""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import Scope

from ..auth.client import is_own_machine
from ..config import Settings
from ..errors import Misdirected

_HOST = re.compile(r"(?:\[(?P<address>[^]]*)\]|(?P<name>[^:]*))(?::\d*)?")


class Hosts:
    """The names that the settings allow, beside those of this machine and of the base URL, or all."""

    def __init__(self, settings: Settings, base: str) -> None:
        self._is_checked = settings.open or settings.allowed_hosts is not None
        self._names = frozenset(map(_plain, (urlsplit(base).hostname or "", *(settings.allowed_hosts or ()))))

    def check(self, scope: Scope) -> None:
        """Raises Misdirected. Who asks for health may be a machine that knows no name."""
        if not self._is_checked or scope["path"].startswith("/health/"):
            return
        for name, value in scope["headers"]:
            if name == b"host" and not (is_own_machine(called := _called(value)) or called in self._names):
                raise Misdirected("this server is not called so; if the name in `Host` is right, give it by --allowed-hosts")


def is_called_locally(scope: Scope) -> bool:
    """Is the server called by a name of this machine alone?"""
    names = {_called(value) for name, value in scope["headers"] if name == b"host"}
    return all(is_own_machine(name) or name == _plain(socket.gethostname()) for name in names)


@lru_cache(maxsize=1024)
def _called(value: bytes) -> str:
    """The name or address in `Host`, without its port; empty where it is none."""
    found = _HOST.fullmatch(value.decode("latin-1"))
    return _plain(found["address"] or found["name"] or "") if found else ""


def _plain(name: str) -> str:
    """A name as it is compared (RFC 9110 §4.2.3).

    >>> _plain("FHIR.example.org.")
    'fhir.example.org'
    """
    return name.strip().lower().removesuffix(".")
