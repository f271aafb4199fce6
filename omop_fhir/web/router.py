"""Path and method -> interaction, for everything below the FHIR base (https://hl7.org/fhir/R4/http.html#summary).

Segments are split before they are percent-decoded, so that an encoded slash never makes a path of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..errors import MethodNotAllowed, NotFound, NotSupported
from .context import Context
from .exchange import Exchange
from .failure import failure
from .metadata import metadata
from .read import read
from .search import search

_READING = ("GET", "HEAD")


class FhirRouter:
    """The ASGI application below the FHIR base; every answer but a success is an OperationOutcome."""

    def __init__(self, context: Context, prefix: str) -> None:
        self.context = context
        self.depth = prefix.strip("/").count("/") + 1 if prefix.strip("/") else 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except Exception as error:
            response = failure(error, scope.get("request_id", "?"))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        exchange = Exchange(request, self.context.settings.url_limit)
        path = self._segments(request.scope)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": _allowed(path)})
        exchange.check_acceptable()
        if path == ["metadata"]:
            _check_method(request, _READING)
            return await metadata(exchange, self.context)
        grants = self.context.access.grants(request.headers.get("authorization"))
        match path:
            case [type, "_search"]:
                _check_method(request, ("POST",))
                await exchange.read_form(self.context.settings.body_limit)
                exchange.check_acceptable()
                return await search(exchange, self.context, grants, type)
            case [type] if not type.startswith(("_", "$")):
                _check_method(request, _READING)
                return await search(exchange, self.context, grants, type)
            case [type, id] if not id.startswith(("_", "$")):
                _check_method(request, _READING)
                return await read(exchange, self.context, grants, type, id)
            case _:
                raise _unknown(path)

    def _segments(self, scope: Scope) -> list[str]:
        """Decoded segments below the base; one trailing slash does not count."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        parts = raw.decode("latin-1").removesuffix("/").split("/")[1 + self.depth :]
        return [unquote(part) for part in parts]


def _allowed(path: Sequence[str]) -> str:
    return "POST, OPTIONS" if path and path[-1] == "_search" else "GET, HEAD, OPTIONS"


def _check_method(request: Request, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        allow = ", ".join((*methods, "OPTIONS"))
        raise MethodNotAllowed(f"{request.method} is not supported here; possible are {allow}", allow)


def _unknown(path: Sequence[str]) -> Exception:
    if not path:
        return NotSupported("search of the whole system, batch and transaction are not supported; see /metadata")
    return NotFound(f"there is nothing at `{'/'.join(path)}`: this server reads [type]/[id] and searches [type]?...")
