"""Reads by key as one statement: it joins the wanted keys, each with its caller's compartment, and answers by ordinal.

Callers whose grants are more than a compartment gather among themselves: what they may see is part of their statement.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..mapping.bind import Bound
from ..mapping.predicate import ALWAYS, Predicate, columns_of
from ..omop.database import DatabaseSchema
from ..plan.read import ReadPlan
from .identity import identity_sql
from .scope import Scope
from .statement import Arguments, Statement
from .where import Resolved, Where


def coalesced(
    bound: Bound,
    schema: DatabaseSchema,
    zone: str,
    *,
    within: Predicate = ALWAYS,
    concepts: Resolved | None = None,
    adopted: bool = False,
) -> Statement:
    """A coalesced read of one mapping whose keys (`$1`) and compartment keys (`$2`, null: unbound) are still to be given.

    Of rows that are not `within`, and of those that have become documents unless `adopted`, nothing is found.

    A record is the ordinal, the identity and the mapping's columns; a wanted key that is not there has none.
    The arguments stand in selects of their own, where the planner does not count their elements: else it takes every
    plan for few keys to be worth making anew, which costs more than the read.
    """
    scope, args = Scope(bound, zone), Arguments([[], []])
    patient = bound.mapping.compartment.get("Patient")
    inside = f" OR {scope.value(patient)} = wanted.patient" if patient else ""
    conditions = [f"(wanted.patient IS NULL{inside})", *([] if adopted else scope.unadopted())]
    if within != ALWAYS:
        conditions.append(Where(scope, args, concepts or {}, schema).sql(within))
    columns = ", ".join(scope.selected(column) for column in bound.columns)
    lines = [
        f"SELECT wanted.ordinal, {identity_sql(bound, schema.tables.get('concept'))} AS identity, {columns}",
        "FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)",
        f"JOIN {scope.table(bound.mapping.base.alias)} ON {scope.key} = wanted.key",
        *scope.joins({column.alias for column in columns_of(within)}),
        f"WHERE {' AND '.join(conditions)}",
    ]
    return Statement("\n".join(lines), tuple(args.values))


def reading(statement: Statement, plans: Sequence[ReadPlan]) -> Statement:
    """A coalesced read of what these plans want."""
    return Statement(statement.text, ([plan.key for plan in plans], [plan.patient for plan in plans], *statement.args[2:]))
