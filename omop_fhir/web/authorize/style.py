"""How this server looks: the style of its pages, and the same for apps that want to look alike (`smart_style_url`).

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#styling
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..pages import style_file

STYLE = {
    "color_background": "#f5f7f8",
    "color_error": "#b3261e",
    "color_highlight": "#0b6670",
    "color_modal_backdrop": "#1b2529",
    "color_success": "#1e6b3a",
    "color_text": "#1b2529",
    "dim_border_radius": "8px",
    "dim_font_size": "16px",
    "dim_spacing_size": "16px",
    "font_family_body": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "font_family_heading": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
}
_KEPT = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}


async def style_json(request: Request) -> Response:
    """GET /auth/style.json."""
    return JSONResponse(STYLE, headers=_KEPT)


async def style_css(request: Request) -> Response:
    """GET /auth/style.css."""
    return Response(style_file("style.css"), media_type="text/css", headers=_KEPT)


async def icon(request: Request) -> Response:
    """GET /auth/icon.svg."""
    return Response(style_file("icon.svg"), media_type="image/svg+xml", headers=_KEPT)


STYLE_ROUTES = (Route("/auth/style.css", style_css), Route("/auth/style.json", style_json), Route("/auth/icon.svg", icon))
"""What every page and every app may ask for, whoever may enter."""
