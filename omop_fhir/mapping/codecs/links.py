"""Where the references of a codec lead: which column holds the key, of which type, under which condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..predicate import ALWAYS, Column, Predicate, all_of, negation
from ..site import Site
from .base import Codec
from .code import guard
from .combine import Backbone, First, Guarded, Several
from .extension import Extension
from .reference import Reference


@dataclass(frozen=True, slots=True)
class Link:
    """Rows in which `guard` holds refer, by the key in `column`, to `target` (of the source with this id prefix)."""

    column: Column
    target: str
    prefix: str
    guard: Predicate


def links(codec: Codec, site: Site) -> Iterator[Link]:
    """Every reference that the codec renders, by a URL of this server."""
    match codec:
        case Reference() if f"{codec.target}/{codec.prefix}" in site.served:
            yield Link(codec.column, codec.target, codec.prefix, ALWAYS)
        case Guarded():
            for link in links(codec.inner, site):
                yield replace(link, guard=all_of((guard(codec.when), link.guard)))
        case First():
            yield from _first(codec, site)
        case Several():
            for inner in codec.of.values():
                yield from links(inner, site)
        case Backbone():
            for inner in codec.elements.values():
                yield from links(inner, site)
        case Extension():
            yield from links(codec.value, site)
        case _:
            return


def _first(codec: First, site: Site) -> Iterator[Link]:
    before: list[Predicate] = []
    for inner in codec.of.values():
        for link in links(inner, site):
            yield replace(link, guard=all_of((*before, link.guard)))
        before.append(negation(inner.present(site)))
