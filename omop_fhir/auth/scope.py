"""SMART scopes: text -> `Scope`s and words, and what is left of them where another set has its say too.

The value of `scope` enters; a `Scopes` leaves. Rejected with InvalidScope: whatever is not a scope token of RFC 6749 or looks
like a resource scope and is none (`.sr`, `.rx`, chains in a granular scope). Words that mean nothing here are left out.
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html, https://www.rfc-editor.org/rfc/rfc6749#section-3.3
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, cast
from urllib.parse import parse_qsl, quote

from ..errors import Invalid
from .grants import ALL_LETTERS, ALL_TYPES, LETTERS, Letter, Pairs

Level: TypeAlias = Literal["patient", "user", "system"]

WORDS = ("openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access",
         "administer")  # fmt: skip
"""The scopes of SMART and OpenID Connect that are no resource scopes and mean something here, and `administer`, which is ours."""

_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_RESOURCE = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]{1,63})\.([a-z*]{1,5})(?:\?(.+))?", re.ASCII)
_VERSION_1: dict[str, frozenset[Letter]] = {
    "read": frozenset({"r", "s"}),
    "write": frozenset({"c", "u", "d"}),
    "*": ALL_LETTERS,
}
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(:[A-Za-z-]+)?", re.ASCII)
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")


class InvalidScope(Invalid):
    """A scope that cannot be understood; the message names it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`level/type.letters?query`. `version_1` remembers how it was written; the two forms mean the same."""

    level: Level
    type: str
    letters: frozenset[Letter]
    query: Pairs = ()
    version_1: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        letters = "".join(letter for letter in LETTERS if letter in self.letters)
        if self.version_1:
            letters = next((word for word, same in _VERSION_1.items() if same == self.letters), letters)
        query = "&".join(f"{name}={quote(value, safe=':/|,.~_-')}" for name, value in self.query)
        return f"{self.level}/{self.type}.{letters}{'?' + query if query else ''}"

    def covers(self, other: Scope) -> bool:
        """Does it allow all that the other allows?"""
        return (
            self.level == other.level
            and self.type in (ALL_TYPES, other.type)
            and self.letters >= other.letters
            and set(self.query) <= set(other.query)
        )

    def meet(self, other: Scope) -> Scope | None:
        """What both allow, at this one's level and written like this one; None: nothing."""
        letters = self.letters & other.letters
        if not letters or (self.type != other.type and ALL_TYPES not in (self.type, other.type)):
            return None
        type = other.type if self.type == ALL_TYPES else self.type
        query = tuple(dict.fromkeys((*self.query, *other.query)))
        return replace(self, type=type, letters=letters, query=query, version_1=self.version_1 and not query)


@dataclass(frozen=True, slots=True)
class Scopes:
    """A set of scopes in the order in which they were asked for."""

    resources: tuple[Scope, ...] = ()
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((*self.words, *map(str, self.resources)))

    def __bool__(self) -> bool:
        return bool(self.resources or self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def levels(self) -> frozenset[Level]:
        """The levels of the resource scopes."""
        return frozenset(each.level for each in self.resources)

    def within(self, other: Scopes) -> Scopes:
        """What both sets allow: words of both, and of resource scopes of one level what they have in common."""
        pairs = ((mine, its) for mine in self.resources for its in other.resources if mine.level == its.level)
        words = tuple(word for word in self.words if word in other.words)
        return Scopes(reduced(mine.meet(its) for mine, its in pairs), words)

    def beyond(self, other: Scopes) -> Scopes:
        """What this set allows and the other one does not allow of all that is named: words, and letters of resource scopes."""
        left = (replace(each, letters=each.letters - other.whole(each), version_1=False) for each in self.resources)
        return Scopes(tuple(each for each in left if each.letters), tuple(word for word in self.words if word not in other.words))

    def whole(self, scope: Scope) -> frozenset[Letter]:
        """The letters that this set allows of all that a resource scope reaches."""
        bare = replace(scope, letters=frozenset())
        return frozenset(letter for each in self.resources if each.covers(bare) for letter in each.letters)

    def of(self, levels: Iterable[Level]) -> Scopes:
        """The words, and the resource scopes of these levels."""
        wanted = set(levels)
        return replace(self, resources=tuple(each for each in self.resources if each.level in wanted))


NOTHING = Scopes()


def reduced(scopes: Iterable[Scope | None]) -> tuple[Scope, ...]:
    """The scopes without those that another of them covers, the first of equals kept."""
    found = list(dict.fromkeys(each for each in scopes if each is not None))
    return tuple(each for each in found if not any(other.covers(each) for other in found if other != each))


def parse_scopes(text: str) -> Scopes:
    """The scopes of a space-separated list, each once. Raises InvalidScope."""
    parsed = [parse_scope(token) for token in dict.fromkeys(_tokens(text))]
    resources = tuple(dict.fromkeys(each for each in parsed if isinstance(each, Scope)))
    return Scopes(resources, tuple(each for each in parsed if isinstance(each, str) and each in WORDS))


def unknown_words(text: str) -> tuple[str, ...]:
    """What stands among the scopes of a list and means nothing here. Raises InvalidScope."""
    found = ((token, parse_scope(token)) for token in dict.fromkeys(_tokens(text)))
    return tuple(token for token, scope in found if isinstance(scope, str) and scope not in WORDS)


def _tokens(text: str) -> Iterator[str]:
    """The tokens between single spaces, and nothing but spaces: a tab or a line end never separates."""
    for token in text.split(" "):
        if token and not _TOKEN.fullmatch(token):
            raise InvalidScope(f"{token!r} is not a scope: it holds a character that no scope has")
        if token:
            yield token


def parse_scope(token: str) -> Scope | str:
    """One scope: a resource scope, or a word, known or not. Raises InvalidScope for what is nearly a resource scope."""
    if not re.match(r"(patient|user|system)(/|%2f)", token, re.IGNORECASE):
        return token
    match = _RESOURCE.fullmatch(token)
    if match is None:
        raise InvalidScope(f"`{token}` is not a scope: (patient|user|system)/(type|*).(cruds)[?parameter=value]")
    level, type, actions, query = match.groups()
    if actions in _VERSION_1:
        if query is not None:
            raise InvalidScope(f"`{token}`: a search stands behind `.cruds` only")
        return Scope(cast(Level, level), type, _VERSION_1[actions], version_1=True)
    return Scope(cast(Level, level), type, _letters(actions, token), _query(query, type, token))


def _letters(actions: str, token: str) -> frozenset[Letter]:
    """The letters, which stand in the order of `cruds`, each once."""
    if actions != "".join(letter for letter in LETTERS if letter in actions):
        raise InvalidScope(f"`{token}`: after the dot stand letters of `cruds`, in this order, each once")
    return frozenset(letter for letter in LETTERS if letter in actions)


def _query(text: str | None, type: str, token: str) -> Pairs:
    """The search of a granular scope: parameters of the type itself, no chains."""
    if text is None:
        return ()
    try:
        pairs = tuple(parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict"))
    except ValueError:
        raise InvalidScope(f"`{token}`: behind `?` stands no search") from None
    if type == ALL_TYPES or _STRAY.search(text):
        raise InvalidScope(f"`{token}`: a search is for one type, percent-encoded")
    for name, value in pairs:
        if not _PARAMETER.fullmatch(name) or name.startswith("_has") or not value:
            raise InvalidScope(f"`{token}`: `{name}` is no search parameter with a value that can stand in a scope")
    return pairs
