"""Codes from code tables: `fixed`, `code` (a code) and `coding` (a Coding)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ...errors import NotSupported
from ...fhir.dates import render_date
from ...fhir.text import fold
from ...fhir.values import SearchValue, Token, TokenText, ValueSetName
from ..expression import Cases, Decoded, Expression
from ..predicate import ALWAYS, NEVER, Among, Column, IsNull, Moment, Not, Predicate, all_of, any_of
from ..site import Site
from ..table import Table
from .base import Codec, Projection, codec
from .writer import Put, Writer


def says(value: SearchValue, system: str, code: str, display: str = "") -> bool:
    """Does a token value (or the text of one) mean this coding?

    Raises NotSupported for what only concepts of a vocabulary have: descendants, ancestors, value sets.
    """
    match value:
        case TokenText(text):
            return bool(display) and fold(display).startswith(fold(text))
        case Token(hierarchy="is"):
            return value.system in (None, system) and value.code in (None, code)
        case Token() | ValueSetName():
            raise NotSupported(f"`{code}` is not a concept of a vocabulary: it has no hierarchy and is in no value set")
        case _:
            return False


@codec("fixed", "code")
@dataclass(frozen=True, kw_only=True)
class Fixed(Codec):
    """The same code for every row: what the table's very existence says."""

    searched_by: ClassVar = frozenset({"token"})

    value: str
    system: str = ""

    def emit(self, w: Writer, put: Put) -> None:
        put(repr(self.value), self.type)

    def project(self, value: Any, into: Projection) -> None:
        if value not in (None, self.value):
            into.lose("", f"OMOP cannot say `{value}`, only `{self.value}`")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return ALWAYS if says(value, self.system, self.value) else NEVER

    def present(self, site: Site) -> Predicate:
        return ALWAYS

    def order(self, site: Site) -> Expression | None:
        return None


@dataclass(frozen=True, kw_only=True)
class _Tabled(Codec):
    """What `code` and `coding` share: a concept column, a code table, a code for what the table lacks."""

    integers: ClassVar = frozenset({"column"})
    searched_by: ClassVar = frozenset({"token"})

    column: Column
    table: Table
    system: str = ""
    otherwise: str = ""
    """Code for a concept that the table lacks; empty: the element is absent."""
    roll_up: bool = False
    """Take the nearest entry above a concept in `concept_ancestor` where the table lacks the concept."""
    source: Column | None = None
    """Source value column that keeps the code where no concept stands for it."""

    def codes(self, site: Site) -> dict[int, str]:
        """concept_id -> code at this site."""
        return self.table.codes(site.ancestors if self.roll_up else None)

    def codes_written(self) -> set[str]:
        """Every code that the table can yield."""
        return {entry.code for entry in self.table.entries.values() if entry.code}

    def written(self, code: str, into: Projection) -> None:
        """Set the columns for a code."""
        concept_id = self.table.written(code)
        into.assign(self.column, concept_id, self.table.concept_ids(code))
        into.write(self.source, None if concept_id else code)
        if not concept_id:
            into.afterwards(lambda: self.check_unwritten(code, into))
        read = self.table.read(concept_id) if concept_id else self.otherwise
        if read != code:
            kept = f"as the source value it is kept, and reads `{read}`" if self.source else "it is not kept"
            reason = f"the concept that is written reads `{read}`" if concept_id else kept
            into.lose("", f"no OMOP concept stands for `{code}`: {reason}", "lost" if concept_id else "unmapped")

    def check_unwritten(self, code: str, into: Projection) -> None:
        """A code for which no concept stands leaves its column empty; does another element fill it with something else?"""
        filled = into.columns.get(self.column)
        if filled and self.codes(into.site).get(filled, self.otherwise) != code:
            into.lose("", f"no OMOP concept stands for it, and another element fills {self.column}")

    def with_code(self, code: str | None, site: Site) -> Predicate:
        """The predicate of rows whose code is `code` (None: any)."""
        codes = self.codes(site)
        ids = tuple(id for id, known in codes.items() if code in (None, known))
        found: Predicate = Among(self.column, ids) if ids else NEVER
        if self.otherwise and code in (None, self.otherwise):
            return any_of((found, self.outside(codes)))
        return found

    def order(self, site: Site) -> Expression | None:
        codes = tuple(sorted(self.codes(site).items()))
        return Decoded(self.column, codes, self.otherwise or None)

    def outside(self, codes: dict[int, str]) -> Predicate:
        """The predicate of rows that the table says nothing about."""
        return any_of((IsNull(self.column), Not(Among(self.column, tuple(codes)))))

    def present(self, site: Site) -> Predicate:
        return self.with_code(None, site)

    def search_columns(self) -> tuple[Column, ...]:
        return () if self.otherwise else (self.column,)


@codec("code", "code")
@dataclass(frozen=True, kw_only=True)
class Code(_Tabled):
    """A code that a table gives for a concept."""

    def emit(self, w: Writer, put: Put) -> None:
        codes = w.constant(self.codes(w.site), "codes")
        value = w.load(self.column)
        if self.otherwise:
            put(f"{codes}.get({value}, {self.otherwise!r})", self.type)
            return
        found = w.fresh()
        w.line(f"{found} = {codes}.get({value})")
        with w.block(f"if {found} is not None:"):
            put(found, self.type)

    def project(self, value: Any, into: Projection) -> None:
        if value is None:
            into.assign(self.column, 0)
            into.assign(self.source, None)
        else:
            self.written(value, into)

    def search(self, value: SearchValue, site: Site) -> Predicate:
        codes = self.codes(site)
        ids = tuple(id for id, code in codes.items() if says(value, self.system, code))
        found: list[Predicate] = [Among(self.column, ids)] if ids else []
        if self.otherwise and says(value, self.system, self.otherwise):
            found.append(self.outside(codes))
        return any_of(tuple(found))


