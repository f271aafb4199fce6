"""All that depends on the database at hand, made once and thrown away whole when the database changes.

Mappings and an introspected schema enter; bound mappings, compiled renderers and the concept cache leave. Nothing of a
snapshot is ever changed but its caches, so a request that began with one ends with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeAlias
from zlib import crc32

from cachetools import LRUCache

from ..config import Settings
from ..fhir.dates import instant
from ..fhir.index import FORM, Index, compile_index
from ..mapping.audit import AUDIT_EVENT, audit_bound
from ..mapping.bind import Bound, Withdrawn, bind_all
from ..mapping.documents import document_bound, indexed_parameters, without_documents
from ..mapping.model import Mapping as ResourceMapping
from ..mapping.predicate import Predicate, Resolvable
from ..mapping.site import Site
from ..mapping.versions import Versions, versions_of
from ..omop.database import DatabaseSchema, OwnSchema, PresentTable
from ..plan.criteria import Granted
from ..plan.read import ReadPlan
from ..plan.search import SearchPlan
from ..plan.target import Target, targets
from ..query import select
from ..query.concept_set import ConceptSet
from ..query.identity import identity
from ..query.template import Templates
from ..render.audit_event import AuditEventRenderer
from ..render.compile import Row
from ..render.document import DocumentRenderer
from ..render.resource import ResourceRenderer
from ..request.shape import Shape
from .postgresql.node import Node
from .postgresql.pool import SchemaChanged
from .reads import Coalescer
from .vocabulary.codings import Codings
from .vocabulary.concepts import ConceptCache

AnyRenderer: TypeAlias = ResourceRenderer | DocumentRenderer | AuditEventRenderer

_SHAPES = 256
_RESOLVED = 10_000
_GRANTS = 1000
_TEMPLATES = 1000


@dataclass(frozen=True)
class Caches:
    """What was made of the sources of one snapshot, to be used again."""

    coalescers: LRUCache[tuple[str, Predicate, Node], Coalescer] = field(default_factory=lambda: LRUCache(_GRANTS))
    """Mapping name, what rows must be within, and server -> the reads that wait together."""
    renderers: LRUCache[tuple[str, int, Shape], AnyRenderer] = field(default_factory=lambda: LRUCache(_SHAPES))
    templates: Templates = field(default_factory=lambda: LRUCache(_TEMPLATES))
    granted: Granted = field(default_factory=lambda: LRUCache(_GRANTS))
    indexes: dict[str, Index] = field(default_factory=dict)
    targets: dict[str, tuple[Target, ...]] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """One look at the database: what is served, and how."""

    schema: DatabaseSchema
    site: Site
    bounds: Mapping[str, tuple[Bound, ...]]
    """Resource type -> its sources, the one without prefix first."""
    withdrawn: tuple[Withdrawn, ...]
    versions: Mapping[str, Versions]
    """Resource type -> the versions of its documents; none where no documents are kept."""
    writes: bool
    """May this server write to its own schema?"""
    concepts: ConceptCache
    taken: datetime = field(default_factory=lambda: datetime.now(UTC))
    resolved: LRUCache[Resolvable, ConceptSet] = field(default_factory=lambda: LRUCache(_RESOLVED))
    """What searches asked of the vocabulary."""
    codings: Codings = field(kw_only=True)
    """What codings mean that come in."""
    caches: Caches = field(default_factory=Caches)

    @property
    def is_elsewhere(self) -> bool:
        """Is there no table that a mapping is of, as where the CDM is in another schema?"""
        reasons = [self.schema.absent.get(gone.mapping.base.table, "") for gone in self.withdrawn]
        return not self.bounds and bool(reasons) and all(reason.startswith("there is no ") for reason in reasons)

    @property
    def vocabulary(self) -> PresentTable | None:
        """The table `concept`, where it is there."""
        return self.schema.tables.get("concept")

    @property
    def zone(self) -> str:
        """The name of the site's time zone for PostgreSQL."""
        return self.site.zone.key if self.site.zone else "UTC"

    def renderers(self, plan: SearchPlan, shape: Shape) -> tuple[AnyRenderer, ...]:
        """A renderer for each branch of a search, for its records."""
        bounds = tuple(branch.bound for branch in plan.branches)
        places = select.offsets(bounds, len(plan.sort))
        return tuple(self.renderer(bound, place, shape) for bound, place in zip(bounds, places, strict=True))

    def reader(self, plan: ReadPlan | SearchPlan, record: Row, shape: Shape) -> AnyRenderer:
        """The renderer of the record that a read found."""
        if isinstance(plan, SearchPlan):
            number: int = record[0]
            return self.renderers(plan, shape)[number]
        return self.renderer(plan.bound, select.LEADING, shape)

    def renderer(self, bound: Bound, offset: int, shape: Shape) -> AnyRenderer:
        """The renderer of a source's records, whose columns begin at the offset."""
        key = (bound.mapping.name, offset, shape)
        made = self.caches.renderers.get(key)
        if made is None:
            only = shape.of(bound.mapping.resource)
            made = self.caches.renderers[key] = self._new_renderer(bound, offset, only)
        return made

    def _new_renderer(self, bound: Bound, offset: int, only: frozenset[str] | None) -> AnyRenderer:
        if bound.twin is not None:
            return DocumentRenderer(offset, only)
        if bound.mapping.resource == AUDIT_EVENT:
            return AuditEventRenderer(self.site.base, offset, only)
        return ResourceRenderer(bound, self.site, offset=offset, only=only)

    def index(self, type: str) -> Index:
        """What makes the entries of documents of a type."""
        if type not in self.caches.indexes:
            self.caches.indexes[type] = compile_index(type, indexed_parameters(type), self.site.zone, self.site.base)
        return self.caches.indexes[type]

    def rules(self, type: str) -> int:
        """A number of all that the entries of documents of a type are made by: other rules, other entries."""
        if type not in self.caches.rules:
            parameters = [(p.code, p.type, p.expression, p.targets) for p in indexed_parameters(type)]
            zone = self.site.zone.key if self.site.zone else None
            vocabulary = self.schema.vocabulary_version
            text = repr((FORM, parameters, zone, self.site.base, sorted(self.site.served), vocabulary))
            self.caches.rules[type] = crc32(text.encode()) - 2**31
        return self.caches.rules[type]

    def targets(self, type: str) -> tuple[Target, ...]:
        """The sources of a type that can be written."""
        if type not in self.caches.targets:
            rows = [bound for bound in self.bounds.get(type, ()) if bound.twin is None and bound.ours]
            self.caches.targets[type] = targets(rows, self.site, self.schema)
        return self.caches.targets[type]

    @cached_property
    def writable(self) -> frozenset[str]:
        """The types whose resources can be written: where they are kept, and where their rows go."""
        tables = {type: [t.bound.tables[t.base.alias] for t in self.targets(type)] for type in self.versions}
        return frozenset(t for t, found in tables.items() if self.writes and found and all(each.is_writable for each in found))

    @property
    def is_writable(self) -> bool:
        """Can anything be written?"""
        return bool(self.writable)

    @cached_property
    def audit(self) -> Snapshot | None:
        """The same database with nothing in it but the events of the audit; None where it has none."""
        own = self.schema.own
        if own is None:
            return None
        events = {AUDIT_EVENT: (audit_bound(own),)}
        return replace(self, bounds=events, withdrawn=(), versions={}, writes=False, caches=Caches())

    def identity(self, bound: Bound) -> str:
        """What the records of this source say of themselves as long as nothing was swapped."""
        return identity(bound, self.vocabulary)

    def check(self, answers: Iterable[tuple[str, Bound]]) -> None:
        """Raises SchemaChanged where what records of a source say of themselves is not what they would in this snapshot."""
        if any(said != self.identity(bound) for said, bound in answers):
            raise SchemaChanged("swapped")


