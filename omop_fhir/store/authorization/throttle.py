"""Failed logins: each makes the next one wait longer, by login, whether there is such an account or not.

https://pages.nist.gov/800-63-4/sp800-63b.html#throttle
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from .database import OwnDatabase

FREE = 4
"""Failures in a row that cost nothing but time to think."""
LONGEST = 900
"""Seconds that a login is locked at most: nobody can lock somebody else out for good."""
FORGOTTEN = 86_400
"""Seconds after which failures are forgotten."""

_LOCKED = "SELECT locked_until FROM {schema}.login_throttle WHERE login_hash = $1 AND locked_until > clock_timestamp()"
_FAILED = """
INSERT INTO {schema}.login_throttle AS t (login_hash, failures, last_failure) VALUES ($1, 1, clock_timestamp())
ON CONFLICT (login_hash) DO UPDATE SET
    failures = CASE WHEN t.last_failure < clock_timestamp() - make_interval(secs => $4) THEN 1 ELSE t.failures + 1 END,
    last_failure = clock_timestamp(),
    locked_until = CASE WHEN t.last_failure >= clock_timestamp() - make_interval(secs => $4) AND t.failures >= $2
        THEN clock_timestamp() + make_interval(secs => least($3, 2 ^ least(t.failures - $2 + 1, 20))) END
RETURNING locked_until
"""
_SUCCEEDED = "DELETE FROM {schema}.login_throttle WHERE login_hash = $1"


class LoginThrottle:
    """After four failures a login waits 2 s, then 4, 8 and so on up to fifteen minutes."""

    def __init__(self, database: OwnDatabase) -> None:
        self._database = database

    async def locked_until(self, login: str) -> datetime | None:
        """Until when this login is not even tried; None: it is."""
        record = await self._database.first(_LOCKED, _hash(login))
        return record["locked_until"] if record else None

    async def failed(self, login: str) -> datetime | None:
        """Count a failure; until when the login is locked now."""
        record = await self._database.first(_FAILED, _hash(login), FREE, float(LONGEST), float(FORGOTTEN))
        return record["locked_until"] if record else None

    async def succeeded(self, login: str) -> None:
        """Forget the failures."""
        await self._database.fetch(_SUCCEEDED, _hash(login))


def _hash(login: str) -> bytes:
    """Somebody may have typed a password where the login belongs."""
    return sha256(login.strip().lower().encode()).digest()
