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

_RANKS = {"SNOMED": 0, "RxNorm": 0, "RxNorm Extension": 0, "LOINC": 0, "CPT4": 2, "HCPCS": 2}


@dataclass(frozen=True, slots=True)
class _Sent:
    """A coding that was sent, and its concept."""

    number: int
    coding: dict[str, Any]
    concept: Concept | None

    @property
    def is_standard(self) -> bool:
        return self.concept is not None and self.concept.standard

    @property
    def rank(self) -> int:
        """The lower, the better for research; codings alike stay in the order in which they were sent."""
        vocabulary = (self.concept.vocabulary or "") if self.concept else ""
        return 9 if self.concept is None else 1 if vocabulary.startswith("ICD") else _RANKS.get(vocabulary, 3)


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
        """The source is what the user selected, or what the sender had beside its standard coding; see `_choose`."""
        given = value or {}
        into.lose_others(given, ("coding", "text"))
        sent = self._sent(given, into)
        words = given.get("text")
        source, standard = self._choose(sent)
        into.assign(self.source, source.concept.id if source and source.concept and self.source else None)
        mapped = self._map(source, standard, into)
        if (self.domain or self.not_domain) and not self._is_in_domain(mapped):
            self._lose_all(given, into)
            words, source = None, None
        for column in (self.standard, self.source):
            into.assign(column, (into.columns.get(column) or 0) if column else None)
        self._lose_codings(sent, into)
        self._write(words, source, into)

    def _sent(self, value: dict[str, Any], into: Projection) -> list[_Sent]:
        """The codings and their concepts. A data-absent-reason is none, and lost unless it is the one that is rendered."""
        if self.absent and value == self._absent():
            return []
        sent = []
        for number, coding in enumerate(value.get("coding", ())):
            if coding.get("system") == DATA_ABSENT_REASON:
                into.lose(f"coding[{number}]", "no OMOP column holds why a value is absent")
            else:
                sent.append(_Sent(number, coding, self._find(number, coding, into)))
        return sent

    def _choose(self, sent: list[_Sent]) -> tuple[_Sent | None, _Sent | None]:
        """The source coding, and a standard one that was sent.

        The source is the coding that the user selected; else, beside a standard coding, the best of the others; else the
        best of all: SNOMED CT, RxNorm and LOINC before ICD, CPT4 and HCPCS, and those before others.
        """
        best = sorted(sent, key=lambda each: each.rank)
        selected = next((each for each in sent if each.coding.get("userSelected")), None)
        standard = next((each for each in best if each.is_standard and each is not selected), None)
        rest = [each for each in best if each is not standard and each.concept]
        source = selected or next(iter([*(each for each in rest if not each.is_standard), *rest]), None)
        return source or standard or next(iter(sent), None), standard

    def _map(self, source: _Sent | None, standard: _Sent | None, into: Projection) -> tuple[Concept, ...]:
        """Set the standard column: a standard coding that was sent stands, else `Maps to` is followed."""
        concept = source.concept if source else None
        found: tuple[Concept, ...] = (standard.concept,) if standard and standard.concept else ()
        values: tuple[Concept, ...] = ()
        if concept and not found and self.standard:
            found, values = into.terminology.standard(concept), into.terminology.value(concept)
        fit = tuple(each for each in found if self._fits(each, into))
        into.map(self.standard, fit, values)
        if concept and self.standard and not fit:
            reason = f"its domain is {found[0].domain}" if found else "it has no standard concept"
            into.lose("", f"{self.standard} is 0 for {concept.vocabulary} {concept.code}: {reason}", "unmapped")
        return fit

    def _fits(self, concept: Concept, into: Projection) -> bool:
        domain = into.domains.get(self.standard) if self.standard else None
        return domain is None or concept.domain is None or concept.domain == domain

    def _is_in_domain(self, mapped: tuple[Concept, ...]) -> bool:
        if self.domain:
            return bool(mapped) and mapped[0].domain == self.domain
        return not mapped or mapped[0].domain != self.not_domain

    def _lose_all(self, given: dict[str, Any], into: Projection) -> None:
        into.assign(self.standard, into.columns.get(self.standard) if self.standard else None)
        if given:
            into.lose("", f"only a concept of another domain has a place here, not of {self.domain or self.not_domain}")

    def _lose_codings(self, sent: list[_Sent], into: Projection) -> None:
        """Report the codings that are neither the standard nor the source concept."""
        kept = {into.columns.get(column) for column in self._columns()}
        for each in sent:
            if each.concept and each.concept.id not in kept:
                into.lose(f"coding[{each.number}]", f"{each.concept.vocabulary} {each.concept.code} has no column")

    def _write(self, words: str | None, source: _Sent | None, into: Projection) -> None:
        """The text, or the source's code: where there is no text, where it is too long, and where only the code is kept."""
        if self.text is None:
            if words:
                into.lose("text", "no OMOP column holds it")
            return
        concept = source.concept if source else None
        code = concept.code if concept else source.coding.get("code") if source else None
        if concept is None and source:
            if words and code:
                into.lose("text", f"{self.text} keeps the code `{code}`, for which there is no concept")
            into.write(self.text, code or words, "text")
        else:
            if words and self.source and words == code:
                into.lose("text", "it only repeats the code, and is not told from none")
            into.write(self.text, words or (code if self.source else None), "text", code if self.source else None)

    def _find(self, number: int, coding: dict[str, Any], into: Projection) -> Concept | None:
        """The concept of a coding; what has none, and what of a coding has no column, is reported."""
        into.lose_others(coding, ("system", "code", "display", "userSelected"), f"coding[{number}]")
        system, code = coding.get("system", ""), coding.get("code", "")
        if self.table and system == self.system:
            if written := self.table.written(code):
                return Concept(written, standard=True)
        elif found := into.terminology.find(system, code):
            return found
        reason = f"{system}|{code} is not in the vocabulary: at most its code is kept"
        into.lose(f"coding[{number}]", reason, "unmapped")
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
