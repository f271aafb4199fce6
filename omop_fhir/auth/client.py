"""Clients: apps and backend services that are registered here.

What an administrator tells of a client enters, a checked `Client` leaves. Rejected, with Invalid: redirect URIs and keys that
would put somebody in danger, scopes that are none, contradictions.
https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#register-app-with-ehr, https://www.rfc-editor.org/rfc/rfc9700
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import SplitResult, urlsplit

from ..errors import Invalid
from .assertion import key_set
from .scope import Scopes, parse_scopes

Kind: TypeAlias = Literal["public", "secret", "key"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Client:
    """`kind` says how it proves itself: not at all (PKCE must do), by a secret, or by a key (`jwks` or `jwks_uri`).

    `scopes` is the most that it can get. `introspects`: it may ask about tokens of others, as a resource server does.
    `deduplicates`: its plain creates give what has one of their identifiers already.
    """

    id: str
    name: str
    kind: Kind
    scopes: Scopes
    redirect_uris: tuple[str, ...] = ()
    launch_uri: str | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    secret_hash: bytes | None = field(default=None, repr=False)
    introspects: bool = False
    deduplicates: bool = False
    disabled: bool = False

    @property
    def authentication(self) -> tuple[str, ...]:
        """The methods by which it may prove itself at the token endpoint."""
        return {
            "public": ("none",),
            "secret": ("client_secret_basic", "client_secret_post"),
            "key": ("private_key_jwt",),
        }[self.kind]


def is_client_id(text: str) -> bool:
    """Can a client be called so? Nothing else need be looked for."""
    return _ID.fullmatch(text) is not None


def check_client(client: Client) -> Client:
    """The client, where nothing is wrong with it. Raises Invalid."""
    if not is_client_id(client.id):
        raise Invalid(f"`{client.id}` is no client id: letters, digits and ._~- up to 100")
    if not client.name.strip() or len(client.name) > 100:
        raise Invalid("a client has a name of up to 100 characters")
    for uri in client.redirect_uris:
        check_redirect_uri(uri)
    if client.launch_uri is not None:
        _check_web_uri("launch URL", client.launch_uri)
    _check_keys(client)
    _check_use(client)
    return client


def _check_keys(client: Client) -> None:
    if client.kind != "key":
        if client.jwks is not None or client.jwks_uri is not None:
            raise Invalid("keys belong to a client of the kind `key`")
        return
    if (client.jwks is None) == (client.jwks_uri is None):
        raise Invalid("a client of the kind `key` has its public keys either in a file or at a URL")
    if client.jwks is not None:
        key_set(client.jwks)
    elif client.jwks_uri is not None:
        _check_web_uri("JWKS URL", client.jwks_uri, loopback=False)


def _check_use(client: Client) -> None:
    """A client must be of some use, and system scopes need a proof that cannot be copied."""
    system = "system" in client.scopes.levels()
    if system and client.kind != "key":
        raise Invalid("system scopes are for clients of the kind `key`")
    if not client.redirect_uris and not system and not client.introspects:
        raise Invalid("a client has a redirect URI, system scopes, or may introspect: else it is of no use")


def check_redirect_uri(uri: str) -> None:
    """Raises Invalid for what a code must not be sent to: no wildcard, no fragment, encrypted or within the machine."""
    parts = _parts("redirect URI", uri)
    if "*" in uri or "#" in uri:
        raise Invalid(f"redirect URI `{uri}`: no fragment and no wildcard")
    if parts.scheme in ("http", "https"):
        _check_web_uri("redirect URI", uri)
    elif not _SCHEME.fullmatch(parts.scheme):
        raise Invalid(f"redirect URI `{uri}`: https, http within the machine, or a scheme like org.example.app")


def _check_web_uri(what: str, uri: str, *, loopback: bool = True) -> None:
    parts = _parts(what, uri)
    if not parts.hostname or parts.username or parts.password:
        raise Invalid(f"{what} `{uri}` is no URL of a host")
    if parts.scheme != "https" and not (loopback and parts.scheme == "http" and is_own_machine(parts.hostname)):
        raise Invalid(f"{what} `{uri}`: https is needed" + (", or http within the machine" if loopback else ""))


def _parts(what: str, uri: str) -> SplitResult:
    if not re.fullmatch(r"[\x21-\x7e]+", uri) or "\\" in uri or '"' in uri or "<" in uri or "'" in uri or ";" in uri:
        raise Invalid(f"{what} `{uri}` holds a character that no URL has")
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise Invalid(f"{what} `{uri}` is no URL") from None
    return parts


def is_own_machine(host: str) -> bool:
    """Is this host the machine that asks?"""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def new_client(
    id: str,
    name: str,
    kind: Kind,
    scope: str,
    redirect_uris: Sequence[str] = (),
    **given: Any,
) -> Client:
    """A checked client out of what an administrator gives. Raises Invalid."""
    scopes = parse_scopes(scope)
    if not scopes and not given.get("introspects"):
        raise Invalid("a client needs scopes: the most that it can get")
    return check_client(Client(id, name, kind, scopes, tuple(redirect_uris), **given))
