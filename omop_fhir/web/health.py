"""Health of the process: `/health/live` and `/health/ready`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..errors import Problem
from .context import Context


async def live(request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """The database answers, something of it can be served, and the server was not told to stop.

    What is amiss beside, and does not keep the server from answering, is told as well.
    """
    context: Context = request.app.state.context
    if context.lifecycle.is_stopping:
        return JSONResponse({"status": "not ready", "reason": "the server is stopping"}, 503, {"retry-after": "2"})
    try:
        await context.facade.ping()
        snapshot = await context.facade.snapshot()
    except Problem as error:
        return JSONResponse({"status": "not ready", "reason": str(error)}, 503, {"retry-after": "2"})
    if not snapshot.bounds:
        return JSONResponse({"status": "not ready", "reason": "the database has no table that a mapping reads"}, 503)
    return JSONResponse({"status": "ready", **context.facade.condition()})
