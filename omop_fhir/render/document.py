"""A document's record as the bytes of a resource: as it was sent, with the id and meta that it got here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..fhir.json import dumps, loads
from .compile import Concepts, Row
from .resource import SUBSETTED, Resource

_ALWAYS = ("resourceType", "id", "meta")


class DocumentRenderer:
    """Renders records of documents in one shape; `offset` and `only` as for rows."""

    def __init__(self, offset: int, only: Collection[str] | None) -> None:
        self._offset = offset
        self._only = None if only is None else frozenset(only)

    def __call__(self, row: Row, concepts: Concepts) -> Resource:
        """The resource of a record."""
        at = self._offset
        content: str = row[at + 3]
        body = content.encode() if self._only is None else dumps(self._subset(loads(content.encode())))
        last_updated = content.partition('"lastUpdated":"')[2].partition('"')[0]  # meta stands before all content
        return Resource(row[at + 1], str(row[at + 2]), body, last_updated)

    def _subset(self, resource: dict[str, Any]) -> dict[str, Any]:
        """The elements of the subset, tagged as one."""
        only = self._only or frozenset()
        kept = {name: value for name, value in resource.items() if name in _ALWAYS or _plain(name, only)}
        meta = resource["meta"]
        kept["meta"] = {**meta, "tag": [*meta.get("tag", ()), SUBSETTED]}
        return kept


def _plain(name: str, only: frozenset[str]) -> bool:
    """Is the property one of an element of the subset, itself or its type of a choice?"""
    bare = name.removeprefix("_")
    return any(bare == each or (bare.startswith(each) and bare[len(each)].isupper()) for each in only)
