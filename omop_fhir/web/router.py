"""Path and method -> interaction, for everything below the FHIR base (https://hl7.org/fhir/R4/http.html#summary).

Segments are split before they are percent-decoded, so that an encoded slash never makes a path of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..auth.grants import Grants
from ..errors import MethodNotAllowed, NotFound
from ..plan.compartment import NAMES as COMPARTMENTS
from .bundle import bundle
from .context import Context
from .exchange import Exchange
from .failure import failure
from .history import HISTORY, history, vread
from .metadata import metadata
from .read import read
from .search import search
from .target import EVERYTHING
from .validate import VALIDATE, validate
from .write import create, delete, patch, update

_READING = ("GET", "HEAD")
_WRITING = ("PUT", "PATCH", "DELETE")
_WRITES = {"PUT": update, "PATCH": patch, "DELETE": delete}


class FhirRouter:
    """Answers what is below the FHIR base, every failure with an OperationOutcome, and passes on all else to `app`."""

    def __init__(self, app: ASGIApp, context: Context, prefix: str) -> None:
        self.app = app
        self.context = context
        self.prefix = prefix
        self.depth = prefix.count("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{self.prefix}/"):
            await self.app(scope, receive, send)
            return
        try:
            scope["fhir_prefix"] = self.prefix
            response = await self._respond(Exchange(scope, receive, self.context.settings.url_limit))
        except Exception as error:
            response = failure(error, scope.get("request_id", "?"))
        await response(scope, receive, send)

    async def _respond(self, exchange: Exchange) -> Response:
        path = self._segments(exchange.scope)
        if exchange.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": _allowed(path)})
        exchange.check_acceptable()
        if path == ["metadata"]:
            _check_method(exchange, _READING)
            return await metadata(exchange, self.context)
        grants = await self.context.access.grants(exchange.header(b"authorization"))
        match path:
            case [] if exchange.method == "POST":
                return await bundle(exchange, self.context, grants, self._respond)
            case [*_, "_search"]:
                _check_method(exchange, ("POST",))
                await exchange.read_form(self.context.settings.body_limit)
                return await self._search(exchange, grants, path[:-1])
            case [*_, operation] if operation == EVERYTHING:
                _check_method(exchange, (*_READING, "POST"))
                if exchange.method == "POST":
                    await exchange.read_parameters(self.context.settings.body_limit)
                return await self._search(exchange, grants, path)
            case [*instance, last] if last == HISTORY and len(instance) <= 2:
                _check_method(exchange, _READING)
                return await history(exchange, self.context, grants, *instance)
            case [type, id, middle, version] if middle == HISTORY:
                _check_method(exchange, _READING)
                return await vread(exchange, self.context, grants, type, id, version)
            case [type, *instance, operation] if operation == VALIDATE and len(instance) <= 1:
                _check_method(exchange, ("POST", *_READING) if instance else ("POST",))
                return await validate(exchange, self.context, grants, type, *instance)
            case [type, id] if not id.startswith(("_", "$")):
                _check_method(exchange, (*_READING, *_WRITING))
                if exchange.method in _WRITING:
                    return await _WRITES[exchange.method](exchange, self.context, grants, type, id)
                return await read(exchange, self.context, grants, type, id)
            case [type] if exchange.method in ("POST", *_WRITING) and type and not type.startswith(("_", "$")):
                if exchange.method == "POST":
                    return await create(exchange, self.context, grants, type)
                return await _WRITES[exchange.method](exchange, self.context, grants, type, None)
            case _:
                if _is_search(path):
                    _check_method(exchange, _READING)
                return await self._search(exchange, grants, path)

    async def _search(self, exchange: Exchange, grants: Grants, path: list[str]) -> Response:
        """A search of the system, a type or a compartment, or `$everything`, by GET or by POST."""
        if not _is_search(path):
            raise _unknown(path)
        exchange.check_acceptable()
        return await search(exchange, self.context, grants, path)

    def _segments(self, scope: Scope) -> list[str]:
        """Decoded segments below the base; one trailing slash does not count."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        parts = raw.decode("latin-1").removesuffix("/").split("/")[1 + self.depth :]
        return [unquote(part) for part in parts]


def _is_search(path: Sequence[str]) -> bool:
    """Is it the path of a search: nothing, a type, or a compartment and a type?"""
    match path:
        case []:
            return True
        case [type]:
            return not type.startswith(("_", "$"))
        case ["Patient", *_, operation] if operation == EVERYTHING:
            return len(path) <= 3
        case [compartment, _, member]:
            return compartment in COMPARTMENTS and not member.startswith(("_", "$"))
        case _:
            return False


def _allowed(path: Sequence[str]) -> str:
    if path and path[-1] == "_search":
        return "POST, OPTIONS"
    return "GET, HEAD, POST, OPTIONS" if path and path[-1] == EVERYTHING else "GET, HEAD, OPTIONS"


def _check_method(exchange: Exchange, methods: tuple[str, ...]) -> None:
    if exchange.method not in methods:
        allow = ", ".join((*methods, "OPTIONS"))
        raise MethodNotAllowed(f"{exchange.method} is not supported here; possible are {allow}", allow)


def _unknown(path: Sequence[str]) -> Exception:
    return NotFound(f"there is nothing at `{'/'.join(path)}`: this server reads [type]/[id] and searches [type]?...")
