"""Searches for Hypothesis to choose from: values that the resources hold, near misses, chains, orders, pages, inclusions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from . import dates, rules
from .population import Key, definition, is_altered
from .search import Oracle

Pair = tuple[str, str]
_SAMPLE = 150
_HIERARCHICAL = {"Procedure.code", "Condition.code", "MedicationStatement.code", "Encounter.type"}


@dataclass(frozen=True)
class Request:
    """`path` is a type, a compartment (`Patient/1/Procedure`) or empty for the whole system."""

    path: str
    pairs: tuple[Pair, ...]
    types: tuple[str, ...]
    within: Key | None = None


@dataclass
class Requests:
    """Makes strategies from what an oracle's population holds; each list of values is made once."""

    oracle: Oracle
    _pairs: dict[tuple[str, str], list[Pair]] = field(default_factory=dict)
    _texts: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)
    _targets: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def pairs(self, type: str, code: str) -> list[Pair]:
        """Plain names and values for a parameter."""
        if (type, code) not in self._pairs:
            self._pairs[type, code] = sorted(set(self._made(type, code)))
        return self._pairs[type, code]

    def texts(self, type: str, code: str) -> dict[str, list[str]]:
        """The same by name, so that no modifier is rare."""
        if (type, code) not in self._texts:
            by_name = self._texts[type, code] = {}
            for name, text in self.pairs(type, code):
                by_name.setdefault(name, []).append(text)
        return self._texts[type, code]

    def targets(self, type: str, code: str) -> list[str]:
        """The types that a parameter's references lead to."""
        if (type, code) not in self._targets:
            references = self.oracle.population.referring(type, code)
            keys = {tuple(reference.split("/", 1)) for reference in references if reference}
            self._targets[type, code] = sorted({key[0] for key in keys if key in self.oracle.population.resources})
        return self._targets[type, code]

    def backlinks(self, type: str) -> list[Pair]:
        """The types and reference parameters that lead to a type."""
        declared = self.oracle.declared
        return [(o, code) for o in declared for code in self.oracle.references(o) if type in self.targets(o, code)]

    def _made(self, type: str, code: str) -> Iterator[Pair]:
        kind = definition(type, code).type
        if code != "deceased":  # is what the expression calls false missing? R4 leaves it open
            yield from ((f"{code}:missing", text) for text in ("true", "false"))
        values = _spread([v for key in self.oracle.population.by_type[type] for v in self.oracle.population.values(key, code)])
        for number, value in enumerate(values):
            if kind == "token":
                yield from self._tokens(type, code, value)
            elif kind == "string":
                yield from _strings(code, value, number)
            elif kind == "date":
                yield from _dates(code, value, number)
            elif kind == "quantity":
                yield from _quantities(code, value["value"], number)
            elif kind == "reference" and "reference" in value:
                yield from self._references(code, value["reference"])

    def _tokens(self, type: str, code: str, value: Any) -> Iterator[Pair]:
        for each in rules.codes(f"{type}.{code}", value):
            for word in each.words:
                if word.strip() and not is_altered(word):
                    yield from ((f"{code}:text", _escaped(text)) for text in (word[:4], word.upper(), word[1:]) if text.strip())
            if each.code is None or is_altered(each.code) or not each.code.strip():
                continue
            own = _escaped(each.code)
            texts = [own, f"{each.system}|{own}", f"|{own}", f"http://other|{own}", own + "0"]
            texts += [f"{each.system}|"] if each.system and "ohdsi" not in each.system else []
            if isinstance(value, bool):
                texts = ["true", "false"]
            yield from ((name, text) for text in texts for name in (code, f"{code}:not"))
            if f"{type}.{code}" in _HIERARCHICAL and each.system and each.system.startswith("http"):
                yield from ((f"{code}:{way}", text) for way in ("below", "above") for text in texts[:2])
                if "snomed" in each.system:
                    yield from ((f"{code}:{way}", f"{each.system}?fhir_vs=isa/{own}") for way in ("in", "not-in"))

    def _references(self, code: str, reference: str) -> Iterator[Pair]:
        type, _, id = reference.partition("/")
        yield from ((code, text) for text in (id, reference, f"{self.oracle.base}/{reference}", f"{id}1", f"Group/{id}"))
        yield f"{code}:{type}", id


