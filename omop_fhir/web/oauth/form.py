"""The parameters of a POST to an endpoint of OAuth: a form, each parameter once.

Rejected, with OAuthError `invalid_request`: another content type, a body that is too long or no UTF-8, a parameter given twice,
and parameters in the URL, where they would stand in logs.
https://www.rfc-editor.org/rfc/rfc6749#section-3.2
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from ...auth.oauth_error import OAuthError, invalid_request

FORM = "application/x-www-form-urlencoded"
LIMIT = 65_536
"""Bytes."""


async def read_form(request: Request) -> dict[str, str]:
    """The parameters; those without a value count as not given. Raises OAuthError."""
    if request.scope["query_string"]:
        raise invalid_request("parameters stand in the body, not in the URL")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise invalid_request(f"the body must be {FORM}")
    body = await read_body(request, LIMIT)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except (UnicodeDecodeError, ValueError):
        raise invalid_request("the body is no form in UTF-8") from None
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise invalid_request("a parameter is given more than once")
    return {name: value for name, value in pairs if value}


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises OAuthError."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise OAuthError("invalid_request", "the body is encoded: send it as it is", 415)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise OAuthError("invalid_request", f"the body is longer than {limit} bytes", 413)
    except ClientDisconnect:
        raise invalid_request("the client went away before the body was complete") from None
    return bytes(body)


def needed(form: Mapping[str, str], name: str) -> str:
    """A parameter that must be there. Raises OAuthError."""
    if name not in form:
        raise invalid_request(f"{name} is missing")
    return form[name]
