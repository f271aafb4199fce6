"""Who may enter: settings -> an `Access`, and what belongs to it.

There are four ways, and one alone must be meant: everybody (`--open`, on loopback), whoever has a token of a file
(`--access-token-file`) or of another issuer (`--issuer`), or whoever this server's own authorization server lets in (a secret
key, and none of the others).
Rejected, with ConfigurationError: none of them, several, and settings with which one would not be safe.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from .auth.access import Access, OpenAccess, TokenAccess, read_tokens
from .auth.claims import ClaimNames
from .auth.client import is_own_machine
from .auth.discovery import Endpoints, issuers_configuration, smart_configuration
from .auth.external_grants import RoleBook
from .auth.external_token import ALGORITHMS, Rules
from .auth.role import parse_roles, seeded_roles
from .auth.secret import MINIMUM_LENGTH, is_long, read_secret
from .config import Settings
from .errors import ConfigurationError, why_unread
from .store.authorization.access import SmartAccess
from .store.authorization.store import AuthorizationStore
from .store.external.access import ExternalAccess
from .store.external.introspection import Introspection
from .store.external.issuer import Issuer
from .store.facade import Facade
from .store.fetch import Fetcher, FetchError, checked_url
from .web.oauth.authority import Authority

_WAYS = (
    "--secret-key-file FILE (this server authorizes), --issuer URL (another does), --access-token-file FILE,"
    " or --open on a loopback address"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """How callers come in: `smart` is the SMART configuration to publish, `authority` this server's own authorization server."""

    access: Access
    smart: Mapping[str, Any] | None = None
    authority: Authority | None = None
    watches: tuple[Callable[[], Awaitable[None]], ...] = ()
    """What runs for as long as the server does."""


def make_entry(settings: Settings, base: str, facade: Facade) -> Entry:
    """The entry that settings mean; `base` is the public FHIR base URL. Raises ConfigurationError."""
    _check(settings)
    if settings.open:
        return Entry(_open(settings))
    if settings.access_token_file is not None:
        return Entry(TokenAccess(read_tokens(settings.access_token_file)))
    if settings.issuer is not None:
        return _external(settings, settings.issuer, base, facade)
    return _own(settings, base, facade)


def is_own_authority(settings: Settings) -> bool:
    """Does this server authorize by itself? Raises ConfigurationError where that is not clear."""
    return not _check(settings)


def with_secret(settings: Settings) -> Settings:
    """The settings with the secret of their file, or with a new one where only this run's paging links need it."""
    if settings.secret_key_file is not None:
        if settings.secret_key is not None:
            raise ConfigurationError("--secret-key and --secret-key-file: give one of them")
        return replace(settings, secret_key=read_secret(settings.secret_key_file), secret_key_file=None)
    if settings.secret_key is None and not is_own_authority(settings):
        return replace(settings, secret_key=token_urlsafe(32))
    return settings


def _check(settings: Settings) -> list[str]:
    """The option that says who may enter; none: this server's own authorization server does. Raises ConfigurationError."""
    ways = {
        "--open": settings.open,
        "--access-token-file": settings.access_token_file is not None,
        "--issuer": settings.issuer is not None,
    }
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) > 1:
        raise ConfigurationError(f"{' and '.join(given)}: one alone says who may enter")
    if not given and settings.secret_key is None and settings.secret_key_file is None:
        raise ConfigurationError(f"say who may enter: {_WAYS}")
    return given


def _open(settings: Settings) -> OpenAccess:
    if not is_own_machine(settings.host):
        message = f"--open serves everything to everybody, so it needs a loopback host, not {settings.host}"
        raise ConfigurationError(message)
    return OpenAccess()


