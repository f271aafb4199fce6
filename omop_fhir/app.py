"""The application: one lifespan that wires everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
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

from .auth.budget import Budgets, OwnBudgets
from .auth.secret import Sealer
from .config import Settings
from .entry import Entry, make_entry
from .errors import ConfigurationError, MethodNotAllowed, NotFound, Problem
from .mapping.load import load
from .observe.access_log import AccessLog
from .observe.tracing import Tracing
from .paths import mappings_directory
from .request.page import PageSealer
from .store.facade import Facade
from .store.postgresql.connections import LISTENERS
from .web.addresses import Addresses
from .web.admission import Admission
from .web.authorize.desk import Desk
from .web.authorize.routes import page_routes
from .web.authorize.style import STYLE_ROUTES
from .web.context import Context
from .web.envelope import Envelope
from .web.exposition import metrics, sources, watch_metrics
from .web.failure import failure
from .web.health import live, ready
from .web.home import home
from .web.hosts import Hosts
from .web.oauth.answer import failure as oauth_failure
from .web.oauth.authority import Authority
from .web.oauth.routes import BROWSERS, oauth_routes
from .web.pages import page
from .web.router import FhirRouter
from .web.sample import sample_routes
from .web.wanted import Wanted

RATE = 1000.0
"""Units of a read that each client may ask a second, where access is controlled and nothing else is said."""

_THIS_MACHINE = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
"""Who is let in by his address alone is not to be read by any page that a person of this machine visits."""

_EXPOSED = ("Content-Location", "ETag", "Last-Modified", "Location", "Retry-After", "WWW-Authenticate", "X-Request-Id")


def create_app(settings: Settings) -> Starlette:
    """The ASGI application. Raises ConfigurationError for settings, tokens or mappings that cannot be used."""
    context, entry = make_context(settings)
    routes = [
        Route("/", home),
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", metrics),
        *STYLE_ROUTES,
        *(_authorizing(context, entry.authority) if entry.authority else ()),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Envelope, context, [route.path for route in routes]),
            Middleware(
                Wanted,
                b"origin",
                CORSMiddleware,
                where=_is_for_browsers,
                allow_origins=_origins(settings),
                allow_origin_regex=_THIS_MACHINE if settings.open and settings.cors_origins is None else None,
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
    app.state.authority = entry.authority
    app.state.watches = (
        context.facade.watch, context.facade.audit.run, partial(watch_metrics, context), *entry.watches,
    )  # fmt: skip
    return app


def _authorizing(context: Context, authority: Authority) -> list[Route]:
    """The endpoints and pages of this server's own authorization server."""
    desk = Desk(context, authority.store, authority.at, Sealer(context.settings.secret_key or "", "pages"))
    return [*oauth_routes(), *page_routes(desk), *(sample_routes(desk) if context.settings.sample_app else ())]


def _origins(settings: Settings) -> Sequence[str]:
    if settings.cors_origins is not None:
        return settings.cors_origins
    return () if settings.open else ("*",)


def _is_for_browsers(path: str) -> bool:
    """May a page of another origin read what is answered there?"""
    return not path.startswith("/auth/") or path in BROWSERS


def make_context(settings: Settings) -> tuple[Context, Entry]:
    """All parts, wired. Raises ConfigurationError."""
    base = _base(settings)
    mappings = load((mappings_directory(), *settings.mappings))
    facade = Facade(settings, base, mappings)
    entry = make_entry(settings, base, facade)
    context = Context(
        settings,
        base,
        facade,
        entry.access,
        PageSealer(settings.secret_key or token_urlsafe(32)),
        facade.audit,
        addresses=Addresses(settings),
        hosts=Hosts(settings, base),
        admission=Admission(settings, _budgets(settings, facade)),
        types=frozenset(mapping.resource for mapping in mappings),
        tracing=Tracing(settings.trace_endpoint, settings.trace_ratio) if settings.trace_endpoint else None,
        access_log=AccessLog(settings.log_format) if settings.access_log else None,
        smart=entry.smart,
    )
    context.metrics.sources.append(lambda: sources(context))
    return context, entry


def _budgets(settings: Settings, facade: Facade) -> Budgets | None:
    """What clients may ask, counted for all workers together where there is a Redis."""
    rate = settings.rate_limit if settings.rate_limit is not None else (0.0 if settings.open else RATE)
    if not rate:
        return None
    burst = rate * settings.rate_burst
    own = OwnBudgets(rate, burst)
    if facade.shared is None:
        return own
    from .store.shared.budgets import SharedBudgets  # and with it the Redis client, which not every server needs

    return SharedBudgets(facade.shared, own, "requests", rate, burst)


def _base(settings: Settings) -> str:
    base = (settings.base_url or settings.local_base).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment or " " in base:
        raise ConfigurationError(f"`{base}` is no base URL: give http(s)://host/path, without query")
    return base


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    context: Context = app.state.context
    facade = context.facade
    if context.tracing:
        context.tracing.open()
        LISTENERS.append(context.tracing.statement)
    await facade.open()
    watches = [asyncio.create_task(watch()) for watch in app.state.watches]
    try:
        yield
    finally:
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)
        await facade.audit.close()
        await facade.close()
        if context.access_log:
            context.access_log.flush()
        if context.tracing:
            LISTENERS.remove(context.tracing.statement)
            await asyncio.to_thread(context.tracing.close)


async def _http_failure(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404 and request.url.path.startswith("/auth/") and "text/html" in request.headers.get("accept", ""):
        context: Context = request.app.state.context
        return page(
            "error",
            urlsplit(context.base.removesuffix("/fhir")).path,
            status=404,
            heading="There is no such page",
            message="Nothing is at this address",
            advice="See that the address is written rightly, or begin again in your app.",
        )
    problem: Problem = NotFound(
        f"there is nothing at `{request.url.path}`: FHIR is served at /fhir, see /fhir/metadata"
    )
    if status == 405:
        allow = (error.headers or {}).get("Allow", "GET, HEAD") if isinstance(error, HTTPException) else ""
        problem = MethodNotAllowed(f"{request.method} is not supported here", allow)
        if request.url.path.startswith("/auth/"):
            return oauth_failure(request, problem)
    return failure(problem, request.scope.get("request_id", "?"))


async def _failure(request: Request, error: Exception) -> Response:
    return failure(error, request.scope.get("request_id", "?"))
