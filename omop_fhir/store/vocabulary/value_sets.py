"""Value sets by URL, for `:in` and `:not-in`: what is read from files, and SNOMED's implicit ones.

Folders of JSON files enter: FHIR ValueSets (compose with include and exclude, concepts, and filters `is-a`,
`descendent-of`, `in`, `=`) and concept sets as ATLAS exports them. Definitions leave, whose codes the terminology resolves.
Rejected, by file and place: what cannot be said over OMOP's vocabulary tables.
https://hl7.org/fhir/R4/valueset.html#compositions, http://hl7.org/fhir/R4/snomedct.html#implicit
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from ...errors import ConfigurationError, NotSupported
from ...fhir.values import Token
from ...omop.vocabulary import vocabularies
from ...query.concept_set import ConceptSet, Hierarchy

SNOMED = "http://snomed.info/sct"

Resolve: TypeAlias = Callable[[Token], ConceptSet]


@dataclass(frozen=True, slots=True)
class Part:
    """A union of codes (with what lies below them), concept ids, whole vocabularies and other value sets.

    `below_only` are codes whose descendants count, but not they themselves. `and_mapped` concepts bring along what maps
    to them. `within` narrows the part to the value sets named.
    """

    tokens: tuple[Token, ...] = ()
    below_only: tuple[Token, ...] = ()
    ids: tuple[int, ...] = ()
    descendants: tuple[int, ...] = ()
    mapped: tuple[Part, ...] = ()
    vocabularies: tuple[str, ...] = ()
    within: tuple[Definition, ...] = ()

    def all_tokens(self) -> Iterator[Token]:
        """Every code that must be resolved."""
        yield from (*self.tokens, *self.below_only)
        for definition in self.within:
            yield from definition.tokens()

    def concepts(self, resolve: Resolve) -> ConceptSet:
        """The concepts of the part."""
        sets = [resolve(token) for token in self.tokens]
        sets += [_without_top(resolve(token)) for token in self.below_only]
        below = (Hierarchy(self.descendants, False, "ancestor", ()),) if self.descendants else ()
        own = ConceptSet(self.ids, below, self.vocabularies, tuple(part.concepts(resolve) for part in self.mapped))
        whole = union((own, *sets))
        for definition in self.within:
            inner = definition.concepts(resolve)
            whole = inner if whole.is_empty else ConceptSet(within=(whole, inner))
        return whole


@dataclass(frozen=True, slots=True)
class Definition:
    """A value set: the union of its includes, less its excludes."""

    include: tuple[Part, ...] = ()
    exclude: tuple[Part, ...] = ()

    def tokens(self) -> tuple[Token, ...]:
        """Every code that must be resolved."""
        return tuple(token for part in (*self.include, *self.exclude) for token in part.all_tokens())

    def concepts(self, resolve: Resolve) -> ConceptSet:
        """The concepts of the value set."""
        whole = union(part.concepts(resolve) for part in self.include)
        if not self.exclude:
            return whole
        return ConceptSet(within=(whole,), without=union(part.concepts(resolve) for part in self.exclude))


def _without_top(concepts: ConceptSet) -> ConceptSet:
    top = tuple(id for hierarchy in concepts.hierarchies for id in hierarchy.ids)
    return ConceptSet(within=(concepts,), without=ConceptSet(top))


def union(sets: Iterable[ConceptSet]) -> ConceptSet:
    """All concepts of the sets."""
    parts = [each for each in sets if not each.is_empty]
    if len(parts) == 1:
        return parts[0]
    plain = [each for each in parts if each.is_union]
    return ConceptSet(
        ids=tuple(sorted({id for each in plain for id in each.ids})),
        hierarchies=tuple(h for each in plain for h in each.hierarchies),
        vocabularies=tuple(sorted({name for each in plain for name in each.vocabularies})),
        mapped=tuple(m for each in plain for m in each.mapped),
        others=tuple(each for each in parts if not each.is_union),
    )


@dataclass(frozen=True, slots=True)
class ValueSets:
    """The value sets of a site, by URL; SNOMED's implicit ones need no file."""

    by_url: Mapping[str, Definition] = field(default_factory=dict)

    def find(self, url: str) -> Definition:
        """The definition of a value set. Raises NotSupported for one that is not known, naming those that are."""
        found = self.by_url.get(url.partition("|")[0]) or _implicit(url)
        if found is None:
            known = ", ".join(f"`{each}`" for each in sorted(self.by_url)) or "none but SNOMED's implicit ones"
            raise NotSupported(f"the value set `{url}` is not known here; known are {known}")
        return found


