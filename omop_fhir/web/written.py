"""What a client is told of a write: status, Location, ETag, Last-Modified, and as much of a body as it prefers.

https://hl7.org/fhir/R4/http.html#ops, https://hl7.org/fhir/R4/http.html#create
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.responses import Response

from ..errors import Issue
from ..fhir.outcome import outcome_of
from ..request.preference import Return, parse_preference
from ..store.writing.step import Written
from .context import Context
from .exchange import Exchange, to_json


def answer(exchange: Exchange, context: Context, written: Written) -> Response:
    """The response to one write."""
    preferred = parse_preference(exchange.header(b"prefer")).returns
    body = to_body(written, preferred)
    return exchange.answer(body, status(written, bool(body)), headers(written, context.base))


def status(written: Written, has_body: bool = True) -> int:
    """201 for what is new, 204 for what is gone, else 200."""
    if written.is_new:
        return 201
    gone = written.document is None or written.document.is_deleted
    return 204 if gone and not written.is_there and not has_body else 200


def headers(written: Written, base: str) -> Mapping[str, str]:
    """Location of the version, its tag, and when it was made; of what was there before only where it is."""
    document = written.document
    if document is None:
        return {"location": f"{base}/{written.type}/{written.id}"} if written.is_there else {}
    tags = {"etag": f'W/"{written.version}"', "last-modified": header_date(document.last_updated)}
    if document.is_deleted:
        return tags
    return tags | {"location": f"{base}/{document.type}/{document.id}/_history/{written.version}"}


def to_body(written: Written, preferred: Return | None) -> bytes:
    """The resource, nothing, or an OperationOutcome."""
    document = written.document
    if preferred == "OperationOutcome":
        return to_json(outcome_of(issues_of(written)))
    if preferred == "minimal" or document is None or document.content is None:
        return b""
    return document.content.encode()


def issues_of(written: Written) -> list[Issue]:
    """What was done, and what of the resource OMOP does not say."""
    return [Issue("informational", _said(written), "information"), *written.issues]


def _said(written: Written) -> str:
    named = f"{written.type}/{written.id}" if written.id else written.type
    if written.document is None:
        return f"{named} is there already" if written.is_there else f"there is no {named} to delete"
    if not written.is_changed:
        return f"{named} is so already"
    done = "deleted" if written.document.is_deleted else "created" if written.is_new else "updated"
    return f"{named} was {done}"


def header_date(moment: datetime) -> str:
    """As headers have it (RFC 9110 §5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
