"""`concept`: a CodeableConcept from a standard concept, a source concept and a source value.

The standard coding comes first, then the source coding with `userSelected`: it is what was chosen in the source
system. Where both are one concept there is one coding. The source value is the text, unless it is only the source
concept's code again. Concept 0 gives no coding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ...fhir import text
from ...fhir.absent import REASONS
from ...fhir.absent import SYSTEM as DATA_ABSENT_REASON
from ...fhir.values import SearchValue, Token, TokenText, ValueSetName
from ...omop.concept import Concept
from ..expression import Coalesced, CodeOf, Decoded, Expression
from ..predicate import (
    ALWAYS,
    NEVER,
    Among,
    Column,
    HasConcept,
    HasDisplay,
    InValueSet,
    IsBlank,
    IsCodeOf,
    IsNull,
    Matches,
    Not,
    Predicate,
    all_of,
    any_of,
)
from ..site import Site
from ..table import Table
from .base import Codec, Projection, codec
from .code import says
from .writer import Put, Writer


@codec("concept", "CodeableConcept")
@dataclass(frozen=True, kw_only=True)
class ConceptCodec(Codec):
    """A CodeableConcept."""

    integers: ClassVar = frozenset({"standard", "source"})
    searched_by: ClassVar = frozenset({"token"})

    standard: Column | None = None
    """At least one of `standard`, `source` and `text` is needed."""
    source: Column | None = None
    text: Column | None = None
    table: Table | None = None
    """A code table whose coding stands before the others."""
    system: str = ""
    """The system of the table's codes."""
    roll_up: bool = False
    domain: str = ""
    """Render only where the standard concept has this domain."""
    not_domain: str = ""
    """Render only where the standard concept has another domain than this."""
    absent: str = ""
    """A data-absent-reason code where there is neither concept nor text."""

    def emit(self, w: Writer, put: Put) -> None:
        standard = w.load(self.standard) if self.standard else "None"
        if self.domain or self.not_domain:
            domain, negated = (self.domain, "") if self.domain else (self.not_domain, "not ")
            with w.block(f"if {negated}({standard} and concepts[{standard}].domain == {str(domain)!r}):"):
                self._emit(w, put, standard)
        else:
            self._emit(w, put, standard)

    def _emit(self, w: Writer, put: Put, standard: str) -> None:
        source = w.load(self.source) if self.source else "None"
        value, codings = w.fresh(), w.fresh()
        w.line(f"{value} = {{}}")
        w.line(f"{codings} = []")
        self._emit_table(w, standard, codings)
        if standard != "None":
            with w.block(f"if {standard}:" if source == "None" else f"if {standard} and {standard} != {source}:"):
                w.line(f"{codings}.append(concepts[{standard}].coding)")
        if source != "None":
            with w.block(f"if {source}:"):
                w.line(f"{codings}.append(concepts[{source}].chosen)")
        with w.block(f"if {codings}:"):
            w.line(f"{value}['coding'] = {codings}")
        self._emit_text(w, value, source)
        self._emit_value(w, put, value)

    def _emit_table(self, w: Writer, standard: str, codings: str) -> None:
        if self.table is None:
            return
        table = {id: self._coding(code) for id, code in self._codes(w.site).items()}
        found = w.fresh()
        w.line(f"{found} = {w.table(table, 'codings')}.get({standard})")
        with w.block(f"if {found} is not None:"):
            w.line(f"{codings}.append({found})")

    def _emit_text(self, w: Writer, value: str, source: str) -> None:
        if self.text is None or not w.present(self.text):
            return
        words = w.fresh("t")
        w.line(f"{words} = {w.constant(text.string, 'string')}({w.read(self.text)})")
        unless = f" and not ({source} and concepts[{source}].code == {words})" if source != "None" else ""
        with w.block(f"if {words} is not None{unless}:"):
            w.line(f"{value}['text'] = {words}")

    def _emit_value(self, w: Writer, put: Put, value: str) -> None:
        with w.block(f"if {value}:"):
            put(value, self.type)
        if self.absent:
            with w.block("else:"):
                put(w.fixed(self._absent(), "absent"), self.type)

    def _absent(self) -> dict[str, Any]:
        return {"coding": [{"system": DATA_ABSENT_REASON, "code": self.absent, "display": REASONS[self.absent]}]}

    def _codes(self, site: Site) -> dict[int, str]:
        return self.table.codes(site.ancestors if self.roll_up else None) if self.table else {}

    def _coding(self, code: str) -> dict[str, str]:
        display = self.table.display(code) if self.table else ""
        coding = {"system": self.system, "code": code, "display": display}
        return {key: value for key, value in coding.items() if value}

    def project(self, value: Any, into: Projection) -> None:
        """The source is the coding that the user selected, else the last, since it stands after the standard."""
        into.lose_others(value or {}, {"coding", "text"})
        codings = [c for c in (value or {}).get("coding", ()) if c.get("system") != DATA_ABSENT_REASON]
        chosen = next((c for c in codings if c.get("userSelected")), codings[-1] if codings else None)
        words = (value or {}).get("text")
        if chosen:
            words = self._project_coding(chosen, [c for c in codings if c is not chosen], words, into)
        for column in (self.standard, self.source):
            into.assign(column, into.columns.get(column, 0) if column else None)
        into.write(self.text, words)
        if words and self.text is None:
            into.lose("text", "no OMOP column holds it")

    def _project_coding(
        self, chosen: dict[str, Any], others: list[dict[str, Any]], words: str | None, into: Projection
    ) -> str | None:
        """Set the concept columns; the text column's value is returned."""
        source = self._find(chosen, into)
        sent = [concept for other in others if (concept := self._find(other, into))]
        standard = next((concept for concept in sent if concept.standard), None)
        if source and standard is None:
            standard = source if source.standard else next(iter(into.terminology.standard(source)), None)
        into.assign(self.source, source.id if source and self.source else None)
        into.assign(self.standard, standard.id if standard and self.standard else None)
        self._lose_codings((*sent, *((source,) if source else ())), into)
        if source is None:
            return words or chosen.get("code")
        return words or (source.code if self.source else words)

    def _lose_codings(self, given: tuple[Concept, ...], into: Projection) -> None:
        """Report the codings that are neither the standard nor the source concept."""
        kept = {into.columns.get(column) for column in self._columns()}
        for concept in given:
            if concept.id not in kept:
                into.lose("coding", f"{concept.vocabulary} {concept.code} has no column")

    def _find(self, coding: dict[str, Any], into: Projection) -> Concept | None:
        """The concept of a coding; what has none, and what of a coding has no column, is reported."""
        into.lose_others(coding, {"system", "code", "display", "userSelected"})
        system, code = coding.get("system", ""), coding.get("code", "")
        if self.table and system == self.system:
            if written := self.table.written(code):
                return Concept(written, standard=True)
        elif found := into.terminology.find(system, code):
            return found
        into.lose("coding", f"{system}|{code} is not in the vocabulary; only its code is kept")
        return None

    def search(self, value: SearchValue, site: Site) -> Predicate:
        domain = f"={self.domain}" if self.domain else f"!{self.not_domain}" if self.not_domain else None
        match value:
            case Token():
                return any_of((HasConcept(self._columns(), value, domain), *self._own(value, site)))
            case ValueSetName(url):
                return InValueSet(self._columns(), url, domain)
            case TokenText(words):
                texts = self._texts(words) if self.text and not domain else ()
                return any_of((HasDisplay(self._columns(), words, domain), *texts, *self._own(value, site)))
            case _:
                return NEVER

    def _texts(self, words: str) -> tuple[Predicate, ...]:
        """Rows whose text begins with the words; one that only repeats the source code is not rendered."""
        assert self.text is not None  # noqa: S101  asked by the caller
        repeats = (Not(IsCodeOf(self.text, self.source)),) if self.source else ()
        return (all_of((Matches(self.text, "starts", words), *repeats)),)

    def _own(self, value: Token | TokenText, site: Site) -> tuple[Predicate, ...]:
        """Rows whose table coding, or data-absent-reason, the value means; neither has a hierarchy."""
        if isinstance(value, Token) and value.hierarchy != "is":
            return ()
        display = self.table.display if self.table else str
        ids = tuple(id for id, code in self._codes(site).items() if says(value, self.system, code, display(code)))
        found = (Among(self.standard, ids),) if ids and self.standard else ()
        absent = self.absent and says(value, DATA_ABSENT_REASON, self.absent, REASONS[self.absent])
        return (*found, self._nothing()) if absent else found

    def order(self, site: Site) -> Expression | None:
        code = CodeOf(self._columns())
        if self.table is None or self.standard is None:
            return code
        return Coalesced((Decoded(self.standard, tuple(sorted(self._codes(site).items()))), code))

    def _columns(self) -> tuple[Column, ...]:
        return tuple(column for column in (self.standard, self.source) if column)

    def _nothing(self) -> Predicate:
        empty = [any_of((IsNull(c), Among(c, (0,)))) for c in self._columns()]
        return all_of((*empty, *((IsBlank(self.text),) if self.text else ())))

    def present(self, site: Site) -> Predicate:
        return ALWAYS if self.absent else Not(self._nothing())

    def search_columns(self) -> tuple[Column, ...]:
        return self._columns()
