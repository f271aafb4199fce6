"""Valid resources of any type of R4, drawn from the tables of its definitions.

    @given(resources("Procedure"))
    def test(resource): ...

What comes is valid by construction (the strategy's own tests ask the validator): any element, choice, extension, contained
resource, extension of a primitive, code of a required binding, within small sizes. Left out are modifiers (implicitRules,
modifierExtension) unless asked for, since a server refuses those that it does not know. Numbers are int or Decimal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from omop_fhir.fhir.definitions import Element, ElementType, children, codes, codings, resource_types
from tests.strategies.primitives import ID, PRIMITIVES, TEXT, WEB
from tests.strategies.repairs import REPAIRS

JSON = dict[str, Any]

_ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
_MODIFIERS = frozenset({"modifierExtension", "implicitRules"})
_SERVERS = frozenset({"versionId", "lastUpdated"})
"""What a contained resource may not have (dom-4), and what a server sets anyway."""
_SIMPLE = (
    "boolean", "code", "dateTime", "decimal", "string", "uri", "Coding", "Quantity", "Period", "Reference", "CodeableConcept",
)  # fmt: skip
_BREADTH = (9, 4, 2, 1, 1)
"""The most optional elements by depth; deeper than this, none but required ones."""
_ODDS = 12
"""One primitive in so many has an id or extensions beside it, or in its place."""


@dataclass(frozen=True)
class Wishes:
    """What the caller wants otherwise.

    `targets`: type -> ids that literal references may use; None: any id. `given`: path of an element (`Procedure.code`,
    `Patient.identifier.system`; of choices `Observation.value[x]`) -> strategy of one value. `without`: paths that are left
    out where they are optional.
    """

    targets: Mapping[str, Sequence[str]] | None = None
    given: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    modifiers: bool = False
    contained: bool = True


@st.composite
def resources(draw: st.DrawFn, type: str, wishes: Wishes = Wishes()) -> JSON:
    """Valid resources of a type, with an id."""
    made = _Builder(draw, wishes).resource(type)
    made.setdefault("id", draw(ID))
    return made


class _Builder:
    """Builds one resource by drawing."""

    def __init__(self, draw: st.DrawFn, wishes: Wishes) -> None:
        self._draw = draw
        self._wishes = wishes

    def resource(self, type: str) -> JSON:
        made = {"resourceType": type, **self._object(type, 0, frozenset({"contained"}))}
        if self._wishes.contained and self._chance(4) and any(element.name == "contained" for element in children(type)):
            self._contain(made)
        return made

    def _contain(self, made: JSON) -> None:
        """A contained resource, and an extension that refers to it (dom-3)."""
        inner = self._inner(self._one(("Practitioner", "Organization", "Basic", "Medication")))
        made["contained"] = [inner | {"id": "inner"}]
        reference = {"url": "http://example.org/contained", "valueReference": {"reference": "#inner"}}
        made["extension"] = [*made.get("extension", ()), reference]

    def _inner(self, type: str) -> JSON:
        """A small resource within another."""
        return {"resourceType": type, **self._object(type, 3, frozenset({"contained", "meta", "id"}))}

    # Draws

    def _one(self, items: Sequence[Any]) -> Any:
        return items[0] if len(items) == 1 else items[self._draw(_numbers(len(items)))]

    def _chance(self, odds: int) -> bool:
        return bool(self._draw(_numbers(odds)) == odds - 1)

    def _some(self, items: Sequence[Any], most: int) -> list[Any]:
        if not items or not most:
            return []
        return [items[index] for index in self._draw(_choices(len(items), most))]

    # Objects

    def _object(self, path: str, depth: int, without: frozenset[str] = frozenset()) -> JSON:
        """The properties of a type or backbone element; at least one of them."""
        required, optional = _elements(path)
        wanted = [element for element in optional if self._is_wanted(element, without)]
        breadth = _BREADTH[depth] if depth < len(_BREADTH) else 0
        made: JSON = {}
        for element in (*required, *self._some(wanted, breadth)):
            self._put(made, element, depth)
        if (not made or set(made) == {"id"}) and path not in resource_types():
            self._put(made, _simplest(path, frozenset(element.path for element in wanted)), depth)
        repair = REPAIRS.get(path)
        if repair is not None:
            repair(made)
        return made

    def _is_wanted(self, element: Element, without: frozenset[str]) -> bool:
        name = element.name
        if name in without or element.path in self._wishes.without or (name in _SERVERS and element.path.startswith("Meta.")):
            return False
        return self._wishes.modifiers or name not in _MODIFIERS

    def _put(self, made: JSON, element: Element, depth: int) -> None:
        kinds = element.types or (ElementType("BackboneElement"),)
        index = self._kind(element, kinds, depth)
        name, kind = element.properties[index], kinds[index]
        if kind.code not in PRIMITIVES:
            value = self._complex(element, kind, depth)
            made[name] = [value, *self._more(element, kind, depth)] if element.is_list else value
        elif element.is_list:
            self._put_list(made, name, element, kind)
        else:
            self._put_primitive(made, name, element, kind)

    def _kind(self, element: Element, kinds: Sequence[ElementType], depth: int) -> int:
        """Which type of a choice: of an extension's fifty mostly the simple ones, deep down primitive ones."""
        if len(kinds) == 1:
            return 0
        indexes = list(range(len(kinds)))
        if len(kinds) > 20 and not self._chance(4):
            indexes = [index for index in indexes if kinds[index].code in _SIMPLE]
        if depth >= 3:
            indexes = [index for index in indexes if kinds[index].code in PRIMITIVES] or indexes
        return int(self._one(indexes))

    def _more(self, element: Element, kind: ElementType, depth: int) -> list[Any]:
        return [self._complex(element, kind, depth)] if depth < 2 and self._chance(3) else []

    # Primitives

    def _primitive(self, element: Element, kind: ElementType) -> Any:
        given = self._wishes.given.get(element.path)
        return self._draw(_primitives(kind.code, element.binding) if given is None else given)

    def _put_primitive(self, made: JSON, name: str, element: Element, kind: ElementType) -> None:
        if name in ("id", "div", "url") or element.path in self._wishes.given or not self._chance(_ODDS):
            made[name] = self._primitive(element, kind)
        elif element.binding is None and self._chance(2):
            made["_" + name] = {"extension": [_ABSENT]}
        else:
            made[name], made["_" + name] = self._primitive(element, kind), self._beside()

    def _beside(self) -> JSON:
        return self._one(({"id": "x"}, {"id": "y", "extension": [_ABSENT]}, {"extension": [self._extension(4)]}))

    def _put_list(self, made: JSON, name: str, element: Element, kind: ElementType) -> None:
        values = [self._primitive(element, kind), *([self._primitive(element, kind)] if self._chance(3) else [])]
        made[name] = values
        if self._chance(_ODDS):
            made[name] = [values[0], None, *values[1:]]
            made["_" + name] = [self._one((None, {"id": "x"})), {"extension": [_ABSENT]}, *[None] * (len(values) - 1)]

    # Complex types

    def _complex(self, element: Element, kind: ElementType, depth: int) -> Any:
        given = self._wishes.given.get(element.path)
        if given is not None:
            return self._draw(given)
        if kind.code == "Reference":
            return self._reference(element, kind, depth)
        if kind.code == "Extension":
            return self._extension(depth + 1)
        if kind.code == "Resource":
            return self._inner("Basic")
        if kind.code == "CodeableConcept" and element.binding is not None:
            return self._bound_concept(element.binding, depth)
        return self._plain(element, kind, depth)

    def _plain(self, element: Element, kind: ElementType, depth: int) -> JSON:
        path = element.content or (element.path if element.is_backbone else kind.code)
        made = self._object(path, depth + 1)
        if "SimpleQuantity" in kind.profiles:
            for name in ("comparator", "_comparator"):
                made.pop(name, None)
            if set(made) <= {"id"}:
                made["value"] = 1
        return made

    def _extension(self, depth: int) -> JSON:
        """ext-1: a value or extensions, not both."""
        made: JSON = {"url": self._draw(WEB)}
        if depth < 3 and self._chance(4):
            return made | {"extension": [self._extension(depth + 1)]}
        element = next(found for found in children("Extension") if found.name == "value")
        self._put(made, element, max(depth, 2))
        return made

    def _bound_concept(self, value_set: str, depth: int) -> JSON:
        system, code = self._one(_codings(value_set))
        coding = {name: text for name, text in (("system", system), ("code", code)) if text}
        others = [self._object("Coding", depth + 2)] if depth < 2 and self._chance(4) else []
        made: JSON = {"coding": [coding, *others]}
        return made | {"text": self._draw(TEXT)} if self._chance(3) else made

    def _reference(self, element: Element, kind: ElementType, depth: int) -> JSON:
        """A literal reference, or a logical one by identifier."""
        made: JSON = {}
        types = _targets(kind.profiles)
        known = self._wishes.targets
        if known is not None:
            types = tuple(type for type in types if known.get(type))
        if types and not self._chance(5):
            type = self._one(types)
            id = self._draw(ID) if known is None else self._one(tuple(known[type]))
            made["reference"] = f"{type}/{id}"
        else:
            made["identifier"] = {"system": self._draw(WEB), "value": self._draw(TEXT)}
        if self._chance(3):
            made["display"] = self._draw(TEXT)
        return made


