"""What was authorized: a grant with its code, the tokens that come of it, and how it ends. One authorization is one family.

Rejected, with OAuthError `invalid_grant`: codes and refresh tokens that are unknown, of another client, too old, or used. Whoever
brings a used one shows that it leaked, so the whole family is revoked.
https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2, https://www.rfc-editor.org/rfc/rfc9700#section-4.14
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from ...auth.oauth_error import OAuthError, Replayed, invalid_grant
from ...auth.pkce import check_verifier
from ...auth.scope import Scopes, parse_scopes
from ...auth.secret import digest, new_secret
from ..own_database import OwnDatabase, OwnTransaction
from ..postgresql.pool import Record
from . import revoking
from .revocations import Revocations

CODE_LIFETIME = 60.0
"""Seconds within which a code is redeemed."""
REMEMBERED = 7
"""Days for which a used refresh token is known as used; after that it is as unknown as any other."""

_COLUMNS = """
a.id, a.client, a.account, a.session, a.scope, a.patient, a.encounter, a.context::text AS context, a.nonce, a.authenticated_at,
a.emergency, a.created_at, a.expires_at
"""
_ADD = """
INSERT INTO {schema}.authorization
    (id, client, account, session, scope, patient, encounter, context, nonce, authenticated_at, emergency, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11, current_timestamp + make_interval(secs => $12))
"""
_ADD_CODE = """
INSERT INTO {schema}.authorization_code (hash, "authorization", redirect_uri, code_challenge, expires_at)
VALUES ($1, $2, $3, $4, current_timestamp + make_interval(secs => $5))
"""
ALIVE = """
a.revoked_at IS NULL AND a.expires_at > current_timestamp
AND NOT EXISTS (SELECT FROM {schema}.account u WHERE u.id = a.account AND u.disabled_at IS NOT NULL)
AND NOT EXISTS (SELECT FROM {schema}.client c WHERE c.id = a.client AND c.disabled_at IS NOT NULL)
AND (a.session IS NULL OR EXISTS (
    SELECT FROM {schema}.session s WHERE s.hash = a.session AND s.revoked_at IS NULL AND s.expires_at > current_timestamp))
"""
"""Whether the authorization `a` has not ended: by time, by hand, or with its account, client or session."""
_CODE = f"""
SELECT {_COLUMNS}, k.redirect_uri, k.code_challenge, k.used_at IS NOT NULL AS used,
       k.expires_at > current_timestamp AND {ALIVE} AS good
FROM {{schema}}.authorization_code k JOIN {{schema}}.authorization a ON a.id = k."authorization"
WHERE k.hash = $1 FOR UPDATE OF k
"""
_REFRESH = f"""
SELECT {_COLUMNS}, k.used_at IS NOT NULL AS used, k.expires_at > current_timestamp AND {ALIVE} AS good
FROM {{schema}}.refresh_token k JOIN {{schema}}.authorization a ON a.id = k."authorization"
WHERE k.hash = $1 FOR UPDATE OF k
"""
_OF_REFRESH = f"""
SELECT {_COLUMNS} FROM {{schema}}.refresh_token k JOIN {{schema}}.authorization a ON a.id = k."authorization"
WHERE k.hash = $1 AND k.used_at IS NULL AND k.expires_at > current_timestamp AND {ALIVE}
"""
_CLIENT_OF_REFRESH = """
SELECT a.client FROM {schema}.refresh_token k JOIN {schema}.authorization a ON a.id = k."authorization" WHERE k.hash = $1
"""
_FIND = f"SELECT {_COLUMNS} FROM {{schema}}.authorization a WHERE a.id = $1 AND {ALIVE}"
_OF_ACCOUNT = f"SELECT {_COLUMNS} FROM {{schema}}.authorization a WHERE a.account = $1 AND {ALIVE} ORDER BY a.created_at DESC"
_USE_CODE = "UPDATE {schema}.authorization_code SET used_at = current_timestamp WHERE hash = $1"
_USE_REFRESH = "UPDATE {schema}.refresh_token SET used_at = current_timestamp WHERE hash = $1"
_FORGET_USED = f"""
DELETE FROM {{schema}}.refresh_token WHERE "authorization" = $1 AND used_at < current_timestamp - interval '{REMEMBERED} days'
"""
_ADD_REFRESH = """
INSERT INTO {schema}.refresh_token (hash, "authorization", expires_at)
SELECT $1, id, expires_at FROM {schema}.authorization WHERE id = $2
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """What is granted: to which client, by which account (None: a backend service), what, and for how long (seconds).

    `session` binds it to a session: it ends with that. `context` is what the token answer tells beside `patient` and `encounter`:
    `need_patient_banner`, `intent`. `emergency` is the reason for which restrictions are set aside.
    """

    client: str
    scopes: Scopes
    lifetime: float
    account: UUID | None = None
    session: bytes | None = field(default=None, repr=False)
    patient: str | None = None
    encounter: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    nonce: str | None = None
    authenticated_at: datetime | None = None
    emergency: str | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """A grant as it is kept."""

    id: UUID
    client: str
    account: UUID | None
    session: bytes | None = field(repr=False)
    scopes: Scopes
    patient: str | None
    encounter: str | None
    context: Mapping[str, Any]
    nonce: str | None
    authenticated_at: datetime | None
    emergency: str | None
    created_at: datetime
    expires_at: datetime


