"""`POST /auth/token`: a code, a refresh token or an assertion becomes an access token.

https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-access-token,
https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#obtain-access-token
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ...auth.audit import Kind
from ...auth.client import Client
from ...auth.grants import Caller
from ...auth.oauth_error import OAuthError, Replayed
from ...auth.scope import InvalidScope, Scopes, parse_scopes
from ...store.authorization.authorizations import Authorization, Grant
from ..audited import note
from ..context import Context
from .answer import answer
from .authority import Authority
from .client_authentication import authenticate
from .form import needed, read_form
from .issue import granted, issue

Form = Mapping[str, str]


async def token(request: Request) -> Response:
    """The token answer. Raises OAuthError."""
    context: Context = request.app.state.context
    authority: Authority = request.app.state.authority
    form, client = await read_form(request), None
    kind = _KINDS.get(form.get("grant_type", ""), "token")
    try:
        exchange = _exchange(needed(form, "grant_type"))
        client = await authenticate(request, form, authority)
        authorization, told = await exchange(form, client, authority)
    except OAuthError as error:
        caller = Caller(client.id if client else form.get("client_id", "unknown"))
        note(context.audit, request.scope, _replay(error, kind, client), caller, "refused", error.error)
        raise
    note(context.audit, request.scope, kind, caller_of(authorization))
    return answer(told)


_Exchange = Callable[[Form, Client, Authority], Awaitable[tuple[Authorization, dict[str, Any]]]]


def _exchange(grant_type: str) -> _Exchange:
    try:
        return _EXCHANGES[grant_type]
    except KeyError:
        message = f"grant_type must be one of {', '.join(_EXCHANGES)}"
        raise OAuthError("unsupported_grant_type", message) from None


async def _code(form: Form, client: Client, authority: Authority) -> tuple[Authorization, dict[str, Any]]:
    code, uri = needed(form, "code"), needed(form, "redirect_uri")
    found = await authority.store.authorizations.redeem(code, client.id, uri, form.get("code_verifier"))
    return found, await issue(authority, client, found)


async def _refresh(form: Form, client: Client, authority: Authority) -> tuple[Authorization, dict[str, Any]]:
    token, scope = needed(form, "refresh_token"), form.get("scope")
    held = await authority.store.authorizations.by_refresh_token(token) if scope else None
    if held is not None and held.client == client.id:
        await granted(authority, client, held, scope)  # a scope that is refused does not spend the token
    found, fresh = await authority.store.authorizations.refresh(token, client.id)
    return found, await issue(authority, client, found, scope, refresh_token=fresh)


async def _service(form: Form, client: Client, authority: Authority) -> tuple[Authorization, dict[str, Any]]:
    if client.kind != "key" or "client_assertion" not in form:
        raise OAuthError("unauthorized_client", "client_credentials are for clients that sign an assertion")
    scopes = _system(needed(form, "scope"), client)
    grant = Grant(client.id, scopes, authority.settings.access_token_lifetime)
    found = await authority.store.authorizations.open(grant)
    return found, await issue(authority, client, found)


def _system(asked: str, client: Client) -> Scopes:
    """The system scopes asked for that the client may get. Raises OAuthError where none is left."""
    try:
        left = Scopes(parse_scopes(asked).of(("system",)).resources).within(client.scopes)
    except InvalidScope as error:
        raise OAuthError("invalid_scope", str(error)) from None
    if not left:
        raise OAuthError("invalid_scope", "none of the scopes is a system scope that this client may get")
    return left


_EXCHANGES: Mapping[str, _Exchange] = {
    "authorization_code": _code,
    "refresh_token": _refresh,
    "client_credentials": _service,
}
_KINDS: Mapping[str, Kind] = {"refresh_token": "refresh"}


def _replay(error: OAuthError, kind: Kind, client: Client | None) -> Kind:
    """What is recorded of a refusal: that something came again, above all."""
    if not isinstance(error, Replayed):
        return kind
    if client is None:
        return "assertion-replay"
    return "refresh-replay" if kind == "refresh" else "code-replay"


def caller_of(authorization: Authorization) -> Caller:
    """Whom an authorization speaks for, for the audit."""
    account = str(authorization.account) if authorization.account else None
    return Caller(
        client=authorization.client,
        account=account,
        patient=authorization.patient,
        encounter=authorization.encounter,
        authorization=str(authorization.id),
        emergency=authorization.emergency,
    )
