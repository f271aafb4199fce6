"""The page for people at `/`: what this server is, what it serves, where to begin."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from .. import __version__
from ..errors import Problem
from ..store.snapshot import Snapshot
from .context import Context

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {"content-security-policy": _POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>omop-fhir</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }}
h1 {{ margin-bottom: 0; }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .6rem;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }}
code {{ font-size: .9em; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>omop-fhir</h1>
<p>FHIR R4 over an OMOP database, version {version}. The base URL is <code>{base}</code>.</p>
{content}
<p><a href="{base}/metadata?_pretty=true">CapabilityStatement</a></p>
</body>
</html>
"""


async def home(request: Request) -> Response:
    """The page, also while the database is away."""
    context: Context = request.app.state.context
    try:
        content = _table(context.base, await context.facade.snapshot())
    except Problem as error:
        content = f"<p role='alert'>{escape(str(error))}</p>"
    page = _PAGE.format(version=escape(__version__), base=escape(context.base), content=content)
    return HTMLResponse(page, headers=_HEADERS)


def _table(base: str, snapshot: Snapshot) -> str:
    rows = "".join(_row(base, type, snapshot) for type in snapshot.bounds)
    return f"<table><thead><tr><th>Resource</th><th>Searched by</th></tr></thead><tbody>{rows}</tbody></table>"


def _row(base: str, type: str, snapshot: Snapshot) -> str:
    codes = sorted({code for bound in snapshot.bounds[type] for code in bound.search})
    link = f'<a href="{escape(base)}/{type}?_count=10&amp;_pretty=true">{type}</a>'
    return f"<tr><td>{link}</td><td><code>{escape(', '.join(('_id', *codes)))}</code></td></tr>"