class Authorizations:
    """All that was authorized and has not ended."""

    def __init__(self, database: OwnDatabase, revocations: Revocations) -> None:
        self._database = database
        self._revocations = revocations

    async def grant(self, grant: Grant, redirect_uri: str, code_challenge: str) -> str:
        """Keep what a user granted; the code for the client's redirect URI."""
        code = new_secret()
        async with self._database.transaction() as transaction:
            id = await _add(transaction, grant)
            await transaction.fetch(_ADD_CODE, digest(code), id, redirect_uri, code_challenge, CODE_LIFETIME)
        return code

    async def open(self, grant: Grant) -> Authorization:
        """Keep what a backend service may do, which needs no code."""
        async with self._database.transaction() as transaction:
            id = await _add(transaction, grant)
            record = await transaction.first(_FIND, id)
        if record is None:
            raise invalid_grant("the client was disabled")
        return _authorization(record)

    async def redeem(self, code: str, client: str, redirect_uri: str, verifier: str | None) -> Authorization:
        """The authorization of a code, which is spent by that. Raises OAuthError."""
        async with self._database.transaction() as transaction:
            record = await transaction.first(_CODE, digest(code))
            if record is None:
                raise _not_theirs("code")
            refused = _refused("code", record, client) or _unproven(record, redirect_uri, verifier)
            if record["used"]:
                await transaction.fetch(revoking.AUTHORIZATION, record["id"], "its code came twice")
            elif refused is None:
                await transaction.fetch(_USE_CODE, digest(code))
        return await self._admitted(record, refused)

    async def refresh(self, token: str, client: str) -> tuple[Authorization, str]:
        """The authorization of a refresh token, which is spent by that, and the next one. Raises OAuthError."""
        fresh = new_secret()
        async with self._database.transaction() as transaction:
            record = await transaction.first(_REFRESH, digest(token))
            if record is None:
                raise _not_theirs("refresh_token")
            refused = _refused("refresh_token", record, client)
            if record["used"]:
                await transaction.fetch(revoking.AUTHORIZATION, record["id"], "its refresh token came twice")
            elif refused is None:
                await transaction.fetch(_USE_REFRESH, digest(token))
                await transaction.fetch(_FORGET_USED, record["id"])
                await transaction.fetch(_ADD_REFRESH, digest(fresh), record["id"])
        return await self._admitted(record, refused), fresh

    async def _admitted(self, record: Record, refused: OAuthError | None) -> Authorization:
        if record["used"]:
            await self._revocations.look()
        if refused is not None:
            raise refused
        return _authorization(record)

    async def new_refresh_token(self, authorization: UUID) -> str:
        """A refresh token, good for as long as its authorization."""
        token = new_secret()
        await self._database.fetch(_ADD_REFRESH, digest(token), authorization)
        return token

    async def find(self, id: UUID) -> Authorization | None:
        """The authorization with this id, if it has not ended: by time, by hand, or with its account, client or session."""
        record = await self._database.first(_FIND, id)
        return _authorization(record) if record else None

    async def by_refresh_token(self, token: str) -> Authorization | None:
        """The authorization of a refresh token that is still good."""
        record = await self._database.first(_OF_REFRESH, digest(token))
        return _authorization(record) if record else None

    async def client_of(self, refresh_token: str) -> str | None:
        """The id of the client that a refresh token was given to, whether it is still good or not."""
        record = await self._database.first(_CLIENT_OF_REFRESH, digest(refresh_token))
        return record["client"] if record else None

    async def of_account(self, account: UUID) -> tuple[Authorization, ...]:
        """What an account has authorized, the newest first."""
        return tuple(_authorization(record) for record in await self._database.fetch(_OF_ACCOUNT, account))

    async def revoke(self, id: UUID, why: str) -> None:
        """End an authorization with all its tokens."""
        await self._database.fetch(revoking.AUTHORIZATION, id, why)
        await self._revocations.look()


async def _add(transaction: OwnTransaction, grant: Grant) -> UUID:
    id = uuid4()
    await transaction.fetch(
        _ADD, id, grant.client, grant.account, grant.session, str(grant.scopes), grant.patient, grant.encounter,
        orjson.dumps(dict(grant.context)).decode(), grant.nonce, grant.authenticated_at, grant.emergency, grant.lifetime,
    )  # fmt: skip
    return id


def _refused(what: str, record: Record, client: str) -> OAuthError | None:
    """Why this client gets nothing for what it brought. What is told does not tell whose it is."""
    if record["used"]:
        return Replayed(f"{what} was used before: what came of it is revoked")
    if record["client"] != client:
        return _not_theirs(what)
    if not record["good"]:
        return invalid_grant(f"{what} has expired, or what it stands for was revoked")
    return None


def _not_theirs(what: str) -> OAuthError:
    return invalid_grant(f"{what} is not one of this client")


def _unproven(record: Record, redirect_uri: str, verifier: str | None) -> OAuthError | None:
    """Why a code is not for whoever brings it."""
    if record["redirect_uri"] != redirect_uri:
        return invalid_grant("redirect_uri is not the one that the code went to")
    try:
        check_verifier(verifier, record["code_challenge"])
    except OAuthError as error:
        return error
    return None


def _authorization(record: Record) -> Authorization:
    return Authorization(
        id=record["id"],
        client=record["client"],
        account=record["account"],
        session=record["session"],
        scopes=parse_scopes(record["scope"]),
        patient=record["patient"],
        encounter=record["encounter"],
        context=orjson.loads(record["context"]),
        nonce=record["nonce"],
        authenticated_at=record["authenticated_at"],
        emergency=record["emergency"],
        created_at=record["created_at"],
        expires_at=record["expires_at"],
    )
