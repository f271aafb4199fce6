"""A batch or transaction -> frozen entries, and the order in which they are done.

A Bundle as parsed JSON enters; every entry leaves with what it asks for, or with all that is wrong with it. Rejected with
InvalidContent: what is no Bundle of type batch or transaction; a transaction of which any entry is malformed, or that
touches one resource twice. Whether the resources themselves are right is for `validate`.
https://hl7.org/fhir/R4/http.html#transaction, https://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, TypeAlias, cast

from ..errors import Invalid, InvalidContent, Issue, Problem
from ..fhir.datatypes import check_instant
from ..fhir.definitions import children, resource_types
from .conditional import Condition, Preconditions, Tags, parse_condition, parse_tags
from .pairs import parse_text
from .shape import Pairs
from .values import ID

JSON: TypeAlias = dict[str, Any]
BundleKind: TypeAlias = Literal["batch", "transaction"]
Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Interaction: TypeAlias = Literal["read", "vread", "history", "search", "operation", "create", "update", "patch", "delete"]

_ORDER: Mapping[str, int] = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}
_PATCHES = ("Binary", "Parameters")
_SPACE = re.compile(r"\s")
_CONDITIONS = {
    "ifMatch": ("PUT", "PATCH", "DELETE"),
    "ifNoneMatch": ("GET", "HEAD", "PUT"),
    "ifNoneExist": ("POST",),
    "ifModifiedSince": ("GET", "HEAD"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One request of a Bundle.

    `type` and `id` are those of the URL (None: it has none), `path` its parts and `pairs` its parameters; `condition` is what a
    conditional update, patch or delete, or a conditional create, chooses by. `resource` is what is written, or the patch:
    a Parameters, or a Binary with a JSON Patch.
    """

    index: int
    full_url: str | None
    method: Method
    interaction: Interaction
    url: str
    path: tuple[str, ...]
    pairs: Pairs
    type: str | None
    id: str | None
    resource: JSON | None
    condition: Condition | None
    preconditions: Preconditions

    @property
    def place(self) -> str:
        """FHIRPath of the entry."""
        return f"Bundle.entry[{self.index}]"

    @property
    def identity(self) -> tuple[str, str] | None:
        """Type and id of the resource that is changed, where the URL names it."""
        if self.type is None or self.id is None or self.interaction not in ("update", "patch", "delete"):
            return None
        return self.type, self.id


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that cannot be understood, and why."""

    index: int
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class BundleRequest:
    """The entries of a batch or transaction in the order of the request; only a batch has refused ones."""

    kind: BundleKind
    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...] = ()

    def ordered(self) -> tuple[Entry, ...]:
        """DELETE, POST, PUT and PATCH, GET and HEAD; among equals as they stand (https://hl7.org/fhir/R4/http.html#trules)."""
        return tuple(sorted(self.entries, key=lambda entry: _ORDER[entry.method]))


def parse_bundle(bundle: JSON, base: str) -> BundleRequest:
    """The requests of a Bundle; `base` is the server's own base URL, which the URLs of entries may begin with.

    Raises InvalidContent with all issues.
    """
    kind, rows = _head(bundle)
    parsed = [_parse_entry(row, index, base) for index, row in enumerate(rows)]
    entries = tuple(each for each in parsed if isinstance(each, Entry))
    refused = tuple(each for each in parsed if isinstance(each, Refused))
    if kind == "transaction":
        issues = [issue for each in refused for issue in each.issues]
        issues += _repeated_full_urls(entries)
        issues += overlaps((entry.index, entry.identity) for entry in entries if entry.identity)
        issues += overlaps((entry.index, _chosen(entry)) for entry in entries if _chosen(entry))
        if issues:
            raise InvalidContent(issues)
    return BundleRequest(kind, entries, refused)


def overlaps(identities: Iterable[tuple[int, tuple[str, str] | None]]) -> list[Issue]:
    """An issue for each entry that touches what an earlier one touches: index of the entry, type and id.

    To be asked again once conditions are resolved: a transaction fails where identities overlap
    (https://hl7.org/fhir/R4/http.html#trules).
    """
    seen: dict[tuple[str, str], int] = {}
    issues = []
    for index, identity in sorted((index, identity) for index, identity in identities if identity):
        first = seen.setdefault(identity, index)
        if first != index:
            text = f"{'/'.join(identity)} is touched by the entries {first} and {index} of one transaction"
            issues.append(Issue("duplicate", text, expression=f"Bundle.entry[{index}].request.url"))
    return issues


def _chosen(entry: Entry) -> tuple[str, str] | None:
    """What stands for the identity of a conditional update, patch or delete until it is resolved."""
    if entry.condition is None or entry.interaction == "create":
        return None
    return entry.condition.type, f"?{entry.condition.query}"


def _repeated_full_urls(entries: Iterable[Entry]) -> Iterator[Issue]:
    seen: dict[str, int] = {}
    for entry in entries:
        if entry.full_url is not None:
            first = seen.setdefault(entry.full_url, entry.index)
            if first != entry.index:
                text = f"bdl-7: the entries {first} and {entry.index} have the same fullUrl"
                yield Issue("invariant", text, expression=f"{entry.place}.fullUrl")


# The Bundle around the entries


def _head(bundle: JSON) -> tuple[BundleKind, list[Any]]:
    if bundle.get("resourceType") != "Bundle":
        text = f"a Bundle is posted here, not a {bundle.get('resourceType')}"
        raise InvalidContent([Issue("invalid", text, expression="resourceType")])
    kind, rows = bundle.get("type"), bundle.get("entry", [])
    issues = list(_unknown(bundle, "Bundle", "Bundle"))
    if kind not in ("batch", "transaction"):
        text = "the type of a Bundle that is posted is batch or transaction" + (f", not `{kind}`" if kind is not None else "")
        issues.append(Issue("value" if kind is not None else "required", text, expression="Bundle.type"))
    if not isinstance(rows, list):
        issues.append(Issue("structure", "`entry` is a list", expression="Bundle.entry"))
    if issues:
        raise InvalidContent(issues)
    return cast(BundleKind, kind), rows


def _unknown(value: JSON, path: str, place: str) -> Iterator[Issue]:
    """Properties that R4 does not have: a misspelt condition must not be passed over."""
    for name in value:
        if name not in _properties(path):
            yield Issue("structure", f"{path} has no element `{name[:100]}`", expression=place)
    if "modifierExtension" in value:
        yield Issue("extension", "a modifier extension here is not understood", expression=f"{place}.modifierExtension")


@lru_cache(maxsize=8)
def _properties(path: str) -> frozenset[str]:
    names = {name for element in children(path) for name in element.properties}
    return frozenset(names | {f"_{name}" for name in names} | ({"resourceType"} if path == "Bundle" else set()))


# One entry


class _Reader:
    """Reads one entry, and keeps what is wrong with it."""

    def __init__(self, row: JSON, index: int, base: str) -> None:
        self.row = row
        self.index = index
        self.base = base
        self.place = f"Bundle.entry[{index}]"
        self.issues: list[Issue] = []

    def refuse(self, code: str, text: str, below: str = "") -> None:
        self.issues.append(Issue(code, text, expression=self.place + below))

    def text(self, holder: JSON, name: str, below: str) -> str | None:
        """The text of an element, None where it is absent."""
        value = holder.get(name)
        if value is None or (isinstance(value, str) and value):
            return value
        self.refuse("structure", f"`{name}` is a text that is not empty", f"{below}.{name}")
        return None

    def read(self) -> Entry | Refused:
        self.issues += _unknown(self.row, "Bundle.entry", self.place)
        for name in ("response", "search"):
            if name in self.row:
                self.refuse("invariant", f"an entry that is a request has no `{name}`", f".{name}")
        request = self.row.get("request")
        if not isinstance(request, dict):
            self.refuse("required", "bdl-3: an entry of a batch or transaction has a `request`", ".request")
            return Refused(self.index, tuple(self.issues))
        self.issues += _unknown(request, "Bundle.entry.request", f"{self.place}.request")
        entry = self._entry(request)
        return Refused(self.index, tuple(self.issues)) if self.issues or entry is None else entry

    def _entry(self, request: JSON) -> Entry | None:
        method, url = self.text(request, "method", ".request"), self.text(request, "url", ".request")
        if method is not None and method not in _ORDER:
            self.refuse("code-invalid", f"`{method[:20]}` is no HTTP verb of a Bundle: {', '.join(_ORDER)}", ".request.method")
        for name, value in (("method", request.get("method")), ("url", request.get("url"))):
            if value is None:
                self.refuse("required", f"a request has a `{name}`", f".request.{name}")
        full_url, resource = self._full_url(), self._resource()
        if method is None or method not in _ORDER or url is None:
            return None
        return self._placed(request, cast(Method, method), url, full_url, resource)

    def _placed(self, request: JSON, method: Method, url: str, full_url: str | None, resource: JSON | None) -> Entry | None:
        where = self._url(method, url)
        preconditions = self._preconditions(request, method)
        if where is None:
            return None
        path, pairs, query = where
        interaction = _interaction(method, path)
        type = path[0] if path and path[0] in resource_types() else None
        id = path[1] if type and len(path) > 1 and not path[1].startswith(("_", "$")) else None
        if interaction is None or (type is None and interaction not in ("search", "history", "operation")):
            self.refuse("value", f"`{method} {url[:200]}` is no request of FHIR", ".request.url")
            return None
        condition = self._condition(interaction, type, id, query, preconditions)
        self._check_resource(interaction, type, id, full_url, resource)
        return Entry(
            self.index, full_url, method, interaction, url, path, pairs, type, id, resource, condition, preconditions
        )

    def _full_url(self) -> str | None:
        found = self.text(self.row, "fullUrl", "")
        if found is not None and _SPACE.search(found):
            self.refuse("value", "`fullUrl` is a URI, without white space", ".fullUrl")
        if found is not None and "/_history/" in found:
            self.refuse("invariant", "bdl-8: a fullUrl names no version", ".fullUrl")
        return found

    def _resource(self) -> JSON | None:
        found = self.row.get("resource")
        if "resource" not in self.row:
            return None
        name = found.get("resourceType") if isinstance(found, dict) else None
        if not isinstance(name, str) or name not in resource_types():
            self.refuse("structure", "`resource` is an object whose `resourceType` is one of R4", ".resource")
            return None
        return cast(JSON, found)

    def _url(self, method: Method, url: str) -> tuple[tuple[str, ...], Pairs, str] | None:
        local = url.removeprefix(f"{self.base}/").removeprefix("/")
        path, _, query = local.partition("?")
        parts = tuple(path.split("/")) if path else ()
        try:
            pairs = parse_text(query) if query and method in ("GET", "HEAD") else ()
        except Invalid as problem:
            self.refuse(problem.code, str(problem), ".request.url")
            return None
        return parts, pairs, query

    def _preconditions(self, request: JSON, method: Method) -> Preconditions:
        given = {name: self.text(request, name, ".request") for name in _CONDITIONS}
        for name, methods in _CONDITIONS.items():
            if given[name] is not None and method not in methods:
                self.refuse("invalid", f"`{name}` belongs to {' and '.join(methods)}, not to {method}", f".request.{name}")
        return Preconditions(
            self._tags("ifMatch", given["ifMatch"]),
            self._tags("ifNoneMatch", given["ifNoneMatch"]),
            given["ifNoneExist"],
            self._instant(given["ifModifiedSince"]),
        )

    def _tags(self, name: str, text: str | None) -> Tags | None:
        try:
            return None if text is None else parse_tags(text, f"{self.place}.request.{name}")
        except Invalid as problem:
            self.issues += problem.issues
            return None

    def _instant(self, text: str | None) -> datetime | None:
        if text is None:
            return None
        if check_instant(text) is not None or text[17:19] == "60":
            self.refuse("value", "`ifModifiedSince` is not an instant", ".request.ifModifiedSince")
            return None
        return datetime.fromisoformat(text)

    def _condition(
        self, interaction: Interaction, type: str | None, id: str | None, query: str, preconditions: Preconditions
    ) -> Condition | None:
        if interaction == "create":
            if query:
                self.refuse("value", "a create has no parameters; a conditional one has `ifNoneExist`", ".request.url")
            return self._chosen(type, preconditions.if_none_exist, ".request.ifNoneExist")
        if interaction not in ("update", "patch", "delete"):
            return None
        if id is not None and query:
            self.refuse("value", "a request has an id or a condition, not both", ".request.url")
        if id is None:
            return self._chosen(type, query, ".request.url")
        return None

    def _chosen(self, type: str | None, query: str | None, below: str) -> Condition | None:
        if type is None or query is None:
            return None
        try:
            return parse_condition(type, query, self.place + below)
        except Problem as problem:
            self.issues += [issue._replace(expression=self.place + below) for issue in problem.issues]
            return None

    def _check_resource(
        self, interaction: Interaction, type: str | None, id: str | None, full_url: str | None, resource: JSON | None
    ) -> None:
        if id is not None and not ID.fullmatch(id):
            self.refuse("value", f"`{id[:80]}` is not an id: 1 to 64 letters, digits, `-` and `.`", ".request.url")
        if interaction in ("create", "update", "patch") and resource is None:
            if "resource" not in self.row:
                self.refuse("required", f"a {interaction} has a `resource`", ".resource")
        elif resource is not None:
            self._check_written(interaction, type, id, full_url, resource)

    def _check_written(
        self, interaction: Interaction, type: str | None, id: str | None, full_url: str | None, resource: JSON
    ) -> None:
        name, own = resource["resourceType"], resource.get("id")
        if interaction == "patch" and name not in _PATCHES:
            self.refuse("invalid", f"a patch is a Parameters or a Binary, not a {name}", ".resource")
        elif interaction in ("create", "update") and name != type:
            self.refuse("invalid", f"the resource is a {name} and the URL is of {type}", ".resource")
        elif interaction not in ("create", "update", "patch", "operation"):
            self.refuse("invalid", f"a {interaction} has no resource", ".resource")
        if interaction == "update" and id is not None and own != id:
            what = "has no id" if own is None else f"has the id `{str(own)[:64]}`"
            self.refuse("invalid", f"the resource {what}, and the URL has `{id}`", ".resource.id")
        if full_url is not None and interaction in ("create", "update") and _disagrees(full_url, name, own):
            self.refuse("invalid", f"the fullUrl does not end in {name}/{str(own)[:64]}", ".fullUrl")


def _disagrees(full_url: str, type: str, id: object) -> bool:
    """https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl"""
    return id is not None and full_url.startswith(("http://", "https://")) and not full_url.endswith(f"/{type}/{id}")


def _parse_entry(row: Any, index: int, base: str) -> Entry | Refused:
    if not isinstance(row, dict):
        return Refused(index, (Issue("structure", "an entry is an object", expression=f"Bundle.entry[{index}]"),))
    return _Reader(row, index, base).read()


def _interaction(method: Method, path: tuple[str, ...]) -> Interaction | None:
    """What a request asks for; None where FHIR has no such request."""
    if any(part.startswith("$") for part in path):
        return "operation" if method in ("GET", "HEAD", "POST") else None
    if method in ("GET", "HEAD"):
        return _reading(path)
    if method == "POST":
        return "search" if path[-1:] == ("_search",) else "create" if len(path) == 1 else None
    writes: Mapping[str, Interaction] = {"PUT": "update", "PATCH": "patch", "DELETE": "delete"}
    return writes[method] if len(path) in (1, 2) else None


def _reading(path: tuple[str, ...]) -> Interaction | None:
    if path[-1:] == ("_history",):
        return "history" if len(path) <= 3 else None
    if len(path) == 4 and path[2] == "_history":
        return "vread"
    return {0: "search", 1: "search", 2: "read", 3: "search"}.get(len(path))  # type: ignore[return-value]
