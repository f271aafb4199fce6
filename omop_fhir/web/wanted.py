"""A middleware only for the requests that carry the header it acts upon, at the paths it is for; the others pass it by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


class Wanted:
    """`middleware(app, **options)` for requests with the header `name` (in lower case) where `where` says so, else `app`."""

    def __init__(
        self, app: ASGIApp, /, name: bytes, middleware: Any, where: Callable[[str], bool] = lambda path: True, **options: Any
    ) -> None:
        self.app = app
        self.name = name
        self.where = where
        self.wrapped: ASGIApp = middleware(app, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["type"] == "http" and any(name == self.name for name, _ in scope["headers"])
        wanted = wanted and self.where(scope["path"])
        await (self.wrapped if wanted else self.app)(scope, receive, send)
