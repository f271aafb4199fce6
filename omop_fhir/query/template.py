"""Searches and counts by shape: plans that differ in no more than the values that rows are compared with share one text.

The text of a shape is written once, from the plan with a placeholder in the place of each value, so that it cannot depend
on any. Clients ask the same of one patient after another, and to write a statement takes longer than to find its shape. Concepts
are no such values: how rows with a code are found depends on what the vocabulary holds of it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, MutableMapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ..mapping.expression import Column, Expression
from ..mapping.predicate import (
    Among,
    And,
    Citation,
    Cited,
    Compare,
    HasConcept,
    HasDisplay,
    Holds,
    InValueSet,
    Joined,
    Linked,
    Matches,
    Not,
    Or,
    Placeholder,
    Predicate,
    Referred,
    Value,
)
from ..omop.database import DatabaseSchema
from ..plan.search import SearchPlan
from .statement import Statement, type_of
from .where import Resolved, matched

Templates: TypeAlias = MutableMapping[Hashable, Statement]
"""By shape: statements that hold placeholders among their arguments; for one database, as long as nothing of it changes."""
Write: TypeAlias = Callable[[SearchPlan, Resolved, DatabaseSchema, str], Statement]
"""Plan, its concepts, database and the name of its time zone -> statement."""
MOST = 200
"""Values that a template takes: each has an argument of its own, equal or not, and PostgreSQL takes 32,767 in all."""
LONGEST = 30_000
"""Characters of a text that is kept: whoever may search makes as many shapes as he likes."""


def templated(
    write: Write, plan: SearchPlan, concepts: Resolved, schema: DatabaseSchema, zone: str, templates: Templates
) -> Statement:
    """The statement that `write` writes for the plan, but for the numbers of its arguments."""
    if plan.cursor and plan.sort:  # which of the sort values are missing decides what is asked
        return write(plan, concepts, schema, zone)
    shape = _Shape(range(schema.own.first, schema.own.last + 1) if schema.own else range(0), concepts)
    shape.add_plan(plan)
    if len(shape.values) > MOST:
        return write(plan, concepts, schema, zone)
    key = (write, *shape.parts)
    found = templates.get(key)
    if found is None:
        found = write(_opened_plan(plan, shape.placeholders()), concepts, schema, zone)
        if len(found.text) <= LONGEST:
            templates[key] = found
    args = tuple(shape.values[each.number] if isinstance(each, Placeholder) else each for each in found.args)
    return Statement(found.text, args)


@dataclass(slots=True)
class _Shape:
    """What the text of a plan depends on, and the values on which it does not, in the order in which they are met.

    It could be the plan with placeholders itself, but to make and to hash that takes several times as long.
    """

    ours: range
    """The keys that are ours: where such a one is asked for, other tables are looked at."""
    concepts: Resolved
    parts: list[Hashable] = field(default_factory=list)
    values: list[Value | list[int]] = field(default_factory=list)
    kinds: list[tuple[str, bool]] = field(default_factory=list)
    """Of each value its type, and whether it is a key of ours."""

    def add_plan(self, plan: SearchPlan) -> None:
        """Take in everything of a plan."""
        self.parts += (plan.limit, plan.sort)
        if plan.cursor:
            self.parts += (plan.cursor.source, plan.cursor.backward)
            self._add_value(plan.cursor.key)
        for branch in plan.branches:
            self.parts += (branch.bound, branch.order)
            self._add(branch.where)

    def placeholders(self) -> Iterator[Placeholder]:
        """What stands for the values, in their order."""
        yield from (Placeholder(number, *kind) for number, kind in enumerate(self.kinds))

    def _add(self, part: Predicate) -> None:
        match part:
            case And(parts) | Or(parts):
                self.parts += (And if isinstance(part, And) else Or, len(parts))
                for each in parts:
                    self._add(each)
            case Not(inner):
                self.parts.append(Not)
                self._add(inner)
            case Joined(alias, where):
                self.parts += (Joined, alias)
                self._add(where)
            case Linked() | Referred() | Cited():
                self._add_leading(part)
            case _:
                self._add_test(part)

    def _add_leading(self, part: Linked | Referred | Cited) -> None:
        """What leads to other rows."""
        self._add_expression(part.column)
        match part:
            case Linked(_, target, on, where):
                self.parts += (Linked, target)
                self._add_expression(on)
                self._add(where)
            case Referred(_, source, of, keys, where):
                self.parts += (Referred, source)
                self._add_expression(of)
                self._add_value(keys)
                self._add(where)
            case Cited(_, by):
                self.parts += (Cited, len(by))
                for citation in by:
                    self.parts.append(citation.source)
                    self._add_expression(citation.of)
                    self._add(citation.where)

    def _add_test(self, part: Predicate) -> None:
        """What the row itself is asked for."""
        match part:
            case Compare(left, operator, value):
                self.parts += (Compare, operator)
                self._add_expression(left)
                self._add_value(value)
            case Among(column, (first, *more) as keys):
                self.parts.append(Among)
                self._add_expression(column)
                self._add_value(tuple(keys) if more else first)
            case Matches(column, mode, text):
                self.parts += (Matches, mode)
                self._add_expression(column)
                self._add_value(matched(text, mode))
            case HasDisplay(columns, text, domain):
                self.parts += (HasDisplay, columns, domain)
                self._add_value(matched(text, "starts"))
            case Holds(column, text):
                self.parts.append(Holds)
                self._add_expression(column)
                self._add_value(text)
            case HasConcept() | InValueSet():
                self.parts += (part, self.concepts[part])
            case _:
                self.parts.append(part)

    def _add_expression(self, expression: Expression) -> None:
        """A column by its names and kind, for two of different kinds are equal."""
        if isinstance(expression, Column):
            self.parts += (expression.alias, expression.name, expression.kind)
        else:
            self.parts.append(expression)

    def _add_value(self, value: Value | tuple[int, ...]) -> None:
        kind = type_of(value), isinstance(value, int) and value in self.ours
        self.parts.append(kind)
        self.kinds.append(kind)
        self.values.append(list(value) if isinstance(value, tuple) else value)


def _opened_plan(plan: SearchPlan, placeholders: Iterator[Placeholder]) -> SearchPlan:
    """The plan with placeholders for its values, taken in the order in which a shape meets these."""
    cursor = replace(plan.cursor, key=next(placeholders)) if plan.cursor else None
    branches = tuple(replace(branch, where=_opened(branch.where, placeholders)) for branch in plan.branches)
    return replace(plan, cursor=cursor, branches=branches)


def _opened(part: Predicate, placeholders: Iterator[Placeholder]) -> Predicate:
    match part:
        case And(parts) | Or(parts):
            return type(part)(tuple(_opened(each, placeholders) for each in parts))
        case Not(inner):
            return Not(_opened(inner, placeholders))
        case Compare():
            return replace(part, value=next(placeholders))
        case Among(values=values) if values:
            return replace(part, values=next(placeholders))
        case Matches() | HasDisplay() | Holds():
            return replace(part, text=next(placeholders))
        case Joined(where=where) | Linked(where=where):
            return replace(part, where=_opened(where, placeholders))
        case Referred(where=where):
            keys = next(placeholders)
            return replace(part, keys=keys, where=_opened(where, placeholders))
        case Cited(column, by):
            return Cited(column, tuple(_opened_citation(each, placeholders) for each in by))
        case _:
            return part


def _opened_citation(citation: Citation, placeholders: Iterator[Placeholder]) -> Citation:
    return replace(citation, where=_opened(citation.where, placeholders))
