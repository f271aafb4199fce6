"""Who is the client? By the one method that it registered, and no two at once.

Headers and form enter, the `Client` leaves. Rejected, with OAuthError `invalid_client`: clients that are unknown or disabled, any
method but their own, wrong secrets, assertions that are not theirs or come again.
https://www.rfc-editor.org/rfc/rfc6749#section-2.3,
https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import unquote_plus

from starlette.requests import Request

from ...auth.assertion import TYPE, check_jku, read_assertion, verify_assertion
from ...auth.client import Client
from ...auth.oauth_error import Replayed, invalid_client, invalid_request
from ...auth.secret import digest, is_secret
from .authority import Authority

_NOBODY = digest("no client has this secret")


async def authenticate(request: Request, form: Mapping[str, str], authority: Authority) -> Client:
    """The client that proved itself, or a public one that says who it is. Raises OAuthError."""
    basic = request.headers.get("authorization")
    given = [basic is not None, "client_secret" in form, "client_assertion" in form or "client_assertion_type" in form]
    if sum(given) > 1:
        raise invalid_request("the client proves itself in two ways at once")
    if "client_assertion" in form or "client_assertion_type" in form:
        client = await _by_assertion(form, authority)
    elif basic is not None:
        client = await _by_secret(*_basic(basic), authority)
    elif "client_secret" in form:
        client = await _by_secret(form.get("client_id", ""), form["client_secret"], authority)
    else:
        client = await _by_name(form.get("client_id") or await _of_refresh_token(form, authority), authority)
    if form.get("client_id", client.id) != client.id:
        raise invalid_request("client_id is not the client that proves itself")
    return client


def _basic(header: str) -> tuple[str, str]:
    """Id and secret of HTTP Basic, each form-encoded before (RFC 6749 §2.3.1)."""
    scheme, _, value = header.partition(" ")
    try:
        id, colon, secret = b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise invalid_client("the Authorization header is not HTTP Basic") from None
    if scheme.lower() != "basic" or not colon:
        raise invalid_client("the Authorization header is not HTTP Basic")
    return unquote_plus(id), unquote_plus(secret)


async def _by_secret(id: str, secret: str, authority: Authority) -> Client:
    client = await authority.store.clients.find(id)
    right = is_secret(secret, client.secret_hash if client is not None and client.secret_hash else _NOBODY)
    if client is None or client.disabled or client.kind != "secret" or not right:
        raise invalid_client("client or secret is wrong")
    return client


async def _by_name(id: str, authority: Authority) -> Client:
    client = await authority.store.clients.find(id) if id else None
    if client is None or client.disabled or client.kind != "public":
        raise invalid_client("the client is not known, or must prove itself")
    return client


async def _of_refresh_token(form: Mapping[str, str], authority: Authority) -> str:
    """Whose refresh token it is: SMART's JavaScript client does not say who it is to refresh, nor must it (RFC 6749 §6)."""
    token = form.get("refresh_token") if form.get("grant_type") == "refresh_token" else None
    return (await authority.store.authorizations.client_of(token) if token else None) or ""


async def _by_assertion(form: Mapping[str, str], authority: Authority) -> Client:
    if form.get("client_assertion_type") != TYPE:
        raise invalid_request(f"client_assertion_type must be {TYPE}")
    assertion = read_assertion(form.get("client_assertion", ""))
    client = await authority.store.clients.find(assertion.client)
    if client is None or client.disabled or client.kind != "key":
        raise invalid_client("client_assertion is not of a client that signs")
    check_jku(assertion, client.jwks_uri)
    keys = await authority.client_keys.of(client, assertion.kid)
    jti, expires_at = verify_assertion(assertion, keys, authority.at.token)
    if not await authority.store.assertions.use(client.id, jti, expires_at):
        raise Replayed("client_assertion was used before (jti)", "invalid_client", 401)
    return client
