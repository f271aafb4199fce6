"""What the search parameters of a resource find in it.

What enters, at start: a resource type, its search parameters, the site's time zone and the server's base URL; later, resources
as `omop_fhir.fhir.json` reads them, valid R4. What leaves: `Entries`, from which an index can answer every search that the
parameters allow without looking at the resource again. Rejected at start with ConfigurationError: a parameter that cannot be
indexed, by its name. https://hl7.org/fhir/R4/search.html#ptypes, https://hl7.org/fhir/R4/searchparameter.html
"""

from __future__ import annotations

from .compile import Index, compile_index
from .entries import DateEntry, Entries, QuantityEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry
from .parameter import number
from .token import type_system

FORM = 1
"""Raised whenever the same resource and parameters give other entries than before."""

__all__ = [
    "FORM",
    "DateEntry",
    "Entries",
    "Index",
    "QuantityEntry",
    "ReferenceEntry",
    "StringEntry",
    "TokenEntry",
    "UriEntry",
    "compile_index",
    "number",
    "type_system",
]
