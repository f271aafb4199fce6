"""Paging links: the whole search and the place where the last page ended, sealed for the caller alone.

Stateless, so that any worker with the key can go on; encrypted, so that no value of the search stands in a log; bound
to the holder of the grants, so that a link is worth nothing to others. Grants are applied anew on every page.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import Invalid
from .search import Pairs

_NONCE = 12


@dataclass(frozen=True, slots=True)
class Page:
    """A sealed link's content: the search of `type` by `pairs`, after `key` in the table of the mapping `source`."""

    type: str
    pairs: Pairs
    source: str
    key: int


class PageSealer:
    """Seals and opens paging links with a key derived from the server's secret."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(sha256(b"omop-fhir paging " + secret.encode()).digest())

    def seal(self, page: Page, holder: str) -> str:
        """The value of `_page` for this caller."""
        nonce = token_bytes(_NONCE)
        content = orjson.dumps([page.type, page.pairs, page.source, page.key])
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, content, holder.encode())).rstrip(b"=").decode()

    def open(self, text: str, holder: str) -> Page:
        """The page of a `_page` value. Raises Invalid for what was not sealed here for this caller."""
        try:
            data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            content = self._cipher.decrypt(data[:_NONCE], data[_NONCE:], holder.encode())
        except (ValueError, UnicodeEncodeError, InvalidTag):
            raise Invalid("this paging link is not valid (any more): search again", expression="http._page") from None
        type, pairs, source, key = orjson.loads(content)
        return Page(type, tuple((name, value) for name, value in pairs), source, key)
