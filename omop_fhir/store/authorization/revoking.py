"""What ends an authorization: by hand, with its session, its account or its client.

Each is one statement, which ends it and writes it to the log that every worker reads (`revocations.py`): no transaction can do
the one without the other.
"""

from __future__ import annotations

EVERYTHING = 'INSERT INTO {schema}.revocation ("authorization") VALUES (NULL)'
"""Has every worker forget all that it remembers of tokens: for a transaction that changes an account, a client or a key."""
_AUTHORIZATIONS = """
UPDATE {{schema}}.authorization SET revoked_at = current_timestamp, revoked_for = {why} WHERE {which} AND revoked_at IS NULL
"""
_SESSIONS = "UPDATE {{schema}}.session SET revoked_at = current_timestamp WHERE {which} AND revoked_at IS NULL"
_LOGGED = 'INSERT INTO {schema}.revocation ("authorization") SELECT id FROM revoked'


def _authorizations(which: str, why: str = "$2") -> str:
    return _AUTHORIZATIONS.format(which=which, why=why)


def _sessions(which: str) -> str:
    return _SESSIONS.format(which=which)


AUTHORIZATION = f"WITH revoked AS ({_authorizations('id = $1')} RETURNING id) {_LOGGED}"
"""One authorization ($1), and why ($2)."""
SESSIONS = f"""
WITH ended AS ({_sessions("(hash = $1 OR account = $2)")} RETURNING hash),
revoked AS ({_authorizations("session IN (SELECT hash FROM ended)", "'signed out'")} RETURNING id)
{_LOGGED}
"""
"""The session with a hash ($1), or all of an account ($2), and what was authorized for as long as they would last."""
ACCOUNT = f"WITH ended AS ({_sessions('account = $1')}), revoked AS ({_authorizations('account = $1')}) {EVERYTHING}"
"""All sessions and authorizations of an account ($1), and why ($2)."""
CLIENT = f"WITH revoked AS ({_authorizations('client = $1')}) {EVERYTHING}"
"""All authorizations of a client ($1), and why ($2)."""
