"""What the client prefers: the `Prefer` header (RFC 7240, https://hl7.org/fhir/R4/http.html#ops).

A header value enters, a frozen `Preference` leaves; preferences that are not known are left aside, as the RFC demands, and
of one that is given twice the first counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

Return: TypeAlias = Literal["minimal", "representation", "OperationOutcome"]

_RETURNS: dict[str, Return] = {
    "minimal": "minimal",
    "representation": "representation",
    "operationoutcome": "OperationOutcome",
}


@dataclass(frozen=True, slots=True)
class Preference:
    """What the body of a write's answer should hold, whether unknown parameters be left aside, whether to answer later.

    `returns` is None where the client does not say.
    """

    returns: Return | None = None
    lenient: bool = False
    strict: bool = False
    respond_async: bool = False


NONE = Preference()


def parse_preference(text: str | None) -> Preference:
    """The preferences of a header.

    >>> parse_preference('return=minimal, handling="lenient"; x=y').lenient
    True
    """
    return _parse(text) if text else NONE


@lru_cache(maxsize=256)
def _parse(text: str) -> Preference:
    given: dict[str, str] = {}
    for part in text.lower().split(","):
        name, _, value = part.partition(";")[0].partition("=")
        given.setdefault(name.strip(), value.strip().strip('"'))
    returns = _RETURNS.get(given.get("return", ""))
    handling = given.get("handling")
    return Preference(returns, handling == "lenient", handling == "strict", "respond-async" in given)
