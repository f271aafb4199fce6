"""Predicates as SQL. Two-valued throughout: what is null does not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import NotSupported
from ..mapping.bind import Bound
from ..mapping.expression import (
    CodeOf,
    Column,
    Expression,
)
from ..mapping.predicate import (
    ALWAYS,
    Among,
    And,
    Citation,
    Cited,
    Compare,
    EndsBefore,
    HasConcept,
    HasDisplay,
    Holds,
    InValueSet,
    IsBlank,
    IsCodeOf,
    IsNull,
    Joined,
    Linked,
    Matches,
    Not,
    OfDomain,
    Or,
    Placeholder,
    Predicate,
    Referred,
    Resolvable,
    Same,
    columns_of,
)
from ..omop.database import DatabaseSchema
from .concept_set import ConceptSet, ConceptSets
from .fold import folded, like
from .scope import Scope, table_name
from .statement import Arguments, type_of
from .value import Values, trimmed

Resolved = Mapping[Resolvable, ConceptSet]


@dataclass(frozen=True, slots=True)
class Where:
    """Writes the predicates of one scope. `concepts` holds the concepts of every part that asks for some."""

    scope: Scope
    args: Arguments
    concepts: Resolved
    schema: DatabaseSchema
    known: Mapping[Column, int | Placeholder] = field(default_factory=dict)
    """What columns of the row hold, as another part says of the conjunction that is being written."""

    def sql(self, predicate: Predicate) -> str:
        """The predicate as an SQL condition."""
        return _CONDITIONS[type(predicate)](self, predicate)

    def _and(self, predicate: And) -> str:
        return self._knowing(predicate.parts)._join(" AND ", predicate.parts, "TRUE")

    def _or(self, predicate: Or) -> str:
        return self._join(" OR ", predicate.parts, "FALSE")

    def _not(self, predicate: Not) -> str:
        if not isinstance(predicate.part, IsNull):
            return f"({self.sql(predicate.part)}) IS NOT TRUE"
        value = self.value(predicate.part.left)
        return "FALSE" if value is None else f"{value} IS NOT NULL"

    def _is_null(self, predicate: IsNull) -> str:
        value = self.value(predicate.left)
        return "TRUE" if value is None else f"{value} IS NULL"

    def _is_code_of(self, predicate: IsCodeOf) -> str:
        text, code = self._text(predicate.column), self.value(CodeOf((predicate.concept,)))
        return f"{text} = {code}" if text and code else "FALSE"

    def _holds(self, predicate: Holds) -> str:
        value = self.value(predicate.column)
        return "FALSE" if value is None else f"{value} @> ARRAY[{self.args.bind(predicate.text)}::text]"

    def _ends_before(self, predicate: EndsBefore) -> str:
        upper, lower = self.value(predicate.end), self.value(predicate.start)
        return f"{upper} <= {lower}" if upper and lower else "FALSE"

    def _same(self, predicate: Same) -> str:
        first, second = self.value(predicate.left), self.value(predicate.right)
        return f"{first} = {second}" if first and second else "FALSE"

    def _join(self, word: str, parts: tuple[Predicate, ...], nothing: str) -> str:
        texts = [text for part in parts if (text := self.sql(part)) != nothing]
        return f"({word.join(texts)})" if len(texts) > 1 else texts[0] if texts else nothing

    def _knowing(self, parts: tuple[Predicate, ...]) -> Where:
        """This, with what the parts say of columns: PostgreSQL looks at another table once for a constant, and not row by row."""
        found = {}
        for part in parts:
            match part:
                case Compare(Column() as column, "=", (int() | Placeholder(type="bigint")) as number):
                    found[column] = number
        return replace(self, known={**self.known, **found}) if found else self

    def _compare(self, predicate: Compare) -> str:
        wanted = predicate.value
        value = self._text(predicate.left) if type_of(wanted) == "text" else self.value(predicate.left)
        return "FALSE" if value is None else f"{value} {predicate.operator} {self.args.bind(wanted)}"

    def _among(self, predicate: Among) -> str:
        value = self.value(predicate.column)
        return "FALSE" if value is None else self._sets.among(value, predicate.values)

    def _matches(self, predicate: Matches) -> str:
        value, mode = self._text(predicate.column), predicate.mode
        if value is None:
            return "FALSE"
        wanted = self.args.bind(matched(predicate.text, mode))
        if mode == "exact":
            return f"{value} = {wanted}"
        return f"starts_with({value}, {wanted})" if mode == "prefix" else f"{self._folded(value)} LIKE {wanted}"

    def _folded(self, value: str) -> str:
        """Raises NotSupported where PostgreSQL has no Unicode normalization."""
        if self.schema.encoding != "UTF8":
            reason = f"case and accents can be left aside only in a database of encoding UTF8, not {self.schema.encoding}"
            raise NotSupported(f"{reason}: search with :exact")
        return folded(value)

    @property
    def _sets(self) -> ConceptSets:
        return ConceptSets(self.schema, self.args)

    def _is_blank(self, predicate: IsBlank) -> str:
        if not self.scope.has(predicate.column):
            return "TRUE"
        return f"COALESCE({trimmed(self.scope.text(predicate.column))}, '') = ''"

    def _has_concept(self, predicate: HasConcept | InValueSet) -> str:
        concepts = self.concepts[predicate]
        members = [self._sets.member(self.scope.value(c), concepts) for c in predicate.columns if self.scope.has(c)]
        return f"({' OR '.join(members)})" if len(members) > 1 else members[0] if members else "FALSE"

    def _has_display(self, predicate: HasDisplay) -> str:
        named = f"{self._folded('c.concept_name')} LIKE {self.args.bind(matched(predicate.text, 'starts'))}"
        return self._of_concept(predicate.columns, named, predicate.domain)

    def _of_domain(self, predicate: OfDomain) -> str:
        return self._of_concept((predicate.column,), "TRUE", f"={predicate.domain}")

    def _of_concept(self, columns: tuple[Column, ...], condition: str, domain: str | None) -> str:
        """One of the columns holds a concept that fulfils a condition on its row `c`."""
        values = [self.scope.value(column) for column in columns if self.scope.has(column)]
        table = self.schema.tables.get("concept")
        if table is None or not values:
            return "FALSE"
        if domain:
            condition += f" AND c.domain_id {'=' if domain[0] == '=' else '<>'} {self.args.bind(domain[1:])}"
        ids = ", ".join(values)
        return f"EXISTS (SELECT FROM {table_name(table)} c WHERE c.concept_id IN ({ids}) AND {condition})"

    def _joined(self, predicate: Joined) -> str:
        scope = self.scope
        source = scope.bound.source(predicate.alias)
        if predicate.alias not in scope.bound.tables:
            return "FALSE"
        inner = replace(self, known={})  # its rows are others than the one that is known
        condition = f"{scope.condition(source)} AND {inner.sql(predicate.where)}"
        return f"EXISTS (SELECT FROM {scope.table(predicate.alias)} WHERE {condition})"

    def _linked(self, predicate: Linked) -> str:
        value, known = self.value(predicate.column), self.known.get(predicate.column)
        inner = self._of(predicate.target)
        if value is None or not inner.scope.has(predicate.on):
            return "FALSE"
        if known is not None:
            if predicate.on == predicate.target.mapping.key and not _may_be(known, predicate.target):
                return "FALSE"
            value = self.args.bind(known)
        if inner.scope.bound.source(predicate.on.alias).many:
            return f"{value} IN ({inner.values(predicate.on, predicate.where, [inner.sql(predicate.where)])})"
        conditions = [f"{inner.scope.value(predicate.on)} = {value}", inner.sql(predicate.where)]
        return f"EXISTS (SELECT {inner.rows(predicate.where, conditions)})"

    def _referred(self, predicate: Referred) -> str:
        value = self.value(predicate.column)
        inner = self._of(predicate.source)
        if value is None or not inner.scope.has(predicate.of):
            return "FALSE"
        keys = f"{inner.scope.key} = ANY ({self.args.bind(predicate.keys)})"
        conditions = [keys, inner.sql(predicate.where)]
        return f"{value} IN ({inner.values(predicate.of, predicate.where, conditions)})"

    def _cited(self, predicate: Cited) -> str:
        value = self.value(predicate.column)
        queries = [query for citation in predicate.by if (query := self._citation(citation)) is not None]
        return f"{value} IN ({' UNION ALL '.join(queries)})" if value and queries else "FALSE"

    def _citation(self, citation: Citation) -> str | None:
        inner = self._of(citation.source)
        if not inner.scope.has(citation.of):
            return None
        return inner.values(citation.of, citation.where, [inner.sql(citation.where)])

    def values(self, of: Column, where: Predicate, conditions: list[str]) -> str:
        """A query of the values of a column in the rows of this scope; `conditions` are `where` and perhaps more."""
        scope = self.scope
        source = scope.bound.source(of.alias)
        if not source.many:
            return f"SELECT {scope.value(of)} {self.rows(where, conditions, extra=(of,))}"
        needed = {column.alias for column in columns_of(where)} - {source.alias}
        tables = " ".join((*scope.from_base(needed), f"CROSS JOIN {scope.table(source.alias)}"))
        found = " AND ".join((*conditions, *self.filters(), scope.condition(source)))
        return f"SELECT {scope.value(of)} {tables} WHERE {found}"

    def _of(self, bound: Bound) -> Where:
        """What writes the predicates of another appearance, of this source or another."""
        return Where(Scope(bound, self.scope.zone, self.args.suffix()), self.args, self.concepts, self.schema)

    def rows(self, predicate: Predicate, conditions: list[str], extra: tuple[Column, ...] = ()) -> str:
        """FROM and WHERE of this scope, with the joins that the predicate (and the extra columns) need."""
        needed = {column.alias for column in (*columns_of(predicate), *extra)}
        return " ".join((*self.scope.from_base(needed), f"WHERE {' AND '.join((*conditions, *self.filters()))}"))

    def filters(self) -> list[str]:
        """What tells the resources of this source from other rows of its base table."""
        own = [] if self.scope.bound.filter == ALWAYS else [self.sql(self.scope.bound.filter)]
        return [*own, *self.scope.unadopted()]

    def _text(self, left: Expression) -> str | None:
        if isinstance(left, Column):
            return self.scope.text(left) if self.scope.has(left) else None
        value = self.value(left)
        return None if value is None else f"{value}::text"

    def value(self, left: Expression) -> str | None:
        """The SQL of an expression, None where the database has nothing of it."""
        return Values(self.scope, self.args, self.schema, self.sql).sql(left)


_CONDITIONS: Mapping[type, Callable[[Where, Any], str]] = {
    Among: Where._among,
    And: Where._and,
    Cited: Where._cited,
    Compare: Where._compare,
    EndsBefore: Where._ends_before,
    HasConcept: Where._has_concept,
    HasDisplay: Where._has_display,
    Holds: Where._holds,
    InValueSet: Where._has_concept,
    IsBlank: Where._is_blank,
    IsCodeOf: Where._is_code_of,
    IsNull: Where._is_null,
    Joined: Where._joined,
    Linked: Where._linked,
    Matches: Where._matches,
    Not: Where._not,
    OfDomain: Where._of_domain,
    Or: Where._or,
    Referred: Where._referred,
    Same: Where._same,
}
"""What writes which predicate."""


def matched(text: str | Placeholder, mode: str) -> str | Placeholder:
    """What a column is compared with to match a text."""
    return text if isinstance(text, Placeholder) or mode in ("exact", "prefix") else like(text, mode)


def _may_be(key: int | Placeholder, bound: Bound) -> bool:
    """Can the key be that of a resource of this source?"""
    return bound.may_hold(is_ours=key.is_ours if isinstance(key, Placeholder) else key in bound.ours)
