"""Which indexes the statements of some bound mappings can use, and what each is for; pure.

Bound mappings enter; `Want`s leave, one for each table and columns, and for dates (which are computed of two columns) indexes
of the computed value. A parameter that has few values (a status) is named with that reason instead.
https://ohdsi.github.io/CommonDataModel/cdm54.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..fhir.values import DateValue, ReferenceValue, SearchValue, Token
from ..mapping.bind import Bound
from ..mapping.expression import Until
from ..mapping.model import Parameter, Source
from ..mapping.predicate import ALWAYS, And, Column, Compare, HasConcept, Or, Predicate
from ..mapping.site import Site
from ..omop.cdm import TABLES, standard_indexes
from ..omop.database import DatabaseSchema, Index, PresentTable
from ..omop.ddl import quote
from ..plan.everything import date_parameter
from ..plan.order import plan_order
from ..plan.search import Branch
from ..request.search import SortKey
from .ordering import PREFIX, OrderIndex, order_index, range_index
from .scope import table_name

_NAME_LIMIT = 63
_SHORT = 50_000
"""Rows that are read through in a few milliseconds."""
_SAMPLES: Mapping[str, SearchValue] = {
    "token": Token(None, "1"),
    "reference": ReferenceValue(None, "1"),
    "date": DateValue("ge", datetime(2020, 1, 1), datetime(2020, 1, 2)),
}


@dataclass(frozen=True, slots=True)
class Want:
    """Columns of a table that statements look rows up by."""

    table: PresentTable
    columns: tuple[str, ...]
    """As this database names them."""
    purposes: tuple[str, ...]
    """`Procedure?patient`, `Patient/[id]`, `death of Patient`."""
    unique: bool = False

    @property
    def index(self) -> Index | None:
        """The index that serves: a valid btree index over all rows that begins with the columns."""
        found = (index for index in self.table.indexes if _serves(index, self.columns))
        return next(found, None)

    @property
    def standard(self) -> str | None:
        """The name of the index in OHDSI's DDL, if that has it; a primary key's is `xpk_` and the table."""
        if self.table.name in TABLES and self.columns == (TABLES[self.table.name].primary_key,):
            return f"xpk_{self.table.name}"
        named = (i.name for i in standard_indexes() if i.table == self.table.name and i.columns == self.columns)
        return next(named, None)

    @property
    def name(self) -> str:
        """The name that it gets: OHDSI's, or one that begins with our own prefix."""
        return self.standard or f"{PREFIX}{self.table.name}_{'_'.join(self.columns)}"[:_NAME_LIMIT]

    @property
    def sql(self) -> str:
        """The statement that makes it, without locking out writers."""
        columns = ", ".join(quote(column) for column in self.columns)
        unique = "UNIQUE " if self.unique else ""
        return f"CREATE {unique}INDEX CONCURRENTLY {quote(self.name)} ON {table_name(self.table)} ({columns});"


def _serves(index: Index, columns: tuple[str, ...]) -> bool:
    usable = index.valid and index.method == "btree" and index.predicate is None
    return usable and index.columns[: len(columns)] == columns


@dataclass(frozen=True, slots=True)
class NoWant:
    """A search parameter that no plain index helps, and why."""

    purpose: str
    reason: str


def wants(bounds: Iterable[Bound], site: Site) -> tuple[tuple[Want, ...], tuple[NoWant, ...]]:
    """What the bound mappings look rows up by, and the parameters that no index helps."""
    bounds = tuple(bounds)
    merged: dict[tuple[str, tuple[str, ...]], Want] = {}
    for want in (want for bound in bounds for want in _of(bound, site)):
        known = merged.setdefault((want.table.name, want.columns), want)
        purposes = tuple(dict.fromkeys((*known.purposes, *want.purposes)))
        merged[want.table.name, want.columns] = Want(known.table, known.columns, purposes, known.unique or want.unique)
    return tuple(merged.values()), tuple(none for bound in bounds for none in _without(bound, site))


def _of(bound: Bound, site: Site) -> Iterator[Want]:
    mapping = bound.mapping
    yield from _want(bound, (mapping.key,), f"{mapping.resource}/[id]", unique=True)
    for type, column in mapping.compartment.items():
        yield from _want(bound, (column,), f"{type} compartment of {mapping.resource}")
    for source in bound.joins:
        yield from _join(bound, source)
    for code, parameter in bound.search.items():
        for columns in dict.fromkeys(_looked_up(parameter, bound, site)):
            yield from _want(bound, columns, f"{mapping.resource}?{code}")


