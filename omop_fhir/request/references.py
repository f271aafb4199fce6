"""References between the entries of a transaction, and those that are searches.

The entries enter; for each leave the entries that it refers to, its conditional references with their places, and what
refers to nothing; and, once the caller knows where every entry has gone and what every search has found, the resource with its
links rewritten. https://hl7.org/fhir/R4/bundle.html#references, https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import Issue, Problem
from ..fhir.definitions import resource_types
from .bundle import JSON, Entry
from .conditional import Condition, parse_condition
from .links import Kind, Link, find_links, rewrite_links
from .values import split, unescape

_VERSION = re.compile(r"(?P<url>.+)/_history/(?P<version>[A-Za-z0-9.\-]{1,64})", re.DOTALL).fullmatch
_REST = re.compile(r"(?P<root>https?://.*/)[A-Za-z]+/[A-Za-z0-9.\-]{1,64}", re.DOTALL).fullmatch
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:").match
_SEARCH = re.compile(r"(?P<type>[A-Za-z]+)\?(?P<query>.*)", re.DOTALL).fullmatch
_TEMPORARY = ("urn:uuid:", "urn:oid:")


class Target(NamedTuple):
    """Where an entry has gone: `Patient/5`, and the version that it has there, where that is known beforehand."""

    reference: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ConditionalReference:
    """A `Reference.reference` that is a search, where it stands, and what it searches for."""

    entry: int
    place: str
    text: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class EntryReferences:
    """What the resource of one entry refers to: other entries by their index, searches; and what is wrong with its links."""

    entries: frozenset[int]
    conditional: tuple[ConditionalReference, ...]
    issues: tuple[Issue, ...]


class References:
    """The references of one transaction; `base` is the server's own base URL."""

    def __init__(self, entries: Iterable[Entry], base: str) -> None:
        self._base = base
        self._conditions: dict[str, Condition | tuple[Issue, ...] | None] = {}
        self._by_url = {
            entry.full_url: entry.index
            for entry in entries
            if entry.full_url is not None and entry.interaction in ("create", "update")
        }

    def read(self, entry: Entry) -> EntryReferences:
        """What the resource of an entry refers to."""
        found: set[int] = set()
        conditional: list[ConditionalReference] = []
        issues: list[Issue] = []
        root = _root(entry)
        for link in find_links(entry.resource, f"{entry.place}.resource") if entry.resource is not None else ():
            index = self._entry(link.text, root)
            if index is not None:
                found.add(index)
            elif link.kind == "reference":
                self._read_other(entry, link, conditional, issues)
        return EntryReferences(frozenset(found), tuple(conditional), tuple(issues))

    def _read_other(
        self, entry: Entry, link: Link, conditional: list[ConditionalReference], issues: list[Issue]
    ) -> None:
        if link.text.startswith(_TEMPORARY):
            issues.append(Issue("not-found", f"no entry has the fullUrl `{link.text[:100]}`", expression=link.place))
            return
        condition = self._condition(link.text) if "?" in link.text else None
        if isinstance(condition, Condition):
            conditional.append(ConditionalReference(entry.index, link.place, link.text, condition))
        elif condition is not None:
            issues += [issue._replace(expression=link.place) for issue in condition]

    def _condition(self, text: str) -> Condition | tuple[Issue, ...] | None:
        """What a reference searches for, or what is wrong with the search; None: it is none. Bundles repeat theirs often."""
        if text not in self._conditions:
            self._conditions[text] = self._parse_condition(text)
        return self._conditions[text]

    def _parse_condition(self, text: str) -> Condition | tuple[Issue, ...] | None:
        found = _SEARCH(text.removeprefix(f"{self._base}/"))
        if found is None or found["type"] not in resource_types():
            return None
        try:
            return parse_condition(found["type"], found["query"], "Reference.reference")
        except Problem as problem:
            return problem.issues

    def rewritten(self, entry: Entry, targets: Mapping[int, Target], others: Mapping[str, str | JSON]) -> JSON:
        """The resource of an entry as it is kept.

        `targets` has where each entry has gone, by index; `others` what any other `Reference.reference` becomes, by its text: a
        conditional reference what it has found, one to what is not kept a logical reference (see `logical`). What stands in
        neither stays as it is.
        """
        root = _root(entry)

        def change(text: str, kind: Kind) -> str | JSON | None:
            index = self._entry(text, root)
            target = targets.get(index) if index is not None else None
            if index is not None and target is not None:
                if not _VERSION(text):
                    return target.reference
                return None if self._stays(index, target) else _versioned(target)
            return others.get(text) if kind == "reference" else None

        return rewrite_links(entry.resource or {}, change)

    def _stays(self, index: int, target: Target) -> bool:
        """Does the entry's fullUrl name what is here already, so that its versions are those that this server knows?"""
        return self._by_url.get(f"{self._base}/{target.reference}") == index

    def _entry(self, text: str, root: str | None) -> int | None:
        """The index of the entry that a link leads to."""
        by_url = self._by_url
        index = by_url.get(text)
        if index is not None or text[:1] in ("#", ""):
            return index
        version = _VERSION(text) if "/_history/" in text else None
        url = version["url"] if version else text
        if _SCHEME(url):
            return by_url.get(url)
        if root is not None and (index := by_url.get(root + url)) is not None:
            return index
        return by_url.get(f"{self._base}/{url}")


def unsettled(text: str, base: str) -> str | None:
    """What is wrong with a reference that a transaction settles, where none has; None: it is another one."""
    search = _SEARCH(text.removeprefix(f"{base}/"))
    if search is not None and search["type"] in resource_types():
        return f"`{text[:100]}` is a search: it becomes a reference in a transaction, and nowhere else"
    if text.startswith(_TEMPORARY):
        return f"`{text[:100]}` leads to another entry of a transaction, and is no reference outside of one"
    return None


def logical(type: str, identifier: Mapping[str, Any]) -> JSON:
    """The elements of a logical reference (https://hl7.org/fhir/R4/references.html#logical)."""
    return {"type": type, "identifier": dict(identifier)}


def identifier_of(condition: Condition) -> JSON | None:
    """The Identifier that a search names, if it is by one identifier and nothing else: `identifier=system|value`."""
    pairs = condition.search.pairs
    if len(pairs) != 1 or pairs[0][0] != "identifier":
        return None
    parts = [unescape(part) for part in split(pairs[0][1], "|")]
    if len(split(pairs[0][1], ",")) != 1 or len(parts) > 2 or not parts[-1]:
        return None
    return {name: text for name, text in zip(("system", "value"), ("", *parts)[-2:], strict=True) if text}


def _root(entry: Entry) -> str | None:
    """What relative references of an entry are relative to: the server that its fullUrl is of."""
    found = _REST(entry.full_url) if entry.full_url is not None else None
    return found["root"] if found else None


def _versioned(target: Target) -> str:
    return target.reference if target.version is None else f"{target.reference}/_history/{target.version}"
