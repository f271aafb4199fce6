"""Who is it? The Authorization header enters, `Grants` leave; anything else is rejected with 401.

Two doors stand here: an open one for loopback, and fixed bearer tokens from a file (RFC 6750). Tokens are kept only
as hashes. Those that this server issues are read in `store.authorization.access`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ..errors import ConfigurationError, InvalidToken, Unauthorized, why_unread
from .grants import ALL_TYPES, ANYONE, Caller, Grants
from .secret import digest

MINIMUM_LENGTH = 32


class Access(Protocol):
    """Turns an Authorization header into grants."""

    may_write: bool
    """Can any caller's grants allow to write?"""

    async def grants(self, authorization: str | None) -> Grants:
        """The caller's grants. Raises Unauthorized."""


class OpenAccess:
    """Everybody may read and write everything."""

    may_write = True

    async def grants(self, authorization: str | None) -> Grants:
        """The same grants for all."""
        return ANYONE


class TokenAccess:
    """Whoever holds one of the tokens may read everything."""

    may_write = False

    def __init__(self, tokens: list[str]) -> None:
        # looking up a digest tells no timing of the token itself
        self._known = {digest(token): _grants(f"token {digest(token).hex()[:12]}") for token in tokens}

    async def grants(self, authorization: str | None) -> Grants:
        """The grants of a bearer token. Raises Unauthorized where there is none, InvalidToken for an unknown one."""
        grants = self._known.get(digest(bearer_token(authorization)))
        if grants is None:
            raise InvalidToken("the access token is not valid")
        return grants


def _grants(holder: str) -> Grants:
    return replace(Grants.reading(holder, {ALL_TYPES}), caller=Caller(holder))


def bearer_token(authorization: str | None) -> str:
    """The token of an Authorization header. Raises Unauthorized where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("this server needs an access token: send `Authorization: Bearer TOKEN`")
    return token.strip()


def read_tokens(file: Path) -> list[str]:
    """The tokens of a file, one a line; empty lines and those after `#` do not count.

    Raises ConfigurationError where the file cannot be read, is empty, or holds a token that could be guessed.
    """
    try:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the access token file {file} cannot be read: {why_unread(error)}") from None
    tokens = [line for line in lines if line and not line.startswith("#")]
    if not tokens:
        raise ConfigurationError(f"the access token file {file} holds no token")
    if any(len(token) < MINIMUM_LENGTH for token in tokens):
        raise ConfigurationError(f"a token in {file} is shorter than {MINIMUM_LENGTH} characters")
    return tokens
