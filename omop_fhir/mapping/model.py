"""A mapping, loaded and checked: frozen data that the rooms above read.

One file of `mappings/` is one `Mapping`: one source of one resource type. Several files may feed one type; all but one
of them then declare a prefix for ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass
from functools import cached_property

from ..fhir.search_parameters import SearchParameter
from .codecs import Codec
from .predicate import Column
from .writing import Writing
from .yaml import Mark


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of `from`: a table under an alias. The first of a mapping is its base and has a `key`."""

    alias: str
    table: str
    key: str | None = None
    join: tuple[tuple[str, Column], ...] = ()
    """(own column, column of an earlier alias) pairs of the left join."""
    where: tuple[tuple[Column, tuple[int, ...]], ...] = ()
    """Columns, own or earlier, that hold one of the integers; part of the join."""
    first: tuple[str, ...] = ()
    """Of several rows, take the first by these columns."""
    many: tuple[str, ...] = ()
    """Take all rows, in the order of these columns: every column becomes a list."""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """A top-level element of the resource and the codec that renders it."""

    name: str
    """As in JSON, without the type of a choice: `deceased`, `_birthDate`."""
    codec: Codec
    is_choice: bool
    is_list: bool
    mark: Mark

    def holds(self, name: str) -> bool:
        """Is this property of the JSON one of the element, itself or its type of a choice?"""
        bare, own = name.removeprefix("_"), self.name.removeprefix("_")
        return bare == own or (self.is_choice and bare.startswith(own) and bare[len(own)].isupper())

    @property
    def wraps(self) -> bool:
        """Is a single value to be put into a list?"""
        return self.is_list and self.codec.type != "list"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter that the mapping declares: R4's definition and the codec of the element it points at."""

    definition: SearchParameter
    element: str
    codec: Codec
    mark: Mark


@dataclass(frozen=True)
class Mapping:
    """How the rows of one base table become resources of one type."""

    name: str
    resource: str
    enabled: bool
    prefix: str
    sources: Mapping_[str, Source]
    elements: Mapping_[str, Element]
    search: Mapping_[str, Parameter]
    compartment: Mapping_[str, Column]
    """Compartment type -> the column that holds its key; access is by this column only."""
    profiles: tuple[str, ...]
    writing: Writing | None
    """How resources become rows; None: the mapping is read-only."""
    description: str
    mark: Mark

    @cached_property
    def base(self) -> Source:
        """The source whose rows are the resources."""
        return next(iter(self.sources.values()))

    @cached_property
    def key(self) -> Column:
        """The key column, which becomes the id."""
        return Column(self.base.alias, self.base.key or "")

    @property
    def write(self) -> Mapping_[Column, int]:
        """Constants for columns that no element feeds, such as type concepts."""
        return self.writing.constants() if self.writing else {}

    def columns(self) -> Iterator[Column]:
        """Every column that rendering and access read, the key first; some may come twice."""
        yield self.key
        yield from self.compartment.values()
        for element in self.elements.values():
            yield from element.codec.columns()
