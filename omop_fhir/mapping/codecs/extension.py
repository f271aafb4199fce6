"""`extension` with a value of any codec, and `omb_category`, US Core's race and ethnicity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ...fhir import text
from ...fhir.values import SearchValue
from ..expression import Decoded, Expression
from ..predicate import NEVER, Among, Column, Joined, Predicate, any_of
from ..site import Site
from ..table import Entry, Table
from .base import Codec, Projection, codec, yielded
from .code import says
from .writer import Put, Writer, property_of

CDC = "urn:oid:2.16.840.1.113883.6.238"
NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"


def value_key(type: str) -> str:
    """`valueCodeableConcept` for `CodeableConcept`: the member of a choice element."""
    return property_of("value", type, is_choice=True)


@codec("extension", "Extension")
@dataclass(frozen=True, kw_only=True)
class Extension(Codec):
    """An Extension whose value another codec renders."""

    url: str
    value: Codec

    def emit(self, w: Writer, put: Put) -> None:
        def inner(expression: str, type: str) -> None:
            put(f"{{'url': {w.site.expand(self.url)!r}, {value_key(type)!r}: {expression}}}", self.type)

        self.value.emit(w, inner)

    def project(self, value: Any, into: Projection) -> None:
        """`value` is this extension, or None where the resource does not have it."""
        members = [value_key(type) for type in yielded(self.value)]
        member = next((name for name in members if name in (value or ())), "value")
        into.lose_others(value or {}, ("url", member))
        into.below("value", self.value, (value or {}).get(member))

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return self.value.search(value, site)

    def order(self, site: Site) -> Expression | None:
        return self.value.order(site)

    def present(self, site: Site) -> Predicate:
        return self.value.present(site)

    def search_columns(self) -> tuple[Column, ...]:
        return self.value.search_columns()


@codec("omb_category", "Extension")
@dataclass(frozen=True, kw_only=True)
class OmbCategory(Codec):
    """us-core-race or us-core-ethnicity: OMB categories, detailed codes and the text that is always there.

    The text is the source value, else the names of the concepts. `others` holds further concepts of persons with
    several races.
    """

    integers: ClassVar = frozenset({"concept", "others"})
    searched_by: ClassVar = frozenset({"token"})

    url: str
    concept: Column
    table: Table
    text: Column | None = None
    others: Column | None = None

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("e")
        build = w.constant(_Builder(self.url, self.table.entries, w.ready), "omb")
        words = w.read(self.text) if self.text else "None"
        others = w.read(self.others) if self.others else "None"
        w.line(f"{value} = {build}({w.read(self.concept)}, {words}, {others}, concepts)")
        with w.block(f"if {value} is not None:"):
            put(value, self.type)

    def project(self, value: Any, into: Projection) -> None:
        into.lose_others(value or {}, {"url", "extension"})
        parts = list(enumerate((value or {}).get("extension", ())))
        ids = self._ids(parts, into)
        words = next((part.get("valueString") for _, part in parts if part.get("url") == "text"), None)
        several = len(ids) > 1 and self.others is not None
        into.assign(self.concept, MORE_THAN_ONE_RACE if several else ids[0] if ids else 0)
        into.assign(self.others, ids if several else [])
        for id in () if several else ids[1:]:
            into.lose("", f"only one concept can be kept; {id} is not")
        into.write(self.text, words, "extension('text').value")

    def _ids(self, parts: list[tuple[int, dict[str, Any]]], into: Projection) -> list[int]:
        """The concepts of the detailed codings, and of the categories that none of them lies in."""
        found: dict[str, list[int]] = {"detailed": [], "ombCategory": []}
        covered: set[str] = set()
        for url, ids in found.items():
            for number, part in parts:
                coding = part.get("valueCoding") or {}
                if part.get("url") != url or (url == "ombCategory" and coding.get("code") in covered):
                    continue
                id = self._concept(coding, url == "detailed")
                if id:
                    ids.append(id)
                    covered.add(self.table.entries[id].code)
                else:
                    reason = f"no concept stands for {coding.get('system')}|{coding.get('code')}"
                    into.lose(f"extension[{number}]", reason, "unmapped")
        for number, part in parts:
            if part.get("url") not in (*found, "text"):
                into.lose(f"extension[{number}]", "no OMOP column holds it")
        return list(dict.fromkeys((*found["detailed"], *found["ombCategory"])))

    def _concept(self, coding: dict[str, str], detailed: bool) -> int:
        system, code = coding.get("system"), coding.get("code", "")
        for entry in self.table.entries.values():
            own = entry.detailed if detailed else "" if entry.detailed else entry.code
            if own and (system, own) == (CDC, code) and entry.write != "no":
                return entry.concept_id
        return 0

    def search(self, value: SearchValue, site: Site) -> Predicate:
        entries = self.table.entries.values()
        return self._among(tuple(e.concept_id for e in entries if any(says(value, *coding) for coding in _codes(e))))

    def present(self, site: Site) -> Predicate:
        """There is a category, for that is what the parameters search; the text alone is none."""
        return self._among(tuple(e.concept_id for e in self.table.entries.values() if _codes(e)))

    def _among(self, ids: tuple[int, ...]) -> Predicate:
        if not ids:
            return NEVER
        others = (Joined(self.others.alias, Among(self.others, ids)),) if self.others else ()
        return any_of((Among(self.concept, ids), *others))

    def order(self, site: Site) -> Expression | None:
        entries = self.table.entries.values()
        return Decoded(self.concept, tuple((e.concept_id, e.detailed or e.code) for e in entries if e.code))

    def search_columns(self) -> tuple[Column, ...]:
        return (self.concept,)


MORE_THAN_ONE_RACE = 1546847


def _codes(entry: Entry) -> list[tuple[str, str, str]]:
    """System, code and display of the codings that an entry gives."""
    system = NULL_FLAVOR if entry.code == "UNK" else CDC
    broad, fine = (system, entry.code, entry.display), (CDC, entry.detailed, entry.detailed_display)
    return [coding for coding in (broad, fine) if coding[1]]


class _Builder:
    """Builds the extension of one row."""

    def __init__(self, url: str, entries: Mapping[int, Entry], ready: Callable[[object], object]) -> None:
        self.url = url
        self.entries = entries
        self.ready = ready
        self._built: dict[tuple[int, str], Any] = {}

    def __call__(self, concept: int | None, words: str | None, others: list[int] | None, concepts: Any) -> Any:
        """The extension, or None where nothing is known; sources say the same few things over and over."""
        if concept is not None and not others and concept in self.entries:
            said = text.string(words) or self._names([concept], concepts)
            if said is not None:
                return self._built.get((concept, said)) or self._remember(concept, said)
        return self._build(concept, words, others, concepts)

    def _remember(self, concept: int, said: str) -> Any:
        if len(self._built) > 10_000:
            self._built.clear()
        built = self._built[concept, said] = self.ready(self._extension([concept], said))
        return built

    def _build(self, concept: int | None, words: str | None, others: list[int] | None, concepts: Any) -> Any:
        ids = list(dict.fromkeys(id for id in (concept, *(others or ())) if id and id != MORE_THAN_ONE_RACE))
        said = text.string(words) or self._names(ids or ([concept] if concept else []), concepts)
        return None if said is None else self._extension(ids, said)

    def _extension(self, ids: list[int], said: str) -> dict[str, Any]:
        codings = [part for id in ids if id in self.entries for part in self._codings(self.entries[id])]
        unique = list({str(part): part for part in codings}.values())
        return {"url": self.url, "extension": [*unique, {"url": "text", "valueString": said}]}

    def _codings(self, entry: Entry) -> list[dict[str, Any]]:
        system = NULL_FLAVOR if entry.code == "UNK" else CDC
        broad, fine = (entry.code, entry.display, system), (entry.detailed, entry.detailed_display, CDC)
        return [
            {"url": url, "valueCoding": {"system": system, "code": code, "display": display}}
            for url, (code, display, system) in (("ombCategory", broad), ("detailed", fine))
            if code
        ]

    def _names(self, ids: list[int], concepts: Any) -> str | None:
        names = [entry.detailed_display or entry.display if (entry := self.entries.get(id)) else None for id in ids]
        known = [name or concepts[id].display for id, name in zip(ids, names, strict=True)]
        return text.string(", ".join(name for name in known if name))
