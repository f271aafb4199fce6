"""Access tokens of another issuer: JWTs that it signed, or what it says of a token when it is asked.

A token, the issuer's public keys and rules enter; claims leave. Rejected, with InvalidToken: an algorithm that is not allowed or
not the key's, `none` and every symmetric one, a key that the issuer does not publish, another issuer or audience, what has
expired or is not good yet, tokens for other purposes (identity, refresh), and such as are bound to a key of the client's, which a
bearer token cannot prove. The header's `jku`, `x5u`, `x5c` and `jwk` are never looked at.
https://www.rfc-editor.org/rfc/rfc8725, https://www.rfc-editor.org/rfc/rfc9068#section-4, https://www.rfc-editor.org/rfc/rfc7662
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from ..errors import InvalidToken
from .numeric_date import LEEWAY, is_time

Claims: TypeAlias = Mapping[str, Any]

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
LIMIT = 16_384
"""Characters of a token; a longer one is not looked into."""
_BITS = 2048
_CURVES = {"P-256": "ES256", "P-384": "ES384"}
_TYPES = ("", "jwt", "at+jwt", "application/at+jwt")
_OTHER_PURPOSES = frozenset({"id", "refresh", "offline", "logout"})
"""Values of Keycloak's claim `typ`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a token must be: whose, for whom (one of the audiences), signed how."""

    issuer: str
    audiences: frozenset[str]
    algorithms: frozenset[str] = frozenset(ALGORITHMS)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key, and the algorithms that it may be used with."""

    key: RSAKey | ECKey = field(repr=False)
    algorithms: frozenset[str]


Keys: TypeAlias = Mapping[str, IssuerKey]
"""`kid` -> key."""


def issuer_keys(jwks: Claims) -> Keys:
    """The keys of a JWK set that can verify a signature here; others (for encryption, of other kinds, too short) are left out."""
    keys = jwks.get("keys")
    found = (_key(each) for each in keys if isinstance(each, dict)) if isinstance(keys, list) else ()
    return dict(each for each in found if each is not None)


def _key(jwk: dict[str, Any]) -> tuple[str, IssuerKey] | None:
    kid, kind, alone = jwk.get("kid"), jwk.get("kty"), jwk.get("alg")
    if not isinstance(kid, str) or jwk.get("use", "sig") != "sig" or kind not in ("RSA", "EC"):
        return None
    curve = str(jwk.get("crv"))
    usable = _rsa(jwk) if kind == "RSA" else {_CURVES[curve]} if curve in _CURVES else set()
    usable = usable if alone is None else usable & {str(alone)}
    try:
        key = (RSAKey if kind == "RSA" else ECKey).import_key(jwk) if usable else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if key is None or key.is_private else (kid, IssuerKey(key, frozenset(usable)))


def _rsa(jwk: dict[str, Any]) -> set[str]:
    """What an RSA key may be used with: nothing, where it is too short."""
    try:
        modulus = urlsafe_b64decode(f"{jwk['n']}==")
    except (ValueError, KeyError):
        return set()
    is_long = int.from_bytes(modulus).bit_length() >= _BITS
    return {each for each in ALGORITHMS if each[:2] in ("RS", "PS")} if is_long else set()


def key_id(text: str, rules: Rules) -> str | None:
    """The `kid` that a token names. Raises InvalidToken for what is no JWT signed in one of the allowed ways."""
    header = _header(text)
    if header.get("alg") not in rules.algorithms:
        raise InvalidToken("the access token is signed in a way that is not allowed")
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def verify(text: str, keys: Keys, rules: Rules, now: float) -> Claims:
    """The claims of a token that is good `now` (POSIX seconds). Raises InvalidToken, without repeating any of it."""
    header = _header(text)
    key = keys.get(str(header.get("kid"))) if "kid" in header else _only(keys)
    if key is None:
        raise InvalidToken("the access token is signed by a key that its issuer does not publish")
    algorithms = sorted(key.algorithms & rules.algorithms)
    if header.get("alg") not in algorithms:
        raise InvalidToken("the access token is signed in a way that is not allowed")
    if str(header.get("typ", "")).lower() not in _TYPES or "crit" in header:
        raise InvalidToken("this is no access token")
    try:
        claims: Claims = jwt.decode(text, key.key, algorithms=algorithms).claims
    except (JoseError, ValueError, TypeError):
        raise InvalidToken("the access token is not valid") from None
    if claims.get("iss") != rules.issuer:
        raise InvalidToken("the access token is of another issuer")
    check_claims(claims, rules, now)
    if not is_time(claims.get("exp")):
        raise InvalidToken("the access token lacks exp")
    return claims


def _header(text: str) -> Claims:
    if len(text) > LIMIT or text.count(".") != 2:
        raise InvalidToken("the access token is not valid")
    try:
        header: Claims = jws.extract_compact(text.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise InvalidToken("the access token is not valid") from None
    return header


def _only(keys: Keys) -> IssuerKey | None:
    """The key of an issuer that has one alone, and does not name it."""
    return next(iter(keys.values())) if len(keys) == 1 else None


def check_claims(claims: Claims, rules: Rules, now: float) -> None:
    """What must hold of a token however it was told. Raises InvalidToken."""
    if claims.get("iss", rules.issuer) != rules.issuer:
        raise InvalidToken("the access token is of another issuer")
    if rules.audiences.isdisjoint(_texts(claims.get("aud"))):
        raise InvalidToken("the access token is for another server")
    if "exp" in claims and not (is_time(claims["exp"]) and claims["exp"] > now):
        raise InvalidToken("the access token has expired")
    for name in ("nbf", "iat"):
        if name in claims and not (is_time(claims[name]) and claims[name] <= now + LEEWAY):
            raise InvalidToken("the access token is not good yet")
    if str(claims.get("typ", "")).lower() in _OTHER_PURPOSES:
        raise InvalidToken("this is no access token")
    if "cnf" in claims:
        raise InvalidToken("the access token is bound to a key of the client's, which this server cannot check")


def _texts(value: Any) -> list[str]:
    """A claim that is a text or a list of texts."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
