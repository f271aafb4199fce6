"""Reads by key as one statement: it joins the wanted keys, each with its caller's compartment, and answers by ordinal."""

from __future__ import annotations

from ..mapping.bind import Bound
from ..omop.database import PresentTable
from .identity import identity_sql
from .scope import Scope


def coalesced(bound: Bound, vocabulary: PresentTable | None, zone: str, *, adopted: bool = False) -> str:
    """The text of a coalesced read of one mapping: `$1` keys, `$2` compartment keys (null: unbound).

    Rows that have become documents are left out unless `adopted`.

    A record is the ordinal, the identity and the mapping's columns; a wanted key that is not there has none.
    The arguments stand in selects of their own, where the planner does not count their elements: else it takes every
    plan for few keys to be worth making anew, which costs more than the read.
    """
    scope = Scope(bound, zone)
    patient = bound.mapping.compartment.get("Patient")
    inside = f" OR {scope.value(patient)} = wanted.patient" if patient else ""
    within, taken = f"wanted.patient IS NULL{inside}", [] if adopted else scope.unadopted()
    columns = ", ".join(scope.selected(column) for column in bound.columns)
    lines = [
        f"SELECT wanted.ordinal, {identity_sql(bound, vocabulary)} AS identity, {columns}",
        "FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)",
        f"JOIN {scope.table(bound.mapping.base.alias)} ON {scope.key} = wanted.key",
        *scope.joins(),
        f"WHERE {f'({within}) AND {taken[0]}' if taken else within}",
    ]
    return "\n".join(lines)
