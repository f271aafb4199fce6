"""`identifier`: an Identifier whose value a column holds, under a system that the site names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ...errors import NotSupported
from ...fhir import text
from ...fhir.values import SearchValue, Token, TypedIdentifier, ValueSetName
from ..expression import Expression, FirstText
from ..keys import key_of
from ..predicate import NEVER, Column, Compare, IsBlank, IsNull, Not, Predicate
from ..site import Site
from .base import Codec, Projection, codec
from .writer import Put, Writer

TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"


@codec("identifier", "Identifier")
@dataclass(frozen=True, kw_only=True)
class Identifier(Codec):
    """An Identifier; `{base}` in `system` stands for the FHIR base URL."""

    searched_by: ClassVar = frozenset({"token"})

    value: Column
    system: str
    use: str = ""
    type_code: str = ""
    """A code of http://terminology.hl7.org/CodeSystem/v2-0203, such as MR."""

    def emit(self, w: Writer, put: Put) -> None:
        value = w.fresh()
        read = w.read(self.value)
        w.line(f"{value} = {read}" if self._is_key() else f"{value} = {w.constant(text.string, 'string')}({read})")
        with w.block(f"if {value} is not None:"):
            put(f"{{{self._head(w.site)}'value': {f'str({value})' if self._is_key() else value}}}", self.type)

    def _head(self, site: Site) -> str:
        type = {"coding": [{"system": TYPES, "code": self.type_code}]}
        parts = {"use": self.use, "type": type if self.type_code else None, "system": site.expand(self.system)}
        return "".join(f"{key!r}: {value!r}, " for key, value in parts.items() if value)

    def _is_key(self) -> bool:
        return self.value.kind == "integer"

    def project(self, value: Any, into: Projection) -> None:
        """A key is the server's own: an identifier that shows it is never written."""
        into.lose_others(value or {}, {"use", "type", "system", "value"})
        mine = value is None or value.get("system") == into.site.expand(self.system)
        if not mine:
            into.lose("", f"only an identifier of {into.site.expand(self.system)} has an OMOP column")
        elif value:
            self._lose_head(value, into)
        if not self._is_key():
            into.write(self.value, value.get("value") if value and mine else None, "value")
        elif value and mine:
            into.afterwards(lambda: self._check(value, into))

    def _lose_head(self, value: dict[str, Any], into: Projection) -> None:
        """Report a use and a type that are not those of every identifier here."""
        if value.get("use", self.use) != self.use:
            into.lose("use", "no OMOP column holds it")
        type = {"coding": [{"system": TYPES, "code": self.type_code}]}
        if value.get("type", type) != type or ("type" in value and not self.type_code):
            into.lose("type", "no OMOP column holds it")

    def _check(self, value: dict[str, Any], into: Projection) -> None:
        if value.get("value") != str(into.key):
            into.lose("", f"{self.value.name} is the server's own key: it is never written")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        match value:
            case Token(hierarchy="is") if value.system in (None, site.expand(self.system)):
                return self.present(site) if value.code is None else self._is(value.code)
            case TypedIdentifier(system, code, text) if (system, code) == (TYPES, self.type_code):
                return self._is(text)
            case Token(hierarchy="above" | "below") | ValueSetName():
                raise NotSupported("an identifier has no hierarchy and is in no value set")
            case _:
                return NEVER

    def _is(self, text: str) -> Predicate:
        if self._is_key():
            key = key_of(text)
            return NEVER if key is None else Compare(self.value, "=", key)
        return Compare(self.value, "=", text) if text.strip() else NEVER

    def order(self, site: Site) -> Expression | None:
        return self.value if self._is_key() else FirstText((self.value,))

    def present(self, site: Site) -> Predicate:
        return Not(IsNull(self.value) if self._is_key() else IsBlank(self.value))

    def search_columns(self) -> tuple[Column, ...]:
        return (self.value,)
