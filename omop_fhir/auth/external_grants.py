"""What a token of another issuer grants: its scopes, as far as the roles that it names allow them.

What the token told, the roles known here and the key of the patient in context enter; `Grants` leave. Nothing is rejected: a
token that says too little grants too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .claims import Told
from .grants import Caller, Grants, Permission
from .role import ADMINISTER, Person, Role, own_identity, system_permissions, user_permissions


@dataclass(frozen=True, slots=True)
class RoleBook:
    """The roles known here; `are_told`: tokens say who has which; `default`: names of those of a token that names none known."""

    roles: Sequence[Role]
    are_told: bool
    default: frozenset[str] = frozenset()

    def of(self, told: Told) -> tuple[Role, ...] | None:
        """The roles of a token's user; None: nobody tells roles, so scopes alone decide."""
        named = tuple(role for role in self.roles if role.name in told.roles) if self.are_told else ()
        found = named or tuple(role for role in self.roles if role.name in self.default)
        return found if found or self.are_told or self.default else None


def external_grants(told: Told, book: RoleBook, patient: int | None, *, opens_places: bool = False) -> Grants:
    """The grants of a token; `patient` is the key of the patient in context, `opens_places` as in `Grants`."""
    roles = book.of(told)
    return Grants(
        holder="\n".join((told.client, told.subject, told.patient or "")),
        permissions=(*_permissions(told, roles, patient), *own_identity(told.scopes, _person(told))),
        opens_places=opens_places,
        caller=Caller(told.client or told.subject, told.subject, told.fhir_user, told.patient, told.encounter),
        administers=ADMINISTER in told.scopes and any(role.administers for role in roles or ()),
    )


def _permissions(told: Told, roles: Sequence[Role] | None, patient: int | None) -> tuple[Permission, ...]:
    """System scopes are for tokens that speak of no person; without roles nobody says what a user may see: nothing by `user/`."""
    of_user = _by_scopes(told, patient) if roles is None else user_permissions(told.scopes, roles, _person(told), patient)
    return of_user if told.fhir_user or told.patient else (*of_user, *system_permissions(told.scopes))


def _by_scopes(told: Told, patient: int | None) -> tuple[Permission, ...]:
    if patient is None:
        return ()
    own = (each for each in told.scopes.resources if each.level == "patient")
    return tuple(Permission(each.type, each.letters, patient, query=each.query) for each in own)


def _person(told: Told) -> Person:
    return Person(told.fhir_user, told.organization)
