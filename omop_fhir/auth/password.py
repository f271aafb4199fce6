"""Passwords: argon2id with the parameters of RFC 9106's second choice, which argon2-cffi has as its defaults.

A password enters, its hash leaves; or whether it is the one. Each takes tens of milliseconds and as many megabytes, so callers
leave the event loop for it. Rejected, with Invalid: passwords that are too short or too long.
https://www.rfc-editor.org/rfc/rfc9106, https://pages.nist.gov/800-63-4/sp800-63b.html
"""

from __future__ import annotations

from functools import cache
from secrets import choice

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..errors import Invalid

MINIMUM = 12
MAXIMUM = 256
"""Characters."""
_HASHER = PasswordHasher()
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """A random password of 80 bits that can be typed."""
    return "-".join("".join(choice(_LETTERS) for _ in range(4)) for _ in range(4))


def hash_password(password: str) -> str:
    """The hash to keep. Raises Invalid."""
    if not MINIMUM <= len(password) <= MAXIMUM:
        raise Invalid(f"a password has from {MINIMUM} to {MAXIMUM} characters")
    return _HASHER.hash(password)


def is_password(given: str, kept: str | None) -> bool:
    """Is it the password with this hash? None (there is no such account) takes as long as a wrong one."""
    if len(given) > MAXIMUM:
        return False
    try:
        return _HASHER.verify(kept or _nobody(), given) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """The hash of a password that nobody has."""
    return _HASHER.hash(new_password())
