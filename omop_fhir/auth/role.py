"""Roles: named sets of the most that a user may do, and whose resources.

Roles, an account and the scopes of a token enter; the `Permission`s that they have in common leave. Rejected: a roles file
with a mistake (ConfigurationError).
docs/smart.md shows the matrix, which is `roles.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, TypeAlias, cast, get_args

from ..errors import ConfigurationError
from .grants import Pairs, Permission
from .scope import InvalidScope, Scope, Scopes, parse_scope

Restriction: TypeAlias = Literal["none", "own-compartment", "own-care-site", "own-patients"]
ADMINISTER = "administer"
"""The scope without which the token of an administrator administers nothing: no app gets that power unseen."""
RESTRICTIONS: tuple[Restriction, ...] = get_args(Restriction)


@dataclass(frozen=True, slots=True)
class Role:
    """`scopes` are at the level of the user; they hold for a patient's level too, within that patient's compartment."""

    name: str
    description: str
    scopes: tuple[Scope, ...]
    restriction: Restriction = "none"
    administers: bool = False
    breaks_glass: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Who an account is in FHIR: `fhir_user` (`Practitioner/5`, `Patient/10`) and the `organization` worked for."""

    fhir_user: str | None = None
    organization: str | None = None


def role_scope(text: str) -> Scope:
    """A scope without its level, as roles have them. Raises InvalidScope."""
    scope = parse_scope(f"user/{text}")
    if not isinstance(scope, Scope):
        raise InvalidScope(f"`{text}` is not type.letters")
    return scope


def seeded_roles() -> tuple[Role, ...]:
    """The roles that a new database gets."""
    return parse_roles(files(__package__).joinpath("roles.toml").read_text("utf-8"))


def parse_roles(text: str) -> tuple[Role, ...]:
    """The roles of a TOML text. Raises ConfigurationError."""
    try:
        return tuple(_role(name, given) for name, given in tomllib.loads(text).items())
    except (tomllib.TOMLDecodeError, InvalidScope, KeyError, TypeError) as error:
        raise ConfigurationError(f"the roles cannot be read: {error}") from None


def _role(name: str, given: dict[str, object]) -> Role:
    restriction = given["restriction"]
    if restriction not in RESTRICTIONS:
        raise ConfigurationError(f"role {name}: the restriction is one of {', '.join(RESTRICTIONS)}")
    scopes = tuple(role_scope(each) for each in cast("list[str]", given["scopes"]))
    flags = {flag: bool(given.get(flag, False)) for flag in ("administers", "breaks_glass")}
    return Role(name, str(given["description"]), scopes, restriction, **flags)


def lacking(role: Role, person: Person) -> str | None:
    """What an account must have for the role's restriction to let it see anything, in words; None: nothing more."""
    kind = (person.fhir_user or "").partition("/")[0]
    needed = {
        "own-compartment": None if kind == "Patient" else "a Patient as its --fhir-user",
        "own-care-site": None if person.organization else "an --organization",
        "own-patients": None if kind == "Practitioner" else "a Practitioner as its --fhir-user",
    }
    return needed.get(role.restriction)


def allowed_scopes(asked: Scopes, roles: Iterable[Role]) -> Scopes:
    """What is left of the scopes for a user with these roles; those of the system are for no user."""
    roles = tuple(roles)
    allowed = [scope for role in roles for scope in role.scopes]
    both = [Scope(level, each.type, each.letters, each.query) for each in allowed for level in ("patient", "user")]
    words = tuple(word for word in asked.words if word != ADMINISTER or any(role.administers for role in roles))
    return asked.within(Scopes(tuple(both), words))


def may_break_glass(roles: Iterable[Role]) -> bool:
    """Is there a restriction that may be set aside for one patient, with a reason?"""
    return any(role.breaks_glass and role.restriction != "none" for role in roles)


def user_permissions(
    scopes: Scopes, roles: Iterable[Role], person: Person, patient: int | None, *, emergency: bool = False
) -> tuple[Permission, ...]:
    """The permissions of a user's token. `patient` is the key of the patient in context.

    In an `emergency` the restrictions of the roles that may break the glass are set aside for that patient.
    """
    found = [each for role in roles for each in _of_role(scopes, role, person, patient, emergency)]
    return tuple(dict.fromkeys(found))


def own_identity(scopes: Scopes, person: Person) -> tuple[Permission, ...]:
    """With the scope `fhirUser` an app may read who signed in, whatever else it may."""
    kind, _, id = (person.fhir_user or "").partition("/")
    return (Permission(kind, frozenset({"r"}), query=(("_id", id),)),) if id and "fhirUser" in scopes else ()


def _of_role(
    scopes: Scopes, role: Role, person: Person, patient: int | None, emergency: bool
) -> Iterator[Permission]:
    aside = emergency and role.breaks_glass and patient is not None
    bound = () if aside else _bound(role.restriction, person)
    if bound is None:
        return
    for scope in scopes.resources:
        if scope.level == "system" or (scope.level == "patient" and patient is None):
            continue  # for no user, or without meaning
        at = patient if scope.level == "patient" else None
        for allowed in role.scopes:
            met = Scope("user", scope.type, scope.letters, scope.query).meet(allowed)
            if met is not None:
                among = () if at is not None and bound == (("_id", str(at)),) else bound
                yield Permission(met.type, met.letters, patient if aside else at, among, met.query)


def _bound(restriction: Restriction, person: Person) -> Pairs | None:
    """The search over Patient that a restriction means for a person; None: nothing may be seen."""
    kind, _, id = (person.fhir_user or "").partition("/")
    match restriction:
        case "none":
            return ()
        case "own-compartment":
            return (("_id", id),) if kind == "Patient" and id else None
        case "own-care-site":
            return (("organization", person.organization),) if person.organization else None
        case "own-patients":
            return (("general-practitioner", f"Practitioner/{id}"),) if kind == "Practitioner" and id else None


def system_permissions(scopes: Scopes) -> tuple[Permission, ...]:
    """The permissions of a backend service: its scopes at the level of the system."""
    system = (each for each in scopes.resources if each.level == "system")
    return tuple(Permission(each.type, each.letters, query=each.query) for each in system)
