"""What every interaction works with: settings, the database, who may enter, paging links, the audit."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..auth.access import Access
from ..auth.audit import Audit
from ..config import Settings
from ..request.page import PageSealer
from ..store.audit_log import AuditLog
from ..store.facade import Facade
from .lifecycle import Lifecycle


@dataclass(frozen=True, slots=True)
class Context:
    """Wired once, at start."""

    settings: Settings
    base: str
    """Public FHIR base URL, without trailing slash."""
    facade: Facade
    access: Access
    sealer: PageSealer
    audit: Audit = field(default_factory=AuditLog)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
