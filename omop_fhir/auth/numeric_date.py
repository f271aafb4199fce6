"""NumericDate: the times of a JWT, in seconds since 1970. https://www.rfc-editor.org/rfc/rfc7519#section-2"""

from __future__ import annotations

from typing import Any, TypeGuard

LEEWAY = 30
"""Seconds by which the clock of whoever signed may differ from ours."""


def is_time(value: Any) -> TypeGuard[float]:
    """Is this a NumericDate? JSON's true and false are none, though Python counts with them."""
    return isinstance(value, int | float) and not isinstance(value, bool)
