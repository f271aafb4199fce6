"""The `write` section of a mapping file in, checked `Writing` out. Raises MappingError with file and line.

See docs/mapping.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..fhir.definitions import UnknownDefinition, element, mandatory
from .build import Builder, inside, integers
from .codecs.base import INTEGER, MOMENT
from .codecs.combine import Several
from .codecs.extension import Extension, OmbCategory
from .model import Element, Source
from .predicate import Column
from .writing import RULES, Condition, ElementSetting, Path, Rule, Writing
from .yaml import Map, MappingError, Mark, mark_of


def writing(resource: str, content: Map, sources: Mapping[str, Source], elements: Mapping[str, Element],
            builder: Builder) -> Writing:  # fmt: skip
    """The checked section."""
    mark = content.mark
    route = content.get("route")
    base = next(iter(sources))
    return Writing(
        rows=dict(_rows(content.get("rows") or Map(), sources, mark)),
        rows_when=tuple(_conditions(resource, content.get("rows_when"), mark)),
        columns={
            builder.column(key, mark_of(key, mark)): tuple(_rules(resource, value, builder, mark_of(key, mark)))
            for key, value in (content.get("columns") or {}).items()
        },
        route=_route(route, base, builder, mark) if route else None,
        elements=tuple(_settings(resource, content.get("elements") or {}, elements, mark)),
        unmapped=content.get("unmapped") or "keep",
        too_long=content.get("too_long") or "report",
        deduplicate=str(content["deduplicate"]).lower() == "true" if content.get("deduplicate") else None,
        writable=content.get("writable") or None,
        mark=mark,
    )


def _rows(content: Map, sources: Mapping[str, Source], mark: Mark) -> Iterator[tuple[str, Any]]:
    for alias, kind in content.items():
        here = mark_of(alias, mark)
        source = sources.get(alias)
        if source is None or source.key:
            raise MappingError(here, f"`{alias}` is not an entry of `from` beside the first, which is always written")
        yield str(alias), str(kind)


def _route(text: str, base: str, builder: Builder, mark: Mark) -> Column:
    column = builder.column(text, mark_of(text, mark), INTEGER)
    if column.alias != base:
        raise MappingError(mark_of(text, mark), f"`{text}` is not a column of the table whose rows are the resources")
    return column


def _conditions(resource: str, content: Any, mark: Mark) -> Iterator[Condition]:
    for path, wanted in (content or {}).items():
        here = mark_of(path, mark)
        if wanted in ("present", "absent"):
            yield Condition(_path(resource, path, here), is_present=wanted == "present")
        else:
            yield Condition(_path(resource, path, here), tuple(map(str, wanted if isinstance(wanted, list) else [wanted])))


def _rules(resource: str, content: Any, builder: Builder, mark: Mark) -> Iterator[Rule]:
    for item in content if isinstance(content, list) else [content]:
        here = mark_of(item, mark)
        if not isinstance(item, Map):
            yield Rule(value=int(integers(item, here)[0]))
            continue
        if sum(name in item for name in RULES) != 1:
            raise MappingError(here, f"a rule has one of {', '.join(RULES)}")
        yield _rule(resource, item, builder, here)


def _rule(resource: str, item: Map, builder: Builder, mark: Mark) -> Rule:
    def column(name: str, kinds: tuple[str, ...]) -> Column | None:
        return builder.column(item[name], mark_of(item[name], mark), kinds) if item.get(name) else None

    return Rule(
        value=int(integers(item["value"], mark)[0]) if item.get("value") else None,
        copy=column("copy", MOMENT),
        lasting=column("lasting", INTEGER),
        element=_path(resource, item["element"], mark) if item.get("element") else None,
        parts=tuple(builder.column(part, mark_of(part, mark), INTEGER) for part in item.get("parts") or ()),
        inherit=_path(resource, item["inherit"], mark) if item.get("inherit") else None,
        received=str(item.get("received", "false")).lower() == "true",
        when=tuple(_conditions(resource, item.get("when"), mark)),
    )


def _settings(resource: str, content: Mapping[str, Any], elements: Mapping[str, Element], mark: Mark) -> Iterator[ElementSetting]:
    for path, setting in content.items():
        here = mark_of(path, mark)
        first, _, name = path.partition(".")
        if setting == "report" and path in mandatory(resource):
            raise MappingError(here, f"every {resource} must have `{path}`: it cannot be dropped, only kept or refused")
        url = _url(elements[first], name) if first == "extension" and name and first in elements else ""
        if first == "extension" and name and not url:
            raise MappingError(here, f"`{path}` is not an extension of this mapping")
        yield ElementSetting(_path(resource, first if url else path, here), setting, url)


def _url(element: Element, name: str) -> str:
    """The url of an extension of the list, by its name in the mapping file."""
    codec = element.codec.of.get(name) if isinstance(element.codec, Several) else None
    return codec.url if isinstance(codec, Extension | OmbCategory) else ""


def _path(resource: str, text: str, mark: Mark) -> Path:
    """The element that R4 has at the path, a name at a time."""
    steps, at = [], resource
    try:
        for name in text.split("."):
            found = element(f"{at}.{name}")
            steps.append(found.properties)
            at = inside(found.path)
    except UnknownDefinition as error:
        raise MappingError(mark, str(error)) from None
    return Path(str(text), tuple(steps))
