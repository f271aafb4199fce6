"""The keys that tokens are signed with: made, sealed for the database, published, rotated.

RSA of 2048 bits and RS256, which every OpenID Connect client understands. A key is published before it signs, and stays
published until the last token that it signed has expired.
https://www.rfc-editor.org/rfc/rfc7517, https://www.rfc-editor.org/rfc/rfc7518
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import orjson
from joserfc.jwk import RSAKey

from .secret import Sealer

ALGORITHM = "RS256"
BITS = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; it signs from `signs_from` on and is published until `retires_at` (POSIX seconds; None: no end)."""

    kid: str
    key: RSAKey = field(repr=False, compare=False)
    signs_from: float
    retires_at: float | None = None

    def sealed(self, sealer: Sealer) -> bytes:
        """The private key for the database."""
        return sealer.seal_bytes(orjson.dumps(self.key.as_dict(private=True)), self.kid)

    def public(self) -> dict[str, Any]:
        """The public key as a JWK."""
        return {**self.key.as_dict(private=False), "use": "sig", "alg": ALGORITHM, "kid": self.kid}


def new_signing_key(signs_from: float) -> SigningKey:
    """A new key pair; takes a tenth of a second or so."""
    kid = token_hex(8)
    return SigningKey(kid, RSAKey.generate_key(BITS, {"kid": kid}), signs_from)


def opened_key(kid: str, sealed: bytes, signs_from: float, retires_at: float | None, sealer: Sealer) -> SigningKey:
    """A key out of the database. Raises Invalid where another secret sealed it."""
    private = orjson.loads(sealer.open_bytes(sealed, kid))
    return SigningKey(kid, RSAKey.import_key(private), signs_from, retires_at)


class KeyRing:
    """The keys that are published now."""

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        self.keys = {key.kid: key for key in keys}

    def signing(self, now: float) -> SigningKey:
        """The key that signs now: the newest that may. Raises LookupError where there is none."""
        ready = [key for key in self.keys.values() if key.signs_from <= now and not _is_retired(key, now)]
        if not ready:
            raise LookupError("there is no signing key")
        return max(ready, key=lambda key: (key.signs_from, key.kid))

    def verifying(self, kid: object, now: float) -> SigningKey | None:
        """The key with this id, if it is published."""
        key = self.keys.get(kid) if isinstance(kid, str) else None
        return None if key is None or _is_retired(key, now) else key

    def jwks(self, now: float) -> dict[str, Any]:
        """The public keys as a JWK set."""
        return {"keys": [key.public() for key in self.keys.values() if not _is_retired(key, now)]}


def _is_retired(key: SigningKey, now: float) -> bool:
    return key.retires_at is not None and key.retires_at <= now
