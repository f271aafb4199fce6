"""History plans as one statement each.

Each source is a branch with its own predicates, order and limit, along an index of source (or person), time, document and
version; the outer query merges them. A record is branch, identity (of the table behind it), last_updated, document,
version, method, is_new, id, content and person.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..mapping.bind import Bound
from ..mapping.documents import DOCUMENT
from ..mapping.predicate import NEVER, Predicate
from ..mapping.versions import OF, VERSION
from ..omop.database import DatabaseSchema
from ..plan.history import HistoryPlan
from .identity import identity_sql
from .scope import Scope, table_name
from .statement import Arguments, Statement
from .where import Resolved, Where

_ORDER = ("last_updated", "document", "version")


def history(plan: HistoryPlan, concepts: Resolved, schema: DatabaseSchema, zone: str) -> Statement:
    """The statement of one page: at most `plan.limit + 1` records, newest first; oldest first where the place says backward."""
    args = Arguments()
    branches = [
        _branch(plan, number, Where(Scope(bound, zone), args, concepts, schema), where)
        for number, (bound, where) in enumerate(plan.branches)
        if where != NEVER
    ]
    if len(branches) == 1:
        return Statement(branches[0], tuple(args.values))
    union = "\nUNION ALL\n".join(f"({branch})" for branch in branches)
    text = f"SELECT * FROM (\n{union}\n) page\nORDER BY {_order(plan, _ORDER)}\nLIMIT {args.bind(plan.limit + 1)}"
    return Statement(text, tuple(args.values))


def _branch(plan: HistoryPlan, number: int, where: Where, predicate: Predicate) -> str:
    scope = where.scope
    conditions = [where.sql(predicate), *where.filters(), *_within(plan, where)]
    lines = (
        f"SELECT {', '.join(_columns(scope.bound, number, where))}",
        f"FROM {scope.table(VERSION)} JOIN {scope.table(DOCUMENT)} ON {scope.condition(scope.bound.source(DOCUMENT))}",
        f"WHERE {' AND '.join(conditions)}",
        f"ORDER BY {_order(plan, _keys(scope))}",
        f"LIMIT {where.args.bind(plan.limit + 1)}",
    )
    return "\n".join(lines)


def _keys(scope: Scope) -> tuple[str, ...]:
    return tuple(f"{scope.alias(VERSION)}.{name}" for name in _ORDER)


def _order(plan: HistoryPlan, keys: tuple[str, ...]) -> str:
    return ", ".join(f"{key}{'' if plan.backward else ' DESC'}" for key in keys)


def _columns(bound: Bound, number: int, where: Where) -> Iterator[str]:
    scope = where.scope
    own, document = scope.alias(VERSION), scope.alias(DOCUMENT)
    yield f"{number} AS branch"
    yield f"{identity_sql(bound, where.schema.tables.get('concept'))} AS identity"
    yield from (*_keys(scope), f"{own}.method")
    before = f"SELECT p.content IS NULL FROM {_other(scope, 'p')} AND p.version = {own}.version - 1"
    yield f"COALESCE(({before}), TRUE) AS is_new"
    yield from (f"{document}.id", f"{own}.content", f"{own}.person")


def _within(plan: HistoryPlan, where: Where) -> Iterator[str]:
    """Conditions of time, and of the place that the page begins at."""
    scope, args = where.scope, where.args
    own = scope.alias(VERSION)
    updated = f"{own}.last_updated"
    if plan.since is not None:
        yield f"{updated} >= {args.bind(plan.since)}"
    if plan.at is not None:
        low, high = plan.at
        later = f"n.version = {own}.version + 1 AND n.last_updated <= {args.bind(low)}"
        yield f"{updated} < {args.bind(high)} AND NOT EXISTS (SELECT FROM {_other(scope, 'n')} AND {later})"
    if plan.place is not None:
        place = plan.place
        there = ", ".join(args.bind(value) for value in (place.last_updated, place.document, place.version))
        yield f"({', '.join(_keys(scope))}) {'>' if place.backward else '<'} ({there})"


def _other(scope: Scope, alias: str) -> str:
    """Another version of the same document."""
    return f"{table_name(scope.bound.tables[VERSION])} {alias} WHERE {alias}.document = {scope.value(OF)}"
