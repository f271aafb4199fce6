"""Criteria -> predicates: parameters, modifiers, chains and reverse chains, each row behind a link within the grants.

https://hl7.org/fhir/R4/search.html#modifiers, #chaining, #has
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ..auth.grants import Grants, Interaction, Permission
from ..errors import Forbidden, Invalid, NotSupported, TooCostly
from ..fhir.search_parameters import SearchParameter, is_boolean, search_parameter
from ..fhir.values import DateValue, ReferenceValue, SearchValue, Token, UriValue
from ..mapping.bind import Bound
from ..mapping.codecs.datetime import constant, matches
from ..mapping.codecs.links import Link, links
from ..mapping.keys import key_of
from ..mapping.model import Parameter
from ..mapping.predicate import (
    ALWAYS,
    NEVER,
    Column,
    Compare,
    IsNull,
    Joined,
    Linked,
    Not,
    Predicate,
    all_of,
    any_of,
    columns_of,
    needs_row,
    negation,
)
from ..mapping.site import Site
from ..request import values
from ..request.criterion import Criterion, Forward, Reverse, Step
from .granted import granted

Catalog: TypeAlias = Mapping[str, Sequence[Bound]]
"""Resource type -> its sources."""

Granted: TypeAlias = MutableMapping[tuple[str, Interaction, tuple[Permission, ...], bool], Predicate]
"""Name of a source, interaction, permissions that decide, whether places are open -> the rows, in any request over one catalog.

