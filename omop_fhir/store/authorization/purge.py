"""Takes away what has ended, in pieces, so that no table grows without end and no statement holds many rows.

Ended authorizations are kept for a day: a code or refresh token that comes again then is still known as used.
"""

from __future__ import annotations

from ..own_database import OwnDatabase
from .revocations import KEPT

AT_ONCE = 1000
_DAY = 86_400

_PURGES = (
    ("session", "hash", f"expires_at < current_timestamp - interval '{_DAY} seconds'"),
    ("launch", "hash", "expires_at < current_timestamp"),
    (
        "authorization", "id",
        f"least(expires_at, revoked_at) < current_timestamp - interval '{_DAY} seconds'",
    ),
    ("used_assertion", "hash", "expires_at < current_timestamp - interval '60 seconds'"),
    ("revocation", "id", f"at < current_timestamp - interval '{KEPT} seconds'"),
    ("login_throttle", "login_hash", f"last_failure < current_timestamp - interval '{_DAY} seconds'"),
    ("address_throttle", "address", "forgotten_at < current_timestamp"),
    ("signing_key", "kid", f"retires_at < current_timestamp - interval '{30 * _DAY} seconds'"),
)  # fmt: skip
_DELETE = """
WITH gone AS (SELECT {key} FROM {{schema}}.{table} WHERE {ended} LIMIT {limit} FOR UPDATE SKIP LOCKED)
DELETE FROM {{schema}}.{table} t USING gone WHERE t.{key} = gone.{key} RETURNING 1
"""


async def ended(database: OwnDatabase) -> int:
    """How many rows `purge` would take away."""
    total = 0
    for table, _, condition in _PURGES:
        (record,) = await database.fetch(f"SELECT count(*) AS number FROM {{schema}}.{table} WHERE {condition}")
        total += record["number"]
    return total


async def purge(database: OwnDatabase) -> int:
    """How many rows were taken away."""
    total = 0
    for table, key, ended in _PURGES:
        sql = _DELETE.format(table=table, key=key, ended=ended, limit=AT_ONCE)
        while done := len(await database.fetch(sql)):
            total += done
            if done < AT_ONCE:
                break
    return total
