"""All scripts that follow from what a server claims.

What enters: a server. What leaves: TestScript resources, one a resource type for what is claimed, one for what is not,
and one for the server as a whole. What is rejected, with `Problem`: a server without a CapabilityStatement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..client import Server
from .claim import parse_claims
from .of_server import write_server
from .of_type import write_type
from .parts import Book
from .refusals import write_refusals, write_types
from .samples import Samples


def derive(server: Server, sample: int = 100) -> Iterator[dict[str, Any]]:
    """The scripts, looking at the first `sample` resources of each type. Raises Problem."""
    claims, samples = parse_claims(server.statement), Samples(server, sample)
    book = Book("claims-server", "The server as a whole", "Formats, system interactions and compartments.")
    write_server(book, claims, samples)
    yield book.written()
    for mine in claims.types:
        book = Book(f"claims-{mine.type.lower()}", mine.type, f"What is claimed of {mine.type}.")
        write_type(book, claims, mine, samples)
        yield book.written()
        book = Book(f"refusals-{mine.type.lower()}", f"{mine.type}, not claimed", f"What is not claimed of {mine.type}.")
        write_refusals(book, claims, mine, samples)
        yield book.written()
    book = Book("refusals-types", "Types that are not claimed", "Types of R4 that the server does not claim.")
    write_types(book, claims)
    yield book.written()
