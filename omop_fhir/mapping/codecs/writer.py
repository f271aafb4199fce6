"""Writes the Python source of a render function: codecs add lines, `render` compiles them.

The function has the signature `render(row, concepts) -> dict`. `row` is a database record read by position;
`concepts` maps a concept id to its rendered codings (see `omop_fhir.render.concepts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeAlias

from ...fhir.dates import DateTimes
from ..predicate import Column
from ..site import Site

Put: TypeAlias = Callable[[str, str], None]
"""Takes a Python expression and the FHIR datatype that it yields, and writes the line that keeps the value.

The datatype of a primitive that has extensions and no value stands behind `_`: `_string`.
"""


def property_of(name: str, type: str, *, is_choice: bool = False) -> str:
    """The name in JSON of an element of this type (https://hl7.org/fhir/R4/json.html#primitive).

    >>> property_of("name", "string"), property_of("name", "_string"), property_of("effective", "_dateTime", is_choice=True)
    ('name', '_name', '_effectiveDateTime')
    """
    plain = type.removeprefix("_")
    return type[: len(type) - len(plain)] + name + (plain[0].upper() + plain[1:] if is_choice else "")


class Writer:
    """Source lines, constants and fresh names of one render function."""

    def __init__(
        self, site: Site, positions: Mapping[Column, int], ready: Callable[[object], object] = lambda value: value,
        decimal: Callable[[str], object] = Decimal,
    ) -> None:
        """`ready` turns a FHIR value that is the same for every row into what serializes fastest, `decimal` the text
        of a number.
        """
        self.site = site
        self.moments = DateTimes(site.zone)
        self.decimal = decimal
        self.ready = ready
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}
        self._positions = positions
        self._depth = 1
        self._names = 0
        self._item: tuple[frozenset[str], str] | None = None

    def line(self, text: str) -> None:
        """Add one line at the present depth."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Add `header` and one level of indentation below it."""
        self.line(header)
        self._depth += 1
        yield
        self._depth -= 1

    def fresh(self, stem: str = "v") -> str:
        """A local name that is not yet in use."""
        self._names += 1
        return f"{stem}{self._names}"

    def constant(self, value: object, stem: str = "k") -> str:
        """A name under which `value` is visible to the function; the same object gives the same name."""
        for name, known in self.constants.items():
            if known is value:
                return name
        name = self.fresh(stem.upper() + "_")
        self.constants[name] = value
        return name

    def fixed(self, value: object, stem: str = "k") -> str:
        """A name for a FHIR value that is the same for every row."""
        return self.constant(self.ready(value), stem)

    def table(self, values: Mapping[int, object], stem: str = "k") -> str:
        """A name for a dict of such values by concept id."""
        ready: dict[str, object] = {}
        rendered = {id: ready.setdefault(repr(value), self.ready(value)) for id, value in values.items()}
        return self.constant(rendered, stem)

    def present(self, column: Column) -> bool:
        """Does the database have the column?"""
        return column in self._positions

    def read(self, column: Column) -> str:
        """The expression of a column's value; `None` where the database lacks the column."""
        if column not in self._positions:
            return "None"
        value = f"row[{self._positions[column]}]"
        return f"{value}[{self._item[1]}]" if self._item and column.alias in self._item[0] else value

    def load(self, column: Column) -> str:
        """A local that holds the column's value; `None` where the database lacks the column."""
        value = self.read(column)
        if value == "None":
            return value
        name = self.fresh()
        self.line(f"{name} = {value}")
        return name

    @contextmanager
    def each(self, column: Column) -> Iterator[None]:
        """Repeat what follows for every row of a to-many alias, whose columns arrive as lists of one length."""
        index = self.fresh("i")
        self._item = (frozenset((column.alias,)), index)
        with self.block(f"for {index} in range(len(row[{self._positions[column]}] or ())):"):
            yield
        self._item = None
