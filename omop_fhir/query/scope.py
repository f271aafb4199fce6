"""Names in a statement: the tables and columns of one bound mapping, under aliases of their own.

The same mapping may stand several times in a statement (a chain from Encounter to Encounter); each time has its suffix.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..mapping.bind import INTEGERS, Bound
from ..mapping.documents import DOCUMENT, OWNED, PERSON, source_number
from ..mapping.model import Source
from ..mapping.predicate import Column
from ..omop.database import PresentTable
from ..omop.ddl import quote


def literal(text: str) -> str:
    """A string constant of our own (a table's or zone's name), never a value of a request."""
    return "'" + text.replace("'", "''") + "'"


def table_name(table: PresentTable) -> str:
    """The schema-qualified name."""
    return f"{quote(table.schema)}.{quote(table.name)}"


@dataclass(frozen=True, slots=True)
class Scope:
    """One appearance of a bound mapping. `zone` is the site's time zone by name."""

    bound: Bound
    zone: str
    suffix: str = ""

    def alias(self, name: str) -> str:
        """The SQL alias of a source."""
        return quote(name + self.suffix)

    @property
    def base(self) -> str:
        """The SQL alias of the base table."""
        return self.alias(self.bound.mapping.base.alias)

    @property
    def key(self) -> str:
        """The SQL expression of the key."""
        return self.value(self.bound.mapping.key)

    def has(self, column: Column) -> bool:
        """Does the database have the column?"""
        return self.bound.name(column) is not None

    def value(self, column: Column) -> str:
        """The SQL expression of a column as its CDM datatype, whatever the database made of it.

        An integer kept as a number is read as one where it fits; a timestamp with zone is put on the site's clock.
        """
        name, type = self.raw(column), self.bound.type(column)
        if column.kind == "integer" and type not in INTEGERS:
            return f"CASE WHEN abs({name}) < 9e18 THEN {name}::bigint END"
        if type == "timestamp with time zone":
            return f"({name} AT TIME ZONE {literal(self.zone)})"
        return name

    def raw(self, column: Column) -> str:
        """A column as the database has it."""
        return f"{self.alias(column.alias)}.{quote(self.bound.name(column) or '')}"

    def text(self, column: Column) -> str:
        """A text column as text, whatever the database made of it."""
        value = self.value(column)
        return value if self.bound.type(column) in _TEXTS else f"{value}::text"

    def selected(self, column: Column) -> str:
        """What a record holds for the column: an int, or PostgreSQL's text of it; lists for a to-many source."""
        if self.bound.source(column.alias).many:
            return f"{self.alias(column.alias)}.{quote(column.name)}"
        return self._single(column)

    def _single(self, column: Column) -> str:
        match column.kind:
            case "row":
                return f"md5({self.alias(column.alias)}::text)"
            case "elsewhere":
                return self._elsewhere()
            case "anchored":
                return f"({anchored(self.bound, self.base)})::text"
        value = self.value(column)
        return value if column.kind == "integer" else f"{value}::text"

    def _elsewhere(self) -> str:
        """Whether a document owns rows beside that of its key."""
        own, base = self.base, literal((self.bound.twin or self.bound).mapping.base.table)
        beside = f'(own_."table" <> {base} OR own_.key <> {own}.key)'
        owned = table_name(self.bound.tables[OWNED])
        return f"EXISTS (SELECT FROM {owned} own_ WHERE own_.document = {own}.document AND {beside})::text"

    def table(self, alias: str) -> str:
        """A source's table and alias, as FROM takes it."""
        return f"{table_name(self.bound.tables[alias])} {self.alias(alias)}"

    def from_base(self, needed: Collection[str] = ()) -> list[str]:
        """FROM the base table, with the left joins of the needed aliases."""
        joins = [self.join(source) for source in self.bound.joins if source.alias in needed]
        return [f"FROM {self.table(self.bound.mapping.base.alias)}", *joins]

    def joins(self, needed: Collection[str] = ()) -> list[str]:
        """The left joins of all sources that a record holds columns of, and of the needed aliases."""
        read = {*needed, *(column.alias for column in self.bound.columns)}
        return [self.join(source) for source in self.bound.joins if source.alias in read]

    def join(self, source: Source) -> str:
        """The left join of a source: one row of it, the first by its order, or a list of all.

        Even by a key it takes one row at most: no constraint of the CDM is certain to hold.
        """
        if source.many:
            rows = f"SELECT {self._lists(source)} FROM {self.table(source.alias)} WHERE {self.condition(source)}"
        else:
            order = f" ORDER BY {self._order(source, source.first)}" if source.first else ""
            rows = f"SELECT * FROM {self.table(source.alias)} WHERE {self.condition(source)}{order} LIMIT 1"
        return f"LEFT JOIN LATERAL ({rows}) {self.alias(source.alias)} ON TRUE"

    def unadopted(self) -> list[str]:
        """That the row of the base table has not become a document, where it may have."""
        if self.bound.adopted is None:
            return []
        taken = f"own_.source = {source_number(self.bound.mapping.name)} AND own_.adopted = {self.key}"
        return [f"NOT EXISTS (SELECT FROM {table_name(self.bound.adopted)} own_ WHERE {taken})"]

    def condition(self, source: Source) -> str:
        """What ties the rows of a joined source to the row that it belongs to."""
        on = [f"{self.value(Column(source.alias, own, 'key'))} = {self.value(other)}" for own, other in source.join]
        on += [f"{self.value(column)} IN ({', '.join(map(str, ids))})" for column, ids in source.where]
        return " AND ".join(on)

    def _order(self, source: Source, columns: Collection[str]) -> str:
        table = self.bound.tables[source.alias]
        names = (table.column(name) or name for name in columns)
        return ", ".join(f"{self.alias(source.alias)}.{quote(name)}" for name in names)

    def _lists(self, source: Source) -> str:
        """Every column of a to-many source as an array, all in one order."""
        order = self._order(source, source.many)
        columns = [column for column in self.bound.columns if column.alias == source.alias]
        return ", ".join(f"array_agg({self._single(c)} ORDER BY {order}) AS {quote(c.name)}" for c in columns)


def anchored(bound: Bound, own: str) -> str:
    """Whether the person of a document is who it was when the document was written, as far as that can be told.

    `bound` is a source of documents, `own` the SQL alias of the document. A person that is a document itself is known by that.
    """
    if PERSON not in bound.tables:
        return "TRUE"
    now = f"SELECT min(p_.person_source_value) FROM {table_name(bound.tables[PERSON])} p_ WHERE p_.person_id = {own}.person"
    taken = f"p_.adopted = {own}.person AND p_.type = 'Patient'"
    adopted = f"EXISTS (SELECT FROM {table_name(bound.tables[DOCUMENT])} p_ WHERE {taken})"
    known = f"{own}.anchor IS NULL OR {own}.person BETWEEN {bound.ours.start} AND {bound.ours.stop - 1}"
    return f"CASE WHEN {known} THEN TRUE ELSE {own}.anchor IS NOT DISTINCT FROM ({now}) OR {adopted} END"


_TEXTS = frozenset({"text", "character varying", "character"})