Kept of grants that hold searches, which take longer to plan than what most clients ask.
"""

COMMON = ("_id", "_lastUpdated", "_profile")

REFUSED = ("_contained", "_containedType", "_content", "_filter", "_list", "_query", "_source", "_text")
"""Parameters that R4 defines for every type and that nothing stands behind here."""


class UnknownParameter(Invalid):
    """No parameter of this type by R4; a lenient search leaves it out and says so."""


class UnsupportedParameter(NotSupported):
    """A parameter of R4 that nothing stands behind here; a lenient search leaves it out and says so."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one search may ask for."""

    depth: int = 5
    """Steps of a chain."""
    alternatives: int = 1000
    """Values of one parameter, separated by commas."""
    links: int = 20
    """Steps of all chains and `_has` together: each is a table more in the statement."""
    filters: int = 30
    """Parameters that must all hold: PostgreSQL's planner takes time that grows with the cube of their number."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Plans the criteria of one request."""

    catalog: Catalog
    site: Site
    grants: Grants
    base: str
    limits: Limits = Limits()
    known_grants: Granted = field(default_factory=dict)

    def all(self, criteria: Iterable[Criterion], bound: Bound) -> Predicate:
        """The predicate of the rows of one source that fulfil all criteria, within the caller's grants."""
        self.check_type(bound.mapping.resource)
        criteria = tuple(criteria)
        if sum(len(criterion.path) for criterion in criteria) > self.limits.links:
            raise TooCostly(f"the chains and `_has` of a search have at most {self.limits.links} steps together")
        self._check_number(criteria)
        parts = (self.of(criterion, bound) for criterion in criteria)
        return all_of((self.granted(bound), *_has_key(bound), *parts))

    def _check_number(self, criteria: Sequence[Criterion]) -> None:
        """Raises TooCostly for more parameters, or more values of all together, than a statement is made of in no time."""
        if len(criteria) > self.limits.filters:
            raise TooCostly(f"a search has at most {self.limits.filters} parameters that filter, and this one {len(criteria)}")
        numbers = [self._number(criterion, tuple(values.split(criterion.text, ","))) for criterion in criteria]
        most = 2 * self.limits.alternatives
        if sum(numbers) > most:
            raise TooCostly(f"the parameters of a search take at most {most} values together")

    def _number(self, criterion: Criterion, texts: Sequence[str]) -> int:
        """How many values a parameter has. Raises TooCostly."""
        if len(texts) > self.limits.alternatives:
            limit = self.limits.alternatives
            raise TooCostly(f"`{criterion.name}` takes at most {limit} values", expression=f"http.{criterion.name}")
        return len(texts)

    def of(self, criterion: Criterion, bound: Bound) -> Predicate:
        """The predicate of the rows of one source that fulfil one criterion, not bound by the caller's grants."""
        return self._criterion(criterion, criterion.path, bound)

    def check_type(self, type: str) -> None:
        """Raises Forbidden where the grants do not cover searches of the type."""
        if not self.grants.allow(type, "search-type"):
            raise Forbidden(f"the access token does not allow to search {type}")

    def granted(self, bound: Bound, interaction: Interaction = "search-type") -> Predicate:
        """The rows of one source that the caller may do this to."""
        return granted(self, bound, interaction)

    def _criterion(self, criterion: Criterion, path: Sequence[Step], bound: Bound) -> Predicate:
        if len(path) > self.limits.depth:
            raise TooCostly(f"a chain has at most {self.limits.depth} steps", expression=f"http.{criterion.name}")
        match path:
            case [Forward() as step, *rest]:
                return self._forward(criterion, step, rest, bound)
            case [Reverse() as step, *rest]:
                return self._reverse(criterion, step, rest, bound)
            case _:
                return self._value(criterion, bound)

    def known(self, type: str) -> tuple[str, ...]:
        """The codes of all parameters by which a type can be searched."""
        return supported(self.catalog[type], self.site)

    def _forward(self, criterion: Criterion, step: Forward, rest: Sequence[Step], bound: Bound) -> Predicate:
        parameter = self._reference(criterion, step.code, bound)
        if parameter is None:
            return NEVER
        targets = [link.target for link in links(parameter.codec, self.site)]
        if step.type is not None and step.type not in (*parameter.definition.targets, *targets):
            raise Invalid(f"`{step.code}` cannot refer to {step.type}", expression=f"http.{criterion.name}")
        found = [
            self._linked(link, target, self._criterion(criterion, rest, target), bound)
            for link in links(parameter.codec, self.site)
            if step.type in (None, link.target)
            for target in self._sources(link)
        ]
        return any_of(tuple(found))

    def _sources(self, link: Link) -> list[Bound]:
        """The sources that a link leads to."""
        return [bound for bound in self.catalog.get(link.target, ()) if bound.mapping.prefix == link.prefix]

    def _linked(self, link: Link, target: Bound, inner: Predicate, bound: Bound) -> Predicate:
        self.check_type(target.mapping.resource)
        where = all_of((self.granted(target), inner))
        if where == NEVER:
            return NEVER
        linked = Linked(link.column, target, target.mapping.key, where)
        return joined(bound, all_of((link.guard, linked)), link.column.alias)

    def _reverse(self, criterion: Criterion, step: Reverse, rest: Sequence[Step], bound: Bound) -> Predicate:
        self.check_type(step.type)
        sources = self.catalog.get(step.type)
        if not sources:
            raise Invalid(f"there is no resource type `{step.type}` here", expression=f"http.{criterion.name}")
        found = [each for source in sources for each in self._backlinks(criterion, step, rest, bound, source)]
        return any_of(tuple(found))

    def _backlinks(
        self, criterion: Criterion, step: Reverse, rest: Sequence[Step], bound: Bound, source: Bound
    ) -> Iterable[Predicate]:
        parameter = self._reference(criterion, step.code, source)
        mapping = bound.mapping
        for link in links(parameter.codec, self.site) if parameter else ():
            if (link.target, link.prefix) != (mapping.resource, mapping.prefix):
                continue
            inner = all_of((self.granted(source), link.guard, self._criterion(criterion, rest, source)))
            if inner == NEVER:
                continue
            if source.source(link.column.alias).many:
                own = Linked(source.mapping.key, source, source.mapping.key, inner)
                yield Linked(mapping.key, source, link.column, own)
            else:
                yield Linked(mapping.key, source, link.column, inner)

    def _reference(self, criterion: Criterion, code: str, bound: Bound) -> Parameter | None:
        """The reference parameter of a step; None where this source does not have it, but another of the type has."""
        if self._definition(criterion, code, bound).type != "reference":
            raise Invalid(f"`{code}` is not a reference, so nothing hangs on it", expression=f"http.{criterion.name}")
        return bound.search.get(code)

    def _definition(self, criterion: Criterion, code: str, bound: Bound) -> SearchParameter:
        """R4's definition of a parameter that can be answered. Raises for one that R4 or this database lacks."""
        definition = search_parameter(bound.mapping.resource, code)
        if definition is None:
            raise self._unknown(criterion, code, bound)
        known = self.known(bound.mapping.resource)
        if code not in known:
            raise self._unsupported(criterion, code, bound, known)
        return definition

    def _unknown(self, criterion: Criterion, code: str, bound: Bound) -> Exception:
        known = self.known(bound.mapping.resource)
        if code in REFUSED:
            return self._unsupported(criterion, code, bound, known)
        return UnknownParameter(
            f"`{code}` is not a search parameter of {bound.mapping.resource}; possible are {_listed(known)}",
            expression=f"http.{criterion.name}",
        )

    def _unsupported(self, criterion: Criterion, code: str, bound: Bound, known: Sequence[str]) -> Exception:
        return UnsupportedParameter(
            f"{bound.mapping.resource} cannot be searched by `{code}` here; possible are {_listed(known)}",
            expression=f"http.{criterion.name}",
        )

    def _value(self, criterion: Criterion, bound: Bound) -> Predicate:
        code, modifier = criterion.code, criterion.modifier
        definition = self._definition(criterion, code, bound)
        if code == "_id" and modifier in ("above", "below", "in", "not-in", "of-type", "text"):
            raise NotSupported(f"`_id` has no modifier `:{modifier}`: an id is no code", expression=f"http.{criterion.name}")
        if modifier == "missing":
            absent = values.missing(criterion.name, criterion.text)
            present = self._present(code, bound)
            return negation(present) if absent else present
        if modifier in ("not", "not-in"):
            values.check_modifier(criterion.name, definition.type, modifier)
            inner = "in" if modifier == "not-in" else None
            return negation(self._any(criterion, definition, inner, bound))
        return self._any(criterion, definition, modifier, bound)

    def _present(self, code: str, bound: Bound) -> Predicate:
        parameter = bound.search.get(code)
        if parameter is not None:
            return joined_each(bound, parameter.codec.present(self.site))
        return ALWAYS if code in COMMON and self._common_is_there(code, bound) else NEVER

    def _common_is_there(self, code: str, bound: Bound) -> bool:
        facts = {
            "_id": True,
            "_lastUpdated": self.site.last_updated is not None,
            "_profile": bool(bound.mapping.profiles),
        }
        return facts.get(code, False)

    def _any(self, criterion: Criterion, definition: SearchParameter, modifier: str | None, bound: Bound) -> Predicate:
        texts = values.alternatives(criterion.name, criterion.text)
        self._number(criterion, texts)
        type = definition.type
        target = modifier if type == "reference" and modifier and modifier[0].isupper() else None
        if target is not None:
            self._check_target(criterion, definition, target)
        parsed = (values.parse(criterion.name, type, None if target else modifier, text, self.base) for text in texts)
        if is_boolean(bound.mapping.resource, definition) and modifier is None:
            parsed = (_boolean(criterion, value) for value in parsed)
        return any_of(tuple(self._alternative(criterion.code, _typed(value, target), bound) for value in parsed))

    def _check_target(self, criterion: Criterion, definition: SearchParameter, target: str) -> None:
        if target not in definition.targets:
            raise Invalid(f"`{criterion.code}` cannot refer to {target}", expression=f"http.{criterion.name}")

    def _alternative(self, code: str, value: SearchValue, bound: Bound) -> Predicate:
        parameter = bound.search.get(code)
        if parameter is not None:
            return joined_each(bound, parameter.codec.search(value, self.site))
        return self._common(code, value, bound) if code in COMMON else NEVER

    def _common(self, code: str, value: SearchValue, bound: Bound) -> Predicate:
        match code, value:
            case "_id", Token(system=None | "", code=str() as id):  # an id has no system
                return has_id(bound, id)
            case "_lastUpdated", DateValue() if self.site.last_updated is not None:
                return matches(value, constant(self.site.last_updated, self.site.zone), self.site.zone)
            case "_profile", UriValue(uri=uri, hierarchy=hierarchy):
                below = any(_is_uri(profile, uri, hierarchy) for profile in bound.mapping.profiles)
                return ALWAYS if below else NEVER
            case _:
                return NEVER


