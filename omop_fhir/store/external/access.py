"""Access by the tokens of another issuer: bearer token -> `Grants`.

The signature is checked by the issuer's keys, or the issuer is asked what the token says. What was found is kept for `CHECKED`
seconds at most (`ASKED`, where the issuer was asked), and never beyond the token's own end: so long may a token live on that was
revoked, or a key that was taken away. Rejected: Unauthorized, InvalidToken; Unavailable while the issuer cannot be asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import time

from cachetools import LRUCache

from ...auth.access import bearer_token
from ...auth.claims import ClaimNames, Told, read_claims
from ...auth.external_grants import RoleBook, external_grants
from ...auth.external_token import Claims, Rules, check_claims, key_id, verify
from ...auth.grants import Grants
from ...auth.secret import digest
from ...errors import InvalidToken
from ...mapping.keys import key_of
from ...omop.ddl import quote
from ...query.statement import Statement
from ..facade import Facade
from .introspection import Introspection
from .issuer import Issuer

CHECKED = 60.0
ASKED = 30.0
SIZE = 10_000
"""Tokens that are remembered; and as many that are not good, for a moment."""
_REFUSED = 5.0
"""Seconds for which the issuer is not asked again about a token that it did not know."""

_PATIENT = "SELECT key FROM {schema}.document WHERE type = 'Patient' AND id = $1 AND content IS NOT NULL"


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    grants: Grants = field(repr=False)


@dataclass
class ExternalAccess:
    """Reads the tokens of an issuer."""

    issuer: Issuer
    rules: Rules
    names: ClaimNames
    book: RoleBook
    facade: Facade
    base: str
    introspection: Introspection | None = None
    clock: Callable[[], float] = time
    may_write = True
    _known: LRUCache[bytes, _Known] = field(default_factory=lambda: LRUCache(SIZE), init=False)
    _refused: LRUCache[bytes, float] = field(default_factory=lambda: LRUCache(SIZE), init=False)

    async def grants(self, authorization: str | None) -> Grants:
        """The grants of a token. Raises Unauthorized, InvalidToken, Unavailable."""
        token = bearer_token(authorization)
        key = digest(token)
        known = self._known.get(key)
        if known is None or known.until <= self.clock():
            known = self._known[key] = await self._read(token, key)
        return known.grants

    async def _read(self, token: str, key: bytes) -> _Known:
        self._known.pop(key, None)
        claims = await (self._checked(token) if self.introspection is None else self._asked(self.introspection, token, key))
        told = read_claims(claims, self.names, self.base)
        until = self.clock() + (CHECKED if self.introspection is None else ASKED)
        grants = external_grants(told, self.book, await self._patient(told), opens_places=self.facade.settings.open_places)
        return _Known(until if told.expires_at is None else min(until, told.expires_at), grants)

    async def _checked(self, token: str) -> Claims:
        return verify(token, await self.issuer.keys(key_id(token, self.rules)), self.rules, self.clock())

    async def _asked(self, introspection: Introspection, token: str, key: bytes) -> Claims:
        if self._refused.get(key, 0.0) > self.clock():
            raise InvalidToken("the access token is not valid (any more)")
        try:
            claims = await introspection.claims(token)
            check_claims(claims, self.rules, self.clock())
        except InvalidToken:
            self._refused[key] = self.clock() + _REFUSED
            raise
        return claims

    async def _patient(self, told: Told) -> int | None:
        """The key of the patient in context: a row's is its id; that of a Patient that came in through FHIR is looked up."""
        if told.patient is None:
            return None
        key = key_of(told.patient)
        own = (await self.facade.snapshot()).schema.own if key is None else None
        if own is None:
            return key
        sql = _PATIENT.format(schema=quote(self.facade.settings.own_schema))
        records = await self.facade.pool.fetch(Statement(sql, (told.patient,)))
        return int(records[0][0]) if records else None

