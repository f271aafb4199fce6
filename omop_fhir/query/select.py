"""Search plans as one statement each.

A search is the UNION ALL of its branches, one for each source, each with its own predicates, ORDER BY and LIMIT n+1,
merged by the outer query; joined tables stand outside the LIMIT unless a predicate or a sort needs them. Behind a
cursor a branch falls into disjuncts, one for each way in which a row can come later, each with its own ORDER BY and LIMIT,
the next one asked only where those before did not fill the page. There is no OR across keys and no OFFSET.

A record of a search begins with the branch number, the identity of the tables behind it (see `identity`) and the sort
values as text; the columns of each branch follow, so that every branch has its own offset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..mapping.bind import INTEGERS, Bound
from ..mapping.expression import Column
from ..mapping.predicate import Or, Predicate, all_of, columns_of, conjuncts, expression_columns, is_link
from ..omop.database import DatabaseSchema, PresentTable
from ..omop.ddl import quote
from ..plan.search import Branch, SearchPlan
from .code_page import code_page
from .disjunct import Disjunct, disjuncts
from .identity import identity_sql
from .scope import Scope
from .sort_value import sort_value
from .statement import Arguments, Statement
from .where import Resolved, Where

LEADING = 2
"""Columns before the sort values."""


def offsets(bounds: Sequence[Bound], sorts: int) -> tuple[int, ...]:
    """Where the columns of each branch begin in a record with so many sort values."""
    result = [LEADING + sorts]
    for bound in bounds[:-1]:
        result.append(result[-1] + len(bound.columns))
    return tuple(result)


def search(plan: SearchPlan, concepts: Resolved, schema: DatabaseSchema, zone: str) -> Statement:
    """The statement of one page: at most `plan.limit + 1` records, in order; backwards where the cursor says so."""
    args = Arguments()
    numbers = [n for n, branch in enumerate(plan.branches) if not branch.is_empty and disjuncts(plan, n)]
    selects: dict[str, str] = {}
    for number in reversed(numbers) if plan.backward else numbers:
        where = Where(Scope(plan.branches[number].bound, zone), args, concepts, schema)
        before = () if plan.sort else tuple(selects)
        selects[quote(f"branch{number}")] = _Select(plan, number, where, before).sql()
    if not selects:
        return Statement("SELECT 0 AS branch WHERE FALSE", ())
    if len(plan.branches) == 1:
        return Statement(next(iter(selects.values())), tuple(args.values))
    return Statement(_merged(plan, selects, args), tuple(args.values))


def _merged(plan: SearchPlan, selects: Mapping[str, str], args: Arguments) -> str:
    """The branches as one list, in the order of all.

    Without a sort a branch is named, so that those after it are asked only where it does not fill the page.
    """
    sorts = len(plan.sort)
    columns = sum(len(branch.bound.columns) for branch in plan.branches)
    shown = ["branch", "identity", *(f"s{n}_::text" for n in range(sorts)), *(f"c{n}_" for n in range(columns))]
    gated = not plan.sort and len(selects) > 1
    named = ",\n".join(f"{name} AS (\n{select}\n)" for name, select in selects.items())
    parts = [f"SELECT * FROM {name}" for name in selects] if gated else [f"({each})" for each in selects.values()]
    union = "\nUNION ALL\n".join(parts)
    # A bare name would mean the text that is selected, not the value.
    words = [_direction(f"page.s{n}_", ordering.descending, plan.backward) for n, ordering in enumerate(plan.sort)]
    words.append(f"branch{' DESC' if plan.backward else ''}")
    words.append(_key_direction("key_", plan))
    limit = args.bind(plan.limit + 1)
    head = f"WITH {named}\n" if gated else ""
    return f"{head}SELECT {', '.join(shown)} FROM (\n{union}\n) page\nORDER BY {', '.join(words)}\nLIMIT {limit}"


def _direction(value: str, descending: bool, backward: bool) -> str:
    """ORDER BY of one sort value: what is missing comes last, and going backward first."""
    return f"{value}{' DESC' if descending != backward else ''} NULLS {'FIRST' if backward else 'LAST'}"


def _key_direction(key: str, plan: SearchPlan) -> str:
    return f"{key}{' DESC' if plan.key_descending != plan.backward else ''}"


class _Select:
    """Writes one branch; `before` names those that must not have filled the page."""

    def __init__(self, plan: SearchPlan, number: int, where: Where, before: Sequence[str]) -> None:
        self.before = before
        self.plan = plan
        self.number = number
        self.branch: Branch = plan.branches[number]
        self.where = where
        self.scope = where.scope

    def sql(self) -> str:
        """The branch as a statement."""
        rows, before = self._rows(disjuncts(self.plan, self.number))
        lines = [
            *before,
            f"SELECT {', '.join(self._columns(several=len(self.plan.branches) > 1))}",
            f"FROM (\n  {_indented(rows)}\n) {self.scope.base}",
            *self.scope.joins(),
            f"ORDER BY {self._order(outer=True)}",
        ]
        return "\n".join(lines)

    def _rows(self, parts: Sequence[Disjunct]) -> tuple[list[str], list[str]]:
        """The wanted rows of the base table: the only disjunct, or all of them, each named before and gated."""
        if len(parts) == 1:
            return self._disjunct(parts[0], self.before), []
        names = [quote(f"part{self.number}_{n}") for n in range(len(parts))]
        named = [
            f"{name} AS (\n  {_indented(self._disjunct(part, names[:n]))}\n)"
            for n, (name, part) in enumerate(zip(names, parts, strict=True))
        ]
        union = " UNION ALL ".join(f"SELECT * FROM {name}" for name in names)
        order, limit = self._order(outer=True, alias="rows_"), self._limit()
        return [f"SELECT * FROM ({union}) rows_ ORDER BY {order} LIMIT {limit}"], ["WITH " + ",\n".join(named)]

    def _limit(self) -> str:
        return self.where.args.bind(self.plan.limit + 1)

    def _disjunct(self, part: Disjunct, earlier: Sequence[str]) -> list[str]:
        cursor, gates = part.sql(self.where, self.branch.order, self.plan), self._gates(earlier)
        page = code_page(self.branch, self.where)
        if page:
            return page.rows((*self.where.filters(), *cursor), gates, _key_direction("", self.plan), self._limit())
        either = [self._found(where, cursor, gates) for where in alternatives(self.branch)]
        return either[0] if len(either) == 1 else self._united(either)

    def _united(self, either: Sequence[Sequence[str]]) -> list[str]:
        """The rows of several queries, each in order and limited: one row may be found by more than one."""
        union = "\n  UNION ALL\n".join(f"  ({_indented(lines)})" for lines in either)
        key = f"rows_.{quote(self.scope.bound.name(self.scope.bound.mapping.key) or '')}"
        distinct = ", ".join((*(f"rows_.s{n}_" for n in range(len(self.branch.order))), key))
        order = self._order(outer=True, alias="rows_")
        head = f"SELECT DISTINCT ON ({distinct}) rows_.* FROM (\n{union}\n) rows_"
        return [head, f"ORDER BY {order}", f"LIMIT {self._limit()}"]

    def _found(self, predicate: Predicate, cursor: Sequence[str], gates: Sequence[str]) -> list[str]:
        conditions = [self.where.sql(predicate), *self.where.filters(), *cursor, *gates]
        sorts = [f"{self._sort_value(n)} AS s{n}_" for n in range(len(self.branch.order))]
        return [
            f"SELECT {', '.join((f'{self.scope.base}.*', *sorts))}",
            *self.scope.from_base(needed_aliases(self.branch)),
            f"WHERE {' AND '.join(conditions)}",
            f"ORDER BY {self._order(outer=False)}",
            f"LIMIT {self._limit()}",
        ]

    def _gates(self, earlier: Sequence[str]) -> list[str]:
        """Holds where those before did not fill the page."""
        counts = " + ".join(f"(SELECT count(*) FROM {name})" for name in earlier)
        return [f"{counts} < {self._limit()}"] if earlier else []

    def _sort_value(self, number: int) -> str:
        return sort_value(self.where, self.branch.order[number])

    def _order(self, *, outer: bool, alias: str | None = None) -> str:
        words = [
            _direction(
                f"{alias or self.scope.base}.s{n}_" if outer else self._sort_value(n), o.descending, self.plan.backward
            )
            for n, o in enumerate(self.branch.order)
        ]
        key = f"{alias}.{quote(self.scope.bound.name(self.scope.bound.mapping.key) or '')}" if alias else self.scope.key
        return ", ".join((*words, _key_direction(key, self.plan)))

    def _columns(self, several: bool) -> list[str]:
        """The select list: own columns in their places, nulls in those of the other branches."""
        result = [f"{self.number} AS branch", f"{identity_sql(self.branch.bound, self._vocabulary)} AS identity"]
        cast = "" if several else "::text"
        result += [f"{self.scope.base}.s{n}_{cast} AS s{n}_" for n in range(len(self.branch.order))]
        place = 0
        for other, branch in enumerate(self.plan.branches):
            for column in branch.bound.columns:
                value = self.scope.selected(column) if other == self.number else _null(branch.bound, column)
                result.append(f"{value} AS c{place}_" if several else value)
                place += 1
        return [*result, f"{self.scope.key} AS key_"] if several else result

    @property
    def _vocabulary(self) -> PresentTable | None:
        return self.where.schema.tables.get("concept")


def alternatives(branch: Branch) -> tuple[Predicate, ...]:
    """The predicate as several, any of which a row must fulfil, where rows are found by what one of several sources links to.

    PostgreSQL begins with the linked rows where these are few, or looks them up where they are many; under OR it does neither.
    What is bound to a key is found by that.
    """
    parts = conjuncts(branch.where)
    either = next((part for part in parts if isinstance(part, Or) and is_link(part)), None)
    if either is None or branch.is_keyed:
        return (branch.where,)
    rest = tuple(part for part in parts if part is not either)
    return tuple(all_of((each, *rest)) for each in either.parts)


def needed_aliases(branch: Branch) -> set[str]:
    """The aliases that the predicate and the order of a branch read."""
    ordered = (c for o in branch.order if o.expression for c in expression_columns(o.expression))
    return {column.alias for column in (*columns_of(branch.where), *ordered)}


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(lines).replace("\n", "\n  ")


def _null(bound: Bound, column: Column) -> str:
    type = "text"
    if column.kind == "integer":  # arrays of a union must be of one type exactly
        type = bound.type(column) if bound.type(column) in INTEGERS else "bigint"
    return f"NULL::{type}{'[]' if bound.source(column.alias).many else ''}"
