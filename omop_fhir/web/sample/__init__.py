"""The sample app of the demo, and a page that plays the EHR which opens it. Nothing of it is served elsewhere."""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..authorize.desk import Desk
from ..authorize.endpoint import page_endpoint
from ..pages import HEADERS, policy
from .ehr import ehr

CLIENT = "sample-app"
"""The id under which the app is registered."""

_HEADERS = {**HEADERS, "content-security-policy": policy(script="'self'", connect="'self'")}
_KINDS = {"html": "text/html", "js": "text/javascript"}


def _file(name: str) -> Route:
    body, kind = files(__package__).joinpath(name).read_bytes(), _KINDS[name.rpartition(".")[2]]

    async def serve(request: Request) -> Response:
        return Response(body, media_type=kind, headers=_HEADERS)

    path = {"index.html": "", "launch.html": "launch"}.get(name, name)
    return Route(f"/app/{path}", serve)


def sample_routes(desk: Desk) -> list[Route]:
    """The app at `/app/`, which an EHR opens at `/app/launch`, and the EHR at `/ehr`."""

    async def with_slash(request: Request) -> Response:
        return RedirectResponse(f"{desk.root}/app/")

    pages = (_file(name) for name in ("index.html", "launch.html", "smart.js", "app.js", "launch.js"))
    return [Route("/app", with_slash), *pages, Route("/ehr", page_endpoint(desk, ehr), methods=["GET", "POST"])]
