"""What has become of the rows that documents own, table by table, as SQL.

A bound database enters; statements leave, one a table: what each row is by now, counted or listed by document. `gone`: there
is no row of the key. `another's`: the key has been given to another person. `changed`: columns that the document fed say
something else. `beside`: only columns do that the document never fed. Values are compared as the column's own type.
"""

# ruff: noqa: S608 - identifiers come from the introspected schema, quoted

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...omop.cdm import TABLES
from ...omop.database import DatabaseSchema, PresentTable
from ...omop.ddl import quote
from ...query.scope import literal, table_name

State: TypeAlias = Literal["gone", "another's", "changed", "beside"]

_TEXTS = ("text", "character varying", "character")


@dataclass(frozen=True, slots=True)
class OwnedRows:
    """The rows of one CDM table that documents own; `own` is the quoted name of our own schema."""

    table: PresentTable
    own: str

    @property
    def key(self) -> str:
        """The column by which a row is found; a death has only its person's."""
        known = TABLES.get(self.table.name)
        return (known.primary_key if known else None) or "person_id"

    def found(self, condition: str = "TRUE") -> str:
        """Every owned row that does not stand as it was written: document, part, key, state and the columns of ours that changed.

        `condition` is about `o` (the owned row) and `d` (its document).
        """
        return f"""SELECT o.document, o.part, o.key, d.key AS own_key, d.type, CASE WHEN r.there IS NULL THEN 'gone'
                WHEN {self._is_anothers} THEN 'another''s' WHEN changed.names <> '{{}}' THEN 'changed' ELSE 'beside' END AS state,
                CASE WHEN r.there THEN changed.names ELSE '{{}}' END AS changed
            FROM {self.own}.owned_row o JOIN {self.own}.document d USING (document)
            {self._row}
            CROSS JOIN LATERAL (SELECT array_remove(ARRAY[{", ".join(self._changes())}]::text[], NULL) AS names) changed
            WHERE o."table" = {literal(self.table.name)} AND {condition}
              AND (r.there IS NULL OR r.mark <> o.fingerprint)"""

    def counted(self) -> str:
        """How many rows there are of each type, state and set of changed columns, and a few of their documents."""
        return f"""SELECT type, state, changed, count(*), (array_agg(document ORDER BY document))[1:3] AS documents
            FROM ({self.found()}) found GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""

    def listed(self) -> str:
        """Rows in the states $1 of documents after $2, at most $3, in the order of documents."""
        return f"""SELECT * FROM ({self.found("o.document > $2")}) found WHERE state = ANY ($1)
            ORDER BY document, part LIMIT $3"""

    def of(self) -> str:
        """Those rows of the documents $1 that do not stand as they were written."""
        return self.found("o.document = ANY ($1)")

    def remembered(self) -> str:
        """Take rows, by document ($1) and part ($2), as they are for what was written; never one that is another person's."""
        pairs = ", ".join(f"{literal(name)}, r.{quote(name)}::text" for name in self.table.columns)
        return f"""UPDATE {self.own}.owned_row o SET fingerprint = r.mark, columns = (
                SELECT coalesce(jsonb_object_agg(k, r.now -> k), '{{}}') FROM jsonb_object_keys(o.columns) k)
            FROM (SELECT r.*, r.{quote(self.key)} AS own_key, md5(r::text) AS mark, jsonb_object(ARRAY[{pairs}]::text[]) AS now
                  FROM {table_name(self.table)} r) r,
                 {self.own}.document d, unnest($1::bigint[], $2::text[]) AS kept(document, part)
            WHERE o."table" = {literal(self.table.name)} AND o.document = kept.document AND o.part = kept.part
              AND r.own_key = o.key AND d.document = o.document AND NOT ({self._is_anothers})"""

    def locked(self) -> str:
        """Hold the rows of the documents $1."""
        return f"""SELECT FROM {table_name(self.table)} r WHERE r.{quote(self.key)} IN (
            SELECT o.key FROM {self.own}.owned_row o WHERE o."table" = {literal(self.table.name)} AND o.document = ANY ($1)
        ) FOR UPDATE"""

    @property
    def _row(self) -> str:
        """The row of the key; of several deaths of a person the one that was written, if it is there."""
        row = f"SELECT r.*, TRUE AS there, md5(r::text) AS mark, r.{quote(self.key)} AS own_key FROM {table_name(self.table)} r"
        if self.key == "person_id" and self.table.name != "person":
            first = "WHERE r.person_id = o.key ORDER BY (md5(r::text) = o.fingerprint) DESC LIMIT 1"
            return f"LEFT JOIN LATERAL ({row} {first}) r ON TRUE"
        return f"LEFT JOIN ({row}) r ON r.own_key = o.key"

    @property
    def _is_anothers(self) -> str:
        """A row is its document's person's; a person is whoever its source value names, where it names one."""
        if self.table.name == "person":
            name = "person_source_value"
            return f"{self._differs(name)} AND o.columns ->> '{name}' IS NOT NULL" if name in self.table.columns else "FALSE"
        if "person_id" not in self.table.columns:
            return "FALSE"
        return f"{self._differs('person_id')} AND r.person_id IS DISTINCT FROM d.person"

    def _changes(self) -> Iterator[str]:
        for name in self.table.columns:
            yield f"CASE WHEN o.columns ? {literal(name)} AND {self._differs(name)} THEN {literal(name)} END"

    def _differs(self, name: str) -> str:
        type = self.table.columns[name]
        written = f"(o.columns ->> {literal(name)})"
        return f"{written if type in _TEXTS else f'{written}::{type}'} IS DISTINCT FROM r.{quote(name)}"


def owned_tables(schema: DatabaseSchema, own_schema: str, names: list[str]) -> tuple[OwnedRows, ...]:
    """Those tables that are there, of the names that documents own rows in."""
    return tuple(OwnedRows(schema.tables[name], quote(own_schema)) for name in names if name in schema.tables)


def persons(table: PresentTable, own: str, condition: str = "TRUE") -> str:
    """Documents whose person is gone or another by now, and documents with rows of another person than their own.

    Gives document, type, the `person` of the document, and whom to give it to (`found`): None where nobody or several persons
    have its source value. Documents of persons that came in as documents go with these.
    """
    by_source = "person_source_value" in table.columns
    source = "p.person_source_value" if by_source else "NULL::text"
    return f"""WITH lost AS (
            SELECT d.document, d.type, d.person, d.anchor FROM {own}.document d
            LEFT JOIN {table_name(table)} p ON p.person_id = d.person
            WHERE d.content IS NOT NULL AND d.person IS NOT NULL AND {condition}
              AND (p.person_id IS NULL OR d.anchor IS NOT NULL AND {source} IS DISTINCT FROM d.anchor)
              AND NOT EXISTS (SELECT FROM {own}.document own
                              WHERE own.type = 'Patient' AND own.person = d.person AND own.key = d.person AND own.adopted IS NULL)
        ), found AS (
            SELECT {source} AS anchor, min(p.person_id) AS person FROM {table_name(table)} p
            WHERE {source} IN (SELECT anchor FROM lost) GROUP BY 1 HAVING count(*) = 1
        )
        SELECT lost.document, lost.type, lost.person, found.person AS found FROM lost LEFT JOIN found USING (anchor)
        UNION
        SELECT d.document, d.type, (o.columns ->> 'person_id')::bigint, d.person FROM {own}.document d
        JOIN {own}.owned_row o USING (document)
        WHERE d.content IS NOT NULL AND {condition} AND (o.columns ->> 'person_id')::bigint <> d.person"""