@codec("coding", "Coding")
@dataclass(frozen=True, kw_only=True)
class Coding(_Tabled):
    """A Coding that a table gives for a concept."""

    otherwise_system: str = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
    otherwise_display: str = "unknown"

    def emit(self, w: Writer, put: Put) -> None:
        codings = {id: self.wrap(self._coding(code)) for id, code in self.codes(w.site).items()}
        table = w.table(codings, "codings")
        value = w.load(self.column)
        if self.otherwise:
            put(f"{table}.get({value}, {w.fixed(self.wrap(self._unknown()), 'otherwise')})", self.type)
            return
        found = w.fresh()
        w.line(f"{found} = {table}.get({value})")
        with w.block(f"if {found} is not None:"):
            put(found, self.type)

    def wrap(self, coding: dict[str, str]) -> Any:
        """The coding as a value of the codec's type."""
        return coding

    def _coding(self, code: str) -> dict[str, str]:
        coding = {"system": self.system, "code": code, "display": self.table.display(code)}
        return {key: value for key, value in coding.items() if value}

    def _unknown(self) -> dict[str, str]:
        return {
            "system": self.otherwise_system,
            "code": self.otherwise,
            "display": self.otherwise_display,
        }

    def project(self, value: Any, into: Projection) -> None:
        if not value:
            into.assign(self.column, 0)
            return
        into.lose_others(value, {"system", "code", "display"})
        system, code = value.get("system"), value.get("code", "")
        if system == self.otherwise_system and code == self.otherwise:
            into.assign(self.column, 0)
            into.afterwards(lambda: self.check_unwritten(code, into))
        elif system == self.system:
            self.written(code, into)
        else:
            into.assign(self.column, 0)
            into.lose("", f"no OMOP concept stands for {system}|{code}", "unmapped")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        codes = self.codes(site)
        ids = tuple(id for id, c in codes.items() if says(value, self.system, c, self.table.display(c)))
        found: list[Predicate] = [Among(self.column, ids)] if ids else []
        if self.otherwise and says(value, self.otherwise_system, self.otherwise, self.otherwise_display):
            found.append(self.outside(codes))
        return any_of(tuple(found))


@codec("codeable_concept", "CodeableConcept")
@dataclass(frozen=True, kw_only=True)
class CodeableConcept(Coding):
    """A CodeableConcept of the one coding that a table gives for a concept."""

    def wrap(self, coding: dict[str, str]) -> Any:
        return {"coding": [coding]}

    def project(self, value: Any, into: Projection) -> None:
        into.lose_others(value or {}, {"coding"})
        codings = (value or {}).get("coding", ())
        own = (number for number, coding in enumerate(codings) if coding.get("system") == self.system)
        chosen = next(own, 0)
        before, into.path = into.path, f"{into.path}.coding[{chosen}]" if into.path and codings else into.path
        super().project(codings[chosen] if codings else None, into)
        into.path = before
        for number, other in enumerate(codings):
            if number != chosen:
                into.lose(f"coding[{number}]", f"no OMOP column holds {other.get('system')}|{other.get('code')} too")


@codec("filled", "CodeableConcept")
@dataclass(frozen=True, kw_only=True)
class Filled(Codec):
    """A fixed coding where one of the columns is filled; a date that FHIR cannot say, such as infinity, is not."""

    searched_by: ClassVar = frozenset({"token"})

    columns_filled: tuple[Column, ...]
    system: str
    code: str
    display: str = ""

    def emit(self, w: Writer, put: Put) -> None:
        coding = {"system": self.system, "code": self.code, "display": self.display}
        value = w.fixed({"coding": [{key: text for key, text in coding.items() if text}]}, "filled")
        conditions = [self._condition(w, column) for column in self.columns_filled if w.present(column)]
        with w.block(f"if {' or '.join(conditions) or False}:"):
            put(value, self.type)

    def project(self, value: Any, into: Projection) -> None:
        """The columns are another element's; this one only follows from them."""
        codings = (value or {}).get("coding", ())
        others = [c for c in codings if (c.get("system"), c.get("code")) != (self.system, self.code)]
        if value and (others or not codings or "text" in value):
            into.lose("", f"OMOP can say only `{self.code}` here")
        elif value:
            into.afterwards(lambda: self._check(into))

    def _check(self, into: Projection) -> None:
        if not any(into.columns.get(column) is not None for column in self.columns_filled):
            into.lose("", f"`{self.code}` follows from {self.columns_filled[0]}, which is not filled")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return self.present(site) if says(value, self.system, self.code, self.display) else NEVER

    def order(self, site: Site) -> Expression | None:
        return Cases(((self.present(site), self.code),))

    def present(self, site: Site) -> Predicate:
        return any_of(tuple(Not(IsNull(_filling(column))) for column in self.columns_filled))

    def _condition(self, w: Writer, column: Column) -> str:
        value = w.read(column)
        if column.kind not in DATES:
            return f"{value} is not None"
        return f"({value} is not None and {w.constant(render_date, 'render_date')}({value}) is not None)"

    def search_columns(self) -> tuple[Column, ...]:
        return self.columns_filled


DATES = ("date", "timestamp")


def _filling(column: Column) -> Column | Moment:
    return Moment((column,)) if column.kind in DATES else column


def guard(when: dict[Column, tuple[str, ...]]) -> Predicate:
    """The predicate of rows that a `when` admits: each column holds one of the integers listed for it."""
    return all_of(tuple(Among(column, tuple(int(v) for v in values)) for column, values in when.items()))
