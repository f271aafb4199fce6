"""The page for people at `/`: what this server is, what it serves, where to begin."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from .. import __version__
from ..errors import Problem
from ..store.snapshot import Snapshot
from .context import Context
from .pages import page

_ACCESS = {True: "open to everybody on this machine", False: "with an access token"}


async def home(request: Request) -> Response:
    """The page, also while the database is away."""
    context: Context = request.app.state.context
    resources: dict[str, list[str]] = {}
    common: list[str] = []
    message = ""
    try:
        resources, common = _resources(await context.facade.snapshot())
    except Problem as error:
        message = str(error)
    issuer = context.base.removesuffix("/fhir")
    return page(
        "home",
        urlsplit(issuer).path,
        issuer=issuer,
        base=context.base,
        version=__version__,
        access=_ACCESS[context.settings.open],
        is_open=context.settings.open,
        resources=resources.items(),
        common=common,
        message=message,
        sample=context.settings.sample_app,
        signs_in=context.smart is not None,
    )


def _resources(snapshot: Snapshot) -> tuple[dict[str, list[str]], list[str]]:
    """Type -> its own search parameters, and those that all types have."""
    codes = {type: {"_id", *(code for bound in bounds for code in bound.search)} for type, bounds in snapshot.bounds.items()}
    common = set.intersection(*codes.values()) if len(codes) > 1 else {"_id"}
    return {type: sorted(of_type - common) for type, of_type in codes.items()}, sorted(common)
