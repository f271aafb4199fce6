"""What a mapping must know of the site and of the database at hand before it can render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Site:
    """Facts that are the same for every row until the database is looked at anew.

    `base` is the public FHIR base URL without trailing slash; `release` is `cdm_source.source_release_date`;
    `last_updated` a FHIR instant; `served` what a reference may point at, as `Type/` or `Type/prefix`; `ancestors`
    leads from a concept id to the ids of concepts above it, nearest first, for the code tables that roll up.
    """

    base: str
    zone: ZoneInfo | None = None
    release: date | None = None
    last_updated: str | None = None
    served: frozenset[str] = frozenset()
    ancestors: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def expand(self, template: str) -> str:
        """`template` with `{base}` replaced."""
        return template.replace("{base}", self.base)
