"""The claims of the whole server as tests: formats, system interactions, compartments.

What enters: the claims, and samples of the data. What leaves: tests in a `Book`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from omop_fhir.fhir.definitions import UnknownDefinition, compartment
from omop_fhir.fhir.search_parameters import search_parameter

from ..media import media_type
from .claim import Claims
from .parts import BUNDLE, JSON, OK, R4, REFUSAL, REFUSED, Book, ask, binary, finds, must, send, should
from .samples import Samples
from .values import Value, values

HTTP = f"{R4}http.html"
KNOWN_FORMATS = ("json", "xml", "ttl")


def write_server(book: Book, claims: Claims, samples: Samples) -> None:
    """All tests of the server as a whole."""
    for code in claims.formats:
        _format(book, code)
    claimed = {media_type(code) for code in claims.formats}
    for code in (code for code in KNOWN_FORMATS if media_type(code) not in claimed):
        _unclaimed_format(book, code)
    _interactions(book, claims)
    if "search-system" in claims.interactions:
        _parameters(book, claims, samples)
    for name in sorted(claims.operations | OPERATIONS):
        _operation(book, claims, name)
    for name in (*claims.compartments, *(each.type for each in claims.types if each.type not in claims.compartments)):
        _compartment(book, claims, name, samples)


def _format(book: Book, code: str) -> None:
    sentence = f"format: the formats supported by this implementation. {HTTP}#mime-type"
    kind = "xml" if "xml" in code else "json" if "json" in code else media_type(code)
    right = must(f"The type is {code}.", contentType=kind)
    by_accept = [ask("capabilities", accept=media_type(code)), OK, right]
    by_parameter = [ask("capabilities", accept="none", params=f"?_format={code.replace('+', '%2B')}"), OK, right]
    book.add(f"The format {code}", sentence, [*by_accept, *by_parameter])


def _unclaimed_format(book: Book, code: str) -> None:
    sentence = f"406 Not Acceptable is the appropriate response to a format that the server does not support. {HTTP}#mime-type"
    refused = must("It is refused.", operator="in", responseCode=REFUSED)
    book.add(f"Not claimed: the format {code}", sentence, [
        ask("capabilities", accept=media_type(code)), refused, should("The status is 406.", responseCode="406"),
    ])  # fmt: skip


_READS = {"search-system": ("?_count=1", "search"), "history-system": ("_history?_count=1", "history")}
_BUNDLES = ("batch", "transaction")


def _interactions(book: Book, claims: Claims) -> None:
    for code, (url, anchor) in _READS.items():
        _interaction(book, claims, code, anchor, [send("get", url)], BUNDLE)
    for code in _BUNDLES:
        _interaction(book, claims, code, "transaction", [_bundle(book, claims, code)], BUNDLE)


def _interaction(book: Book, claims: Claims, code: str, anchor: str, asked: list[JSON], answered: Iterable[JSON]) -> None:
    sentence = f"rest.interaction: an operation supported by the system as a whole. {HTTP}#{anchor}"
    if code in claims.interactions:
        book.add(f"The interaction {code}", sentence, [*asked, *answered])
    else:
        book.add(f"Not claimed: the interaction {code}", sentence, [*asked, *REFUSAL])


def _bundle(book: Book, claims: Claims, code: str) -> JSON:
    """A claimed one holds a read alone; what is sent to be refused could not be stored anyway."""
    if code not in claims.interactions:
        return ask(code, sourceId=book.fixture(binary(f"no-{code}", f'{{"resourceType": "Bundle", "type": "{code}"')))
    searched = next((f"{each.type}?_count=1" for each in claims.types if each.can_search), "metadata")
    entry = {"request": {"method": "GET", "url": searched}}
    return ask(code, sourceId=book.fixture({"resourceType": "Bundle", "id": f"the-{code}", "type": code, "entry": [entry]}))


def _parameters(book: Book, claims: Claims, samples: Samples) -> None:
    """Parameters of a search over all types: each finds the first resource that has a value for it."""
    searched = [each.type for each in claims.types if each.can_search]
    for code, kind in sorted(claims.parameters.items()):
        name = f"The parameter {code} of all types"
        sentence = f"rest.searchParam: parameters of a search across all types. {HTTP}#search"
        found = ((row["id"], _ways(code, row)) for type in searched for row in samples.of(type))
        id, ways = next((pair for pair in found if pair[1]), ("", ()))
        within = f"&_id={id}" if "_id" in claims.parameters and code != "_id" else ""
        asked = (send("get", f"?{code}={way.text}{within}") for way in ways)
        if ways:
            book.add(name, sentence, [action for each in asked for action in (each, *BUNDLE, finds(id))])
        else:
            book.untold(name, sentence, f"no resource looked at has a value that can be told of this {kind}")


def _ways(code: str, resource: Mapping[str, Any]) -> tuple[Value, ...]:
    type = str(resource["resourceType"])
    parameter = search_parameter(type, code)
    return (Value(type, "type"),) if code == "_type" else values(parameter, resource) if parameter else ()


OPERATIONS = frozenset({"convert", "export", "graphql", "meta", "process-message", "versions"})
"""Operations on a whole server that R4, or bulk data, defines."""


def _operation(book: Book, claims: Claims, name: str) -> None:
    if name not in claims.operations:
        sentence = f"An operation that is not supported is refused. {R4}operations.html"
        book.add(f"Not claimed: ${name}", sentence, [send("get", f"${name}"), *REFUSAL])
        return
    sentence = f"rest.operation: an operation supported by the system as a whole. {R4}operations.html"
    if name in ("meta", "versions"):
        book.add(f"${name}", sentence, [send("get", f"${name}"), OK])
    else:
        book.untold(f"${name}", sentence, f"no call is derived for ${name}")


def _compartment(book: Book, claims: Claims, name: str, samples: Samples) -> None:
    is_claimed = name in claims.compartments
    label = f"{'' if is_claimed else 'Not claimed: '}{'T' if is_claimed else 't'}he compartment {name}"
    sentence = f"rest.compartment: compartments served by the system. {R4}compartmentdefinition.html"
    owner = claims.of(name)
    first = next(iter(samples.of(name)), None) if owner is not None and owner.can_search else None
    try:
        found = (each.type for each in claims.types if each.can_search and not samples.is_closed(each.type))
        inner = sorted(type for type in found if compartment(name).get(type))
    except UnknownDefinition:
        inner = []
    if first is None or not inner:
        if is_claimed:
            book.untold(label, sentence, f"no {name} was found to try it with")
        return
    for type in inner:
        answered = BUNDLE if is_claimed else REFUSAL
        book.add(f"{label}: {type}", sentence, [send("get", f"{name}/{first['id']}/{type}?_count=1"), *answered])
