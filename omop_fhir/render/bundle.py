"""Resources and links as the bytes of a searchset Bundle (https://hl7.org/fhir/R4/bundle.html#searchset)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import orjson

from .resource import Resource

_MATCH = b',"search":{"mode":"match"}}'


def searchset(
    base: str, type: str, resources: Iterable[Resource], links: Mapping[str, str], *, total: int | None = None
) -> bytes:
    """A searchset of resources of one type.

    `base` is the FHIR base URL, `links` relation -> URL, `total` the number of all matches where it is known.
    """
    head: dict[str, object] = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        head["total"] = total
    head["link"] = [{"relation": relation, "url": url} for relation, url in links.items()]
    parts, separator = [orjson.dumps(head)[:-1]], ',"entry":['
    for id, _, resource in resources:
        parts += (f'{separator}{{"fullUrl":"{base}/{type}/{id}","resource":'.encode(), resource, _MATCH)
        separator = ","
    parts.append(b"]}" if len(parts) > 1 else b"}")
    return b"".join(parts)


def pretty(body: bytes) -> bytes:
    """The same JSON, indented; numbers keep their digits."""
    return orjson.dumps(json.loads(body, parse_float=orjson.Fragment, parse_int=orjson.Fragment), option=orjson.OPT_INDENT_2)
