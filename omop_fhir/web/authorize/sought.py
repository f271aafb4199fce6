"""What is typed to find a patient: a form enters, a search leaves."""

from __future__ import annotations

from dataclasses import dataclass

from ...auth.grants import Pairs
from .form import Form

FIELDS = ("name", "birthdate", "identifier")
"""What a patient is looked for by, as far as the database at hand can be searched by it."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed to find a patient, and the reason where it is an emergency."""

    name: str = ""
    birthdate: str = ""
    identifier: str = ""
    reason: str = ""

    @property
    def any(self) -> bool:
        """Was anything typed to search by?"""
        return bool(self.name or self.birthdate or self.identifier)

    @property
    def is_definite(self) -> bool:
        """Does it mean one person, known beforehand? So nobody browses in an emergency."""
        return bool(self.identifier or (self.name and len(self.birthdate) == len("2000-01-01")))

    def pairs(self) -> Pairs:
        """The search; each word of a name must begin a part of it."""
        given = (*(("name", word) for word in self.name.split()), ("birthdate", self.birthdate), ("identifier", self.identifier))
        return tuple((name, _literal(value)) for name, value in given if value)


def typed(form: Form) -> Sought:
    """What was typed into a form, cut to a reasonable length."""
    name, birthdate, identifier = (form.one(field).strip()[:100] for field in FIELDS)
    return Sought(name, birthdate, identifier, typed_reason(form))


def typed_reason(form: Form) -> str:
    """The reason of an emergency, likewise; empty: there is none."""
    return "".join(each for each in form.one("reason").strip()[:200] if each.isprintable())


def _literal(text: str) -> str:
    """Text as one value of a search: what separates values and parts there is none of it here."""
    for special in "\\,$|":
        text = text.replace(special, f"\\{special}")
    return text
