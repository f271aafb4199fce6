"""How many resources a search finds: one statement, the sum over its branches."""

from __future__ import annotations

from ..omop.database import DatabaseSchema
from ..plan.search import SearchPlan
from .scope import Scope
from .statement import Arguments, Statement
from .where import Resolved, Where


def count(plan: SearchPlan, concepts: Resolved, schema: DatabaseSchema, zone: str) -> Statement:
    """The statement that counts; pages and limits do not matter."""
    args = Arguments()
    parts = []
    for branch in plan.branches:
        if not branch.is_empty:
            where = Where(Scope(branch.bound, zone), args, concepts, schema)
            parts.append(f"(SELECT count(*) {where.rows(branch.where, [where.sql(branch.where)])})")
    return Statement("SELECT " + "\n + ".join(parts), tuple(args.values))


def rows(plan: SearchPlan, concepts: Resolved, schema: DatabaseSchema, zone: str) -> list[Statement]:
    """For each branch the statement that finds its rows, for the planner to estimate."""
    statements = []
    for branch in plan.branches:
        if not branch.is_empty:
            args = Arguments()
            where = Where(Scope(branch.bound, zone), args, concepts, schema)
            text = f"SELECT {where.scope.key} {where.rows(branch.where, [where.sql(branch.where)])}"
            statements.append(Statement(text, tuple(args.values)))
    return statements
