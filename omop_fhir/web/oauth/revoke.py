"""`POST /auth/revoke`: a client gives a token back, and with it all that came of the same authorization.

A token that is not good is answered like one that was (RFC 7009 §2.2). https://www.rfc-editor.org/rfc/rfc7009
"""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from ...auth.client import Client
from ...auth.grants import Caller
from ...auth.oauth_error import OAuthError
from ...errors import InvalidToken
from ..audited import note
from ..context import Context
from .answer import answer
from .authority import Authority
from .client_authentication import authenticate
from .form import needed, read_form


async def revoke(request: Request) -> Response:
    """Nothing, once the token is good for nothing. Raises OAuthError."""
    context: Context = request.app.state.context
    authority: Authority = request.app.state.authority
    form = await read_form(request)
    try:
        client = await authenticate(request, form, authority)
        id = await _authorization(needed(form, "token"), client, authority)
    except OAuthError as error:
        note(context.audit, request.scope, "revoke", Caller(form.get("client_id", "unknown")), "refused", error.error)
        raise
    if id is not None:
        await authority.store.authorizations.revoke(id, "given back")
        note(context.audit, request.scope, "revoke", Caller(client.id, authorization=str(id)))
    return answer(None)


async def _authorization(text: str, client: Client, authority: Authority) -> UUID | None:
    """The authorization behind a token of this client."""
    found = await authority.store.authorizations.by_refresh_token(text)
    if found is not None:
        return found.id if found.client == client.id else None
    try:
        token = await authority.access.token(text)
        return UUID(token.authorization) if token.client == client.id else None
    except (InvalidToken, ValueError):
        return None
