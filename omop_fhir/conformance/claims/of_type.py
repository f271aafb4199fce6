"""The claims of one resource type as tests: interactions, search parameters, includes, operations.

What enters: the claims, and samples of the data. What leaves: tests in a `Book`. A claim for which there is no data, or
that would change data, becomes a test that is skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from omop_fhir.fhir.search_parameters import SearchParameter, search_parameter

from .claim import Claims, TypeClaims
from .parts import BUNDLE, INCLUDED, MATCHES, NO_MATCH, OK, R4, Book, ask, finds, holds, must, search
from .samples import RECENT, Samples
from .values import Value, elements, other, values

HTTP, SEARCH = f"{R4}http.html", f"{R4}search.html"
CHANGING = ("create", "update", "patch", "delete")
_CALLS = {"everything": "", "lastn": "?max=1", "meta": ""}
"""Operations that can be called without knowing more."""


def write_type(book: Book, claims: Claims, mine: TypeClaims, samples: Samples) -> None:
    """All tests of a type."""
    if mine.can_search and samples.is_closed(mine.type):
        book.untold(mine.type, f"interaction: search-type. {HTTP}#search", "the server does not let this caller search it (403)")
        return
    _interactions(book, mine, samples)
    for code, kind in sorted(mine.parameters.items()):
        _parameter(book, mine, code, kind, samples)
    for value in mine.includes:
        _include(book, mine, value, samples)
    for value in mine.reverse_includes:
        _reverse_include(book, claims, mine, value, samples)
    for name in sorted(mine.operations):
        _operation(book, mine, name, samples)


def _first(mine: TypeClaims, samples: Samples) -> Mapping[str, Any] | None:
    return next(iter(samples.of(mine.type)), None) if mine.can_search else None


# Interactions


def _interactions(book: Book, mine: TypeClaims, samples: Samples) -> None:
    resource = _first(mine, samples)
    for code in sorted(mine.interactions):
        name, sentence = f"{mine.type}: {code}", f"interaction.code: an operation supported by the server. {HTTP}#{code}"
        if code in CHANGING:
            book.untold(name, sentence, "it changes data: the suite's scripts for writes make their own")
        elif code == "search-type":
            book.add(name, sentence, [search(mine.type, "_count=1"), *BUNDLE])
        elif code == "history-type":
            book.add(name, sentence, [ask("history", resource=mine.type, params="/_history?_count=1"), *BUNDLE])
        elif resource is None:
            book.untold(name, sentence, f"no {mine.type} was found to try it with")
        else:
            _of_instance(book, mine, name, sentence, code, resource)


def _of_instance(book: Book, mine: TypeClaims, name: str, sentence: str, code: str, resource: Mapping[str, Any]) -> None:
    id, version = resource["id"], (resource.get("meta") or {}).get("versionId")
    same = must("The id is that of the URL.", expression="id", value=id)
    if code == "read":
        book.add(name, sentence, [ask("read", resource=mine.type, params=f"/{id}"), OK, same])
    elif code == "history-instance":
        book.add(name, sentence, [ask("history", resource=mine.type, params=f"/{id}/_history"), *BUNDLE])
    elif code == "vread" and version is not None:
        there = must("The version is that of the URL.", expression="meta.versionId", value=version)
        book.add(name, sentence, [ask("vread", resource=mine.type, params=f"/{id}/_history/{version}"), OK, same, there])
    else:
        book.untold(name, sentence, f"{mine.type}/{id} has no version" if code == "vread" else f"no test is derived for {code}")


# Search parameters


def _parameter(book: Book, mine: TypeClaims, code: str, kind: str, samples: Samples) -> None:
    name, sentence = f"{mine.type}?{code}", f"searchParam: search parameters for implementations to support. {SEARCH}#{kind}"
    parameter = search_parameter(mine.type, code)
    if parameter is None:
        book.untold(name, sentence, f"{code} is not a parameter of R4: what it searches is not known")
        return
    found = _found(parameter, mine, samples)
    if found is None:
        size = len(samples.of(mine.type))
        book.untold(name, sentence, f"none of the {size} {mine.type} looked at has a value that can be told")
        return
    book.add(name, sentence, list(_trials(mine, parameter, *found)))


def _found(parameter: SearchParameter, mine: TypeClaims, samples: Samples) -> tuple[str, tuple[Value, ...]] | None:
    """The first sample that has a value, and the ways to find it."""
    for resource in samples.of(mine.type):
        ways = values(parameter, resource)
        if ways:
            return resource["id"], ways
    return None


def _trials(mine: TypeClaims, parameter: SearchParameter, id: str, ways: tuple[Value, ...]) -> Iterator[dict[str, Any]]:
    """Each way must find the resource, and a value that nothing has must find nothing."""
    within = f"&_id={id}" if mine.can_search_by_id and parameter.code != "_id" else ""
    for way in ways:
        label = f"{mine.type} by {parameter.code}: {way.how}"
        yield search(mine.type, f"{parameter.code}={way.text}{within}", description=label)
        yield from BUNDLE
        yield finds(id) if within or parameter.code == "_id" else holds("Something is found.", f"{MATCHES}.exists()")
    nothing = other(parameter, mine.type, ways)
    yield search(mine.type, f"{parameter.code}={nothing}{within}", description="by a value that nothing has")
    yield from BUNDLE
    yield NO_MATCH


# Includes


def _include(book: Book, mine: TypeClaims, value: str, samples: Samples) -> None:
    name, sentence = f"{mine.type}?_include={value}", f"searchInclude: _include values supported by the server. {SEARCH}#include"
    if value == "*":
        book.add(name, sentence, [search(mine.type, "_count=1&_include=*"), *BUNDLE])
        return
    pair = _pair(mine.type, value, samples)
    if pair is None:
        book.untold(name, sentence, f"none of the {mine.type} looked at refers by it to something that can be read")
        return
    id, target = pair
    type, _, target_id = target.partition("/")
    there = holds(f"{target} is included.", f"{INCLUDED}.ofType({type}).where(id = '{target_id}').exists()")
    is_it = [] if type == mine.type and target_id == id else [there]
    book.add(name, sentence, [search(mine.type, f"_id={id}&_include={value}"), *BUNDLE, finds(id), *is_it])


def _pair(type: str, value: str, samples: Samples, target: str | None = None) -> tuple[str, str] | None:
    """(id, `Type/id`) of a sample that refers by the parameter to what is there."""
    source, _, rest = value.partition(":")
    code, _, only = rest.partition(":")
    parameter = search_parameter(source, code)
    if parameter is None:
        return None
    seen = samples.of(source)
    for resource in (*seen[:RECENT], *seen[-RECENT:]):
        for name in filter(None, map(samples.local, elements(parameter, resource))):
            if name.startswith((target or only or "") + ("/" if target or only else "")) and samples.is_there(name):
                return resource["id"], name
    return None


def _reverse_include(book: Book, claims: Claims, mine: TypeClaims, value: str, samples: Samples) -> None:
    name = f"{mine.type}?_revinclude={value}"
    sentence = f"searchRevInclude: _revinclude values supported by the server. {SEARCH}#revinclude"
    if value == "*":
        book.add(name, sentence, [search(mine.type, "_count=1&_revinclude=*"), *BUNDLE])
        return
    source = claims.of(value.partition(":")[0])
    pair = _pair(mine.type, value, samples, target=mine.type) if source is not None and source.can_search else None
    if pair is None:
        book.untold(name, sentence, f"none of the resources looked at refers by it to a {mine.type} that can be read")
        return
    id = pair[1].partition("/")[2]
    referring = value.partition(":")[0]
    there = holds(f"What refers to {mine.type}/{id} is included.", f"{INCLUDED}.ofType({referring}).exists()")
    book.add(name, sentence, [search(mine.type, f"_id={id}&_revinclude={value}"), *BUNDLE, finds(id), there])


# Operations


def _operation(book: Book, mine: TypeClaims, name: str, samples: Samples) -> None:
    label, sentence = f"{mine.type}/${name}", f"operation: an operation supported for this type. {R4}operations.html"
    resource = _first(mine, samples)
    if resource is None:
        book.untold(label, sentence, f"no {mine.type} was found to try it with")
    elif name == "validate":
        body = book.fixture({**resource, "id": f"a-{mine.type.lower()}"})
        judged = must("The outcome is one.", resource="OperationOutcome")
        book.add(label, sentence, [ask(name, resource=mine.type, params="/$validate", sourceId=body), OK, judged])
    elif name in _CALLS:
        book.add(label, sentence, [ask(name, resource=mine.type, params=f"/{resource['id']}/${name}{_CALLS[name]}"), OK])
    else:
        book.untold(label, sentence, f"no call is derived for ${name}")
