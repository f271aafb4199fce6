"""Some of a server's data, to search for what is there.

What enters: a server and the types that can be searched. What leaves: the first resources of each and the last ones
that were changed, and whether a reference leads to something. Nothing is rejected: a search that fails gives no
samples, which the tests then tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from omop_fhir.fhir.definitions import resource_types

from ..client import Server

Resource = Mapping[str, Any]
RECENT = 20


class Samples:
    """The first `size` resources of each type and the last `RECENT`, fetched when they are first asked for."""

    def __init__(self, server: Server, size: int = 100) -> None:
        self._server = server
        self._size = size
        self.of = lru_cache(maxsize=None)(self._of)
        self.is_closed = lru_cache(maxsize=None)(self._is_closed)
        self.is_there = lru_cache(maxsize=None)(self._is_there)

    def _of(self, type: str) -> tuple[Resource, ...]:
        """The samples of a type; those that were made of late say more than others, where a server is tried out."""
        recent = self._resources(self._bundle(f"{type}?_sort=-_lastUpdated&_count={RECENT}"), type)
        return tuple({row["id"]: row for row in (*self._first(type), *recent)}.values())

    def _first(self, type: str) -> list[Resource]:
        found: list[Resource] = []
        url: str | None = f"{type}?_count={min(self._size, 50)}"
        while url is not None and len(found) < self._size:
            bundle = self._bundle(url)
            fresh = self._resources(bundle, type)
            found += fresh
            url = _next(bundle) if fresh else None
        return found[: self._size]

    @staticmethod
    def _resources(bundle: Mapping[str, Any], type: str) -> list[Resource]:
        page = [row.get("resource") or {} for row in bundle.get("entry", ())]
        return [row for row in page if row.get("resourceType") == type and "id" in row]

    def _bundle(self, url: str) -> Mapping[str, Any]:
        answer = self._server.get(url).answer
        resource = answer.resource if answer is not None and answer.status == 200 else None
        return resource if isinstance(resource, dict) else {}

    def _is_closed(self, type: str) -> bool:
        """Whether the caller may not search a type that others may."""
        answer = self._server.get(f"{type}?_count=1").answer
        return answer is not None and answer.status == 403

    def _is_there(self, reference: str) -> bool:
        """Whether `Patient/1` can be read."""
        answer = self._server.get(reference).answer
        return answer is not None and answer.status == 200

    def local(self, reference: object) -> str | None:
        """`Patient/1` of a Reference to this server, None of any other."""
        text = reference.get("reference") if isinstance(reference, Mapping) else None
        if not isinstance(text, str):
            return None
        parts = text.removeprefix(self._server.base + "/").split("/_history")[0].split("/")
        return "/".join(parts) if len(parts) == 2 and parts[0] in resource_types() else None


def _next(bundle: Mapping[str, Any]) -> str | None:
    return next((row["url"] for row in bundle.get("link", ()) if row.get("relation") == "next"), None)
