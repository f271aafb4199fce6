"""Search and read plans as one statement each.

A search is the UNION ALL of its branches, each with its own predicates, ORDER BY and LIMIT n+1, merged by the outer
query; joined tables stand outside the LIMIT unless a predicate needs them. A coalesced read joins the wanted keys,
with each caller's compartment beside its key, and answers by ordinal.

Every record begins with the branch number and the identity of the tables behind it (see `identity`); the columns of
each branch follow, so that every branch has its own offset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..mapping.bind import INTEGERS, Bound
from ..mapping.model import Source
from ..mapping.predicate import Column, HasConcept, columns_of
from ..omop.database import PresentTable
from ..plan.search import Branch, SearchPlan
from .statement import Arguments, Statement, literal, quoted, selected, table_name, value_of
from .where import Where

LEADING = 2
"""Columns before those of the first branch."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same in every search of one branch: the select list, and the joins outside the LIMIT."""

    columns: str
    joins: tuple[str, ...]


Frames: TypeAlias = dict[tuple[str, int], Frame]
"""By resource type and number of the branch; for one database, that is, as long as nothing of it changes."""


def offsets(bounds: Sequence[Bound]) -> tuple[int, ...]:
    """Where the columns of each branch begin in a record."""
    result = [LEADING]
    for bound in bounds[:-1]:
        result.append(result[-1] + len(bound.columns))
    return tuple(result)


def search(
    plan: SearchPlan,
    concepts: Mapping[HasConcept, tuple[int, ...]],
    vocabulary: PresentTable | None,
    zone: str,
    frames: Frames | None = None,
) -> Statement:
    """The statement of one page: at most `plan.limit + 1` records, in order of branch and key.

    `frames` keeps what the next statement of the type can use again.
    """
    args, frames = Arguments(), {} if frames is None else frames
    selects = [
        _branch(plan, number, Where(branch.bound, args, concepts, zone), vocabulary, frames)
        for number, branch in enumerate(plan.branches)
        if not branch.is_empty
    ]
    if len(selects) == 1:
        return Statement(selects[0], tuple(args.values))
    union = "\nUNION ALL\n".join(f"({select})" for select in selects)
    limit = args.bind(plan.limit + 1)
    return Statement(f"SELECT * FROM (\n{union}\n) page\nORDER BY branch, key_\nLIMIT {limit}", tuple(args.values))


def _branch(plan: SearchPlan, number: int, where: Where, vocabulary: PresentTable | None, frames: Frames) -> str:
    branch = plan.branches[number]
    frame = frames.get((plan.type, number))
    if frame is None:
        frame = frames[plan.type, number] = _frame(plan, number, where, vocabulary)
    bound, key = branch.bound, value_of(branch.bound, branch.bound.mapping.key, where.zone)
    base = bound.mapping.base.alias
    rows = [
        f"SELECT {quoted(base)}.*",
        matching(branch, where),
        f"ORDER BY {key}",
        f"LIMIT {where.args.bind(plan.limit + 1)}",
    ]
    lines = [
        f"SELECT {frame.columns}",
        f"FROM (\n  {_indented(rows)}\n) {quoted(base)}",
        *frame.joins,
        f"ORDER BY {key}",
    ]
    return "\n".join(lines)


def _frame(plan: SearchPlan, number: int, where: Where, vocabulary: PresentTable | None) -> Frame:
    bound = plan.branches[number].bound
    columns = ", ".join(_columns(plan, number, where.zone, vocabulary))
    return Frame(columns, tuple(_join(bound, source, where) for source in bound.joins))


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(lines).replace("\n", "\n  ")


def matching(branch: Branch, where: Where) -> str:
    """FROM and WHERE of the rows of one branch, with the joined sources that its predicate needs and no others."""
    bound, base = branch.bound, branch.bound.mapping.base.alias
    needed = {column.alias for column in columns_of(branch.where)}
    conditions = [where.sql(branch.where)]
    key = value_of(bound, bound.mapping.key, where.zone)
    if branch.after is not None:
        conditions.append(f"{key} > {where.args.bind(branch.after)}")
    elif bound.mapping.key.name not in bound.tables[base].required:
        conditions.append(f"{key} IS NOT NULL")  # a row without a key has no id
    lines = [
        f"FROM {table_name(bound.tables[base])} {quoted(base)}",
        *(_join(bound, source, where) for source in bound.joins if source.alias in needed),
        f"WHERE {' AND '.join(conditions)}",
    ]
    return "\n".join(lines)


