"""Assertions that were used (`jti`): none proves a client twice. https://www.rfc-editor.org/rfc/rfc7523#section-3"""

from __future__ import annotations

from hashlib import sha256

from ..own_database import OwnDatabase

_USE = """
INSERT INTO {schema}.used_assertion (hash, expires_at) VALUES ($1, to_timestamp($2)) ON CONFLICT DO NOTHING RETURNING hash
"""


class UsedAssertions:
    """What every worker knows of assertions."""

    def __init__(self, database: OwnDatabase) -> None:
        self._database = database

    async def use(self, client: str, jti: str, expires_at: float) -> bool:
        """Is it the first time? Of two that come at once, one is the second."""
        hashed = sha256(f"{client}\n{jti}".encode()).digest()
        return await self._database.first(_USE, hashed, expires_at) is not None
