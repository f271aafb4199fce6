"""`identifier`: an Identifier whose value a column holds, under a system that the site names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...fhir import text
from ...fhir.values import SearchValue, Token
from ..keys import key_of
from ..predicate import NEVER, Column, Compare, IsNull, Not, Predicate
from ..site import Site
from .base import Codec, Projection, codec
from .writer import Put, Writer


@codec("identifier", "Identifier")
@dataclass(frozen=True, kw_only=True)
class Identifier(Codec):
    """An Identifier; `{base}` in `system` stands for the FHIR base URL."""

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
        type = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": str(self.type_code)}]}
        parts = {"use": str(self.use), "type": type if self.type_code else None, "system": site.expand(self.system)}
        return "".join(f"{key!r}: {value!r}, " for key, value in parts.items() if value)

    def _is_key(self) -> bool:
        return self.value.kind == "integer"

    def project(self, value: Any, into: Projection) -> None:
        if value is None:
            into.assign(self.value, None)
            return
        into.lose_others(value, {"use", "type", "system", "value"})
        if value.get("system") != into.site.expand(self.system):
            into.lose("", f"only an identifier of {into.site.expand(self.system)} has an OMOP column")
        else:
            into.assign(self.value, value.get("value"))

    def search(self, value: SearchValue, site: Site) -> Predicate:
        if not isinstance(value, Token) or value.system not in (None, site.expand(self.system)):
            return NEVER
        if value.code is None:
            return Not(IsNull(self.value))
        sought: int | str | None = key_of(value.code) if self._is_key() else value.code
        return NEVER if sought is None else Compare(self.value, "=", sought)

    def search_columns(self) -> tuple[Column, ...]:
        return (self.value,)
