"""A history planned: which versions of which documents, each within the caller's grants, newest first.

https://hl7.org/fhir/R4/http.html#history, https://hl7.org/fhir/R4/http.html#vread
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..auth.grants import Interaction
from ..errors import Forbidden, Invalid
from ..mapping.bind import Bound
from ..mapping.documents import DOCUMENT
from ..mapping.expression import Column
from ..mapping.predicate import ALWAYS, NEVER, Compare, Predicate, Resolvable, all_of, resolvables
from ..mapping.versions import IS_CURRENT, NUMBER, Versions
from ..request.history import HistoryRequest
from .criteria import Criteria
from .granted import granted_versions
from .search import Cursor

_MOST = 2**31 - 1
"""The highest number of a version."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place beside a version in the order of a history; `backward`: what is newer is wanted."""

    last_updated: datetime
    document: int
    version: int
    backward: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """A page of versions: at most `limit`, those of each source that fulfil its predicate, newest first."""

    branches: tuple[tuple[Bound, Predicate], ...]
    limit: int
    since: datetime | None = None
    at: tuple[datetime, datetime] | None = None
    place: Place | None = None

    @property
    def is_empty(self) -> bool:
        """Is the answer known to be empty without asking the database?"""
        return all(where == NEVER for _, where in self.branches)

    @property
    def backward(self) -> bool:
        """Does the page lie before the place?"""
        return self.place is not None and self.place.backward

    def resolvables(self) -> Iterator[Resolvable]:
        """The parts whose concepts the store must resolve."""
        for _, where in self.branches:
            yield from resolvables(where)


def plan_version(versions: Versions, id: str, version: str, criteria: Criteria) -> HistoryPlan | None:
    """The plan of a vread; None where nothing can be the version. Raises Forbidden."""
    number = int(version) if version.isascii() and version.isdigit() else 0
    if not 0 < number <= _MOST or version != str(number):
        return None
    which = all_of((_has_id(id), Compare(NUMBER, "=", number)))
    return HistoryPlan((_branch(versions, which, criteria, "vread"),), limit=1)


def plan_gone(versions: Versions, id: str, criteria: Criteria) -> HistoryPlan:
    """The plan that finds the newest version of a document, for a read that found none. Raises Forbidden."""
    return HistoryPlan((_branch(versions, all_of((_has_id(id), IS_CURRENT)), criteria, "read"),), limit=1)


def plan_history(
    wanted: Sequence[Versions], id: str | None, request: HistoryRequest, criteria: Criteria, *, limit: int, cursor: Cursor | None
) -> HistoryPlan:
    """The plan of one page of a history: of an instance, where there is an id, or of types. Raises Forbidden, Invalid."""
    interaction: Interaction = "history-type" if id is None else "history-instance"
    which = ALWAYS if id is None else _has_id(id)
    branches = tuple(_branch(each, which, criteria, interaction) for each in wanted)
    return HistoryPlan(branches, limit, request.since, request.at, _place(cursor))


def _branch(versions: Versions, which: Predicate, criteria: Criteria, interaction: Interaction) -> tuple[Bound, Predicate]:
    type = versions.bound.mapping.resource
    if not criteria.grants.allow(type, interaction):
        doing = "search" if interaction == "history-type" else "read"
        raise Forbidden(f"the access token does not allow to {doing} {type}")
    return versions.bound, all_of((which, granted_versions(criteria, versions, interaction)))


def _has_id(id: str) -> Predicate:
    return Compare(Column(DOCUMENT, "id", "varchar"), "=", id)


def _place(cursor: Cursor | None) -> Place | None:
    if cursor is None:
        return None
    try:
        match cursor.values, cursor.key:
            case (str() as moment, str() as version), int() as key:
                return Place(datetime.fromisoformat(moment), key, int(version), cursor.backward)
    except ValueError:
        pass
    raise Invalid("this paging link is not one of a history", expression="http._page")
