"""Access by the tokens that this server issues: bearer token -> `Grants`.

What a token may do is what is left of its scopes after the authorization, the client and the roles of the account had their say,
all read anew for a token that is not in the cache. An entry of the cache is good until the token expires, something of it is
revoked or a key changes, and only while revocations can be looked for.
Rejected, with Unauthorized or InvalidToken: no token, and one that is not good (any more).
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html, https://www.rfc-editor.org/rfc/rfc6750
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, time
from uuid import UUID

from cachetools import LRUCache

from ...auth.access import bearer_token
from ...auth.access_token import AccessToken, decode, key_id
from ...auth.grants import Caller, Grants, Permission
from ...auth.role import ADMINISTER, Person, Role, own_identity, system_permissions, user_permissions
from ...auth.scope import Scopes, parse_scopes
from ...auth.secret import digest
from ...errors import InvalidToken
from ...mapping.keys import key_of
from ..postgresql.pool import Record
from .authorizations import ALIVE
from .store import AuthorizationStore

STALE = 10.0
"""Seconds after which a revocation counts everywhere, at the latest; usually it is `INTERVAL`."""
SIZE = 10_000
"""Tokens that are remembered."""

_READ = f"""
SELECT a.client, a.account, a.scope, a.emergency, c.scope AS client_scope, c.deduplicates, u.fhir_user, u.organization,
       ARRAY(SELECT role FROM {{schema}}.account_role r WHERE r.account = a.account) AS roles,
       (SELECT key FROM {{schema}}.document WHERE type = 'Patient' AND id = $2 AND content IS NOT NULL) AS patient
FROM {{schema}}.authorization a JOIN {{schema}}.client c ON c.id = a.client LEFT JOIN {{schema}}.account u ON u.id = a.account
WHERE a.id = $1 AND {ALIVE}
"""


@dataclass(frozen=True, slots=True)
class _Known:
    authorization: UUID
    expires_at: float
    grants: Grants = field(repr=False)


class SmartAccess:
    """Reads tokens that `issuer` issued for `audience`, the FHIR base URL; `opens_places` as in `Grants`."""

    may_write = True

    def __init__(self, store: AuthorizationStore, issuer: str, audience: str, *, opens_places: bool = False) -> None:
        self._store = store
        self._issuer = issuer
        self._audience = audience
        self._opens_places = opens_places
        self._known: LRUCache[bytes, _Known] = LRUCache(SIZE)
        self._forgotten = 0
        store.revocations.tell(self._forget)

    async def grants(self, authorization: str | None) -> Grants:
        """The grants of a token. Raises Unauthorized, InvalidToken, Unavailable."""
        token = bearer_token(authorization)
        key = digest(token)
        known = self._known.get(key)
        if known is None or known.expires_at <= time() or monotonic() - self._store.revocations.looked_at > STALE:
            known = await self._read(token, key)
        return known.grants

    async def _read(self, token: str, key: bytes) -> _Known:
        self._known.pop(key, None)
        read, forgotten = await self.token(token), self._forgotten
        known = await self._judged(read)
        if forgotten == self._forgotten:  # else this may be what was just revoked
            self._known[key] = known
        return known

    async def token(self, text: str) -> AccessToken:
        """What a token says, its signature, times and places checked; not whether it was revoked. Raises InvalidToken."""
        ring = await self._store.keys.knowing(key_id(text))
        return decode(text, ring, self._issuer, self._audience)

    async def _judged(self, token: AccessToken) -> _Known:
        try:
            id = UUID(token.authorization)
        except (ValueError, TypeError, AttributeError):
            raise InvalidToken("the access token is not valid") from None
        record = await self._store.database.first(_READ, id, token.patient)
        if record is None or record["client"] != token.client or token.subject != str(record["account"] or record["client"]):
            raise InvalidToken("the access token was revoked, or what it stands for has ended")
        named = set(record["roles"])
        roles = tuple(role for role in await self._store.roles.all() if role.name in named) if named else ()
        return _Known(id, token.expires_at, _grants(token, record, roles, self._opens_places))

    def _forget(self, authorization: UUID | None) -> None:
        self._forgotten += 1
        if authorization is None:
            self._known.clear()
            return
        for key in [key for key, known in self._known.items() if known.authorization == authorization]:
            del self._known[key]


def _grants(token: AccessToken, record: Record, roles: Sequence[Role], opens_places: bool) -> Grants:
    scopes = parse_scopes(token.scope).within(parse_scopes(record["scope"])).within(parse_scopes(record["client_scope"]))
    account = str(record["account"]) if record["account"] else None
    return Grants(
        holder="\n".join((token.client, account or "", token.patient or "")),
        permissions=_permissions(scopes, record, roles, token.patient),
        opens_places=opens_places,
        caller=Caller(
            client=token.client,
            account=account,
            fhir_user=record["fhir_user"],
            patient=token.patient,
            encounter=token.encounter,
            authorization=token.authorization,
            emergency=record["emergency"],
        ),
        administers=ADMINISTER in scopes and any(role.administers for role in roles),
        deduplicates=record["deduplicates"],
    )


def _permissions(scopes: Scopes, record: Record, roles: Sequence[Role], patient: str | None) -> tuple[Permission, ...]:
    if record["account"] is None:
        return system_permissions(scopes)
    key = None if patient is None else key_of(patient)
    person = Person(record["fhir_user"], record["organization"])
    is_emergency = record["emergency"] is not None
    found = user_permissions(scopes, roles, person, record["patient"] if key is None else key, emergency=is_emergency)
    return (*found, *own_identity(scopes, person))