def has_id(bound: Bound, id: str) -> Predicate:
    """The row that is the resource with this id."""
    if bound.twin is not None:
        return Compare(Column(bound.mapping.base.alias, "id", "varchar"), "=", id)
    key = key_of(id, bound.mapping.prefix)
    return NEVER if key is None else Compare(bound.mapping.key, "=", key)


def _is_uri(profile: str, uri: str, hierarchy: str) -> bool:
    if hierarchy == "below":
        return profile == uri or profile.startswith(uri.rstrip("/") + "/")
    if hierarchy == "above":
        return profile == uri or uri.startswith(profile.rstrip("/") + "/")
    return profile == uri


def _boolean(criterion: Criterion, value: SearchValue) -> SearchValue:
    """A token of a boolean: `true` or `false`, whose system need not be named. Raises Invalid for any other code."""
    if not isinstance(value, Token) or value.code not in ("true", "false") or value.system not in (None, "", _TRUTH):
        raise Invalid(f"`{criterion.name}` is `true` or `false`, not `{criterion.text}`", expression=f"http.{criterion.name}")
    return replace(value, system=None)


_TRUTH = "http://hl7.org/fhir/special-values"
"""The system of `true` and `false` (https://hl7.org/fhir/R4/search.html#token)."""


def _typed(value: SearchValue, target: str | None) -> SearchValue:
    """A reference value with the type that the modifier names."""
    if target is None or not isinstance(value, ReferenceValue):
        return value
    if value.type not in (None, target) or value.foreign:
        return ReferenceValue(None, value.id, foreign=True)
    return ReferenceValue(target, value.id)