def _join(bound: Bound, source: Source) -> Iterator[Want]:
    """The most telling column of a join is the one to have an index: a key rather than a person."""
    names = [own for own, _ in source.join]
    best = next((name for name in names if name != "person_id"), names[0])
    yield from _want(bound, (Column(source.alias, best),), f"{source.alias} of {bound.mapping.resource}")


def _want(bound: Bound, columns: Sequence[Column], purpose: str, *, unique: bool = False) -> Iterator[Want]:
    names = tuple(bound.name(column) for column in columns)
    known = tuple(name for name in names if name is not None)
    if len(known) == len(names):
        yield Want(bound.tables[columns[0].alias], known, (purpose,), unique)


def _predicate(parameter: Parameter, site: Site) -> Predicate:
    sample = _SAMPLES.get(parameter.definition.type, _SAMPLES["token"])
    return parameter.codec.search(sample, site)


def _looked_up(parameter: Parameter, bound: Bound, site: Site) -> Iterator[tuple[Column, ...]]:
    """The columns by which a parameter finds rows; a date is compared as a range, which these do not narrow."""
    if parameter.definition.type != "date":
        yield from telling_columns(_predicate(parameter, site), bound.mapping.key)


def telling_columns(predicate: Predicate, key: Column) -> Iterator[tuple[Column, ...]]:
    """The columns that a predicate compares as they are; one of codes with the key behind it, so that a page is read along."""
    match predicate:
        case And(parts) | Or(parts):
            for part in parts:
                yield from telling_columns(part, key)
        case HasConcept(columns=columns):
            yield from ((column, key) if column.alias == key.alias else (column,) for column in columns)
        case Compare(left=Column() as column, operator="="):
            yield (column,)


def _without(bound: Bound, site: Site) -> Iterator[NoWant]:
    for code, parameter in bound.search.items():
        if parameter.definition.type != "date" and not any(_looked_up(parameter, bound, site)):
            yield NoWant(f"{bound.mapping.resource}?{code}", "few values")


def order_wants(
    bounds: Iterable[Bound], site: Site, schema: DatabaseSchema, zone: str, limit: int
) -> Iterator[tuple[str, OrderIndex]]:
    """The indexes by which dates find and order rows, in tables of more than a few rows; `limit` may lower that number.

    What happened to patients is ordered backwards too: the latest first.
    """
    for bound in bounds:
        rows = bound.tables[bound.mapping.base.alias].row_estimate or 0
        if rows <= min(limit, _SHORT):
            continue
        yield from _ranges(bound, site, schema, zone)
        code = date_parameter(bound) if "Patient" in bound.mapping.compartment else None
        if code is not None:
            key = SortKey(code, descending=True)
            branch = Branch(bound, ALWAYS, plan_order((key,), (bound,), site)[0])
            if (index := order_index(branch, (key,), schema, zone)) is not None:
                yield f"{bound.mapping.resource}?_sort=-{code}", index


def _ranges(bound: Bound, site: Site, schema: DatabaseSchema, zone: str) -> Iterator[tuple[str, OrderIndex]]:
    """The indexes of the values that dates are compared by: where they start and, of periods, where they end."""
    for code, parameter in bound.search.items():
        values = (parameter.codec.order(site), *untils(_predicate(parameter, site)))
        for value in values if parameter.definition.type == "date" else ():
            words = code.replace("-", "_") + ("_until" if isinstance(value, Until) else "")
            index = range_index(bound, value, words, schema, zone) if value is not None else None
            if index is not None:
                yield f"{bound.mapping.resource}?{code}", index


def untils(predicate: Predicate) -> Iterator[Until]:
    """The ends of periods that a predicate compares."""
    match predicate:
        case And(parts) | Or(parts):
            yield from dict.fromkeys(until for part in parts for until in untils(part))
        case Compare(left=Until() as until):
            yield until


def vocabulary_wants(concept: PresentTable | None, ancestor: PresentTable | None) -> Iterator[Want]:
    """What every search by code and every rendered concept looks up."""
    if concept is not None:
        yield Want(concept, ("concept_id",), ("every coding",), unique=True)
        yield Want(concept, ("concept_code",), ("every search by code",))
    if ancestor is not None:
        yield Want(ancestor, ("ancestor_concept_id",), ("code tables that roll up",))
