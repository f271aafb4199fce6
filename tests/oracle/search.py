"""R4 search evaluated naively: every resource is looked at, no index is kept, nothing is shared with the server's planning.

A type (None: the whole system) and name and value pairs, as in a URL, enter; the keys of all matches leave, in order.
https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any
from zoneinfo import ZoneInfo

from omop_fhir.fhir.definitions import compartment

from . import dates, rules
from .population import Key, Population, definition
from .terminology import Hierarchy

Pairs = Sequence[tuple[str, str]]
_DETAIL = "detail-"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_HIERARCHY = {"below": False, "above": True}


@dataclass
class Oracle:
    """Evaluates searches over a population. `zone` is the server's time zone, None where it declares none."""

    population: Population
    hierarchy: Hierarchy
    base: str
    zone: ZoneInfo | None
    _known: dict[tuple[str, str, str], frozenset[Key]] = field(default_factory=dict)

    def search(self, types: Iterable[str], pairs: Pairs, within: Key | None = None) -> list[Key]:
        """The keys of the matches of these types, in the order of `_sort`. Raises Refused."""
        filters = [pair for pair in pairs if pair[0] not in ("_sort", "_count") and "include" not in pair[0]]
        found: list[Key] = []
        for type in sorted(types):
            keys = set(self.population.by_type.get(type, ()))
            for name, text in filters:
                keys &= self.matching(type, name, text)
            found += [key for key in keys if within is None or self._is_within(key, within)]
        return self._ordered(found, next((text for name, text in pairs if name == "_sort"), ""))

    def matching(self, type: str, name: str, text: str) -> frozenset[Key]:
        """The resources of a type that fulfil one parameter."""
        if (type, name, text) not in self._known:
            self._known[type, name, text] = frozenset(self._matching(type, name, text))
        return self._known[type, name, text]

    def _matching(self, type: str, name: str, text: str) -> Iterator[Key]:
        if name.startswith("_has:"):
            yield from self._reverse(type, name, text)
        elif "." in name:
            yield from self._chained(type, name, text)
        else:
            yield from self._plain(type, name, text)

    def _reverse(self, type: str, name: str, text: str) -> Iterator[Key]:
        _, source, code, rest = name.split(":", 3)
        good = self.matching(source, rest, text)
        for reference, keys in self.population.referring(source, code).items():
            target, _, id = reference.partition("/")
            if target == type and (type, id) in self.population.resources and good.intersection(keys):
                yield type, id

    def _chained(self, type: str, name: str, text: str) -> Iterator[Key]:
        head, _, rest = name.partition(".")
        code, _, wanted = head.partition(":")
        for reference, keys in self.population.referring(type, code).items():
            target, _, id = reference.partition("/")
            known = wanted in ("", target) and (target, id) in self.population.resources
            if known and (target, id) in self.matching(target, rest, text):
                yield from keys

    def _plain(self, type: str, name: str, text: str) -> Iterator[Key]:
        code, _, modifier = name.partition(":")
        for key in self.population.by_type.get(type, ()):
            values = self.population.values(key, code)
            if modifier == "missing":
                fits = (not any(_says(value) for value in values)) == (text == "true")
            elif modifier in ("not", "not-in"):
                fits = not self._any(key[0], code, {"not": "", "not-in": "in"}[modifier], text, values)
            else:
                fits = self._any(key[0], code, modifier, text, values)
            if fits:
                yield key

    def _any(self, type: str, code: str, modifier: str, text: str, values: Iterable[Any]) -> bool:
        values = list(values)
        return any(self._fits(type, code, modifier, part, value) for part in rules.split(text, ",") for value in values) or (
            modifier in (*_HIERARCHY, "in") and not values and self._understood(modifier, text)
        )

    def _understood(self, modifier: str, text: str) -> bool:
        """Nothing matches; but the closure is made, so that it can be refused."""
        for part in rules.split(text, ","):
            self._closure(modifier, part)
        return False

    def _fits(self, type: str, code: str, modifier: str, text: str, value: Any) -> bool:
        place = f"{type}.{code}"
        match definition(type, code).type:
            case "token" if modifier == "text":
                return rules.token_text(place, value, text)
            case "token" if modifier in (*_HIERARCHY, "in"):
                reached = self._closure(modifier, text)
                return any((each.system, each.code) in reached for each in rules.codes(place, value))
            case "token":
                return rules.token(place, value, text)
            case "date":
                return dates.matches(value, text, self.zone, is_instant=code == "_lastUpdated")
            case "string":
                return rules.string(value, modifier, text)
            case "quantity":
                return rules.quantity(value, text)
            case "reference":
                return rules.reference(value, modifier, text, self.base)
            case other:
                raise AssertionError(f"no rules for {other}")

    def _closure(self, modifier: str, text: str) -> set[tuple[str, str]]:
        """What `:below`, `:above` or an implicit value set of SNOMED CT (`:in`) mean."""
        if modifier == "in":
            system, _, code = text.partition("?fhir_vs=isa/")
            return self.hierarchy.closure(system, code, above=False)
        *system, code = (rules.unescape(part) for part in rules.split(text, "|"))
        return self.hierarchy.closure(system[0] if system else None, code, above=_HIERARCHY[modifier])

    def _is_within(self, key: Key, owner: Key) -> bool:
        if key[0] == owner[0]:
            return key == owner
        codes = compartment(owner[0]).get(key[0], ())
        reference = "/".join(owner)
        return any(value.get("reference") == reference for code in codes for value in self.population.values(key, code))

    def included(self, shown: Iterable[Key], pairs: Pairs, *, rounds: int = 10) -> set[Key]:
        """What `_include` and `_revinclude` add to the resources shown, those left out."""
        seen = set(shown)
        first, fresh = set(seen), set(seen)
        for number in range(rounds):
            found: set[Key] = set()
            for name, text in pairs:
                if "include" in name and (number == 0 or name.endswith(":iterate")):
                    found |= self._reverse_include(text, fresh) if name[1] == "r" else self._include(text, fresh)
            fresh = found - seen
            seen |= fresh
        return seen - first

    def _include(self, text: str, fresh: set[Key]) -> set[Key]:
        source, code, *target = text.split(":") if text != "*" else ("*", "*")
        found = set()
        for key in fresh:
            if source in ("*", key[0]):
                for each in (code,) if code != "*" else self.references(key[0]):
                    for value in self.population.values(key, each):
                        type, _, id = value.get("reference", "").partition("/")
                        if (not target or target[0] == type) and (type, id) in self.population.resources:
                            found.add((type, id))
        return found

    def _reverse_include(self, text: str, fresh: set[Key]) -> set[Key]:
        source, code, *target = text.split(":")
        wanted = {"/".join(key) for key in fresh if not target or key[0] == target[0]}
        return {
            key
            for each in ((code,) if code != "*" else self.references(source))
            for reference, keys in self.population.referring(source, each).items()
            if reference in wanted
            for key in keys
        }

    declared: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Type -> the codes of the search parameters that the server claims."""

    def references(self, type: str) -> list[str]:
        """The reference parameters claimed for a type."""
        return [code for code in self.declared.get(type, ()) if definition(type, code).type == "reference"]

    def _ordered(self, keys: list[Key], sort: str) -> list[Key]:
        """By the rules, then by source, and key in the direction of the last rule; what is missing comes last."""
        given = [(part.removeprefix("-"), part.startswith("-")) for part in sort.split(",") if part]
        places = {key: [self._place(key, code, down) for code, down in given] for key in keys}
        ways = [-1 if down else 1 for _, down in given]

        def compare(a: Key, b: Key) -> int:
            for way, one, other in zip(ways, places[a], places[b], strict=True):
                if one != other:
                    return (one is None) - (other is None) if None in (one, other) else way * (-1 if one < other else 1)
            if _source(a) != _source(b):
                return -1 if _source(a) < _source(b) else 1
            return (ways[-1] if ways else 1) * (-1 if _number(a[1]) < _number(b[1]) else 1)

        return sorted(keys, key=cmp_to_key(compare))

    def _place(self, key: Key, code: str, down: bool) -> Any:
        """What a resource is ordered by; of several values the one that comes first in the direction of the rule."""
        if code == "_id":
            return _number(key[1])
        if code not in self.declared[key[0]]:
            return None
        type = definition(key[0], code).type
        values = self.population.values(key, code)
        places = [place for value in values if (place := self._one(key, code, type, value)) is not None]
        if type == "reference" and places:
            return max(places) if down else min(places)
        return places[0] if places else None

    def _one(self, key: Key, code: str, type: str, value: Any) -> Any:
        match type:
            case "date":
                return None if isinstance(value, dict) and "start" not in value else dates.extent(value, self.zone)[0]
            case "token":
                known = (c for c in rules.codes(f"{key[0]}.{code}", value) if c.code is not None and c.system != _ABSENT)
                code_ = next((c.code for c in known), None)
                own = isinstance(value, dict) and value.get("system", "").endswith(("occurrence_id", "exposure_id", "detail_id"))
                return _number(code_ or "") if own else code_
            case "string":
                return next((text for text in rules.strings(value) if text.strip()), None)
            case "quantity":
                return value["value"]
            case _:
                return _held(value)


def _says(value: Any) -> bool:
    """Is there anything to search by? An element that only says why it is absent has nothing."""
    return not isinstance(value, dict) or any(name != "extension" and name[0] != "_" for name in value)


def _held(reference: Any) -> int | None:
    """The key that a reference holds, be it by an identifier."""
    if "reference" in reference:
        return _number(reference["reference"].partition("/")[2])
    return _number(reference["identifier"]["value"]) if "identifier" in reference else None


def _number(id: str) -> int:
    return int(id.removeprefix(_DETAIL))


def _source(key: Key) -> tuple[str, bool]:
    return key[0], key[1].startswith(_DETAIL)
