"""An authorization -> the token answer: access token, id_token, launch context, granted scope.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#response-5
"""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_urlsafe
from time import time
from typing import Any

from ...auth.access_token import AccessToken, encode
from ...auth.client import Client
from ...auth.id_token import Identity, encode_identity
from ...auth.oauth_error import OAuthError, invalid_grant
from ...auth.role import Role, allowed_scopes
from ...auth.scope import InvalidScope, Scopes, parse_scopes
from ...auth.signing import SigningKey
from ...store.authorization.accounts import Account
from ...store.authorization.authorizations import Authorization
from .authority import Authority


async def issue(
    authority: Authority, client: Client, authorization: Authorization, scope: str | None = None, *,
    refresh_token: str | None = None,
) -> dict[str, Any]:
    """The answer to a client. `scope` narrows what was granted (RFC 6749 §6); `refresh_token` is the next one, where it had one.

    Raises OAuthError where the scope is wider, or nothing is left of what was granted.
    """
    account, scopes = await granted(authority, client, authorization, scope)
    key, token = await authority.store.keys.signing(), _token(authority, authorization, account, scopes)
    access = encode(token, key, authority.at.issuer, authority.base)
    answer: dict[str, Any] = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": token.expires_at - token.issued_at,
        "scope": str(scopes),
        **launch_context(authority, authorization),
    }
    if refresh_token is not None:
        return {**answer, "refresh_token": refresh_token}
    if account is not None and "openid" in scopes:
        answer["id_token"] = _id_token(authority, authorization, account, scopes, token, access, key)
    if account is not None and ("offline_access" in authorization.scopes or "online_access" in authorization.scopes):
        answer["refresh_token"] = await authority.store.authorizations.new_refresh_token(authorization.id)
    return answer


async def granted(
    authority: Authority, client: Client, authorization: Authorization, scope: str | None
) -> tuple[Account | None, Scopes]:
    """Who granted (None: a backend service), and what of it may be had now. Raises OAuthError."""
    account = await _account(authority, authorization)
    roles = await authority.store.roles.named(account.roles) if account else ()
    return account, _narrowed(_allowed(authorization.scopes, client, roles, account), scope)


async def _account(authority: Authority, authorization: Authorization) -> Account | None:
    if authorization.account is None:
        return None
    account = await authority.store.accounts.find(authorization.account)
    if account is None or account.disabled:
        raise invalid_grant("the account cannot sign in any more")
    return account


def _allowed(granted: Scopes, client: Client, roles: Sequence[Role], account: Account | None) -> Scopes:
    """What is left of what was granted, now that client and roles may have changed."""
    left = granted.within(client.scopes)
    return left if account is None else allowed_scopes(left, roles)


def _narrowed(granted: Scopes, asked: str | None) -> Scopes:
    """What was asked for of what was granted: no more than that. Raises OAuthError."""
    scopes = granted
    if asked is not None:
        try:
            scopes = parse_scopes(asked)
        except InvalidScope as error:
            raise OAuthError("invalid_scope", str(error)) from None
        covered = all(any(mine.covers(each) for mine in granted.resources) for each in scopes.resources)
        if not covered or not set(scopes.words) <= set(granted.words):
            raise OAuthError("invalid_scope", "scope holds more than was granted")
    if not scopes:
        raise OAuthError("invalid_scope", "nothing is left of what was granted")
    return scopes


def _token(authority: Authority, authorization: Authorization, account: Account | None, scopes: Scopes) -> AccessToken:
    now = int(time())
    return AccessToken(
        authorization=str(authorization.id),
        subject=str(authorization.account or authorization.client),
        client=authorization.client,
        scope=str(scopes),
        issued_at=now,
        expires_at=min(now + round(authority.settings.access_token_lifetime), int(authorization.expires_at.timestamp())),
        id=token_urlsafe(16),
        patient=authorization.patient,
        encounter=authorization.encounter,
        fhir_user=_fhir_user(authority, account) if "fhirUser" in scopes or "profile" in scopes else None,
    )


def launch_context(authority: Authority, authorization: Authorization) -> dict[str, Any]:
    """The launch context, which arrives with the access token."""
    given = {"patient": authorization.patient, "encounter": authorization.encounter}
    found = {name: value for name, value in given.items() if value is not None}
    if authorization.patient is None and not authorization.context:
        return found
    return {**found, **authorization.context, "smart_style_url": authority.at.style}


def _fhir_user(authority: Authority, account: Account | None) -> str | None:
    return f"{authority.base}/{account.fhir_user}" if account is not None and account.fhir_user else None


def _id_token(
    authority: Authority, authorization: Authorization, account: Account, scopes: Scopes, token: AccessToken, access: str,
    key: SigningKey,
) -> str:  # fmt: skip
    named = "profile" in scopes
    identity = Identity(
        subject=str(account.id),
        authenticated_at=int((authorization.authenticated_at or authorization.created_at).timestamp()),
        nonce=authorization.nonce,
        name=account.name if named else None,
        login=account.login if named else None,
        fhir_user=_fhir_user(authority, account) if named or "fhirUser" in scopes else None,
    )
    return encode_identity(
        identity, key, issuer=authority.at.issuer, client=authorization.client, issued_at=token.issued_at,
        expires_at=token.expires_at, access_token=access,
    )  # fmt: skip
