"""Where references lead: to a row, to a document, or to nothing that the caller may see.

Resources enter, as they are to be kept; the key of each target in its source leaves, and issues about those that are not there:
of a reference to a version, the version too. One statement a type, and one a version.
https://hl7.org/fhir/R4/http.html#create, https://hl7.org/fhir/R4/references.html#literal
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from ...errors import Issue, TooCostly
from ...fhir.index.target import literal
from ...mapping.bind import Bound
from ...mapping.documents import source_number
from ...mapping.predicate import Compare, all_of, any_of
from ...plan.criteria import Criteria, has_id
from ...plan.search import Branch, SearchPlan
from ...query.select import offsets
from ...request.links import find_links
from ...request.references import unsettled
from .standing import ID, WRITTEN

Search: TypeAlias = Callable[[SearchPlan], Awaitable[Sequence[Any]]]
"""Records of a plan, within the transaction."""
Key: TypeAlias = tuple[str, str]
"""Type and id."""
Hold: TypeAlias = Callable[[Sequence[Key]], Awaitable[set[Key]]]
"""Those that are there, and that nobody deletes until the transaction ends."""
HasVersion: TypeAlias = Callable[[str, str, str], Awaitable[bool]]
"""Would the caller be shown this version of what has this type and id?"""

MOST_VERSIONS = 500
"""Versions that what is written in one request may refer to."""


class Local(NamedTuple):
    """A reference to this server: where it stands, type and id, and the version if it names one."""

    place: str
    key: Key
    version: str | None

    def __str__(self) -> str:
        return "/".join(self.key) if self.version is None else f"{'/'.join(self.key)}/_history/{self.version}"


def key_of_record(bound: Bound, record: Sequence[Any], at: int) -> Key:
    """Type and id of what a record holds whose columns begin at a place."""
    id = f"{bound.mapping.prefix}{record[at]}" if bound.twin is None else record[at + ID]
    return bound.mapping.resource, id


@dataclass(frozen=True, slots=True)
class Target:
    """A row or document that can be referred to: the mapping whose it is (of a document, its twin's), and the key."""

    mapping: str
    prefix: str
    key: int
    has_row: bool = True
    """Is there a row with this key? What is planned, or of nobody knows when, is kept without one."""

    @property
    def numbers(self) -> tuple[int, int]:
        """As our tables know it: source and key."""
        return source_number(self.mapping), self.key


@dataclass
class Targets:
    """The targets of one transaction; those that it makes itself are told by `add`."""

    criteria: Criteria
    search: Search
    hold: Hold | None = None
    """Keeps documents from being deleted; None: nothing refers to them anew."""
    has_version: HasVersion | None = None
    """None: versions are not asked for."""
    _known: dict[Key, Target | None] = field(default_factory=dict)
    _held: dict[tuple[str, int, str], Any] = field(default_factory=dict)
    _versions: dict[tuple[Key, str], bool] = field(default_factory=dict)

    def add(self, type: str, id: str, target: Target | None, version: str | None = None) -> None:
        """What this transaction makes, or takes away (None); the version where it is sure that it gets this one."""
        self._known[type, id] = target
        if version is not None:
            self._versions[(type, id), version] = True

    def get(self, type: str | None, id: str | None) -> Target | None:
        """The target of a reference, None where there is none; `load` came before."""
        return self._known.get((type, id)) if type and id else None

    def key(self, type: str, id: str, prefix: str) -> int | None:
        """The OMOP key of `type/id` among the rows whose ids have the prefix, or None where there is none."""
        found = self.get(type, id)
        return found.key if found is not None and found.prefix == prefix and found.has_row else None

    def lose_rows(self, keys: Iterable[Key]) -> set[Key]:
        """Say that these are kept without rows; those of which that was not known."""
        lost = {key for key in keys if (found := self.get(*key)) is not None and found.has_row}
        for key in lost:
            self._known[key] = replace(self._known[key], has_row=False)  # type: ignore[type-var]
        return lost

    def tell(self, mapping: str, key: int, column: str, value: Any) -> None:
        """What a row of the mapping's base holds in a column, by its name in CDM 5.4."""
        self._held[mapping, key, column] = value

    def held(self, type: str, id: str, prefix: str, column: str) -> Any:
        """What the row of `type/id` among those with the prefix holds in a column, as far as it was told; None without a row."""
        found = self.get(type, id)
        if found is None or found.prefix != prefix or not found.has_row:
            return None
        return self._held.get((found.mapping, found.key, column))

    async def load(self, resources: Iterable[Mapping[str, Any]]) -> None:
        """Look up what these resources refer to."""
        found = [local for resource in resources for local in self.local(resource)]
        wanted = {local.key for local in found}
        by_type: dict[str, list[str]] = {}
        for type, id in sorted(wanted - self._known.keys()):
            by_type.setdefault(type, []).append(id)
        for type, ids in by_type.items():
            self._known |= dict.fromkeys(((type, id) for id in ids), None)
            if type in self.criteria.catalog and (self.criteria.grants.allow(type, "read") or self._own(type)):
                self._known |= await self._found(type, ids)
        versions = sorted({(local.key, local.version) for local in found if local.version} - self._versions.keys())
        if len(versions) > MOST_VERSIONS:  # each is looked for by itself, as a vread looks for it
            raise TooCostly(f"what is written refers to at most {MOST_VERSIONS:,} versions, and this to {len(versions):,}")
        for key, version in versions:
            there = self.get(*key) is not None
            self._versions[key, version] = there and (self.has_version is None or await self.has_version(*key, version))

    async def _found(self, type: str, ids: Sequence[str]) -> dict[Key, Target | None]:
        plan = SearchPlan(tuple(self._branch(bound, ids) for bound in self.criteria.catalog[type]), limit=len(ids))
        if plan.is_empty:
            return {}
        places = offsets([branch.bound for branch in plan.branches], 0)
        found: dict[Key, Target | None] = {}
        doubtful: list[Key] = []
        for record in await self.search(plan):
            bound, at = plan.branches[record[0]].bound, places[record[0]]
            of, key = (bound.twin or bound).mapping, key_of_record(bound, record, at)
            found[key] = Target(of.name, of.prefix, record[at], bound.twin is None or record[at + WRITTEN] is not None)
            if bound.twin is not None or bound.adopts:
                doubtful.append(key)
        gone = set(doubtful) - await self.hold(doubtful) if self.hold and doubtful else set()
        return {key: None if key in gone else target for key, target in found.items()}

    def _branch(self, bound: Bound, ids: Sequence[str]) -> Branch:
        named = any_of(tuple(has_id(bound, id) for id in ids))
        key = bound.mapping.compartment.get(bound.mapping.resource)
        own = (Compare(key, "=", patient) for patient in self._own(bound.mapping.resource) if key is not None)
        return Branch(bound, all_of((named, any_of((self.criteria.granted(bound, "read"), *own)))))

    def _own(self, type: str) -> list[int]:
        """The keys of the Patients that the caller is bound to: who may write about them knows them, without reading them."""
        if type != "Patient":
            return []
        return sorted({each.patient for each in self.criteria.grants.permissions if each.patient is not None})

    def local(self, resource: Mapping[str, Any]) -> Iterator[Local]:
        """The references to resources of this server."""
        base = f"{self.criteria.base}/"
        for link in find_links(dict(resource)):
            parts = literal(link.text.removeprefix(base)) if link.kind == "reference" else None
            if parts is not None and parts["url"] == f"{parts['type']}/{parts['id']}":
                yield Local(link.place, (parts["type"], parts["id"]), parts["version"])

    def missing(self, resource: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> Iterator[Issue]:
        """An issue for every reference to what is not there, but for those that stood in what a row was read as before."""
        known = {str(local) for local in self.local(before)} if before else ()
        for local in self.local(resource):
            if not self._is_there(local) and str(local) not in known:
                yield Issue("not-found", f"{local} was not found", expression=local.place)
        for link in find_links(dict(resource)) if self.hold else ():
            text = unsettled(link.text, self.criteria.base) if link.kind == "reference" else None
            if text is not None:
                yield Issue("not-supported", text, expression=link.place)

    def _is_there(self, local: Local) -> bool:
        return self.get(*local.key) is not None and (local.version is None or self._versions[local.key, local.version])
