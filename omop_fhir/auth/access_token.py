"""Access tokens: signed JWTs of RFC 9068, short-lived.

Claims enter and a token leaves, and the way back. Rejected, with InvalidToken: another algorithm, type, issuer or audience, a
key that is not published, what has expired or is not good yet. The header's `jku`, `x5u` and `jwk` are never looked at.
https://www.rfc-editor.org/rfc/rfc9068, https://www.rfc-editor.org/rfc/rfc8725
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from ..errors import InvalidToken
from .numeric_date import LEEWAY, is_time
from .signing import ALGORITHM, KeyRing, SigningKey

TYPE = "at+jwt"
LIMIT = 8192
"""Characters of a token; a longer one is not looked into."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a token says: for whom it was made, what it may be used for, and the authorization that it comes from."""

    authorization: str
    subject: str
    client: str
    scope: str
    issued_at: int
    expires_at: int
    id: str
    patient: str | None = None
    encounter: str | None = None
    fhir_user: str | None = None


def encode(token: AccessToken, key: SigningKey, issuer: str, audience: str) -> str:
    """The signed token."""
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": token.subject,
        "client_id": token.client,
        "scope": token.scope,
        "iat": token.issued_at,
        "exp": token.expires_at,
        "jti": token.id,
        "sid": token.authorization,
        "patient": token.patient,
        "encounter": token.encounter,
        "fhirUser": token.fhir_user,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}, given, key.key)


def decode(text: str, ring: KeyRing, issuer: str, audience: str) -> AccessToken:
    """The token, verified. Raises InvalidToken, without repeating any of it."""
    claims = _verified(text, ring)
    now = time()
    if claims.get("iss") != issuer or claims.get("aud") != audience:
        raise InvalidToken("the access token is for another server")
    if not is_time(claims.get("exp")) or claims["exp"] <= now:
        raise InvalidToken("the access token has expired")
    if not is_time(claims.get("iat")) or claims["iat"] > now + LEEWAY or claims.get("nbf", 0) > now + LEEWAY:
        raise InvalidToken("the access token is not good yet")
    return _token(claims)


def key_id(text: str) -> str | None:
    """The key that a token names, before anything of it is believed."""
    try:
        kid = jws.extract_compact(text.encode()).headers().get("kid") if len(text) <= LIMIT else None
    except (JoseError, ValueError, TypeError):
        return None
    return kid if isinstance(kid, str) else None


def _verified(text: str, ring: KeyRing) -> Mapping[str, Any]:
    if len(text) > LIMIT or text.count(".") != 2:
        raise InvalidToken("the access token is not valid")
    try:
        header = jws.extract_compact(text.encode()).headers()
        key = ring.verifying(header.get("kid"), time())
        if header.get("alg") != ALGORITHM or header.get("typ") != TYPE or key is None:
            raise InvalidToken("the access token is not valid")
        claims: Mapping[str, Any] = jwt.decode(text, key.key, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError):
        raise InvalidToken("the access token is not valid") from None
    return claims


def _token(claims: Mapping[str, Any]) -> AccessToken:
    try:
        return AccessToken(
            authorization=claims["sid"],
            subject=claims["sub"],
            client=claims["client_id"],
            scope=claims["scope"],
            issued_at=claims["iat"],
            expires_at=claims["exp"],
            id=claims["jti"],
            patient=claims.get("patient"),
            encounter=claims.get("encounter"),
            fhir_user=claims.get("fhirUser"),
        )
    except KeyError:
        raise InvalidToken("the access token is not valid") from None
