"""What a server does not claim must be refused: tests for parameters, interactions, operations and types.

What enters: the claims. What leaves: tests in a `Book`. Nothing that they send could be stored, should the server do
what it does not claim. https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from __future__ import annotations

from omop_fhir.fhir.definitions import resource_types
from omop_fhir.fhir.search_parameters import search_parameters

from .claim import Claims, TypeClaims
from .parts import INCLUDED, R4, REFUSAL, SELF, Book, ask, binary, holds, search, send, should
from .samples import Samples
from .values import other

HTTP, SEARCH = f"{R4}http.html", f"{R4}search.html"
STRICT = [{"field": "Prefer", "value": "handling=strict"}]
LENIENT = [{"field": "Prefer", "value": "handling=lenient"}]
OPERATIONS = ("everything", "validate", "meta", "lastn", "match", "expand", "graphql", "convert", "export")
NOBODY = "no-such-id-0"
AN_ERROR = should("It is refused.", operator="in", responseCode="400,403")


def write_refusals(book: Book, claims: Claims, mine: TypeClaims, samples: Samples) -> None:
    """All that a type does not claim."""
    for parameter in search_parameters(mine.type):
        if mine.can_search and parameter.code not in mine.parameters:
            _parameter(book, mine.type, parameter.code, other(parameter, mine.type))
    _interactions(book, mine, samples)
    for name in (name for name in OPERATIONS if name not in mine.operations):
        sentence = f"An operation that is not supported is refused. {R4}operations.html"
        asked = (send("get", f"{place}/${name}") for place in (f"{mine.type}/{_some_id(mine, samples)}", mine.type))
        book.add(f"Not claimed: {mine.type}/${name}", sentence, [action for each in asked for action in (each, *REFUSAL)])
    if mine.can_search:
        _includes(book, claims, mine)


def _some_id(mine: TypeClaims, samples: Samples) -> str:
    return next((str(each["id"]) for each in samples.of(mine.type)), NOBODY) if mine.can_search else NOBODY


def _includes(book: Book, claims: Claims, mine: TypeClaims) -> None:
    """The references of R4 between types that the server has and does not claim to follow."""
    known = [(each.type, parameter) for each in claims.types for parameter in search_parameters(each.type)]
    references = [(type, parameter) for type, parameter in known if parameter.type == "reference"]
    onwards = [f"{type}:{parameter.code}" for type, parameter in references if type == mine.type]
    back = [f"{type}:{parameter.code}" for type, parameter in references if mine.type in parameter.targets]
    for word, possible, claimed in (("_include", onwards, mine.includes), ("_revinclude", back, mine.reverse_includes)):
        for value in (value for value in possible if value not in claimed):
            _unclaimed_include(book, mine.type, word, value)


def _unclaimed_include(book: Book, type: str, word: str, value: str) -> None:
    sentence = f"search{'Rev' * (word != '_include')}Include: values supported by the server. {SEARCH}#include"
    nothing = holds("It is refused, or nothing is included.", f"OperationOutcome.exists() or {INCLUDED}.empty()")
    asked = search(type, f"_count=5&{word}={value}", requestHeader=STRICT)
    book.add(f"Not claimed: {type}?{word}={value}", sentence, [asked, nothing, AN_ERROR])


def _parameter(book: Book, type: str, code: str, value: str) -> None:
    """Refused where errors are asked for; left aside, and not in the self link, where they are not."""
    aside = holds("It is refused, or it was not applied.", f"OperationOutcome.exists() or {SELF}.contains('{code}=').not()")
    strict = [search(type, f"{code}={value}", requestHeader=STRICT), aside, AN_ERROR]
    lenient = [search(type, f"{code}={value}&_count=1", requestHeader=LENIENT), aside]
    sentence = f"handling=strict: return an error for any unknown or unsupported parameter; lenient: ignore it. {SEARCH}#errors"
    book.add(f"Not claimed: {type}?{code}", sentence, [*strict, *lenient])


def _interactions(book: Book, mine: TypeClaims, samples: Samples) -> None:
    for code, actions in _tries(book, mine, samples).items():
        if code not in mine.interactions:
            sentence = f"405 Method Not Allowed, or 404, where an interaction is not supported. {HTTP}#Status-Codes"
            book.add(f"Not claimed: {mine.type}, {code}", sentence, [*actions, *REFUSAL])


def _tries(book: Book, mine: TypeClaims, samples: Samples) -> dict[str, list[dict[str, object]]]:
    """A request for each interaction, which changes nothing whatever the server does."""
    type, id = mine.type, _some_id(mine, samples)
    source = book.fixture(binary("no-resource", f'{{"resourceType": "{type}", '))
    patch = book.fixture(binary("no-patch", "{", "application/json-patch+json"))
    return {
        "read": [ask("read", resource=type, params=f"/{id}")],
        "search-type": [search(type, "_count=1")],
        "vread": [ask("vread", resource=type, params=f"/{id}/_history/no-such-version")],
        "history-instance": [ask("history", resource=type, params=f"/{id}/_history")],
        "history-type": [ask("history", resource=type, params="/_history")],
        "create": [ask("create", resource=type, sourceId=source)],
        "update": [ask("update", resource=type, params=f"/{NOBODY}", sourceId=source)],
        "patch": [ask("patch", resource=type, params=f"/{NOBODY}", sourceId=patch)],
        "delete": [ask("delete", resource=type, params=f"/{NOBODY}")],
    }


def write_types(book: Book, claims: Claims) -> None:
    """The types of R4 that are not claimed."""
    claimed = {each.type for each in claims.types}
    for type in sorted(resource_types() - claimed - {"Parameters"}):
        sentence = f"404 Not Found: resource type not supported, or not a FHIR end-point. {HTTP}#search"
        book.add(f"Not claimed: {type}", sentence, [send("get", f"{type}?_count=1"), *REFUSAL])


