"""Accounts of people: login, password, who they are in FHIR, their roles.

Rejected: a login that is taken (Conflict), one that is none, a role that is not there or lacks what its restriction needs
(Invalid). Whatever takes rights away revokes what the account had authorized, or has all workers read it anew.
"""

from __future__ import annotations

import re
from asyncio import to_thread
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg

from ...auth.password import hash_password
from ...auth.role import Person, Role, lacking
from ...errors import Conflict, Invalid, NotFound
from ..own_database import OwnDatabase
from ..postgresql.pool import Record
from . import revoking
from .revocations import Revocations
from .roles import Roles

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}", re.ASCII)
_FHIR_USER = re.compile(r"(Patient|Practitioner|PractitionerRole|RelatedPerson|Person)/[A-Za-z0-9.-]{1,64}", re.ASCII)

_SELECT = """
SELECT id, login, name, password_hash, fhir_user, organization, disabled_at IS NOT NULL AS disabled,
       ARRAY(SELECT role FROM {schema}.account_role WHERE account = id ORDER BY role) AS roles
FROM {schema}.account
"""
_ADD = """
WITH added AS (
    INSERT INTO {schema}.account (id, login, name, password_hash, fhir_user, organization)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
)
INSERT INTO {schema}.account_role (account, role) SELECT id, role FROM added, unnest($7::text[]) AS role
"""
_PASSWORD = "UPDATE {schema}.account SET password_hash = $2 WHERE id = $1"  # noqa: S105
_DISABLED = """
UPDATE {schema}.account SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, current_timestamp) END WHERE id = $1
"""
_NO_ROLES = "DELETE FROM {schema}.account_role WHERE account = $1"
_ROLES = "INSERT INTO {schema}.account_role (account, role) SELECT $1, unnest($2::text[])"


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account. `fhir_user` is a relative reference, `organization` an id of an Organization."""

    id: UUID
    login: str
    name: str
    password_hash: str = field(repr=False)
    fhir_user: str | None
    organization: str | None
    roles: tuple[str, ...]
    disabled: bool

    @property
    def person(self) -> Person:
        """Who it is in FHIR."""
        return Person(self.fhir_user, self.organization)


class Accounts:
    """The accounts, found by login or id; a login counts in any case of its letters."""

    def __init__(self, database: OwnDatabase, roles: Roles, revocations: Revocations) -> None:
        self._database = database
        self._roles = roles
        self._revocations = revocations

    async def create(
        self, login: str, name: str, password: str, roles: Collection[str], person: Person = Person()  # noqa: B008
    ) -> Account:
        """A new account. Raises Invalid, Conflict."""
        _check(login, name, person)
        _check_roles(await self._roles.named(roles), person)
        hashed, id = await to_thread(hash_password, password), uuid4()
        try:
            await self._database.fetch(
                _ADD, id, login, name.strip(), hashed, person.fhir_user, person.organization, list(dict.fromkeys(roles))
            )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"there is an account `{login}` already") from None
        return Account(id, login, name.strip(), hashed, person.fhir_user, person.organization, tuple(roles), False)

    async def find(self, id: UUID) -> Account | None:
        """The account with this id."""
        return _account(await self._database.first(f"{_SELECT} WHERE id = $1", id))

    async def by_login(self, login: str) -> Account | None:
        """The account with this login."""
        if not _LOGIN.fullmatch(login):
            return None
        return _account(await self._database.first(f"{_SELECT} WHERE lower(login) = lower($1)", login))

    async def named(self, login: str) -> Account:
        """The account with this login. Raises NotFound."""
        account = await self.by_login(login)
        if account is None:
            raise NotFound(f"there is no account `{login}`")
        return account

    async def all(self) -> tuple[Account, ...]:
        """All accounts, by login."""
        records = await self._database.fetch(f"{_SELECT} ORDER BY lower(login)")
        return tuple(account for record in records if (account := _account(record)) is not None)

    async def set_password(self, account: Account, password: str) -> None:
        """Give it another password; it is signed out everywhere, and what it authorized is revoked. Raises Invalid."""
        await self._change(account, "the password was changed", _PASSWORD, await to_thread(hash_password, password))

    async def disable(self, account: Account) -> None:
        """Let it in no more; it is signed out everywhere, and what it authorized is revoked."""
        await self._change(account, "the account was disabled", _DISABLED, True)

    async def _change(self, account: Account, why: str, sql: str, value: object) -> None:
        """A change after which nothing goes on that went on before."""
        async with self._revocations.transaction() as transaction:
            await transaction.fetch(sql, account.id, value)
            await transaction.fetch(revoking.ACCOUNT, account.id, why)

    async def enable(self, account: Account) -> None:
        """Let it in again."""
        await self._database.fetch(_DISABLED, account.id, False)

    async def set_roles(self, account: Account, roles: Collection[str]) -> None:
        """Give it these roles instead; tokens that are out follow. Raises Invalid."""
        _check_roles(await self._roles.named(roles), account.person)
        async with self._revocations.transaction() as transaction:
            await transaction.fetch(_NO_ROLES, account.id)
            await transaction.fetch(_ROLES, account.id, list(dict.fromkeys(roles)))
            await transaction.fetch(revoking.EVERYTHING)


def _account(record: Record | None) -> Account | None:
    if record is None:
        return None
    return Account(
        id=record["id"],
        login=record["login"],
        name=record["name"],
        password_hash=record["password_hash"],
        fhir_user=record["fhir_user"],
        organization=record["organization"],
        roles=tuple(record["roles"]),
        disabled=record["disabled"],
    )


def _check(login: str, name: str, person: Person) -> None:
    if not _LOGIN.fullmatch(login):
        raise Invalid(f"`{login}` is no login: letters, digits and ._@+- up to 100")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise Invalid("an account has a name of up to 200 characters")
    if person.fhir_user is not None and not _FHIR_USER.fullmatch(person.fhir_user):
        raise Invalid(f"`{person.fhir_user}` is nobody in FHIR: Patient/ID, Practitioner/ID, PractitionerRole/ID ...")


def _check_roles(roles: Collection[Role], person: Person) -> None:
    if not roles:
        raise Invalid("an account needs at least one role")
    for role in roles:
        needed = lacking(role, person)
        if needed is not None:
            raise Invalid(f"the role {role.name} needs {needed}: else it sees nothing")
