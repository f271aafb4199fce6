"""Documents renewed: their rows and entries made again from what was sent, under another person or key where that is due.

Documents by number enter, within a transaction; the database leaves so that rows, entries and references say what the documents
say. No version is made but where the resource itself changes, as where its patient has another id by now. Rejected with a
Problem, and nothing written: a document that no mapping can write any more, and rows that the database does not take.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ...auth.grants import ANYONE
from ...errors import Conflict, Issue, Unprocessable
from ...fhir.json import dumps, loads
from ...mapping.bind import Bound
from ...mapping.codecs.base import Loss
from ...mapping.documents import source_number
from ...omop.ddl import quote
from ...plan.criteria import Criteria
from ...plan.owned import Span
from ...plan.projection import asked, choose, project
from ...plan.search import SearchPlan
from ...plan.target import Target
from ...plan.write import JSON, Document
from ...query.statement import Statement
from ...request.links import Kind, rewrite_links
from ..facade import Facade
from ..postgresql.connections import Connection
from ..snapshot import Snapshot
from .documents import Documents, Indexed, anchor, later
from .inheritance import Made, load_held, parents_first, tell_held
from .owned import OwnedRows
from .owned import persons as lost_persons
from .rows import Rows, Wanted
from .standing import with_element
from .step import with_meta
from .targets import Key, Targets

AUTHOR = "omop-fhir reconcile"

_LOCK = """
SELECT document, source, key, type, id, version, last_updated, person, content, adopted FROM {own}.document
WHERE document = ANY ($1) AND content IS NOT NULL ORDER BY document FOR UPDATE
"""
_RENEWED = """
UPDATE {own}.document d SET key = new.key, source = new.source, version = new.version, last_updated = new.last_updated,
    person = new.person, content = new.content, fingerprint = new.fingerprint, rules = new.rules, anchor = {anchor}
FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::timestamptz[], $6::bigint[], $7::text[], $8::text[],
            $9::integer[]) AS new(document, key, source, version, last_updated, person, content, fingerprint, rules)
WHERE d.document = new.document
"""
_VERSION = """
INSERT INTO {own}.version (document, version, source, last_updated, method, author, person, content)
SELECT d.document, d.version, d.source, d.last_updated, 'PUT', $2, d.person, d.content
FROM {own}.document d WHERE d.document = ANY ($1)
"""
_ID = "UPDATE {own}.document SET key = $2, id = $3, adopted = $4 WHERE document = $1"
_ROW_KEYS = "UPDATE {own}.owned_row SET key = $3 WHERE document = $1 AND key = $2"
_ID_IN_VERSIONS = r"""
UPDATE {own}.version SET content = regexp_replace(content, '^({{"resourceType":"[A-Za-z]+","id":")[^"]+', '\1' || $2)
WHERE document = $1
"""
_REFERRING = """
SELECT DISTINCT r.document FROM {own}.reference r JOIN {own}.document d USING (document)
WHERE r.type = $1 AND r.id = ANY ($2) AND d.content IS NOT NULL AND d.document <> ALL ($3) AND (d.person = ANY ($4)) IS NOT TRUE
"""
_PERSONS = "UPDATE {own}.{table} SET person = $2 WHERE person = $1"
_KEYS = "UPDATE {own}.reference SET key = $3 WHERE target = $1 AND key = $2"
_FORGET = """
DELETE FROM {own}.owned_row o USING unnest($1::bigint[], $2::text[]) AS lost(document, part)
WHERE o.document = lost.document AND o.part = lost.part AND o."table" = $3
"""
_MOVED = """
UPDATE {own}.owned_row o SET columns = o.columns || jsonb_build_object('person_id', r.person_id::text)
FROM {own}.document d, {table} r
WHERE o.document = ANY ($1) AND d.document = o.document AND o."table" = $2 AND r.{key} = o.key AND r.person_id = d.person
  AND o.columns ? 'person_id'
