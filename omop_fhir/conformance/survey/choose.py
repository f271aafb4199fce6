"""Which profiles the resources of a type are checked against.

What enters: packages and the words of `--profile`. What leaves: for each package and type the profiles of which a
resource must fulfil one. What is rejected, with `Invalid`: a word that no loaded package knows.

A resource that names profiles in `meta.profile` must fulfil these; every other one the profile of its type that it
comes nearest to, since guides have several for a type (the two kinds of Condition in US Core).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omop_fhir.errors import Invalid

from ..profiles.library import Library
from ..profiles.package import Package
from ..profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class Choice:
    """The profiles of one package for one type."""

    package: str
    type: str
    profiles: tuple[Profile, ...]

    def of(self, resource: Mapping[str, Any]) -> tuple[Profile, ...]:
        """The profiles that the resource says it fulfils, else all."""
        said = {str(url).partition("|")[0] for url in (resource.get("meta") or {}).get("profile", ())}
        return tuple(profile for profile in self.profiles if profile.url in said) or self.profiles


def choose(library: Library, words: Sequence[str]) -> tuple[Choice, ...]:
    """The choices that words such as `us-core`, or a profile's URL or id, mean; without any, all. Raises Invalid."""
    found: list[Choice] = []
    for package in library.packages:
        profiles = library.of_resources(package)
        wanted = profiles if not words else _wanted(package, profiles, words)
        found += _by_type(package, wanted)
    missing = [word for word in words if not any(_means(word, package, library) for package in library.packages)]
    if missing:
        known = ", ".join(package.name for package in library.packages) or "none; give one by --package"
        raise Invalid(f"no loaded package has the profile {missing[0]!r}; loaded: {known}")
    return tuple(found)


def _wanted(package: Package, profiles: Iterable[Profile], words: Sequence[str]) -> list[Profile]:
    if any(_is_named(word, package) for word in words):
        return list(profiles)
    return [profile for profile in profiles if any(_is_profile(word, profile) for word in words)]


def _means(word: str, package: Package, library: Library) -> bool:
    return _is_named(word, package) or any(_is_profile(word, each) for each in library.of_resources(package))


def _is_named(word: str, package: Package) -> bool:
    """`us-core` and `uscore` mean `hl7.fhir.us.core`."""
    return _letters(package.name).endswith(_letters(word))


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _is_profile(word: str, profile: Profile) -> bool:
    return word in (profile.url, profile.name, profile.url.rpartition("/")[2])


def _by_type(package: Package, profiles: Iterable[Profile]) -> list[Choice]:
    found: dict[str, list[Profile]] = {}
    for profile in profiles:
        found.setdefault(profile.type, []).append(profile)
    name = f"{package.name} {package.version}".strip()
    return [Choice(name, type, tuple(each)) for type, each in sorted(found.items())]
