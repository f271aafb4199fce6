"""Roles in the database: seeded from `auth/roles.toml`, listed, added.

https://csrc.nist.gov/projects/role-based-access-control
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import asyncpg

from ...auth.role import Role, role_scope, seeded_roles
from ...errors import Conflict, Invalid
from ...omop.ddl import quote
from ..own_database import OwnDatabase
from ..postgresql.connections import Connection

_ALL = """
SELECT name, description, restriction, administers, breaks_glass,
       ARRAY(SELECT scope FROM {schema}.role_scope WHERE role = name ORDER BY scope) AS scopes
FROM {schema}.role ORDER BY name
"""
_ADD = """
WITH added AS (
    INSERT INTO {schema}.role (name, description, restriction, administers, breaks_glass) VALUES ($1, $2, $3, $4, $5)
    RETURNING name
)
INSERT INTO {schema}.role_scope (role, scope) SELECT name, scope FROM added, unnest($6::text[]) AS scope
"""


class Roles:
    """The roles that accounts may have."""

    def __init__(self, database: OwnDatabase) -> None:
        self._database = database

    async def all(self) -> tuple[Role, ...]:
        """All roles, by name."""
        return tuple(read_role(*record) for record in await self._database.fetch(_ALL))

    async def named(self, names: Collection[str]) -> tuple[Role, ...]:
        """The roles with these names. Raises Invalid for one that is not there."""
        roles = {role.name: role for role in await self.all()}
        for name in names:
            if name not in roles:
                raise Invalid(f"there is no role `{name}`: there are {', '.join(roles) or 'none; run `omop-fhir migrate`'}")
        return tuple(roles[name] for name in dict.fromkeys(names))

    async def add(self, role: Role) -> None:
        """Add a role. Raises Invalid, Conflict."""
        if not role.name.strip() or not role.scopes:
            raise Invalid("a role has a name and at least one scope")
        try:
            await self._database.fetch(_ADD, *_values(role))
        except asyncpg.UniqueViolationError:
            raise Conflict(f"there is a role `{role.name}` already") from None


def read_role(
    name: str, description: str, restriction: str, administers: bool, breaks_glass: bool, scopes: Sequence[str]
) -> Role:
    """A role out of its columns."""
    parsed = tuple(role_scope(text) for text in scopes)
    return Role(name, description, parsed, restriction, administers, breaks_glass)  # type: ignore[arg-type]


def _values(role: Role) -> tuple[object, ...]:
    scopes = [str(scope).partition("/")[2] for scope in role.scopes]
    return role.name, role.description, role.restriction, role.administers, role.breaks_glass, scopes


async def seed(connection: Connection, schema: str) -> None:
    """Give a new database its roles; one that has any keeps them as they are."""
    table = f"{quote(schema)}.role"
    if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
        return
    if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
        return
    for role in seeded_roles():
        await connection.execute(_ADD.replace("{schema}", quote(schema)), *_values(role))
