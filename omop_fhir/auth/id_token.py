"""id_tokens of OpenID Connect: who signed in, for the client.

https://openid.net/specs/openid-connect-core-1_0.html#IDToken,
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-identity-data
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from joserfc import jwt

from .signing import ALGORITHM, SigningKey


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in and when; `fhir_user` is an absolute URL. What is None was not asked for or is not known."""

    subject: str
    authenticated_at: int
    nonce: str | None = None
    name: str | None = None
    login: str | None = None
    fhir_user: str | None = None


def encode_identity(
    identity: Identity, key: SigningKey, *, issuer: str, client: str, issued_at: int, expires_at: int, access_token: str
) -> str:
    """The signed id_token that belongs to an access token."""
    claims = {
        "iss": issuer,
        "sub": identity.subject,
        "aud": client,
        "iat": issued_at,
        "exp": expires_at,
        "auth_time": identity.authenticated_at,
        "at_hash": at_hash(access_token),
        "nonce": identity.nonce,
        "name": identity.name,
        "preferred_username": identity.login,
        "fhirUser": identity.fhir_user,
        "profile": identity.fhir_user,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, given, key.key)


def at_hash(access_token: str) -> str:
    """The left half of the access token's SHA-256 (OpenID Connect §3.1.3.6)."""
    return urlsafe_b64encode(sha256(access_token.encode("ascii")).digest()[:16]).rstrip(b"=").decode()