# What is drawn from is made once: Hypothesis takes as long to look through a new strategy as to draw from it.


@lru_cache(maxsize=1024)
def _numbers(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


@lru_cache(maxsize=1024)
def _choices(count: int, most: int) -> st.SearchStrategy[list[int]]:
    """Which of so many."""
    return st.lists(_numbers(count), max_size=most, unique=True)


@lru_cache(maxsize=1024)
def _elements(path: str) -> tuple[tuple[Element, ...], tuple[Element, ...]]:
    """Required and optional elements."""
    every = children(path)
    return tuple(e for e in every if e.minimum > 0), tuple(e for e in every if e.minimum == 0 and e.maximum != 0)


@lru_cache(maxsize=1024)
def _simplest(path: str, wanted: frozenset[str]) -> Element:
    """An optional element that is the least: a primitive if there is one."""
    found = [e for e in _elements(path)[1] if e.path in wanted and e.name not in ("id", "extension")]
    return min(found, key=lambda e: not (e.types and e.types[0].code in PRIMITIVES))


@lru_cache(maxsize=1024)
def _primitives(code: str, binding: str | None) -> st.SearchStrategy[Any]:
    return st.sampled_from(sorted(codes(binding))) if binding is not None and code == "code" else PRIMITIVES[code]


@lru_cache(maxsize=256)
def _codings(value_set: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(codings(value_set)))


@lru_cache(maxsize=256)
def _targets(profiles: tuple[str, ...]) -> tuple[str, ...]:
    return profiles if profiles and "Resource" not in profiles else ("Patient", "Organization", "Location")
