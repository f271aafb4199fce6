"""How many resources a search finds: one statement, the sum over its branches."""

from __future__ import annotations

from collections.abc import Mapping

from ..mapping.predicate import HasConcept
from ..plan.search import SearchPlan
from .select import matching
from .statement import Arguments, Statement
from .where import Where


def count(plan: SearchPlan, concepts: Mapping[HasConcept, tuple[int, ...]], zone: str) -> Statement:
    """The statement that counts; pages and limits do not matter."""
    args = Arguments()
    parts = [
        f"(SELECT count(*)\n{matching(branch, Where(branch.bound, args, concepts, zone))})"
        for branch in plan.branches
        if not branch.is_empty
    ]
    return Statement("SELECT " + " + ".join(parts), tuple(args.values))
