"""What the authorization server tells of itself: its keys, and OpenID Connect's configuration.

SMART's configuration stands below the FHIR base, where the router of FHIR answers it.
https://openid.net/specs/openid-connect-discovery-1_0.html, https://www.rfc-editor.org/rfc/rfc7517
"""

from __future__ import annotations

from time import time

from starlette.requests import Request
from starlette.responses import Response

from ...auth.discovery import openid_configuration
from .answer import kept
from .authority import Authority

KEPT = 300
"""Seconds; a new key is published for longer than this before it signs."""


async def jwks(request: Request) -> Response:
    """The public keys."""
    authority: Authority = request.app.state.authority
    return kept((await authority.store.keys.ring()).jwks(time()), KEPT)


async def openid(request: Request) -> Response:
    """`{issuer}/.well-known/openid-configuration`."""
    authority: Authority = request.app.state.authority
    return kept(openid_configuration(authority.at), KEPT)
