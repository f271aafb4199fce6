"""Codecs made of codecs: `backbone` (nested elements), `list` (several values), `first` (the first that is there), and
the `when` that any codec may carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...fhir.values import SearchValue
from ..expression import Coalesced, Expression, When
from ..predicate import Column, Not, Predicate, all_of, any_of
from ..site import Site
from .base import Codec, Projection, codec
from .code import CodeableConcept, guard
from .reference import Reference
from .writer import Put, Writer, property_of


@codec("list", "list")
@dataclass(frozen=True, kw_only=True)
class Several(Codec):
    """Several values of one repeating element, each under a name that a site can override."""

    of: dict[str, Codec]

    def emit(self, w: Writer, put: Put) -> None:
        values = w.fresh("l")
        w.line(f"{values} = []")
        for each in self.of.values():
            each.emit(w, lambda expression, type: w.line(f"{values}.append({expression})"))
        with w.block(f"if {values}:"):
            put(values, self.type)

    def project(self, value: Any, into: Projection) -> None:
        """Each part takes the first value that is its own, by extension url or identifier system."""
        rest = list(enumerate(value or ()))
        for each in self.of.values():
            mine = next((pair for pair in rest if belongs(pair[1], each, into.site)), None)
            if mine is None:
                each.project(None, into)
            else:
                rest.remove(mine)
                into.below(f"[{mine[0]}]", each, mine[1])
        for number, item in rest:
            into.lose(f"[{number}]", f"no OMOP column holds {item.get('url') or item.get('system') or 'one more value'}")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return any_of(tuple(each.search(value, site) for each in self.of.values()))

    def order(self, site: Site) -> Expression | None:
        return _first_of(self.of, site)

    def member(self, name: str) -> Codec | None:
        return self.of.get(name)

    def present(self, site: Site) -> Predicate:
        return any_of(tuple(each.present(site) for each in self.of.values()))

    def search_columns(self) -> tuple[Column, ...]:
        return tuple(column for each in self.of.values() for column in each.search_columns())


def belongs(item: Any, codec: Codec, site: Site) -> bool:
    """Is the value one that the codec is for, by its url, its system or the type that it refers to?"""
    if not isinstance(item, dict):
        return True
    if isinstance(codec, Reference):
        reference = str(item.get("reference", f"{codec.target}/"))
        return reference.removeprefix(f"{site.base}/").startswith(f"{codec.target}/")
    if isinstance(codec, Backbone):
        parts = ((item[name], each) for name, each in codec.elements.items() if name in item and each.type == "Reference")
        return all(belongs(value, each, site) for value, each in parts)
    if isinstance(codec, CodeableConcept):
        return any(coding.get("system") == site.expand(codec.system) for coding in item.get("coding", ()))
    for member in ("url", "system"):
        own = getattr(codec, member, None)
        if own is not None and member in item:
            return bool(item[member] == site.expand(own))
    inner = getattr(codec, "of", None) or getattr(codec, "inner", None)
    if isinstance(inner, Codec):
        return belongs(item, inner, site)
    return any(belongs(item, each, site) for each in inner.values()) if inner else True


@codec("first", "first")
@dataclass(frozen=True, kw_only=True)
class First(Codec):
    """The first of several codecs that has something to say."""

    of: dict[str, Codec]

    def emit(self, w: Writer, put: Put) -> None:
        done = w.fresh("f")
        w.line(f"{done} = False")

        def inner(expression: str, type: str) -> None:
            put(expression, type)
            w.line(f"{done} = True")

        for number, each in enumerate(self.of.values()):
            with w.block(f"if not {done}:" if number else "if True:"):
                each.emit(w, inner)
                w.line("pass")

    def project(self, value: Any, into: Projection) -> None:
        """The first that keeps something and loses least takes the value; for the others it is absent."""
        best = min(self.of.values(), key=lambda each: self._cost(each, value, into))
        best.project(value, into)
        for each in self.of.values():
            if each is not best:
                trial = self._trial(each, None, into)
                for column in trial.columns:
                    into.assign(column, trial.columns[column])

    def _cost(self, codec: Codec, value: Any, into: Projection) -> tuple[bool, int]:
        trial = self._trial(codec, value, into)
        return bool(trial.losses) and not any(trial.columns.values()), len(trial.losses)

    @staticmethod
    def _trial(codec: Codec, value: Any, into: Projection) -> Projection:
        trial = into.trial()
        codec.project(value, trial)
        return trial

    def search(self, value: SearchValue, site: Site) -> Predicate:
        before: list[Predicate] = []
        found: list[Predicate] = []
        for each in self.of.values():
            found.append(all_of((*(Not(part) for part in before), each.search(value, site))))
            before.append(each.present(site))
        return any_of(tuple(found))

    def order(self, site: Site) -> Expression | None:
        return _first_of(self.of, site)

    def absence(self) -> Mapping[str, Any]:
        return {type: value for each in self.of.values() for type, value in each.absence().items()}

    def member(self, name: str) -> Codec | None:
        return self.of.get(name) or next(filter(None, (each.member(name) for each in self.of.values())), None)

    def present(self, site: Site) -> Predicate:
        return any_of(tuple(each.present(site) for each in self.of.values()))

    def search_columns(self) -> tuple[Column, ...]:
        return tuple(column for each in self.of.values() for column in each.search_columns())


@codec("backbone", "BackboneElement")
@dataclass(frozen=True, kw_only=True)
class Backbone(Codec):
    """Nested elements; absent where none of them is there."""

    elements: dict[str, Codec]
    repeating: tuple[str, ...] = ()
    """Members that are lists in FHIR; the loader fills this in from the R4 definitions."""

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh("b")
        w.line(f"{value} = {{}}")
        for name, each in self.elements.items():
            each.emit(w, self._keep(w, value, name, each))
        with w.block(f"if {value}:"):
            put(value, self.type)

    def _keep(self, w: Writer, value: str, name: str, each: Codec) -> Put:
        wrapped = name in self.repeating and each.type != "list"
        return lambda expression, type: w.line(
            f"{value}[{property_of(name, type)!r}] = {f'[{expression}]' if wrapped else expression}"
        )

    def project(self, value: Any, into: Projection) -> None:
        members = value or {}
        into.lose_others(members, {*self.elements, *self._said(members)})
        for name, each in self.elements.items():
            member = members.get(name)
            if name in self.repeating and each.type != "list":
                single(member, each, name, into)
            else:
                into.below(name, each, member)

    def _said(self, members: Mapping[str, Any]) -> Iterator[str]:
        """The members that only say why a primitive is not there, as the codec of the primitive does."""
        for name, each in self.elements.items():
            said = absences(name, each, is_list=name in self.repeating)
            yield from (own for own, value in said.items() if members.get(own) == value)

    def present(self, site: Site) -> Predicate:
        return any_of(tuple(each.present(site) for each in self.elements.values()))

    def member(self, name: str) -> Codec | None:
        return self.elements.get(name)


def absences(name: str, codec: Codec, *, is_choice: bool = False, is_list: bool = False) -> dict[str, Any]:
    """Member in JSON -> the reason why a primitive is not there, where the codec of the element renders one."""
    found = {property_of(name, type, is_choice=is_choice): value for type, value in codec.absence().items() if type[0] == "_"}
    return {member: [value] if is_list else value for member, value in found.items()}


def _first_of(codecs: dict[str, Codec], site: Site) -> Expression | None:
    orders = (each.order(site) for each in codecs.values())
    return Coalesced(tuple(order for order in orders if order is not None))


def single(values: list[Any] | None, codec: Codec, path: str, into: Projection) -> None:
    """Project one of several values, the first that the codec is for; the others are reported."""
    if not values:
        into.below(path, codec, None)
        return
    own = (number for number, value in enumerate(values) if belongs(value, codec, into.site))
    chosen = next(own, 0)
    into.below(f"{path}[{chosen}]", codec, values[chosen])
    for number in range(len(values)):
        if number != chosen:
            into.lose(f"{path}[{number}]", "OMOP has one place; a further value is not kept")


@dataclass(frozen=True, kw_only=True)
class Guarded(Codec):
    """A codec that speaks only where each named column holds one of the listed integers."""

    inner: Codec
    when: dict[Column, tuple[str, ...]]

    @property
    def type(self) -> str:  # type: ignore[override]
        return self.inner.type

    def columns(self) -> Iterator[Column]:
        yield from self.when
        yield from self.inner.columns()

    def emit(self, w: Writer, put: Put) -> None:
        conditions = [f"{w.read(column)} in {tuple(int(v) for v in values)!r}" for column, values in self.when.items()]
        with w.block(f"if {' and '.join(conditions)}:"):
            self.inner.emit(w, put)
            w.line("pass")

    def project(self, value: Any, into: Projection) -> None:
        """A value makes the condition true; its absence says nothing about the columns, which are others' too."""
        if value is None:
            return
        before = len(into.losses)
        self.inner.project(value, into)
        if len(into.losses) == before:
            for column, values in self.when.items():
                into.assign(column, int(values[0]))

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return all_of((guard(self.when), self.inner.search(value, site)))

    def order(self, site: Site) -> Expression | None:
        order = self.inner.order(site)
        return None if order is None else When(guard(self.when), order)

    def member(self, name: str) -> Codec | None:
        return self.inner.member(name)

    def present(self, site: Site) -> Predicate:
        return all_of((guard(self.when), self.inner.present(site)))

    def search_columns(self) -> tuple[Column, ...]:
        return (*self.when, *self.inner.search_columns())
