"""A server's resources against R4 and profiles.

What enters: a server, profiles, bounds. What leaves: a `Survey`. What is rejected, with `Problem`: a server without a
CapabilityStatement, a type that it does not claim to search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from omop_fhir.errors import Invalid
from omop_fhir.validate import Issue, validate

from ..claims.claim import parse_claims
from ..client import Server
from ..profiles.check import Findings
from ..profiles.library import Library
from ..profiles.profile import Profile
from .choose import Choice
from .tally import Tally
from .walk import WalkError, walk

Progress = Callable[[str, int], None]
BASE = "R4"


@dataclass
class Survey:
    """What was found about a server."""

    server: str
    tallies: list[Tally] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Walks that came to no end."""

    @property
    def is_good(self) -> bool:
        """Whether everything could be walked and nothing is an error."""
        return not self.problems and all(tally.valid == tally.resources for tally in self.tallies)


def survey(
    server: Server, library: Library, choices: Sequence[Choice], types: Sequence[str], limit: int | None, count: int,
    progress: Progress = lambda type, done: None,
) -> Survey:  # fmt: skip
    """Walk the types (all that can be searched, if none is named) and count what is found. Raises Problem."""
    found = Survey(server.base)
    for type in _types(server, types):
        surveyor = _Surveyor(library, [choice for choice in choices if choice.type == type], type)
        try:
            for done, resource in enumerate(walk(server, type, limit, count), 1):
                surveyor.look(resource)
                progress(type, done)
        except WalkError as error:
            found.problems.append(f"{type}: {error}")
        found.tallies += surveyor.tallies
    return found


def _types(server: Server, wanted: Sequence[str]) -> list[str]:
    searchable = [each.type for each in parse_claims(server.statement).types if each.can_search]
    unknown = [type for type in wanted if type not in searchable]
    if unknown:
        raise Invalid(f"the server does not claim to search {unknown[0]}; it has {', '.join(searchable)}")
    return list(wanted) or searchable


class _Surveyor:
    """Looks at the resources of one type."""

    def __init__(self, library: Library, choices: Sequence[Choice], type: str) -> None:
        self._library = library
        self._choices = choices
        self._base = Tally(type, BASE)
        self._of_profiles: dict[str, Tally] = {}

    @property
    def tallies(self) -> list[Tally]:
        return [self._base, *self._of_profiles.values()]

    def look(self, resource: dict[str, Any]) -> None:
        """Count a resource by R4 and, if that finds no error, by the profiles."""
        issues = [*_misplaced(resource, self._base.type), *validate(resource)]
        self._base.add(resource, issues)
        is_sound = not any(issue.severity in ("fatal", "error") for issue in issues)
        for choice in self._choices:
            if is_sound:
                profile, found = self._nearest(resource, choice.of(resource))
                self._tally(profile).add(resource, found.issues, found.unchecked, found.must_support)
            else:
                self._unsound(resource, choice)

    def _nearest(self, resource: dict[str, Any], profiles: Iterable[Profile]) -> tuple[Profile, Findings]:
        """The profile of which the resource breaks the least."""
        found = [(profile, self._library.findings(resource, profile)) for profile in profiles]
        return min(found, key=lambda pair: (len(pair[1].errors), -sum(pair[1].must_support.values())))

    def _tally(self, profile: Profile) -> Tally:
        return self._of_profiles.setdefault(profile.url, Tally(self._base.type, profile.url))

    def _unsound(self, resource: dict[str, Any], choice: Choice) -> None:
        """What is no R4 fulfils no profile."""
        text = "the resource is not valid R4, so that the profile was not looked at"
        self._tally(choice.profiles[0]).add(resource, [_issue(self._base.type, text)], [text])


def _issue(place: str, text: str) -> Issue:
    return Issue(code="invalid", diagnostics=text, severity="error", expression=place)


def _misplaced(resource: dict[str, Any], type: str) -> list[Issue]:
    seen = resource.get("resourceType")
    return [] if seen == type else [_issue(type, f"a {seen} among the matches of a search for {type}")]
