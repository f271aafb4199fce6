"""Secrets that are shown once and kept as hashes, and things sealed by the server's own secret.

Codes, refresh tokens, cookies and client secrets are 256 random bits, so a plain SHA-256 of them is as good as they are.
What the browser carries for us between two pages is sealed: encrypted, bound to its purpose, good for a while.

The server's secret may be several, one a line, while it is changed: the first seals, and what any of them sealed is opened.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from time import time
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import ConfigurationError, Invalid, why_unread

_NONCE = 12
MINIMUM_LENGTH = 32
"""Characters of the server's secret."""


def new_secret() -> str:
    """A secret of 256 bits, for URLs and headers."""
    return token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode()).digest()


def is_secret(given: str, kept: bytes) -> bool:
    """Is this the secret whose digest was kept? Takes the same time whatever is given."""
    return compare_digest(digest(given), kept)


def read_secret(file: Path) -> str:
    """The secret in a file. Raises ConfigurationError where it cannot be read or could be guessed."""
    try:
        secret = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the secret key file {file} cannot be read: {why_unread(error)}") from None
    if not is_long(secret):
        raise ConfigurationError(f"a secret in {file} is shorter than {MINIMUM_LENGTH} characters")
    return secret


def is_long(secret: str) -> bool:
    """Is each secret in it longer than can be guessed?"""
    return all(len(each) >= MINIMUM_LENGTH for each in _each(secret))


def _each(secret: str) -> list[str]:
    return [each for line in secret.splitlines() if (each := line.strip())] or [""]


class Sealer:
    """Seals values for one purpose by a key that is derived from the server's secret, the first of several."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._ciphers = [AESGCM(sha256(f"omop-fhir {purpose} {each}".encode()).digest()) for each in _each(secret)]

    def seal_bytes(self, content: bytes, bound: str = "") -> bytes:
        """Content encrypted, for who can name what it is bound to."""
        nonce = token_bytes(_NONCE)
        return nonce + self._ciphers[0].encrypt(nonce, content, bound.encode())

    def open_bytes(self, sealed: bytes, bound: str = "") -> bytes:
        """The content. Raises Invalid for what was not sealed so."""
        for cipher in self._ciphers:
            with suppress(ValueError, InvalidTag):
                return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound.encode())
        raise Invalid("this was not sealed by this server, or for something else")

    def seal(self, content: Any, seconds: float, bound: str = "") -> str:
        """A JSON value as text for a URL or a form, good for so many seconds."""
        sealed = self.seal_bytes(orjson.dumps([int(time() + seconds), content]), bound)
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, text: str, bound: str = "") -> Any:
        """The JSON value. Raises Invalid where it is too old, or was not sealed here for this."""
        try:
            data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except (ValueError, UnicodeEncodeError):
            raise Invalid("this was not sealed by this server") from None
        expires, content = orjson.loads(self.open_bytes(data, bound))
        if expires < time():
            raise Invalid("this page was open for too long: begin again in the app")
        return content
