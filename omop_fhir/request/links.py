"""The links of a resource: found with their places, and rewritten.

A resource enters, and what each link becomes; a resource leaves that shares with the first whatever did not change. Links
are, as R4 says of transactions: `Reference.reference`, elements of type uri, url, oid and uuid, and `href` of `a` and `src` of
`img` in the narrative; never canonicals. Values of a wrong kind are passed over: they are for `validate` to refuse.
https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from html import escape, unescape
from typing import Any, Literal, NamedTuple, TypeAlias

from ..fhir.datatypes import PRIMITIVES
from ..fhir.definitions import Element, ElementType, children, resource_types

JSON: TypeAlias = dict[str, Any]
Kind: TypeAlias = Literal["reference", "uri", "narrative"]
Change: TypeAlias = Callable[[str, Kind], "str | JSON | None"]
"""What a link becomes; None: it stays. A `reference` may become an object: its elements take the place of
`Reference.reference`, and those that are there already stay."""

_URIS = frozenset({"uri", "url", "oid", "uuid"})
_TAG = re.compile(r"""<(?:a|img)\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_ATTRIBUTE = re.compile(r"""(?<=\s)(?P<name>href|src)(?P<equals>\s*=\s*)(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')""")


class Link(NamedTuple):
    """A link, where it stands (FHIRPath) and what kind it is."""

    place: str
    kind: Kind
    text: str


class _Slot(NamedTuple):
    """What is below a property: a link of a kind, or a value of a path; neither: nothing that could link."""

    kind: Kind | None = None
    path: str | None = None


_ANY_RESOURCE = "Resource"


class _Shape:
    """The properties of a type or backbone element that are links or may hold some."""

    def __init__(self, path: str) -> None:
        self._path = path

    @cached_property
    def slots(self) -> Mapping[str, _Slot]:
        found: dict[str, _Slot] = {}
        for element in children(self._path):
            kinds = element.types or (ElementType("BackboneElement"),)
            for name, kind in zip(element.properties, kinds, strict=False):
                slot = _slot(element, kind)
                if slot is not None:
                    found[name] = slot
                if kind.code in PRIMITIVES:
                    found["_" + name] = _Slot(path="Element")
        return found


def _slot(element: Element, kind: ElementType) -> _Slot | None:
    if element.path == "Reference.reference":
        return _Slot(kind="reference")
    if kind.code in PRIMITIVES:
        if kind.code == "xhtml":
            return _Slot(kind="narrative")
        return _Slot(kind="uri") if kind.code in _URIS else None
    if element.content is not None:
        return _Slot(path=element.content)
    return _Slot(path=element.path if element.is_backbone else kind.code)


@lru_cache(maxsize=4096)
def _shape(path: str) -> _Shape:
    return _Shape(path)


def _slots(value: JSON, path: str) -> Mapping[str, _Slot]:
    """The slots of an object, whose path may leave its type open."""
    if path == _ANY_RESOURCE:
        name = value.get("resourceType")
        if not isinstance(name, str) or name not in resource_types():
            return {}
        path = name
    return _shape(path).slots


# Finding


def find_links(resource: JSON, place: str = "") -> list[Link]:
    """All links of a resource in their order. `place` is the FHIRPath of the resource; empty: its type."""
    found: list[Link] = []
    _find(resource, _ANY_RESOURCE, place or str(resource.get("resourceType")), found)
    return found


def _find(value: Any, path: str, place: str, found: list[Link]) -> None:
    if type(value) is not dict:
        return
    slots = _slots(value, path)
    for name, item in value.items():
        slot = slots.get(name)
        if slot is not None:
            here = f"{place}.{name.removeprefix('_')}"
            if type(item) is list:
                for index, single in enumerate(item):
                    _find_below(single, slot, f"{here}[{index}]", found)
            else:
                _find_below(item, slot, here, found)


def _find_below(item: Any, slot: _Slot, place: str, found: list[Link]) -> None:
    kind, path = slot
    if path is not None:
        _find(item, path, place, found)
    elif type(item) is str and kind is not None:
        texts = _addresses(item) if kind == "narrative" else (item,)
        found += (Link(place, kind, text) for text in texts)


def _addresses(div: str) -> Iterator[str]:
    for tag in _TAG.finditer(div):
        for attribute in _ATTRIBUTE.finditer(tag[0]):
            yield _address(attribute)


def _address(attribute: re.Match[str]) -> str:
    return unescape(attribute["single"] if attribute["double"] is None else attribute["double"])


# Rewriting


def rewrite_links(resource: JSON, change: Change) -> JSON:
    """The resource with its links changed; itself where none is."""
    changed: JSON = _rewrite(resource, _ANY_RESOURCE, change)
    return changed


def _rewrite(value: Any, path: str, change: Change) -> Any:
    if type(value) is not dict:
        return value
    slots, changed = _slots(value, path), value
    for name, item in value.items():
        slot = slots.get(name)
        if slot is not None:
            fresh = _rewrite_list(item, slot, change) if type(item) is list else _rewrite_item(item, slot, change)
            if fresh is not item:
                if changed is value:
                    changed = dict(value)
                if slot.kind == "reference" and type(fresh) is dict:
                    changed = {**fresh, **{key: each for key, each in changed.items() if key != name}}
                else:
                    changed[name] = fresh
    return changed


def _rewrite_list(items: list[Any], slot: _Slot, change: Change) -> list[Any]:
    fresh = [_rewrite_item(item, slot, change) for item in items]
    return fresh if any(a is not b for a, b in zip(fresh, items, strict=True)) else items


def _rewrite_item(item: Any, slot: _Slot, change: Change) -> Any:
    if slot.path is not None:
        return _rewrite(item, slot.path, change)
    if type(item) is not str:
        return item
    if slot.kind == "narrative":
        return _rewrite_narrative(item, change)
    fresh = change(item, "reference" if slot.kind == "reference" else "uri")
    return item if fresh is None else fresh


def _rewrite_narrative(div: str, change: Change) -> str:
    def attribute(found: re.Match[str]) -> str:
        fresh = change(_address(found), "narrative")
        return found[0] if not isinstance(fresh, str) else f'{found["name"]}{found["equals"]}"{escape(fresh)}"'

    fresh = _TAG.sub(lambda tag: _ATTRIBUTE.sub(attribute, tag[0]), div)
    return div if fresh == div else fresh
