"""Failed sign-ins by login: each makes the next one wait longer, whether there is such an account or not.

A try counts as failed before the password is looked at, so that tries at the same time do not slip through together.
https://pages.nist.gov/800-63-4/sp800-63b.html#throttle
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from ..own_database import OwnDatabase

FREE = 4
"""Failures in a row that cost nothing but time to think."""
LONGEST = 900
"""Seconds that a login is locked at most: nobody can lock somebody else out for good."""
FORGOTTEN = 86_400
"""Seconds after which failures are forgotten."""

_RESERVE = """
INSERT INTO {schema}.login_throttle AS t (login_hash, failures, last_failure) VALUES ($1, 1, clock_timestamp())
ON CONFLICT (login_hash) DO UPDATE SET
    failures = CASE WHEN t.last_failure < clock_timestamp() - make_interval(secs => $4) THEN 1 ELSE t.failures + 1 END,
    last_failure = clock_timestamp(),
    locked_until = CASE WHEN t.last_failure >= clock_timestamp() - make_interval(secs => $4) AND t.failures >= $2
        THEN clock_timestamp() + make_interval(secs => least($3, 2 ^ least(t.failures - $2 + 1, 20))) END
WHERE coalesce(t.locked_until <= clock_timestamp(), true)
RETURNING extract(epoch FROM locked_until - clock_timestamp())::float8 AS wait
"""
_LOCKED = """
SELECT extract(epoch FROM locked_until - clock_timestamp())::float8 AS wait FROM {schema}.login_throttle WHERE login_hash = $1
"""
_FORGET = "DELETE FROM {schema}.login_throttle WHERE login_hash = $1"


class Try(NamedTuple):
    """`is_free`: the password may be looked at; `wait`: seconds for which the login is locked, or will be if it is wrong."""

    is_free: bool
    wait: int


class LoginThrottle:
    """After four failures a login waits 2 s, then 4, 8 and so on up to fifteen minutes."""

    def __init__(self, database: OwnDatabase) -> None:
        self._database = database

    async def reserve(self, login: str) -> Try:
        """Count a try as if it were to fail, unless the login is locked."""
        record = await self._database.first(_RESERVE, _hash(login), FREE, float(LONGEST), float(FORGOTTEN))
        if record is not None:
            return Try(True, 0 if record["wait"] is None else max(1, round(record["wait"])))
        locked = await self._database.first(_LOCKED, _hash(login))
        return Try(False, max(1, round(locked["wait"] or 0.0)) if locked else 1)

    async def forget(self, login: str) -> None:
        """It was right: forget the failures."""
        await self._database.fetch(_FORGET, _hash(login))


def _hash(login: str) -> bytes:
    """Somebody may have typed a password where the login belongs."""
    return sha256(login.strip().lower().encode()).digest()
