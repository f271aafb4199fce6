"""Builds codecs from maps of the mapping file, by the annotations of the codec's fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from ..fhir.definitions import UnknownDefinition, children, element
from ..omop.cdm import TABLES
from .codecs import CODECS, Backbone, Codec, Guarded
from .codecs.base import INTEGER
from .codecs.string import Absent
from .predicate import Column
from .table import Table, read_table
from .yaml import Map, MappingError, Mark, mark_of

_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Builder:
    """Turns values of one mapping file into columns, tables and codecs. Raises MappingError with file and line."""

    aliases: Mapping[str, str]
    """alias -> table name"""
    tables: tuple[Path, ...]
    """Folders of code tables, the first that has a file wins."""

    def column(self, text: str, mark: Mark, needed: tuple[str, ...] = ()) -> Column:
        """`alias.column` as a Column with its CDM datatype, one of `needed`; what the CDM lacks has the first."""
        alias, dot, name = text.partition(".")
        if not dot or alias not in self.aliases:
            known = ", ".join(self.aliases)
            raise MappingError(mark, f"`{text}` is not ALIAS.COLUMN with one of the aliases {known}")
        table = TABLES.get(self.aliases[alias])
        known_column = table.column(name) if table else None
        kind = known_column.type.partition("(")[0] if known_column else (*needed, "varchar")[0]
        if needed and kind not in needed:
            raise MappingError(mark, f"`{text}` is {kind}, and {' or '.join(needed)} is needed here")
        return Column(alias, name, kind)

    def codec(self, value: Any, mark: Mark, path: str) -> Codec:
        """The codec of a map; `path` is the FHIR path of the element, for the definitions of nested ones."""
        mark = mark_of(value, mark)
        if not isinstance(value, Map) or "codec" not in value:
            raise MappingError(mark, f"{path} needs a `codec`, one of {', '.join(sorted(CODECS))}")
        cls = CODECS.get(value["codec"])
        if cls is None:
            raise MappingError(mark, f"there is no codec `{value['codec']}`; one of {', '.join(sorted(CODECS))}")
        arguments = self._arguments(cls, value, mark, path)
        if cls is Backbone:
            arguments["repeating"] = _repeating(path)
        if cls is Absent:
            arguments["datatype"] = _datatype(path, arguments.get("datatype"), mark)
        built = cls(**arguments)
        return Guarded(inner=built, when=self._integers(value["when"], mark)) if "when" in value else built

    def _arguments(self, cls: Any, value: Map, mark: Mark, path: str) -> dict[str, Any]:
        hints = _hints(cls)
        unknown = value.keys() - hints.keys() - {"codec", "when"}
        if unknown:
            name = min(unknown)
            raise MappingError(mark_of(name, mark), f"the codec `{cls.name}` has no argument `{name}`")
        missing = [item.name for item in fields(cls) if _is_required(item) and value.get(item.name) is None]
        if missing:
            raise MappingError(mark, f"the codec `{cls.name}` of {path} needs `{missing[0]}`")
        return {
            name: self._convert(hints[name], given, mark_of(given, mark), path, name, cls)
            for name, given in value.items()
            if name in hints and given is not None
        }

    def _convert(self, hint: str, given: Any, mark: Mark, path: str, name: str, cls: type[Codec]) -> Any:
        convert: dict[str, Callable[[], Any]] = {
            "Column": lambda: self.column(given, mark, cls.needs(name)),
            "tuple[Column, ...]": lambda: tuple(
                self.column(item, mark_of(item, mark), cls.needs(name))
                for item in (given if isinstance(given, list) else [given])
            ),
            "str": lambda: self.constant(given, mark, name),
            "bool": lambda: _boolean(given, mark),
            "Table": lambda: self.table(given, mark),
            "Codec": lambda: self.codec(given, mark, f"{path}.{name}[x]"),
            "dict[str, Codec]": lambda: {
                str(key): self.codec(item, mark_of(key, mark), _child(path, name, str(key), mark_of(key, mark)))
                for key, item in given.items()
                if item is not None
            },
            "dict[Column, tuple[str, ...]]": lambda: self._integers(given, mark),
        }
        return convert[hint]()

    def constant(self, text: str, mark: Mark, argument: str) -> str:
        """A text that is the same for all rows; a column in its place is a mistake."""
        alias, dot, column = text.partition(".")
        if dot and alias in self.aliases and column.isidentifier():
            raise MappingError(mark, f"`{argument}` is the same for all rows and takes no column such as `{text}`")
        return str(text)

    def table(self, name: str, mark: Mark) -> Table:
        """The code table `name`.csv of the first folder that has it."""
        found = [folder / f"{name}.csv" for folder in self.tables if (folder / f"{name}.csv").exists()]
        return _read(found[0] if found else self.tables[-1] / f"{name}.csv", mark)

    def _integers(self, given: Any, mark: Mark) -> dict[Column, tuple[str, ...]]:
        return {
            self.column(key, mark_of(key, mark), INTEGER): tuple(integers(values, mark_of(values, mark)))
            for key, values in given.items()
        }


@cache
def _read(file: Path, mark: Mark) -> Table:
    return read_table(file, mark)


def integers(values: Any, mark: Mark) -> list[str]:
    """One or several integers as text, checked. Raises MappingError."""
    texts = values if isinstance(values, list) else [values]
    for text in texts:
        if not _INTEGER.fullmatch(str(text)) or int(text) not in _INT64:
            raise MappingError(mark_of(text, mark), f"`{text}` is not an integer of 64 bits")
    return [str(text) for text in texts]


@cache
def _hints(cls: Any) -> dict[str, str]:
    """Field name -> the annotation as it is written, without `| None`; what the loader fills in itself left out."""
    resolved = get_type_hints(cls)
    return {
        item.name: str(item.type).removesuffix(" | None")
        for item in fields(cls)
        if item.name in resolved and item.name != "repeating"
    }


def _is_required(item: Any) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _boolean(text: str, mark: Mark) -> bool:
    if text not in ("true", "false"):
        raise MappingError(mark, f"`{text}` is neither true nor false")
    return text == "true"


def _child(path: str, argument: str, key: str, mark: Mark) -> str:
    """`list` and `first` stay at the path of their element; nested elements go one down."""
    if argument != "elements":
        return path
    try:
        datatype = inside(path)
        if key == "extension" and datatype[0].islower():  # all that a primitive can have
            return f"{datatype}.extension"
        return element(f"{datatype}.{key}").path
    except UnknownDefinition as error:
        raise MappingError(mark, str(error)) from None


def inside(path: str) -> str:
    """Where the elements below `path` are defined: in place (a backbone element) or in the element's datatype."""
    definition = element(path)
    return definition.path if definition.is_backbone else definition.types[0].code


def _datatype(path: str, given: str | None, mark: Mark) -> str:
    """The datatype of an element that is not there; of a choice and of an extension's value the mapping names it."""
    try:
        kinds = [kind.code for kind in element(path).types]
    except UnknownDefinition:
        kinds = []
    if given is None and len(kinds) != 1:
        raise MappingError(mark, f"the codec `absent` of {path} needs `datatype`, the type that a value would have")
    if given and kinds and given not in kinds:
        raise MappingError(mark, f"{path} takes {' or '.join(sorted(kinds))}, and no {given}")
    return given or kinds[0]


@cache
def _repeating(path: str) -> tuple[str, ...]:
    """Members of the value at `path` that are lists; a primitive has only extensions."""
    try:
        below = children(inside(path))
    except UnknownDefinition:
        below = ()
    return ("extension", *(member.name for member in below if member.is_list))
