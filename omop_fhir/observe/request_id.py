"""The id of a request as logs and the audit may hold it: one that a client chose is kept as it is only where it is opaque."""

from __future__ import annotations

import re
from hashlib import sha256

_OPAQUE = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""As made here; a W3C trace id or a UUID without dashes; a UUID. Longer than what people are numbered by, except by intent."""


def opaque(request: str) -> str:
    """A request id as logs may hold it: one that a client gave a meaning (somebody's number, say) only as a hash.

    >>> opaque("3f0e8a5c-58f6-4a55-9a4c-7a2f0d2d7c11")
    '3f0e8a5c-58f6-4a55-9a4c-7a2f0d2d7c11'
    >>> opaque("Jane-Doe-1970")
    'sha256:c985a795c6631427'
    """
    return request if _OPAQUE.fullmatch(request) else f"sha256:{sha256(request.encode()).hexdigest()[:16]}"
