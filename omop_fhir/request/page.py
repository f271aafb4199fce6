"""Paging links: the whole search and the place where the last page ended, sealed for the caller alone.

Stateless, so that any worker with the key can go on; encrypted, so that no value of the search stands in a log; bound
to the holder of the grants, so that a link is worth nothing to others. Grants are applied anew on every page.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from zlib import compress, decompress

import orjson

from ..auth.secret import Sealer
from ..errors import Invalid
from .shape import Pairs

_LONG = 1024
"""What is longer is compressed: a link must be short enough to be followed."""


@dataclass(frozen=True, slots=True)
class Page:
    """A sealed link's content: the search at `path` by `pairs`, and its place.

    The place lies beside the resource with these sort values and this key, of the mapping `source`; `backward`: before it.
    """

    path: str
    pairs: Pairs
    values: tuple[str | None, ...]
    source: str
    key: int
    backward: bool


class PageSealer:
    """Seals and opens paging links with a key derived from the server's secret."""

    def __init__(self, secret: str) -> None:
        self._sealer = Sealer(secret, "paging")

    def seal(self, page: Page, holder: str) -> str:
        """The value of `_page` for this caller."""
        content = orjson.dumps([page.path, page.pairs, page.values, page.source, page.key, page.backward])
        content = b"z" + compress(content) if len(content) > _LONG else content
        return urlsafe_b64encode(self._sealer.seal_bytes(content, holder)).rstrip(b"=").decode()

    def open(self, text: str, holder: str) -> Page:
        """The page of a `_page` value. Raises Invalid for what was not sealed here for this caller."""
        try:
            data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            content = self._sealer.open_bytes(data, holder)
        except (ValueError, Invalid):
            raise Invalid("this paging link is not valid (any more): search again", expression="http._page") from None
        content = decompress(content[1:]) if content[:1] == b"z" else content
        path, pairs, values, source, key, backward = orjson.loads(content)
        return Page(path, tuple((name, value) for name, value in pairs), tuple(values), source, key, backward)