def _spread(values: list[Any]) -> list[Any]:
    """Distinct values, evenly chosen where there are many."""
    distinct = list({repr(value): value for value in values}.values())
    return distinct[:: max(1, len(distinct) // _SAMPLE)]


def _escaped(text: str) -> str:
    return re.sub(r"([\\,|$])", r"\\\1", text)


def _strings(code: str, value: Any, number: int) -> Iterator[Pair]:
    for text in rules.strings(value):
        if is_altered(text) or "\x7f" in text:
            continue
        parts = (text, text[:3], text.upper(), rules.fold(text), text[number % 5 :], text[1:4], text + "x")
        for part in parts:
            if part.strip():
                yield from ((f"{code}{modifier}", _escaped(part)) for modifier in ("", ":exact", ":contains"))


def _dates(code: str, value: Any, number: int) -> Iterator[Pair]:
    for text in (value,) if isinstance(value, str) else filter(None, (value.get("start"), value.get("end"))):
        prefixes = ("", *dates.PREFIXES)
        near = [text, *(text[:size] for size in (4, 7, 10, 16, 19)), text[:19] + "Z", text[:16] + "-05:00", text[:19] + ".5"]
        near += [f"{int(text[:4]) + 1:04}{text[4:7]}", text[:8] + "28" if len(text) >= 10 else text[:4] + "-12-31"]
        for place, each in enumerate(near):
            if _is_date(each):
                for step in (0, 3, 7):
                    yield code, prefixes[(number + place + step) % len(prefixes)] + each


def _is_date(text: str) -> bool:
    try:
        dates.span(text, None)
    except (AssertionError, ValueError):
        return False
    return text[10:] == "" or text[10] == "T"


def _quantities(code: str, value: Any, number: int) -> Iterator[Pair]:
    prefix = ("", *dates.PREFIXES)[number % 10]
    other = f"{value}.0" if isinstance(value, int) else str(int(value))
    for text in (str(value), other, str(int(value) + 1), f"{value / 60:.2f}||h"):
        yield from ((code, prefix + text), (code, text), (code, f"{prefix}{text.partition('|')[0]}|{rules.UCUM}|min"))
    yield code, f"{value}||kg"


@st.composite
def criteria(draw: DrawFn, requests: Requests, type: str, depth: int = 2) -> Pair:
    """A parameter of a type: of its own, behind a chain, or of what refers to it."""
    declared = requests.oracle.declared[type]
    way = draw(st.integers(0, 9)) if depth else 0
    links = [code for code in requests.oracle.references(type) if requests.targets(type, code)]
    if way >= 8 and (backlinks := requests.backlinks(type)):
        source, code = draw(st.sampled_from(backlinks))
        name, text = draw(criteria(requests, source, depth - 1))
        return f"_has:{source}:{code}:{name}", text
    if way >= 6 and links:
        code = draw(st.sampled_from(links))
        target = draw(st.sampled_from(requests.targets(type, code)))
        name, text = draw(criteria(requests, target, depth - 1))
        typed = len(requests.targets(type, code)) > 1 or len(definition(type, code).targets) > 1 or draw(st.booleans())
        return f"{code}:{target}.{name}" if typed else f"{code}.{name}", text
    code = draw(st.sampled_from(sorted(declared)))
    name = draw(st.sampled_from(list(texts := requests.texts(type, code))))
    text = draw(st.sampled_from(texts[name]))
    if "missing" not in name and draw(st.integers(0, 3)) == 0:
        text = ",".join((text, *draw(st.lists(st.sampled_from(texts[name]), min_size=1, max_size=3))))
    return name, text


@st.composite
def searches(draw: DrawFn, requests: Requests) -> Request:
    """A whole search."""
    oracle = requests.oracle
    type = draw(st.sampled_from(sorted(oracle.declared)))
    within, path, types = None, type, (type,)
    match draw(st.integers(0, 9)):
        case 0 if type in ("Condition", "Encounter", "MedicationStatement", "Procedure"):
            within = ("Patient", draw(st.sampled_from([id for _, id in oracle.population.by_type["Patient"]])))
            path = f"Patient/{within[1]}/{type}"
        case 1:
            types = tuple(draw(st.lists(st.sampled_from(sorted(oracle.declared)), min_size=1, max_size=3, unique=True)))
            path = ""
    common = sorted(set.intersection(*(set(oracle.declared[each]) for each in types)))
    if path:
        pairs = draw(st.lists(criteria(requests, type), max_size=3))
    else:
        codes = st.sampled_from([code for code in common if definition(types[0], code).type != "reference"])
        pairs = [draw(codes.flatmap(lambda code: st.sampled_from(requests.pairs(types[0], code))))]
    pairs += draw(_sorts(requests, types, common))
    pairs += draw(_inclusions(requests, types)) if draw(st.integers(0, 2)) == 0 else []
    if draw(st.booleans()):
        pairs.append(("_count", str(draw(st.integers(1, 40)))))
    return Request(path, tuple(pairs), types, within)


@st.composite
def _sorts(draw: DrawFn, requests: Requests, types: tuple[str, ...], common: list[str]) -> list[Pair]:
    codes = common if len(types) == 1 else [code for code in common if code in ("_id", "_lastUpdated", "patient")]
    codes = [code for code in codes if code not in ("deceased", "race", "ethnicity")]  # several codes for one value
    chosen = draw(st.lists(st.sampled_from(codes), max_size=3, unique=True))
    return [("_sort", ",".join(draw(st.sampled_from(("", "-"))) + code for code in chosen))] if chosen else []


@st.composite
def _inclusions(draw: DrawFn, requests: Requests, types: tuple[str, ...]) -> list[Pair]:
    type = draw(st.sampled_from(types))
    links = [code for code in requests.oracle.references(type) if requests.targets(type, code)]
    ways: list[SearchStrategy[Pair]] = []
    if links:
        ways.append(st.sampled_from(links).map(lambda code: ("_include", f"{type}:{code}")))
        ways.append(st.sampled_from(links).map(lambda code: ("_include", f"{type}:{code}:{requests.targets(type, code)[0]}")))
        ways.append(st.just(("_include", f"{type}:*")))
    if back := requests.backlinks(type):
        ways.append(st.sampled_from(back).map(lambda pair: ("_revinclude", f"{pair[0]}:{pair[1]}")))
    oracle = requests.oracle
    everywhere = [(o, code) for o in oracle.declared for code in oracle.references(o) if requests.targets(o, code)]
    ways.append(st.sampled_from(everywhere).map(lambda pair: ("_include:iterate", f"{pair[0]}:{pair[1]}")))
    return draw(st.lists(st.one_of(ways), min_size=1, max_size=3))
