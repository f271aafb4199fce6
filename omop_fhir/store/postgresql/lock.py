"""Names of PostgreSQL's advisory locks, which are numbers and count within one database.

https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

from hashlib import blake2b


def lock_number(name: str) -> int:
    """The number of a lock, of 64 bits."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