"""
_FINGERPRINTS = """
UPDATE {own}.document d SET fingerprint = o.fingerprint FROM {own}.owned_row o
WHERE d.document = ANY ($1) AND o.document = d.document AND o.key = d.key AND o."table" = $2 AND d.source = $3
"""
_IS_TAKEN = "SELECT min(person_id) FROM {table} WHERE person_source_value = $1 AND person_id <> $2"


@dataclass
class Reading:
    """Reads within the transaction, for whoever resolves references."""

    facade: Facade
    snapshot: Snapshot
    connection: Connection

    async def search(self, plan: SearchPlan) -> Sequence[Any]:
        """The records of a plan."""
        return () if plan.is_empty else await self.fetch(await self.facade.search_statement(self.snapshot, plan))

    async def fetch(self, statement: Statement) -> Sequence[Any]:
        """The records of a statement."""
        records: Sequence[Any] = await self.connection.fetch(statement.text, *statement.args)
        return records


@dataclass
class _Renewed:
    """A document on its way; `changed` says that the resource is another, so that it is a new version."""

    document: Document
    resource: JSON
    target: Target
    changed: bool = False
    wanted: Wanted | None = None


@dataclass
class Renewal:
    """Renews documents in one transaction."""

    facade: Facade
    snapshot: Snapshot
    connection: Connection
    tables: Sequence[OwnedRows]
    documents: Documents = field(init=False)
    rows: Rows = field(init=False)
    targets: Targets = field(init=False)
    own: str = field(init=False)
    left: list[str] = field(default_factory=list)
    """What could not be done, in words."""
    lost: Collection[Key] = ()
    """Resources whose rows are about to go."""
    spans: list[Span] = field(default_factory=list)
    """The days that the rows which were written are about."""

    def __post_init__(self) -> None:
        own, persons = self.facade.settings.own_schema, self.snapshot.schema.tables.get("person")
        self.own, self._reading = quote(own), Reading(self.facade, self.snapshot, self.connection)
        self.documents = Documents(self.connection, own, persons)
        self.rows = Rows(self.connection, self.snapshot.schema, own, self.documents.keys)
        criteria = Criteria(self.snapshot.bounds, self.snapshot.site, ANYONE, self.facade.base)
        self.targets = Targets(criteria, self._reading.search)

    async def replay(self, documents: Sequence[int]) -> int:
        """Write rows that are gone again, and those whose keys are another's by now under new keys; how many documents."""
        found = await self._begun(documents)
        await self._written(await self._keyed(found))
        return len(found)

    async def relink(self, persons: Mapping[int, tuple[int, int]]) -> int:
        """Give documents (by number) from one person to another, with their rows; how many there were.

        The number of a person of the database is its id, so others who refer to it say so too.
        """
        found = [each for each in await self._begun(list(persons)) if each.document.person in persons[each.document.document]]
        for each in found:
            old, new = persons[each.document.document]
            each.document = replace(each.document, person=new)
            await self._sql("UPDATE {own}.document SET person = $2 WHERE document = $1", each.document.document, new)
            sql = "UPDATE {own}.version SET person = $3 WHERE document = $1 AND person = $2"
            await self._sql(sql, each.document.document, old, new)
            self._rewrite(each, "Patient", {str(old): str(new)})
            if each.document.type == "Patient" and each.document.adopted == old:
                await self._renamed(each, new, adopted=new)
        others = await self._others(dict(persons.values()), [each.document.document for each in found])
        await self._written(await self._keyed([*found, *others]))
        return len(found)

    async def _others(self, persons: Mapping[int, int], but: Sequence[int]) -> list[_Renewed]:
        """Documents about others that refer to these persons, saying their new ids.

        Where an old id is the new one of somebody else who is yet to be moved, nobody could tell which of both is meant.
        """
        person, ours = self.snapshot.schema.tables.get("person"), self._ours("Patient")
        moved = {old: new for old, new in persons.items() if old not in ours and new not in ours}
        if person is None or not moved:
            return []
        sql = f"SELECT DISTINCT person FROM ({lost_persons(person, self.own)}) x WHERE person = ANY ($1)"  # noqa: S608
        taken = {record[0] for record in await self.connection.fetch(sql, list(moved.values()))}
        known = {str(old): str(new) for old, new in moved.items() if new not in taken}
        unknown = [str(old) for old, new in moved.items() if new in taken]
        for document in await self._referring("Patient", unknown, but, list(moved)):
            self.left.append(f"the document {document} refers to a Patient whose id is another's by now, and whose new one too")
        found = await self._begun(await self._referring("Patient", list(known), but, list(moved)))
        for each in found:
            self._rewrite(each, "Patient", known)
        return found

    async def _referring(self, type: str, ids: Sequence[str], but: Sequence[int], persons: Sequence[int]) -> list[int]:
        """Documents that refer to these ids; none of `but`, and none about these persons, which have their own turn."""
        sql = _REFERRING.format(own=self.own)
        return [r[0] for r in await self.connection.fetch(sql, type, list(ids), list(but), list(persons))] if ids else []

    async def _renamed(self, each: _Renewed, key: int, adopted: int | None) -> None:
        """Give a document that was a row of the database another key, and so another id; what refers to it follows."""
        old, id = each.document, f"{each.target.bound.mapping.prefix}{key}"
        await self._sql(_ID, old.document, key, id, adopted)
        await self._sql(_ID_IN_VERSIONS, old.document, id)
        await self._sql(_KEYS, old.source, old.key, key)
        if adopted is not None:
            await self._sql(_ROW_KEYS, old.document, old.key, key)
        each.document, each.changed = replace(old, key=key, id=id, adopted=adopted), True
        each.resource = with_meta(each.resource, each.document)

    async def index(self, documents: Sequence[int]) -> int:
        """Make the entries of documents anew, and nothing else; how many there were."""
        found = await self._begun(documents)
        await self._indexed(found)
        for type in {each.document.type for each in found}:
            numbers = [each.document.document for each in found if each.document.type == type]
            sql = "UPDATE {own}.document SET rules = $2 WHERE document = ANY ($1)"
            await self._sql(sql, numbers, self.snapshot.rules(type))
        return len(found)

    async def remember(self, table: OwnedRows, documents: Sequence[int]) -> int:
        """Take rows of the table as they are for what was written, where only columns beside ours were changed; how many."""
        await self.connection.execute(table.locked(), documents)
        found = [record for record in await self.connection.fetch(table.of(), documents) if record["state"] == "beside"]
        await self._remembered(table, found)
        return len(found)

    async def accept(self, table: OwnedRows, documents: Sequence[int]) -> int:
        """Make what an ETL wrote into rows of the table new versions of their documents; how many.

        Raises Unprocessable where no element of the document shows a column that was changed.
        """
        await self.connection.execute(table.locked(), documents)
        rows = [record for record in await self.connection.fetch(table.of(), documents) if record["state"] == "changed"]
        changed: dict[int, set[tuple[str, str]]] = {}
        for row in rows:
            alias = row["part"].partition(":")[0]
            changed.setdefault(row["document"], set()).update((alias, name) for name in row["changed"])
        found = await self._begun(list(changed))
        for each in found:
            await self._merge(each, table.table.name, changed[each.document.document])
        self._renumber(found)
        await self._kept(found, await self._fingerprints(found))
        await self._indexed(found)
        await self._remembered(table, rows)
        return len(found)

    async def _remembered(self, table: OwnedRows, rows: Sequence[Any]) -> None:
        documents = [row["document"] for row in rows]
        await self.connection.execute(table.remembered(), documents, [row["part"] for row in rows])
        for bound in self._bounds():
            if bound.mapping.base.table == table.table.name:
                await self._sql(_FINGERPRINTS, documents, table.table.name, source_number(bound.mapping.name))

    async def _fingerprints(self, found: Sequence[_Renewed]) -> dict[int, str]:
        sql = f"SELECT document, fingerprint FROM {self.own}.document WHERE document = ANY ($1)"  # noqa: S608
        return dict(await self.connection.fetch(sql, [each.document.document for each in found]))

    async def _begun(self, documents: Sequence[int]) -> list[_Renewed]:
        """The documents, held. Raises Unprocessable where no mapping writes their type any more."""
        records = await self.connection.fetch(_LOCK.format(own=self.own), documents)
        return [self._renewed(Document(*record)) for record in records]

    def _renewed(self, document: Document) -> _Renewed:
        resource, targets = loads((document.content or "").encode()), self.snapshot.targets(document.type)
        if not targets:
            raise Unprocessable([Issue("not-supported", f"{document.type}/{document.id}: no mapping writes {document.type}")])
        return _Renewed(document, resource, choose(resource, targets))

    def _ours(self, type: str) -> range:
        return next((b.ours for b in self.snapshot.bounds.get(type, ()) if b.twin is None), range(0))

    def _rewrite(self, each: _Renewed, type: str, ids: Mapping[str, str]) -> None:
        """A row of the database has its key for an id: with another key, references read otherwise."""
        base, ours = f"{self.facade.base}/", self._ours(type)
        places = {
            f"{type}/{old}": f"{type}/{new}"
            for old, new in ids.items() if not ((old.isdigit() and int(old) in ours) or (new.isdigit() and int(new) in ours))
        }  # fmt: skip

        def changed(text: str, kind: Kind) -> str | None:
            return places.get(text.removeprefix(base)) if kind == "reference" else None

        fresh = rewrite_links(each.resource, changed)
        each.changed, each.resource = each.changed or fresh != each.resource, fresh

    async def _keyed(self, found: Sequence[_Renewed]) -> Sequence[_Renewed]:
        """The documents with the keys of rows that are lost forgotten, and a new one where another has theirs."""
        numbers = [each.document.document for each in found]
        for table in self.tables:
            if "person_id" in table.table.columns and table.table.name != "person":
                place = f"{quote(table.table.schema)}.{quote(table.table.name)}"
                text = _MOVED.format(own=self.own, table=place, key=quote(table.key))
                await self.connection.execute(text, numbers, table.table.name)
            lost = [r for r in await self.connection.fetch(table.of(), numbers) if r["state"] in ("gone", "another's")]
            if lost:
                await self._sql(_FORGET, [r["document"] for r in lost], [r["part"] for r in lost], table.table.name)
            taken = {r["key"] for r in lost if r["state"] == "another's"}
            for each in found:
                if table.table.name == each.target.base.table and each.document.key in taken:
                    await self._move(each)
        return found

    async def _move(self, each: _Renewed) -> None:
        """Give a document a new key; what refers to it, and what is a patient's, follows."""
        old, (new,) = each.document, await self.documents.keys(1)
        if old.adopted is not None:
            await self._renamed(each, new, adopted=None)
            each.document = replace(each.document, person=new if old.type == "Patient" else old.person)
            return
        each.document = replace(old, key=new, person=new if old.type == "Patient" else old.person)
        await self._sql("UPDATE {own}.document SET key = $2 WHERE document = $1", old.document, new)
        await self._sql(_KEYS, old.source, old.key, new)
        if old.type == "Patient":
            for table in ("document", "version"):
                await self.connection.execute(_PERSONS.format(own=self.own, table=table), old.key, new)

    async def _written(self, found: Sequence[_Renewed]) -> None:
        self._renumber(found)
        await self._projected(found)
        await self._check_persons(found)
        await self.rows.write([each.wanted for each in found if each.wanted])
        await self._kept(found, self.rows.fingerprints)
        await self._indexed(found)

    def _renumber(self, found: Iterable[_Renewed]) -> None:
        """A resource that is another than before is a new version."""
        for each in found:
            if each.changed:
                at = later(datetime.now(UTC), each.document.last_updated)
                each.document = replace(each.document, version=each.document.version + 1, last_updated=at)
                each.resource = with_meta(each.resource, each.document)
            each.document = replace(each.document, content=dumps(each.resource).decode())

    async def _projected(self, found: Sequence[_Renewed]) -> None:
        await self.targets.load([each.resource for each in found])
        self.targets.lose_rows(self.lost)
        codings = {coding for each in found for coding in asked(each.resource).codings}
        await self.snapshot.codings.load(self._reading.fetch, codings)
        zone, codes = self.snapshot.site.zone or UTC, self.snapshot.codings
        await load_held([_made(each) for each in found], self.targets, self.rows)
        for each in parents_first(found, _made):
            day, targets = each.document.last_updated.astimezone(zone).date(), self.snapshot.targets(each.document.type)
            done = project(each.resource, targets, codes, self.targets, day, each.document.key)
            if done.refused:
                raise Unprocessable([_issue(loss) for loss in done.refused])
            self.spans += [done.span] if done.span else []
            tell_held(_made(each)[0], each.target, done, self.targets)
            base, number = each.target.base.table, source_number(each.target.bound.mapping.name)
            each.document = replace(each.document, source=number)
            each.wanted = Wanted(each.document.document, each.document.key, base, done.rows)

    async def _check_persons(self, found: Sequence[_Renewed]) -> None:
        """Raises Conflict where a patient that would be written is there under another key: it would be there twice."""
        table = self.snapshot.schema.tables.get("person")
        for each in found if table else ():
            for row in each.wanted.rows if each.wanted else ():
                value = row.columns.get("person_source_value") if row.table == "person" else None
                if value is not None and table is not None:
                    sql = _IS_TAKEN.format(table=f"{quote(table.schema)}.{quote(table.name)}")
                    there = await self.connection.fetchval(sql, value, each.document.key)
                    if there is not None:
                        message = f"its person_source_value is by now that of the person {there}, and would be there twice"
                        raise Conflict(f"{each.document.type}/{each.document.id}: {message}")

    async def _kept(self, found: Sequence[_Renewed], marks: Mapping[int, str]) -> None:
        rows = [each.document for each in found]
        columns: list[list[Any]] = [
            [getattr(row, name) for row in rows]
            for name in ("document", "key", "source", "version", "last_updated", "person", "content")
        ]
        text = _RENEWED.format(own=self.own, anchor=anchor(self.snapshot.schema.tables.get("person"), "new.person"))
        rules = [self.snapshot.rules(row.type) for row in rows]
        await self.connection.execute(text, *columns, [marks.get(row.document) for row in rows], rules)
        await self._sql(_VERSION, [each.document.document for each in found if each.changed], AUTHOR)

    async def _indexed(self, found: Sequence[_Renewed]) -> None:
        await self.targets.load([each.resource for each in found])
        made = [(each, self.snapshot.index(each.document.type)(each.resource)) for each in found]
        codings = {(t.system, t.code) for _, entries in made for t in entries.tokens if t.system and t.code}
        await self.snapshot.codings.load(self._reading.fetch, codings)
        await self.documents.forget([each.document.document for each in found])
        find, target = self.snapshot.codings.find, self.targets.get
        await self.documents.index([
            Indexed(
                each.document.document, entries,
                [c.id if t.system and t.code and (c := find(t.system, t.code)) else None for t in entries.tokens],
                [to.numbers if (to := target(r.type, r.id)) else None for r in entries.references],
            )
            for each, entries in made
        ])  # fmt: skip

    async def _merge(self, each: _Renewed, table: str, changed: Collection[tuple[str, str]]) -> None:
        """The resource with the elements that changed columns feed, as the row has them now."""
        bound = self._bound(each.document)
        if not all(_is_shown(bound, table, *column) for column in changed):
            place = f"{each.document.type}/{each.document.id}"
            raise Unprocessable([Issue("conflict", f"{place}: a row was changed that no element of the document shows")])
        row = await self.facade.as_rendered(self.snapshot, bound, each.document.key)
        resource = dict(each.resource)
        for element in bound.mapping.elements.values():
            resource = with_element(bound, element, resource, row, changed)
        each.changed, each.resource = resource != each.resource, resource

    def _bounds(self) -> Iterable[Bound]:
        return (b for bounds in self.snapshot.bounds.values() for b in bounds if b.twin is None and b.ours)

    def _bound(self, document: Document) -> Bound:
        return next(bound for bound in self._bounds() if source_number(bound.mapping.name) == document.source)

    async def _sql(self, text: str, *args: Any) -> None:
        await self.connection.execute(text.format(own=self.own), *args)


def _made(each: _Renewed) -> Made:
    return (each.document.type, each.document.id), each.resource, each.target


def _issue(loss: Loss) -> Issue:
    return Issue("not-supported", loss.reason, expression=loss.expression)


def _is_shown(bound: Bound, table: str, alias: str, name: str) -> bool:
    """Does an element show this column? None shows rows that a concept led to another table than the mapping's."""
    if alias not in bound.mapping.sources or bound.source(alias).table != table:
        return False
    columns = (column for element in bound.mapping.elements.values() for column in element.codec.columns())
    return any(column.alias == alias and bound.name(column) == name for column in columns)
