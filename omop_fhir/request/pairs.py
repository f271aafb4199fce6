"""Query strings and forms -> name and value pairs (https://url.spec.whatwg.org/#urlencoded-parsing).

Percent-encoded bytes enter, pairs leave in their order. Rejected with Invalid: a stray `%`, what is not UTF-8, more than a
thousand fields.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote

from ..errors import Invalid
from .shape import Pairs

_ASCII = "".join(map(chr, range(0x80)))
_FIELDS = 1000
_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def parse_pairs(text: bytes) -> Pairs:
    """Name and value pairs of a query or form. Raises Invalid where they are not UTF-8 or too many."""
    if _STRAY.search(text):
        raise Invalid("the parameters hold a `%` that begins no percent-encoded byte: write it as `%25`")
    try:
        decoded = text.decode("ascii")
        return tuple(parse_qsl(decoded, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS))
    except (UnicodeDecodeError, ValueError):
        raise Invalid(f"the parameters are not percent-encoded UTF-8, or more than {_FIELDS}") from None


def parse_text(query: str) -> Pairs:
    """The same of a query within a header or a Bundle, where letters beyond ASCII may stand as they are. Raises Invalid."""
    return parse_pairs(quote(query, safe=_ASCII).encode())
