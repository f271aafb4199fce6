"""Predicates as SQL. Two-valued throughout: what is null does not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..errors import NotSupported
from ..mapping.bind import Bound
from ..mapping.expression import (
    Cases,
    Coalesced,
    CodeOf,
    Column,
    Day,
    Decoded,
    Elapsed,
    Expression,
    FirstText,
    Instant,
    Lowest,
    Moment,
    PartialDate,
    Until,
    When,
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
from ..omop.vocabulary import systems
from ..plan.order import sort_type
from .concept_set import ConceptSet, ConceptSets
from .fold import folded, like
from .scope import Scope, table_name
from .statement import Arguments, type_of

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
        return f"COALESCE({_trimmed(self.scope.text(predicate.column))}, '') = ''"

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
        match left:
            case Column():
                return self.scope.value(left) if self.scope.has(left) else None
            case Moment(columns=columns):
                there = [column for column in columns if self.scope.has(column)]
                return self._moment(left, there) if there else None
            case Elapsed(start, end):
                return self._elapsed(start, end) if self.scope.has(start) and self.scope.has(end) else None
            case PartialDate():
                return self._partial_date(left) if self.scope.has(left.year) else None
            case Instant(at):
                return f"{self.args.bind(at)}::timestamptz" if isinstance(at, datetime) else self.scope.raw(at)
            case Day(column):
                return f"to_char({self.scope.value(column)}, 'YYYYMMDD')::bigint" if self.scope.has(column) else None
            case FirstText(columns):
                texts = [self.scope.text(c) for c in columns if self.scope.has(c)]
                return _coalesced([f"CASE WHEN {_trimmed(text)} <> '' THEN {text} END" for text in texts])
            case CodeOf(columns):
                there = [column for column in columns if self.scope.has(column)]
                return self._code(there) if there else None
            case Decoded():
                return self._decoded(left)
            case _:
                return self._composed(left)

    def _composed(self, left: Cases | When | Coalesced | Lowest | Until) -> str | None:
        match left:
            case Until():
                return self._until(left)
            case Cases(cases):
                whens = " ".join(f"WHEN {self.sql(where)} THEN {self.args.bind(text)}" for where, text in cases)
                return f"(CASE {whens} END)"
            case When(where, inner):
                value = self.value(inner)
                return None if value is None else f"(CASE WHEN {self.sql(where)} THEN {value} END)"
            case Coalesced(values):
                parts = [value for inner in values if (value := self.value(inner)) is not None]
                types = {sort_type(inner) for inner in values}
                return _coalesced(parts if len(types) == 1 else [f"({part})::text" for part in parts])
            case Lowest():
                return self._lowest(left)

    def _until(self, left: Until) -> str | None:
        start, end, given = self.value(left.start), self.value(left.end), self.value(left.given_end)
        if start is None:
            return end
        closed = f"COALESCE({end}, 'infinity'::timestamp)" if end else "'infinity'::timestamp"
        error = f"WHEN {given} <= {start} THEN 'infinity'::timestamp " if given else ""
        return f"(CASE {error}WHEN {start} IS NOT NULL THEN {closed}{f' ELSE {end}' if end else ''} END)"

    def _lowest(self, left: Lowest) -> str | None:
        if left.alias not in self.scope.bound.tables:
            return None
        value, condition = self.value(left.value), self.scope.condition(self.scope.bound.source(left.alias))
        by = ' COLLATE "C"' if sort_type(left.value) == "text" else ""
        best = f"{'max' if left.highest else 'min'}({value}{by})"
        return None if value is None else f"(SELECT {best} FROM {self.scope.table(left.alias)} WHERE {condition})"

    def _partial_date(self, left: PartialDate) -> str:
        """yyyymmdd; an impossible month or day counts as unknown, and the unknown as the first."""
        year = self.scope.value(left.year)
        month = self.scope.value(left.month) if left.month and self.scope.has(left.month) else "NULL::int"
        day = self.scope.value(left.day) if left.day and self.scope.has(left.day) else "NULL::int"
        length = f"extract(day FROM make_date({year}::int, {month}::int, 1) + interval '1 month' - interval '1 day')"
        good_day = f"CASE WHEN {day} BETWEEN 1 AND {length} THEN {month} * 100 + {day} ELSE {month} * 100 + 1 END"
        rest = f"CASE WHEN {month} BETWEEN 1 AND 12 THEN {good_day} ELSE 101 END"
        return f"(CASE WHEN {year} BETWEEN 1 AND 9999 THEN {year}::bigint * 10000 + {rest} END)"

    def _moment(self, moment: Moment, columns: list[Column]) -> str:
        cast = "date::timestamp" if moment.whole_days else "timestamp"
        values = [f"({_usable(self.scope.value(column))})::{cast}" for column in columns]
        value = values[0] if len(values) == 1 else f"COALESCE({', '.join(values)})"
        if not moment.upper:
            return value
        if moment.whole_days or all(self.scope.bound.type(column) == "date" for column in columns):
            return f"({value} + interval '1 day')"
        return (
            f"({value} + CASE {value} WHEN date_trunc('day', {value}) THEN interval '1 day'"
            f" WHEN date_trunc('second', {value}) THEN interval '1 second' ELSE interval '1 microsecond' END)"
        )

    def _elapsed(self, start: Column, end: Column) -> str:
        first, last = self.scope.value(start), self.scope.value(end)
        zone = f"AT TIME ZONE '{self.scope.zone}'"
        timed = " AND ".join(f"{v} <> date_trunc('day', {v})" for v in (first, last))
        minutes = f"extract(epoch FROM ({last} {zone}) - ({first} {zone}))::numeric / 60"
        return f"(CASE WHEN {timed} AND {last} {zone} >= {first} {zone} THEN round({minutes}, 3) END)"

    def _code(self, columns: list[Column]) -> str:
        """The code that a concept is rendered with, looked up row by row."""
        ids = ", ".join(f"NULLIF({self.scope.value(column)}, 0)" for column in columns)
        id = f"COALESCE({ids})" if len(columns) > 1 else ids
        table = self.schema.tables.get("concept")
        if table is None:
            return f"({id})::text"
        known = self.args.bind(tuple(systems()))
        code = f"CASE WHEN c.vocabulary_id = ANY ({known}) THEN btrim(c.concept_code) END"
        found = f"SELECT {code} FROM {table_name(table)} c WHERE c.concept_id = {id}"
        return f"COALESCE(({found}), ({id})::text)"

    def _decoded(self, decoded: Decoded) -> str | None:
        if not self.scope.has(decoded.column):
            return None if decoded.otherwise is None else f"{self.args.bind(decoded.otherwise)}"
        ids, codes = zip(*decoded.codes, strict=True)
        place = f"array_position({self.args.bind(ids)}, {self.scope.value(decoded.column)}::bigint)"
        code = f"({self.args.bind(codes)})[{place}]"
        return code if decoded.otherwise is None else f"COALESCE({code}, {self.args.bind(decoded.otherwise)})"


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


def _coalesced(values: list[str]) -> str | None:
    return f"COALESCE({', '.join(values)})" if len(values) > 1 else values[0] if values else None


def _trimmed(text: str) -> str:
    return f"btrim({text}, E' \\t\\r\\n\\u00a0')"


def _usable(value: str) -> str:
    """Null for what FHIR cannot say: infinity, BC, years above 9999."""
    return f"CASE WHEN {value} >= '0001-01-01' AND {value} < '10000-01-01' THEN {value} END"
