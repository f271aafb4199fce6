"""The profiles that are known: R4's own types, and those of loaded packages.

What enters: packages, resources, canonical URLs. What leaves: findings of R4 and of the profile together. What is
rejected, with `UnknownProfile`: a profile that no loaded package has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from omop_fhir.errors import Invalid
from omop_fhir.fhir.definitions import resource_types
from omop_fhir.validate import Issue, validate

from .check import Checker, Findings
from .package import JSON, Package
from .profile import CORE, Profile, parse_profile
from .terminology import Terminology


class UnknownProfile(LookupError):
    """No loaded package has the profile; the message names it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a resource after it was checked against a profile."""

    issues: tuple[Issue, ...]
    unchecked: tuple[str, ...]
    must_support: Mapping[str, bool]

    @property
    def errors(self) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.severity in ("fatal", "error"))


class Library:
    """R4 and the profiles of packages."""

    def __init__(self, *packages: Package) -> None:
        self.packages = packages
        self._structures = _merged(packages, "StructureDefinition")
        terminology = Terminology(_merged(packages, "ValueSet"), _merged(packages, "CodeSystem"))
        self._parsed = lru_cache(maxsize=None)(self._parse)
        self._checker = Checker(terminology, self._parsed)

    def check(self, resource: dict[str, Any], canonical: str) -> Checked:
        """All that is wrong with a resource by R4 and by the profile. Raises UnknownProfile."""
        url = canonical.partition("|")[0]
        base = url.removeprefix(CORE)
        if base in resource_types() and url.startswith(CORE):
            return Checked((*_of_type(resource, base), *validate(resource)), (), {})
        profile = self._parsed(url)
        if profile is None:
            raise UnknownProfile(f"the profile {canonical} is in no loaded package")
        return self._checked(resource, profile)

    def _checked(self, resource: dict[str, Any], profile: Profile) -> Checked:
        wrong = [*_of_type(resource, profile.type), *validate(resource)]
        if any(issue.severity in ("fatal", "error") for issue in wrong):
            return Checked(tuple(wrong), (f"{profile.url}: the resource is not valid R4",), {})
        found = self.findings(resource, profile)
        return Checked((*wrong, *found.issues), tuple(found.unchecked), found.must_support)

    def findings(self, resource: dict[str, Any], profile: Profile) -> Findings:
        """What the profile alone says about a resource that is valid R4."""
        return self._checker.check(resource, profile)

    def profile(self, canonical: str) -> Profile:
        """A loaded profile. Raises UnknownProfile."""
        found = self._parsed(canonical.partition("|")[0])
        if found is None:
            raise UnknownProfile(f"the profile {canonical} is in no loaded package")
        return found

    def of_resources(self, package: Package) -> tuple[Profile, ...]:
        """The profiles of resource types that a package defines, by URL."""
        found = []
        for url, structure in sorted(package.of("StructureDefinition").items()):
            if structure.get("type") in resource_types() and structure.get("derivation") == "constraint":
                found.append(self.profile(url))
        return tuple(found)

    def _parse(self, url: str) -> Profile | None:
        structure = self._structures.get(url)
        try:
            return None if structure is None else parse_profile(structure)
        except Invalid:
            return None


def _merged(packages: Iterable[Package], kind: str) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    for package in packages:
        found.update(package.of(kind))
    return found


def _of_type(resource: dict[str, Any], wanted: str) -> list[Issue]:
    seen = resource.get("resourceType")
    if seen == wanted:
        return []
    return [Issue(code="structure", diagnostics=f"a {seen}, not a {wanted}", severity="error", expression=str(seen))]
