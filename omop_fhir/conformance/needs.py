"""What a script needs a server to claim.

What enters: the CapabilityStatement that a script requires, contained in it (TestScript.metadata.capability), and the
server's own. What leaves: the first thing that the server does not claim, None if it claims all.
https://hl7.org/fhir/R4/testscript-definitions.html#TestScript.metadata.capability.capabilities
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .media import essence, media_type

JSON = Mapping[str, Any]
_LISTS = (("searchParam", "name", "search parameter"), ("operation", "name", "operation"))
_FLAGS = ("readHistory", "updateCreate", "conditionalCreate", "conditionalUpdate")
_RANKS = {
    "conditionalDelete": ("not-supported", "single", "multiple"),
    "versioning": ("no-version", "versioned", "versioned-update"),
}
"""Each claim holds the ones before it."""


def unclaimed(required: JSON, claimed: JSON) -> str | None:
    """The first thing required that the server does not claim, in words."""
    return next(_missing(required, claimed), None)


def _missing(required: JSON, claimed: JSON) -> Iterator[str]:
    for name in ("format", "patchFormat"):
        there = {essence(media_type(code)) for code in claimed.get(name, ())}
        yield from (f"the {name} {code}" for code in required.get(name, ()) if essence(media_type(code)) not in there)
    theirs = _server(claimed)
    for rest in required.get("rest", ()):
        yield from _missing_rest(rest, theirs)


def _server(statement: JSON) -> JSON:
    return next((rest for rest in statement.get("rest", ()) if rest.get("mode") == "server"), {})


def _missing_rest(rest: JSON, theirs: JSON) -> Iterator[str]:
    yield from (f"the interaction {code}" for code in _beyond(rest, theirs, "interaction", "code"))
    yield from (f"the operation {name}" for name in _beyond(rest, theirs, "operation", "name"))
    yield from (f"the compartment {url}" for url in _less(rest.get("compartment", ()), theirs.get("compartment", ())))
    yield from (f"the security service {code}" for code in _less(_services(rest), _services(theirs)))
    resources = {row["type"]: row for row in theirs.get("resource", ())}
    for row in rest.get("resource", ()):
        yield from _missing_resource(row, resources.get(row["type"]))


def _missing_resource(row: JSON, theirs: JSON | None) -> Iterator[str]:
    name = row["type"]
    if theirs is None:
        yield f"the resource type {name}"
        return
    yield from (f"{name}: the interaction {code}" for code in _beyond(row, theirs, "interaction", "code"))
    for field, key, words in _LISTS:
        yield from (f"{name}: the {words} {each}" for each in _beyond(row, theirs, field, key))
    for field in ("searchInclude", "searchRevInclude"):
        yield from (f"{name}: {field} {each}" for each in _less(row.get(field, ()), theirs.get(field, ())))
    yield from (f"{name}: {flag}" for flag in _FLAGS if row.get(flag) is True and theirs.get(flag) is not True)
    yield from (f"{name}: {field} {row[field]}" for field in _RANKS if field in row and not _reaches(field, row, theirs))


def _reaches(field: str, row: JSON, theirs: JSON) -> bool:
    ranks = _RANKS[field]
    return theirs.get(field) in ranks and ranks.index(theirs[field]) >= ranks.index(row[field])


def _beyond(required: JSON, claimed: JSON, field: str, key: str) -> list[str]:
    there = [row.get(key) for row in claimed.get(field, ())]
    return _less((row[key] for row in required.get(field, ())), there)


def _less(required: Iterable[str], claimed: Iterable[Any]) -> list[str]:
    there = set(claimed)
    return [each for each in required if each not in there]


def _services(rest: JSON) -> list[str]:
    security = rest.get("security") or {}
    return [coding.get("code", "") for service in security.get("service", ()) for coding in service.get("coding", ())]
