"""The OMOP rows that documents own: made, changed and taken away, one statement a table and kind.

What documents shall own enters; the database leaves changed, and `owned_row` says so. A row that is gone, or that is another
person's by now, is never touched: Conflict. What the database does not allow is Unprocessable. Rows that documents share with
others (a location) are found by what they say, or made, and stay.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import asyncpg
import orjson

from ...errors import Conflict, Issue, Unprocessable
from ...omop.database import DatabaseSchema
from ...omop.ddl import quote
from ...plan.owned import KeyOf, OwnedRow
from ...plan.target import key_of_table
from ...query.scope import table_name
from ..postgresql.connections import Connection

Place: TypeAlias = tuple[int, str, str]
"""Document, table, and which of its rows there."""

_REFERRED = ("location", "care_site", "provider", "person", "visit_occurrence", "visit_detail")
"""Tables that others refer to, each before those that refer to it: rows come in this order and go in the other."""
_OWNED = 'SELECT document, "table", part, key, columns, fingerprint FROM {schema}.owned_row WHERE document = ANY ($1)'
_TABLES = 'SELECT DISTINCT "table" FROM {schema}.owned_row WHERE document = ANY ($1)'
_DRIFTED = """
SELECT o.document FROM {schema}.owned_row o LEFT JOIN {table} made ON made.{key} = o.key
WHERE o.document = ANY ($1) AND o."table" = $2 AND md5(made::text) IS DISTINCT FROM o.fingerprint
"""
_KEEP = """
INSERT INTO {schema}.owned_row (document, "table", part, key, columns, fingerprint)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[], $6::text[])
ON CONFLICT (document, "table", part)
DO UPDATE SET key = excluded.key, columns = excluded.columns, fingerprint = excluded.fingerprint
"""
_FORGET = """
DELETE FROM {schema}.owned_row o USING unnest($1::bigint[], $2::text[], $3::text[]) AS gone(document, "table", part)
WHERE o.document = gone.document AND o."table" = gone."table" AND o.part = gone.part
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows that a document shall own; `key` is its own, and that of its row in the table `base`."""

    document: int
    key: int
    base: str
    rows: Sequence[OwnedRow]
    is_kept: bool = False
    """Do the rows that it owns stay as they are?"""
    is_new: bool = False
    """Can it own none yet?"""


@dataclass(frozen=True, slots=True)
class _Written:
    """A row as it was written: its key, and its columns as text."""

    key: int
    columns: Mapping[str, str | None]
    fingerprint: str


@dataclass(slots=True)
class _Row:
    """A row on its way: `columns` with the keys of its siblings, `before` as it was written the last time."""

    place: Place
    row: OwnedRow
    key: int
    columns: dict[str, Any]
    before: _Written | None
    fingerprint: str = ""

    @property
    def is_written(self) -> bool:
        """Is it ours to write? Not one that is shared, nor one that is not there and that its resource says nothing new of."""
        return not self.row.shared and not (self.before is None and self.row.is_kept)

    @property
    def kept(self) -> frozenset[str]:
        """The columns that stay as they were written the last time."""
        return self.row.kept & self.before.columns.keys() if self.before else frozenset()

    def text(self, name: str) -> str | None:
        """What a column is to say, as text."""
        return self.before.columns[name] if self.before and name in self.kept else _text(self.columns[name])


@dataclass
class Rows:
    """The rows of the documents of one transaction."""

    connection: Connection
    schema: DatabaseSchema
    own_schema: str
    keys: Callable[[int], Awaitable[list[int]]]
    """Gives so many new keys."""
    fingerprints: dict[int, str] = field(default_factory=dict)
    """Document -> how its row in the base table was written."""

    async def write(self, wanted: Sequence[Wanted]) -> None:
        """Make the rows so. Raises Conflict, Unprocessable."""
        before = await self._owned([each.document for each in wanted if not each.is_new])
        for each in wanted:
            if each.is_kept:
                self._keep(each, before)
        rows = await self._keyed([each for each in wanted if not each.is_kept], before)
        there = {row.place for row in rows}
        with _understood():
            for group in sorted(_groups(row for row in rows if row.is_written), key=lambda group: _rank(group[0].row.table)):
                await self._replace(group)
            gone = sorted((place for place in before if place not in there), key=lambda place: -_rank(place[1]))
            await self._delete({place: before[place] for place in gone})
        await self._remember(rows, [place for place in before if place not in there])
        bases = {(each.document, each.base, each.key) for each in wanted}
        self.fingerprints |= {r.place[0]: r.fingerprint for r in rows if (*r.place[:2], r.key) in bases}

    async def owning(self, documents: Sequence[int]) -> set[int]:
        """Those of the documents that own rows."""
        return {place[0] for place in await self._owned(documents)}

    def _keep(self, wanted: Wanted, before: dict[Place, _Written]) -> None:
        """Leave the rows of a document alone."""
        for place in [place for place in before if place[0] == wanted.document]:
            row = before.pop(place)
            if (place[1], row.key) == (wanted.base, wanted.key):
                self.fingerprints[wanted.document] = row.fingerprint

    async def column(self, table: str, name: str, keys: Sequence[int]) -> dict[int, Any]:
        """What the rows with these keys hold in a column, by its name in CDM 5.4; it stays so until the transaction ends."""
        there, key = self.schema.tables.get(table), key_of_table(table)
        own = there.column(name) if there else None
        if there is None or own is None or key is None or not keys:
            return {}
        sql = f"SELECT {quote(key)}, {quote(own)} FROM {table_name(there)} WHERE {quote(key)} = ANY ($1)"  # noqa: S608
        sql += f" ORDER BY {quote(key)} FOR SHARE"
        return dict(await self.connection.fetch(sql, keys))

    async def drifted(self, documents: Sequence[int]) -> set[int]:
        """Those of the documents of whose rows any is not as it was written."""
        found: set[int] = set()
        owned = await self.connection.fetch(self._sql(_TABLES), documents) if documents else ()
        for name in (record[0] for record in owned if record[0] in self.schema.tables):
            key = quote(key_of_table(name) or "person_id")
            text = _DRIFTED.format(schema=quote(self.own_schema), table=table_name(self.schema.tables[name]), key=key)
            found |= {record[0] for record in await self.connection.fetch(text, documents, name)}
        return found

    async def _owned(self, documents: Sequence[int]) -> dict[Place, _Written]:
        records = await self.connection.fetch(self._sql(_OWNED), documents) if documents else ()
        return {
            (r["document"], r["table"], r["part"]): _Written(r["key"], orjson.loads(r["columns"]), r["fingerprint"])
            for r in records
        }

    async def _keyed(self, wanted: Sequence[Wanted], before: Mapping[Place, _Written]) -> list[_Row]:
        """All rows with their keys: the document's own for its first row in the base table, those they had, new ones."""
        spare = iter(await self.keys(sum(_new_keys(each, before) for each in wanted)))
        return [row for each in wanted for row in await self._rows(each, before, spare)]

    async def _rows(self, wanted: Wanted, before: Mapping[Place, _Written], spare: Iterator[int]) -> list[_Row]:
        found: list[_Row] = []
        own_is_taken = _has_own_row(wanted, before)
        for row in wanted.rows:
            place = _place(wanted, row)
            columns = {name: found[v.row].key if isinstance(v, KeyOf) else v for name, v in row.columns.items()}
            written = before.get(place)
            if row.shared:
                key = 0 if row.is_kept else await self._shared(row, columns)
            elif written is not None:
                key = written.key
            elif row.key is None:
                key = columns["person_id"]
            elif row.table == wanted.base and not own_is_taken:
                key, own_is_taken = wanted.key, True
            else:
                key = next(spare)
            found.append(_Row(place, row, key, columns, written))
        return found

    async def _shared(self, row: OwnedRow, columns: Mapping[str, Any]) -> int:
        """The key of a row that says just this, found or made."""
        table, key = self.schema.tables[row.table], quote(row.key or "")
        types = [f"${n}::{table.columns[name]}" for n, name in enumerate(columns, 1)]
        same = " AND ".join(f"{quote(name)} IS NOT DISTINCT FROM {type}" for name, type in zip(columns, types, strict=True))
        sql = f"SELECT min({key}) FROM {table_name(table)} WHERE {same}"  # noqa: S608
        with _understood():
            found: int | None = await self.connection.fetchval(sql, *columns.values())
            if found is None:
                (found,) = await self.keys(1)
                names = ", ".join(map(quote, (row.key or "", *columns)))
                last = f"${len(columns) + 1}::bigint"
                sql = f"INSERT INTO {table_name(table)} ({names}) VALUES ({', '.join((last, *types))})"  # noqa: S608
                await self.connection.execute(sql, *columns.values(), found)
        return found

    async def _delete(self, gone: Mapping[Place, _Written]) -> None:
        """Take away rows that are still the same person's; one without a key must be as it was written."""
        for (_, name, _), row in gone.items():
            table = self.schema.tables.get(name)
            if table is None:
                continue
            key = key_of_table(name)
            names = [n for n in (("person_id",) if key else row.columns) if n in row.columns]
            same = [f"{quote(n)}::text IS NOT DISTINCT FROM ${at}" for at, n in enumerate(names, 2)]
            conditions = " AND ".join((f"{quote(key or 'person_id')} = $1", *same))
            sql = f"DELETE FROM {table_name(table)} WHERE {conditions}"  # noqa: S608
            await self.connection.execute(sql, row.key, *(row.columns[n] for n in names))

    async def _replace(self, rows: Sequence[_Row]) -> None:
        """Insert or update rows of one table with the same columns."""
        fresh = [row for row in rows if row.before is None]
        known = [row for row in rows if row.before is not None]
        if rows[0].row.key is None and not rows[0].kept:
            for row in known:
                await self._delete({row.place: row.before} if row.before else {})
            fresh, known = list(rows), []
        if fresh:
            await self._insert(fresh)
        if known:
            await self._update(known)

    async def _insert(self, rows: Sequence[_Row]) -> None:
        first = rows[0].row
        table = self.schema.tables[first.table]
        own = (first.key,) if first.key else ()
        names = (*own, *first.columns, *(name for name in first.initial if name not in first.columns))
        arrays = ", ".join(f"${n}::{table.columns[name]}[]" for n, name in enumerate(names, 1))
        text = f"""INSERT INTO {table_name(table)} AS made ({", ".join(map(quote, names))})
            SELECT * FROM unnest({arrays}) RETURNING {quote(first.key or "person_id")}, md5(made::text)"""  # noqa: S608
        _mark(rows, await self.connection.fetch(text, *(_array(rows, name) for name in names)))

    async def _update(self, rows: Sequence[_Row]) -> None:
        """Set the columns of rows that are still there, and still whose they were. Raises Conflict."""
        first, kept = rows[0].row, rows[0].kept
        table, key = self.schema.tables[first.table], quote(first.key or "person_id")
        own = (first.key,) if first.key else ()
        whole = rows[0].before.columns if rows[0].before else ()
        names, anchors = (*own, *first.columns), sorted(first.anchors if first.key else whole)
        types = (*("text[]" if name in kept else f"{table.columns[name]}[]" for name in names), *("text[]" for _ in anchors))
        arrays = ", ".join(f"${n}::{type}" for n, type in enumerate(types, 1))
        listed = ", ".join((*map(quote, names), *(quote(f"was {name}") for name in anchors)))
        sets = ", ".join(
            f"{quote(name)} = new.{quote(name)}{f'::{table.columns[name]}' if name in kept else ''}" for name in first.columns
        )
        same = "".join(f" AND old.{quote(n)}::text IS NOT DISTINCT FROM new.{quote(f'was {n}')}" for n in anchors)
        text = f"""UPDATE {table_name(table)} AS old SET {sets} FROM unnest({arrays}) AS new({listed})
            WHERE old.{key} = new.{key}{"::bigint" if first.key is None else ""}{same} RETURNING old.{key}, md5(old::text)"""  # noqa: S608
        before = ([row.before.columns.get(name) if row.before else None for row in rows] for name in anchors)
        _mark(rows, await self.connection.fetch(text, *(_array(rows, name) for name in names), *before))

    async def _remember(self, rows: Sequence[_Row], gone: Sequence[Place]) -> None:
        if gone:
            await self.connection.execute(self._sql(_FORGET), *map(list, zip(*gone, strict=True)))
        rows = [row for row in rows if row.is_written]
        if rows:
            documents, tables, parts = (list(each) for each in zip(*(row.place for row in rows), strict=True))
            texts = [orjson.dumps({name: row.text(name) for name in row.columns}).decode() for row in rows]
            keys, fingerprints = [row.key for row in rows], [row.fingerprint for row in rows]
            await self.connection.execute(self._sql(_KEEP), documents, tables, parts, keys, texts, fingerprints)

    def _sql(self, text: str) -> str:
        return text.format(schema=quote(self.own_schema))


