"""A record as the bytes of a resource, with its version: the hash of its content without meta."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from ..mapping.bind import Bound
from ..mapping.site import Site
from .compile import Concepts, Renderer, Row, compile_renderer

SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}


def default(value: Any) -> orjson.Fragment:
    """Decimals keep their digits (https://hl7.org/fhir/R4/datatypes.html#decimal)."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


class Resource(NamedTuple):
    """A rendered resource: its id, its version (also its ETag), its JSON, and when it was last changed (an instant)."""

    id: str
    version: str
    json: bytes
    last_updated: str | None = None


class ResourceRenderer:
    """Renders records of one mapping in one shape.

    `offset` is where the mapping's columns begin in the record. `only` names the elements of a subset: it is tagged
    SUBSETTED, and its version is nevertheless that of the whole resource.
    """

    def __init__(self, bound: Bound, site: Site, *, offset: int = 0, only: Collection[str] | None = None) -> None:
        self._whole = compile_renderer(bound, site, offset=offset)
        self._part: Renderer | None = None
        if only is not None:
            self._part = compile_renderer(bound, site, offset=offset, only=only)
        self._key = offset
        self._prefix = bound.mapping.prefix
        self._last_updated = site.last_updated
        self._head = f'{{"resourceType":"{bound.mapping.resource}","id":"'
        self._meta = self._constant_meta(bound, site, subset=only is not None)

    @staticmethod
    def _constant_meta(bound: Bound, site: Site, *, subset: bool) -> str:
        """What follows the version in meta, and the brace."""
        meta: dict[str, Any] = {}
        if site.last_updated:
            meta["lastUpdated"] = site.last_updated
        if bound.mapping.profiles:
            meta["profile"] = bound.mapping.profiles
        if subset:
            meta["tag"] = [SUBSETTED]
        tail = orjson.dumps(meta).decode()
        return '"' + ("," + tail[1:] if meta else tail[1:])

    def __call__(self, row: Row, concepts: Concepts) -> Resource:
        """The resource of a record."""
        content = orjson.dumps(self._whole(row, concepts), default)
        version = "h" + blake2b(content, digest_size=8).hexdigest()
        if self._part is not None:
            content = orjson.dumps(self._part(row, concepts), default)
        id = f"{self._prefix}{row[self._key]}"
        head = f'{self._head}{id}","meta":{{"versionId":"{version}{self._meta}'
        json = head.encode() + (b"," + content[1:] if len(content) > 2 else b"}")
        return Resource(id, version, json, self._last_updated)
