"""The application: one lifespan that wires everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from secrets import token_urlsafe
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .auth.access import Access, OpenAccess, TokenAccess, read_tokens
from .config import Settings
from .errors import ConfigurationError, MethodNotAllowed, NotFound, Problem
from .mapping.load import load
from .observe.access_log import AccessLog
from .paths import mappings_directory
from .request.page import PageSealer
from .store.facade import Facade
from .web.addresses import Addresses
from .web.authorize.style import style_css, style_json
from .web.context import Context
from .web.envelope import Envelope
from .web.exposition import metrics, sources, watch_metrics
from .web.failure import failure
from .web.health import live, ready
from .web.home import home
from .web.router import FhirRouter
from .web.wanted import Wanted

_EXPOSED = ("Content-Location", "ETag", "Last-Modified", "Location", "Retry-After", "WWW-Authenticate", "X-Request-Id")


def create_app(settings: Settings) -> Starlette:
    """The ASGI application. Raises ConfigurationError for settings, tokens or mappings that cannot be used."""
    context = make_context(settings)
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/auth/style.css", style_css),
            Route("/auth/style.json", style_json),
            Route("/metrics", metrics),
        ],
        middleware=[
            Middleware(Envelope, context),
            Middleware(
                Wanted,
                b"origin",
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=("*",),
                allow_headers=("*",),
                expose_headers=_EXPOSED,
                max_age=86_400,
            ),
            Middleware(Wanted, b"accept-encoding", GZipMiddleware, minimum_size=1024, compresslevel=1),
            Middleware(FhirRouter, context, "/fhir"),
        ],
        exception_handlers={HTTPException: _http_failure, Problem: _failure, Exception: _failure},
        lifespan=_lifespan,
    )
    app.state.context = context
    return app


def make_context(settings: Settings) -> Context:
    """All parts, wired. Raises ConfigurationError."""
    base = _base(settings)
    mappings = load((mappings_directory(), *settings.mappings))
    facade = Facade(settings, base, mappings)
    context = Context(
        settings,
        base,
        facade,
        _access(settings),
        PageSealer(settings.secret_key or token_urlsafe(32)),
        facade.audit,
        addresses=Addresses(settings),
        types=frozenset(mapping.resource for mapping in mappings),
        access_log=AccessLog(settings.log_format) if settings.access_log else None,
    )
    context.metrics.sources.append(lambda: sources(context))
    return context


def _base(settings: Settings) -> str:
    base = (settings.base_url or settings.local_base).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment or " " in base:
        raise ConfigurationError(f"`{base}` is no base URL: give http(s)://host/path, without query")
    return base


def _access(settings: Settings) -> Access:
    if settings.access_token_file is not None:
        return TokenAccess(read_tokens(settings.access_token_file))
    if not settings.open:
        raise ConfigurationError("say who may enter: --access-token-file FILE, or --open on a loopback address")
    if not is_loopback(settings.host):
        raise ConfigurationError(
            f"--open serves everything to everybody, so it needs a loopback host, not {settings.host}"
        )
    return OpenAccess()


def is_loopback(host: str) -> bool:
    """Is this the address of the machine itself, reachable from nowhere else?"""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    context: Context = app.state.context
    facade = context.facade
    await facade.open()
    running = (facade.watch(), facade.audit.run(), watch_metrics(context))
    tasks = [asyncio.create_task(each) for each in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await facade.audit.close()
        await facade.close()
        if context.access_log:
            context.access_log.flush()


async def _http_failure(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    problem: Problem = NotFound(
        f"there is nothing at `{request.url.path}`: FHIR is served at /fhir, see /fhir/metadata"
    )
    if status == 405:
        problem = MethodNotAllowed(f"{request.method} is not supported here", "GET, HEAD")
    return failure(problem, request.scope.get("request_id", "?"))


async def _failure(request: Request, error: Exception) -> Response:
    return failure(error, request.scope.get("request_id", "?"))
