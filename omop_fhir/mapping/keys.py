"""Resource ids and OMOP keys: the id of a row is its key as text, behind the prefix that the mapping declares."""

from __future__ import annotations

import re

_KEY = re.compile(r"0|-?[1-9]\d{0,18}", re.ASCII)
_INT64 = range(-(2**63), 2**63)


def key_of(id: str, prefix: str = "") -> int | None:
    """The key that `id` names, or None where no row can have this id: only the canonical spelling counts."""
    digits = id.removeprefix(prefix) if id.startswith(prefix) else ""
    if not _KEY.fullmatch(digits):
        return None
    key = int(digits)
    return key if key in _INT64 else None
