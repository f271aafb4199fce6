"""Compiles a bound mapping into a render function: plain `if`s that fill a dict, made once per shape.

The codecs write the source (see `omop_fhir.mapping.codecs`); here it is put together and compiled. Mapping files are
the operator's own, and every name and text of theirs enters the source through `repr` or a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol, TypeAlias

import orjson

from ..mapping.bind import Bound
from ..mapping.codecs import Put, Writer
from ..mapping.codecs.writer import property_of
from ..mapping.model import Element
from ..mapping.predicate import Column
from ..mapping.site import Site
from .concepts import RenderedConcept


class Row(Protocol):
    """A record read by position."""

    def __getitem__(self, index: int, /) -> Any: ...


Concepts: TypeAlias = Mapping[int, RenderedConcept]
Renderer: TypeAlias = Callable[[Row, Concepts], dict[str, Any]]


def compile_renderer(bound: Bound, site: Site, *, offset: int = 0, only: Collection[str] | None = None) -> Renderer:
    """A function from a record and concepts to the resource without resourceType, id and meta.

    `offset` is where the mapping's columns begin in the record; `only` names the top-level elements of a subset.
    """
    source, constants = renderer_source(bound, site, offset=offset, only=only)
    scope = dict(constants)
    exec(compile(source, f"<mapping {bound.mapping.name}>", "exec"), scope)  # noqa: S102
    renderer: Renderer = scope["render"]  # type: ignore[assignment]
    return renderer


def renderer_source(
    bound: Bound, site: Site, *, offset: int = 0, only: Collection[str] | None = None
) -> tuple[str, dict[str, object]]:
    """The Python source of the render function and the constants that it refers to."""
    w = Writer(site, {column: offset + number for number, column in enumerate(bound.columns)}, _ready, orjson.Fragment)
    for element in bound.mapping.elements.values():
        if only is None or element.name.removeprefix("_") in only:
            _element(w, bound, element)
    body = "\n".join(w.lines)
    return f"def render(row, concepts):\n    r = {{}}\n{body}\n    return r\n", w.constants


def _ready(value: object) -> orjson.Fragment:
    """Copied, since orjson's own buffers are far larger than what they hold."""
    return orjson.Fragment(b"%b" % orjson.dumps(value))


def _element(w: Writer, bound: Bound, element: Element) -> None:
    many = _many(bound, element)
    if many is None:
        element.codec.emit(w, _put(w, element))
        return
    if not w.present(many):
        return
    items = w.fresh("l")
    w.line(f"{items} = []")
    with w.each(many):
        element.codec.emit(w, lambda expression, type: w.line(f"{items}.append({expression})"))
        w.line("pass")
    with w.block(f"if {items}:"):
        w.line(f"r[{element.name!r}] = {items}")


def _put(w: Writer, element: Element) -> Put:
    def put(expression: str, type: str) -> None:
        name = property_of(element.name, type, is_choice=element.is_choice)
        w.line(f"r[{name!r}] = {f'[{expression}]' if element.wraps else expression}")

    return put


def _many(bound: Bound, element: Element) -> Column | None:
    """The first column of a to-many alias, where the whole element comes from one."""
    columns = tuple(element.codec.columns())
    if not element.wraps or not columns or not all(bound.source(c.alias).many for c in columns):
        return None
    return columns[0]
