"""Scopes in plain words, for the people who grant them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from .grants import ALL_TYPES
from .scope import Scope

WORDS = {
    "openid": "Know that you signed in here",
    "fhirUser": "Know who you are in the medical record",
    "profile": "Know your name",
    "launch": "Know what was open where you started the app",
    "launch/patient": "Know which patient is chosen",
    "launch/encounter": "Know which visit is chosen",
    "offline_access": "Keep its access when you are not there, until you take it back",
    "online_access": "Keep its access for as long as you are signed in",
    "administer": "Register apps, and read who looked at what",
}
"""What each word lets an app do."""

_VERBS = {"c": "add", "r": "read", "u": "change", "d": "delete", "s": "search"}
_WHOSE = {"patient": "of the chosen patient", "user": "that you may see yourself", "system": "of all patients"}


def in_words(scope: Scope | str) -> str:
    """One line about what a scope allows.

    >>> from omop_fhir.auth.scope import parse_scope
    >>> in_words(parse_scope("patient/MedicationStatement.rs"))
    'Read and search medication statements of the chosen patient'
    >>> in_words(parse_scope("patient/Patient.rs"))
    'Read and search the personal details of the chosen patient'
    >>> in_words(parse_scope("user/*.cruds"))
    'Add, read, change, delete and search all records that you may see yourself'
    """
    if isinstance(scope, str):
        return WORDS.get(scope, scope)
    verbs = [verb for letter, verb in _VERBS.items() if letter in scope.letters]
    said = " and ".join(filter(None, (", ".join(verbs[:-1]), verbs[-1]))).capitalize()
    only = "".join(f", only those with {name.replace('-', ' ')} {unquote_plus(value)}" for name, value in scope.query)
    return f"{said} {_what(scope)}{only}"


def _what(scope: Scope) -> str:
    if scope.type == "Patient" and scope.level == "patient":
        return "the personal details of the chosen patient"
    return f"{_plural(scope.type)} {_WHOSE[scope.level]}"


def writes(scope: Scope | str) -> bool:
    """Does it let an app change anything?"""
    return scope == "administer" or (isinstance(scope, Scope) and bool(scope.letters & {"c", "u", "d"}))


def _plural(type: str) -> str:
    if type == ALL_TYPES:
        return "all records"
    words = re.sub(r"(?<!^)([A-Z])", r" \1", type).lower()
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("s", "x")) else f"{words}s"
