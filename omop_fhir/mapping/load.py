"""Folders of mapping files in, checked `Mapping`s out.

The shipped folder comes first, a site's folders after it: a file of the same name is merged over the earlier one
(https://yaml.org; see docs/mapping.md), a file with a new name is a further mapping. Every error names file and line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from ..fhir.absent import REASONS
from ..fhir.definitions import Element as Definition
from ..fhir.definitions import UnknownDefinition, codes, compartment, element, mandatory
from ..fhir.search_parameters import search_parameter
from .build import Builder, inside, integers
from .codecs import Backbone, Codec, Guarded
from .codecs.base import INTEGER
from .codecs.code import Code, Fixed
from .codecs.combine import First, Several
from .codecs.concept import ConceptCodec
from .codecs.extension import Extension
from .codecs.reference import Reference
from .load_writing import writing
from .model import Element, Mapping, Parameter, Source
from .predicate import Column
from .schema import mapping_schema
from .yaml import Map, MappingError, Mark, mark_of, merge, read


def load(folders: Iterable[Path]) -> tuple[Mapping, ...]:
    """All enabled mappings of the folders, later ones laid over earlier ones.

    Raises MappingError (a ConfigurationError) with file and line for the first thing that is wrong.
    """
    folders = tuple(folders)
    tables = tuple(folder / "tables" for folder in reversed(folders))
    mappings = tuple(_mapping(name, content, tables) for name, content in _merged(folders).items())
    enabled = tuple(mapping for mapping in mappings if mapping.enabled)
    _check_prefixes(enabled)
    return enabled


def _merged(folders: tuple[Path, ...]) -> dict[str, Map]:
    result: dict[str, Map] = {}
    for folder in folders:
        if not folder.is_dir():
            raise MappingError(Mark(folder, 1), "there is no such folder of mapping files")
        for stray in sorted(folder.glob("*.yml")):
            raise MappingError(Mark(stray, 1), "mapping files end in .yaml: rename it")
        for file in sorted(folder.glob("*.yaml")):
            over = read(file)
            result[file.stem] = _laid(over, result[file.stem]) if file.stem in result else over
    return result


def _laid(over: Map, base: Map) -> Map:
    """A site's file laid upon an earlier one; with an element that it removes go the parameters that pointed there."""
    merged = merge(base, over)
    removed = {name for name, value in (over.get("elements") or {}).items() if value is None}
    search, own = merged.get("search"), over.get("search") or {}
    for code in [code for code, path in (search or {}).items() if path.partition(".")[0] in removed and code not in own]:
        del merged["search"][code]
    return merged


def _check_prefixes(mappings: tuple[Mapping, ...]) -> None:
    seen: dict[tuple[str, str], Mapping] = {}
    for mapping in mappings:
        other = seen.setdefault((mapping.resource, mapping.prefix), mapping)
        if other is not mapping:
            raise MappingError(mapping.mark, f"{other.name} feeds {mapping.resource} too: give one of them a `prefix`")


def _mapping(name: str, content: Map, tables: tuple[Path, ...]) -> Mapping:
    _check_schema(content)
    for part in ("resource", "from", "elements"):
        if part not in content:
            raise MappingError(content.mark, f"{name}.yaml is not a shipped mapping, so it needs `{part}`")
    resource = str(content["resource"])
    sources = dict(_sources(content["from"]))
    builder = Builder({alias: source.table for alias, source in sources.items()}, tables)
    elements = dict(_elements(resource, content["elements"], builder))
    _check_mandatory(resource, elements, content.mark)
    return Mapping(
        name=name,
        resource=resource,
        enabled=content.get("enabled", "true") == "true",
        prefix=str(content.get("prefix", "")),
        sources=sources,
        elements=elements,
        search=dict(_parameters(resource, content.get("search") or Map(), elements)),
        compartment=dict(_columns(content.get("compartment"), builder, content.mark)),
        profiles=tuple(map(str, content.get("profile") or ())),
        writing=writing(resource, content["write"], sources, elements, builder) if "write" in content else None,
        description=str(content.get("description", "")),
        mark=content.mark,
    )  # fmt: skip


@cache
def _validator() -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(mapping_schema())


def _check_schema(content: Map) -> None:
    """What the compiled schema passes is good; else `jsonschema`, a hundred times slower, judges and says what is wrong."""
    if _validator().is_valid(json.loads(json.dumps(content))):
        return
    import jsonschema

    error = jsonschema.exceptions.best_match(jsonschema.Draft7Validator(mapping_schema()).iter_errors(content))
    if error is None:
        return
    mark, value = content.mark, content
    for step in error.absolute_path:
        key = next((k for k in value if k == step), None) if isinstance(value, dict) else None
        value = value[step]
        mark = mark_of(value, mark_of(key, mark))
    where = ".".join(str(step) for step in error.absolute_path)
    raise MappingError(mark, f"{where}: {error.message}" if where else error.message)


def _sources(content: Map) -> Iterator[tuple[str, Source]]:
    aliases: dict[str, str] = {}
    for alias, value in content.items():
        mark = mark_of(alias, content.mark)
        if bool(aliases) == ("key" in value):
            raise MappingError(mark, "the first entry of `from`, and no other, has a `key`")
        aliases[str(alias)] = str(value["table"])
        builder = Builder(dict(aliases), ())
        joined = (value.get("join") or {}).items()
        join = tuple((str(own), builder.column(other, mark_of(own, mark), INTEGER)) for own, other in joined)
        where = tuple(
            (builder.column(column, mark_of(column, mark), INTEGER), tuple(map(int, integers(values, mark))))
            for column, values in (value.get("where") or {}).items()
        )
        first, many = (tuple(map(str, value.get(word) or ())) for word in ("first", "many"))
        yield str(alias), Source(str(alias), str(value["table"]), value.get("key"), join, where, first, many, mark)


