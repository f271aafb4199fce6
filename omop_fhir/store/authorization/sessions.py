"""Sessions of people in their browser. The cookie holds a secret of which only the hash is kept.

Who signs out takes back what apps may do while somebody is signed in; `offline_access` stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ...auth.secret import digest, new_secret
from ..own_database import OwnDatabase
from . import revoking
from .revocations import Revocations

_CREATE = """
INSERT INTO {schema}.session (hash, account, expires_at)
VALUES ($1, $2, current_timestamp + make_interval(secs => $3)) RETURNING account, created_at, expires_at
"""
_FIND = """
SELECT s.account, s.created_at, s.expires_at FROM {schema}.session s JOIN {schema}.account a ON a.id = s.account
WHERE s.hash = $1 AND s.revoked_at IS NULL AND s.expires_at > current_timestamp AND a.disabled_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Session:
    """`hash` names it in the database; `created_at` is when its owner proved who it is."""

    hash: bytes = field(repr=False)
    account: UUID
    created_at: datetime
    expires_at: datetime


class Sessions:
    """The sessions that are on."""

    def __init__(self, database: OwnDatabase, revocations: Revocations, lifetime: float) -> None:
        self._database = database
        self._revocations = revocations
        self._lifetime = lifetime

    async def create(self, account: UUID) -> tuple[Session, str]:
        """A new session, and the secret for its cookie."""
        secret = new_secret()
        record = await self._database.first(_CREATE, digest(secret), account, self._lifetime)
        assert record is not None  # noqa: S101  an INSERT returns its row
        return Session(digest(secret), *record), secret

    async def find(self, secret: str) -> Session | None:
        """The session of a cookie, if it is on and its account is not disabled."""
        record = await self._database.first(_FIND, digest(secret))
        return Session(digest(secret), *record) if record else None

    async def revoke(self, session: Session) -> None:
        """End a session, and what was authorized for as long as it would last."""
        await self._database.fetch(revoking.SESSIONS, session.hash, None)
        await self._revocations.look()

    async def revoke_all(self, account: UUID) -> None:
        """End all sessions of an account, likewise."""
        await self._database.fetch(revoking.SESSIONS, None, account)
        await self._revocations.look()