def _implicit(url: str) -> Definition | None:
    """`http://snomed.info/sct?fhir_vs[=isa/CODE]`."""
    address = urlsplit(url)
    if f"{address.scheme}://{address.netloc}{address.path}" != SNOMED or not address.query:
        return None
    wanted = parse_qs(address.query, keep_blank_values=True).get("fhir_vs", [None])[0]
    if wanted == "":
        return Definition((Part(vocabularies=("SNOMED",)),))
    if wanted and wanted.startswith("isa/"):
        return Definition((Part(tokens=(Token(SNOMED, wanted.removeprefix("isa/"), "below"),)),))
    raise NotSupported(f"`{url}`: of SNOMED's implicit value sets only `fhir_vs` and `fhir_vs=isa/CODE` are supported")


def load_value_sets(folders: Iterable[Path], base: str) -> ValueSets:
    """The value sets of all `.json` files of the folders.

    A FHIR ValueSet is known by its `url`, an ATLAS concept set by `{base}/ValueSet/` and the name of its file without
    `.json`. Raises ConfigurationError with file and place for what cannot be used.
    """
    contents = {file: _read(file) for folder in folders for file in sorted(folder.glob("*.json"))}
    files: dict[str, tuple[Path, dict[str, Any]]] = {}
    for file, content in contents.items():
        url = _url(file, content) if content.get("resourceType") == "ValueSet" else f"{base}/ValueSet/{file.stem}"
        if url in files:
            raise ConfigurationError(f"{file.name}: {files[url][0].name} defines `{url}` too")
        files[url] = (file, content)
    reader = _Reader(files)
    return ValueSets({url: reader.definition(file, content) for url, (file, content) in files.items()})


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file.name}: not JSON: {error}") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{file.name}: neither a ValueSet nor a concept set of ATLAS")
    return content


def _url(file: Path, content: dict[str, Any]) -> str:
    url = content.get("url")
    if not isinstance(url, str) or not url:
        raise ConfigurationError(f"{file.name}: the ValueSet has no `url`, so nothing can name it")
    return url


def _concept_set(file: Path, content: dict[str, Any]) -> Definition:
    """ATLAS: items of a concept, isExcluded, includeDescendants, includeMapped."""
    items = content.get("items", content.get("expression", {}).get("items") if content.get("expression") else None)
    if not isinstance(items, list):
        raise ConfigurationError(f"{file.name}: neither a ValueSet nor a concept set of ATLAS: it has no `items`")
    include: list[Part] = []
    exclude: list[Part] = []
    for number, item in enumerate(items):
        try:
            part = _item(item)
        except (KeyError, TypeError, ValueError):
            raise ConfigurationError(f"{file.name}: items[{number}] has no concept.CONCEPT_ID") from None
        (exclude if item.get("isExcluded") else include).append(part)
    return Definition(tuple(include), tuple(exclude))


