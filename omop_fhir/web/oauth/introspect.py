"""`POST /auth/introspect`: is a token good, and what for? Confidential clients ask about their own, resource servers about all.

https://www.rfc-editor.org/rfc/rfc7662, https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from ...auth.client import Client
from ...auth.grants import Caller
from ...auth.oauth_error import OAuthError, invalid_client
from ...errors import Unauthorized
from ..audited import note
from ..context import Context
from .answer import answer
from .authority import Authority
from .client_authentication import authenticate
from .form import needed, read_form
from .issue import launch_context

_INACTIVE = {"active": False}


async def introspect(request: Request) -> Response:
    """What the token says, or only that it is not active. Raises OAuthError."""
    context: Context = request.app.state.context
    authority: Authority = request.app.state.authority
    form = await read_form(request)
    try:
        client = await authenticate(request, form, authority)
        if client.kind == "public":
            raise invalid_client("a client that asks about tokens must prove itself")
        text = needed(form, "token")
    except OAuthError as error:
        note(context.audit, request.scope, "introspect", Caller(form.get("client_id", "unknown")), "refused", error.error)
        raise
    note(context.audit, request.scope, "introspect", Caller(client.id))
    found = await _access_token(text, authority) or await _refresh_token(text, authority) or _INACTIVE
    return answer(found if _may_know(client, found) else _INACTIVE)


def _may_know(client: Client, found: dict[str, Any]) -> bool:
    return client.introspects or found.get("client_id") == client.id


async def _access_token(text: str, authority: Authority) -> dict[str, Any] | None:
    """What an access token says, if it opens anything now."""
    try:
        token = await authority.access.token(text)
        await authority.access.grants(f"Bearer {text}")
    except Unauthorized:
        return None
    authorization = await authority.store.authorizations.find(UUID(token.authorization))
    if authorization is None:
        return None
    given = {
        "active": True,
        "token_type": "Bearer",
        "iss": authority.at.issuer,
        "aud": authority.base,
        "sub": token.subject,
        "client_id": token.client,
        "scope": token.scope,
        "iat": token.issued_at,
        "exp": token.expires_at,
        "jti": token.id,
        "fhirUser": token.fhir_user,
        **launch_context(authority, authorization),
    }
    return {name: value for name, value in given.items() if value is not None}


async def _refresh_token(text: str, authority: Authority) -> dict[str, Any] | None:
    found = await authority.store.authorizations.by_refresh_token(text)
    if found is None:
        return None
    given = {
        "active": True,
        "iss": authority.at.issuer,
        "sub": str(found.account or found.client),
        "client_id": found.client,
        "scope": str(found.scopes),
        "iat": int(found.created_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
    }
    return given | launch_context(authority, found)
