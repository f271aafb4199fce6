"""The parameters of a POST to an endpoint of OAuth: a form, each parameter once.

Rejected, with OAuthError `invalid_request`: another content type, a parameter given twice, and parameters in the URL, where they
would stand in logs; and what `Exchange.form` rejects.
https://www.rfc-editor.org/rfc/rfc6749#section-3.2
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from ...auth.oauth_error import invalid_request
from ..exchange import FORM, FORM_LIMIT, Exchange


async def read_form(request: Request) -> dict[str, str]:
    """The parameters; those without a value count as not given. Raises OAuthError, TooLarge, UnsupportedMediaType, Invalid."""
    if request.scope["query_string"]:
        raise invalid_request("parameters stand in the body, not in the URL")
    exchange = Exchange(request.scope, request.receive, FORM_LIMIT)
    if exchange.media_type != FORM:
        raise invalid_request(f"the body must be {FORM}")
    pairs = await exchange.form(FORM_LIMIT)
    if len(dict(pairs)) < len(pairs):
        raise invalid_request("a parameter is given more than once")
    return {name: value for name, value in pairs if value}


def needed(form: Mapping[str, str], name: str) -> str:
    """A parameter that must be there. Raises OAuthError."""
    if name not in form:
        raise invalid_request(f"{name} is missing")
    return form[name]
