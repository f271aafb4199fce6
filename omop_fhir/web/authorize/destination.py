"""Where an app's redirect URI leads, for people and for their browser."""

from __future__ import annotations

from urllib.parse import urlsplit


def destination(uri: str) -> str:
    """Where an app's redirect URI leads, as people read it: the host, or the scheme of an app on the device."""
    parts = urlsplit(uri)
    return parts.netloc or f"{parts.scheme}:"


def source(uri: str) -> str:
    """The same as a source of a Content-Security-Policy: browsers hold redirects of forms to `form-action` too."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