def make_snapshot(
    settings: Settings,
    base: str,
    mappings: Sequence[ResourceMapping],
    schema: DatabaseSchema,
    ancestors: Mapping[int, tuple[int, ...]],
) -> Snapshot:
    """The snapshot of a database that was just looked at; `base` is the public FHIR base URL."""
    bound, withdrawn = bind_all(mappings, schema)
    release = schema.cdm_release_date
    site = Site(
        base=base,
        zone=settings.time_zone,
        release=schema.source_release_date,
        last_updated=instant(release, settings.time_zone) if release else None,
        served=frozenset(f"{b.mapping.resource}/{b.mapping.prefix}" for b in bound),
        ancestors=ancestors,
    )
    if schema.own is not None:
        bound = _with_documents(bound, schema.own, schema.tables.get("person"), settings)
    types = sorted({b.mapping.resource for b in bound})
    by_type = {t: tuple(sorted((b for b in bound if b.mapping.resource == t), key=_place)) for t in types}
    own = schema.own
    versions = {b.mapping.resource: versions_of(b, own) for b in bound if own is not None and b.twin is not None}
    return Snapshot(
        schema, site, by_type, withdrawn, versions, own is not None and own.is_writable and not settings.read_only,
        ConceptCache(settings.concept_cache_size), codings=Codings(schema),
    )  # fmt: skip


def _with_documents(
    bounds: Sequence[Bound], own: OwnSchema, persons: PresentTable | None, settings: Settings
) -> tuple[Bound, ...]:
    """Each source that can be written, without the rows of documents, and its twin."""
    rows = tuple(
        without_documents(bound, own, (writing.writable or settings.writable) == "all") if (writing := bound.mapping.writing)
        else bound for bound in bounds
    )  # fmt: skip
    return (*rows, *(document_bound(bound, rows, own, persons) for bound in rows if bound.mapping.writing))


def _place(bound: Bound) -> tuple[bool, str]:
    """Rows stand before documents, and those without a prefix before others."""
    return bound.twin is not None, bound.mapping.prefix
