"""The shape of one actual database: which CDM tables, columns and indexes are there, and of which release.

Pure data, filled by `store.schema.introspect`; the rooms that plan and check read it.
https://ohdsi.github.io/CommonDataModel/cdm54.html#cdm_source
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from omop_fhir.omop.cdm import TABLES, StandardIndex, renamed, standard_indexes


@dataclass(frozen=True, slots=True)
class Index:
    """An index as PostgreSQL has it; an expression stands in `columns` as its SQL text."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    primary: bool
    valid: bool
    """False while it is being built, or after a CREATE INDEX CONCURRENTLY that failed."""
    descending: tuple[bool, ...]
    nulls_first: tuple[bool, ...]
    method: str
    """`btree`, `hash`, `gin`, ...; only btree orders rows."""
    predicate: str | None
    """SQL text of a partial index's WHERE; None: it holds all rows."""


@dataclass(frozen=True, slots=True)
class PresentTable:
    """A table, view, materialized view, partitioned or foreign table that the server's role may read."""

    schema: str
    name: str
    oid: int
    columns: Mapping[str, str]
    """Readable columns: name -> PostgreSQL type without modifier, e.g. `timestamp without time zone`."""
    lengths: Mapping[str, int]
    """Most characters that a varchar(n) or char(n) column takes."""
    required: frozenset[str]
    """Columns that are NOT NULL and have no default."""
    indexes: tuple[Index, ...]
    row_estimate: int | None
    """Rows as of the last ANALYZE, partitions included; None: never analysed, or a view."""
    is_view: bool
    is_writable: bool = True
    """May the role add, change and take away rows, and does the table take that?"""

    def column(self, name: str) -> str | None:
        """The column's name in this database: itself, its CDM 5.3 name, or None where it is absent.

        `name` is the column's name in CDM 5.4.
        """
        if name in self.columns:
            return name
        old = renamed(self.name, name)
        return old if old in self.columns else None

    def has_index(self, *columns: str) -> bool:
        """Whether a valid btree index over all rows begins with these columns in this order."""
        return any(
            index.valid
            and index.method == "btree"
            and index.predicate is None
            and index.columns[: len(columns)] == columns
            for index in self.indexes
        )


OWN_TABLES = (
    "document", "version", "owned_row", "token", "string", "date", "quantity", "reference", "uri", "audit_event", "audit_chain",
    "audit_seal", "audit_unsealed",
)  # fmt: skip
"""Our own tables that documents and the audit need."""


@dataclass(frozen=True, slots=True)
class OwnSchema:
    """Our own tables, and the keys that are ours: `first` to `last`."""

    tables: Mapping[str, PresentTable]
    first: int
    last: int
    is_writable: bool = True
    """May the role write to all of them, in a database that takes writes?"""
    adopting: frozenset[int] = frozenset()
    """The numbers of the sources of which rows have become documents."""


@dataclass(frozen=True, slots=True)
class DatabaseSchema:
    """What the server knows of the database it is pointed at, until the fingerprint changes."""

    version: str | None
    """CDM version, `5.4` or `5.3`; None where nothing tells."""
    version_from: str
    """How the version was decided, for people."""
    server_version: str
    """PostgreSQL's own, e.g. `15.18`."""
    cdm_schema: str
    vocabulary_schema: str
    tables: Mapping[str, PresentTable]
    """Readable tables by lower-case name; vocabulary tables are those of the vocabulary schema."""
    absent: Mapping[str, str]
    """CDM tables that are not served -> the reason, for people."""
    source_release_date: date | None
    """Date of the source data (cdm_source.source_release_date of the newest release)."""
    cdm_release_date: date | None
    vocabulary_version: str | None
    fingerprint: str = field(repr=False)
    """Differs once a table was swapped, rewritten, altered, granted or revoked, or a release was recorded."""
    encoding: str = "UTF8"
    """The server's encoding of texts, as PostgreSQL names it."""
    own: OwnSchema | None = None
    """Our own tables; None: there are none, or not those that this program needs."""

    def missing_indexes(self) -> tuple[StandardIndex, ...]:
        """What a CDM is expected to have and no index here covers: of primary keys, and OHDSI's standard ones.

        Only for tables and columns that are present; a view has no index of its own and is left out.
        """
        keys = ((table.name, table.primary_key) for table in TABLES.values())
        primary = (StandardIndex(f"xpk_{name}", name, (key,)) for name, key in keys if key)
        return tuple(index for index in (*primary, *standard_indexes()) if self._lacks(index))

    def _lacks(self, index: StandardIndex) -> bool:
        table = self.tables.get(index.table)
        if table is None or table.is_view or not set(index.columns) <= table.columns.keys():
            return False
        return not table.has_index(*index.columns)
