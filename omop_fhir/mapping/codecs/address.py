"""`address` and `position`: a row of `location` as an Address with the geolocation extension, or as a position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from ...fhir import text
from ...fhir.values import SearchValue
from ..expression import Column, Expression, FirstText
from ..predicate import IsBlank, Not, Predicate, any_of
from ..site import Site
from .base import Codec, Projection, codec
from .string import Numbers, String, matches_text, number_of
from .writer import Put, Writer

GEOLOCATION = "http://hl7.org/fhir/StructureDefinition/geolocation"


@codec("address", "Address")
@dataclass(frozen=True, kw_only=True)
class Address(Codec):
    """An Address."""

    searched_by: ClassVar = frozenset({"string"})
    integers: ClassVar = frozenset({"country_concept"})

    line: tuple[Column, ...]
    city: Column
    district: Column
    state: Column
    postal_code: Column
    country: Column
    country_concept: Column | None = None
    """Its name is the country where the source says none."""
    latitude: Column | None = None
    longitude: Column | None = None

    def emit(self, w: Writer, put: Put) -> None:
        value, string = w.fresh("a"), w.constant(text.string, "string")
        w.line(f"{value} = {{}}")
        self._emit_position(w, value)
        self._emit_lines(w, value, string)
        for member, column in self._members().items():
            if w.present(column):
                self._emit_text(w, string, column, f"{value}[{member!r}] = {{}}".format)
        self._emit_country(w, value)
        with w.block(f"if {value}:"):
            put(value, self.type)

    def _emit_country(self, w: Writer, value: str) -> None:
        if self.country_concept is None or not w.present(self.country_concept):
            return
        concept = w.load(self.country_concept)
        with w.block(f"if {concept} and 'country' not in {value} and concepts[{concept}].display:"):
            w.line(f"{value}['country'] = concepts[{concept}].display")

    def _members(self) -> dict[str, Column]:
        return {
            "city": self.city, "district": self.district, "state": self.state,
            "postalCode": self.postal_code, "country": self.country,
        }  # fmt: skip

    def _emit_text(self, w: Writer, string: str, column: Column, keep: Callable[[str], str]) -> None:
        words = w.fresh("t")
        w.line(f"{words} = {string}({w.read(column)})")
        with w.block(f"if {words} is not None:"):
            w.line(keep(words))

    def _emit_lines(self, w: Writer, value: str, string: str) -> None:
        lines = w.fresh("l")
        w.line(f"{lines} = []")
        for column in self.line:
            if w.present(column):
                self._emit_text(w, string, column, f"{lines}.append({{}})".format)
        with w.block(f"if {lines}:"):
            w.line(f"{value}['line'] = {lines}")

    def _emit_position(self, w: Writer, value: str) -> None:
        if self.latitude is None or self.longitude is None:
            return
        latitude, longitude = _coordinates(w, self.latitude, self.longitude)
        with w.block(f"if {latitude} is not None and {longitude} is not None:"):
            pairs = (("latitude", latitude), ("longitude", longitude))
            parts = "[" + ", ".join(f"{{'url': {url!r}, 'valueDecimal': {number}}}" for url, number in pairs) + "]"
            w.line(f"{value}['extension'] = [{{'url': {GEOLOCATION!r}, 'extension': {parts}}}]")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        return matches_text(value, (*self.line, *self._members().values()))

    def present(self, site: Site) -> Predicate:
        """Some part is there; a position alone is nothing to search by."""
        return any_of(tuple(Not(IsBlank(column)) for column in (*self.line, *self._members().values())))

    def order(self, site: Site) -> Expression | None:
        return FirstText((*self.line, *self._members().values()))

    def member(self, name: str) -> Codec | None:
        column = self._members().get(name)
        return String(column=column) if column else None

    def project(self, value: Any, into: Projection) -> None:
        address = value or {}
        into.lose_others(address, {"line", "extension", *self._members()})
        lines = address.get("line", [])
        for number, column in enumerate(self.line):
            into.write(column, lines[number] if number < len(lines) else None, f"line[{number}]")
        for number in range(len(self.line), len(lines)):
            into.lose(f"line[{number}]", f"OMOP has {len(self.line)} address lines")
        for member, column in self._members().items():
            into.write(column, address.get(member), member)
        into.assign(self.country_concept, None)
        self._project_position(address.get("extension", ()), into)

    def _project_position(self, extensions: Any, into: Projection) -> None:
        found: dict[str, Decimal | None] = {}
        for number, extension in enumerate(extensions):
            if extension.get("url") == GEOLOCATION and self.latitude is not None and not found:
                found = {part["url"]: number_of(part.get("valueDecimal")) for part in extension.get("extension", ())}
                if len(found) != len(extension.get("extension", ())) or not _is_position(found):
                    into.lose(f"extension[{number}]", "a position is a latitude and a longitude")
            else:
                into.lose(f"extension[{number}]", f"no OMOP column holds {extension.get('url')}")
        into.assign(self.latitude, found.get("latitude"))
        into.assign(self.longitude, found.get("longitude"))


def _is_position(found: dict[str, Decimal | None]) -> bool:
    return found.keys() == {"latitude", "longitude"} and None not in found.values()


@codec("position", "BackboneElement")
@dataclass(frozen=True, kw_only=True)
class Position(Codec):
    """Location.position."""

    latitude: Column
    longitude: Column

    def emit(self, w: Writer, put: Put) -> None:
        latitude, longitude = _coordinates(w, self.latitude, self.longitude)
        with w.block(f"if {latitude} is not None and {longitude} is not None:"):
            put(f"{{'longitude': {longitude}, 'latitude': {latitude}}}", self.type)

    def project(self, value: Any, into: Projection) -> None:
        into.lose_others(value or {}, {"latitude", "longitude"})
        into.assign(self.latitude, number_of((value or {}).get("latitude")))
        into.assign(self.longitude, number_of((value or {}).get("longitude")))


def _coordinates(w: Writer, latitude: Column, longitude: Column) -> tuple[str, str]:
    names = w.fresh("n"), w.fresh("n")
    for name, column in zip(names, (latitude, longitude), strict=True):
        w.line(f"{name} = {w.constant(Numbers(w.decimal), 'number')}({w.read(column)})")
    return names
