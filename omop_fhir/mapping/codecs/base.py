"""What a codec is: it knows the columns it reads, how a row renders, how a value goes back, how a search finds it.

A codec is a frozen dataclass; its fields are the arguments of the mapping file, by name. The loader builds
it from the annotations of the fields: `Column`, `tuple[Column, ...]`, `str`, `bool`, `Table`, `Codec`,
`dict[str, Codec]`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, Protocol, TypeAlias, TypeVar

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

    def value(self, concept: Concept) -> tuple[Concept, ...]:
        """The standard concepts that `Maps to value` leads to."""


class References(Protocol):
    """Keys of rows behind references, resolved beforehand."""

    def key(self, type: str, id: str, prefix: str) -> Any:
        """The OMOP key of `type/id` among the rows whose ids have the prefix, or None where there is none.

        An integer, or what stands for the key of a row that is not written yet; projecting hands it on as it is.
        """

    def held(self, type: str, id: str, prefix: str, column: str) -> Any:
        """What that row holds in a column of a rule `inherit`, by its name in CDM 5.4; None where there is no row."""


Kind: TypeAlias = Literal["lost", "unmapped", "imputed", "dropped"]


@dataclass(frozen=True, slots=True)
class Loss:
    """Where a resource and its columns do not say the same: where it stood (FHIRPath) and why.

    `lost`: no column holds it. `unmapped`: it has no standard concept, and 0 (no matching concept) is written.
    `imputed`: a column says more than the resource does. `dropped`: a setting takes it out of the resource itself.
    """

    expression: str
    reason: str
    kind: Kind = "lost"


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a concept column could hold: all standard concepts, and the values that belong to them."""

    expression: str
    standard: tuple[Concept, ...]
    values: tuple[Concept, ...] = ()


@dataclass(slots=True)
class Projection:
    """The columns that a resource becomes, and what of it no column can hold."""

    site: Site
    terminology: Terminology
    references: References
    domains: Mapping[Column, str] = field(default_factory=dict)
    """The domain that a column's concepts must have."""
    limits: Mapping[Column, int] = field(default_factory=dict)
    """Most characters of a column."""
    key: int | None = None
    """The key of the row that is written, where there is one already."""
    path: str = ""
    """FHIRPath of the value that is projected."""
    columns: dict[Column, Any] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    too_long: list[Loss] = field(default_factory=list)
    """Texts that exceed their column; they are not kept, and never cut."""
    mapped: dict[Column, Mapped] = field(default_factory=dict)
    _alike: dict[Column, Collection[Any]] = field(default_factory=dict)
    _checks: list[tuple[str, Callable[[], None]]] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """Has it assigned to columns what cannot be changed, and done nothing else?"""
        fixed = all(isinstance(value, int | str | None) for value in self.columns.values())
        return fixed and not (self.losses or self.too_long or self.mapped or self._checks or any(self._alike.values()))

    def trial(self) -> Projection:
        """An empty one for the same resource."""
        return Projection(
            self.site, self.terminology, self.references, self.domains, self.limits, self.key, self.path
        )

    def below(self, step: str, codec: Codec, value: Any) -> None:
        """Project a part of the value, so that its losses tell where they stood."""
        before = self.path
        self.path = _joined(before, step)
        codec.project(value, self)
        self.path = before

    def afterwards(self, check: Callable[[], None]) -> None:
        """Have a value that follows from other elements' columns compared with them, once all are filled."""
        self._checks.append((self.path, check))

    def check(self) -> None:
        """Make the comparisons that were put off."""
        before = self.path
        for path, check in self._checks:
            self.path = path
            check()
        self.path = before

    def map(self, column: Column | None, standard: tuple[Concept, ...], values: tuple[Concept, ...] = ()) -> None:
        """Keep the first of the standard concepts, and remember the others for further rows."""
        if column is None:
            return
        self.assign(column, standard[0].id if standard else None)
        if standard and self.columns.get(column) == standard[0].id:
            self.mapped[column] = Mapped(self.path, standard, values)

    def assign(self, column: Column | None, value: Any, alike: Collection[Any] = ()) -> None:
        """Keep a value for a column that the mapping names; those `alike` would say the same of this element.

        Where two elements share a column, the one that is absent does not take away what the other says, and of two
        that agree the one that is more exact counts.
        """
        if column is None:
            return
        known = self.columns.get(column)
        if not is_said(column.name, known) or value in self._alike.get(column, ()):
            self.columns[column] = value
            self._alike[column] = alike
        elif is_said(column.name, value) and value != known and known not in alike:
            self.lose("", f"another element fills {column} with another value")

    def write(self, column: Column | None, value: str | None, step: str = "", otherwise: str | None = None) -> None:
        """Keep a text, or `otherwise` where it is too long; report where reading it back does not give the same."""
        if column is None:
            return
        limit = self.limits.get(column)
        if value is not None and limit is not None and len(value) > limit:
            self._exceed(column, limit, step)
            value = otherwise if otherwise is not None and len(otherwise) <= limit else None
        self.assign(column, value)
        if value is not None and text.string(value) != value:
            self.lose(step, "characters that FHIR does not take are replaced")

    def _exceed(self, column: Column, limit: int, step: str) -> None:
        reason = f"it has more than the {limit} characters of {column}, which never takes a part of a text"
        self.too_long.append(Loss(_joined(self.path, step), reason))

    def lose(self, path: str, reason: str, kind: Kind = "lost") -> None:
        """Report what cannot be kept; `path` is relative to the value at hand."""
        self.losses.append(Loss(_joined(self.path, path), reason, kind))

    def lose_others(self, value: Mapping[str, Any], kept: Collection[str], step: str = "") -> None:
        """Report every member of a value (at `step` below the one at hand) that is not among the kept ones."""
        for name in value:
            if name not in kept:
                self.lose(_joined(step, name.removeprefix("_")), "no OMOP column holds it")


def is_said(name: str, value: Any) -> bool:
    """Does the value of a column of this name say anything? A concept of 0 does not."""
    return value is not None and value != [] and (value != 0 or not name.endswith("concept_id"))


def _joined(path: str, step: str) -> str:
    if not step or not path:
        return path or step
    return f"{path}{step}" if step[0] == "[" else f"{path}.{step}"


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

    def absence(self) -> Mapping[str, Any]:
        """Type -> the reason that the codec renders in place of a value of this type, where there is none."""
        return {}

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


def yielded(codec: Codec) -> tuple[str, ...]:
    """The FHIR datatypes of which a value may be projected; those of a codec made of codecs are those of its parts."""
    inner = getattr(codec, "inner", None) or getattr(codec, "of", None)
    if isinstance(inner, Codec):
        return yielded(inner)
    if inner:
        return tuple(dict.fromkeys(type for each in inner.values() for type in yielded(each)))
    return ("Period", "dateTime") if codec.type == "Period" else (codec.type,)


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
