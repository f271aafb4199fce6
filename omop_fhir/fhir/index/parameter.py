"""A search parameter as an index knows it: by a number that is made of its name.

The number is a CRC-32 (https://www.rfc-editor.org/rfc/rfc1952#section-8) of `Patient.birthdate`, in the range of PostgreSQL's
integer: it needs no registry, and stays the same with every release.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from zlib import crc32
from zoneinfo import ZoneInfo

Modifier: TypeAlias = Literal["", "identifier", "of-type"]
"""What has entries of its own: `:identifier` of references, `:of-type` of identifiers."""


def number(type: str, code: str, modifier: Modifier = "") -> int:
    """The number of the parameter `code` of a resource type, -2^31 to 2^31 - 1.

    >>> number("Patient", "birthdate")
    -2092477888
    """
    name = f"{type}.{code}:{modifier}" if modifier else f"{type}.{code}"
    return crc32(name.encode("utf-8")) - 2**31


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of one resource type, and what its values depend on."""

    type: str
    code: str
    zone: ZoneInfo | None
    """The site's, None where it declares none."""
    base: str
    """The server's public base URL, without a slash at its end."""

    def number(self, modifier: Modifier = "") -> int:
        """The number that its entries carry."""
        return number(self.type, self.code, modifier)
