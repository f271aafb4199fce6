"""Resources and links as the bytes of a searchset Bundle (https://hl7.org/fhir/R4/bundle.html#searchset)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from .resource import Resource

_MODES = {mode: f',"search":{{"mode":"{mode}"}}}}'.encode() for mode in ("match", "include", "outcome")}


class Entry(NamedTuple):
    """A resource in a Bundle: its type, itself, and why it is there (`match` or `include`)."""

    type: str
    resource: Resource
    mode: str = "match"


def searchset(
    base: str,
    entries: Iterable[Entry],
    links: Mapping[str, str],
    *,
    total: int | None = None,
    outcome: Mapping[str, Any] | None = None,
) -> bytes:
    """A searchset.

    `base` is the FHIR base URL, `links` relation -> URL, `total` the number of all matches where it is known, `outcome` an
    OperationOutcome with what the client should know of this search.
    """
    head: dict[str, object] = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        head["total"] = total
    head["link"] = [{"relation": relation, "url": url} for relation, url in links.items()]
    parts, separator = [orjson.dumps(head)[:-1]], ',"entry":['
    for type, (id, _, resource, _), mode in entries:
        parts += (f'{separator}{{"fullUrl":"{base}/{type}/{id}","resource":'.encode(), resource, _MODES[mode])
        separator = ","
    if outcome is not None:
        parts += (f'{separator}{{"resource":'.encode(), orjson.dumps(outcome), _MODES["outcome"])
    parts.append(b"]}" if len(parts) > 1 else b"}")
    return b"".join(parts)


def pretty(body: bytes) -> bytes:
    """The same JSON, indented; numbers keep their digits."""
    read = json.loads(body, parse_float=orjson.Fragment, parse_int=orjson.Fragment)
    return orjson.dumps(read, option=orjson.OPT_INDENT_2)
