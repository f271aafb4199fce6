"""The paths of the authorization server's endpoints."""

from __future__ import annotations

from starlette.routing import Route

from .answer import oauth
from .discovery import jwks, openid
from .introspect import introspect
from .launch import launch
from .register import register
from .revoke import revoke
from .token import token

BROWSERS = ("/auth/token", "/auth/revoke", "/auth/jwks", "/auth/style.json", "/.well-known/openid-configuration")
"""What apps in a browser call from a page of their own, beside FHIR: the rest of `/auth/` is for no other origin."""


def oauth_routes() -> list[Route]:
    """All of them."""
    return [
        Route("/auth/token", oauth(token), methods=["POST"]),
        Route("/auth/introspect", oauth(introspect), methods=["POST"]),
        Route("/auth/revoke", oauth(revoke), methods=["POST"]),
        Route("/auth/clients", oauth(register), methods=["POST"]),
        Route("/auth/launch", oauth(launch), methods=["POST"]),
        Route("/auth/jwks", oauth(jwks, is_audited=False), methods=["GET"]),
        Route("/.well-known/openid-configuration", oauth(openid, is_audited=False), methods=["GET"]),
    ]
