"""What a caller may do. No plan is made without grants, so no statement runs without them.

A permission is one scope, or what is left of it after client, user and role had their say; the grants are all of them, and
what any of them allows is allowed.
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Interaction: TypeAlias = Literal[
    "create", "read", "vread", "history-instance", "update", "patch", "delete", "search-type", "history-type"
]
Letter: TypeAlias = Literal["c", "r", "u", "d", "s"]
Pairs: TypeAlias = tuple[tuple[str, str], ...]

ALL_TYPES = "*"
LETTERS: tuple[Letter, ...] = ("c", "r", "u", "d", "s")
READING: frozenset[Letter] = frozenset({"r", "s"})
ALL_LETTERS: frozenset[Letter] = frozenset(LETTERS)

_LETTER: Mapping[Interaction, Letter] = {
    "create": "c",
    "read": "r",
    "vread": "r",
    "history-instance": "r",
    "update": "u",
    "patch": "u",
    "delete": "d",
    "search-type": "s",
    "history-type": "s",
}


def is_write(interaction: Interaction) -> bool:
    """Does it change what is kept?"""
    return _LETTER[interaction] in ("c", "u", "d")


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be done (`letters`) to which resources of a type (`*`: all types).

    `patient` is the key of the only patient whose compartment may be seen; `among` a search over Patient whose findings'
    compartments may be seen; `query` a search over the type that a resource must fulfil. None and empty: no such bound.
    """

    type: str
    letters: frozenset[Letter]
    patient: int | None = None
    among: Pairs = ()
    query: Pairs = ()

    @property
    def is_bound(self) -> bool:
        """Does it cover some resources of the type only?"""
        return self.patient is not None or bool(self.among or self.query)

    @property
    def is_personal(self) -> bool:
        """Is it bound to the compartments of some patients?"""
        return self.patient is not None or bool(self.among)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, for the audit, the logs and the limits; nothing here decides what may be seen.

    `account` is the id of the account, `fhir_user` a relative reference (`Practitioner/5`), `patient` and `encounter` the ids in
    context, `authorization` what the token comes from; `emergency` the reason for which restrictions were set aside.
    """

    client: str
    account: str | None = None
    fhir_user: str | None = None
    patient: str | None = None
    encounter: str | None = None
    authorization: str | None = None
    emergency: str | None = None


NOBODY = Caller("anonymous")
"""Nothing is known of the caller."""


@dataclass(frozen=True, slots=True)
class Grants:
    """`holder` names the caller (a paging link is good for nobody else); `permissions` is all that the caller may do.

    With `opens_places`, types outside every patient's compartment are open to those who are bound to some patients; else they
    see of them what a resource refers to that they may see.
    """

    holder: str
    permissions: tuple[Permission, ...]
    opens_places: bool = False
    caller: Caller = NOBODY
    administers: bool = False
    """May the caller register clients and read what was audited?"""
    deduplicates: bool = False
    """Do the caller's plain creates give what has one of their identifiers already? A mapping may say otherwise of its type."""

    @classmethod
    def reading(cls, holder: str, types: Collection[str], patient: int | None = None) -> Grants:
        """Grants to read and search these types, and only in the compartment of `patient` if there is one."""
        return cls(holder, tuple(Permission(type, READING, patient) for type in sorted(types)))

    def allow(self, type: str, interaction: Interaction) -> bool:
        """May the caller do this to resources of this type at all?"""
        return bool(self.of(type, interaction))

    def of(self, type: str, interaction: Interaction) -> tuple[Permission, ...]:
        """The permissions that cover this interaction with this type."""
        letter = _LETTER[interaction]
        return tuple(each for each in self.permissions if letter in each.letters and each.type in (ALL_TYPES, type))

    @property
    def see_all(self) -> bool:
        """May everything be read and searched? Only then may the planner's statistics be told, which know of everything."""
        return any(each.type == ALL_TYPES and not each.is_bound and each.letters >= READING for each in self.permissions)

    @property
    def are_bound(self) -> bool:
        """Is there any type of which some resources only may be seen?"""
        return any(each.is_bound for each in self.permissions)


def named(grants: Grants) -> str:
    """Who calls, for logs and limits: the client; where it has no name of its own, the holder of the grants."""
    return grants.caller.client if grants.caller is not NOBODY else grants.holder


ANYONE = Grants("anyone", (Permission(ALL_TYPES, ALL_LETTERS),), administers=True)
"""For a server that runs open, on loopback."""
