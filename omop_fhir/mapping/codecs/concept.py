"""`concept`: a CodeableConcept from a standard concept, a source concept and a source value.

The standard coding comes first, then the source coding with `userSelected`: it is what was chosen in the source
system. Where both are one concept there is one coding. The source value is the text, unless it is only the source
concept's code again. Concept 0 gives no coding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...fhir import text
from ...fhir.values import SearchValue, Token
from ..predicate import NEVER, Among, Column, HasConcept, IsNull, Predicate, all_of, any_of
from ..site import Site
from ..table import Table
from .base import Codec, Projection, codec
from .code import says
from .writer import Put, Writer

DATA_ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


@codec("concept", "CodeableConcept")
@dataclass(frozen=True, kw_only=True)
class ConceptCodec(Codec):
    """A CodeableConcept."""

    standard: Column
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
        standard = w.load(self.standard)
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
        w.line(f"{found} = {w.constant(table, 'codings')}.get({standard})")
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
                put(w.constant(self._absent(), "absent"), self.type)

    def _absent(self) -> dict[str, Any]:
        return {"coding": [{"system": DATA_ABSENT_REASON, "code": str(self.absent), "display": self.absent.title()}]}

    def _codes(self, site: Site) -> dict[int, str]:
        return self.table.codes(site.ancestors if self.roll_up else None) if self.table else {}

    def _coding(self, code: str) -> dict[str, str]:
        display = self.table.display(code) if self.table else ""
        coding = {"system": str(self.system), "code": code, "display": display}
        return {key: value for key, value in coding.items() if value}

    def project(self, value: Any, into: Projection) -> None:
        chosen = self._chosen(value or {}, into)
        source_value = (value or {}).get("text")
        for column in (self.standard, self.source):
            into.assign(column, 0 if column else None)
        if chosen:
            source_value = self._project_coding(chosen, source_value, into)
        into.assign(self.text, source_value)
        if source_value and self.text is None:
            into.lose("text", "no OMOP column holds it")

    def _chosen(self, value: dict[str, Any], into: Projection) -> dict[str, Any] | None:
        """The coding that becomes the source: the user's, else the last, since the source stands after the standard."""
        into.lose_others(value, {"coding", "text"})
        codings = [coding for coding in value.get("coding", ()) if coding.get("system") != DATA_ABSENT_REASON]
        return next((coding for coding in codings if coding.get("userSelected")), codings[-1] if codings else None)

    def _project_coding(self, coding: dict[str, Any], words: str | None, into: Projection) -> str | None:
        """Set the concept columns; the text column's value is returned."""
        system, code = coding.get("system", ""), coding.get("code", "")
        if self.table and system == self.system:
            into.assign(self.standard, self.table.written(code))
            return words
        concept = into.terminology.find(system, code)
        if concept is None:
            into.lose("coding", f"{system}|{code} is not in the vocabulary; only its code is kept")
            return words or code
        into.assign(self.source, concept.id if self.source else None)
        targets = into.terminology.standard(concept)
        into.assign(self.standard, targets[0].id if targets else 0)
        return words or (concept.code if self.source else words)

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, Token):
            return NEVER
        columns = (self.standard, self.source) if self.source else (self.standard,)
        domain = f"={self.domain}" if self.domain else f"!{self.not_domain}" if self.not_domain else None
        found: list[Predicate] = [HasConcept(columns, value, domain)]
        ids = tuple(id for id, code in self._codes(site).items() if says(value, self.system, code))
        if ids:
            found.append(Among(self.standard, ids))
        if self.absent and says(value, DATA_ABSENT_REASON, self.absent):
            found.append(self._nothing())
        return any_of(tuple(found))

    def _nothing(self) -> Predicate:
        empty = [any_of((IsNull(c), Among(c, (0,)))) for c in (self.standard, self.source) if c]
        return all_of((*empty, *((IsNull(self.text),) if self.text else ())))

    def search_columns(self) -> tuple[Column, ...]:
        return (self.standard,)
