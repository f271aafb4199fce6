"""`GET /metrics`, for who is allowed to see it: by the network that he comes from, or by a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from ..errors import NotFound
from ..observe.metrics import CONTENT_TYPE, Reading
from ..observe.outlet import OUTLET
from ..store.readings import readings
from .context import Context


async def metrics(request: Request) -> Response:
    """The page that Prometheus reads. Raises NotFound for everybody else, as if there were none."""
    context: Context = request.app.state.context
    if not context.addresses.is_monitor(request.scope):
        raise NotFound("there is nothing at `/metrics`: FHIR is served at /fhir, see /fhir/metadata")
    context.metrics.read()
    page = await asyncio.to_thread(context.metrics.page)  # of many workers it takes a while, and others wait to be answered
    return Response(page, media_type=CONTENT_TYPE, headers={"cache-control": "no-store"})


def sources(context: Context) -> Iterator[Reading]:
    """What the parts of the server have to tell."""
    yield from readings(context.facade)
    yield Reading("open_connections", (), context.lifecycle.connections)
    yield Reading("lost_log_lines", (), OUTLET.lost)
    yield from context.admission.readings()
    yield Reading("ready", (), context.facade.is_ready and not context.lifecycle.is_stopping)


async def watch_metrics(context: Context) -> None:
    """Let what is not counted as it happens be seen by the other workers; runs until cancelled."""
    while True:
        await asyncio.sleep(1)
        context.metrics.read()
