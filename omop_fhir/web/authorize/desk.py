"""What the pages of authorization work with, wired once, and the names of their cookies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from ...auth.discovery import Endpoints
from ...auth.secret import Sealer
from ...store.authorization.store import AuthorizationStore
from ..context import Context


@dataclass(frozen=True)
class Desk:
    """`at` are this server's public URLs; `sealer` seals what goes through the browser from one page to the next."""

    context: Context
    store: AuthorizationStore
    at: Endpoints
    sealer: Sealer

    @cached_property
    def root(self) -> str:
        """The path of this server below its host, without trailing slash; most often empty."""
        return urlsplit(self.at.issuer).path.rstrip("/")

    @cached_property
    def origin(self) -> str:
        """Where forms of our own come from."""
        parts = urlsplit(self.at.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_secure(self) -> bool:
        """Is it reached by https? Cookies are then bound to this very host."""
        return self.at.issuer.startswith("https:")

    def cookie(self, name: str) -> str:
        """The name of a cookie: cookies know hosts but no ports, and on a loopback several servers may run."""
        return f"__Host-{name}" if self.is_secure else f"{name}-{urlsplit(self.at.issuer).port or 80}"