def _elements(resource: str, content: Map, builder: Builder) -> Iterator[tuple[str, Element]]:
    for name, value in content.items():
        mark = mark_of(name, content.mark)
        path = f"{resource}.{name.removeprefix('_')}"
        definition = _definition(path, mark)
        choice = definition.is_choice and not name.startswith("_")
        codec = builder.codec(value, mark, definition.path)
        if not name.startswith("_"):
            _check_codec(codec, definition, mark)
        elif codec.absence():
            raise MappingError(mark, f"`{name}` takes no `absent`, which `{name[1:]}` does")
        yield str(name), Element(str(name), codec, choice, definition.is_list and not name.startswith("_"), mark)


def _definition(path: str, mark: Mark) -> Definition:
    try:
        return element(path)
    except UnknownDefinition as error:
        raise MappingError(mark, str(error)) from None


def _check_codec(codec: Codec, definition: Definition, mark: Mark) -> None:
    """Does the codec yield what the element takes, and codes of its required binding?"""
    if isinstance(codec, Several) and any(type.startswith("_") for each in codec.of.values() for type in each.absence()):
        raise MappingError(mark, f"{definition.path}: a list of primitives takes no `absent`")
    for leaf in _leaves(codec):
        takes = {kind.code for kind in definition.types}
        yields = "dateTime" if getattr(leaf, "without_end", "") else leaf.type
        if leaf.type not in ("Element", "BackboneElement") and not takes & {leaf.type, yields}:
            kinds = " or ".join(sorted(takes))
            raise MappingError(mark, f"{definition.path} takes {kinds}, and the codec `{leaf.name}` yields {leaf.type}")
        _check_binding(leaf, definition, mark)
        _check_arguments(leaf, mark)
        if isinstance(leaf, Reference) and not {leaf.target, "Resource"} & set(definition.targets):
            raise MappingError(mark, f"{definition.path} cannot refer to {leaf.target}")
        if isinstance(leaf, Backbone):
            for name, inner in leaf.elements.items():
                _check_codec(inner, _definition(f"{inside(definition.path)}.{name}", mark), mark)


def _leaves(codec: Codec) -> Iterator[Codec]:
    """The codecs that yield the values of one element."""
    if isinstance(codec, Guarded):
        yield from _leaves(codec.inner)
    elif isinstance(codec, Several | First):
        for inner in codec.of.values():
            yield from _leaves(inner)
    else:
        yield codec


def _check_binding(codec: Codec, definition: Definition, mark: Mark) -> None:
    if definition.binding is None or not isinstance(codec, Fixed | Code):
        return
    given = {codec.value} if isinstance(codec, Fixed) else {*codec.codes_written(), codec.otherwise} - {""}
    wrong = given - codes(definition.binding)
    if wrong:
        raise MappingError(mark, f"`{min(wrong)}` is not a code that {definition.path} takes")


def _check_arguments(codec: Codec, mark: Mark) -> None:
    reason = getattr(codec, "absent", "") or getattr(codec, "reason", "")
    if reason and reason not in REASONS:
        raise MappingError(mark, f"`{reason}` is not a data-absent-reason; one of {', '.join(REASONS)}")
    if isinstance(codec, ConceptCodec) and not (codec.standard or codec.source or codec.text):
        raise MappingError(mark, "the codec `concept` needs `standard`, `source` or `text`")
    if isinstance(codec, Extension):
        for leaf in _leaves(codec.value):
            _check_arguments(leaf, mark)


def _check_mandatory(resource: str, elements: dict[str, Element], mark: Mark) -> None:
    missing = [name for name in mandatory(resource) if name not in elements]
    if missing:
        raise MappingError(mark, f"every {resource} must have `{missing[0]}`: map it")


def _columns(content: Any, builder: Builder, mark: Mark) -> Iterator[tuple[str, Column]]:
    for key, value in (content or {}).items():
        here = mark_of(value, mark)
        try:
            compartment(key)
        except UnknownDefinition as error:
            raise MappingError(mark_of(key, here), str(error)) from None
        yield str(key), builder.column(value, here, INTEGER)


def _parameters(resource: str, content: Map, elements: dict[str, Element]) -> Iterator[tuple[str, Parameter]]:
    for code, path in content.items():
        mark = mark_of(code, getattr(content, "mark", Mark(Path(resource), 1)))
        definition = search_parameter(resource, code)
        if definition is None:
            raise MappingError(mark, f"neither R4 nor US Core has a search parameter `{code}` of {resource}")
        if path is None:
            raise MappingError(mark, f"the search parameter `{code}` needs the name of an element")
        codec = _at(path, elements, mark)
        if not any(definition.type in leaf.searched_by for leaf in _leaves(codec)):
            raise MappingError(mark, f"`{code}` is a {definition.type} parameter, which `{path}` cannot answer")
        yield str(code), Parameter(definition, str(path), codec, mark)


def _at(path: str, elements: dict[str, Element], mark: Mark) -> Codec:
    """The codec at a dotted path of element names: `participant.individual`, `extension.race`."""
    first, *rest = path.split(".")
    if first not in elements:
        raise MappingError(mark, f"`{path}` is not an element of this mapping")
    found = elements[first].codec
    for name in rest:
        inner = found.member(name)
        if inner is None:
            raise MappingError(mark, f"`{path}` is not an element of this mapping")
        found = inner
    return found
