"""Strings compared without case and accents in SQL, as `omop_fhir.fhir.text.fold` does in Python."""

from __future__ import annotations

import re

from ..fhir.text import fold


def folded(value: str) -> str:
    """The SQL expression that folds the text expression `value`."""
    return f"lower(regexp_replace(normalize({value}, NFKD), '[\u0300-\u036f]', '', 'g'))"


def like(text: str, mode: str) -> str:
    """The LIKE pattern of folded values that start with the text, or contain it."""
    pattern = re.sub(r"([\\%_])", r"\\\1", fold(text))
    return f"%{pattern}%" if mode == "contains" else f"{pattern}%"
