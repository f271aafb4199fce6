"""A write planned: what one request or entry asks to be done to one resource, and what that means for what is there.

https://hl7.org/fhir/R4/http.html#create, #update, #delete
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from ..errors import PreconditionFailed, Problem
from ..request.conditional import Tags

JSON: TypeAlias = dict[str, Any]
Method: TypeAlias = Literal["POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Document:
    """A resource as it is kept; `content` None: deleted."""

    document: int
    source: int
    key: int
    type: str
    id: str
    version: int
    last_updated: datetime
    person: int | None
    content: str | None
    adopted: int | None = None
    """Key of the row of the database that became this document; None: it came in through FHIR."""
    has_row: bool = True
    """Has it a row with its key, as it was last written?"""

    def with_content(self, content: str) -> Document:
        """The same, saying this."""
        return replace(self, content=content)

    @property
    def is_deleted(self) -> bool:
        """Is there nothing but its history?"""
        return self.content is None


@dataclass(frozen=True, slots=True)
class Write:
    """What is asked for: `id` None where the server gives one; `resource` None for a DELETE."""

    method: Method
    type: str
    id: str | None
    resource: JSON | None = None
    if_match: Tags | None = None
    if_none_match: Tags | None = None
    place: str | None = None
    """FHIRPath of the resource, where it is an entry of a Bundle."""


@contextmanager
def about(place: str | None) -> Iterator[None]:
    """Have a Problem that names no place name the entry of a Bundle whose resource stands at `place`."""
    try:
        yield
    except Problem as problem:
        if problem.expression is None and place is not None:
            problem.expression = place.removesuffix(".resource")
        raise


def check_versions(write: Write, found: Document | None, shown: str | None = None) -> None:
    """Raises PreconditionFailed where If-Match or If-None-Match do not hold for what is there.

    `shown` is the version under which the document is shown, where an ETL has changed its row.
    """
    version = None if found is None or found.is_deleted else shown or str(found.version)
    named = f"{write.type}/{write.id}" if write.id else f"a new {write.type}"
    if write.if_match is not None and not write.if_match.match(version):
        there = "there is none" if version is None else f"it is {version}"
        raise PreconditionFailed(f"{named} has not the version that If-Match names: {there}")
    if write.if_none_match is not None and write.if_none_match.match(version):
        raise PreconditionFailed(f"{named} is there in the version {version}, which If-None-Match excludes")
