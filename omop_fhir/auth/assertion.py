"""`private_key_jwt`: a client proves itself by a JWT that it signed.

An assertion, the client's public keys and the URL of the token endpoint enter; the `jti` leaves, which must not come twice.
Rejected, with OAuthError: another algorithm than RS384 and ES384, a key that is not the client's, wrong or missing claims.
https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html, https://www.rfc-editor.org/rfc/rfc7523
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from ..errors import Invalid
from .numeric_date import LEEWAY, is_time
from .oauth_error import invalid_client

__all__ = ["KeySet", "check_jku", "key_set", "read_assertion", "verify_assertion"]

ALGORITHMS = ("RS384", "ES384")
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 300
"""Seconds that an assertion may still be good for: SMART allows five minutes."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an assertion says before it is believed: who it speaks for, and which key it names."""

    text: str
    client: str
    kid: str
    jku: str | None


def key_set(jwks: Mapping[str, Any]) -> KeySet:
    """The public keys of a JWK set: RSA from 2048 bits and P-384, each with a `kid`. Raises Invalid."""
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys:
        raise Invalid("a JWK set is an object with `keys`, of which there is at least one")
    return KeySet([_key(each) for each in keys])


def _key(given: Any) -> RSAKey | ECKey:
    if not isinstance(given, dict) or not isinstance(given.get("kid"), str):
        raise Invalid("every key of a JWK set has a `kid`")
    kid = given["kid"]
    if {"d", "k", "p", "q"} & set(given):
        raise Invalid(f"the key `{kid}` is a private or symmetric one: give the public part only")
    try:
        key = RSAKey.import_key(given) if given.get("kty") == "RSA" else ECKey.import_key(given)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Invalid(f"the key `{kid}` is no public RSA or EC key") from None
    if isinstance(key, RSAKey) and key.public_key.key_size < 2048:
        raise Invalid(f"the key `{kid}` is shorter than 2048 bits")
    if isinstance(key, ECKey) and given.get("crv") != "P-384":
        raise Invalid(f"the key `{kid}` is not of the curve P-384, which ES384 needs")
    return key


def read_assertion(text: str) -> Assertion:
    """The assertion, not believed yet. Raises OAuthError."""
    try:
        head, body, _ = text.split(".")
        header, claims = orjson.loads(_decoded(head)), orjson.loads(_decoded(body))
    except (ValueError, UnicodeEncodeError):
        raise invalid_client("client_assertion is not a JWT") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise invalid_client("client_assertion is not a JWT")
    if header.get("alg") not in ALGORITHMS:
        raise invalid_client(f"client_assertion must be signed by one of {', '.join(ALGORITHMS)}")
    client, kid, jku = claims.get("iss"), header.get("kid"), header.get("jku")
    if not isinstance(client, str) or claims.get("sub") != client:
        raise invalid_client("client_assertion: iss and sub are the client id")
    if not isinstance(kid, str) or not isinstance(jku, str | None):
        raise invalid_client("client_assertion names its key by `kid`")
    return Assertion(text, client, kid, jku)


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))


def verify_assertion(assertion: Assertion, keys: KeySet, audience: str) -> tuple[str, float]:
    """The `jti` and when it expires. Raises OAuthError."""
    found = [key for key in keys.keys if key.kid == assertion.kid]
    if not found:
        raise invalid_client("client_assertion names a key that is not registered")
    try:
        claims = jwt.decode(assertion.text, found[0], algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError):
        raise invalid_client("client_assertion has no good signature") from None
    return _checked(claims, audience)


def _checked(claims: Mapping[str, Any], audience: str) -> tuple[str, float]:
    now, expires, jti = time(), claims.get("exp"), claims.get("jti")
    given = claims.get("aud")
    if given != audience and given != [audience]:
        raise invalid_client("client_assertion is for somebody else: aud is the URL of the token endpoint")
    if not is_time(expires) or not now - LEEWAY < expires:
        raise invalid_client("client_assertion has expired, or lacks exp")
    if expires > now + LIFETIME + LEEWAY:
        raise invalid_client(f"client_assertion is good for longer than {LIFETIME} seconds")
    for name in ("nbf", "iat"):
        if name in claims and not (is_time(claims[name]) and claims[name] <= now + LEEWAY):
            raise invalid_client(f"client_assertion is not good yet ({name})")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 512:
        raise invalid_client("client_assertion lacks its jti")
    return jti, float(expires)


def check_jku(assertion: Assertion, registered: str | None) -> None:
    """Raises OAuthError where the assertion names another place for keys than is registered; none is ever fetched there."""
    if assertion.jku is not None and assertion.jku != registered:
        raise invalid_client("client_assertion names a jku that is not registered")