def _item(item: dict[str, Any]) -> Part:
    id = int(item["concept"]["CONCEPT_ID"])
    part = Part(ids=(id,), descendants=(id,) if item.get("includeDescendants") else ())
    return Part(mapped=(part,)) if item.get("includeMapped") else part


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads value sets; those that others import are found by URL."""

    sources: Mapping[str, tuple[Path, dict[str, Any]]]

    def definition(self, file: Path, content: dict[str, Any], above: tuple[str, ...] = ()) -> Definition:
        """The definition in a file of either kind."""
        if content.get("resourceType") == "ValueSet":
            return self.value_set(file, content, above)
        return _concept_set(file, content)

    def value_set(self, file: Path, content: dict[str, Any], above: tuple[str, ...] = ()) -> Definition:
        """The definition of a ValueSet. `above` are the URLs of those that import it."""
        url = _url(file, content)
        if url in above:
            raise ConfigurationError(f"{file.name}: the value set imports itself, by way of {', '.join(above)}")
        compose = content.get("compose")
        if not isinstance(compose, dict) or not compose.get("include"):
            raise ConfigurationError(f"{file.name}: the ValueSet has no compose.include; an expansion alone is not read")
        parts = {
            name: tuple(
                self._part(file, f"compose.{name}[{number}]", given, (*above, url))
                for number, given in enumerate(compose.get(name, ()))
            )
            for name in ("include", "exclude")
        }
        return Definition(parts["include"], parts["exclude"])

    def _part(self, file: Path, place: str, given: Any, above: tuple[str, ...]) -> Part:
        try:
            return self._checked_part(file, place, given, above)
        except (AttributeError, KeyError, TypeError):
            raise ConfigurationError(f"{file.name}: {place} is not as R4 has it") from None

    def _checked_part(self, file: Path, place: str, given: dict[str, Any], above: tuple[str, ...]) -> Part:
        system = given.get("system")
        within = tuple(self._imported(file, place, url, above) for url in given.get("valueSet", ()))
        if system is None and not within:
            raise ConfigurationError(f"{file.name}: {place} names neither a system nor a value set")
        if system is None:
            return Part(within=within)
        if system not in vocabularies():
            raise ConfigurationError(f"{file.name}: {place}: OMOP has no vocabulary for the system `{system}`")
        if given.get("concept"):
            codes = tuple(Token(system, str(concept["code"])) for concept in given["concept"])
            return Part(tokens=codes, within=within)
        if given.get("filter"):
            return _filtered(file, place, system, given["filter"], within)
        return Part(vocabularies=vocabularies()[system], within=within)

    def _imported(self, file: Path, place: str, url: str, above: tuple[str, ...]) -> Definition:
        found = self.sources.get(url.partition("|")[0])
        if found is not None:
            return self.definition(*found, above)
        try:
            implicit = _implicit(url)
        except NotSupported as error:
            raise ConfigurationError(f"{file.name}: {place}: {error}") from None
        if implicit is None:
            raise ConfigurationError(f"{file.name}: {place}: the value set `{url}` is in none of the folders")
        return implicit


def _filtered(
    file: Path, place: str, system: str, filters: list[dict[str, Any]], within: tuple[Definition, ...]
) -> Part:
    """One filter on concepts; several at once would be an intersection of each."""
    parts = [_filter(file, place, system, each) for each in filters]
    first, *rest = parts
    narrower = (*within, *(Definition((part,)) for part in rest))
    return Part(first.tokens, first.below_only, within=narrower)


def _filter(file: Path, place: str, system: str, given: dict[str, Any]) -> Part:
    property, operator, value = (str(given.get(name, "")) for name in ("property", "op", "value"))
    match property, operator:
        case "concept", "is-a":
            return Part(tokens=(Token(system, value, "below"),))
        case "concept", "descendent-of":
            return Part(below_only=(Token(system, value, "below"),))
        case ("concept" | "code"), ("=" | "in"):
            codes = [code.strip() for code in value.split(",")] if operator == "in" else [value]
            return Part(tokens=tuple(Token(system, code) for code in codes))
        case _:
            raise ConfigurationError(f"{file.name}: {place}: the filter `{property} {operator} {value}` is not supported")


