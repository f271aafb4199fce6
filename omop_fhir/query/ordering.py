"""Orders of whole tables: which index serves one, and which order is refused for want of it.

A `SearchPlan` enters; nothing leaves but the certainty that each order is bound to a patient, narrowed by a predicate,
short, or served by an index. Rejected with TooCostly, naming the statement that makes the index.
https://www.postgresql.org/docs/current/indexes-ordering.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from ..errors import TooCostly
from ..mapping.bind import Bound
from ..mapping.expression import Column, Expression, Instant
from ..mapping.predicate import (
    Among,
    Cited,
    Compare,
    HasConcept,
    Holds,
    InValueSet,
    Joined,
    Linked,
    Matches,
    Predicate,
    Referred,
    conjuncts,
    expression_columns,
)
from ..omop.database import DatabaseSchema, Index, PresentTable
from ..omop.ddl import quote
from ..plan.order import Ordering, sort_type
from ..plan.search import Branch, SearchPlan
from ..request.search import SortKey
from .scope import Scope, table_name
from .sort_value import sort_value
from .statement import Arguments
from .where import Where

PREFIX = "omop_fhir_"
"""What the names of all our indexes begin with."""
_NAME_LIMIT = 63
_SELECTIVE = (Among, HasConcept, Holds, InValueSet, Joined, Linked, Matches, Referred, Cited)


@dataclass(frozen=True, slots=True)
class OrderIndex:
    """The index that rows of a table could be read along in an order."""

    table: PresentTable
    name: str
    terms: tuple[str, ...]

    @property
    def sql(self) -> str:
        """The statement that makes it, without locking out writers."""
        terms = ", ".join(self.terms)
        return f"CREATE INDEX CONCURRENTLY {quote(self.name)} ON {table_name(self.table)} ({terms});"

    @property
    def is_there(self) -> bool:
        """Has the database this index, by its name (which depends on all that it is), and ready for use?"""
        return any(index.name == self.name and index.valid for index in self.table.indexes)


def order_index(branch: Branch, sort: Sequence[SortKey], schema: DatabaseSchema, zone: str) -> OrderIndex | None:
    """The index that would serve the order of a branch; None where no index can (values of other tables)."""
    where = Where(Scope(branch.bound, zone), Arguments(), {}, schema)
    base = branch.bound.mapping.base.alias
    terms = [_term(where, ordering, base) for ordering in branch.order if not ordering.is_constant]
    table = branch.bound.tables[base]
    known = [term for term in terms if term is not None]
    if table.is_view or not terms or len(known) < len(terms):
        return None
    own = quote(branch.bound.name(branch.bound.mapping.key) or "")
    words = "_".join(f"{key.code.strip('_').replace('-', '_')}{'_desc' if key.descending else ''}" for key in sort)
    return _named(table, (*known, f"{own}{' DESC' if branch.order[-1].descending else ''}"), words)


def range_index(bound: Bound, expression: Expression, words: str, schema: DatabaseSchema, zone: str) -> OrderIndex | None:
    """The index that finds rows of a table, the base or a joined one, by a range of a value; None for one of several tables."""
    aliases = {column.alias for column in expression_columns(expression)}
    alias, base = min(aliases), bound.mapping.base.alias
    table = bound.tables.get(alias)
    ordering = Ordering(expression, False, sort_type(expression))
    term = _term(Where(Scope(bound, zone), Arguments(), {}, schema), ordering, alias) if table else None
    if table is None or table.is_view or term is None:
        return None
    key = (quote(bound.name(bound.mapping.key) or ""),) if alias == base else ()
    return _named(table, (term, *key), words)


def _named(table: PresentTable, terms: tuple[str, ...], words: str) -> OrderIndex:
    mark = sha256(", ".join(terms).encode()).hexdigest()[:8]
    return OrderIndex(table, f"{PREFIX}{table.name}_{words}"[: _NAME_LIMIT - 9] + f"_{mark}", terms)


def _term(where: Where, ordering: Ordering, alias: str) -> str | None:
    """A sort value as a term of an index; None where it needs a look at another table, or an argument."""
    if ordering.expression is None or {c.alias for c in expression_columns(ordering.expression)} != {alias}:
        return None
    value = sort_value(where, ordering)
    if where.args.values or "SELECT" in value:
        return None
    plain = value.replace(f"{where.scope.alias(alias)}.", "")
    return f"({plain}){' DESC NULLS LAST' if ordering.descending else ''}"


def check_sort(plan: SearchPlan, limit: int, schema: DatabaseSchema, zone: str) -> None:
    """Raises TooCostly where a table of more than `limit` rows would be ordered as a whole, and no index serves."""
    for branch in plan.branches:
        if _is_global(branch) and (rows := _rows(branch)) > limit and not _is_served(plan, branch, schema, zone):
            raise _refusal(plan, branch, schema, zone, f"it would order about {rows:,} rows")


def too_costly(plan: SearchPlan, schema: DatabaseSchema, zone: str) -> TooCostly | None:
    """The refusal of an ordered search that ran into the time limit; None where its order is not to blame."""
    for branch in plan.branches:
        ordered = any(not ordering.is_constant for ordering in branch.order)
        if ordered and not branch.is_empty and not branch.is_keyed and not _is_served(plan, branch, schema, zone):
            return _refusal(plan, branch, schema, zone, "it ran into the time limit")
    return None


def _refusal(plan: SearchPlan, branch: Branch, schema: DatabaseSchema, zone: str, why: str) -> TooCostly:
    sort = ",".join(f"{'-' if key.descending else ''}{key.code}" for key in plan.sort)
    index = order_index(branch, plan.sort, schema, zone)
    help = f"this index would serve it: {index.sql}" if index else "no index can serve it"
    message = f"`_sort={sort}` of {branch.bound.mapping.resource}: {why}; search within a patient, or narrow; {help}"
    return TooCostly(message, expression="http._sort")


def _is_global(branch: Branch) -> bool:
    ordered = any(not ordering.is_constant for ordering in branch.order)
    return ordered and not branch.is_empty and not branch.is_keyed and not _is_narrow(branch.where)


def _is_narrow(where: Predicate) -> bool:
    """May an index find the rows? Then there may be few to order, and the time limit is bound enough."""
    return any(isinstance(part, _SELECTIVE) or _is_equality(part) for part in conjuncts(where))


def _is_equality(part: Predicate) -> bool:
    return isinstance(part, Compare) and part.operator == "=" and isinstance(part.left, Column)


def _rows(branch: Branch) -> int:
    return branch.bound.tables[branch.bound.mapping.base.alias].row_estimate or 0


def _is_served(plan: SearchPlan, branch: Branch, schema: DatabaseSchema, zone: str) -> bool:
    """Is there an index along the whole order, or along its first rule (the rest is then ordered bit by bit)?"""
    first = next(n for n, ordering in enumerate(branch.order) if not ordering.is_constant)
    if _along_column(branch, branch.order[first]):
        return True
    alone = Branch(branch.bound, branch.where, (branch.order[first],))
    tries = ((branch, plan.sort), (alone, (plan.sort[first],)))
    return any(index.is_there for each, sort in tries if (index := order_index(each, sort, schema, zone)))


def _along_column(branch: Branch, ordering: Ordering) -> bool:
    """Does a plain index give the order of a column? Its nulls stand last in either direction, unless there are none."""
    match ordering.expression:
        case Instant(Column() as column):
            before: tuple[str, ...] = ("source",)  # one for all documents of a type
        case Column() as column if ordering.type != "text":
            before = ()
        case _:
            return False
    table = branch.bound.tables[column.alias]
    name = branch.bound.name(column) or ""
    return column.alias == branch.bound.mapping.base.alias and any(
        _gives(index, (*before, name), ordering.descending, name not in table.required) for index in table.indexes
    )


def _gives(index: Index, columns: tuple[str, ...], descending: bool, needs_nulls: bool) -> bool:
    """Does the index give the order of the last of its first columns?"""
    last = len(columns) - 1
    if not index.valid or index.method != "btree" or index.predicate is not None or index.columns[: last + 1] != columns:
        return False
    forward = index.descending[last] == descending
    nulls_last = index.nulls_first[last] != forward
    return nulls_last or not needs_nulls