def _columns(plan: SearchPlan, number: int, zone: str, vocabulary: PresentTable | None) -> list[str]:
    """The select list of a branch: its own columns in its own places, nulls in those of the others."""
    several = len(plan.branches) > 1
    own = plan.branches[number].bound
    result = [f"{number} AS branch", f"{identity_sql(own, vocabulary)} AS identity"]
    for other, branch in enumerate(plan.branches):
        for column in branch.bound.columns:
            result.append(_column(own, column, zone) if other == number else _null(branch.bound, column))
    if several:
        result.append(f"{value_of(own, own.mapping.key, zone)} AS key_")
    return result


def _column(bound: Bound, column: Column, zone: str) -> str:
    if bound.source(column.alias).many:
        return f"{quoted(column.alias)}.{quoted(column.name)}"
    return selected(bound, column, zone)


def _null(bound: Bound, column: Column) -> str:
    type = "text"
    if column.kind == "integer":  # arrays of a union must be of one type exactly
        type = bound.type(column) if bound.type(column) in INTEGERS else "bigint"
    return f"NULL::{type}{'[]' if bound.source(column.alias).many else ''}"


def _join(bound: Bound, source: Source, where: Where) -> str:
    """The left join of a source: one row of it, the first by its order, or a list of all.

    Even by a key it takes one row at most: no constraint of the CDM is certain to hold.
    """
    alias, zone = quoted(source.alias), where.zone
    table = bound.tables[source.alias]
    on = [f"{alias}.{quoted(table.column(own) or own)} = {value_of(bound, other, zone)}" for own, other in source.join]
    on += [f"{value_of(bound, column, zone)} IN ({', '.join(map(str, ids))})" for column, ids in source.where]
    condition = " AND ".join(on)
    if source.many:
        return f"LEFT JOIN LATERAL ({_lists(bound, source, zone)} WHERE {condition}) {alias} ON TRUE"
    order = ", ".join(f"{alias}.{quoted(table.column(name) or name)}" for name in source.first)
    ordered = f" ORDER BY {order}" if order else ""
    rows = f"SELECT * FROM {table_name(table)} {alias} WHERE {condition}{ordered} LIMIT 1"
    return f"LEFT JOIN LATERAL ({rows}) {alias} ON TRUE"


def _lists(bound: Bound, source: Source, zone: str) -> str:
    """Every column of a to-many source as an array, all in one order."""
    alias, table = quoted(source.alias), bound.tables[source.alias]
    order = ", ".join(f"{alias}.{quoted(table.column(name) or name)}" for name in source.many)
    columns = [column for column in bound.columns if column.alias == source.alias]
    lists = ", ".join(f"array_agg({selected(bound, c, zone)} ORDER BY {order}) AS {quoted(c.name)}" for c in columns)
    return f"SELECT {lists} FROM {table_name(table)} {alias}"


def identity_sql(bound: Bound, vocabulary: PresentTable | None) -> str:
    """An expression that changes when the base table or the vocabulary is swapped for another.

    PostgreSQL resolves the names anew whenever a schema or table is renamed, dropped or replaced.
    """
    names = (f"{literal(table_name(table))}::regclass::oid::text" for table in _identifying(bound, vocabulary))
    return " || '/' || ".join(names)


def identity(bound: Bound, vocabulary: PresentTable | None) -> str:
    """The value of `identity_sql` in the database that the mapping was bound to."""
    return "/".join(str(table.oid) for table in _identifying(bound, vocabulary))


def _identifying(bound: Bound, vocabulary: PresentTable | None) -> tuple[PresentTable, ...]:
    return (bound.tables[bound.mapping.base.alias], *((vocabulary,) if vocabulary else ()))


def read(bound: Bound, vocabulary: PresentTable | None, zone: str) -> str:
    """The text of a coalesced read of one mapping: `$1` keys, `$2` compartment keys (null: unbound).

    A record is the ordinal, the identity and the mapping's columns; a wanted key that is not there has none.
    The arguments stand in selects of their own, where the planner does not count their elements: else it takes every
    plan for few keys to be worth making anew, which costs more than the read.
    """
    args = Arguments()
    where = Where(bound, args, {}, zone)
    base, key = bound.mapping.base.alias, value_of(bound, bound.mapping.key, zone)
    patient = bound.mapping.compartment.get("Patient")
    inside = f" OR {value_of(bound, patient, zone)} = wanted.patient" if patient else ""
    columns = ", ".join(_column(bound, column, zone) for column in bound.columns)
    lines = [
        f"SELECT wanted.ordinal, {identity_sql(bound, vocabulary)} AS identity, {columns}",
        "FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) WITH ORDINALITY AS wanted(key, patient, ordinal)",
        f"JOIN {table_name(bound.tables[base])} {quoted(base)} ON {key} = wanted.key",
        *(_join(bound, source, where) for source in bound.joins),
        f"WHERE wanted.patient IS NULL{inside}",
    ]
    return "\n".join(lines)