def _external(settings: Settings, url: str, base: str, facade: Facade) -> Entry:
    """Tokens of another issuer. What is published of it is empty until it was asked."""
    smart: dict[str, Any] = {}
    issuer = Issuer(_issuer_url(url), Fetcher(private=True))
    issuer.told = lambda configuration: smart.update(issuers_configuration(configuration))
    access = ExternalAccess(
        issuer,
        Rules(issuer.url, frozenset(settings.audience or (base,)), frozenset(settings.token_algorithms or ALGORITHMS)),
        ClaimNames(settings.scope_claim, settings.patient_claim, settings.user_claim, settings.roles_claim,
                   settings.organization_claim, scope_form=settings.scope_form),
        _role_book(settings),
        facade,
        base,
        _introspection(settings, issuer),
    )  # fmt: skip
    return Entry(access, smart, watches=(issuer.watch,))


def _issuer_url(url: str) -> str:
    try:
        checked_url(url, private=True)
    except FetchError as error:
        raise ConfigurationError(f"--issuer {url}: {error}") from None
    if urlsplit(url).scheme != "https" and not is_own_machine(urlsplit(url).hostname or ""):
        raise ConfigurationError(f"--issuer {url}: keys are fetched by https only")
    return url


def _role_book(settings: Settings) -> RoleBook:
    roles = seeded_roles() if settings.roles_file is None else parse_roles(_text(settings.roles_file))
    unknown = sorted(set(settings.default_role) - {role.name for role in roles})
    if unknown:
        raise ConfigurationError(f"--default-role {unknown[0]}: there are {', '.join(role.name for role in roles)}")
    return RoleBook(roles, settings.roles_claim is not None, frozenset(settings.default_role))


def _introspection(settings: Settings, issuer: Issuer) -> Introspection | None:
    given = (settings.introspection_client, settings.introspection_secret_file)
    if given == (None, None) and settings.introspection_url is None:
        return None
    if settings.introspection_client is None or settings.introspection_secret_file is None:
        raise ConfigurationError("introspection needs --introspection-client and --introspection-secret-file")
    secret, url = _text(settings.introspection_secret_file).strip(), settings.introspection_url
    if url is not None:
        _issuer_url(url)

    async def endpoint() -> str:
        return url or await issuer.endpoint("introspection_endpoint")

    return Introspection(issuer.fetcher, endpoint, settings.introspection_client, secret)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {why_unread(error)}") from None


def _own(settings: Settings, base: str, facade: Facade) -> Entry:
    secret = settings.secret_key or ""
    if not is_long(secret):
        raise ConfigurationError(f"the secret key has at least {MINIMUM_LENGTH} characters: `openssl rand -base64 48` makes one")
    at = Endpoints(issuer_of(base))
    store = AuthorizationStore(facade.pool, settings, secret)
    access = SmartAccess(store, at.issuer, base, opens_places=settings.open_places)
    authority = Authority(at, base, store, access, settings)
    return Entry(access, smart_configuration(at), authority, (store.watch, *_notices(facade, store)))


def _notices(facade: Facade, store: AuthorizationStore) -> tuple[Callable[[], Awaitable[None]], ...]:
    """Where there is a Redis, workers hear of revocations by it, and do not wait for their next look."""
    if facade.shared is None:
        return ()
    from .store.shared.notices import SharedNotices  # and with it the Redis client, which not every server needs

    notices = SharedNotices(facade.shared, "revocations")
    store.revocations.announce = notices.send
    return (partial(notices.listen, store.hurry.set),)


def issuer_of(base: str) -> str:
    """The issuer: the FHIR base URL without `/fhir`. Raises ConfigurationError where passwords could be read on the way."""
    parts = urlsplit(base)
    if not parts.path.endswith("/fhir"):
        raise ConfigurationError(f"--base-url ends in /fhir, beside which lies /auth: `{base}` does not")
    if parts.scheme != "https" and not is_own_machine(parts.hostname or ""):
        raise ConfigurationError(f"passwords and tokens need https: give --base-url https://... instead of `{base}`")
    return base.removesuffix("/fhir")
