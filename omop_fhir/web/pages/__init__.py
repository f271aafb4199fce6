"""Pages for people: a template's name and its values enter, an HTML response leaves; the one door to jinja2.

All values are escaped. Nothing in a page runs: it has no script, its style is a file, and a page takes what stands in it from
this server alone, sits in no frame and is kept nowhere.
https://www.w3.org/TR/CSP3/, https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

_TEMPLATES = Environment(
    loader=PackageLoader("omop_fhir.web", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    auto_reload=False,
)
_TEMPLATES.filters["sentence"] = lambda text: f"{text[:1].upper()}{text[1:].rstrip('.')}."
_TEMPLATES.globals.update(account=None, client=None, message=None)

HEADERS = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",  # with `no-referrer` a browser would not say which origin a form comes from
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def page(template: str, root: str, *, status: int = 200, sends_to: str = "", **values: Any) -> Response:
    """The page of a template; `root` is the path of this server, `sends_to` a source to which its forms may lead further on."""
    html = _TEMPLATES.get_template(f"{template}.html").render(root=root, **values)
    return HTMLResponse(html, status, {**HEADERS, "content-security-policy": policy(sends_to)})


def policy(sends_to: str = "", script: str = "", connect: str = "") -> str:
    """A Content-Security-Policy under which nothing is allowed but style and forms of this server, and what is named."""
    rules = {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": script,
        "connect-src": connect,
        "img-src": "'self'",
        "form-action": f"'self' {sends_to}".rstrip(),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items() if value)


def style_file(name: str) -> bytes:
    """A file that all pages refer to: `style.css`, `icon.svg`."""
    return files(__package__).joinpath(name).read_bytes()
