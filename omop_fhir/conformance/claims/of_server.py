"""The claims of the whole server as tests: formats, system interactions, compartments.

What enters: the claims, and samples of the data. What leaves: tests in a `Book`.
"""

from __future__ import annotations

from collections.abc import Iterable

from omop_fhir.fhir.definitions import UnknownDefinition, compartment

from ..media import media_type
from .claim import Claims
from .parts import BUNDLE, JSON, OK, R4, REFUSAL, REFUSED, Book, ask, binary, must, send, should
from .samples import Samples

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
    for name in claims.compartments:
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


def _compartment(book: Book, claims: Claims, name: str, samples: Samples) -> None:
    sentence = f"rest.compartment: compartments served by the system. {R4}compartmentdefinition.html"
    owner = claims.of(name)
    first = next(iter(samples.of(name)), None) if owner is not None and owner.can_search else None
    try:
        inner = sorted(each.type for each in claims.types if each.can_search and compartment(name).get(each.type))
    except UnknownDefinition:
        inner = []
    if first is None or not inner:
        book.untold(f"The compartment {name}", sentence, f"no {name} was found to try it with")
        return
    for type in inner:
        book.add(f"The compartment {name}: {type}", sentence, [send("get", f"{name}/{first['id']}/{type}?_count=1"), *BUNDLE])
