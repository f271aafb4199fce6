"""Who the bench is, and how it proves it.

What enters: a token, or a client's id with its secret or its private key. What leaves: what a token request says
(RFC 6749 §4.4): HTTP Basic, or a signed JWT, as SMART's backend services do
(https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html). What is rejected, with ConfigurationError:
a key that is none.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from omop_fhir.errors import ConfigurationError

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 240
"""Seconds that a proof is good for; SMART allows five minutes."""

Key = RSAKey | ECKey


@dataclass(frozen=True)
class Credentials:
    """A token, or a client that gets one; nothing of it is shown."""

    token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    client_key: Key | None = field(default=None, repr=False)
    scope: str = "system/*.rs"

    @property
    def basic(self) -> tuple[str, str] | None:
        """Id and secret for HTTP Basic (RFC 6749 §2.3.1), None for a client with a key."""
        return None if self.client_key else (self.client_id or "", self.client_secret or "")


def read_key(place: Path) -> Key:
    """The private key in a file: a JWK, or a JWK set of one (RFC 7517). Raises ConfigurationError."""
    try:
        found: Any = json.loads(place.read_text("utf-8"))
        given = found["keys"][0] if "keys" in found else found
        key = RSAKey.import_key(given) if given["kty"] == "RSA" else ECKey.import_key(given)
    except (OSError, ValueError, TypeError, LookupError, JoseError):
        raise ConfigurationError(f"{place}: not a private key of RSA or P-384 as a JWK") from None
    if not key.is_private or not key.kid:
        raise ConfigurationError(f"{place}: the key must be private and have a `kid`")
    return key


def proof(credentials: Credentials, endpoint: str) -> dict[str, str]:
    """The parameters by which a client with a key proves itself at a token endpoint; none for another."""
    key, client = credentials.client_key, credentials.client_id
    if key is None or client is None:
        return {}
    header = {"alg": "RS384" if isinstance(key, RSAKey) else "ES384", "kid": key.kid, "typ": "JWT"}
    claims = {"iss": client, "sub": client, "aud": endpoint, "jti": str(uuid.uuid4()), "exp": int(time.time()) + LIFETIME}
    signed = jwt.encode(header, claims, key, algorithms=["RS384", "ES384"])
    return {"client_assertion_type": ASSERTION, "client_assertion": signed}
