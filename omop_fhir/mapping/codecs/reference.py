"""`reference`: a Reference to another resource, by the key that a column holds.

Where the target type is not served, the Reference carries the key as an identifier: it never points at a URL that
answers 404 for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ...fhir.absent import absent
from ...fhir.values import ReferenceIdentifier, ReferenceValue, SearchValue
from ..expression import Expression
from ..keys import key_of
from ..predicate import NEVER, Column, Compare, IsNull, Not, Predicate
from ..site import Site
from .base import Codec, Projection, codec
from .writer import Put, Writer

_URL = ("reference", "type")


def _shown(value: dict[str, Any]) -> str:
    return str(value.get("reference") or "a reference without a URL")


def local_parts(value: Mapping[str, Any], site: Site) -> tuple[str, str, str]:
    """Type, id and version that a Reference to this server names; each empty where it names none."""
    local, _, version = str(value.get("reference", "")).removeprefix(f"{site.base}/").partition("/_history/")
    type, _, id = local.rpartition("/")
    return type, id, version


@codec("reference", "Reference")
@dataclass(frozen=True, kw_only=True)
class Reference(Codec):
    """A Reference."""

    integers: ClassVar = frozenset({"column"})
    searched_by: ClassVar = frozenset({"reference"})

    target: str
    column: Column
    prefix: str = ""
    """The prefix of ids where the key is one of a mapping that declares a prefix."""
    system: str = "{base}/identifier/{column}"
    """The system of the identifier that stands in for a type that is not served."""
    absent: str = ""
    """A data-absent-reason code where there is no key."""

    def emit(self, w: Writer, put: Put) -> None:
        value = w.load(self.column)
        with w.block(f"if {value} is not None:"):
            put(self._expression(w.site, value), self.type)
        if self.absent:
            with w.block("else:"):
                put(w.fixed(absent(self.absent), "absent"), self.type)

    def _expression(self, site: Site, value: str) -> str:
        if f"{self.target}/{self.prefix}" in site.served:
            return f"{{'reference': {self.target + '/' + self.prefix!r} + str({value})}}"
        return f"{{'type': {self.target!r}, 'identifier': {{'system': {self._system(site)!r}, 'value': str({value})}}}}"

    def project(self, value: Any, into: Projection) -> None:
        into.assign(self.column, None)
        if not value:
            return
        key = self._key(value, into)
        into.assign(self.column, key)
        if key is None and not (self.absent and value == absent(self.absent)):
            into.lose("", f"{_shown(value)} leads to no row of {self.target}")

    def _key(self, value: dict[str, Any], into: Projection) -> Any:
        """The key behind a URL of this server or, where the type is not served, behind the identifier that stands for it."""
        if self._stands_for(value, into.site):
            return key_of(value["identifier"].get("value", ""))
        into.lose_others(value, _URL if value.get("type", self.target) == self.target else _URL[:1])
        type, id, version = local_parts(value, into.site)
        if version:
            into.lose("reference", "OMOP refers to rows, not to versions of them")
        return into.references.key(self.target, id, self.prefix) if type == self.target else None

    def _stands_for(self, value: dict[str, Any], site: Site) -> bool:
        served = f"{self.target}/{self.prefix}" in site.served
        return not served and value.keys() <= {"type", "identifier"} and self._system(site) == (
            value.get("identifier") or {}
        ).get("system")

    def search(self, value: SearchValue, site: Site) -> Predicate:
        served = f"{self.target}/{self.prefix}" in site.served
        match value:
            case ReferenceValue(type, id, foreign=False) if served and type in (None, self.target):
                return self._refers(key_of(id, self.prefix))
            case ReferenceIdentifier(token) if not served and token.system in (None, self._system(site)):
                return self.present(site) if token.code is None else self._refers(key_of(token.code))
            case _:
                return NEVER

    def _refers(self, key: int | None) -> Predicate:
        return NEVER if key is None else Compare(self.column, "=", key)

    def _system(self, site: Site) -> str:
        return site.expand(self.system).replace("{column}", self.column.name)

    def order(self, site: Site) -> Expression | None:
        return self.column

    def present(self, site: Site) -> Predicate:
        """There is a key; the reason why there is none is none."""
        return Not(IsNull(self.column))

    def search_columns(self) -> tuple[Column, ...]:
        return (self.column,)
