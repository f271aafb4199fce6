"""The sample app of the demo, and a page that plays the EHR which opens it. Nothing of it is served elsewhere."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import urlsplit

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


def _file(name: str, issuer: str) -> Route:
    body, kind = files(__package__).joinpath(name).read_bytes(), _KINDS[name.rpartition(".")[2]]
    path = {"index.html": "", "launch.html": "launch"}.get(name, name)

    async def serve(request: Request) -> Response:
        if kind == "text/html" and request.url.netloc != urlsplit(issuer).netloc:  # where its redirect URI is not
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{issuer}/app/{path}{query}")
        return Response(body, media_type=kind, headers=_HEADERS)

    return Route(f"/app/{path}", serve)


def sample_routes(desk: Desk) -> list[Route]:
    """The app at `/app/`, which an EHR opens at `/app/launch`, and the EHR at `/ehr`; under other names of this host it moves."""

    async def with_slash(request: Request) -> Response:
        return RedirectResponse(f"{desk.root}/app/")

    pages = (_file(name, desk.at.issuer) for name in ("index.html", "launch.html", "smart.js", "app.js", "launch.js"))
    return [Route("/app", with_slash), *pages, Route("/ehr", page_endpoint(desk, ehr), methods=["GET", "POST"])]