def _rank(table: str) -> int:
    return _REFERRED.index(table) if table in _REFERRED else len(_REFERRED)


def _place(wanted: Wanted, row: OwnedRow) -> Place:
    return wanted.document, row.table, f"{row.role}:{row.ordinal}"


def _has_own_row(wanted: Wanted, before: Mapping[Place, _Written]) -> bool:
    """Has a row of the base table the document's own key already?"""
    places = (_place(wanted, row) for row in wanted.rows if row.table == wanted.base)
    return any(place in before and before[place].key == wanted.key for place in places)


def _new_keys(wanted: Wanted, before: Mapping[Place, _Written]) -> int:
    """How many of the document's rows need a key that is not its own."""
    new = [row for row in wanted.rows if row.key and not row.shared and _place(wanted, row) not in before]
    takes_own = any(row.table == wanted.base for row in new) and not _has_own_row(wanted, before)
    return len(new) - takes_own


def _groups(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """Rows of one table with the same columns."""
    groups: dict[tuple[str, ...], list[_Row]] = {}
    for row in rows:
        kept = (*sorted(row.kept), "") if row.kept else ()
        groups.setdefault((row.row.table, *row.row.columns, "", *row.row.initial, "", *kept), []).append(row)
    yield from groups.values()


def _array(rows: Sequence[_Row], name: str) -> list[Any]:
    """The values of one column, the key among them."""
    if name == rows[0].row.key:
        return [row.key for row in rows]
    if name in rows[0].kept:
        return [row.text(name) for row in rows]
    return [row.columns[name] if name in row.columns else row.row.initial[name] for row in rows]


def _mark(rows: Sequence[_Row], records: Sequence[Any]) -> None:
    """Keep how each row was written. Raises Conflict where one was not found."""
    found = {record[0]: record[1] for record in records}
    for row in rows:
        if row.key not in found:
            table, key = row.row.table, row.key
            raise Conflict(f"the row {key} of {table} is gone, or another's by now: `omop-fhir reconcile` tells what to do")
        row.fingerprint = found[row.key]


def _text(value: Any) -> str | None:
    """A value as PostgreSQL's text of it."""
    if value is None:
        return None
    if isinstance(value, datetime):
        whole, dot, fraction = value.isoformat(" ").partition(".")
        return f"{whole}{dot}{fraction.rstrip('0')}"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


@contextmanager
def _understood() -> Iterator[None]:
    """Raises Unprocessable for what the database does not allow in a row."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Conflict(f"the key of a new row of {error.table_name} is taken: is the range of our keys free?") from None
    except asyncpg.IntegrityConstraintViolationError as error:
        place = ".".join(filter(None, (error.table_name, error.column_name or error.constraint_name)))
        raise Unprocessable([Issue("business-rule", f"the database does not allow this row: {place}")]) from None
    except asyncpg.InsufficientPrivilegeError as error:
        text = f"this server may not write all the rows that the resource would have: {error}"
        raise Unprocessable([Issue("not-supported", text)]) from None
    except asyncpg.DataError as error:
        raise Unprocessable([Issue("business-rule", f"a value fits no column of the database: {type(error).__name__}")]) from None
