"""Which tables a statement was answered from: what a record says of that, and what it says while nothing was swapped."""

from __future__ import annotations

from ..mapping.bind import Bound
from ..omop.database import PresentTable
from .scope import literal, table_name


def identity_sql(bound: Bound, vocabulary: PresentTable | None) -> str:
    """An expression that changes when the base table or the vocabulary is swapped for another.

    PostgreSQL resolves the names anew whenever a schema or table is renamed, dropped or replaced.
    """
    names = (f"{literal(table_name(table))}::regclass::oid::text" for table in _identifying(bound, vocabulary))
    return " || '/' || ".join(names)


def identity(bound: Bound, vocabulary: PresentTable | None) -> str:
    """The value of `identity_sql` in the database that the mapping was bound to."""
    return "/".join(str(table.oid) for table in _identifying(bound, vocabulary))


def _identifying(bound: Bound, vocabulary: PresentTable | None) -> tuple[PresentTable, ...]:
    return (bound.tables[bound.mapping.base.alias], *((vocabulary,) if vocabulary else ()))
