"""One write on its way through a transaction: what it begins from, what it leads to, and what became of it.

https://hl7.org/fhir/R4/http.html#create, #update, #delete
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...errors import Issue
from ...fhir.dates import instant_text
from ...fhir.index import Entries
from ...fhir.json import dumps, loads
from ...mapping.codecs.base import Loss
from ...plan.owned import Projected
from ...plan.target import Target as Goal
from ...plan.write import JSON, Document, Write
from ...validate.incoming import moved
from .rows import Wanted

_CODES: Mapping[str, str] = {
    "lost": "informational", "unmapped": "code-invalid", "imputed": "informational", "dropped": "not-supported",
}  # fmt: skip
"""Kind of loss -> code of the issue."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: the document as it is now, whether it is new, whether anything was written.

    `document` is None where there was nothing to delete, and for a row of the database that a conditional create found.
    """

    type: str
    id: str
    document: Document | None
    is_new: bool = False
    is_changed: bool = True
    is_there: bool = False
    """Was it there before, as the condition of a create wants it?"""
    issues: tuple[Issue, ...] = ()
    """What of the resource OMOP does not say, and what was dropped of it."""
    row_version: str | None = None
    """The version of a row of the database that was left as it is."""

    @property
    def version(self) -> str:
        """The version that the resource has now."""
        return self.row_version or str(self.document.version if self.document else "")

    @property
    def last_updated(self) -> str | None:
        """When the document became what it is: an instant."""
        return instant_text(self.document.last_updated) if self.document else None


@dataclass(frozen=True, slots=True)
class Adopted:
    """A row of the database as a document that is not kept yet."""

    document: Document
    version: str
    """The version of the row."""
    content: str
    """The row as it is read."""


@dataclass(frozen=True, slots=True)
class Step:
    """A write with what it begins from and what it leads to."""

    index: int
    write: Write
    target: Goal | None
    """The source that it goes to; None for a DELETE."""
    before: Document | None
    adopted: Adopted | None = None
    """The row that it begins from, where it begins from one."""
    after: Document | None = None
    resource: JSON | None = None
    projected: Projected | None = None
    entries: Entries | None = None
    is_changed: bool = True
    """Is there anything to write? An update that says what is there already, rows and all, makes no version."""

    @property
    def id(self) -> str:
        """The id of the resource, once it is known."""
        return self.after.id if self.after else ""

    @property
    def first(self) -> str | None:
        """The version that the resource gets, where there was none of its id ever."""
        return str(self.after.version) if self.before is None and self.after is not None else None

    @property
    def is_delete(self) -> bool:
        """Shall there be no resource?"""
        return self.write.method == "DELETE"

    @property
    def is_new(self) -> bool:
        """Was there no resource?"""
        return self.before is None or self.before.is_deleted

    @property
    def has_row(self) -> bool:
        """Has the resource a row with its key, so that others may refer to it?"""
        done = self.projected
        return done is None or done.is_kept or self.target is None or self.target.is_base(done.rows)

    @property
    def loses_row(self) -> bool:
        """Does the row go that the resource had, or become one of another table?"""
        before = self.before
        return before is not None and before.has_row and not before.is_deleted and not (self.has_row and self._stays)

    @property
    def gains_row(self) -> bool:
        """Does the resource, which was there, get a row, or one of another table?"""
        before = self.before
        return before is not None and not before.is_deleted and self.has_row and not (before.has_row and self._stays)

    @property
    def _stays(self) -> bool:
        return self.before is not None and self.after is not None and self.before.source == self.after.source

    def says(self, document: Document) -> bool:
        """Is the document already as the step wants it?"""
        if self.is_delete or self.resource is None:
            return document.is_deleted
        return not document.is_deleted and dumps(with_meta(self.resource, document)).decode() == document.content

    def read_before(self) -> JSON | None:
        """What a row of the database was read as that the step gives another resource; None where it begins from no row."""
        before = self.before
        if before is None or before.adopted is None or before.content is None or self.resource is None:
            return None
        found: JSON = loads(before.content.encode())
        return found

    def made(self) -> tuple[tuple[str, str], JSON, Goal] | None:
        """Type and id, the resource and where it goes, of a step that keeps one."""
        there = self.resource is not None and self.target is not None
        return ((self.write.type, self.id), self.resource, self.target) if there else None  # type: ignore[return-value]

    def compared(self, same: Collection[int]) -> Step:
        """The step, knowing which documents stay as they are; a DELETE of what never was writes nothing either."""
        is_changed = not self.is_delete if self.before is None else self.before.document not in same
        return replace(self, is_changed=is_changed)

    def rows(self) -> Wanted:
        """The rows that the document shall own: none where it was deleted."""
        assert self.after is not None  # noqa: S101  asked for steps that write
        rows = self.projected.rows if self.projected else ()
        base = self.target.base.table if self.target else ""
        is_kept = self.projected is not None and self.projected.is_kept
        return Wanted(self.after.document, self.after.key, base, rows, is_kept, is_new=self.before is None)

    def persons(self) -> tuple[int, ...]:
        """The keys of the patients whose it was and is."""
        found = [each.person for each in (self.before, self.after) if each is not None and each.person is not None]
        return tuple(dict.fromkeys(found))

    def refused(self) -> Iterator[Issue]:
        """Why the resource is not taken."""
        return self._issues(self.projected.refused if self.projected else (), "error")

    def written(self) -> Written:
        """What became of the write, and what of the resource no row says."""
        row = None if self.is_changed else self.adopted
        document = self.after if self.is_changed else row.document.with_content(row.content) if row else self.before
        of = self.projected
        losses = (*of.losses, *((of.gate,) if of.gate else ())) if of else ()
        is_new = self.is_new and not self.is_delete
        issues = tuple(self._issues(losses, "information"))
        return Written(
            self.write.type, self.write.id or self.id, document, is_new, self.is_changed, issues=issues,
            row_version=row.version if row else None,
        )  # fmt: skip

    def _issues(self, losses: Iterable[Loss], severity: str) -> Iterator[Issue]:
        for loss in losses:
            yield moved(Issue(_CODES[loss.kind], loss.reason, severity, loss.expression), self.write.place)


def with_meta(resource: Mapping[str, Any], document: Document) -> JSON:
    """The resource as it is kept: with the id, version and time that it has here, and what else stands in its meta."""
    own = {"versionId": str(document.version), "lastUpdated": instant_text(document.last_updated)}
    head = {"resourceType": document.type, "id": document.id, "meta": own | _rest(resource.get("meta") or {}, own)}
    return head | _rest(resource, head)


def _rest(value: Mapping[str, Any], without: Mapping[str, Any]) -> JSON:
    return {name: each for name, each in value.items() if name not in without}
