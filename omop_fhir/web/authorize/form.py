"""The fields of a form. Rejected, with Invalid: a field that stands twice where one is meant."""

from __future__ import annotations

from ...auth.grants import Pairs
from ...errors import Invalid


class Form:
    """Name and value pairs, as they came."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs

    def one(self, name: str) -> str:
        """The value of a field, empty where there is none. Raises Invalid."""
        values = self.all(name)
        if len(values) > 1:
            raise Invalid(f"the field {name} stands twice in this form")
        return values[0] if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field."""
        return tuple(value for each, value in self._pairs if each == name)
