"""What a codec is: it knows the columns it reads, how a row renders, how a value goes back, how a search finds it.

A codec is a frozen dataclass; its fields are the arguments of the mapping file, by name. The loader builds
it from the annotations of the fields: `Column`, `tuple[Column, ...]`, `str`, `bool`, `Table`, `Codec`,
`dict[str, Codec]`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Protocol, TypeVar

from ...errors import NotSupported
from ...fhir import text
from ...fhir.values import SearchValue
from ...omop.concept import Concept
from ..expression import Column, Expression
from ..predicate import IsNull, Not, Predicate, all_of
from ..site import Site
from .writer import Put, Writer


class Terminology(Protocol):
    """Concepts, resolved beforehand: projecting asks no database."""

    def find(self, system: str, code: str) -> Concept | None:
        """The concept that a coding means, standard or not."""

    def standard(self, concept: Concept) -> tuple[Concept, ...]:
        """The standard concepts that `Maps to` leads to; the concept itself where it is standard."""


class References(Protocol):
    """Keys of rows behind references, resolved beforehand."""

    def key(self, type: str, id: str, prefix: str) -> int | None:
        """The OMOP key of `type/id` among the rows whose ids have the prefix, or None where there is none."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A part of a resource that no column can hold: where it stood (FHIRPath, relative) and why."""

    path: str
    reason: str


@dataclass
class Projection:
    """The columns that a resource becomes, and what of it no column can hold."""

    site: Site
    terminology: Terminology
    references: References
    columns: dict[Column, Any] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    _alike: dict[Column, Collection[Any]] = field(default_factory=dict)

    def assign(self, column: Column | None, value: Any, alike: Collection[Any] = ()) -> None:
        """Keep a value for a column that the mapping names; those `alike` would say the same of this element.

        Where two elements share a column, the one that is absent does not take away what the other says, and of two
        that agree the one that is more exact counts.
        """
        if column is None:
            return
        known = self.columns.get(column)
        if not known or value in self._alike.get(column, ()):
            self.columns[column] = value
            self._alike[column] = alike
        elif value and value != known and known not in alike:
            self.lose("", f"another element fills {column} with another value")

    def write(self, column: Column | None, value: str | None) -> None:
        """Keep a text, and report where reading it back does not give the same."""
        self.assign(column, value)
        if column is not None and value is not None and text.string(value) != value:
            self.lose("", "characters that FHIR does not take are replaced")

    def lose(self, path: str, reason: str) -> None:
        """Report what cannot be kept."""
        self.losses.append(Loss(path, reason))

    def lose_others(self, value: Mapping[str, Any], kept: set[str]) -> None:
        """Report every member of a value that is not among the kept ones."""
        for name in value.keys() - kept:
            self.lose(name, "no OMOP column holds it")


INTEGER = ("integer",)
MOMENT = ("timestamp", "date")


@dataclass(frozen=True, kw_only=True)
class Codec:
    """The base of all codecs. `name` is the word in mapping files, `type` the FHIR datatype that it yields."""

    name: ClassVar[str]
    type: ClassVar[str]
    integers: ClassVar[frozenset[str]] = frozenset()
    """Arguments whose columns hold integers: keys, concept ids, parts of dates."""
    moments: ClassVar[frozenset[str]] = frozenset()
    """Arguments whose columns hold dates or timestamps."""
    searched_by: ClassVar[frozenset[str]] = frozenset()
    """Types of search parameters that may point here (https://hl7.org/fhir/R4/search.html#ptypes)."""

    @classmethod
    def needs(cls, argument: str) -> tuple[str, ...]:
        """The CDM datatypes that a column of this argument may have; (): any."""
        return INTEGER if argument in cls.integers else MOMENT if argument in cls.moments else ()

    def columns(self) -> Iterator[Column]:
        """Every column that the codec reads."""
        for item in fields(self):
            yield from _columns(getattr(self, item.name))

    def emit(self, w: Writer, put: Put) -> None:
        """Write the lines that render the value and hand it to `put`, where there is one."""
        raise NotImplementedError

    def project(self, value: Any, into: Projection) -> None:
        """Turn a FHIR value (None: the element is absent) into columns; report what is lost."""
        raise NotImplementedError

    def search(self, value: SearchValue, site: Site) -> Predicate:
        """The predicate of rows whose rendered value matches. Raises NotSupported where there is none."""
        raise NotSupported(f"the codec `{self.name}` cannot be searched")

    def present(self, site: Site) -> Predicate:
        """The predicate of rows for which the codec renders something to search by."""
        return all_of(tuple(Not(IsNull(column)) for column in self.search_columns() or self.columns()))

    def order(self, site: Site) -> Expression | None:
        """What a sort orders the rows by; None where all are equal. Raises NotSupported where there is no order."""
        raise NotSupported(f"the codec `{self.name}` has no order")

    def member(self, name: str) -> Codec | None:
        """The codec of a part of the value, by its name in FHIR or in the mapping file."""
        return None

    def search_columns(self) -> tuple[Column, ...]:
        """The columns without which a search on this codec makes no sense; empty: it can never find anything less."""
        return ()


def _columns(value: object) -> Iterator[Column]:
    if isinstance(value, Column):
        yield value
    elif isinstance(value, Codec):
        yield from value.columns()
    elif isinstance(value, tuple):
        for item in value:
            yield from _columns(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _columns(item)


CODECS: dict[str, type[Codec]] = {}
"""Every codec by the word that names it in mapping files."""

C = TypeVar("C", bound=Codec)


def codec(name: str, type: str) -> Callable[[type[C]], type[C]]:
    """Register a codec class under its name in mapping files."""

    def register(cls: Any) -> Any:
        cls.name, cls.type = name, type
        CODECS[name] = cls
        return cls

    return register
