"""Versions as the bytes of a history Bundle (https://hl7.org/fhir/R4/http.html#history)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from .resource import Resource


class VersionEntry(NamedTuple):
    """A version in a history: its type, itself (`json` empty: deleted), the method that made it, and whether that created it."""

    type: str
    resource: Resource
    method: str
    is_new: bool


def history(base: str, entries: Iterable[VersionEntry], links: Mapping[str, str]) -> bytes:
    """A Bundle of these versions; `base` is the FHIR base URL, `links` relation -> URL."""
    bundle: dict[str, object] = {
        "resourceType": "Bundle",
        "type": "history",
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
    }
    shown = [_entry(base, entry) for entry in entries]
    return orjson.dumps(bundle | ({"entry": shown} if shown else {}))


def _entry(base: str, entry: VersionEntry) -> dict[str, object]:
    type, resource = entry.type, entry.resource
    named = f"{type}/{resource.id}"
    made: dict[str, object] = {"fullUrl": f"{base}/{named}"}
    if resource.json:
        made["resource"] = orjson.Fragment(resource.json)
    made["request"] = {"method": entry.method, "url": type if entry.method == "POST" else named}
    made["response"] = _response(entry)
    return made


def _response(entry: VersionEntry) -> dict[str, str]:
    response = {"status": _status(entry), "etag": f'W/"{entry.resource.version}"'}
    updated = entry.resource.last_updated
    return response | ({"lastModified": updated} if updated else {})


def _status(entry: VersionEntry) -> str:
    if not entry.resource.json:
        return "204 No Content"
    return "201 Created" if entry.is_new else "200 OK"
