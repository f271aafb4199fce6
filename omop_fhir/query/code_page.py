"""A page of rows that a code finds, read code by code along indexes (code, key).

Where a code is all that narrows a search, the database would rather walk along the keys until a page is full: far, for a
code that is rare or sits at the other end. A branch enters; the rows of its page leave as SQL, at most a page of keys from
each index, however large the table is. Not for further filters: of a code's many rows few might pass them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..mapping.bind import INTEGERS
from ..mapping.expression import Column
from ..mapping.predicate import HasConcept, InValueSet, IsNull, Not, Resolvable, conjuncts
from ..plan.search import Branch
from .concept_set import FEW, ConceptSet, ConceptSets
from .scope import Scope
from .where import Where


@dataclass(frozen=True, slots=True)
class CodePage:
    """How the rows of one branch are found: the concepts, the columns that may hold them, and what else must hold."""

    where: Where
    concepts: ConceptSet
    columns: tuple[Column, ...]

    def rows(self, conditions: Sequence[str], gates: Sequence[str], direction: str, limit: str) -> list[str]:
        """The rows in the order of their keys; `conditions` are of the row (a cursor), `gates` of the whole page."""
        scope = self.where.scope
        keys = "\n  UNION\n  ".join(self._keys(column, conditions, direction, limit) for column in self.columns)
        return [
            f"SELECT {scope.base}.*",
            f"FROM (\n  {keys}\n  ORDER BY key{direction} LIMIT {limit}\n) found",
            f"JOIN {scope.table(scope.bound.mapping.base.alias)} ON {scope.key} = found.key",
            *([f"WHERE {' AND '.join(gates)}"] if gates else []),
            f"ORDER BY {scope.key}{direction}",
            f"LIMIT {limit}",
        ]

    def _keys(self, column: Column, conditions: Sequence[str], direction: str, limit: str) -> str:
        scope = self.where.scope
        has = " AND ".join((f"{scope.value(column)} = code.id", *conditions))
        table = scope.table(scope.bound.mapping.base.alias)
        keys = f"SELECT {scope.key} AS key FROM {table} WHERE {has} ORDER BY {scope.key}{direction} LIMIT {limit}"
        return f"SELECT of_code.key FROM {self._codes()} code(id) CROSS JOIN LATERAL ({keys}) of_code"

    def _codes(self) -> str:
        sets = ConceptSets(self.where.schema, self.where.args)
        if self.concepts.is_plain:
            return f"unnest({self.where.args.bind(tuple(id for id in self.concepts.ids if id))})"
        return f"({sets.query(self.concepts)})"


def code_page(branch: Branch, where: Where) -> CodePage | None:
    """How to find the rows of a branch code by code; None where that is not the better way, or the indexes are not there."""
    found = _only_code(branch, where.scope)
    if found is None:
        return None
    concepts = where.concepts[found]
    columns = tuple(column for column in found.columns if where.scope.has(column))
    # Sets of more concepts find rows everywhere: walking along the keys is then the shorter way.
    few = concepts.size is not None and 0 < concepts.size <= FEW
    if not few or not columns or not all(_indexed(column, where.scope) for column in columns):
        return None
    return CodePage(where, concepts, columns)


def _only_code(branch: Branch, scope: Scope) -> Resolvable | None:
    """The part about a code, where the rest is true of nearly every row."""
    telling = [part for part in conjuncts(branch.where) if part != Not(IsNull(scope.bound.mapping.key))]
    match telling:
        case [HasConcept() | InValueSet() as part] if not branch.order:
            return part
        case _:
            return None


def _indexed(column: Column, scope: Scope) -> bool:
    """Is there an index of the column and then the key, which compares the column as it is?"""
    bound = scope.bound
    if column.alias != bound.mapping.base.alias or bound.type(column) not in INTEGERS:
        return False
    return bound.tables[column.alias].has_index(bound.name(column) or "", bound.name(bound.mapping.key) or "")
