"""Strict YAML: text in, plain values that remember where they stood out.

Every scalar stays text (no `no` that becomes false, no `010` that becomes 8) but `null`, `~` and nothing at all, which
are empty. Duplicate keys, anchors, tags and control characters are refused. Each value carries its `Mark`, so that a
later complaint names file and line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigurationError

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""libyaml's, fifteen times as fast, where PyYAML was built with it; what it refuses PyYAML's own judges, in better words."""
_DEEPEST = 40
_EMPTY = ("", "null", "~")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; `line` counts from 1. Shown with the folder: a site's file is named like the shipped one."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file.parent.name}/{self.file.name}:{self.line}"


class Text(str):
    """A scalar and its place."""

    mark: Mark


class Items(list[Any]):
    """A sequence and its place."""

    mark: Mark


class Map(dict[str, Any]):
    """A mapping and its place."""

    mark: Mark


class MappingError(ConfigurationError):
    """A mapping file that cannot be used; the message begins with `file:line`."""

    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(f"{mark}: {message}")
        self.mark = mark


def read(file: Path) -> Map:
    """The top-level map of `file`.

    Raises MappingError with file and line for whatever is not strict YAML.
    """
    try:
        text = file.read_text("utf-8")
        node = _composed(text, file)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MappingError(Mark(file, line), f"not YAML: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise MappingError(Mark(file, 1), f"not YAML: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise MappingError(Mark(file, 1), f"cannot be read: {error.strerror}") from None
    if not isinstance(node, yaml.MappingNode):
        raise MappingError(Mark(file, 1), "a mapping file is a map with the key `resource`")
    value = _value(node, file)
    assert isinstance(value, Map)  # noqa: S101  a MappingNode gives a Map
    return value


def _composed(text: str, file: Path) -> yaml.Node | None:
    # libyaml takes tabs in places where PyYAML does not: a file must not be good on some machines only.
    try:
        return _checked(text, file, yaml.BaseLoader if "\t" in text else _LOADER)
    except yaml.YAMLError:
        return _checked(text, file, yaml.BaseLoader)


def _checked(text: str, file: Path, loader: type[yaml.BaseLoader]) -> yaml.Node | None:
    _check_events(text, file, loader)
    return yaml.compose(text, Loader=loader)


def _check_events(text: str, file: Path, loader: type[yaml.BaseLoader]) -> None:
    """Refuse what a mapping file has no use for, before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        mark = Mark(file, event.start_mark.line + 1 if event.start_mark else 1)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise MappingError(mark, f"nested more than {_DEEPEST} levels deep")
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise MappingError(mark, "anchors, aliases and tags are not used in mapping files")
        wrong = _CONTROL.search(event.value) if isinstance(event, yaml.ScalarEvent) else None
        if wrong:
            raise MappingError(mark, f"the character U+{ord(wrong[0]):04X} has no place in a mapping file")


def _value(node: yaml.Node, file: Path) -> Any:
    mark = Mark(file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _map(node, mark)
    if isinstance(node, yaml.SequenceNode):
        items = Items(_value(item, file) for item in node.value)
        items.mark = mark
        return items
    if node.value in _EMPTY and not node.style:  # type: ignore[attr-defined]
        return None
    text = Text(node.value)
    text.mark = mark
    return text


def _map(node: yaml.MappingNode, mark: Mark) -> Map:
    result = Map()
    result.mark = mark
    for key_node, value_node in node.value:
        here = Mark(mark.file, key_node.start_mark.line + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            raise MappingError(here, "a key is a plain word")
        key = Text(key_node.value)
        key.mark = here
        if key in result:
            raise MappingError(here, f"the key `{key}` stands twice in one map")
        result[key] = _value(value_node, mark.file)
    return result


def mark_of(value: Any, otherwise: Mark) -> Mark:
    """Where `value` stood, or `otherwise` for what has no place of its own (an empty value)."""
    mark = getattr(value, "mark", otherwise)
    return mark if isinstance(mark, Mark) else otherwise


def merge(base: Map, over: Map) -> Map:
    """`over` laid upon `base`, key by key and deep; an empty value removes; a map that names a `codec` replaces."""
    result = Map(base)
    result.mark = over.mark
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
            continue
        below = result.get(key)
        if isinstance(value, Map) and isinstance(below, Map) and "codec" not in value:
            result[key] = merge(below, value)
        else:
            result[key] = value
    return result
