"""Where the references of a codec lead: which column holds the key, of which type, under which condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..bind import Bound
from ..predicate import ALWAYS, Column, Predicate, all_of, negation
from ..site import Site
from .base import Codec
from .code import guard
from .combine import Backbone, First, Guarded, Several
from .extension import Extension
from .indexed import IndexedReference
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
        case IndexedReference():
            for (type, prefix), alias in codec.targets.items():
                yield Link(Column(alias, "key"), type, prefix, ALWAYS)
        case _:
            return


def all_links(bound: Bound, site: Site) -> tuple[Link, ...]:
    """Every reference of a source: those that its elements render, and those that its documents are indexed by."""
    indexed = bound.search.values() if bound.twin else ()
    codecs = (each.codec for each in (*bound.mapping.elements.values(), *indexed))
    return tuple(dict.fromkeys(link for codec in codecs for link in links(codec, site)))


def _first(codec: First, site: Site) -> Iterator[Link]:
    before: list[Predicate] = []
    for inner in codec.of.values():
        for link in links(inner, site):
            yield replace(link, guard=all_of((*before, link.guard)))
        before.append(negation(inner.present(site)))
