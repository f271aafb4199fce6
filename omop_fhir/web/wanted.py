"""A middleware only for the requests that carry the header it acts upon; the others pass it by."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


class Wanted:
    """`middleware(app, **options)` for requests with the header `name` (in lower case), `app` itself for all others."""

    def __init__(self, app: ASGIApp, /, name: bytes, middleware: Any, **options: Any) -> None:
        self.app = app
        self.name = name
        self.wrapped: ASGIApp = middleware(app, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["type"] == "http" and any(name == self.name for name, _ in scope["headers"])
        await (self.wrapped if wanted else self.app)(scope, receive, send)
