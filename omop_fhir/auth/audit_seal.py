"""How events are sealed, so that what is altered, removed or put in later shows.

Events enter, as JSON; their digests leave, and seals over them, each of which holds the hash of the one before it. A worker has
a chain of seals of its own; now and then a seal names the newest seals of other chains, so that those cannot be cut short
without a trace. With a key (made of the server's secret) nobody makes seals who does not know it, not even who owns the database.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

START = bytes(32)
"""What the first seal of a chain follows."""
SIZE = 32
"""Bytes of a digest and of a hash."""


class Anchor(NamedTuple):
    """A seal of another chain that was there when a seal was made."""

    chain: int
    number: int
    hash: bytes

    def to_json(self) -> list[Any]:
        """As it is kept."""
        return [self.chain, self.number, self.hash.hex()]

    @classmethod
    def of_json(cls, value: Sequence[Any]) -> Anchor:
        """What `to_json` gave."""
        chain, number, hash = value
        return cls(chain, number, bytes.fromhex(hash))


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal: the ids of its events, their digests one after another, and what it follows."""

    chain: int
    number: int
    at: int
    events: tuple[int, ...]
    digests: bytes
    anchors: tuple[Anchor, ...]
    previous: bytes

    def hash(self, key: bytes | None) -> bytes:
        """The hash that the next seal holds."""
        anchors = [anchor.to_json() for anchor in self.anchors]
        values = [self.chain, self.number, self.at, self.events, self.digests.hex(), anchors, self.previous.hex()]
        return mark(key, "seal", values)


def mark(key: bytes | None, what: str, values: Sequence[Any]) -> bytes:
    """A hash over JSON values, which only who has the key can make, where there is one."""
    text = orjson.dumps(["omop-fhir audit", what, values])
    return sha256(text).digest() if key is None else hmac.digest(key, text, "sha256")


def text_of(event: Mapping[str, Any]) -> bytes:
    """The JSON of an event, laid out in the one way that its digest is made of."""
    return orjson.dumps(event, option=orjson.OPT_SORT_KEYS)


def digest(text: bytes) -> bytes:
    """The digest of what `text_of` gave."""
    return sha256(text).digest()


def key_of(secret: str | None) -> bytes | None:
    """The key that the server's secret makes; without a secret there is none."""
    return None if secret is None else sha256(f"omop-fhir audit {secret}".encode()).digest()


def name_of(key: bytes | None) -> str | None:
    """What a chain calls the key, which tells nothing of it."""
    return None if key is None else sha256(b"name " + key).hexdigest()[:16]
