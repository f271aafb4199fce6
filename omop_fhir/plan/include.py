"""`_include` and `_revinclude` planned: one statement per step, from the rows that are shown to those they bring along.

https://hl7.org/fhir/R4/search.html#revinclude
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ..errors import Forbidden, Invalid, NotSupported
from ..fhir.search_parameters import search_parameter
from ..mapping.bind import Bound
from ..mapping.codecs.links import Link, links
from ..mapping.predicate import Among, Predicate, Referred, all_of, any_of
from ..mapping.site import Site
from ..request.search import Inclusion
from .criteria import Catalog, Criteria, joined
from .granted import shows_its_places
from .search import Branch, SearchPlan

Shown: TypeAlias = Mapping[str, tuple[int, ...]]
"""Mapping name -> the keys of its rows that were found in the step before."""


@dataclass(frozen=True, slots=True)
class Inclusions:
    """Plans the inclusions of one request."""

    inclusions: tuple[Inclusion, ...]
    criteria: Criteria

    def check(self, types: Collection[str]) -> None:
        """Raises Invalid, NotSupported or Forbidden for an inclusion that can bring nothing to a search of these types."""
        for inclusion in self.inclusions:
            _check(inclusion, self.criteria)
            _check_claim(inclusion, self.criteria, types)

    def step(self, shown: Shown, *, first: bool, limit: int) -> SearchPlan | None:
        """The plan of one step from the rows shown; None where nothing can come. Only `:iterate` goes beyond the first."""
        wanted: dict[str, tuple[Bound, list[Predicate]]] = {}
        for inclusion in self.inclusions:
            if first or inclusion.iterate:
                for bound, predicate in self._rows(inclusion, shown):
                    wanted.setdefault(bound.mapping.name, (bound, []))[1].append(predicate)
        branches = tuple(Branch(bound, any_of(tuple(parts))) for bound, parts in wanted.values())
        plan = SearchPlan(branches, limit)
        return None if not branches or plan.is_empty else plan

    def _rows(self, inclusion: Inclusion, shown: Shown) -> Iterator[tuple[Bound, Predicate]]:
        """Rows within the grants that the shown rows refer to, or that refer to them."""
        if inclusion.reverse:
            for bound, predicate in self._reverse(inclusion, shown):
                yield bound, all_of((self.criteria.granted(bound), predicate))
        else:
            yield from self._forward(inclusion, shown)

    def _forward(self, inclusion: Inclusion, shown: Shown) -> Iterator[tuple[Bound, Predicate]]:
        """Rows that the shown rows refer to.

        A place that a row shows need not be looked for among all that refers to it; the row is looked at once more instead, for
        it may have become another's since.
        """
        for source in self._of_type(inclusion.source):
            keys = shown.get(source.mapping.name)
            if not keys:
                continue
            for link in self._links(inclusion, source):
                for target in self._targets(link, inclusion):
                    shows = shows_its_places(self.criteria.grants, source, target)
                    referring = all_of((link.guard, self.criteria.granted(source))) if shows else link.guard
                    referred = Referred(target.mapping.key, source, link.column, keys, referring)
                    yield target, referred if shows else all_of((self.criteria.granted(target), referred))

    def _reverse(self, inclusion: Inclusion, shown: Shown) -> Iterator[tuple[Bound, Predicate]]:
        """Rows that refer to the shown rows."""
        for source in self._of_type(inclusion.source):
            for link in self._links(inclusion, source):
                if inclusion.target in (None, link.target):
                    for target in self.criteria.catalog.get(link.target, ()):
                        keys = shown.get(target.mapping.name)
                        if keys and target.mapping.prefix == link.prefix:
                            among = all_of((link.guard, Among(link.column, keys)))
                            yield source, joined(source, among, link.column.alias)

    def _of_type(self, type: str) -> Iterator[Bound]:
        types = self.criteria.catalog if type == "*" else (type,)
        for name in types:
            if self._allowed(name):
                yield from self.criteria.catalog.get(name, ())

    def _allowed(self, type: str) -> bool:
        return self.criteria.grants.allow(type, "search-type")

    def _targets(self, link: Link, inclusion: Inclusion) -> Iterator[Bound]:
        if inclusion.target in (None, link.target) and self._allowed(link.target):
            for bound in self.criteria.catalog.get(link.target, ()):
                if bound.mapping.prefix == link.prefix:
                    yield bound

    def _links(self, inclusion: Inclusion, source: Bound) -> Iterator[Link]:
        for code, parameter in source.search.items():
            if parameter.definition.type == "reference" and inclusion.code in ("*", code):
                yield from links(parameter.codec, self.criteria.site)


def claims(type: str, catalog: Catalog, site: Site) -> tuple[str, ...]:
    """The values of `_include` that bring something to resources of a type: `Type:parameter`."""
    return tuple(sorted({f"{type}:{code}" for code, _ in _references(type, catalog, site)}))


def reverse_claims(type: str, catalog: Catalog, site: Site) -> tuple[str, ...]:
    """The values of `_revinclude` that bring something to resources of a type: `Type:parameter`."""
    found = {f"{o}:{code}" for o in catalog for code, target in _references(o, catalog, site) if target == type}
    return tuple(sorted(found))


def _references(type: str, catalog: Catalog, site: Site) -> Iterator[tuple[str, str]]:
    """Each reference parameter of a type, and each type that it leads to."""
    for source in catalog.get(type, ()):
        for code, parameter in source.search.items():
            if parameter.definition.type == "reference":
                for link in links(parameter.codec, site):
                    yield code, link.target


def _check_claim(inclusion: Inclusion, criteria: Criteria, types: Collection[str]) -> None:
    """An inclusion of what the search does not show may still bring something to what other inclusions bring."""
    name, code = "_revinclude" if inclusion.reverse else "_include", inclusion.code
    sources = criteria.catalog if inclusion.source == "*" else (inclusion.source,)
    pairs = [(s, t) for s in sources for c, t in _references(s, criteria.catalog, criteria.site) if code in ("*", c)]
    if inclusion.target is not None:
        pairs = [(source, target) for source, target in pairs if target == inclusion.target]
    if not inclusion.iterate:
        pairs = [(source, target) for source, target in pairs if (target if inclusion.reverse else source) in types]
    if not pairs:
        given = ":".join(filter(None, (inclusion.source, code, inclusion.target)))
        claim = reverse_claims if inclusion.reverse else claims
        known = sorted({each for type in types for each in claim(type, criteria.catalog, criteria.site)})
        possible = f"possible are {', '.join(known)}" if known else "nothing can be"
        message = f"`{name}={given}` brings nothing to a search of {', '.join(types)}; {possible}"
        raise NotSupported(message, expression=f"http.{name}")


def _check(inclusion: Inclusion, criteria: Criteria) -> None:
    name = "_revinclude" if inclusion.reverse else "_include"
    if inclusion.source == "*":
        return
    if inclusion.source not in criteria.catalog:
        raise Invalid(f"`{name}`: there is no resource type `{inclusion.source}` here", expression=f"http.{name}")
    if not criteria.grants.allow(inclusion.source, "search-type"):
        raise Forbidden(f"the access token does not allow to search {inclusion.source}")
    if inclusion.code == "*":
        return
    definition = search_parameter(inclusion.source, inclusion.code)
    if definition is None or definition.type != "reference":
        text = f"`{inclusion.code}` is not a reference parameter of {inclusion.source}"
        raise Invalid(f"`{name}`: {text}", expression=f"http.{name}")
    if inclusion.code not in criteria.known(inclusion.source):
        text = f"{inclusion.source} has nothing behind `{inclusion.code}` here"
        raise NotSupported(f"`{name}`: {text}", expression=f"http.{name}")
    if inclusion.target and inclusion.target not in definition.targets:
        text = f"`{inclusion.code}` of {inclusion.source} cannot refer to {inclusion.target}"
        raise Invalid(f"`{name}`: {text}", expression=f"http.{name}")
