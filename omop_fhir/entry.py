"""Who may enter: settings -> an `Access`, and what belongs to it.

There are three ways, and one alone must be meant: everybody (`--open`, on loopback), whoever has a token of a file
(`--access-token-file`), or whoever this server's own authorization server lets in (a secret key, and none of the others).
Rejected, with ConfigurationError: none of them, several, and settings with which one would not be safe.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from .auth.access import Access, OpenAccess, TokenAccess, read_tokens
from .auth.client import is_own_machine
from .auth.discovery import Endpoints, smart_configuration
from .auth.secret import MINIMUM_LENGTH, read_secret
from .config import Settings
from .errors import ConfigurationError
from .store.authorization.access import SmartAccess
from .store.authorization.store import AuthorizationStore
from .store.pool import Pool
from .web.oauth.authority import Authority

_WAYS = "--secret-key-file FILE (this server authorizes), --access-token-file FILE, or --open on a loopback address"


@dataclass(frozen=True, slots=True)
class Entry:
    """How callers come in: `smart` is the SMART configuration to publish, `authority` this server's own authorization server."""

    access: Access
    smart: Mapping[str, Any] | None = None
    authority: Authority | None = None
    watches: tuple[Callable[[], Awaitable[None]], ...] = ()
    """What runs for as long as the server does."""


def make_entry(settings: Settings, base: str, pool: Pool) -> Entry:
    """The entry that settings mean; `base` is the public FHIR base URL. Raises ConfigurationError."""
    way = _way(settings)
    if way == "open":
        return Entry(_open(settings))
    if way == "tokens" and settings.access_token_file is not None:
        return Entry(TokenAccess(read_tokens(settings.access_token_file)))
    return _own(settings, base, pool)


def is_own_authority(settings: Settings) -> bool:
    """Does this server authorize by itself? Raises ConfigurationError where that is not clear."""
    return _way(settings) == "own"


def with_secret(settings: Settings) -> Settings:
    """The settings with the secret of their file, or with a new one where only this run's paging links need it."""
    if settings.secret_key_file is not None:
        if settings.secret_key is not None:
            raise ConfigurationError("--secret-key and --secret-key-file: give one of them")
        return replace(settings, secret_key=read_secret(settings.secret_key_file), secret_key_file=None)
    if settings.secret_key is None and not is_own_authority(settings):
        return replace(settings, secret_key=token_urlsafe(32))
    return settings


def _way(settings: Settings) -> str:
    ways = {"--open": settings.open, "--access-token-file": settings.access_token_file is not None}
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) > 1:
        raise ConfigurationError(f"{' and '.join(given)}: one alone says who may enter")
    if given:
        return {"--open": "open", "--access-token-file": "tokens"}[given[0]]
    if settings.secret_key is None and settings.secret_key_file is None:
        raise ConfigurationError(f"say who may enter: {_WAYS}")
    return "own"


def _open(settings: Settings) -> OpenAccess:
    if not is_own_machine(settings.host):
        message = f"--open serves everything to everybody, so it needs a loopback host, not {settings.host}"
        raise ConfigurationError(message)
    return OpenAccess()


def _own(settings: Settings, base: str, pool: Pool) -> Entry:
    secret = settings.secret_key or ""
    if len(secret) < MINIMUM_LENGTH:
        raise ConfigurationError(f"the secret key has at least {MINIMUM_LENGTH} characters: `openssl rand -base64 48` makes one")
    at = Endpoints(issuer_of(base))
    store = AuthorizationStore(pool, settings, secret)
    access = SmartAccess(store, at.issuer, base)
    authority = Authority(at, base, store, access, settings)
    return Entry(access, smart_configuration(at), authority, (store.watch,))


def issuer_of(base: str) -> str:
    """The issuer: the FHIR base URL without `/fhir`. Raises ConfigurationError where passwords could be read on the way."""
    parts = urlsplit(base)
    if not parts.path.endswith("/fhir"):
        raise ConfigurationError(f"--base-url ends in /fhir, beside which lies /auth: `{base}` does not")
    if parts.scheme != "https" and not is_own_machine(parts.hostname or ""):
        raise ConfigurationError(f"passwords and tokens need https: give --base-url https://... instead of `{base}`")
    return base.removesuffix("/fhir")