def joined(bound: Bound, predicate: Predicate, alias: str) -> Predicate:
    """A predicate on a to-many source holds where some row of it does."""
    return Joined(alias, predicate) if bound.source(alias).many else predicate


def joined_each(bound: Bound, predicate: Predicate) -> Predicate:
    """The same for a predicate of whichever alias.

    Of a joined table the first row counts; that any row fulfils the predicate goes without saying then, but lets the
    database begin with that table.
    """
    aliases = {column.alias for column in columns_of(predicate)}
    if len(aliases) != 1 or aliases == {bound.mapping.base.alias}:
        return predicate
    (alias,) = aliases
    if bound.source(alias).many:
        return Joined(alias, predicate)
    return all_of((Joined(alias, predicate), predicate)) if needs_row(predicate) else predicate


def supported(bounds: Sequence[Bound], site: Site) -> tuple[str, ...]:
    """The codes of all search parameters that the sources of one type can answer.

    `_lastUpdated` means something only where the database tells its release, `_profile` where a profile is declared.
    """
    declared = {code for bound in bounds for code in bound.search}
    without = set() if site.last_updated is not None else {"_lastUpdated"}
    if not any(bound.mapping.profiles for bound in bounds):
        without.add("_profile")
    common = tuple(code for code in COMMON if code in declared or code not in without)
    return (*common, *sorted(declared.difference(common)))


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _has_key(bound: Bound) -> tuple[Predicate, ...]:
    """A row without a key has no id; that there is none goes without saying where the database sees to it."""
    key = bound.mapping.key
    return () if bound.name(key) in bound.tables[key.alias].required else (Not(IsNull(key)),)
