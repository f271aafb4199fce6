"""Proof Key for Code Exchange by S256; `plain` proves nothing and is refused.

https://www.rfc-editor.org/rfc/rfc7636
"""

from __future__ import annotations

import re
from hmac import compare_digest

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from .oauth_error import invalid_grant, invalid_request

METHOD = "S256"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def check_challenge(challenge: str | None, method: str | None) -> str:
    """The challenge of an authorization request. Raises OAuthError."""
    if challenge is None:
        raise invalid_request("code_challenge is missing: this server asks every client for PKCE")
    if method != METHOD:
        raise invalid_request("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise invalid_request("code_challenge is not the base64url of a SHA-256")
    return challenge


def check_verifier(verifier: str | None, challenge: str) -> None:
    """Raises OAuthError where this is not what the challenge was made of."""
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise invalid_request("code_verifier is missing or malformed")
    made = str(create_s256_code_challenge(verifier))  # type: ignore[no-untyped-call]
    if not compare_digest(made, challenge):
        raise invalid_grant("code_verifier does not fit the code_challenge")
