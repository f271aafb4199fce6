"""The answer to a batch or transaction: a Bundle with what became of each entry, in the order of the request.

https://hl7.org/fhir/R4/http.html#transaction-response, https://hl7.org/fhir/R4/bundle-response.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class EntryResponse:
    """What became of the entry `index`.

    `location` is a URL, with the version where one was made; `version` becomes the ETag; `last_modified` is an instant;
    `outcome` an OperationOutcome; `resource` the JSON of what is returned, of which `full_url` is the address.
    """

    index: int
    status: int
    location: str | None = None
    version: str | None = None
    last_modified: str | None = None
    outcome: Mapping[str, Any] | None = None
    resource: bytes | None = None
    full_url: str | None = None


def response_bundle(kind: str, responses: Iterable[EntryResponse]) -> bytes:
    """The `batch-response` or `transaction-response` of a Bundle of this kind (`batch`, `transaction`)."""
    entries = [_entry(each) for each in sorted(responses, key=lambda each: each.index)]
    bundle: dict[str, object] = {"resourceType": "Bundle", "type": f"{kind}-response"}
    if entries:
        bundle["entry"] = entries
    return orjson.dumps(bundle)


def _entry(answer: EntryResponse) -> dict[str, object]:
    made: dict[str, object] = {}
    if answer.full_url is not None:
        made["fullUrl"] = answer.full_url
    if answer.resource is not None:
        made["resource"] = orjson.Fragment(answer.resource)
    made["response"] = _response(answer)
    return made


def _response(answer: EntryResponse) -> dict[str, object]:
    status = HTTPStatus(answer.status)
    values = {
        "status": f"{status.value} {status.phrase}",
        "location": answer.location,
        "etag": None if answer.version is None else f'W/"{answer.version}"',
        "lastModified": answer.last_modified,
        "outcome": answer.outcome,
    }
    return {name: value for name, value in values.items() if value is not None}
