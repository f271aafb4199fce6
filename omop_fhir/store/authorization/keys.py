"""The keys that tokens are signed with: one is made at first use; rotated ones are published before they sign.

Private keys are sealed by the server's secret; under another secret they cannot be used (ConfigurationError).
"""

from __future__ import annotations

from asyncio import Lock, to_thread
from collections.abc import Iterable
from time import monotonic, time

from ...auth.secret import Sealer
from ...auth.signing import ALGORITHM, KeyRing, SigningKey, new_signing_key, opened_key
from ...errors import ConfigurationError, Invalid, NotFound
from ..own_database import OwnDatabase, OwnTransaction
from ..postgresql.lock import lock_number
from ..postgresql.pool import Record
from . import revoking
from .revocations import Revocations

AHEAD = 600.0
"""Seconds for which a key is published before it signs: longer than anybody keeps a fetched set."""
AFTER = 3600.0
"""Seconds for which a key stays published after another took its place: longer than any token that it signed."""
FRESH = 60.0
"""Seconds after which the keys are read again."""
SOONEST = 2.0
"""Seconds that lie between two reads for the sake of a key that is not known."""

_PUBLISHED = """
SELECT kid, private, extract(epoch FROM signs_from)::float8 AS signs_from, extract(epoch FROM retires_at)::float8 AS retires_at
FROM {schema}.signing_key WHERE retires_at IS NULL OR retires_at > clock_timestamp() ORDER BY signs_from, kid
"""
_LOCK = "SELECT pg_advisory_xact_lock($1)"
_ADD = """
INSERT INTO {schema}.signing_key (kid, algorithm, private, signs_from) VALUES ($1, $2, $3, to_timestamp($4))
"""
_SUCCEEDED = """
UPDATE {schema}.signing_key SET retires_at = to_timestamp($2)
WHERE kid <> $1 AND (retires_at IS NULL OR retires_at > to_timestamp($2))
"""
_RETIRE = "UPDATE {schema}.signing_key SET retires_at = clock_timestamp() WHERE kid = $1 RETURNING kid"


class SigningKeys:
    """The keys in the database, and the ring of them that this worker has in hand."""

    def __init__(self, database: OwnDatabase, sealer: Sealer, revocations: Revocations) -> None:
        self._database = database
        self._sealer = sealer
        self._revocations = revocations
        self._ring: KeyRing | None = None
        self._read_at = float("-inf")
        self._reading = Lock()

    async def ring(self) -> KeyRing:
        """The keys that are published now; the first one is made here."""
        if self._ring is None or monotonic() - self._read_at > FRESH:
            await self._read(FRESH)
        assert self._ring is not None  # noqa: S101  what was read is there
        return self._ring

    async def knowing(self, kid: object) -> KeyRing:
        """The keys, read again where this one is not among them and the last look was some seconds ago."""
        ring = await self.ring()
        if isinstance(kid, str) and kid not in ring.keys:
            await self._read(SOONEST)
            ring = await self.ring()
        return ring

    async def signing(self) -> SigningKey:
        """The key that signs now."""
        return (await self.ring()).signing(time())

    def forget(self) -> None:
        """Read the keys again before they are used."""
        self._ring = None

    async def _read(self, age: float) -> None:
        """Read the keys, if nobody has within so many seconds."""
        async with self._reading:
            if self._ring is not None and monotonic() - self._read_at <= age:
                return
            self._ring, self._read_at = KeyRing(await self._published()), monotonic()

    async def _published(self) -> list[SigningKey]:
        keys = [self._opened(record) for record in await self._database.fetch(_PUBLISHED)]
        return keys if _signs(keys) else await self._first()

    async def _lock(self, transaction: OwnTransaction) -> None:
        """Let no other worker make a key until this transaction ends."""
        await transaction.fetch(_LOCK, lock_number(f"omop-fhir signing key {self._database.schema}"))

    async def _first(self) -> list[SigningKey]:
        """Make a key that signs at once, unless another worker is faster."""
        key = await to_thread(new_signing_key, time())
        async with self._database.transaction() as transaction:
            await self._lock(transaction)
            keys = [self._opened(record) for record in await transaction.fetch(_PUBLISHED)]
            if _signs(keys):
                return keys
            await self._add(transaction, key)
            return [*keys, key]

    async def rotate(self) -> SigningKey:
        """Publish a new key, which signs after `AHEAD`; those before it retire when what they signed has expired."""
        key = await to_thread(new_signing_key, time() + AHEAD)
        async with self._revocations.transaction() as transaction:
            await self._lock(transaction)
            if not await transaction.fetch(_PUBLISHED):
                key = await to_thread(new_signing_key, time())
            await self._add(transaction, key)
            await transaction.fetch(_SUCCEEDED, key.kid, key.signs_from + AFTER)
            await transaction.fetch(revoking.EVERYTHING)
        return key

    async def retire(self, kid: str) -> None:
        """Believe nothing any more that this key signed: it became known to others. Raises NotFound."""
        async with self._revocations.transaction() as transaction:
            if not await transaction.fetch(_RETIRE, kid):
                raise NotFound(f"there is no key `{kid}`")
            await transaction.fetch(revoking.EVERYTHING)

    async def all(self) -> list[SigningKey]:
        """The keys that are published, the oldest first."""
        return [self._opened(record) for record in await self._database.fetch(_PUBLISHED)]

    async def _add(self, transaction: OwnTransaction, key: SigningKey) -> None:
        await transaction.fetch(_ADD, key.kid, ALGORITHM, key.sealed(self._sealer), key.signs_from)

    def _opened(self, record: Record) -> SigningKey:
        try:
            return opened_key(record["kid"], record["private"], record["signs_from"], record["retires_at"], self._sealer)
        except Invalid:
            kid = record["kid"]
            message = (
                f"the signing key {kid} was sealed with another secret key: add that one to the file, on a line of its own,"
                f" or give the signing key up by `omop-fhir keys rotate --retire {kid}`"
            )
            raise ConfigurationError(message) from None


def _signs(keys: Iterable[SigningKey]) -> bool:
    """Is there one among the published that signs already?"""
    return any(key.signs_from <= time() for key in keys)
