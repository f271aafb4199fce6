"""`GET [base]/.well-known/smart-configuration`: where and how apps are authorized.

https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known
"""

from __future__ import annotations

from starlette.responses import Response

from ..errors import MethodNotAllowed, NotFound, Unavailable
from .context import Context
from .exchange import Answer, Exchange, to_json

CONFIGURATION = [".well-known", "smart-configuration"]
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"public, max-age=300"),
    (b"x-content-type-options", b"nosniff"),
]


def smart_configuration(exchange: Exchange, context: Context) -> Response:
    """The configuration, as JSON whatever is accepted; no token is needed. Raises NotFound where nobody is authorized here."""
    if context.smart is None:
        raise NotFound("this server does not authorize apps: it has no SMART configuration")
    if exchange.method not in ("GET", "HEAD"):
        raise MethodNotAllowed(f"{exchange.method} is not supported here", "GET, HEAD, OPTIONS")
    if not context.smart:
        raise Unavailable("the issuer of access tokens cannot be asked just now")
    body = to_json(context.smart)
    return Answer(200, [*_HEADERS, (b"content-length", b"%d" % len(body))], body)
