"""Registered clients; a secret is shown once and kept as a hash.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#register-app-with-ehr
"""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import orjson

from ...auth.client import Client, check_client, is_client_id
from ...auth.scope import parse_scopes
from ...auth.secret import digest, new_secret
from ...errors import Conflict, Invalid, NotFound
from ..own_database import OwnDatabase
from ..postgresql.pool import Record
from . import revoking
from .revocations import Revocations

_SELECT = """
SELECT id, name, kind, secret_hash, jwks::text AS jwks, jwks_uri, redirect_uris, launch_uri, scope, introspects,
       deduplicates, disabled_at IS NOT NULL AS disabled
FROM {schema}.client
"""
_ADD = """
INSERT INTO {schema}.client
    (id, name, kind, secret_hash, jwks, jwks_uri, redirect_uris, launch_uri, scope, introspects, deduplicates)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7::text[], $8, $9, $10, $11)
"""
_SECRET = "UPDATE {schema}.client SET secret_hash = $2 WHERE id = $1"  # noqa: S105
_DEDUPLICATES = "UPDATE {schema}.client SET deduplicates = $2 WHERE id = $1"
_DISABLED = """
UPDATE {schema}.client SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, current_timestamp) END WHERE id = $1
"""


class Clients:
    """The apps and backend services that may ask for tokens."""

    def __init__(self, database: OwnDatabase, revocations: Revocations) -> None:
        self._database = database
        self._revocations = revocations

    async def register(self, client: Client) -> tuple[Client, str | None]:
        """The client as it is kept, and its secret if it is of that kind, never to be seen again. Raises Invalid, Conflict."""
        secret = new_secret() if client.kind == "secret" else None
        kept = check_client(replace(client, secret_hash=digest(secret) if secret else None))
        try:
            await self._database.fetch(_ADD, *_values(kept))
        except asyncpg.UniqueViolationError:
            raise Conflict(f"there is a client `{client.id}` already") from None
        return kept, secret

    async def find(self, id: str) -> Client | None:
        """The client with this id, disabled or not."""
        record = await self._database.first(f"{_SELECT} WHERE id = $1", id) if is_client_id(id) else None
        return _client(record) if record else None

    async def named(self, id: str) -> Client:
        """The client with this id. Raises NotFound."""
        client = await self.find(id)
        if client is None:
            raise NotFound(f"there is no client `{id}`")
        return client

    async def all(self) -> tuple[Client, ...]:
        """All clients, by id."""
        return tuple(_client(record) for record in await self._database.fetch(f"{_SELECT} ORDER BY id"))

    async def new_secret(self, client: Client) -> str:
        """Another secret instead of the one that it has. Raises Invalid."""
        if client.kind != "secret":
            raise Invalid(f"the client `{client.id}` has no secret: it is of the kind `{client.kind}`")
        secret = new_secret()
        await self._database.fetch(_SECRET, client.id, digest(secret))
        return secret

    async def deduplicate(self, client: Client, wanted: bool) -> None:
        """Let its plain creates give what has one of their identifiers already, or not; for tokens that it has, too."""
        async with self._revocations.transaction() as transaction:
            await transaction.fetch(_DEDUPLICATES, client.id, wanted)
            await transaction.fetch(revoking.EVERYTHING)

    async def disable(self, client: Client) -> None:
        """Let it ask for nothing more; whatever was authorized to it is revoked."""
        async with self._revocations.transaction() as transaction:
            await transaction.fetch(_DISABLED, client.id, True)
            await transaction.fetch(revoking.CLIENT, client.id, "the client was disabled")

    async def enable(self, client: Client) -> None:
        """Let it ask again."""
        await self._database.fetch(_DISABLED, client.id, False)


def _values(client: Client) -> tuple[object, ...]:
    return (
        client.id, client.name, client.kind, client.secret_hash,
        orjson.dumps(dict(client.jwks)).decode() if client.jwks is not None else None, client.jwks_uri,
        list(client.redirect_uris), client.launch_uri, str(client.scopes), client.introspects, client.deduplicates,
    )  # fmt: skip


def _client(record: Record) -> Client:
    return Client(
        id=record["id"],
        name=record["name"],
        kind=record["kind"],
        scopes=parse_scopes(record["scope"]),
        redirect_uris=tuple(record["redirect_uris"]),
        launch_uri=record["launch_uri"],
        jwks=orjson.loads(record["jwks"]) if record["jwks"] is not None else None,
        jwks_uri=record["jwks_uri"],
        secret_hash=record["secret_hash"],
        introspects=record["introspects"],
        deduplicates=record["deduplicates"],
        disabled=record["disabled"],
    )
