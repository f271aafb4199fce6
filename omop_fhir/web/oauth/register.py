"""`POST /auth/clients`: an administrator registers a client. Nobody else can: there is no dynamic registration.

Metadata of RFC 7591 enter, with a token of somebody who administers; the client leaves, with its secret if it has one.
https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1
"""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ...auth.client import Client, new_client
from ...auth.grants import NOBODY
from ...auth.oauth_error import OAuthError
from ...errors import Conflict, Forbidden, Invalid, Problem
from ..audited import note
from ..context import Context
from ..exchange import FORM_LIMIT, Exchange
from .answer import answer, refusal
from .authority import Authority

_METHODS = {
    "none": "public",
    "client_secret_basic": "secret",
    "client_secret_post": "secret",
    "private_key_jwt": "key",
}
_TYPES: dict[str, type] = {
    "client_id": str, "client_name": str, "token_endpoint_auth_method": str, "scope": str, "redirect_uris": list, "jwks": dict,
    "jwks_uri": str, "launch_uri": str, "introspects": bool, "deduplicates": bool, "grant_types": list, "response_types": list,
}  # fmt: skip
"""What is understood; all else is ignored (RFC 7591, section 2), and the answer says what was registered."""


async def register(request: Request) -> Response:
    """The registered client, 201. Raises Unauthorized, Forbidden, OAuthError `invalid_client_metadata`."""
    context: Context = request.app.state.context
    authority: Authority = request.app.state.authority
    caller = NOBODY
    try:
        grants = await authority.access.grants(request.headers.get("authorization"))
        caller = grants.caller
        if not grants.administers:
            raise Forbidden("registering clients takes a token of an administrator, with the scope `administer`")
        body = await Exchange(request.scope, request.receive, FORM_LIMIT).read_body(FORM_LIMIT)
        given = _metadata(body)
        client, secret = await _registered(authority, given)
    except Problem as error:
        note(context.audit, request.scope, "client", caller, *refusal(error))
        raise
    note(context.audit, request.scope, "client", caller, reason="registered")
    told = metadata(client) | {"token_endpoint_auth_method": _method(given)}
    return answer(told | ({"client_secret": secret, "client_secret_expires_at": 0} if secret else {}), 201)


async def _registered(authority: Authority, given: dict[str, Any]) -> tuple[Client, str | None]:
    try:
        return await authority.store.clients.register(_client(given))
    except (Invalid, Conflict) as error:
        raise OAuthError("invalid_client_metadata", str(error)) from None


def _metadata(body: bytes) -> dict[str, Any]:
    """The metadata that are understood. Raises OAuthError."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise OAuthError("invalid_client_metadata", "the body is not JSON") from None
    if not isinstance(given, dict):
        raise OAuthError("invalid_client_metadata", f"the body is an object with {', '.join(sorted(_TYPES))}")
    return {name: value for name, value in given.items() if name in _TYPES}


def _method(given: dict[str, Any]) -> str:
    """How the client says who it is. Raises Invalid."""
    method = given.get("token_endpoint_auth_method", "client_secret_basic")
    if method not in _METHODS:
        raise Invalid(f"token_endpoint_auth_method is one of {', '.join(_METHODS)}")
    return str(method)


def _client(given: dict[str, Any]) -> Client:
    """The client that metadata describe. Raises Invalid."""
    _check_types(given)
    return new_client(
        given.get("client_id") or token_hex(12),
        given.get("client_name", ""),
        _METHODS[_method(given)],  # type: ignore[arg-type]
        given.get("scope", ""),
        given.get("redirect_uris", ()),
        launch_uri=given.get("launch_uri"),
        jwks=given.get("jwks"),
        jwks_uri=given.get("jwks_uri"),
        introspects=given.get("introspects", False),
        deduplicates=given.get("deduplicates", False),
    )


def _check_types(given: dict[str, Any]) -> None:
    for name, value in given.items():
        is_right = isinstance(value, _TYPES[name])
        if isinstance(value, list):
            is_right = is_right and all(isinstance(each, str) for each in value)
        if not is_right:
            raise Invalid(f"{name} is of another type")


def metadata(client: Client) -> dict[str, Any]:
    """A client in the words of RFC 7591."""
    given = {
        "client_id": client.id,
        "client_name": client.name,
        "token_endpoint_auth_method": client.authentication[0],
        "scope": str(client.scopes),
        "redirect_uris": list(client.redirect_uris),
        "jwks": client.jwks,
        "jwks_uri": client.jwks_uri,
        "launch_uri": client.launch_uri,
        "introspects": client.introspects,
        "deduplicates": client.deduplicates,
    }
    return {name: value for name, value in given.items() if value not in (None, [])}
