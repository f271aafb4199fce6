"""What is typed to find a patient: a form enters, a search leaves."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from ...auth.grants import Pairs
from .form import Form

FIELDS = ("name", "birthdate", "identifier")
"""What a patient is looked for by, as far as the database at hand can be searched by it."""


_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed to find a patient, and the reason where it is an emergency; `urgent`: the form for one was sent."""

    name: str = ""
    birthdate: str = ""
    identifier: str = ""
    reason: str = ""
    urgent: bool = False

    @property
    def any(self) -> bool:
        """Was anything typed to search by?"""
        return bool(self.name or self.birthdate or self.identifier)

    def faults(self, fields: Collection[str]) -> dict[str, str]:
        """What is wrong with what was typed, by field, for people; `fields` are those that can be searched by here."""
        found = {}
        if self.birthdate and not _is_date(self.birthdate):
            found["birthdate"] = "Write the date of birth as 1980-04-21."
        if self.urgent and not self._is_definite(fields):
            other = ", or name and whole date of birth," if "name" in fields else ""
            found["identifier"] = f"In an emergency give the identifier{other} of the patient whom you mean."
        if self.urgent and not self.reason:
            found["reason"] = "Without a reason there is no access."
        return found

    def _is_definite(self, fields: Collection[str]) -> bool:
        """Does it mean one person, known beforehand? So nobody browses in an emergency."""
        by_name = "name" in fields and self.name and len(self.birthdate) == len("2000-01-01")
        return bool(self.identifier or by_name)

    def pairs(self) -> Pairs:
        """The search; each word of a name must begin a part of it, an identifier may be in capitals or not."""
        given = (*(("name", word) for word in self.name.split()), ("birthdate", self.birthdate))
        same = dict.fromkeys(map(_literal, (self.identifier, self.identifier.upper(), self.identifier.lower())))
        identifier = (("identifier", ",".join(same)),) if self.identifier else ()
        return (*((name, _literal(value)) for name, value in given if value), *identifier)


def typed(form: Form) -> Sought:
    """What was typed into a form, cut to a reasonable length."""
    name, birthdate, identifier = (form.one(field).strip()[:100] for field in FIELDS)
    reason = typed_reason(form)
    return Sought(name, birthdate, identifier, reason, bool(reason or form.one("emergency")))


def typed_reason(form: Form) -> str:
    """The reason of an emergency, likewise; empty: there is none."""
    return "".join(each for each in form.one("reason").strip()[:200] if each.isprintable())


def _is_date(text: str) -> bool:
    """Is it a day, a month or a year?"""
    try:
        date.fromisoformat(text + "0001-01-01"[len(text) :])
    except ValueError:
        return False
    return bool(_DATE.fullmatch(text))


def _literal(text: str) -> str:
    """Text as one value of a search: what separates values and parts there is none of it here."""
    for special in "\\,$|":
        text = text.replace(special, f"\\{special}")
    return text
