"""How many resources a search finds: one statement, the sum over its branches."""

from __future__ import annotations

from ..omop.database import DatabaseSchema
from ..plan.search import Branch, SearchPlan
from .identity import identity_sql
from .scope import Scope
from .select import alternatives
from .statement import Arguments, Statement
from .where import Resolved, Where


def count(plan: SearchPlan, concepts: Resolved, schema: DatabaseSchema, zone: str) -> Statement:
    """The statement that counts; pages and limits do not matter. After the number comes the identity of each branch."""
    args = Arguments()
    parts = []
    for branch in plan.branches:
        if not branch.is_empty:
            where = Where(Scope(branch.bound, zone), args, concepts, schema)
            parts.append(f"({_counted(branch, where)})")
    vocabulary = schema.tables.get("concept")
    identities = [identity_sql(branch.bound, vocabulary) for branch in plan.branches]
    return Statement(f"SELECT {' + '.join(parts)}, {', '.join(identities)}", tuple(args.values))


def _counted(branch: Branch, where: Where) -> str:
    either = [where.rows(each, [where.sql(each)]) for each in alternatives(branch)]
    if len(either) == 1:
        return f"SELECT count(*) {either[0]}"
    keys = " UNION ".join(f"SELECT {where.scope.key} {each}" for each in either)
    return f"SELECT count(*) FROM ({keys}) found"


def estimated(plan: SearchPlan, concepts: Resolved, schema: DatabaseSchema, zone: str) -> list[Statement]:
    """For each branch a statement that finds its rows, for the planner to say how many; under one OR, for it adds nothing up."""
    statements = []
    for branch in plan.branches:
        if not branch.is_empty:
            args = Arguments()
            where = Where(Scope(branch.bound, zone), args, concepts, schema)
            text = f"SELECT {where.scope.key} {where.rows(branch.where, [where.sql(branch.where)])}"
            statements.append(Statement(text, tuple(args.values)))
    return statements
