"""The versions of documents as a source of rows of their own, for histories.

The source of documents of a type enters; a bound mapping over the table `version` leaves, joined to the document, so that grants
say of versions what they say of rows: each is in the compartment of the person whose it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..omop.database import OwnSchema
from .bind import Bound
from .documents import DOCUMENT, source_number
from .expression import Column
from .model import Source
from .predicate import Compare, Predicate, Same

VERSION = "version"
"""The table, and its alias; the document is joined under its own."""

OF = Column(VERSION, "document")
NUMBER = Column(VERSION, "version")
IS_CURRENT: Predicate = Same(NUMBER, Column(DOCUMENT, "version"))
"""The version is the document's current one, so that the document's index speaks of it."""
_PERSON = Column(VERSION, "person")


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of one type's documents: as rows, and the source of the documents."""

    bound: Bound
    documents: Bound


def versions_of(documents: Bound, own: OwnSchema) -> Versions:
    """The versions of these documents."""
    of = documents.mapping
    joined = Source(DOCUMENT, DOCUMENT, join=(("document", OF),))
    sources = {VERSION: Source(VERSION, VERSION, "document"), **of.sources, DOCUMENT: joined}
    compartment = {"Patient": _PERSON} if "Patient" in of.compartment else {}
    name = (documents.twin or documents).mapping.name
    mapping = replace(of, name=f"{name}:{VERSION}", sources=sources, compartment=compartment, search={})
    tables = {**documents.tables, VERSION: own.tables[VERSION]}
    return Versions(
        Bound(mapping, tables, (OF,), (), {}, filter=Compare(Column(VERSION, "source"), "=", source_number(name))), documents
    )
