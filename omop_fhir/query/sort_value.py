"""What rows are ordered by, as SQL."""

from __future__ import annotations

from ..plan.order import Ordering
from .where import Where


def sort_value(where: Where, ordering: Ordering) -> str:
    """The SQL of a sort value; text is ordered by code point, alike on every server."""
    value = where.value(ordering.expression) if ordering.expression is not None else None
    if value is None:
        return f"NULL::{ordering.type}"
    return f'{value}::text COLLATE "C"' if ordering.type == "text" else value
