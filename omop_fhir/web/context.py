"""What every interaction works with: settings, the database, who may enter, paging links."""

from __future__ import annotations

from dataclasses import dataclass

from ..auth.access import Access
from ..config import Settings
from ..request.page import PageSealer
from ..store.facade import Facade


@dataclass(frozen=True, slots=True)
class Context:
    """Wired once, at start."""

    settings: Settings
    base: str
    """Public FHIR base URL, without trailing slash."""
    facade: Facade
    access: Access
    sealer: PageSealer
